/**
 * The index of closed cold streams, so that a start need not open their records. Derived: deleting its file at any time
 * loses nothing, and what it says is only believed of a record whose last segment is still the very file, of the very
 * length and time, that the entry was written about.
 */
import { basename, dirname } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { isObject } from '../incident/event-codec.ts';
import { putFile, type JournalFs } from './disk.ts';
import type { Fold, Served } from './event-store.ts';
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

/** Entries in one line of the file: few enough to be written and parsed in small pieces. */
const LINE_ENTRIES = 256;
/** Changes within this time are written together, ms: the file is written as a whole. */
const GATHER_MS = 1_000;

/** The file: a checksummed line for its version, then checksummed lines that are JSON arrays of entries. */
export class StreamIndex<M> {
  readonly #disk: JournalFs;
  readonly #path: string;
  readonly #fold: Pick<Fold<unknown, M>, 'version' | 'isSummary'>;
  readonly #entries = new Map<string, IndexEntry<M>>();
  /** The file says something else than the entries. */
  #isStale = false;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> | null = null;

  /** `fold`: makes the summaries; an index of another version of it is ignored. */
  constructor(disk: JournalFs, path: string, fold: Pick<Fold<unknown, M>, 'version' | 'isSummary'>) {
    this.#disk = disk;
    this.#path = path;
    this.#fold = fold;
  }

  /** Reads what is there. A file or line that cannot be read, or is not what it was when it was written, is ignored. */
  load(): ReadonlyMap<string, IndexEntry<M>> {
    let bytes: Buffer;
    try {
      bytes = this.#disk.readFile(this.#path);
    } catch {
      return this.#entries;
    }
    let at = 0;
    for (let newline = bytes.indexOf(10); newline >= 0; newline = bytes.indexOf(10, at)) {
      const line = bytes.subarray(at, newline);
      const value = checksumHolds(line) ? parseJson(jsonOf(line)) : undefined;
      if (at === 0 && !this.#isHeader(value)) break;
      if (at > 0) this.#take(value);
      at = newline + 1;
    }
    this.#isStale ||= at === 0 || at < bytes.length;
    return this.#entries;
  }

  /** Keeps what is known about a closed cold stream. */
  put(entry: IndexEntry<M>): void {
    this.#entries.set(entry.stream, entry);
    this.#changed();
  }
  /** The stream is not cold, or not there, any more. */
  drop(stream: string): void {
    if (this.#entries.delete(stream)) this.#changed();
  }

  /** Writes what has changed. Never rejects: a start without the index is only slower. */
  flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    return (this.#writing ??= this.#write()
      .catch(() => {
        this.#isStale = true;
      })
      .finally(() => {
        this.#writing = null;
      }));
  }

  #changed(): void {
    this.#isStale = true;
    this.#timer ??= setTimeout(() => void this.flush(), GATHER_MS).unref();
  }

  #isHeader(value: unknown): boolean {
    return isObject(value) && value['index'] === 1 && value['version'] === this.#fold.version;
  }

  /** Takes in what one line says. */
  #take(said: unknown): void {
    const entries: readonly unknown[] = Array.isArray(said) ? said : [undefined];
    for (const entry of entries) {
      if (this.#isEntry(entry)) this.#entries.set(entry.stream, entry);
      else this.#isStale = true;
    }
  }

  #isEntry(value: unknown): value is IndexEntry<M> {
    if (!isObject(value) || value['cold'] !== true) return false;
    const { stream, head, lastHash, segments, size, mtimeMs, ino, client, n } = value;
    if (!isText(stream) || !isText(lastHash) || !isText(client) || typeof mtimeMs !== 'number') return false;
    if (!isCount(head) || !isCount(segments) || !isCount(size) || !isCount(ino) || !isCount(n)) return false;
    return this.#fold.isSummary(value['summary']);
  }

  async #write(): Promise<void> {
    while (this.#isStale) {
      this.#isStale = false;
      const entries = [...this.#entries.values()];
      const lines = [encodeLine(JSON.stringify({ index: 1, version: this.#fold.version }))];
      for (let at = 0; at < entries.length; at += LINE_ENTRIES) {
        lines.push(encodeLine(JSON.stringify(entries.slice(at, at + LINE_ENTRIES))));
        await setImmediate();
      }
      await putFile(this.#disk, dirname(this.#path), basename(this.#path), Buffer.concat(lines));
    }
  }
}

/** A shorter segment is never followed by another one, whatever size the journal was told to begin a new one at. */
const MIN_FULL_BYTES = 1024 * 1024;

/** `shortened`: the very file lost its end, which was on disk for sure. `unknown`: the disk cannot say. */
export type Change = 'none' | 'grown' | 'shortened' | 'replaced' | 'unknown';

/**
 * What became of the record in `dir` since `entry` was written about it. The name of a record may be another data
 * folder's, its file is not. `segmentBytes`: beyond this a new segment is begun.
 */
export function changeSince<M>(
  disk: JournalFs,
  dir: string,
  { segments, size, mtimeMs, ino }: IndexEntry<M>,
  segmentBytes: number,
): Change {
  try {
    const now = disk.stat(`${dir}/${segmentName(segments)}`);
    if (now === null) return 'replaced';
    const isFull = now.size > Math.min(segmentBytes, MIN_FULL_BYTES);
    if (now.size > size || (isFull && disk.stat(`${dir}/${segmentName(segments + 1)}`) !== null)) return 'grown';
    if (now.size < size) return now.ino === ino ? 'shortened' : 'replaced';
    return now.mtimeMs !== mtimeMs || now.ino !== ino ? 'replaced' : 'none';
  } catch {
    return 'unknown';
  }
}
