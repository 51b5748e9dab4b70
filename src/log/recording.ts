/**
 * What a hub told its consoles besides the record, as blocks of compressed lines. Each block proves itself, so that a cut
 * or damaged file costs only the blocks that it touches. docs/replay.md describes the format.
 */
import { promisify } from 'node:util';
import { brotliCompress, brotliDecompress, constants, crc32 } from 'node:zlib';
import * as v from 'valibot';
import { parseJson, readAs, whole, type Fields } from '../incident/shapes.ts';
import { checksumHolds, encodeLine, jsonOf } from './record.ts';

const MB = 1024 * 1024;

/**
 * How densely blocks hold what was told, in the order in which they are given up where there is too much of it.
 * `stepMs`: only the last of its kind in each such time; 0: everything. `blockMs`: the time of one block. `leastBytes`: so
 * much stays whatever else there is, for who looks back a while.
 */
export const DENSITIES = {
  all: { stepMs: 0, blockMs: 30_000, leastBytes: MB },
  tens: { stepMs: 10_000, blockMs: 300_000, leastBytes: 1.5 * MB },
  /** Everything around key entries and changes of alerts. */
  around: { stepMs: 0, blockMs: 30_000, leastBytes: 0 },
  minutes: { stepMs: 60_000, blockMs: 1_800_000, leastBytes: 0 },
} as const;
export type Density = keyof typeof DENSITIES;

/** One message to the consoles, or one reading, as JSON. */
export interface RecordedMessage {
  /** When it was told, hub time, ms since 1970. */
  readonly at: number;
  /** What it replaces: the one before of the same key. */
  readonly key: string;
  readonly text: string;
}
/** The line before the body of a block. */
const headerShape = v.object({
  readings: v.literal(1),
  incident: v.string(),
  density: v.picklist(Object.keys(DENSITIES) as Density[]),
  from: whole(0),
  to: whole(0),
  base: v.optional(v.boolean(), false),
  /** Of the body. */
  bytes: whole(0),
  crc: v.number(),
});
/** The hub was recording from `from` to `to`, ms since 1970. */
export interface ReadingsBlock extends Pick<Fields<typeof headerShape>, 'incident' | 'density' | 'from' | 'to'> {
  /** It begins a file, and holds what was told last before `from`, but no readings. */
  readonly isBase: boolean;
  readonly body: Buffer;
}

export const readingKey = (target: string): string => `reading ${JSON.stringify(target)}`;
export const isReadingKey = (key: string): boolean => key.startsWith('reading ');

const [compress, decompress] = [promisify(brotliCompress), promisify(brotliDecompress)];
/** Quality 5 at 30 s a block: 3.5 KB of a reading become 140 bytes, for 20 to 30 µs of a core. */
const PARAMS = { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_LGWIN]: 22 };
/** A longer block is not of a hub. */
const MOST_TEXT = 64 * 1024 * 1024;
const NEWLINE = 10;
const HEADER = Buffer.from(' {"readings":1,');
const CHECKSUM = 8;

/** Lines of one key stand together: what they share compresses to almost nothing. */
export async function packed(lines: readonly RecordedMessage[]): Promise<Buffer> {
  const order = lines.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.at - b.at));
  const text = order.map(({ at, key, text: json }) => `${at}\t${key}\t${json}`).join('\n');
  return compress(Buffer.from(text), { params: PARAMS });
}

/** The lines of a block, oldest first. Rejects where it cannot be decompressed. */
export async function unpacked({ body }: Pick<ReadingsBlock, 'body'>): Promise<readonly RecordedMessage[]> {
  const text = (await decompress(body, { maxOutputLength: MOST_TEXT })).toString();
  const lines = text.split('\n').flatMap((line): RecordedMessage[] => {
    const [first, second] = [line.indexOf('\t'), line.indexOf('\t', line.indexOf('\t') + 1)];
    const at = Number(line.slice(0, first));
    const isLine = first > 0 && second > 0 && Number.isFinite(at);
    return isLine ? [{ at, key: line.slice(first + 1, second), text: line.slice(second + 1) }] : [];
  });
  return lines.sort((a, b) => a.at - b.at);
}

/** As it stands in a file: `crc32 header`, a line feed, the compressed lines, a line feed. */
export function blockBytes({ incident, density, from, to, isBase, body }: ReadingsBlock): Buffer {
  const said = { readings: 1, incident, density, from, to, ...(isBase && { base: true }), bytes: body.length };
  return Buffer.concat([encodeLine(JSON.stringify({ ...said, crc: crc32(body) })), body, Buffer.of(NEWLINE)]);
}

/** The undamaged blocks of a file, or of several one after the other, and how many bytes belong to none. */
export function scanBlocks(bytes: Buffer) {
  const blocks: ReadingsBlock[] = [];
  let damagedBytes = 0;
  for (let at = 0; at < bytes.length;) {
    const found = blockAt(bytes, at);
    if (found === null) {
      const next = bytes.indexOf(HEADER, at + CHECKSUM + 1) - CHECKSUM;
      const end = next > at ? next : bytes.length;
      damagedBytes += end - at;
      at = end;
    } else {
      blocks.push(found.block);
      at = found.end;
    }
  }
  return { blocks, damagedBytes };
}

function blockAt(bytes: Buffer, at: number): { readonly block: ReadingsBlock; readonly end: number } | null {
  const newline = bytes.indexOf(NEWLINE, at);
  const line = bytes.subarray(at, newline);
  const said = newline > at && checksumHolds(line) ? readAs(headerShape, parseJson(jsonOf(line))) : null;
  if (said === null) return null;
  const { incident, density, from, to, base, bytes: length, crc } = said;
  const body = bytes.subarray(newline + 1, newline + 1 + length);
  const end = newline + 1 + length;
  if (body.length !== length || bytes[end] !== NEWLINE || crc32(body) !== crc) return null;
  return { block: { incident, density, from, to, isBase: base, body }, end: end + 1 };
}
