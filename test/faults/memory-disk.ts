/** A disk in memory that knows what would survive: what was synced for sure, and of the rest whatever chance leaves. */
import { dirname } from 'node:path';
import type { FileStat, JournalFs } from '../../src/log/disk.ts';

export type Operation = 'create' | 'write' | 'sync' | 'syncDir' | 'truncate' | 'rename' | 'remove' | 'makeDir';
/** Called before each change. May throw (the call fails), or answer how many bytes a write really writes. */
export type Hook = (operation: Operation, count: number) => number | undefined;

interface Inode {
  readonly ino: number;
  data: Buffer;
  durable: Buffer;
  /** Changes of its data so far stand for the time of the last one. */
  changes: number;
}
type Node = Inode | 'folder';
const SECTOR = 512;

export class MemoryDisk implements JournalFs {
  /** Changes so far. */
  count = 0;
  hook: Hook = () => undefined;
  readonly #root: string;
  readonly #names = new Map<string, Node>();
  readonly #durableNames = new Map<string, Node>();
  #pending: { readonly dir: string; readonly apply: (names: Map<string, Node>) => void }[] = [];
  readonly #fds = new Map<number, Inode>();
  #nextFd = 100;

  /** `root`: paths begin with it; another disk's image may have another one. */
  constructor(root: string) {
    this.#root = root;
  }

  /** What a new process finds. `kill`: all that was written; `power`: what was synced and, by chance, some of the rest. */
  image(root: string, how: 'kill' | 'power', random: () => number): MemoryDisk {
    const image = new MemoryDisk(root);
    const names = new Map(how === 'kill' ? this.#names : this.#durableNames);
    // A file system journals its folders' changes in order: some first part of them survives.
    const kept = how === 'kill' ? 0 : Math.floor(random() * (this.#pending.length + 1));
    for (const { apply } of this.#pending.slice(0, kept)) apply(names);
    for (const [path, node] of names) {
      if (!reachable(names, path)) continue;
      const copy = node === 'folder' ? node : inodeOf(how === 'kill' ? node.data : survivor(node, random), node);
      image.#names.set(path, copy);
      image.#durableNames.set(path, copy);
    }
    return image;
  }

  /** The bytes a file has now. */
  bytes(path: string): Buffer {
    return Buffer.from(this.#inode(path).data);
  }
  /** Every file there is now. */
  files(): readonly string[] {
    return [...this.#names].filter(([, node]) => node !== 'folder').map(([path]) => `${this.#root}${path}`);
  }

  list(dir: string): readonly string[] {
    const base = `${this.#key(dir)}/`;
    const node = this.#names.get(this.#key(dir));
    if (node !== undefined && node !== 'folder') throw Object.assign(new Error(`ENOTDIR: ${dir}`), { code: 'ENOTDIR' });
    return [...this.#names.keys()]
      .filter((path) => path.startsWith(base) && !path.slice(base.length).includes('/'))
      .map((path) => path.slice(base.length))
      .sort();
  }
  makeDir(dir: string): void {
    const key = this.#key(dir);
    if (key === '' || this.#names.has(key)) return;
    this.makeDir(dirname(dir));
    this.#before('makeDir');
    this.#change(key, (names) => names.set(key, 'folder'));
  }
  readFile(path: string): Buffer {
    return this.bytes(path);
  }
  stat(path: string): FileStat | null {
    const node = this.#names.get(this.#key(path));
    if (node === undefined || node === 'folder') return null;
    return { size: node.data.length, mtimeMs: node.changes, ino: node.ino };
  }
  open(path: string, how: 'read' | 'edit' | 'create'): number {
    const key = this.#key(path);
    if (how === 'create') {
      this.#before('create');
      const inode = inodeOf(Buffer.alloc(0));
      this.#change(key, (names) => names.set(key, inode));
    }
    this.#fds.set(this.#nextFd, this.#inode(path));
    return this.#nextFd++;
  }
  read(fd: number, into: Uint8Array, position: number): number {
    const { data } = this.#open(fd);
    return data.copy(into, 0, position, Math.min(data.length, position + into.length));
  }
  async write(fd: number, bytes: Uint8Array, position: number): Promise<number> {
    await Promise.resolve();
    const count = this.#before('write') ?? bytes.length;
    const inode = this.#open(fd);
    const grown = Buffer.alloc(Math.max(inode.data.length, position + count));
    inode.data.copy(grown);
    grown.set(bytes.subarray(0, count), position);
    inode.data = grown;
    inode.changes++;
    return count;
  }
  async sync(fd: number): Promise<void> {
    await Promise.resolve();
    this.syncNow(fd);
  }
  syncNow(fd: number): void {
    this.#before('sync');
    const inode = this.#open(fd);
    inode.durable = Buffer.from(inode.data);
  }
  async syncDir(dir: string): Promise<void> {
    await Promise.resolve();
    this.#before('syncDir');
    const key = this.#key(dir);
    for (const { dir: changed, apply } of this.#pending) if (changed === key) apply(this.#durableNames);
    this.#pending = this.#pending.filter((change) => change.dir !== key);
  }
  truncate(fd: number, size: number): void {
    this.#before('truncate');
    const inode = this.#open(fd);
    inode.data = Buffer.from(inode.data.subarray(0, size));
    inode.changes++;
  }
  rename(from: string, to: string): void {
    this.#before('rename');
    const [old, key] = [this.#key(from), this.#key(to)];
    const node = this.#names.get(old) ?? this.#inode(from);
    const moved = under(this.#names, old);
    this.#change(key, (names) => {
      for (const [path, child] of moved)
        if (names.get(path) === child && names.delete(path)) names.set(`${key}${path.slice(old.length)}`, child);
      names.set(key, node);
    });
  }
  remove(path: string): void {
    this.#before('remove');
    const key = this.#key(path);
    const gone = under(this.#names, key);
    this.#change(key, (names) => {
      for (const [path, node] of gone) if (names.get(path) === node) names.delete(path);
    });
  }
  names(fd: number): number {
    const inode = this.#open(fd);
    return [...this.#names.values()].filter((node) => node === inode).length;
  }
  close(fd: number): void {
    this.#fds.delete(fd);
  }
  free(): number {
    return Number.POSITIVE_INFINITY;
  }

  #before(operation: Operation): number | undefined {
    return this.hook(operation, ++this.count);
  }
  #change(key: string, apply: (names: Map<string, Node>) => void): void {
    apply(this.#names);
    this.#pending.push({ dir: dirname(key) === '/' ? '' : dirname(key), apply });
  }
  #key(path: string): string {
    return path.slice(this.#root.length);
  }
  #inode(path: string): Inode {
    const node = this.#names.get(this.#key(path));
    if (node === undefined || node === 'folder') throw new Error(`ENOENT: ${path}`);
    return node;
  }
  #open(fd: number): Inode {
    const inode = this.#fds.get(fd);
    if (inode === undefined) throw new Error('EBADF');
    return inode;
  }
}

/** A name and, where it is a folder, all in it. */
const under = (names: ReadonlyMap<string, Node>, key: string): readonly (readonly [string, Node])[] =>
  [...names].filter(([path]) => path === key || path.startsWith(`${key}/`));

let inodes = 0;
/** `like`: whose copy it is. */
const inodeOf = (data: Buffer, like?: Inode): Inode => ({
  ino: like?.ino ?? ++inodes,
  data: Buffer.from(data),
  durable: Buffer.from(data),
  changes: like?.changes ?? 0,
});

function reachable(names: ReadonlyMap<string, Node>, path: string): boolean {
  for (let dir = dirname(path); dir !== '/'; dir = dirname(dir)) if (names.get(dir) !== 'folder') return false;
  return true;
}

/** The synced bytes, and each later sector or zeros in its place; the length, too, may be the old or the new one. */
function survivor(inode: Inode, random: () => number): Buffer {
  const { data, durable } = inode;
  if (data.length <= durable.length) return random() < 0.5 ? data : durable;
  const length =
    random() < 0.3 ? durable.length + Math.floor(random() * (data.length - durable.length + 1)) : data.length;
  const left = Buffer.alloc(length);
  for (let at = durable.length; at < length;) {
    const end = Math.min(at - (at % SECTOR) + SECTOR, length);
    if (random() < 0.6) data.copy(left, at, at, end);
    at = end;
  }
  durable.copy(left);
  return left;
}
