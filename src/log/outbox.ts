/** A console's commands that no hub has answered yet: on disk before they are sent, until settled. */
import { randomUUID } from 'node:crypto';
import type { AnyCommand } from '../incident/topic.ts';
import { errorMessage } from '../incident/words.ts';
import { nodeFs, putFile, writeWhole, type JournalFs } from './disk.ts';
import { takeLock, type Lock } from './lock.ts';
import {
  encodeEntry,
  fileOf,
  lockOf,
  OutboxState,
  takeOrphans,
  type OutboxLine,
  type RefusedCommand,
  type UnansweredCommand,
} from './outbox-file.ts';

export type { RefusedCommand as Refused, UnansweredCommand as Unsent } from './outbox-file.ts';

export interface OutboxOptions {
  /** Shared by the console processes of a person on this machine. Made when it is not there. */
  readonly dir: string;
  readonly fs?: JournalFs;
  /** ms since 1970. */
  readonly now?: () => number;
  /** A fresh random id, fit for a file name. */
  readonly random?: () => string;
}
type Options = Required<OutboxOptions>;

/** A longer file is written anew without what is settled: with nothing waiting, and with. */
const COMPACT_EMPTY = 16 * 1024;
const COMPACT = 1024 * 1024;

/** `begun`: its length when it was written anew, bytes. */
interface OpenFile {
  readonly fd: number;
  readonly begun: number;
  size: number;
}
interface Queued {
  readonly entry: OutboxLine;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Held by this process alone. Nothing is on disk before the first `put`. */
export class Outbox {
  /** The client its commands are sent as. */
  readonly client: string;
  readonly #options: Options;
  /** Of its file and lock, without their endings. */
  readonly #name: string;
  readonly #state: OutboxState;
  readonly #others: Outbox[] = [];
  readonly #troubles = new Map<string, string>();
  #lock: Lock | null;
  /** Null: not there, or not trusted after an error: it is written anew first. */
  #file: OpenFile | null = null;
  #queue: Queued[] = [];
  #running: Promise<void> | null = null;
  #closed = false;

  constructor(state: OutboxState, name: string, options: Options, lock: Lock | null) {
    this.client = state.client;
    this.#state = state;
    this.#options = options;
    this.#name = name;
    this.#lock = lock;
  }

  /** Outboxes taken over from dead consoles; each is sent as its own client. */
  others(): readonly Outbox[] {
    return this.#others;
  }
  /** What could not be taken over, in words. */
  troubles(): readonly string[] {
    return [...this.#troubles.values()];
  }
  /** In the order they were put. */
  waiting(): readonly UnansweredCommand[] {
    return [...this.#state.waiting.values()];
  }
  refused(): readonly RefusedCommand[] {
    return [...this.#state.refused.values()];
  }

  /** Resolves when the command is on disk. Rejects, in words, when it cannot be kept; the next `put` tries again. */
  async put(ask: {
    readonly incident: string | null;
    readonly command: AnyCommand;
    readonly id: string;
  }): Promise<{ readonly n: number; readonly id: string }> {
    const { incident, command, id } = ask;
    const n = this.#state.next++;
    await this.#append({ put: { n, id, incident, command, at: this.#options.now() } });
    return { n, id };
  }

  /** The command was refused: it stays, unsent, until settled. Unknown n are ignored. */
  async refuse(n: number, reason: string): Promise<void> {
    if (this.#state.waiting.has(n)) await this.#applyNow({ refuse: n, reason });
  }

  /** The command is done. Unknown n are ignored. */
  async settle(n: number): Promise<void> {
    if (this.#state.waiting.has(n) || this.#state.refused.has(n)) await this.#applyNow({ settle: n });
  }

  /** Waits for writes and releases the files, also those taken over. */
  async close(): Promise<void> {
    for (const other of this.#others) await other.close();
    this.#closed = true;
    while (this.#running !== null) await this.#running;
    if (this.#file !== null) this.#options.fs.close(this.#file.fd);
    this.#file = null;
    if (this.#lock === null) return;
    if (this.#state.isEmpty && this.#lock.isHeld())
      this.#options.fs.remove(`${this.#options.dir}/${fileOf(this.#name)}`);
    this.#lock.release();
  }

  /** Takes over and returns the outboxes of consoles that died since the last call. */
  async adopt(): Promise<readonly Outbox[]> {
    if (this.#closed) return [];
    const { fs, dir } = this.#options;
    const left = await takeOrphans(fs, dir, (name, words) => this.#troubles.set(name, words));
    const adopted = left.map(({ name, state, lock }) => new Outbox(state, name, this.#options, lock));
    this.#others.push(...adopted);
    // Closed meanwhile: leave them to the next process.
    if (this.#closed) for (const other of adopted) await other.close();
    return adopted;
  }

  #applyNow(entry: OutboxLine): Promise<void> {
    this.#state.apply(entry);
    return this.#append(entry);
  }

  #append(entry: OutboxLine): Promise<void> {
    if (this.#closed) return Promise.reject(new Error('the outbox is closed'));
    return new Promise((resolve, reject) => {
      this.#queue.push({ entry, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  async #run(): Promise<void> {
    // Everything put in this turn shares one sync.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const batch = this.#queue;
      this.#queue = [];
      try {
        await this.#write(batch.map(({ entry }) => entry));
        for (const { entry } of batch) if ('put' in entry) this.#state.apply(entry);
        await this.#compact();
        for (const { resolve } of batch) resolve();
      } catch (error) {
        const why = errorMessage(error);
        const fault = new Error(`this could not be kept on the disk of this machine, so it is not sent: ${why}`);
        for (const { entry, resolve, reject } of batch) {
          if ('put' in entry) reject(fault);
          else resolve();
        }
      }
    }
    this.#running = null;
  }

  /** Appends, and syncs commands. A lost `settle` only means one more try, answered as a duplicate. */
  async #write(entries: readonly OutboxLine[]): Promise<void> {
    const { fs } = this.#options;
    if (this.#file !== null && fs.names(this.#file.fd) === 0) {
      // Deleted or replaced: what is written there would be lost.
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
      // A sync is never retried: it would succeed on lost pages. The next write begins a new file.
      this.#file = null;
      try {
        fs.truncate(file.fd, file.size);
      } catch {
        // A half-written line fails its checksum.
      }
      fs.close(file.fd);
      throw error;
    }
    file.size += bytes.length;
  }

  async #begin(): Promise<OpenFile> {
    const { fs, dir } = this.#options;
    fs.makeDir(dir);
    if (!this.#lock?.isHeld()) this.#lock = takeLock(lockOf(dir, this.#name), `the outbox ${this.#name}`);
    const entries: OutboxLine[] = [{ outbox: 1, client: this.client, next: this.#state.next }];
    for (const put of this.#state.waiting.values()) entries.push({ put });
    for (const { reason, ...put } of this.#state.refused.values()) entries.push({ put }, { refuse: put.n, reason });
    const bytes = Buffer.concat(entries.map(encodeEntry));
    await putFile(fs, dir, fileOf(this.#name), bytes);
    return { fd: fs.open(`${dir}/${fileOf(this.#name)}`, 'edit'), begun: bytes.length, size: bytes.length };
  }

  async #compact(): Promise<void> {
    const file = this.#file;
    if (file === null) return;
    if (file.size <= (this.#state.isEmpty ? COMPACT_EMPTY : Math.max(COMPACT, file.begun * 2))) return;
    this.#options.fs.close(file.fd);
    this.#file = null;
    try {
      this.#file = await this.#begin();
    } catch {
      // The file is right, only too long; the next write tries again.
    }
  }
}

/** With a new client id; takes over those of dead processes. Where the folder cannot be used, each `put` says so. */
export async function openOutbox(options: OutboxOptions): Promise<Outbox> {
  const all: Options = { fs: nodeFs, now: Date.now, random: randomUUID, ...options };
  const client = all.random();
  const mine = new Outbox(new OutboxState(client), client, all, null);
  await mine.adopt();
  return mine;
}
