/** One stream of the journal: opened when it is needed, folded, written to, and closed again. */
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
import { seedOf } from './origin-table.ts';
import { openRecord, type SegmentIndex } from './segment-index.ts';
import { RecordFold, type Folded } from './snapshot.ts';
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

/** What there is while a stream is open. */
interface Live<S, M> {
  readonly writer: Writer;
  readonly record: SegmentIndex;
  readonly fold: RecordFold<S, M>;
}

export class Stream<S, M> {
  readonly name: string;
  readonly dir: string;
  /** What the index said about it at the start, when that was not true any more. */
  readonly witness: IndexEntry<M> | null;
  readonly #context: StreamContext<S, M>;
  /** What is known while it is closed, and still true; null: nothing. */
  #entry: IndexEntry<M> | null;
  /** Null: it is closed. */
  #live: Live<S, M> | null = null;
  #opening: Promise<Live<S, M>> | null = null;
  /** Appends that wait for it to be opened. */
  #backlog = 0;
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
    return this.#live !== null;
  }
  get isHeld(): boolean {
    return this.#isHeld;
  }
  /** It is closed, or was only read since it was opened, and nothing more is expected in it. */
  get isCold(): boolean {
    return this.#entry?.served.cold === true;
  }

  /** Keeps it open until `release`. */
  async open(): Promise<Opened<S>> {
    this.#isHeld = true;
    for (;;) {
      const live = await this.#opened();
      const { seq, state } = await this.#catchUp(live);
      const { epoch, head } = live.record;
      if (this.#live === live && seq === head) return { epoch, head, state };
    }
  }

  /** What is said about it; null: nothing was ever written to it. */
  async listed(): Promise<Listed<M> | null> {
    if (this.#damaged === null && this.#entry === null && this.#live === null)
      await this.#opened().catch((error: unknown) => {
        this.#damaged ??= wordsOf(this.name, error);
      });
    if (this.#damaged !== null) return { stream: this.name, damaged: this.#damaged };
    if (this.#live === null) return this.#entry?.served ?? null;
    const folded = await this.#catchUp(this.#live);
    return folded.seq === 0 ? null : this.#summary(folded);
  }

  /** Did command (client, n) create it? */
  isCreatedBy(client: string, n: number): boolean {
    if (this.#live !== null) return this.#live.record.seqOf(client, n) === 1;
    return this.#entry?.client === client && this.#entry.n === n;
  }

  /** Is it open, with no append before one that comes now? */
  get isReady(): boolean {
    return this.#live !== null && this.#opening === null && this.#backlog === 0;
  }
  async append(expectedSeq: number, appends: readonly Append[]): Promise<readonly Appended[]> {
    if (this.#live !== null && this.isReady) return this.#appendTo(this.#live.writer, expectedSeq, appends);
    this.#backlog++;
    const { writer } = await this.#opened().finally(() => this.#backlog--);
    return this.#appendTo(writer, expectedSeq, appends);
  }

  /** Reads from it; opens it when it is closed. */
  async read<T>(read: (record: SegmentIndex) => T): Promise<T> {
    for (;;) {
      const live = this.#live !== null && this.#opening === null ? this.#live : await this.#opened();
      if (this.#live !== live) continue;
      try {
        return read(live.record);
      } catch (error) {
        throw this.#unreadable(live.fold, error);
      }
    }
  }

  /** Puts a new, empty record in place; `root`: the folder it is in. */
  create(root: string): Promise<void> {
    const created = createRecord(this.#context.folder, root, this.name, this.dir);
    this.#opening = created
      .then((record) => this.#begin(record))
      .finally(() => {
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
      const { state } = await this.#catchUp(await this.#opened());
      if (fold.isCold(state)) await this.release();
      else index?.drop(this.name);
    } catch (error) {
      this.#damaged ??= wordsOf(this.name, error);
    }
  }

  /** Opens it, unless it is open, which compares it with its index entry, and closes it again. */
  async check(): Promise<void> {
    if (this.#live !== null) return;
    await this.#opened();
    if (!this.#isHeld) await this.#close();
  }

  /** Brings its snapshot up to date, and closes it when it is cold and not held. */
  async tidy(): Promise<void> {
    if (this.#live === null) return;
    const folded = await this.#catchUp(this.#live);
    await this.#saveSnapshot();
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
    await this.#live?.writer.idle();
    await this.release().catch(() => {});
    this.#live?.record.close();
    this.#live = null;
  }

  /** Turns away everything that waits: the journal is read-only now. */
  rejectAll(fault: StoreFault): void {
    this.#live?.writer.rejectAll(fault);
  }

  #summary({ seq, state }: Folded<S>): Served<M> {
    const { fold } = this.#context;
    return { stream: this.name, cold: fold.isCold(state), head: seq, summary: fold.summary(state) };
  }

  /** Opens it when it is closed. Rejects with `corrupt` when it is damaged. */
  async #opened(): Promise<Live<S, M>> {
    if (this.#damaged !== null) throw new StoreFault('corrupt', this.#damaged);
    if (this.#live !== null && this.#opening === null) return this.#live;
    this.#opening ??= this.#open().finally(() => {
      this.#opening = null;
    });
    return this.#opening;
  }

  async #open(): Promise<Live<S, M>> {
    const entry = this.#entry;
    try {
      const record = await this.#readRecord(entry);
      const live = this.#begin(record);
      const folded = await live.fold.catchUp();
      if (entry !== null) this.#compare(record, entry, folded);
      return live;
    } catch (error) {
      // Too many files are open: that says nothing about this one.
      if (hasCode(error, 'EMFILE') || hasCode(error, 'ENFILE')) throw error;
      throw this.#damage(wordsOf(this.name, error));
    }
  }

  async #readRecord(entry: IndexEntry<M> | null): Promise<SegmentIndex> {
    const { disk, isTakenOver, onCut, random } = this.#context.folder;
    const { name, dir, witness } = this;
    const known = entry ?? witness;
    const change = known === null ? null : changeSince(this.#context.folder, dir, known);
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

  #begin(record: SegmentIndex): Live<S, M> {
    const { folder, fold, onAppended } = this.#context;
    const writer = new Writer(record, folder, (appended) => onAppended(this.name, appended));
    this.#live = { writer, record, fold: new RecordFold(fold, folder.disk, record) };
    return this.#live;
  }

  /** The file is the one the index entry was written about: where they differ, the entry is wrong. */
  #compare(record: SegmentIndex, entry: IndexEntry<M>, folded: Folded<S>): void {
    const served = this.#summary(folded);
    const isRight =
      entry.served.head === record.head &&
      entry.lastHash === record.lastHash &&
      entry.served.cold === served.cold &&
      entry.client === record.creator?.client &&
      entry.n === record.creator.n &&
      JSON.stringify(entry.served.summary) === JSON.stringify(served.summary);
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
    this.#live?.record.close();
    this.#live = null;
    this.#context.onListed({ stream: this.name, damaged: reason });
    return new StoreFault('corrupt', reason);
  }

  /** Folds what was appended since. */
  async #catchUp({ fold }: Live<S, M>): Promise<Folded<S>> {
    try {
      return await fold.catchUp();
    } catch (error) {
      throw error instanceof StoreFault ? error : this.#unreadable(fold, error);
    }
  }

  /**
   * What was whole when it was opened and cannot be read now: of a cold stream that is its own trouble; on top of others
   * nothing is written any more.
   */
  #unreadable({ whole }: RecordFold<S, M>, error: unknown): StoreFault {
    const { folder, fold } = this.#context;
    if (whole !== null && fold.isCold(whole)) return this.#damage(wordsOf(this.name, error));
    const cure = 'Ask "warroom verify" what is left of it and mend the disk';
    folder.fail(error, `reading the record of ${this.name}`, cure);
    return new StoreFault('corrupt', folder.fault() ?? '');
  }

  #appendTo(writer: Writer, expectedSeq: number, appends: readonly Append[]): Promise<readonly Appended[]> {
    this.#forgetEntry();
    return writer.append(appends, expectedSeq);
  }

  #close(): Promise<void> {
    return (this.#releasing ??= this.#closeIdle().finally(() => {
      this.#releasing = null;
    }));
  }

  /** Closes it when nothing is being done with it. */
  async #closeIdle(): Promise<void> {
    const live = this.#live;
    if (live === null || live.writer.waiting > 0 || this.#backlog > 0) return;
    const { writer, record } = live;
    await writer.idle();
    const folded = await this.#catchUp(live);
    await this.#saveSnapshot();
    const isBusy = this.#isHeld || this.#live !== live || writer.waiting > 0 || this.#backlog > 0;
    if (isBusy || folded.seq !== record.head) return;
    const entry = this.#entry ?? this.#newEntry(record, folded);
    if (entry === null) return;
    record.close();
    this.#live = null;
    if (this.#entry === null && entry.served.cold && this.#context.folder.fault() === null)
      this.#context.index?.put(entry);
    this.#entry = entry;
  }

  /** Null: the file is not as it should be, or there is nothing in it; it stays open. */
  #newEntry({ active, creator, lastHash, segments }: SegmentIndex, folded: Folded<S>): IndexEntry<M> | null {
    const stat = this.#context.folder.disk.stat(active.path);
    if (creator === null || stat === null || stat.size !== active.size) return null;
    const { size, mtimeMs, ino } = stat;
    return { served: this.#summary(folded), lastHash, segments: segments.length, size, mtimeMs, ino, ...creator };
  }

  async #saveSnapshot(): Promise<void> {
    if (this.#context.folder.fault() === null) await this.#live?.fold.saveIfDue();
  }
}
