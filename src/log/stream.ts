/** One stream of the journal, opened when it is needed. */
import { wordsOf } from './corrupt-records.ts';
import type { DataFolder } from './data-folder.ts';
import { hasCode } from './disk.ts';
import {
  StoreFault,
  type Append,
  type Appended,
  type Fold,
  type Snapshot,
  type Listed,
  type Opened,
  type Served,
} from './event-store.ts';
import { seedOf } from './origin-table.ts';
import { openRecord, type SegmentIndex } from './segment-index.ts';
import { RecordFold } from './snapshot.ts';
import { changeSince, type IndexEntry, type LastSegment, type StreamIndex } from './stream-index.ts';
import { createRecord, Writer } from './writer.ts';

export interface StreamContext<S, M> {
  readonly folder: DataFolder;
  readonly fold: Fold<S, M>;
  readonly index: StreamIndex<M> | null;
  /** The folder of the streams' folders. */
  readonly root: string;
  readonly onAppended: (stream: string, appended: readonly Appended[]) => void;
  /** What was listed of a stream was wrong. */
  readonly onListed: (listed: Listed<M>) => void;
}

interface Live<S, M> {
  readonly writer: Writer;
  readonly record: SegmentIndex;
  readonly fold: RecordFold<S, M>;
}

/** A file beside the segments of a record that was imported. */
export const IMPORTED = 'imported';

export class Stream<S, M> {
  readonly name: string;
  readonly dir: string;
  /** What its index entry said at the start, when that was out of date. */
  readonly witness: LastSegment | null;
  readonly #context: StreamContext<S, M>;
  /** Its valid index entry. */
  #entry: IndexEntry<M> | null;
  /** Null while closed. */
  #live: Live<S, M> | null = null;
  #opening: Promise<Live<S, M>> | null = null;
  /** Appends waiting for it to be opened. */
  #backlog = 0;
  #releasing: Promise<void> | null = null;
  /** `open` was called, `release` not yet. */
  #isHeld = false;
  #damaged: string | null = null;

  constructor(context: StreamContext<S, M>, name: string, entry: IndexEntry<M> | null, witness?: LastSegment | null) {
    this.#context = context;
    this.name = name;
    this.dir = `${context.root}/${name}`;
    this.#entry = entry;
    this.witness = witness ?? null;
  }

  get isOpen(): boolean {
    return this.#live !== null;
  }
  get isHeld(): boolean {
    return this.#isHeld;
  }
  /** Not written to since its index entry, and nothing more is expected. */
  get isCold(): boolean {
    return this.#entry?.served.cold === true;
  }

  /** The hash of its last line, while it is closed and cold; undefined: it is in use. */
  get restingHash(): string | undefined {
    return this.isCold && this.#live === null && this.#opening === null ? this.#entry?.lastHash : undefined;
  }

  async open(): Promise<Opened<S>> {
    this.#isHeld = true;
    for (;;) {
      const live = await this.#opened();
      const { seq, state } = await this.#catchUp(live);
      const { epoch, head } = live.record;
      if (this.#live === live && seq === head) return { epoch, head, state };
    }
  }

  /** Null: it has no events. */
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

  isCreatedBy(client: string, n: number): boolean {
    if (this.#live !== null) return this.#live.record.seqOf(client, n) === 1;
    return this.#entry?.client === client && this.#entry.n === n;
  }

  /** Is it open, with no append waiting? */
  get isReady(): boolean {
    return this.#live !== null && this.#opening === null && this.#backlog === 0;
  }
  async append(expectedSeq: number, appends: readonly Append[]): Promise<readonly Appended[]> {
    if (this.#live !== null && this.isReady) return this.#appendTo(this.#live.writer, expectedSeq, appends);
    this.#backlog++;
    const { writer } = await this.#opened().finally(() => this.#backlog--);
    return this.#appendTo(writer, expectedSeq, appends);
  }

  /** Opens it when it is closed. */
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

  create(): Promise<void> {
    const { folder, root } = this.#context;
    const created = createRecord(folder, root, this.name, this.dir);
    this.#opening = created
      .then((record) => this.#begin(record))
      .finally(() => {
        this.#opening = null;
      });
    return this.#opening.then(() => {});
  }

  /** Reads it at the start, without a valid index entry. A cold one is closed again. */
  async readAtStart(): Promise<void> {
    const { folder, fold, index } = this.#context;
    try {
      // Names that a dead process left may not survive a power cut.
      if (folder.isTakenOver) await folder.disk.syncDir(this.dir);
      const { state } = await this.#catchUp(await this.#opened());
      if (fold.isCold(state)) await this.release();
      else index?.drop(this.name);
    } catch (error) {
      this.#damaged ??= wordsOf(this.name, error);
    }
  }

  /** Reads it when it is closed. */
  async isDamaged(): Promise<boolean> {
    await this.check().catch(() => {});
    return this.#damaged !== null;
  }

  /** Opening it compares it with its index entry. */
  async check(): Promise<void> {
    if (this.#live !== null) return;
    await this.#opened();
    if (!this.#isHeld) await this.#close();
  }

  /** Updates its snapshot; closes it when it is cold and not held. */
  async tidy(known: Snapshot<S> | undefined): Promise<void> {
    if (this.#live === null) return;
    if (known !== undefined) this.#live.fold.take(known);
    const folded = await this.#catchUp(this.#live);
    await this.#saveSnapshot();
    if (!this.#isHeld && this.#context.fold.isCold(folded.state)) await this.#close();
  }

  /** Closes it, unless it is in use. */
  async release(): Promise<void> {
    this.#isHeld = false;
    await this.#close();
  }

  /** Waits for writes and closes it for good. */
  async end(): Promise<void> {
    await this.#opening?.catch(() => null);
    await this.#live?.writer.idle();
    await this.release().catch(() => {});
    this.#live?.record.close();
    this.#live = null;
  }

  rejectAll(fault: StoreFault): void {
    this.#live?.writer.rejectAll(fault);
  }

  #summary({ seq, state }: Snapshot<S>): Served<M> {
    const { fold, folder } = this.#context;
    const cold = fold.isCold(state);
    const imported = !cold && folder.disk.stat(`${this.dir}/${IMPORTED}`) !== null;
    return { stream: this.name, cold, head: seq, summary: fold.summary(state), ...(imported && { imported }) };
  }

  /** Rejects with `corrupt` when it is damaged. */
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
      // Too many open files: no fault of this record.
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

  /** The file is the entry's: a difference shows that the entry is wrong. */
  #compare(record: SegmentIndex, entry: IndexEntry<M>, folded: Snapshot<S>): void {
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

  /** Other streams go on. The index entry stays: the next start needs to know that it had ended. */
  #damage(reason: string): StoreFault {
    this.#damaged = reason;
    this.#live?.record.close();
    this.#live = null;
    this.#context.onListed({ stream: this.name, damaged: reason });
    return new StoreFault('corrupt', reason);
  }

  async #catchUp({ fold }: Live<S, M>): Promise<Snapshot<S>> {
    try {
      return await fold.catchUp();
    } catch (error) {
      throw error instanceof StoreFault ? error : this.#unreadable(fold, error);
    }
  }

  /** It was whole when it was opened. A cold one is reported damaged; with any other the journal becomes read-only. */
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

  /** Null: it is empty, or its file changed; it stays open. */
  #newEntry({ active, creator, lastHash, segments }: SegmentIndex, folded: Snapshot<S>): IndexEntry<M> | null {
    const stat = this.#context.folder.disk.stat(active.path);
    if (creator === null || stat === null || stat.size !== active.size) return null;
    const { size, mtimeMs, ino } = stat;
    return { served: this.#summary(folded), lastHash, segments: segments.length, size, mtimeMs, ino, ...creator };
  }

  async #saveSnapshot(): Promise<void> {
    if (this.#context.folder.fault() === null) await this.#live?.fold.saveIfDue();
  }
}
