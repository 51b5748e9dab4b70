/** The streams of one kind in the journal, a folder each. Cold ones are known from the index until they are needed. */
import { errorMessage } from '../incident/words.ts';
import { cannotStart, isDispensable } from './corrupt-records.ts';
import {
  StoreFault,
  type Append,
  type Appended,
  type AppendListener,
  type Damaged,
  type EventStore,
  type Fold,
  type Snapshot,
  type Listed,
  type Opened,
  type StoredCommand,
} from './event-store.ts';
import type { DataFolder } from './data-folder.ts';
import { ARCHIVING, contentOf, putFiles, sizeOf, type Files } from './archive.ts';
import { isBegun, segmentName, type SegmentIndex } from './segment-index.ts';
import { Stream, type StreamContext } from './stream.ts';
import { changeSince, StreamIndex } from './stream-index.ts';

/** The folders, in the data folder, of a record on its way in, and of one whose copy is in the archive. */
const ARRIVING = 'importing';
const LEAVING = 'leaving';
/** The folder, in the data folder, of damaged records that others took the place of. */
const DAMAGED = 'damaged';

/** `only`: there is just this one stream. */
export interface StreamPlace {
  readonly root: string;
  readonly index: string | null;
  readonly only?: string;
}

/** It names a folder. */
const STREAM_NAME = /^[a-z0-9][a-z0-9._-]{0,150}$/i;
/** Cold streams that stay open without being held. */
const MAX_UNHELD = 8;

export class JournalStore<S, M> implements EventStore<S, M> {
  readonly folder: DataFolder;
  readonly #place: StreamPlace;
  readonly #fold: Fold<S, M>;
  readonly #context: StreamContext<S, M>;
  readonly #index: StreamIndex<M> | null;
  readonly #streams = new Map<string, Stream<S, M>>();
  /** Those not yet compared with their index entry. */
  readonly #unchecked: string[] = [];
  /** Cold streams opened by a read, oldest first. */
  readonly #unheld = new Set<Stream<S, M>>();
  readonly #listeners = new Set<AppendListener>();
  readonly #listedListeners = new Set<(listed: Listed<M>) => void>();
  readonly #waiting = new Set<Promise<unknown>>();
  #starting: Promise<void> | null = null;
  #checking: NodeJS.Timeout | null = null;
  #isClosed = false;

  constructor(folder: DataFolder, place: StreamPlace, fold: Fold<S, M>) {
    this.folder = folder;
    this.#place = place;
    this.#fold = fold;
    this.#index = place.index === null ? null : new StreamIndex(folder.disk, place.index, fold);
    this.#context = {
      folder,
      fold,
      index: this.#index,
      root: place.root,
      onAppended: (stream, appended) => {
        for (const listener of this.#listeners) listener(stream, appended);
      },
      onListed: (listed) => {
        for (const listener of this.#listedListeners) listener(listed);
      },
    };
  }

  get readOnly(): string | null {
    return this.folder.fault();
  }
  lowSpace(): string | null {
    return this.folder.lowSpace();
  }
  get hasStreams(): boolean {
    return this.#streams.size + (this.#index?.size ?? 0) > 0;
  }

  async list(): Promise<readonly Listed<M>[]> {
    await this.#started();
    // Closed cold streams that nobody asked for since the start are in the index, and have no `Stream` yet.
    const listed: Listed<M>[] = this.#index?.served(this.#streams) ?? [];
    const needed: Damaged[] = [];
    for (const stream of this.#streams.values()) {
      const one = await stream.listed();
      if (one === null) continue;
      if ('damaged' in one && !this.#isDispensable(stream)) needed.push(one);
      listed.push(one);
    }
    if (needed.length === 0) return listed;
    const words = cannotStart(this.folder.dir, needed, (stream) => this.#dirOf(stream));
    throw new StoreFault('corrupt', words);
  }

  onListed(listener: (listed: Listed<M>) => void): () => void {
    this.#listedListeners.add(listener);
    return () => void this.#listedListeners.delete(listener);
  }

  async open(stream: string): Promise<Opened<S> | null> {
    return (await this.#existing(stream))?.open() ?? null;
  }

  async release(stream: string): Promise<void> {
    await this.#streams.get(stream)?.release();
  }

  async saveSnapshots(folded?: (stream: string) => Snapshot<S> | undefined): Promise<void> {
    for (const stream of this.#streams.values()) await stream.tidy(folded?.(stream.name));
  }

  append(stream: string, expectedSeq: number, appends: readonly Append[]): Promise<readonly Appended[]> {
    if (this.#isClosed) return Promise.reject(closed());
    const known = this.#streams.get(stream);
    if (known?.isReady) return known.append(expectedSeq, appends);
    const appending = known?.append(expectedSeq, appends) ?? this.#startAndAppend(stream, expectedSeq, appends);
    this.#waiting.add(appending);
    const done = (): void => void this.#waiting.delete(appending);
    appending.then(done, done);
    return appending;
  }

  async read(stream: string, after: number, limit: number, length?: number): Promise<readonly string[]> {
    return (await this.look(stream, (record) => record.texts(after, limit, length))) ?? [];
  }
  async origin(stream: string, client: string, n: number): Promise<StoredCommand | undefined> {
    return (await this.look(stream, (record) => record.find(client, n))) ?? undefined;
  }

  /** What `look` finds in the record as it is stored. Null: there is none. */
  async look<T>(stream: string, look: (record: SegmentIndex) => T): Promise<T | null> {
    const found = await this.#asked(stream);
    return found === undefined ? null : found.read(look);
  }

  /**
   * Takes over a record from its verified segments and the files beside them, all of it or nothing. A damaged record of
   * that name is moved aside: its new place, else null. Rejects with StoreFault; a full disk leaves the journal as it is.
   */
  async adopt(name: string, segments: readonly Buffer[], beside: Files): Promise<string | null> {
    const { disk, dir, refusal, assertOurs } = this.folder;
    if (!this.#isName(name)) throw new StoreFault('conflict', `${JSON.stringify(name)} cannot be the name of a record`);
    const place = this.#dirOf(name);
    const old = await this.#existing(name);
    const isDamaged = old !== undefined && (await old.isDamaged());
    if (!isDamaged && (old !== undefined || isBegun(disk, place)))
      throw new StoreFault('conflict', `there is a record of ${name} here already; nothing was changed`);
    const parts = segments.map((bytes, at) => [segmentName(at + 1), contentOf(bytes)] as const);
    const files = new Map([...parts, ...beside]);
    const refused = refusal(sizeOf(files));
    if (refused !== null) throw refused;
    const arriving = `${dir}/${ARRIVING}`;
    let aside: string | null = null;
    try {
      assertOurs();
      disk.remove(arriving);
      await putFiles(disk, arriving, files);
      if (this.#streams.get(name) !== old) throw new StoreFault('conflict', `${name} was just declared here`);
      // A damaged one may have been taken away by hand.
      if (isDamaged && disk.list(this.#place.root).includes(name)) {
        disk.makeDir(`${dir}/${DAMAGED}`);
        const free = this.#asideFor(name);
        disk.rename(place, free);
        aside = free;
      }
      disk.rename(arriving, place);
    } catch (error) {
      if (aside !== null) disk.rename(aside, place);
      disk.remove(arriving);
      if (error instanceof StoreFault) throw error;
      const message = `the record cannot be stored: ${errorMessage(error)}; nothing was kept of it`;
      throw new StoreFault('disk_low', message);
    }
    const stream = new Stream(this.#context, name, null);
    this.#streams.set(name, stream);
    this.#index?.drop(name);
    for (const folder of aside === null ? [] : [`${dir}/${DAMAGED}`, dir]) await disk.syncDir(folder);
    await disk.syncDir(this.#place.root);
    await stream.readAtStart();
    const listed = await stream.listed();
    if (listed !== null) this.#context.onListed(listed);
    return aside;
  }

  /** A place for a damaged record, where no other is. */
  #asideFor(name: string): string {
    const { disk, dir } = this.folder;
    const taken = disk.list(`${dir}/${DAMAGED}`);
    let free = name;
    for (let n = 2; taken.includes(free); n++) free = `${name}.${n}`;
    return `${dir}/${DAMAGED}/${free}`;
  }

  /** Takes out, by one rename, a cold record whose copy is on the disk. False: it is in use, or ends otherwise. */
  async remove(name: string, lastHash: string): Promise<boolean> {
    const { disk, dir, assertOurs } = this.folder;
    const stream = await this.#existing(name);
    await stream?.release();
    assertOurs();
    disk.remove(`${dir}/${LEAVING}`);
    // From here to the rename nothing else runs.
    if (stream?.restingHash !== lastHash || this.#streams.get(name) !== stream) return false;
    disk.rename(stream.dir, `${dir}/${LEAVING}`);
    this.#streams.delete(name);
    this.#unheld.delete(stream);
    this.#index?.drop(name);
    await disk.syncDir(this.#place.root);
    await disk.syncDir(dir);
    disk.remove(`${dir}/${LEAVING}`);
    return true;
  }

  async createdBy(client: string, n: number): Promise<string | undefined> {
    await this.#started();
    for (const stream of this.#streams.values()) if (stream.isCreatedBy(client, n)) return stream.name;
    return this.#index?.createdBy(client, n);
  }

  subscribe(listener: AppendListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Rejects everything that waits: the journal is read-only now. */
  rejectAll(fault: StoreFault): void {
    for (const stream of this.#streams.values()) stream.rejectAll(fault);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#checking !== null) clearTimeout(this.#checking);
    await Promise.allSettled([...this.#waiting, this.#starting]);
    for (const stream of this.#streams.values()) await stream.end();
    await this.#index?.flush();
  }

  #dirOf(stream: string): string {
    return `${this.#place.root}/${stream}`;
  }

  #started(): Promise<void> {
    return (this.#starting ??= this.#start());
  }

  /** Finds the streams, and reads those without a valid index entry. */
  async #start(): Promise<void> {
    const { disk, dir, checkEveryMs } = this.folder;
    const { root } = this.#place;
    this.#index?.load();
    // Half an import is nothing, and neither is half a copy, nor a record that is in the archive.
    const left = this.#index === null ? [] : disk.list(dir);
    for (const name of [ARRIVING, ARCHIVING, LEAVING]) if (left.includes(name)) disk.remove(`${dir}/${name}`);
    let missing = this.#index?.size ?? 0;
    for (const name of disk.list(root)) {
      if (!this.#isName(name)) continue;
      const known = this.#index?.lastSegment(name) ?? null;
      if (known !== null) missing--;
      if (known !== null && changeSince(this.folder, this.#dirOf(name), known) === 'none') this.#unchecked.push(name);
      else if (known !== null || isBegun(disk, this.#dirOf(name))) {
        const stream = new Stream(this.#context, name, null, known);
        this.#streams.set(name, stream);
        await stream.readAtStart();
      }
    }
    if (missing > 0) this.#index?.keep(new Set([...this.#unchecked, ...this.#streams.keys()]));
    await this.#index?.flush();
    if (checkEveryMs > 0 && !this.#isClosed) this.#checkLater();
  }

  #isName(name: string): boolean {
    const { only } = this.#place;
    return only === undefined ? STREAM_NAME.test(name) : name === only;
  }

  /** The stream; after the start only. */
  #find(name: string): Stream<S, M> | undefined {
    const entry = this.#streams.has(name) ? null : this.#index?.get(name);
    if (entry) this.#streams.set(name, new Stream(this.#context, name, entry));
    return this.#streams.get(name);
  }

  async #existing(stream: string): Promise<Stream<S, M> | undefined> {
    if (this.#isClosed) throw closed();
    await this.#started();
    return this.#find(stream);
  }

  /** For a read, of which nobody says when it is over: the last few cold streams stay open. */
  async #asked(stream: string): Promise<Stream<S, M> | undefined> {
    const open = this.#streams.get(stream);
    const found = open?.isOpen && !this.#isClosed ? open : await this.#existing(stream);
    if (found === undefined || found.isOpen || !found.isCold) return found;
    this.#unheld.delete(found);
    this.#unheld.add(found);
    const [first] = this.#unheld;
    if (first === undefined || this.#unheld.size <= MAX_UNHELD) return found;
    this.#unheld.delete(first);
    if (!first.isHeld) void first.release().catch(() => {});
    return found;
  }

  async #startAndAppend(stream: string, expectedSeq: number, appends: readonly Append[]): Promise<readonly Appended[]> {
    await this.#started();
    const found = this.#find(stream) ?? this.#create(stream, expectedSeq);
    return found.append(expectedSeq, appends);
  }

  #create(name: string, expectedSeq: number): Stream<S, M> {
    if (!this.#isName(name)) throw new Error(`${JSON.stringify(name)} cannot be the name of a record`);
    if (expectedSeq !== 0)
      throw new StoreFault('conflict', `there is no record of ${name} that ends at #${expectedSeq}`);
    const stream = new Stream(this.#context, name, null);
    this.#streams.set(name, stream);
    stream.create().catch(() => this.#streams.delete(name));
    return stream;
  }

  /** The index vouches for an ended stream that lost its end or cannot be read; others must show that they ended. */
  #isDispensable(stream: Stream<S, M>): boolean {
    const { name, dir, witness, isCold } = stream;
    if (isCold || (witness !== null && changeSince(this.folder, dir, witness) !== 'grown')) return true;
    return isDispensable(this.#fold, this.folder.disk, dir, name, (other) => this.#find(other) !== undefined);
  }

  /** Reads closed streams one by one and compares them with their index entries. */
  #checkLater(): void {
    this.#checking = setTimeout(() => {
      // One that cannot be read is told as damaged.
      const name = this.#unchecked.pop();
      if (name === undefined) return;
      const checked = this.#find(name)?.check() ?? Promise.resolve();
      const next = (): void => {
        if (!this.#isClosed) this.#checkLater();
      };
      void checked.then(next, next);
    }, this.folder.checkEveryMs).unref();
  }
}

const closed = (): StoreFault => new StoreFault('closed', 'the journal is closed');
