/**
 * The index of closed cold streams: one checksummed line each in a file of the data folder, so that a start need not open
 * their records. Derived: deleting it at any time loses nothing, and what it says is only believed of a record whose last
 * segment is still the very file, of the very length and time, that the line was written about.
 */
import { basename, dirname } from 'node:path';
import { isObject } from '../incident/event-codec.ts';
import { putFile, writeWhole, type JournalFs } from './disk.ts';
import type { Served } from './event-store.ts';
import { checksumHolds, encodeLine, isCount, isText, jsonOf, parseJson } from './record.ts';
import { segmentName } from './segment-index.ts';

/** What is known about a stream while it is closed. Flat, and kept as it is parsed, because there are thousands. */
export interface IndexEntry<M> extends Served<M> {
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

/** Lines appended to the file before it is written anew: so many, and this share of the entries. */
const APPENDED = 1_000;
const APPENDED_SHARE = 0.1;

/** Entries in one line of a file written anew: few enough to be parsed in small pieces. */
const LINE_ENTRIES = 256;

/**
 * The file: a checksummed line for its version, then checksummed lines that are JSON arrays of entries; the name of a
 * stream in place of an entry takes that stream's entry back. It is written anew as a whole, and continued line by line.
 */
export class StreamIndex<M> {
  readonly #disk: JournalFs;
  readonly #path: string;
  readonly #version: number;
  readonly #isSummary: (raw: unknown) => raw is M;
  #entries = new Map<string, IndexEntry<M>>();
  /** Null: what is there cannot be continued, it is written anew first. */
  #file: { size: number; appended: number } | null = null;
  #pending: string[] = [];
  #writing: Promise<void> | null = null;
  /** Set by the first `flush`: from then on each change is written by itself. */
  #isLive = false;

  /** `version`: of the fold that made the summaries; an index of another version is ignored. */
  constructor(disk: JournalFs, path: string, version: number, isSummary: (raw: unknown) => raw is M) {
    this.#disk = disk;
    this.#path = path;
    this.#version = version;
    this.#isSummary = isSummary;
  }

  /** Reads what is there. A file or line that cannot be read, or is not what it was when it was written, is ignored. */
  load(): ReadonlyMap<string, IndexEntry<M>> {
    let bytes: Buffer;
    let isWhole = true;
    try {
      bytes = this.#disk.readFile(this.#path);
    } catch {
      return this.#entries;
    }
    let [at, lines] = [0, 0];
    for (let newline = bytes.indexOf(10); newline >= 0; newline = bytes.indexOf(10, at)) {
      const line = bytes.subarray(at, newline);
      const value = checksumHolds(line) ? parseJson(jsonOf(line)) : undefined;
      if (lines === 0 && !this.#isHeader(value)) return this.#entries;
      if (lines > 0 && !this.#take(value)) isWhole = false;
      at = newline + 1;
      lines++;
    }
    if (isWhole && lines > 0 && at === bytes.length)
      this.#file = { size: at, appended: Math.max(0, lines - this.#entries.size / LINE_ENTRIES) };
    return this.#entries;
  }

  /** Keeps what is known about a closed cold stream. */
  put(entry: IndexEntry<M>): void {
    this.#entries.set(entry.stream, entry);
    this.#append(JSON.stringify([entry]));
  }
  /** The stream is not cold, or not there, any more. */
  drop(stream: string): void {
    if (this.#entries.delete(stream)) this.#append(JSON.stringify([stream]));
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

  #isHeader(value: unknown): boolean {
    return isObject(value) && value['index'] === 1 && value['version'] === this.#version;
  }

  /** Takes in what one line says. False: something in it is not as it should be. */
  #take(said: unknown): boolean {
    if (!Array.isArray(said)) return false;
    let isWhole = true;
    for (const one of said) {
      if (isText(one)) this.#entries.delete(one);
      else if (this.#isEntry(one)) this.#entries.set(one.stream, one);
      else isWhole = false;
    }
    return isWhole;
  }

  #isEntry(value: unknown): value is IndexEntry<M> {
    if (!isObject(value) || value['cold'] !== true) return false;
    const { stream, head, lastHash, segments, size, mtimeMs, ino, client, n } = value;
    if (!isText(stream) || !isText(lastHash) || !isText(client) || typeof mtimeMs !== 'number') return false;
    if (!isCount(head) || !isCount(segments) || !isCount(size) || !isCount(ino) || !isCount(n)) return false;
    return this.#isSummary(value['summary']);
  }

  async #write(): Promise<void> {
    // What is put in this turn of the loop is written at once.
    await Promise.resolve();
    try {
      while (this.#pending.length > 0 || this.#file === null) {
        const lines = (this.#file?.appended ?? 0) + this.#pending.length;
        if (this.#file === null || lines > APPENDED + APPENDED_SHARE * this.#entries.size) await this.#rewrite();
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
    const entries = [...this.#entries.values()];
    const lines = [encodeLine(JSON.stringify({ index: 1, version: this.#version }))];
    for (let at = 0; at < entries.length; at += LINE_ENTRIES)
      lines.push(encodeLine(JSON.stringify(entries.slice(at, at + LINE_ENTRIES))));
    const bytes = Buffer.concat(lines);
    await putFile(this.#disk, dirname(this.#path), basename(this.#path), bytes);
    this.#file = { size: bytes.length, appended: 0 };
  }
}

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

/** Was something added to the record since? False when the disk cannot say. */
export function hasGrown<M>(disk: JournalFs, dir: string, { segments, size }: IndexEntry<M>): boolean {
  try {
    const now = disk.stat(`${dir}/${segmentName(segments)}`);
    const next = disk.stat(`${dir}/${segmentName(segments + 1)}`);
    return next !== null || (now !== null && now.size > size);
  } catch {
    return false;
  }
}

export const servedOf = <M>({ stream, cold, head, summary }: Served<M>): Served<M> => ({ stream, cold, head, summary });

/** Did command (client, n) create the stream? */
export const isCreator = <M>(entry: IndexEntry<M> | null, client: string | undefined, n: number | undefined): boolean =>
  entry !== null && entry.client === client && entry.n === n;

/** The very file is shorter than it was when the index entry was written: what is missing was on disk for sure. */
export function lostItsEnd<M>(disk: JournalFs, dir: string, { segments, size, ino }: IndexEntry<M>): boolean {
  const now = disk.stat(`${dir}/${segmentName(segments)}`);
  return now !== null && now.ino === ino && now.size < size;
}
