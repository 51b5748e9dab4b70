/** The file operations of the log, as an interface, so that tests can make any of them fail. */
import fs from 'node:fs';
import { promisify } from 'node:util';

/** Length in bytes, time of change, and which file it is. */
export interface FileStat {
  readonly size: number;
  readonly mtimeMs: number;
  readonly ino: number;
}

/** Errors are Node's. */
export interface JournalFs {
  /** Sorted names; empty when there is no such folder. */
  list(dir: string): readonly string[];
  /** Makes `dir` and its parents. */
  makeDir(dir: string): void;
  readFile(path: string): Buffer;
  /** Null: not there. */
  stat(path: string): FileStat | null;
  /** `edit`: read and write an existing file. `create`: empty, replaces. */
  open(path: string, how: 'read' | 'edit' | 'create'): number;
  /** Returns how many bytes were read; 0 at the end. */
  read(fd: number, into: Uint8Array, position: number): number;
  /** Returns how many bytes were written: fewer, without an error, when the disk is full. */
  write(fd: number, bytes: Uint8Array, position: number): Promise<number>;
  /** `fdatasync` on the thread pool. */
  sync(fd: number): Promise<void>;
  /** Blocks; before anything is served. */
  syncNow(fd: number): void;
  /** Makes creations and renames in `dir` durable. */
  syncDir(dir: string): Promise<void>;
  truncate(fd: number, size: number): void;
  rename(from: string, to: string): void;
  /** A file, or a folder with all that is in it. */
  remove(path: string): void;
  /** Links to the open file; 0 when it was deleted or replaced. */
  names(fd: number): number;
  close(fd: number): void;
  /** Bytes an ordinary user may still write. The kernel knows them: a call takes 1 µs, on the thread pool 100. */
  free(dir: string): number;
}

const FLAGS = { read: 'r', edit: 'r+', create: 'w+' } as const;

const [write, fdatasync, fsync] = [promisify(fs.write), promisify(fs.fdatasync), promisify(fs.fsync)];

/** Files are readable and writable by their owner only. */
export const nodeFs: JournalFs = {
  list: (dir) => (fs.existsSync(dir) ? fs.readdirSync(dir).sort() : []),
  makeDir: (dir) => {
    fs.mkdirSync(dir, { recursive: true, mode: 0o700 });
  },
  readFile: (path) => fs.readFileSync(path),
  stat: (path) => fs.statSync(path, { throwIfNoEntry: false }) ?? null,
  open: (path, how) => fs.openSync(path, FLAGS[how], 0o600),
  read: (fd, into, position) => fs.readSync(fd, into, 0, into.length, position),
  write: async (fd, bytes, position) => (await write(fd, bytes, 0, bytes.length, position)).bytesWritten,
  sync: (fd) => fdatasync(fd),
  syncNow: (fd) => fs.fdatasyncSync(fd),
  syncDir: async (dir) => {
    const fd = fs.openSync(dir, 'r');
    try {
      await fsync(fd);
    } finally {
      fs.closeSync(fd);
    }
  },
  truncate: (fd, size) => fs.ftruncateSync(fd, size),
  rename: (from, to) => fs.renameSync(from, to),
  remove: (path) => fs.rmSync(path, { force: true, recursive: true }),
  names: (fd) => fs.fstatSync(fd).nlink,
  close: (fd) => fs.closeSync(fd),
  free: (dir) => {
    const { bavail, bsize } = fs.statfsSync(dir);
    return bavail * bsize;
  },
};

/** Throws at a short write. */
export async function writeWhole(disk: JournalFs, fd: number, bytes: Uint8Array, position: number): Promise<void> {
  const written = await disk.write(fd, bytes, position);
  if (written !== bytes.length) throw new Error(`only ${written} of ${bytes.length} bytes were written`);
}

/** Replaces a file: written and synced beside it, renamed, the folder synced. */
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

export const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;
