/**
 * The index of closed cold streams: one checksummed line each in a file of the data folder, so that a start need not open
 * their records. Derived: deleting it at any time loses nothing, and what it says is only believed of a record whose last
 * segment is still the very file, of the very length and time, that the line was written about.
 */
import { basename, dirname } from 'node:path';
import { isObject } from '../incident/event-codec.ts';
import { putFile, writeWhole, type FileStat, type JournalFs } from './disk.ts';
import { checksumHolds, encodeLine, isCount, isText, jsonOf, parseJson } from './record.ts';
import { segmentName } from './ledger.ts';

/** What is known about a stream while it is closed. `stat` is that of its last segment. */
export interface IndexEntry<M> {
  readonly stream: string;
  readonly cold: boolean;
  readonly epoch: string;
  readonly head: number;
  /** sha256 of the last line of the record. */
  readonly lastHash: string;
  readonly segments: number;
  readonly stat: FileStat;
  /** The command that created the stream. */
  readonly creator: { readonly client: string; readonly n: number };
  readonly summary: M;
}

/** Lines beyond two for each stream: then the file is written anew. */
const SLACK = 1_000;

export class StreamIndex<M> {
  readonly #disk: JournalFs;
  readonly #path: string;
  readonly #version: number;
  readonly #readSummary: (raw: unknown) => M | null;
  readonly #entries = new Map<string, IndexEntry<M>>();
  /** Lines in the file; null: what is there cannot be continued, it is written anew first. */
  #lines: number | null = null;
  #size = 0;
  #pending: string[] = [];
  #writing: Promise<void> | null = null;

  /** `version`: of the fold that made the summaries; an index of another version is ignored. */
  constructor(disk: JournalFs, path: string, version: number, readSummary: (raw: unknown) => M | null) {
    this.#disk = disk;
    this.#path = path;
    this.#version = version;
    this.#readSummary = readSummary;
  }

  /** Reads what is there. A file that cannot be read, lines that fail their checksum or have another shape are ignored. */
  load(): void {
    let bytes: Buffer;
    try {
      bytes = this.#disk.readFile(this.#path);
    } catch {
      return;
    }
    let lines = 0;
    let isWhole = bytes.at(-1) === 10;
    for (let at = 0; at < bytes.length; lines++) {
      const newline = bytes.indexOf(10, at);
      const line = bytes.subarray(at, newline < 0 ? bytes.length : newline);
      at += line.length + 1;
      const value = checksumHolds(line) ? parseJson(jsonOf(line)) : undefined;
      if (lines === 0) {
        if (!isObject(value) || value['index'] !== 1 || value['version'] !== this.#version) return;
        continue;
      }
      if (!this.#take(value)) isWhole = false;
    }
    if (!isWhole || lines === 0) return;
    this.#lines = lines;
    this.#size = bytes.length;
  }

  get(stream: string): IndexEntry<M> | undefined {
    return this.#entries.get(stream);
  }
  names(): readonly string[] {
    return [...this.#entries.keys()];
  }

  /** Keeps what is known about a closed cold stream. */
  put(entry: IndexEntry<M>): void {
    this.#entries.set(entry.stream, entry);
    this.#append(JSON.stringify({ entry }));
  }
  /** The stream is not cold, or not there, any more. */
  drop(stream: string): void {
    if (this.#entries.delete(stream)) this.#append(JSON.stringify({ drop: stream }));
  }

  /** Writes what is pending. Never rejects: a start without the index is only slower. */
  flush(): Promise<void> {
    return (this.#writing ??= this.#write().finally(() => {
      this.#writing = null;
    }));
  }

  #append(json: string): void {
    if (this.#lines !== null) this.#pending.push(json);
    void this.flush();
  }

  #take(value: unknown): boolean {
    if (!isObject(value)) return false;
    if (isText(value['drop'])) return this.#entries.delete(value['drop']) || true;
    const entry = this.#entry(value['entry']);
    if (entry !== null) this.#entries.set(entry.stream, entry);
    return entry !== null;
  }

  #entry(value: unknown): IndexEntry<M> | null {
    if (!isObject(value) || !isObject(value['stat']) || !isObject(value['creator'])) return null;
    const { stream, epoch, head, lastHash, segments, stat, creator, cold } = value;
    const { size, mtimeMs, ino } = stat;
    const { client, n } = creator;
    const summary = this.#readSummary(value['summary']);
    if (!isText(stream) || !isText(epoch) || !isText(lastHash) || !isText(client) || summary === null) return null;
    if (!isCount(head) || !isCount(segments) || !isCount(size) || !isCount(ino) || !isCount(n) || segments < 1)
      return null;
    if (typeof mtimeMs !== 'number' || cold !== true) return null;
    const checked = { stream, cold, epoch, head, lastHash, segments, summary };
    return { ...checked, stat: { size, mtimeMs, ino }, creator: { client, n } };
  }

  async #write(): Promise<void> {
    // What is put in this turn of the loop is written at once.
    await Promise.resolve();
    try {
      while (this.#pending.length > 0 || this.#lines === null) {
        if (this.#lines === null || this.#lines + this.#pending.length > 2 * this.#entries.size + SLACK)
          await this.#rewrite();
        else await this.#continue();
      }
    } catch {
      // What is in the file now is not known: the next write begins it anew.
      this.#lines = null;
      this.#pending = [];
    }
  }

  async #continue(): Promise<void> {
    const lines = this.#pending;
    this.#pending = [];
    const bytes = Buffer.concat(lines.map(encodeLine));
    const fd = this.#disk.open(this.#path, 'edit');
    try {
      await writeWhole(this.#disk, fd, bytes, this.#size);
    } finally {
      this.#disk.close(fd);
    }
    this.#size += bytes.length;
    this.#lines = (this.#lines ?? 0) + lines.length;
  }

  async #rewrite(): Promise<void> {
    this.#pending = [];
    const entries = [...this.#entries.values()].map((entry) => encodeLine(JSON.stringify({ entry })));
    const header = encodeLine(JSON.stringify({ index: 1, version: this.#version }));
    const bytes = Buffer.concat([header, ...entries]);
    this.#lines = entries.length + 1;
    this.#size = bytes.length;
    await putFile(this.#disk, dirname(this.#path), basename(this.#path), bytes);
  }
}

/**
 * Is the last segment of the record in `dir` still what `entry` was written about, and still the last one? The name of a
 * record may be another data folder's, its file is not.
 */
export function isUnchanged<M>(disk: JournalFs, dir: string, { segments, stat }: IndexEntry<M>): boolean {
  const now = disk.stat(`${dir}/${segmentName(segments)}`);
  if (now === null || now.size !== stat.size || now.mtimeMs !== stat.mtimeMs || now.ino !== stat.ino) return false;
  return disk.stat(`${dir}/${segmentName(segments + 1)}`) === null;
}
