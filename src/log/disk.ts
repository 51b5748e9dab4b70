/** The few file operations the log needs, behind one interface, so that tests can make any of them fail. */
import fs from 'node:fs';

/** What tells one state of a file from another: its length in bytes, when it was changed, and which file it is. */
export interface FileStat {
  readonly size: number;
  readonly mtimeMs: number;
  readonly ino: number;
}

/** Errors are Node's system errors. Paths are absolute or relative to the working directory. */
export interface JournalFs {
  /** Names in `dir`; empty when there is no such folder. */
  list(dir: string): readonly string[];
  /** Makes `dir` and its parents; those that exist are fine. */
  makeDir(dir: string): void;
  readFile(path: string): Buffer;
  /** Null: there is nothing of that name. */
  stat(path: string): FileStat | null;
  /** `edit`: an existing file, read and write. `create`: empty, replacing what was there. */
  open(path: string, how: 'read' | 'edit' | 'create'): number;
  /** How many bytes were read into `into` from `position`; 0 at the end. */
  read(fd: number, into: Uint8Array, position: number): number;
  /** How many bytes were really written: may be fewer than asked, without an error, when the disk is full. */
  write(fd: number, bytes: Uint8Array, position: number): Promise<number>;
  /** `fdatasync` on the thread pool. */
  sync(fd: number): Promise<void>;
  /** The same at once, for the moments before anything is served. */
  syncNow(fd: number): void;
  /** Makes a creation or a rename inside `dir` durable. */
  syncDir(dir: string): Promise<void>;
  truncate(fd: number, size: number): void;
  rename(from: string, to: string): void;
  remove(path: string): void;
  /** How many names the open file has; 0 when it was deleted, or another one put in its place. */
  names(fd: number): number;
  close(fd: number): void;
  /** Bytes that an ordinary user may still write in `dir`'s file system. */
  free(dir: string): Promise<number>;
}

const FLAGS = { read: 'r', edit: 'r+', create: 'w+' } as const;

const settle = (resolve: () => void, reject: (reason: Error) => void) => (error: Error | null) =>
  error === null ? resolve() : reject(error);

/** The real file system. Files are created readable and writable by their owner only. */
export const nodeFs: JournalFs = {
  list: (dir) => (fs.existsSync(dir) ? fs.readdirSync(dir).sort() : []),
  makeDir: (dir) => {
    fs.mkdirSync(dir, { recursive: true, mode: 0o700 });
  },
  readFile: (path) => fs.readFileSync(path),
  stat: (path) => fs.statSync(path, { throwIfNoEntry: false }) ?? null,
  open: (path, how) => fs.openSync(path, FLAGS[how], 0o600),
  read: (fd, into, position) => fs.readSync(fd, into, 0, into.length, position),
  write: (fd, bytes, position) =>
    new Promise((resolve, reject) => {
      fs.write(fd, bytes, 0, bytes.length, position, (error, written) =>
        error === null ? resolve(written) : reject(error),
      );
    }),
  sync: (fd) => new Promise((resolve, reject) => fs.fdatasync(fd, settle(resolve, reject))),
  syncNow: (fd) => fs.fdatasyncSync(fd),
  syncDir: async (dir) => {
    const fd = fs.openSync(dir, 'r');
    try {
      await new Promise<void>((resolve, reject) => fs.fsync(fd, settle(resolve, reject)));
    } finally {
      fs.closeSync(fd);
    }
  },
  truncate: (fd, size) => fs.ftruncateSync(fd, size),
  rename: (from, to) => fs.renameSync(from, to),
  remove: (path) => fs.rmSync(path, { force: true }),
  names: (fd) => fs.fstatSync(fd).nlink,
  close: (fd) => fs.closeSync(fd),
  free: async (dir) => {
    const { bavail, bsize } = await fs.promises.statfs(dir);
    return bavail * bsize;
  },
};

/** Writes all of `bytes` at `position` or throws: a short write is an error like any other. */
export async function writeWhole(disk: JournalFs, fd: number, bytes: Uint8Array, position: number): Promise<void> {
  const written = await disk.write(fd, bytes, position);
  if (written !== bytes.length) throw new Error(`only ${written} of ${bytes.length} bytes were written`);
}

/** Puts a whole file in place: written and synced beside it, renamed over it, the folder synced. */
export async function putFile(disk: JournalFs, dir: string, name: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${dir}/${name}.tmp`;
  const fd = disk.open(temporary, 'create');
  try {
    await writeWhole(disk, fd, bytes, 0);
    await disk.sync(fd);
  } finally {
    disk.close(fd);
  }
  disk.rename(temporary, `${dir}/${name}`);
  await disk.syncDir(dir);
}

/** Did the system answer with this code (`ENOENT`, `EADDRINUSE`, …)? */
export const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;
