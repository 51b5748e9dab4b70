/**
 * The index of closed cold streams: one checksummed line each in a file of the data folder, so that a start need not open
 * their records. Derived: deleting it at any time loses nothing, and what it says is only believed of a record whose last
 * segment is still the very file, of the very length and time, that the line was written about.
 */
import { basename, dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { isObject } from '../incident/event-codec.ts';
import { putFile, writeWhole, type JournalFs } from './disk.ts';
import type { Served } from './event-store.ts';
import { checksumHolds, encodeLine, isCount, isText, jsonOf, parseJson } from './record.ts';
import { segmentName } from './segment-index.ts';

/** What is known about a stream while it is closed. Flat, because there are thousands. */
export interface IndexEntry<M> {
  readonly served: Served<M>;
  /** sha256 of the last line of the record, which depends on all lines before it. */
  readonly lastHash: string;
  readonly segments: number;
  /** Of the last segment's file. */
  readonly size: number;
  readonly mtimeMs: number;
  readonly ino: number;
  /** The command that created the stream. */
  readonly client: string;
  readonly n: number;
}

/** How an entry is written; short, because a start reads thousands of them. */
type Row<M> = readonly [
  stream: string,
  head: number,
  lastHash: string,
  segments: number,
  size: number,
  mtimeMs: number,
  ino: number,
  client: string,
  n: number,
  summary: M,
];

/** Lines appended to the file before it is written anew: so many, and this share of the entries. */
const APPENDED = 1_000;
const APPENDED_SHARE = 0.1;

/**
 * The file: a header line, one JSON array of all entries whose checksum the header carries (put in place as a whole, so
 * no crash tears it), and then a checksummed line for each change since.
 */
export class StreamIndex<M> {
  readonly #disk: JournalFs;
  readonly #path: string;
  readonly #version: number;
  readonly #readSummary: (raw: unknown) => M | null;
  #entries = new Map<string, IndexEntry<M>>();
  /** Null: what is there cannot be continued, it is written anew first. */
  #file: { size: number; appended: number } | null = null;
  #pending: string[] = [];
  #writing: Promise<void> | null = null;
  /** Set by the first `flush`: from then on each change is written by itself. */
  #isLive = false;

  /** `version`: of the fold that made the summaries; an index of another version is ignored. */
  constructor(disk: JournalFs, path: string, version: number, readSummary: (raw: unknown) => M | null) {
    this.#disk = disk;
    this.#path = path;
    this.#version = version;
    this.#readSummary = readSummary;
  }

  /** Reads what is there. A file or line that cannot be read, or is not what it was when it was written, is ignored. */
  load(): ReadonlyMap<string, IndexEntry<M>> {
    let bytes: Buffer;
    try {
      bytes = this.#disk.readFile(this.#path);
    } catch {
      return this.#entries;
    }
    const begin = this.#loadBlock(bytes);
    if (begin === null) return this.#entries;
    let [at, appended] = [begin, 0];
    for (let newline = bytes.indexOf(10, at); newline >= 0; newline = bytes.indexOf(10, at)) {
      const line = bytes.subarray(at, newline);
      at = newline + 1;
      appended++;
      if (!this.#loadLine(checksumHolds(line) ? parseJson(jsonOf(line)) : undefined)) return this.#entries;
    }
    if (at === bytes.length) this.#file = { size: at, appended };
    return this.#entries;
  }

  /** Keeps what is known about a closed cold stream. */
  put(entry: IndexEntry<M>): void {
    this.#entries.set(entry.served.stream, entry);
    this.#append(JSON.stringify(rowOf(entry)));
  }
  /** The stream is not cold, or not there, any more. */
  drop(stream: string): void {
    if (this.#entries.delete(stream)) this.#append(JSON.stringify(stream));
  }

  /** Writes what is pending. Never rejects: a start without the index is only slower. */
  flush(): Promise<void> {
    this.#isLive = true;
    if (this.#pending.length === 0 && (this.#file !== null || this.#entries.size === 0)) return Promise.resolve();
    return (this.#writing ??= this.#write().finally(() => {
      this.#writing = null;
    }));
  }

  #append(json: string): void {
    this.#pending.push(json);
    if (this.#isLive) void this.flush();
  }

  /** Where the appended lines begin; null: the block cannot be used. */
  #loadBlock(bytes: Buffer): number | null {
    const begin = bytes.indexOf(10) + 1;
    const line = bytes.subarray(0, Math.max(0, begin - 1));
    const header = checksumHolds(line) ? parseJson(jsonOf(line)) : undefined;
    if (!isObject(header) || header['index'] !== 1 || header['version'] !== this.#version) return null;
    const { length, sum } = header;
    if (!isCount(length) || begin + length > bytes.length) return null;
    const block = bytes.subarray(begin, begin + length);
    const rows = crc32(block) === sum ? parseJson(block.toString('utf8')) : undefined;
    if (!Array.isArray(rows)) return null;
    for (const row of rows) {
      const entry = this.#entryOf(row);
      if (entry !== null) this.#entries.set(entry.served.stream, entry);
    }
    return begin + length;
  }

  #loadLine(value: unknown): boolean {
    if (isText(value)) {
      this.#entries.delete(value);
      return true;
    }
    const entry = this.#entryOf(value);
    if (entry !== null) this.#entries.set(entry.served.stream, entry);
    return entry !== null;
  }

  #entryOf(row: unknown): IndexEntry<M> | null {
    if (!Array.isArray(row)) return null;
    const [stream, head, lastHash, segments, size, mtimeMs, ino, client, n, raw] = row as readonly unknown[];
    if (!isText(stream) || !isText(lastHash) || !isText(client) || typeof mtimeMs !== 'number') return null;
    if (!isCount(head) || !isCount(segments) || !isCount(size) || !isCount(ino) || !isCount(n)) return null;
    const summary = this.#readSummary(raw);
    if (summary === null) return null;
    return { served: { stream, cold: true, head, summary }, lastHash, segments, size, mtimeMs, ino, client, n };
  }

  async #write(): Promise<void> {
    // What is put in this turn of the loop is written at once.
    await Promise.resolve();
    try {
      while (this.#pending.length > 0 || this.#file === null) {
        if (this.#file === null || this.#file.appended > APPENDED + APPENDED_SHARE * this.#entries.size)
          await this.#rewrite();
        else await this.#continue(this.#file);
      }
    } catch {
      // What is in the file now is not known: the next write begins it anew.
      this.#file = null;
      this.#pending = [];
    }
  }

  async #continue(file: { size: number; appended: number }): Promise<void> {
    const lines = this.#pending;
    this.#pending = [];
    const bytes = Buffer.concat(lines.map(encodeLine));
    const fd = this.#disk.open(this.#path, 'edit');
    try {
      await writeWhole(this.#disk, fd, bytes, file.size);
    } finally {
      this.#disk.close(fd);
    }
    file.size += bytes.length;
    file.appended += lines.length;
  }

  async #rewrite(): Promise<void> {
    this.#pending = [];
    const rows = [...this.#entries.values()].map((entry) => JSON.stringify(rowOf(entry)));
    const block = Buffer.from(`[\n${rows.join(',\n')}\n]\n`);
    const header = { index: 1, version: this.#version, length: block.length, sum: crc32(block) };
    const bytes = Buffer.concat([encodeLine(JSON.stringify(header)), block]);
    await putFile(this.#disk, dirname(this.#path), basename(this.#path), bytes);
    this.#file = { size: bytes.length, appended: 0 };
  }
}

const rowOf = <M>({ served, lastHash, segments, size, mtimeMs, ino, client, n }: IndexEntry<M>): Row<M> => [
  served.stream,
  served.head,
  lastHash,
  segments,
  size,
  mtimeMs,
  ino,
  client,
  n,
  served.summary,
];

/** A shorter segment is never followed by another one, whatever size the journal was told to begin a new one at. */
const MIN_FULL_BYTES = 1024 * 1024;

/**
 * Is the last segment of the record in `dir` still what `entry` was written about, and still the last one? The name of a
 * record may be another data folder's, its file is not. `segmentBytes`: beyond this a new segment is begun.
 */
export function isUnchanged<M>(
  disk: JournalFs,
  dir: string,
  { segments, size, mtimeMs, ino }: IndexEntry<M>,
  segmentBytes: number,
): boolean {
  const now = disk.stat(`${dir}/${segmentName(segments)}`);
  if (now === null || now.size !== size || now.mtimeMs !== mtimeMs || now.ino !== ino) return false;
  const isFull = size > Math.min(segmentBytes, MIN_FULL_BYTES);
  return !isFull || disk.stat(`${dir}/${segmentName(segments + 1)}`) === null;
}
