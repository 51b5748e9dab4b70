/**
 * The index of closed cold streams: a start need not open their records. Derived: its file may be deleted at any time.
 * An entry counts only while the last segment of the record is the same file, of the same length and time.
 */
import { basename, dirname } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { isObject } from '../incident/event-codec.ts';
import { putFile, type FileStat, type JournalFs } from './disk.ts';
import type { Fold, Served } from './event-store.ts';
import { checksumHolds, encodeLine, isCount, isText, jsonOf, parseJson } from './record.ts';
import { segmentName } from './segment-index.ts';

/** What is known of a closed stream. */
export interface IndexEntry<M> extends FileStat {
  readonly served: Served<M>;
  /** sha256 of the record's last line, which depends on all lines before it. */
  readonly lastHash: string;
  /** How many; size, time and inode are those of the last one. */
  readonly segments: number;
  /** The command that created the stream. */
  readonly client: string;
  readonly n: number;
}

const FIELDS = {
  stream: isText,
  head: isCount,
  lastHash: isText,
  segments: isCount,
  size: isCount,
  mtimeMs: Number.isFinite,
  ino: isCount,
  client: isText,
  n: isCount,
} as const;
type Field = keyof typeof FIELDS | 'summary';
const FIELD_NAMES = [...(Object.keys(FIELDS) as (keyof typeof FIELDS)[]), 'summary'] as const;

/** Entries as an array for each field: a start reads thousands, and an object for each costs it twice the time. */
type Columns<M> = { readonly [K in Field]: (IndexEntry<M> & Served<M>)[K][] };

const columnsOf = <M>(column: (field: Field) => unknown[]): Columns<M> =>
  Object.fromEntries(FIELD_NAMES.map((field) => [field, column(field)])) as Columns<M>;

/** Entries in one line of the file: few enough to be written and parsed in small pieces. */
const LINE_ENTRIES = 256;
/** Changes within this time are written together, ms: the file is written as a whole. */
const GATHER_MS = 1_000;

/** The file: a checksummed line for its version, then checksummed lines of columns. */
export class StreamIndex<M> {
  readonly #disk: JournalFs;
  readonly #path: string;
  readonly #fold: Pick<Fold<unknown, M>, 'version' | 'isSummary'>;
  #columns = columnsOf<M>(() => []);
  /** Where each stream is in the columns. */
  #rows = new Map<string, number>();
  /** The file differs from the entries. */
  #isStale = false;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> | null = null;

  /** An index written by another version of `fold` is ignored. */
  constructor(disk: JournalFs, path: string, fold: Pick<Fold<unknown, M>, 'version' | 'isSummary'>) {
    this.#disk = disk;
    this.#path = path;
    this.#fold = fold;
  }

  streams(): Iterable<string> {
    return this.#rows.keys();
  }

  /** What lists say of the stream. */
  served(stream: string): Served<M> | undefined {
    const row = this.#rows.get(stream);
    const { head, summary } = this.#columns;
    return row === undefined
      ? undefined
      : ({ stream, cold: true, head: head[row], summary: summary[row] } as Served<M>);
  }

  get(stream: string): IndexEntry<M> | undefined {
    const row = this.#rows.get(stream);
    const served = this.served(stream);
    if (row === undefined || served === undefined) return undefined;
    const { lastHash, segments, size, mtimeMs, ino, client, n } = this.#columns;
    const file = { segments: segments[row], size: size[row], mtimeMs: mtimeMs[row], ino: ino[row] };
    return { served, ...file, lastHash: lastHash[row], client: client[row], n: n[row] } as IndexEntry<M>;
  }

  /** The stream that command (client, n) created. */
  createdBy(client: string, n: number): string | undefined {
    const { stream, client: clients, n: numbers } = this.#columns;
    return stream.find((name, row) => numbers[row] === n && clients[row] === client && this.#rows.get(name) === row);
  }

  /** Reads the file. Damaged or malformed lines are ignored. */
  load(): void {
    let bytes: Buffer;
    try {
      bytes = this.#disk.readFile(this.#path);
    } catch {
      return;
    }
    let at = 0;
    for (let newline = bytes.indexOf(10); newline >= 0; newline = bytes.indexOf(10, at)) {
      const line = bytes.subarray(at, newline);
      const value = checksumHolds(line) ? parseJson(jsonOf(line)) : undefined;
      if (at === 0 && !this.#isHeader(value)) break;
      if (at > 0 && this.#isColumns(value)) this.#add(value);
      else this.#isStale ||= at > 0;
      at = newline + 1;
    }
    this.#isStale ||= at === 0 || at < bytes.length;
  }

  put(entry: IndexEntry<M>): void {
    const row = { ...entry, ...entry.served };
    this.#add(columnsOf((field) => [row[field]]));
    this.#changed();
  }
  drop(stream: string): void {
    if (this.#rows.delete(stream)) this.#changed();
  }

  /** Writes the file when entries changed. Never rejects: a start without the index is only slower. */
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
    return isObject(value) && value['index'] === 2 && value['version'] === this.#fold.version;
  }

  #isColumns(value: unknown): value is Columns<M> {
    if (!isObject(value) || !Array.isArray(value['stream'])) return false;
    const { length } = value['stream'];
    return FIELD_NAMES.every((field) => {
      const column = value[field];
      const isRight: (each: unknown) => boolean = field === 'summary' ? this.#fold.isSummary : FIELDS[field];
      return Array.isArray(column) && column.length === length && column.every((each) => isRight(each));
    });
  }

  #add(added: Columns<M>): void {
    const first = this.#columns.stream.length;
    for (const field of FIELD_NAMES) (this.#columns[field] as unknown[]).push(...added[field]);
    for (const [i, stream] of added.stream.entries()) this.#rows.set(stream, first + i);
  }

  /** Leaves out the rows that were replaced or dropped. */
  #compact(): void {
    const rows = [...this.#rows.values()];
    const old = this.#columns;
    this.#columns = columnsOf((field) => rows.map((row) => old[field][row]));
    this.#rows = new Map(this.#columns.stream.map((stream, row) => [stream, row]));
  }

  async #write(): Promise<void> {
    while (this.#isStale) {
      this.#isStale = false;
      this.#compact();
      const columns = this.#columns;
      const { length } = columns.stream;
      const lines = [encodeLine(JSON.stringify({ index: 2, version: this.#fold.version }))];
      for (let at = 0; at < length; at += LINE_ENTRIES) {
        const end = Math.min(at + LINE_ENTRIES, length);
        lines.push(encodeLine(JSON.stringify(columnsOf((field) => columns[field].slice(at, end)))));
        await setImmediate();
      }
      await putFile(this.#disk, dirname(this.#path), basename(this.#path), Buffer.concat(lines));
    }
  }
}

/** A shorter segment is never followed by another, whatever `segmentBytes` was in earlier runs. */
const MIN_FULL_BYTES = 1024 * 1024;

/** `shortened`: the same file lost its end, which was on disk. `unknown`: the disk cannot tell. */
export type Change = 'none' | 'grown' | 'shortened' | 'replaced' | 'unknown';

/** What became of the record in `dir` since `entry` was written. A copy has the same name, but not the same inode. */
export function changeSince(
  { disk, segmentBytes }: { readonly disk: JournalFs; readonly segmentBytes: number },
  dir: string,
  { segments, size, mtimeMs, ino }: IndexEntry<unknown>,
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
