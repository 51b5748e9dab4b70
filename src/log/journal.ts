/** The record on disk: a folder per incident under `incidents/`, one hub at a time, group commit. */
import { randomUUID } from 'node:crypto';
import type { Event } from '../incident/event.ts';
import { nodeFs, type JournalFs } from './disk.ts';
import { DamagedRecord, SegmentIndex, openRecordNow, segmentNumber, type Cut, type Fault } from './segment-index.ts';
import { JournalStore, type StreamPlace } from './journal-store.ts';
import { takeLock, type Lock } from './lock.ts';
import { LogFault, type Append, type Appended, type Log, type Origin } from './log.ts';
import type { Fold } from './event-store.ts';
import { parseEvent } from './record.ts';
import { Space } from './space.ts';
import { startSegment, TakenAway, Writer, type Shared } from './writer.ts';

export interface JournalOptions {
  /** The data folder; made when it is not there. */
  readonly dir: string;
  readonly fs?: JournalFs;
  /** Appends are refused while less than this is free. Default 16 MB. */
  readonly minFreeBytes?: number;
  /** A segment that has grown beyond this is closed and the next one begun. Default 64 MB. */
  readonly segmentBytes?: number;
  /** ms since 1970. */
  readonly now?: () => number;
  /** A fresh random id: the epoch of a new record. */
  readonly random?: () => string;
  /** How often one cold record is compared with the index in the background, ms; 0: never. Default 1 s. */
  readonly checkEveryMs?: number;
}

/** What an incident may be called: it names a folder. */
const INCIDENT_ID = /^[a-z0-9][a-z0-9._-]{0,150}$/i;

/** The journal: a Log, and what only a journal on disk can say. */
export class Journal implements Log {
  readonly #options: Required<JournalOptions>;
  readonly #lock: Lock;
  readonly #shared: Shared;
  readonly #space: Space;
  /** By incident; null: there, and not read yet. */
  #known: Map<string, Writer | null> | null = null;
  readonly #creating = new Set<string>();
  readonly #faults = new Map<string, Fault>();
  readonly #cuts: Cut[] = [];
  readonly #stores: { rejectAll(fault: LogFault): void; close(): Promise<void>; readonly hasStreams: boolean }[] = [];
  #fault: string | null = null;
  #closed = false;

  constructor(options: Required<JournalOptions>, lock: Lock) {
    this.#options = options;
    this.#lock = lock;
    this.#space = new Space(options.fs, options.dir, options.minFreeBytes, options.now);
    this.#shared = {
      disk: options.fs,
      segmentBytes: options.segmentBytes,
      now: options.now,
      fault: () => this.#fault,
      fail: (error, doing, cure) => this.#fail(error, doing, cure),
      assertOurs: () => this.#assertOurs(),
      spaceFault: (bytes) => this.#space.fault(bytes),
    };
  }

  /** The records of incidents, `incidents/ID/`, with their index. */
  incidentStore<S, M>(fold: Fold<S, M>): JournalStore<S, M> {
    const { dir } = this.#options;
    return this.#store({ root: this.#root, index: `${dir}/index.ndjson` }, fold);
  }
  /** The hub's own record, `hub/`: its one stream is called `hub`. */
  hubStore<S, M>(fold: Fold<S, M>): JournalStore<S, M> {
    return this.#store({ root: this.#options.dir, index: null, only: 'hub' }, fold);
  }
  #store<S, M>(place: StreamPlace, fold: Fold<S, M>): JournalStore<S, M> {
    const { dir, fs, random, checkEveryMs } = this.#options;
    const folder = {
      dir,
      disk: fs,
      shared: this.#shared,
      random,
      lowSpace: () => this.lowSpace(),
      isTakenOver: this.#lock.takenOver,
      onCut: (cut: Cut) => void this.#cuts.push(cut),
      checkEveryMs,
    };
    const store = new JournalStore(folder, place, fold);
    this.#stores.push(store);
    return store;
  }

  get readOnly(): string | null {
    return this.#fault;
  }
  lowSpace(): Promise<string | null> {
    try {
      this.#assertOurs();
    } catch (error) {
      this.#fail(error, 'keeping the data folder');
    }
    return this.#space.low();
  }
  /** Appends that are not durable yet. */
  get waiting(): number {
    let sum = 0;
    for (const writer of this.#writers.values()) sum += writer?.waiting ?? 0;
    return sum;
  }

  /** Every record that is not served because it is damaged, as far as records have been read. */
  faults(): readonly Fault[] {
    return [...this.#faults.values()];
  }
  /** The torn tails that were cut off since this process opened the journal. */
  cuts(): readonly Cut[] {
    return this.#cuts;
  }

  /** The records that are not known to be damaged; each is read and checked when it is first used. */
  incidents(): readonly string[] {
    return [...this.#writers.keys()].filter((incident) => !this.#faults.has(incident));
  }
  epoch(incident: string): string {
    return this.#writer(incident).record.epoch;
  }
  head(incident: string): number {
    return this.#writer(incident).record.head;
  }
  find(incident: string, client: string, n: number): { readonly seq: number; readonly hash: string } | undefined {
    return this.#reading(incident, (record) => record.find(client, n));
  }
  texts(incident: string, after: number, limit: number, length?: number): readonly string[] {
    return this.#reading(incident, (record) => record.texts(after, limit, length));
  }
  get(incident: string, seq: number): Event | undefined {
    const text = seq >= 1 ? this.texts(incident, seq - 1, 1)[0] : undefined;
    return text === undefined ? undefined : this.#event(incident, seq, text);
  }
  async *read(incident: string, after: number): AsyncIterable<Event> {
    for (let seq = Math.max(0, after); ;) {
      const texts = this.texts(incident, seq, 500);
      if (texts.length === 0) return;
      for (const text of texts) yield this.#event(incident, ++seq, text);
    }
  }

  async create(incident: string): Promise<void> {
    if (this.#closed) throw new LogFault('closed', 'the journal is closed');
    if (this.#fault !== null) throw new LogFault('read_only', this.#fault);
    if (!INCIDENT_ID.test(incident)) throw new Error(`${JSON.stringify(incident)} cannot be the name of a record`);
    if (this.#writers.has(incident) || this.#creating.has(incident))
      throw new Error(`there is a record of ${incident} already`);
    this.#creating.add(incident);
    try {
      this.#writers.set(incident, new Writer(await this.#begin(incident), this.#shared));
    } finally {
      this.#creating.delete(incident);
    }
  }

  /** Puts a new, empty record in place. */
  async #begin(incident: string): Promise<SegmentIndex> {
    const low = await this.#shared.spaceFault(0);
    if (low !== null) throw new LogFault('disk_low', low);
    const { fs, now, random } = this.#options;
    const dir = `${this.#root}/${incident}`;
    const record = new SegmentIndex(incident, dir, fs, seedOf(random()));
    try {
      fs.makeDir(dir);
      await fs.syncDir(this.#root);
      await startSegment(fs, record, 1, random(), now());
    } catch (error) {
      this.#fail(error, `opening the record of ${incident}`);
      throw new LogFault('read_only', this.#fault ?? '');
    }
    return record;
  }

  async append(incident: string, events: readonly Event[], origin: Origin): Promise<Appended> {
    const [appended] = await this.appendAll(incident, [{ events, origin }]);
    return appended ?? { events: [], texts: [] };
  }
  async appendAll(incident: string, appends: readonly Append[]): Promise<readonly Appended[]> {
    if (this.#closed) throw new LogFault('closed', 'the journal is closed');
    return this.#writer(incident).append(appends);
  }

  /** Waits for what is under way, then lets go of the folder. Afterwards appends are refused. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const store of this.#stores) await store.close();
    for (const writer of this.#known?.values() ?? []) await writer?.idle();
    for (const writer of this.#known?.values() ?? []) writer?.record.close();
    // After a fault the next start must trust nothing that it has not synced itself.
    this.#lock.release(this.#fault === null);
  }

  get #writers(): Map<string, Writer | null> {
    if (this.#known !== null) return this.#known;
    this.#known = new Map();
    const { fs } = this.#options;
    for (const name of fs.list(this.#root)) {
      // A folder without a segment is what a crash in the middle of `create` leaves: no record yet.
      const begun = fs.list(`${this.#root}/${name}`).some((file) => segmentNumber(file) !== null);
      if (INCIDENT_ID.test(name) && begun) this.#known.set(name, null);
    }
    return this.#known;
  }

  get #root(): string {
    return `${this.#options.dir}/incidents`;
  }

  /** What was whole when it was opened and cannot be read now: nothing is written on top of that. */
  #reading<T>(incident: string, read: (record: SegmentIndex) => T): T {
    const { record } = this.#writer(incident);
    try {
      return read(record);
    } catch (error) {
      this.#fail(
        error,
        `reading the record of ${incident}`,
        'Ask "warroom verify" what is left of it and mend the disk',
      );
      throw new LogFault('corrupt', this.#fault ?? '');
    }
  }

  #writer(incident: string): Writer {
    const known = this.#writers.get(incident);
    if (known !== undefined && known !== null) return known;
    const fault = this.#faults.get(incident);
    if (fault !== undefined) throw new LogFault('corrupt', new DamagedRecord(fault).message);
    if (known === undefined) throw new Error(`there is no record of ${incident}`);
    const writer = new Writer(this.#open(incident), this.#shared);
    this.#writers.set(incident, writer);
    return writer;
  }

  #open(incident: string): SegmentIndex {
    const { fs, random } = this.#options;
    const seed = seedOf(random());
    try {
      const dir = `${this.#root}/${incident}`;
      const distrust = this.#lock.takenOver;
      const onCut = (cut: Cut): number => this.#cuts.push(cut);
      const record = openRecordNow({ incident, dir, disk: fs, seed, distrust, onCut });
      if (record !== null) return record;
      this.#writers.delete(incident);
      throw new Error(`there is no record of ${incident}`);
    } catch (error) {
      if (!(error instanceof DamagedRecord)) throw error;
      this.#faults.set(incident, error.fault);
      throw new LogFault('corrupt', error.message);
    }
  }

  #event(incident: string, seq: number, text: string): Event {
    const event = parseEvent(text, incident, seq);
    if (event === null || event.seq !== seq) throw new LogFault('corrupt', `${incident}: #${seq} is not an event`);
    return event;
  }

  #assertOurs(): void {
    if (this.#closed || this.#lock.isHeld()) return;
    const { fs, dir } = this.#options;
    if (
      ((this.#known?.size ?? 0) > 0 || this.#stores.some(({ hasStreams }) => hasStreams)) &&
      fs.list(this.#root).length === 0
    )
      throw new TakenAway(`${dir} was deleted`, `This hub still has its files open, see /proc/${process.pid}/fd`);
    throw new TakenAway(`${dir}/hub.lock was deleted`, 'See that no other hub is at work there');
  }

  #fail(error: unknown, doing: string, left = 'Everything acknowledged is safe; mend the disk'): void {
    if (this.#fault !== null) return;
    const why = error instanceof Error ? error.message : String(error);
    const cure = error instanceof TakenAway ? error.cure : left;
    this.#fault = `nothing more can be written: ${doing} failed (${why}). ${cure}, then restart the hub`;
    const fault = new LogFault('read_only', this.#fault);
    for (const store of this.#stores) store.rejectAll(fault);
    for (const writer of this.#known?.values() ?? []) writer?.rejectAll(fault);
  }
}

/** A number from a random id, for the hash tables. */
const seedOf = (id: string): number => Number.parseInt(id.replace(/[^0-9a-f]/gi, '').slice(0, 7), 16) || 0;

/**
 * Opens the journal in `dir` for this process alone. Throws Locked while another living process has it.
 * Records are read when they are first used; a damaged one is refused (LogFault `corrupt`, see `faults`), the others are served.
 */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  const all = {
    fs: nodeFs,
    minFreeBytes: 16 * 1024 * 1024,
    segmentBytes: 64 * 1024 * 1024,
    now: Date.now,
    random: randomUUID,
    checkEveryMs: 1000,
    ...options,
  };
  all.fs.makeDir(`${all.dir}/incidents`);
  const lock = takeLock(`${all.dir}/hub.lock`, `the data folder ${all.dir}`);
  await all.fs.syncDir(all.dir);
  if (lock.takenOver) await syncFolders(all.fs, `${all.dir}/incidents`);
  return new Journal(all, lock);
}

/** A process that died may have left names that a power cut would still take away: they must not be served before. */
async function syncFolders(disk: JournalFs, root: string): Promise<void> {
  await disk.syncDir(root);
  for (const name of disk.list(root)) if (INCIDENT_ID.test(name)) await disk.syncDir(`${root}/${name}`);
}
