/**
 * The index of closed cold streams: a start need not open their records. Derived: its file may be deleted at any time.
 * An entry counts only while the last segment of the record is the same file, of the same length and time.
 */
import { basename, dirname } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { parseJson } from '../incident/shapes.ts';
import { isObject } from '../incident/event-codec.ts';
import { putFile, type FileStat, type JournalFs } from './disk.ts';
import type { Fold, Served } from './event-store.ts';
import { checksumHolds, encodeLine, isCount, isText, JSON_AT, jsonOf } from './record.ts';
import { segmentName } from './segment-index.ts';

export interface LastSegment extends FileStat {
  /** How many segments there are. */
  readonly segments: number;
}
interface Details<M> {
  /** The command that created the stream. */
  readonly client: string;
  readonly n: number;
  /** sha256 of the record's last line, which depends on all lines before it. */
  readonly lastHash: string;
  readonly summary: M | null;
}
/** What is known of a closed stream. */
export interface IndexEntry<M> extends LastSegment, Omit<Details<M>, 'summary'> {
  readonly served: Served<M>;
}

/** What a start needs of each entry. `bytes`: of its details. */
const FIELDS = {
  stream: isText,
  head: isCount,
  segments: isCount,
  size: isCount,
  mtimeMs: Number.isFinite,
  ino: isCount,
  bytes: isCount,
} as const;
type Field = keyof typeof FIELDS;
const FIELD_NAMES = Object.keys(FIELDS) as Field[];

/** Entries as an array for each field: a start reads thousands, and an object for each costs it twice the time. */
type Columns = { readonly [K in Field]: (K extends 'stream' ? string : number)[] };

const columnsOf = (column: (field: Field) => unknown[]): Columns =>
  Object.fromEntries(FIELD_NAMES.map((field) => [field, column(field)])) as Columns;

/** JSON, or its bounds in the file: it is parsed when somebody looks at it. */
type DetailsText = string | readonly [begin: number, end: number];
/** How details begin. */
const beginOf = (client: string, n: number): string => `{"client":${JSON.stringify(client)},"n":${n},`;

/** Entries in one line of the file: few enough to be written in small pieces. */
const LINE_ENTRIES = 256;
/** Changes within this time are written together, ms: the file is written as a whole. */
const GATHER_MS = 1_000;

/** The file: a line for its version, then in turn a line of columns and one of their details, all with a checksum. */
export class StreamIndex<M> {
  readonly #disk: JournalFs;
  readonly #path: string;
  readonly #fold: Pick<Fold<unknown, M>, 'version' | 'isSummary'>;
  #columns = columnsOf(() => []);
  #details: DetailsText[] = [];
  /** Where each stream is in the columns. */
  #rows = new Map<string, number>();
  #file: Buffer = Buffer.alloc(0);
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

  get size(): number {
    return this.#rows.size;
  }

  /** What lists say of its streams. */
  served(except: { has(stream: string): boolean }): Served<M>[] {
    const served: Served<M>[] = [];
    for (const [stream, row] of this.#rows) if (!except.has(stream)) served.push(this.#served(stream, row));
    return served;
  }

  lastSegment(stream: string): LastSegment | null {
    const row = this.#rows.get(stream);
    if (row === undefined) return null;
    const { segments, size, mtimeMs, ino } = this.#columns;
    return { segments: segments[row], size: size[row], mtimeMs: mtimeMs[row], ino: ino[row] } as LastSegment;
  }

  get(stream: string): IndexEntry<M> | null {
    const [row = -1, lastSegment] = [this.#rows.get(stream), this.lastSegment(stream)];
    return (
      lastSegment && { ...this.#read(this.#details[row] ?? ''), ...lastSegment, served: this.#served(stream, row) }
    );
  }

  /** The stream that command (client, n) created. */
  createdBy(client: string, n: number): string | undefined {
    const begin = beginOf(client, n);
    for (const [stream, row] of this.#rows) if (this.#json(this.#details[row] ?? '').startsWith(begin)) return stream;
    return undefined;
  }

  /** Reads the file. Damaged or malformed lines are ignored. */
  load(): void {
    try {
      this.#file = this.#disk.readFile(this.#path);
    } catch {
      return;
    }
    let at = 0;
    const next = (): Buffer | null => {
      const newline = this.#file.indexOf(10, at);
      if (newline < 0) return null;
      const line = this.#file.subarray(at, newline);
      at = newline + 1;
      return checksumHolds(line) ? line : Buffer.alloc(0);
    };
    const header = next();
    const isOurs = header !== null && this.#isHeader(parseJson(jsonOf(header)));
    for (let line = isOurs ? next() : null; line !== null; line = next()) {
      const columns = parseJson(jsonOf(line));
      const begin = at;
      if (isColumns(columns) && next()?.toString('latin1', 0, JSON_AT) === columns.sum)
        this.#add(columns, begin + JSON_AT + 1);
      else {
        this.#isStale = true;
        at = begin;
      }
    }
    this.#isStale ||= !isOurs || at < this.#file.length;
  }

  put({ served: { stream, head, summary }, client, n, lastHash, ...lastSegment }: IndexEntry<M>): void {
    const details = beginOf(client, n) + JSON.stringify({ lastHash, summary }).slice(1);
    const row = { ...lastSegment, stream, head, bytes: Buffer.byteLength(details) };
    this.#add(
      columnsOf((field) => [row[field]]),
      details,
    );
    this.#changed();
  }
  drop(stream: string): void {
    if (this.#rows.delete(stream)) this.#changed();
  }
  keep(streams: ReadonlySet<string>): void {
    for (const stream of this.#rows.keys()) if (!streams.has(stream)) this.drop(stream);
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

  #json(details: DetailsText): string {
    return typeof details === 'string' ? details : this.#file.toString('utf8', ...details);
  }

  #served(stream: string, row: number): Served<M> {
    const { [row]: details = '' } = this.#details;
    return new Asleep(stream, this.#columns.head[row] ?? 0, () => this.#read(details).summary);
  }

  /** Malformed details are wrong ones: opening the stream shows that. */
  #read(details: DetailsText): Details<M> {
    const value = parseJson(this.#json(details));
    const { client, n, lastHash, summary }: Readonly<Record<string, unknown>> = isObject(value) ? value : {};
    return isText(client) && isCount(n) && isText(lastHash) && this.#fold.isSummary(summary)
      ? { client, n, lastHash, summary }
      : { client: '', n: 0, lastHash: '', summary: null };
  }

  #isHeader(value: unknown): boolean {
    return isObject(value) && value['index'] === 3 && value['version'] === this.#fold.version;
  }

  /** `details`: of one entry, or where those of all begin in the file. */
  #add(added: Columns, details: string | number): void {
    const first = this.#columns.stream.length;
    for (const field of FIELD_NAMES) (this.#columns[field] as unknown[]).push(...added[field]);
    for (const [i, stream] of added.stream.entries()) this.#rows.set(stream, first + i);
    if (typeof details === 'string') this.#details.push(details);
    else
      added.bytes.reduce((begin, bytes) => {
        this.#details.push([begin, begin + bytes]);
        return begin + bytes + 1;
      }, details);
  }

  /** Leaves out the rows that were replaced or dropped. */
  #compact(): void {
    const rows = [...this.#rows.values()];
    const [columns, details] = [this.#columns, this.#details];
    this.#columns = columnsOf((field) => rows.map((row) => columns[field][row]));
    this.#details = rows.map((row) => details[row] ?? '');
    this.#rows = new Map(this.#columns.stream.map((stream, row) => [stream, row]));
  }

  async #write(): Promise<void> {
    while (this.#isStale) {
      this.#isStale = false;
      this.#compact();
      const [columns, texts] = [this.#columns, this.#details];
      const lines = [encodeLine(JSON.stringify({ index: 3, version: this.#fold.version }))];
      for (let at = 0; at < texts.length; at += LINE_ENTRIES) {
        const end = Math.min(at + LINE_ENTRIES, texts.length);
        const details = encodeLine(`[${texts.slice(at, end).map((each) => this.#json(each))}]`);
        const sum = details.toString('latin1', 0, JSON_AT);
        const some = columnsOf((field) => columns[field].slice(at, end));
        lines.push(encodeLine(JSON.stringify({ sum, ...some })), details);
        await setImmediate();
      }
      await putFile(this.#disk, dirname(this.#path), basename(this.#path), Buffer.concat(lines));
    }
  }
}

/** `sum`: the checksum of the line of details, which is the next one. */
function isColumns(value: unknown): value is Columns & { readonly sum: string } {
  if (!isObject(value) || !isText(value['sum']) || !Array.isArray(value['stream'])) return false;
  const { length } = value['stream'];
  return FIELD_NAMES.every((field) => {
    const column = value[field];
    const isRight: (each: unknown) => boolean = FIELDS[field];
    return Array.isArray(column) && column.length === length && column.every((each) => isRight(each));
  });
}

/** A cold stream that nobody asked for. */
class Asleep<M> implements Served<M> {
  readonly stream: string;
  readonly cold = true;
  readonly head: number;
  readonly #summary: () => M | null;

  constructor(stream: string, head: number, summary: () => M | null) {
    this.stream = stream;
    this.head = head;
    this.#summary = summary;
  }
  get summary(): M | null {
    return this.#summary();
  }
}

/** A shorter segment is never followed by another, whatever `segmentBytes` was in earlier runs. */
const MIN_FULL_BYTES = 1024 * 1024;

/** `shortened`: the same file lost its end, which was on disk. `unknown`: the disk cannot tell. */
export type SegmentChange = 'none' | 'grown' | 'shortened' | 'replaced' | 'unknown';

/** What became of the record in `dir` since its index entry was made. A copy has the same name, but not the same inode. */
export function changeSince(
  { disk, segmentBytes }: { readonly disk: JournalFs; readonly segmentBytes: number },
  dir: string,
  { segments, size, mtimeMs, ino }: LastSegment,
): SegmentChange {
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
