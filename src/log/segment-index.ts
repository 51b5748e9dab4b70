/** One record on disk: its segments, where each event is, who sent what. Only reads. */
import { OriginTable } from './origin-table.ts';
import type { JournalFs } from './disk.ts';
import type { Origin, StoredCommand } from './event-store.ts';
import { eventTexts, NO_PREV, parseHead, type Head, type Header } from './record.ts';
import { scanSegment, type Flaw } from './scan.ts';

/** A half-written end, never acknowledged, that was cut off. */
export interface Cut {
  readonly incident: string;
  readonly file: string;
  readonly byte: number;
  readonly bytes: number;
}

export class DamagedRecordError extends Error {
  constructor(file: string, { line, byte, reason }: Flaw) {
    super(`${file}:${line} (byte ${byte}): ${reason}`);
  }
}

interface Segment {
  readonly path: string;
  readonly fd: number;
  /** Of its first event. */
  readonly firstSeq: number;
  size: number;
}

/** Texts kept in memory, which most consoles ask for. More would slow garbage collection more than reading the file. */
const RECENT_MAX = 512;
const RECENT_BYTES = 4 * 1024 * 1024;
/** Read at once for a page of texts. */
const PAGE_BYTES = 256 * 1024;

export const segmentName = (segment: number): string => `${String(segment).padStart(6, '0')}.log`;
/** Null: another file. */
export function segmentNumber(name: string): number | null {
  const digits = /^(\d{6,9})\.log$/.exec(name)?.[1];
  return digits === undefined ? null : Number(digits);
}

/** The names of a record's segments, in order; empty: there is no record. */
export const segmentNames = (disk: JournalFs, dir: string): readonly string[] =>
  disk.list(dir).filter((name) => segmentNumber(name) !== null);

/** Whether there is a record: a crash during a creation leaves a folder without a segment. */
export function isBegun(disk: JournalFs, dir: string): boolean {
  try {
    return segmentNames(disk, dir).length > 0;
  } catch {
    // Reading the record gives the reason.
    return true;
  }
}

export class SegmentIndex {
  readonly incident: string;
  readonly dir: string;
  readonly #disk: JournalFs;
  readonly #origins: OriginTable;
  readonly #segments: Segment[] = [];
  /** By seq - 1: the line's offset in its segment. */
  #offsets = new Uint32Array(256);
  #recent: string[] = [];
  #recentBytes = 0;
  epoch = '';
  head = 0;
  creator: Pick<Origin, 'client' | 'n'> | null = null;
  lastHash = NO_PREV;

  constructor(incident: string, dir: string, disk: JournalFs, seed: number) {
    this.incident = incident;
    this.dir = dir;
    this.#disk = disk;
    this.#origins = new OriginTable(seed);
  }

  get active(): Segment {
    const segment = this.#segments.at(-1);
    if (segment === undefined) throw new Error(`the record of ${this.incident} has no segment`);
    return segment;
  }
  get segments(): readonly Segment[] {
    return this.#segments;
  }

  addSegment(header: Header, path: string, fd: number, size: number, lastHash: string): void {
    this.epoch = header.epoch;
    this.#segments.push({ path, fd, firstSeq: header.seq, size });
    this.lastHash = lastHash;
  }

  /** Adds a durable append line of the active segment. `texts`: null when it was read. */
  addRecord(head: Head, offset: number, texts: readonly string[] | null): void {
    const { client, n } = head.origin;
    this.#origins.add(client, n, head.seq);
    this.creator ??= { client, n };
    while (this.head + head.count > this.#offsets.length) {
      const offsets = new Uint32Array(this.#offsets.length * 2);
      offsets.set(this.#offsets);
      this.#offsets = offsets;
    }
    this.#offsets.fill(offset, this.head, this.head + head.count);
    this.head += head.count;
    if (texts !== null) this.#remember(texts);
  }

  /** The seq stored for (client, n), or 0. */
  seqOf(client: string, n: number): number {
    return this.#origins.find(client, n);
  }

  find(client: string, n: number): StoredCommand | undefined {
    const seq = this.#origins.find(client, n);
    if (seq === 0) return undefined;
    const head = parseHead(this.#line(seq));
    if (head === null) throw new Error(`${this.incident}: #${seq} cannot be read back`);
    return { seq, hash: head.origin.hash };
  }

  /** See `EventStore.read`. */
  texts(after: number, limit: number, length = Infinity): readonly string[] {
    const first = Math.max(0, after) + 1;
    const last = Math.min(this.head, first + limit - 1);
    const recentFirst = this.head - this.#recent.length + 1;
    if (first > last) return [];
    if (first >= recentFirst) return this.#recent.slice(first - recentFirst, last - recentFirst + 1);
    const found: string[] = [];
    for (let size = 0; first + found.length <= last && size < length;) {
      const had = found.length;
      this.#readPage(first + had, last, found);
      for (const text of found.slice(had)) size += text.length;
    }
    return found;
  }

  /** How long the segments are together. */
  get size(): number {
    return this.#segments.reduce((sum, { size }) => sum + size, 0);
  }

  /** Bytes of the segments one after the other, at most `length` from `from` on; they end at the latest with a segment. */
  bytes(from: number, length: number): Buffer {
    let start = 0;
    for (const segment of this.#segments) {
      const at = from - start;
      if (at < segment.size) return this.#read(segment, at, Math.min(length, segment.size - at));
      start += segment.size;
    }
    return Buffer.alloc(0);
  }

  /** All segments one after the other. */
  whole(): Buffer {
    return Buffer.concat(this.#segments.map((segment) => this.#read(segment, 0, segment.size)));
  }

  close(): void {
    for (const { fd } of this.#segments) this.#disk.close(fd);
  }

  /** Adds to `found` the texts that one read of one segment gives. */
  #readPage(first: number, last: number, found: string[]): void {
    const [segment, end] = this.#segmentOf(first);
    const start = this.#offset(first);
    const stop = last >= end ? segment.size : this.#lineEnd(last);
    let bytes = this.#read(segment, start, Math.min(stop - start, PAGE_BYTES));
    if (!bytes.includes(10)) bytes = this.#read(segment, start, this.#lineEnd(first) - start);
    // Offsets tell which events are in a line: parsing its head again would cost as much as the events.
    let seq = first;
    while (seq > segment.firstSeq && this.#offset(seq - 1) === start) seq--;
    for (let at = 0; seq <= last;) {
      const newline = bytes.indexOf(10, at);
      if (newline < 0) return;
      let next = seq + 1;
      while (next <= end && this.#offset(next) === this.#offset(seq)) next++;
      const texts = eventTexts(bytes.subarray(at, newline), next - seq);
      if (texts.length !== next - seq) throw new Error(`${segment.path}: #${seq} cannot be read back`);
      found.push(...texts.slice(Math.max(0, first - seq), last - seq + 1));
      seq = next;
      at = newline + 1;
    }
  }

  #line(seq: number): Buffer {
    const [segment] = this.#segmentOf(seq);
    const start = this.#offset(seq);
    return this.#read(segment, start, this.#lineEnd(seq) - start - 1);
  }

  /** The segment with `seq`, and its last seq. */
  #segmentOf(seq: number): readonly [Segment, number] {
    for (let i = this.#segments.length - 1; i >= 0; i--) {
      const segment = this.#segments[i];
      if (segment !== undefined && segment.firstSeq <= seq)
        return [segment, (this.#segments[i + 1]?.firstSeq ?? this.head + 1) - 1];
    }
    throw new Error(`${this.incident} has no #${seq}`);
  }

  #offset(seq: number): number {
    return this.#offsets[seq - 1] ?? 0;
  }

  #lineEnd(seq: number): number {
    const [segment, end] = this.#segmentOf(seq);
    const start = this.#offset(seq);
    for (let next = seq + 1; next <= end; next++) if (this.#offset(next) !== start) return this.#offset(next);
    return segment.size;
  }

  #read(segment: Segment, from: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    let read = 0;
    while (read < length) {
      const more = this.#disk.read(segment.fd, bytes.subarray(read), from + read);
      if (more === 0) throw new Error(`${segment.path} is shorter than it was: something else cut it`);
      read += more;
    }
    return bytes;
  }

  #remember(texts: readonly string[]): void {
    for (const text of texts) this.#recentBytes += text.length;
    this.#recent.push(...texts);
    if (this.#recent.length < RECENT_MAX * 2 && this.#recentBytes < RECENT_BYTES * 2) return;
    let drop = Math.max(0, this.#recent.length - RECENT_MAX);
    for (let i = 0; i < drop; i++) this.#recentBytes -= this.#recent[i]?.length ?? 0;
    while (this.#recentBytes > RECENT_BYTES && drop < this.#recent.length)
      this.#recentBytes -= this.#recent[drop++]?.length ?? 0;
    this.#recent = this.#recent.slice(drop);
  }
}

interface ReadRecord {
  readonly incident: string;
  readonly dir: string;
  readonly disk: JournalFs;
  readonly seed: number;
  /** The previous process may have left unsynced lines: they are synced before they are served. */
  readonly distrust: boolean;
  /** The record is known to have been whole: a torn tail is damage, and not cut. */
  readonly wasWhole?: boolean;
  readonly onCut: (cut: Cut) => void;
}

/** Checks a record; cuts and syncs a torn tail. Rejects with DamagedRecordError or Node's error. Null: none. */
export async function openRecord(options: ReadRecord): Promise<SegmentIndex | null> {
  const { incident, dir, disk, seed, distrust, wasWhole = false, onCut } = options;
  const names = segmentNames(disk, dir);
  if (names.length === 0) return null;
  const record = new SegmentIndex(incident, dir, disk, seed);
  let seq = 1;
  try {
    for (const [i, name] of names.entries()) {
      const path = `${dir}/${name}`;
      const last = i === names.length - 1;
      const bytes = disk.readFile(path);
      const expected = { incident, segment: i + 1, prev: record.lastHash, seq };
      const scan = await scanSegment(bytes, expected, last && !wasWhole, (head, offset) =>
        record.addRecord(head, offset, null),
      );
      if (scan.end === 'corrupt' || scan.header === null) throw new DamagedRecordError(path, scan.flaw ?? NO_HEADER);
      const fd = disk.open(path, last ? 'edit' : 'read');
      record.addSegment(scan.header, path, fd, scan.size, scan.lastHash);
      seq = scan.nextSeq;
      if (!last) continue;
      if (scan.end === 'torn') {
        disk.truncate(fd, scan.size);
        onCut({ incident, file: path, byte: scan.size, bytes: bytes.length - scan.size });
      }
      if (scan.end === 'torn' || distrust) disk.syncNow(fd);
    }
  } catch (error) {
    record.close();
    throw error;
  }
  return record;
}

const NO_HEADER: Flaw = { line: 1, byte: 0, reason: 'the first line is no header of a record of this version' };
