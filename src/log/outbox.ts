/** What this machine's console asked for and no hub has answered yet: on disk before it is sent, kept until it is settled. */
import { randomUUID } from 'node:crypto';
import type { Command } from '../incident/command.ts';
import { nodeFs, putFile, writeWhole } from './disk.ts';
import type { JournalFs } from './disk.ts';
import { isLocked, Locked, takeLock } from './lock.ts';
import type { Lock } from './lock.ts';
import { encodeEntry, readOutbox } from './outbox-file.ts';
import type { Entry, OutboxFile, Unsent } from './outbox-file.ts';

export type { Unsent } from './outbox-file.ts';

export interface OutboxOptions {
  /** The folder for outboxes; every console process of a person on this machine shares it. Made when it is not there. */
  readonly dir: string;
  readonly fs?: JournalFs;
  /** ms since 1970. */
  readonly now?: () => number;
  /** A fresh random id, fit for a file name: the client's identity. */
  readonly random?: () => string;
}
type Options = Required<OutboxOptions>;

/** The file is written anew, without what is settled, when it is longer than this: with nothing waiting, and with. */
const COMPACT_EMPTY = 16 * 1024;
const COMPACT = 1024 * 1024;

/** `begun`: how long it was when it was written anew; bytes. */
interface OpenFile {
  readonly fd: number;
  readonly begun: number;
  size: number;
}
interface Queued {
  readonly entry: Entry;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** One outbox, held by this process alone. Nothing is on disk before the first `put`. */
export class Outbox {
  /** The stable identity its commands are sent under. */
  readonly client: string;
  /** Lines of an adopted file that could not be read; the file is kept beside as `.damaged`. */
  readonly unreadable: number;
  readonly #options: Options;
  readonly #waiting: Map<number, Unsent>;
  readonly #others: Outbox[] = [];
  #lock: Lock | null;
  #next: number;
  /** The file as it stands; null: not there yet, or not to be trusted after an error: it is written anew first. */
  #file: OpenFile | null = null;
  #queue: Queued[] = [];
  #running: Promise<void> | null = null;
  #closed = false;

  constructor(file: OutboxFile, options: Options, lock: Lock | null) {
    this.client = file.client;
    this.unreadable = file.unreadable;
    this.#options = options;
    this.#lock = lock;
    this.#next = file.next;
    this.#waiting = new Map(file.waiting);
  }

  /** Outboxes of consoles that died with commands unsent. They are this process's now; each is sent under its own client. */
  others(): readonly Outbox[] {
    return this.#others;
  }
  /** What is on disk and not settled, in the order it was put. */
  waiting(): readonly Unsent[] {
    return [...this.#waiting.values()];
  }

  /**
   * Keeps a command; resolves when it is on disk. Rejects, in words, when it cannot be kept: then it does not wait
   * and must not be shown as if it did. The next `put` tries the disk again.
   */
  async put(ask: {
    readonly incident: string | null;
    readonly command: Command;
    readonly id: string;
  }): Promise<{ readonly n: number; readonly id: string }> {
    const { incident, command, id } = ask;
    const n = this.#next++;
    await this.#append({ put: { n, id, incident, command, at: this.#options.now() } });
    return { n, id };
  }

  /** The command was acknowledged, or refused for good: it is not sent again. Unknown n: nothing happens. */
  async settle(n: number): Promise<void> {
    if (this.#waiting.delete(n)) await this.#append({ settle: n });
  }

  /** Waits for what is under way and lets go of the files, the adopted ones too. What waits is adopted by the next process. */
  async close(): Promise<void> {
    for (const other of this.#others) await other.close();
    this.#closed = true;
    while (this.#running !== null) await this.#running;
    if (this.#file !== null) this.#options.fs.close(this.#file.fd);
    this.#file = null;
    if (this.#lock === null) return;
    if (this.#waiting.size === 0) this.#options.fs.remove(`${this.#options.dir}/${fileOf(this.client)}`);
    this.#lock.release();
  }

  /**
   * Takes over what consoles left that have died since this was asked last; answers those. A command that was kept while
   * the hub was away is sent by whoever is here when it is back.
   */
  async adopt(): Promise<readonly Outbox[]> {
    const { fs, dir } = this.#options;
    const adopted: Outbox[] = [];
    for (const name of fs.list(dir)) {
      if (this.#closed) break;
      if (!NAME.test(name) || isLocked(lockOf(dir, name))) continue;
      // What cannot be taken over now (a full disk) stays where it is, for later.
      const other = await takeOver(name, this.#options).catch(() => null);
      if (other !== null) adopted.push(other);
    }
    this.#others.push(...adopted);
    return adopted;
  }

  #append(entry: Entry): Promise<void> {
    if (this.#closed) return Promise.reject(new Error('the outbox is closed'));
    return new Promise((resolve, reject) => {
      this.#queue.push({ entry, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  async #run(): Promise<void> {
    // Everything put in this turn of the loop shares one sync.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const batch = this.#queue;
      this.#queue = [];
      try {
        await this.#write(batch.map(({ entry }) => entry));
        for (const { entry } of batch) if ('put' in entry) this.#waiting.set(entry.put.n, entry.put);
        await this.#compact();
        for (const { resolve } of batch) resolve();
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        const fault = new Error(`this could not be kept on the disk of this machine, so it is not sent: ${why}`);
        for (const { entry, resolve, reject } of batch) {
          if ('put' in entry) reject(fault);
          else resolve();
        }
      }
    }
    this.#running = null;
  }

  /** Appends and, when a command is among them, syncs. A lost `settle` only means one more try, answered as a duplicate. */
  async #write(entries: readonly Entry[]): Promise<void> {
    const { fs } = this.#options;
    this.#file ??= await this.#begin();
    const file = this.#file;
    const bytes = Buffer.concat(entries.map(encodeEntry));
    try {
      await writeWhole(fs, file.fd, bytes, file.size);
      if (entries.some((entry) => 'put' in entry)) await fs.sync(file.fd);
    } catch (error) {
      // A sync is not tried again on the same file: it would succeed on lost pages. The next write begins a new file.
      this.#file = null;
      try {
        fs.truncate(file.fd, file.size);
      } catch {
        // A half-written line fails its checksum and is skipped.
      }
      fs.close(file.fd);
      throw error;
    }
    file.size += bytes.length;
  }

  /** Writes the file anew with what waits, and opens it. */
  async #begin(): Promise<OpenFile> {
    const { fs, dir } = this.#options;
    fs.makeDir(dir);
    this.#lock ??= takeLock(`${dir}/${this.client}.lock`, `the outbox ${this.client}`);
    const entries: Entry[] = [{ outbox: 1, client: this.client, next: this.#next }];
    for (const put of this.#waiting.values()) entries.push({ put });
    const bytes = Buffer.concat(entries.map(encodeEntry));
    await putFile(fs, dir, fileOf(this.client), bytes);
    return { fd: fs.open(`${dir}/${fileOf(this.client)}`, 'edit'), begun: bytes.length, size: bytes.length };
  }

  async #compact(): Promise<void> {
    const file = this.#file;
    if (file === null) return;
    if (file.size <= (this.#waiting.size === 0 ? COMPACT_EMPTY : Math.max(COMPACT, file.begun * 2))) return;
    this.#options.fs.close(file.fd);
    this.#file = null;
    try {
      this.#file = await this.#begin();
    } catch {
      // What is on disk is still right, only longer than it need be; the next write tries again.
    }
  }
}

const NAME = /^([\w-]{1,100})\.outbox$/;
const lockOf = (dir: string, name: string): string => `${dir}/${name.replace(NAME, '$1')}.lock`;
const fileOf = (client: string): string => `${client}.outbox`;

/**
 * An outbox for this process, with a client identity of its own; it adopts those of processes that died (`others`).
 * Where the folder cannot be used, each `put` says so: one can look on all the same.
 */
export async function openOutbox(options: OutboxOptions): Promise<Outbox> {
  const all: Options = { fs: nodeFs, now: Date.now, random: randomUUID, ...options };
  const mine = new Outbox({ client: all.random(), next: 1, waiting: new Map(), unreadable: 0 }, all, null);
  await mine.adopt();
  return mine;
}

/** The outbox in the file `name`, if its process is dead and something waits in it. */
async function takeOver(name: string, options: Options): Promise<Outbox | null> {
  const { fs, dir } = options;
  const path = `${dir}/${name}`;
  let lock: Lock;
  try {
    lock = takeLock(lockOf(dir, name), `the outbox ${name}`);
  } catch (error) {
    if (error instanceof Locked) return null;
    throw error;
  }
  try {
    // Its process may have ended, and taken the file with it, since the folder was listed.
    const bytes = fs.list(dir).includes(name) ? fs.readFile(path) : Buffer.alloc(0);
    const file = readOutbox(bytes);
    if (file === null ? bytes.length > 0 : file.unreadable > 0) await putFile(fs, dir, `${name}.damaged`, bytes);
    if (file !== null && file.waiting.size > 0) return new Outbox(file, options, lock);
    fs.remove(path);
  } catch (error) {
    lock.release();
    throw error;
  }
  lock.release();
  return null;
}
