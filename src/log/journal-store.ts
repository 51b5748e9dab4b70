/**
 * The streams of one kind in the journal, as an EventStore: a folder per stream, opened when it is needed. Cold streams
 * are known from the index and stay closed until somebody asks for them.
 */
import { setImmediate } from 'node:timers/promises';
import { cannotStart, isDispensable } from './corrupt-records.ts';
import { hasCode, type JournalFs } from './disk.ts';
import {
  StoreFault,
  type Append,
  type Appended,
  type AppendListener,
  type Damaged,
  type EventStore,
  type Fold,
  type Listed,
  type Opened,
  type Served,
} from './event-store.ts';
import { DamagedRecord, SegmentIndex, openRecord, segmentName, segmentNumber, type Cut } from './segment-index.ts';
import { eventTexts, parseEvent, type Head } from './record.ts';
import { loadSnapshot, saveSnapshot, type Snapshot } from './snapshot.ts';
import { isUnchanged, StreamIndex, type IndexEntry } from './stream-index.ts';
import { startSegment, Writer, type Shared } from './writer.ts';

/** What the journal gives to each of its stores. */
export interface DataFolder {
  readonly dir: string;
  readonly disk: JournalFs;
  readonly shared: Shared;
  readonly random: () => string;
  readonly lowSpace: () => Promise<string | null>;
  /** The process before died without closing the journal. */
  readonly isTakenOver: boolean;
  readonly onCut: (cut: Cut) => void;
  /** How often one cold record is checked against its index entry in the background, ms; 0: never. */
  readonly checkEveryMs: number;
}
/** Where the streams of a kind are. `only`: there is just this one. */
export interface StreamPlace {
  readonly root: string;
  readonly index: string | null;
  readonly only?: string;
}

/** What a stream may be called: it names a folder. */
const STREAM_NAME = /^[a-z0-9][a-z0-9._-]{0,150}$/i;
/** Events after which a new snapshot is worth its write. */
const SNAPSHOT_EVERY = 2_000;
/** Events folded in one turn. */
const FOLD_AT_ONCE = 256;
/** Cold streams that stay open although nobody holds them. */
const MAX_UNHELD = 8;

interface Folded<S> {
  seq: number;
  state: S;
}
interface Slot<S, M> {
  readonly stream: string;
  readonly dir: string;
  /** What is known while it is closed, and still true; null: nothing. */
  entry: IndexEntry<M> | null;
  /** What the index said about it at the start, when that was not true any more. */
  witness: IndexEntry<M> | null;
  /** Null: it is closed. */
  writer: Writer | null;
  opening: Promise<Writer> | null;
  /** Appends that wait for it to be opened. */
  backlog: number;
  /** The fold, while it is open. It may lag behind the record. */
  folded: Folded<S> | null;
  snapshotSeq: number;
  releasing: Promise<void> | null;
  /** Somebody called `open` and not yet `release`. */
  isHeld: boolean;
  damaged: string | null;
}

export class JournalStore<S, M> implements EventStore<S, M> {
  readonly #folder: DataFolder;
  readonly #place: StreamPlace;
  readonly #fold: Fold<S, M>;
  /** Streams that are closed and were not used in this process: what the index says about them is all there is. */
  readonly #closed = new Map<string, IndexEntry<M>>();
  /** All others. */
  readonly #slots = new Map<string, Slot<S, M>>();
  /** Those whose index entry is still to be compared with the record. */
  #unchecked: string[] = [];
  readonly #index: StreamIndex<M> | null;
  readonly #listeners = new Set<AppendListener>();
  readonly #listedListeners = new Set<(listed: Listed<M>) => void>();
  /** Cold streams that are open although nobody holds them, the one opened first in front. */
  readonly #unheld: Slot<S, M>[] = [];
  /** Appends that wait for their stream to be opened. */
  readonly #waiting = new Set<Promise<unknown>>();
  #starting: Promise<void> | null = null;
  #checking: NodeJS.Timeout | null = null;
  #isClosed = false;

  constructor(folder: DataFolder, place: StreamPlace, fold: Fold<S, M>) {
    this.#folder = folder;
    this.#place = place;
    this.#fold = fold;
    this.#index =
      place.index === null
        ? null
        : new StreamIndex(folder.disk, place.index, fold.version, (raw) => fold.isSummary(raw));
  }

  get readOnly(): string | null {
    return this.#folder.shared.fault();
  }
  lowSpace(): Promise<string | null> {
    return this.#folder.lowSpace();
  }
  /** Is there any record? */
  get hasStreams(): boolean {
    return this.#slots.size + this.#closed.size > 0;
  }

  async list(): Promise<readonly Listed<M>[]> {
    await this.#started();
    const listed: Listed<M>[] = [...this.#closed.values()].map(servedOf);
    const needed: Damaged[] = [];
    for (const slot of this.#slots.values()) {
      const one = await this.#listedOf(slot);
      if (one === null) continue;
      if ('damaged' in one && !this.#isDispensable(slot)) needed.push(one);
      listed.push(one);
    }
    if (needed.length > 0)
      throw new StoreFault(
        'corrupt',
        cannotStart(this.#folder.dir, needed, (stream) => this.#dirOf(stream)),
      );
    return listed;
  }

  onListed(listener: (listed: Listed<M>) => void): () => void {
    this.#listedListeners.add(listener);
    return () => void this.#listedListeners.delete(listener);
  }

  async open(stream: string): Promise<Opened<S> | null> {
    const slot = await this.#slot(stream);
    if (slot === null) return null;
    slot.isHeld = true;
    for (;;) {
      const writer = await this.#writer(slot);
      const { seq, state } = await this.#catchUp(slot, writer);
      const { epoch, head } = writer.record;
      if (slot.writer === writer && seq === head) return { epoch, head, state };
    }
  }

  async release(stream: string): Promise<void> {
    const slot = this.#slots.get(stream);
    if (slot === undefined) return;
    slot.isHeld = false;
    await this.#release(slot);
  }

  async saveSnapshots(): Promise<void> {
    for (const slot of this.#slots.values()) {
      if (slot.writer === null) continue;
      const folded = await this.#catchUp(slot, slot.writer);
      await this.#saveSnapshot(slot, folded);
      if (!slot.isHeld && this.#fold.isCold(folded.state)) await this.#release(slot);
    }
  }

  append(stream: string, expectedSeq: number, appends: readonly Append[]): Promise<readonly Appended[]> {
    if (this.#isClosed) return Promise.reject(closed());
    const slot = this.#find(stream);
    if (slot !== undefined && slot.writer !== null && slot.backlog === 0)
      return this.#appendTo(slot, slot.writer, expectedSeq, appends);
    const appending = this.#openAndAppend(stream, slot, expectedSeq, appends);
    this.#waiting.add(appending);
    const done = (): void => void this.#waiting.delete(appending);
    appending.then(done, done);
    return appending;
  }

  read(stream: string, after: number, limit: number, length?: number): Promise<readonly string[]> {
    return this.#reading(stream, [], (record) => record.texts(after, limit, length));
  }
  origin(
    stream: string,
    client: string,
    n: number,
  ): Promise<{ readonly seq: number; readonly hash: string } | undefined> {
    return this.#reading(stream, undefined, (record) => record.find(client, n));
  }

  async createdBy(client: string, n: number): Promise<string | undefined> {
    await this.#started();
    for (const entry of this.#closed.values()) if (isCreator(entry, client, n)) return entry.stream;
    for (const { stream, writer, entry } of this.#slots.values()) {
      if (writer !== null ? writer.record.seqOf(client, n) === 1 : isCreator(entry, client, n)) return stream;
    }
    return undefined;
  }

  subscribe(listener: AppendListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Turns away everything that waits: the journal is read-only now. */
  rejectAll(fault: StoreFault): void {
    for (const { writer } of this.#slots.values()) writer?.rejectAll(fault);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#checking !== null) clearTimeout(this.#checking);
    await Promise.allSettled([...this.#waiting, this.#starting]);
    for (const slot of this.#slots.values()) {
      await slot.opening?.catch(() => null);
      await slot.writer?.idle();
      slot.isHeld = false;
      await this.#release(slot).catch(() => {});
      slot.writer?.record.close();
      slot.writer = null;
    }
    await this.#index?.flush();
  }

  #dirOf(stream: string): string {
    return `${this.#place.root}/${stream}`;
  }

  #started(): Promise<void> {
    return (this.#starting ??= this.#start());
  }

  /** Finds the streams there are, and reads those the index does not vouch for. */
  async #start(): Promise<void> {
    const { disk, checkEveryMs } = this.#folder;
    const { root, only } = this.#place;
    const indexed = this.#index?.load() ?? new Map<string, IndexEntry<M>>();
    const names = disk.list(root).filter((name) => (only === undefined ? STREAM_NAME.test(name) : name === only));
    for (const name of names) {
      if (this.#slots.has(name)) continue;
      const entry = indexed.get(name) ?? null;
      if (entry !== null && this.#isUnchanged(this.#dirOf(name), entry)) this.#closed.set(name, entry);
      else await this.#readAtStart(this.#newSlot(name, null, entry));
    }
    this.#unchecked = [...this.#closed.keys()];
    if (indexed.size > this.#closed.size)
      for (const name of indexed.keys()) if (!this.#slots.has(name) && !this.#closed.has(name)) this.#index?.drop(name);
    await this.#index?.flush();
    if (checkEveryMs > 0 && !this.#isClosed) this.#checkLater();
  }

  /** Reads a stream that the index says nothing right about. One that is cold is closed again. */
  async #readAtStart(slot: Slot<S, M>): Promise<void> {
    const { disk, isTakenOver } = this.#folder;
    try {
      // A folder without a segment is what a crash in the middle of a creation leaves: no record yet.
      if (slot.witness === null && !disk.list(slot.dir).some((name) => segmentNumber(name) !== null)) return;
      this.#slots.set(slot.stream, slot);
      // A process that died may have left names that a power cut would still take away.
      if (isTakenOver) await disk.syncDir(slot.dir);
      const { state } = await this.#catchUp(slot, await this.#writer(slot));
      if (this.#fold.isCold(state)) await this.#release(slot);
      else this.#index?.drop(slot.stream);
    } catch (error) {
      this.#slots.set(slot.stream, slot);
      slot.damaged ??= wordsOf(slot.stream, error);
    }
  }

  #newSlot(stream: string, entry: IndexEntry<M> | null, witness: IndexEntry<M> | null = null): Slot<S, M> {
    return {
      stream,
      dir: this.#dirOf(stream),
      entry,
      witness,
      writer: null,
      opening: null,
      backlog: 0,
      folded: null,
      snapshotSeq: 0,
      releasing: null,
      isHeld: false,
      damaged: null,
    };
  }

  async #slot(stream: string): Promise<Slot<S, M> | null> {
    if (this.#isClosed) throw closed();
    await this.#started();
    return this.#find(stream) ?? null;
  }
  #find(stream: string): Slot<S, M> | undefined {
    const entry = this.#closed.get(stream);
    if (entry === undefined) return this.#slots.get(stream);
    this.#closed.delete(stream);
    const slot = this.#newSlot(stream, entry);
    this.#slots.set(stream, slot);
    return slot;
  }

  /** False, too, when the disk cannot say: then reading the record tells why. */
  #isUnchanged(dir: string, entry: IndexEntry<M>): boolean {
    const { disk, shared } = this.#folder;
    try {
      return isUnchanged(disk, dir, entry, shared.segmentBytes);
    } catch {
      return false;
    }
  }

  /**
   * The index vouches for an ended stream whose record cannot be read or lost its end since; of others the record itself
   * must show that it is over.
   */
  #isDispensable({ stream, dir, witness, entry }: Slot<S, M>): boolean {
    const { disk } = this.#folder;
    if (entry?.cold) return true;
    if (witness !== null && !this.#hasGrown(dir, witness)) return true;
    const others = new Set([...this.#slots.keys(), ...this.#closed.keys()]);
    return isDispensable(this.#fold, disk, dir, stream, others);
  }

  #hasGrown(dir: string, { segments, size }: IndexEntry<M>): boolean {
    const { disk } = this.#folder;
    try {
      const now = disk.stat(`${dir}/${segmentName(segments)}`);
      const next = disk.stat(`${dir}/${segmentName(segments + 1)}`);
      return next !== null || (now !== null && now.size > size);
    } catch {
      return false;
    }
  }

  /** What is said about a stream; null: nothing was ever written to it. */
  async #listedOf(slot: Slot<S, M>): Promise<Listed<M> | null> {
    const { stream } = slot;
    if (slot.damaged === null && slot.entry === null && slot.writer === null)
      await this.#writer(slot).catch((error: unknown) => {
        slot.damaged ??= wordsOf(stream, error);
      });
    if (slot.damaged !== null) return { stream, damaged: slot.damaged };
    if (slot.writer !== null) {
      const folded = await this.#catchUp(slot, slot.writer);
      return folded.seq === 0 ? null : this.#summed(stream, folded);
    }
    return slot.entry === null ? null : servedOf(slot.entry);
  }
  #summed(stream: string, { seq, state }: Folded<S>): Served<M> {
    return { stream, cold: this.#fold.isCold(state), head: seq, summary: this.#fold.summary(state) };
  }
  #tell(listed: Listed<M>): void {
    for (const listener of this.#listedListeners) listener(listed);
  }

  /** Opens the stream when it is closed. Rejects with `corrupt` when it is damaged. */
  async #writer(slot: Slot<S, M>): Promise<Writer> {
    if (slot.damaged !== null) throw new StoreFault('corrupt', slot.damaged);
    if (slot.writer !== null) return slot.writer;
    slot.opening ??= this.#openSlot(slot).finally(() => {
      slot.opening = null;
    });
    return slot.opening;
  }

  async #openSlot(slot: Slot<S, M>): Promise<Writer> {
    const { entry, stream } = slot;
    try {
      const { record, folded } = await this.#readRecord(slot, entry);
      const writer = this.#begin(slot, record, folded);
      if (entry !== null) this.#compare(slot, record, entry, await this.#catchUp(slot, writer));
      if (!slot.isHeld && slot.entry !== null) this.#closeUnheld(slot);
      return writer;
    } catch (error) {
      // Too many files are open: that says nothing about this one.
      if (hasCode(error, 'EMFILE') || hasCode(error, 'ENFILE')) throw error;
      throw this.#damage(slot, wordsOf(stream, error));
    }
  }

  async #readRecord(
    slot: Slot<S, M>,
    entry: IndexEntry<M> | null,
  ): Promise<{ readonly record: SegmentIndex; readonly folded: Folded<S> }> {
    const { disk, isTakenOver, onCut, shared } = this.#folder;
    const { stream, dir, witness } = slot;
    if (entry !== null && !isUnchanged(disk, dir, entry, shared.segmentBytes))
      throw new StoreFault('corrupt', `${dir} was changed while the hub was running: restart the hub to read it anew`);
    const folding = new Folding(this.#fold, stream, this.#loadSnapshot(slot));
    const record = await openRecord({
      incident: stream,
      dir,
      disk,
      seed: this.#seed(),
      distrust: isTakenOver && entry === null,
      wasWhole: entry !== null || (witness !== null && lostItsEnd(disk, dir, witness)),
      onCut,
      onLine: (head, line) => folding.add(head, line),
    });
    if (record === null) throw new StoreFault('corrupt', `${dir} holds no record any more`);
    const folded = folding.result(record);
    slot.snapshotSeq = folding.snapshotSeq;
    return { record, folded };
  }

  #begin(slot: Slot<S, M>, record: SegmentIndex, folded: Folded<S>): Writer {
    const writer = new Writer(record, this.#folder.shared, (appended) => {
      for (const listener of this.#listeners) listener(slot.stream, appended);
    });
    slot.writer = writer;
    slot.folded = folded;
    return writer;
  }

  /** The file is the one the index entry was written about: where they differ, the entry is wrong. */
  #compare(slot: Slot<S, M>, record: SegmentIndex, entry: IndexEntry<M>, folded: Folded<S>): void {
    const served = this.#summed(slot.stream, folded);
    const isRight =
      entry.head === record.head &&
      entry.lastHash === record.lastHash &&
      entry.cold === served.cold &&
      isCreator(entry, record.creator?.client, record.creator?.n) &&
      JSON.stringify(entry.summary) === JSON.stringify(served.summary);
    if (isRight) return;
    slot.entry = null;
    this.#index?.drop(slot.stream);
    this.#tell(served);
  }

  /** The record cannot be served any more; the others are. */
  #damage(slot: Slot<S, M>, reason: string): StoreFault {
    slot.damaged = reason;
    slot.writer?.record.close();
    slot.writer = null;
    this.#index?.drop(slot.stream);
    this.#tell({ stream: slot.stream, damaged: reason });
    return new StoreFault('corrupt', reason);
  }

  /** Folds what was appended since. */
  async #catchUp(slot: Slot<S, M>, { record }: Writer): Promise<Folded<S>> {
    const folded = slot.folded ?? { seq: 0, state: this.#fold.blank(slot.stream) };
    while (folded.seq < record.head && slot.folded === folded) {
      const texts = this.#readFrom(slot, record, () => record.texts(folded.seq, FOLD_AT_ONCE));
      for (const text of texts) {
        const event = parseEvent(text, slot.stream, folded.seq + 1);
        if (event === null) throw new StoreFault('corrupt', `${slot.stream}: #${folded.seq + 1} is not an event`);
        folded.state = this.#fold.evolve(folded.state, event);
        folded.seq++;
      }
      if (folded.seq < record.head) await setImmediate();
    }
    return folded;
  }

  /** Reads from the stream, which is opened when it is closed. `none`: the answer when there is no such stream. */
  async #reading<T>(stream: string, none: T, read: (record: SegmentIndex) => T): Promise<T> {
    const known = this.#slots.get(stream);
    if (known?.writer && known.opening === null) return this.#readFrom(known, known.writer.record, read);
    const slot = await this.#slot(stream);
    if (slot === null) return none;
    for (;;) {
      const writer = await this.#writer(slot);
      if (slot.writer === writer) return this.#readFrom(slot, writer.record, read);
    }
  }

  /**
   * What was whole when it was opened and cannot be read now: of a cold stream that is its own trouble; on top of others
   * nothing is written any more.
   */
  #readFrom<T>(slot: Slot<S, M>, record: SegmentIndex, read: (record: SegmentIndex) => T): T {
    try {
      return read(record);
    } catch (error) {
      const { stream, folded } = slot;
      if (folded?.seq === record.head && this.#fold.isCold(folded.state))
        throw this.#damage(slot, wordsOf(stream, error));
      const { shared } = this.#folder;
      shared.fail(
        error,
        `reading the record of ${stream}`,
        'Ask "warroom verify" what is left of it and mend the disk',
      );
      throw new StoreFault('corrupt', shared.fault() ?? '');
    }
  }

  async #openAndAppend(
    stream: string,
    known: Slot<S, M> | undefined,
    expectedSeq: number,
    appends: readonly Append[],
  ): Promise<readonly Appended[]> {
    if (known === undefined) await this.#started();
    const slot = known ?? this.#find(stream) ?? this.#create(stream, expectedSeq);
    slot.backlog++;
    const writer = await this.#writer(slot).finally(() => slot.backlog--);
    return this.#appendTo(slot, writer, expectedSeq, appends);
  }

  #appendTo(
    slot: Slot<S, M>,
    writer: Writer,
    expectedSeq: number,
    appends: readonly Append[],
  ): Promise<readonly Appended[]> {
    if (slot.entry !== null) {
      slot.entry = null;
      this.#index?.drop(slot.stream);
    }
    return writer.append(appends, expectedSeq);
  }

  #create(stream: string, expectedSeq: number): Slot<S, M> {
    const { only } = this.#place;
    if (only === undefined ? !STREAM_NAME.test(stream) : stream !== only)
      throw new Error(`${JSON.stringify(stream)} cannot be the name of a record`);
    if (expectedSeq !== 0)
      throw new StoreFault('conflict', `there is no record of ${stream} that ends at #${expectedSeq}`);
    const slot = this.#newSlot(stream, null);
    this.#slots.set(stream, slot);
    slot.opening = this.#newRecord(slot)
      .catch((error: unknown) => {
        this.#slots.delete(stream);
        throw error;
      })
      .finally(() => {
        slot.opening = null;
      });
    return slot;
  }

  /** Puts a new, empty record in place. */
  async #newRecord(slot: Slot<S, M>): Promise<Writer> {
    const { disk, shared, random } = this.#folder;
    const { stream, dir } = slot;
    const fault = shared.fault();
    if (fault !== null) throw new StoreFault('read_only', fault);
    const low = await shared.spaceFault(0);
    if (low !== null) throw new StoreFault('disk_low', low);
    const record = new SegmentIndex(stream, dir, disk, this.#seed());
    try {
      disk.makeDir(dir);
      await disk.syncDir(this.#place.root);
      await startSegment(disk, record, 1, random(), shared.now());
    } catch (error) {
      shared.fail(error, `opening the record of ${stream}`);
      throw new StoreFault('read_only', shared.fault() ?? '');
    }
    return this.#begin(slot, record, { seq: 0, state: this.#fold.blank(stream) });
  }

  /** Closes the stream when nothing is being done with it. */
  #release(slot: Slot<S, M>): Promise<void> {
    return (slot.releasing ??= this.#closeSlot(slot).finally(() => {
      slot.releasing = null;
    }));
  }

  async #closeSlot(slot: Slot<S, M>): Promise<void> {
    const { writer } = slot;
    if (writer === null || writer.waiting > 0 || slot.backlog > 0) return;
    await writer.idle();
    const folded = await this.#catchUp(slot, writer);
    await this.#saveSnapshot(slot, folded);
    const isBusy = slot.isHeld || slot.writer !== writer || writer.waiting > 0 || slot.backlog > 0;
    if (isBusy || folded.seq !== writer.record.head) return;
    const entry = slot.entry ?? this.#entryOf(slot.stream, writer.record, folded);
    if (entry === null) return;
    writer.record.close();
    slot.writer = null;
    slot.folded = null;
    const isNew = slot.entry !== entry;
    slot.entry = entry;
    if (isNew && entry.cold && this.readOnly === null) this.#index?.put(entry);
  }

  /** Null: the file is not as it should be, or there is nothing in it; the stream stays open. */
  #entryOf(stream: string, record: SegmentIndex, folded: Folded<S>): IndexEntry<M> | null {
    const { active, creator, lastHash, segments } = record;
    const stat = this.#folder.disk.stat(active.path);
    if (creator === null || stat === null || stat.size !== active.size) return null;
    const { size, mtimeMs, ino } = stat;
    return {
      ...this.#summed(stream, folded),
      lastHash,
      segments: segments.length,
      size,
      mtimeMs,
      ino,
      ...creator,
    };
  }

  #loadSnapshot({ stream, dir }: Slot<S, M>): Snapshot | null {
    try {
      return loadSnapshot(this.#folder.disk, dir, stream, this.#fold.version);
    } catch {
      return null;
    }
  }

  /** Keeps the fold for the next start, when much was added since. One that cannot be written is not missed. */
  async #saveSnapshot(slot: Slot<S, M>, { seq, state }: Folded<S>): Promise<void> {
    const { stream, dir, writer, snapshotSeq } = slot;
    if (writer === null || seq - snapshotSeq < SNAPSHOT_EVERY || this.readOnly !== null) return;
    slot.snapshotSeq = seq;
    try {
      const [text = ''] = writer.record.texts(seq - 1, 1);
      const last = parseEvent(text, stream, seq)?.id ?? '';
      const snapshot = { seq, epoch: writer.record.epoch, last, state };
      await saveSnapshot(this.#folder.disk, dir, stream, this.#fold.version, snapshot);
    } catch {
      // The record has all of it; a fault in reading is told by whoever reads next.
    }
  }

  /** Nobody says when a stream that was opened by a mere question is not needed any more: the last few stay open. */
  #closeUnheld(slot: Slot<S, M>): void {
    this.#unheld.push(slot);
    if (this.#unheld.length <= MAX_UNHELD) return;
    const first = this.#unheld.shift();
    if (first !== undefined && !first.isHeld) void this.#release(first).catch(() => {});
  }

  /** One closed stream after the other is read whole and compared with its index entry, until all were. */
  #checkLater(): void {
    this.#checking = setTimeout(() => {
      void this.#checkOne().then((more) => {
        if (more && !this.#isClosed) this.#checkLater();
      });
    }, this.#folder.checkEveryMs).unref();
  }

  async #checkOne(): Promise<boolean> {
    const stream = this.#unchecked.pop();
    if (stream === undefined) return false;
    const slot = this.#closed.has(stream) ? this.#find(stream) : undefined;
    try {
      if (slot !== undefined) {
        await this.#writer(slot);
        if (!slot.isHeld) await this.#release(slot);
      }
    } catch {
      // It is told as damaged.
    }
    return true;
  }

  /** A number from a random id, for the hash tables. */
  #seed(): number {
    return (
      Number.parseInt(
        this.#folder
          .random()
          .replace(/[^0-9a-f]/gi, '')
          .slice(0, 7),
        16,
      ) || 0
    );
  }
}

/** Folds a record while its lines are checked; from its snapshot on, when that turns out to be of this record. */
class Folding<S, M> {
  readonly #fold: Fold<S, M>;
  readonly #stream: string;
  #snapshot: Snapshot | null = null;
  #state: S;
  #seq = 0;

  constructor(fold: Fold<S, M>, stream: string, snapshot: Snapshot | null) {
    this.#fold = fold;
    this.#stream = stream;
    const state = snapshot === null ? null : fold.read(snapshot.state);
    this.#state = state ?? fold.blank(stream);
    if (state === null || snapshot === null) return;
    this.#snapshot = snapshot;
    this.#seq = snapshot.seq;
  }

  get snapshotSeq(): number {
    return this.#snapshot?.seq ?? 0;
  }

  add(head: Head, line: Buffer): void {
    if (head.seq + head.count <= this.snapshotSeq) return;
    for (const [i, text] of eventTexts(line, head.count).entries()) {
      const seq = head.seq + i;
      if (seq < this.snapshotSeq) continue;
      const event = parseEvent(text, this.#stream, seq);
      if (event === null) throw new StoreFault('corrupt', `${this.#stream}: #${seq} is not an event`);
      if (seq > this.snapshotSeq) {
        this.#state = this.#fold.evolve(this.#state, event);
        this.#seq = seq;
      } else if (event.id !== this.#snapshot?.last) this.#discard();
    }
  }

  /** The fold up to what it got to; the rest of the record is still to be folded. */
  result(record: SegmentIndex): Folded<S> {
    const { epoch, seq } = this.#snapshot ?? { epoch: record.epoch, seq: 0 };
    // After an older copy of the record was put back the numbers may fit again, and the entries differ.
    if (epoch !== record.epoch || seq > record.head) this.#discard();
    return { seq: this.#seq, state: this.#state };
  }

  /** The snapshot is of another history: everything is folded from the record. */
  #discard(): void {
    this.#snapshot = null;
    this.#state = this.#fold.blank(this.#stream);
    this.#seq = 0;
  }
}

const closed = (): StoreFault => new StoreFault('closed', 'the journal is closed');

const servedOf = <M>({ stream, cold, head, summary }: Served<M>): Served<M> => ({ stream, cold, head, summary });

const isCreator = <M>(entry: IndexEntry<M> | null, client: string | undefined, n: number | undefined): boolean =>
  entry !== null && entry.client === client && entry.n === n;

/** The very file is shorter than it was when the index entry was written: what is missing was on disk for sure. */
function lostItsEnd<M>(disk: JournalFs, dir: string, { segments, size, ino }: IndexEntry<M>): boolean {
  const now = disk.stat(`${dir}/${segmentName(segments)}`);
  return now !== null && now.ino === ino && now.size < size;
}

function wordsOf(stream: string, error: unknown): string {
  const words = error instanceof Error ? error.message : String(error);
  return error instanceof DamagedRecord || error instanceof StoreFault
    ? words
    : `the record of ${stream} cannot be read: ${words}`;
}
