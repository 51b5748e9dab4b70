/**
 * What this machine's console asked for and no hub has answered yet: on disk before it is sent, kept until it is settled;
 * what was refused, until somebody has taken it back or forgotten it.
 */
import { randomUUID } from 'node:crypto';
import type { AnyCommand } from '../incident/topic.ts';
import { nodeFs, putFile, writeWhole, type JournalFs } from './disk.ts';
import { takeLock, type Lock } from './lock.ts';
import {
  encodeEntry,
  fileOf,
  lockOf,
  takeOrphans,
  type Entry,
  type OutboxFile,
  type Refused,
  type Unsent,
} from './outbox-file.ts';

export type { Refused, Unsent } from './outbox-file.ts';

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
  readonly #options: Options;
  /** What its file and its lock are called, without their endings. */
  readonly #name: string;
  readonly #waiting: Map<number, Unsent>;
  readonly #refused: Map<number, Refused>;
  readonly #others: Outbox[] = [];
  readonly #troubles = new Map<string, string>();
  #lock: Lock | null;
  #next: number;
  /** The file as it stands; null: not there yet, or not to be trusted after an error: it is written anew first. */
  #file: OpenFile | null = null;
  #queue: Queued[] = [];
  #running: Promise<void> | null = null;
  #closed = false;

  constructor(file: OutboxFile, name: string, options: Options, lock: Lock | null) {
    this.client = file.client;
    this.#options = options;
    this.#name = name;
    this.#lock = lock;
    this.#next = file.next;
    this.#waiting = new Map(file.waiting);
    this.#refused = new Map(file.refused);
  }

  /** Outboxes of consoles that died with commands unsent. They are this process's now; each is sent under its own client. */
  others(): readonly Outbox[] {
    return this.#others;
  }
  /** What cannot be taken over from others, in words: damaged lines, outboxes held on another machine. */
  troubles(): readonly string[] {
    return [...this.#troubles.values()];
  }
  /** What is on disk and not answered, in the order it was put. */
  waiting(): readonly Unsent[] {
    return [...this.#waiting.values()];
  }
  /** What was refused and is not settled. */
  refused(): readonly Refused[] {
    return [...this.#refused.values()];
  }

  /**
   * Keeps a command; resolves when it is on disk. Rejects, in words, when it cannot be kept: then it does not wait
   * and must not be shown as if it did. The next `put` tries the disk again.
   */
  async put(ask: {
    readonly incident: string | null;
    readonly command: AnyCommand;
    readonly id: string;
  }): Promise<{ readonly n: number; readonly id: string }> {
    const { incident, command, id } = ask;
    const n = this.#next++;
    await this.#append({ put: { n, id, incident, command, at: this.#options.now() } });
    return { n, id };
  }

  /** The command was refused for good: it is not sent again, and stays here until it is settled. Unknown n: nothing happens. */
  async refuse(n: number, reason: string): Promise<void> {
    const unsent = this.#waiting.get(n);
    if (unsent === undefined) return;
    this.#waiting.delete(n);
    this.#refused.set(n, { ...unsent, reason });
    await this.#append({ refuse: n, reason });
  }

  /** The command was acknowledged, or its refusal has been dealt with: it is done. Unknown n: nothing happens. */
  async settle(n: number): Promise<void> {
    const waited = this.#waiting.delete(n);
    if (this.#refused.delete(n) || waited) await this.#append({ settle: n });
  }

  /** Waits for what is under way and lets go of the files, the adopted ones too. What waits is adopted by the next process. */
  async close(): Promise<void> {
    for (const other of this.#others) await other.close();
    this.#closed = true;
    while (this.#running !== null) await this.#running;
    if (this.#file !== null) this.#options.fs.close(this.#file.fd);
    this.#file = null;
    if (this.#lock === null) return;
    if (this.#isEmpty && this.#lock.isHeld()) this.#options.fs.remove(`${this.#options.dir}/${fileOf(this.#name)}`);
    this.#lock.release();
  }

  /**
   * Takes over what consoles left that have died since this was asked last; answers those. A command that was kept while
   * the hub was away is sent by whoever is here when it is back.
   */
  async adopt(): Promise<readonly Outbox[]> {
    if (this.#closed) return [];
    const { fs, dir } = this.#options;
    const left = await takeOrphans(fs, dir, (name, words) => this.#troubles.set(name, words));
    const adopted = left.map(({ name, file, lock }) => new Outbox(file, name, this.#options, lock));
    this.#others.push(...adopted);
    // Whoever ended meanwhile must not keep them from the next one.
    if (this.#closed) for (const other of adopted) await other.close();
    return adopted;
  }

  get #isEmpty(): boolean {
    return this.#waiting.size === 0 && this.#refused.size === 0;
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
    if (this.#file !== null && fs.names(this.#file.fd) === 0) {
      // Deleted, or replaced from a backup: what would be written there would be gone with this process.
      fs.close(this.#file.fd);
      this.#file = null;
    }
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
    if (!this.#lock?.isHeld()) this.#lock = takeLock(lockOf(dir, this.#name), `the outbox ${this.#name}`);
    const entries: Entry[] = [{ outbox: 1, client: this.client, next: this.#next }];
    for (const put of this.#waiting.values()) entries.push({ put });
    for (const { reason, ...put } of this.#refused.values()) entries.push({ put }, { refuse: put.n, reason });
    const bytes = Buffer.concat(entries.map(encodeEntry));
    await putFile(fs, dir, fileOf(this.#name), bytes);
    return { fd: fs.open(`${dir}/${fileOf(this.#name)}`, 'edit'), begun: bytes.length, size: bytes.length };
  }

  async #compact(): Promise<void> {
    const file = this.#file;
    if (file === null) return;
    if (file.size <= (this.#isEmpty ? COMPACT_EMPTY : Math.max(COMPACT, file.begun * 2))) return;
    this.#options.fs.close(file.fd);
    this.#file = null;
    try {
      this.#file = await this.#begin();
    } catch {
      // What is on disk is still right, only longer than it need be; the next write tries again.
    }
  }
}

/**
 * An outbox for this process, with a client identity of its own; it adopts those of processes that died (`others`).
 * Where the folder cannot be used, each `put` says so: one can look on all the same.
 */
export async function openOutbox(options: OutboxOptions): Promise<Outbox> {
  const all: Options = { fs: nodeFs, now: Date.now, random: randomUUID, ...options };
  const client = all.random();
  const nothing = { client, next: 1, waiting: new Map(), refused: new Map(), unreadable: 0 };
  const mine = new Outbox(nothing, client, all, null);
  await mine.adopt();
  return mine;
}
