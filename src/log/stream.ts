/** One stream of the journal: opened when it is needed, folded, written to, and closed again. */
import { setImmediate } from 'node:timers/promises';
import { wordsOf } from './corrupt-records.ts';
import { hasCode } from './disk.ts';
import {
  StoreFault,
  type Append,
  type Appended,
  type Fold,
  type Listed,
  type Opened,
  type Served,
} from './event-store.ts';
import { parseEvent } from './record.ts';
import { seedOf } from './origin-table.ts';
import { openRecord, type SegmentIndex } from './segment-index.ts';
import { loadSnapshot, saveSnapshot, type Folded } from './snapshot.ts';
import { changeSince, type IndexEntry, type StreamIndex } from './stream-index.ts';
import { createRecord, Writer, type DataFolder } from './writer.ts';

/** What the streams of a store share. */
export interface StreamContext<S, M> {
  readonly folder: DataFolder;
  readonly fold: Fold<S, M>;
  readonly index: StreamIndex<M> | null;
  readonly onAppended: (stream: string, appended: readonly Appended[]) => void;
  /** What was listed about a stream is not true any more. */
  readonly onListed: (listed: Listed<M>) => void;
}

/** Events after which a new snapshot is worth its write. */
const SNAPSHOT_EVERY = 2_000;
/** Events folded in one turn. */
const FOLD_AT_ONCE = 256;

export class Stream<S, M> {
  readonly name: string;
  readonly dir: string;
  /** What the index said about it at the start, when that was not true any more. */
  readonly witness: IndexEntry<M> | null;
  readonly #context: StreamContext<S, M>;
  /** What is known while it is closed, and still true; null: nothing. */
  #entry: IndexEntry<M> | null;
  /** Null: it is closed. */
  #writer: Writer | null = null;
  #opening: Promise<Writer> | null = null;
  /** Appends that wait for it to be opened. */
  #backlog = 0;
  /** The fold, while it is open. It may lag behind the record. */
  #folded: Folded<S> | null = null;
  #snapshotSeq = 0;
  #releasing: Promise<void> | null = null;
  /** Somebody called `open` and not yet `release`. */
  #isHeld = false;
  #damaged: string | null = null;

  constructor(
    context: StreamContext<S, M>,
    name: string,
    dir: string,
    entry: IndexEntry<M> | null,
    witness: IndexEntry<M> | null = null,
  ) {
    this.#context = context;
    this.name = name;
    this.dir = dir;
    this.#entry = entry;
    this.witness = witness;
  }

  get isOpen(): boolean {
    return this.#writer !== null;
  }
  get isHeld(): boolean {
    return this.#isHeld;
  }
  /** It is closed, or was only read since it was opened, and nothing more is expected in it. */
  get isCold(): boolean {
    return this.#entry?.cold === true;
  }

  /** Keeps it open until `release`. */
  async open(): Promise<Opened<S>> {
    this.#isHeld = true;
    for (;;) {
      const writer = await this.#opened();
      const { seq, state } = await this.#catchUp(writer.record);
      const { epoch, head } = writer.record;
      if (this.#writer === writer && seq === head) return { epoch, head, state };
    }
  }

  /** What is said about it; null: nothing was ever written to it. */
  async listed(): Promise<Listed<M> | null> {
    if (this.#damaged === null && this.#entry === null && this.#writer === null)
      await this.#opened().catch((error: unknown) => {
        this.#damaged ??= wordsOf(this.name, error);
      });
    if (this.#damaged !== null) return { stream: this.name, damaged: this.#damaged };
    if (this.#writer === null) {
      if (this.#entry === null) return null;
      const { stream, cold, head, summary } = this.#entry;
      return { stream, cold, head, summary };
    }
    const folded = await this.#catchUp(this.#writer.record);
    return folded.seq === 0 ? null : this.#summary(folded);
  }

  /** Did command (client, n) create it? */
  isCreatedBy(client: string, n: number): boolean {
    if (this.#writer !== null) return this.#writer.record.seqOf(client, n) === 1;
    return this.#entry?.client === client && this.#entry.n === n;
  }

  /** Is it open, with no append before one that comes now? */
  get isReady(): boolean {
    return this.#writer !== null && this.#backlog === 0;
  }
  async append(expectedSeq: number, appends: readonly Append[]): Promise<readonly Appended[]> {
    if (this.#writer !== null && this.#backlog === 0) return this.#appendTo(this.#writer, expectedSeq, appends);
    this.#backlog++;
    const writer = await this.#opened().finally(() => this.#backlog--);
    return this.#appendTo(writer, expectedSeq, appends);
  }

  /** Reads from it; opens it when it is closed. */
  async read<T>(read: (record: SegmentIndex) => T): Promise<T> {
    for (;;) {
      const writer = this.#writer !== null && this.#opening === null ? this.#writer : await this.#opened();
      if (this.#writer === writer) return this.#readFrom(writer.record, read);
    }
  }

  /** Puts a new, empty record in place; `root`: the folder it is in. */
  create(root: string): Promise<void> {
    this.#opening = this.#newRecord(root).finally(() => {
      this.#opening = null;
    });
    return this.#opening.then(() => {});
  }

  /** Reads it at the start, as the index says nothing right about it. One that is cold is closed again. */
  async readAtStart(): Promise<void> {
    const { folder, fold, index } = this.#context;
    try {
      // A process that died may have left names that a power cut would still take away.
      if (folder.isTakenOver) await folder.disk.syncDir(this.dir);
      const { state } = await this.#catchUp((await this.#opened()).record);
      if (fold.isCold(state)) await this.release();
      else index?.drop(this.name);
    } catch (error) {
      this.#damaged ??= wordsOf(this.name, error);
    }
  }

  /** Opens it, unless it is open, which compares it with its index entry, and closes it again. */
  async check(): Promise<void> {
    if (this.#writer !== null) return;
    await this.#opened();
    if (!this.#isHeld) await this.#close();
  }

  /** Brings its snapshot up to date, and closes it when it is cold and not held. */
  async tidy(): Promise<void> {
    if (this.#writer === null) return;
    const folded = await this.#catchUp(this.#writer.record);
    await this.#saveSnapshot(folded);
    if (!this.#isHeld && this.#context.fold.isCold(folded.state)) await this.#close();
  }

  /** Nobody needs it: it is closed, unless something is being done with it. */
  async release(): Promise<void> {
    this.#isHeld = false;
    await this.#close();
  }

  /** Waits for what is under way and closes it for good. */
  async end(): Promise<void> {
    await this.#opening?.catch(() => null);
    await this.#writer?.idle();
    await this.release().catch(() => {});
    this.#writer?.record.close();
    this.#writer = null;
  }

  /** Turns away everything that waits: the journal is read-only now. */
  rejectAll(fault: StoreFault): void {
    this.#writer?.rejectAll(fault);
  }

  #summary({ seq, state }: Folded<S>): Served<M> {
    const { fold } = this.#context;
    return { stream: this.name, cold: fold.isCold(state), head: seq, summary: fold.summary(state) };
  }

  /** Opens it when it is closed. Rejects with `corrupt` when it is damaged. */
  async #opened(): Promise<Writer> {
    if (this.#damaged !== null) throw new StoreFault('corrupt', this.#damaged);
    if (this.#writer !== null && this.#opening === null) return this.#writer;
    this.#opening ??= this.#open().finally(() => {
      this.#opening = null;
    });
    return this.#opening;
  }

  async #open(): Promise<Writer> {
    const entry = this.#entry;
    try {
      const record = await this.#readRecord(entry);
      const folded = await this.#foldFromSnapshot(record);
      const writer = this.#begin(record);
      if (entry !== null) this.#compare(record, entry, folded);
      return writer;
    } catch (error) {
      // Too many files are open: that says nothing about this one.
      if (hasCode(error, 'EMFILE') || hasCode(error, 'ENFILE')) throw error;
      throw this.#damage(wordsOf(this.name, error));
    }
  }

  async #readRecord(entry: IndexEntry<M> | null): Promise<SegmentIndex> {
    const { disk, isTakenOver, onCut, random, segmentBytes } = this.#context.folder;
    const { name, dir, witness } = this;
    const known = entry ?? witness;
    const change = known === null ? null : changeSince(disk, dir, known, segmentBytes);
    if (entry !== null && change !== 'none' && change !== 'unknown')
      throw new StoreFault('corrupt', `${dir} was changed while the hub was running: restart the hub to read it anew`);
    const record = await openRecord({
      incident: name,
      dir,
      disk,
      seed: seedOf(random()),
      distrust: isTakenOver && entry === null,
      wasWhole: entry !== null || change === 'shortened',
      onCut,
    });
    if (record === null) throw new StoreFault('corrupt', `${dir} holds no record any more`);
    return record;
  }

  /** Closes the record again when it cannot be folded. */
  async #foldFromSnapshot(record: SegmentIndex): Promise<Folded<S>> {
    const { fold, folder } = this.#context;
    try {
      this.#folded = loadSnapshot(fold, folder.disk, record);
      this.#snapshotSeq = this.#folded?.seq ?? 0;
      return await this.#catchUp(record);
    } catch (error) {
      record.close();
      throw error;
    }
  }

  #begin(record: SegmentIndex): Writer {
    const { folder, onAppended } = this.#context;
    this.#writer = new Writer(record, folder, (appended) => onAppended(this.name, appended));
    return this.#writer;
  }

  /** The file is the one the index entry was written about: where they differ, the entry is wrong. */
  #compare(record: SegmentIndex, entry: IndexEntry<M>, folded: Folded<S>): void {
    const served = this.#summary(folded);
    const isRight =
      entry.head === record.head &&
      entry.lastHash === record.lastHash &&
      entry.cold === served.cold &&
      entry.client === record.creator?.client &&
      entry.n === record.creator.n &&
      JSON.stringify(entry.summary) === JSON.stringify(served.summary);
    if (isRight) return;
    this.#forgetEntry();
    this.#context.onListed(served);
  }

  #forgetEntry(): void {
    if (this.#entry === null) return;
    this.#entry = null;
    this.#context.index?.drop(this.name);
  }

  /** It cannot be served any more; the others are. Its index entry stays: the next start needs to know that it had ended. */
  #damage(reason: string): StoreFault {
    this.#damaged = reason;
    this.#writer?.record.close();
    this.#writer = null;
    this.#context.onListed({ stream: this.name, damaged: reason });
    return new StoreFault('corrupt', reason);
  }

  /** Folds what was appended since. */
  async #catchUp(record: SegmentIndex): Promise<Folded<S>> {
    const { fold } = this.#context;
    const folded = (this.#folded ??= { seq: 0, state: fold.blank(this.name) });
    while (folded.seq < record.head && this.#folded === folded) {
      const texts = this.#readFrom(record, () => record.texts(folded.seq, FOLD_AT_ONCE));
      for (const text of texts) {
        const event = parseEvent(text, this.name, folded.seq + 1);
        if (event === null) throw new StoreFault('corrupt', `${this.name}: #${folded.seq + 1} is not an event`);
        folded.state = fold.evolve(folded.state, event);
        folded.seq++;
      }
      if (folded.seq < record.head) await setImmediate();
    }
    return folded;
  }

  /**
   * What was whole when it was opened and cannot be read now: of a cold stream that is its own trouble; on top of others
   * nothing is written any more.
   */
  #readFrom<T>(record: SegmentIndex, read: (record: SegmentIndex) => T): T {
    try {
      return read(record);
    } catch (error) {
      // While it is being opened, `#open` says what is wrong with it.
      if (this.#writer === null) throw error;
      const { folder, fold } = this.#context;
      if (this.#folded?.seq === record.head && fold.isCold(this.#folded.state))
        throw this.#damage(wordsOf(this.name, error));
      const cure = 'Ask "warroom verify" what is left of it and mend the disk';
      folder.fail(error, `reading the record of ${this.name}`, cure);
      throw new StoreFault('corrupt', folder.fault() ?? '');
    }
  }

  #appendTo(writer: Writer, expectedSeq: number, appends: readonly Append[]): Promise<readonly Appended[]> {
    this.#forgetEntry();
    return writer.append(appends, expectedSeq);
  }

  async #newRecord(root: string): Promise<Writer> {
    return this.#begin(await createRecord(this.#context.folder, root, this.name, this.dir));
  }

  #close(): Promise<void> {
    return (this.#releasing ??= this.#closeIdle().finally(() => {
      this.#releasing = null;
    }));
  }

  /** Closes it when nothing is being done with it. */
  async #closeIdle(): Promise<void> {
    const writer = this.#writer;
    if (writer === null || writer.waiting > 0 || this.#backlog > 0) return;
    await writer.idle();
    const folded = await this.#catchUp(writer.record);
    await this.#saveSnapshot(folded);
    const isBusy = this.#isHeld || this.#writer !== writer || writer.waiting > 0 || this.#backlog > 0;
    if (isBusy || folded.seq !== writer.record.head) return;
    const entry = this.#entry ?? this.#newEntry(writer.record, folded);
    if (entry === null) return;
    writer.record.close();
    this.#writer = null;
    this.#folded = null;
    if (this.#entry === null && entry.cold && this.#context.folder.fault() === null) this.#context.index?.put(entry);
    this.#entry = entry;
  }

  /** Null: the file is not as it should be, or there is nothing in it; it stays open. */
  #newEntry({ active, creator, lastHash, segments }: SegmentIndex, folded: Folded<S>): IndexEntry<M> | null {
    const stat = this.#context.folder.disk.stat(active.path);
    if (creator === null || stat === null || stat.size !== active.size) return null;
    const { size, mtimeMs, ino } = stat;
    return { ...this.#summary(folded), lastHash, segments: segments.length, size, mtimeMs, ino, ...creator };
  }

  async #saveSnapshot(folded: Folded<S>): Promise<void> {
    const { folder, fold } = this.#context;
    const writer = this.#writer;
    if (writer === null || folded.seq - this.#snapshotSeq < SNAPSHOT_EVERY || folder.fault() !== null) return;
    this.#snapshotSeq = folded.seq;
    await saveSnapshot(fold, folder.disk, writer.record, folded);
  }
}
