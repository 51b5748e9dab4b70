/**
 * An exported record: the lines of its segments as JSON Lines, without their checksums, which follow from them, and a
 * last line that shows that nothing is missing. docs/record.md describes the file for other programs.
 */
import { setImmediate } from 'node:timers/promises';
import * as v from 'valibot';
import { parseJson, readAs, whole, type Fields } from '../incident/shapes.ts';
import { nodeFs, type JournalFs } from './disk.ts';
import { encodeLine, headerOf, JSON_AT, lineHash } from './record.ts';
import { segmentName } from './segment-index.ts';
import { inOrder, verifyRecord, type VerifiedRecord, type VerifyOptions } from './verify.ts';

/** The last line of an export: the last seq, how many lines come before, sha256 of the last of them as it is stored. */
const endShape = v.object({ end: v.object({ head: whole(0), lines: whole(0), hash: v.string() }) });
type End = Fields<typeof endShape>['end'];
/** A record as it was exported, whole and verified. */
export interface ExportedRecord extends Pick<VerifiedRecord, 'incident' | 'epoch' | 'head' | 'lines' | 'lastHash'> {
  /** The files of the record. */
  readonly segments: readonly Buffer[];
}

/** The file is no export, or not all of one, or was altered; `line` counts from 1. */
export class ExportFault extends Error {
  readonly line: number;
  constructor(line: number, reason: string) {
    super(reason);
    this.line = line;
  }
}

const NEWLINE = 10;
/** Of the records that are written and read here. */
const VERSION = 2;
const HEADER = Buffer.from('{"warroom":');
const END = Buffer.from('{"end":');
const YIELD_LINES = 2_000;

/** The export of a record, from the bytes of its segments one after the other. `head`: its last seq. */
export function exported(record: Buffer, head: number): Buffer {
  const parts: Buffer[] = [];
  let last = record;
  for (let at = 0; at < record.length;) {
    const next = record.indexOf(NEWLINE, at) + 1;
    if (next === 0) throw new ExportFault(parts.length + 1, 'the last line of the record has no end');
    last = record.subarray(at, next - 1);
    parts.push(record.subarray(at + JSON_AT, next));
    at = next;
  }
  const end: End = { head, lines: parts.length, hash: lineHash(last) };
  return Buffer.concat([...parts, Buffer.from(`${JSON.stringify({ end })}\n`)]);
}

/** Does the file look like an export? */
export const isExport = (bytes: Uint8Array): boolean => HEADER.equals(bytes.subarray(0, HEADER.length));

/** Reads and verifies an export. Rejects with ExportFault. `fold` throws where an event cannot follow those before. */
export async function readExported(bytes: Buffer, fold?: VerifyOptions['fold']): Promise<ExportedRecord> {
  const { segments, end, starts } = await segmentsOf(bytes);
  const incident = headerOf(segments[0] ?? Buffer.alloc(0))?.incident;
  if (incident === undefined) throw new ExportFault(1, unreadable(bytes));
  const follows = inOrder();
  const verified = await verifyRecord(`/${incident}`, {
    fs: inMemory(segments),
    fold(event) {
      follows(event);
      fold?.(event);
    },
  });
  const { bad, epoch, head, lines, lastHash, tornBytes } = verified;
  if (bad !== null) {
    const segment = Number(/(\d+)\.log$/.exec(bad.file)?.[1] ?? 1);
    throw new ExportFault((starts[segment - 1] ?? 0) + bad.line, bad.reason);
  }
  if (tornBytes > 0 || lines !== end.lines || head !== end.head || lastHash !== end.hash)
    throw new ExportFault(lines + 1, 'the last line does not fit those before it: lines are missing, or altered');
  return { segments, incident, epoch, head, lines, lastHash };
}

/** Why the first line is not read. */
function unreadable(bytes: Buffer): string {
  const header = parseJson(bytes.subarray(0, bytes.indexOf(NEWLINE)).toString());
  const newer = readAs(v.object({ warroom: whole(VERSION + 1) }), header);
  return newer === null
    ? 'the first line is no header of a record of this version'
    : `the record is of version ${newer.warroom}, and this warroom reads version ${VERSION}: upgrade it`;
}

/** `starts`: how many lines of the export come before each segment. */
async function segmentsOf(
  bytes: Buffer,
): Promise<{ segments: readonly Buffer[]; end: End; starts: readonly number[] }> {
  if (!isExport(bytes)) throw new ExportFault(1, 'this is no record that warroom exported');
  const segments: Buffer[][] = [];
  const starts: number[] = [];
  let line = 0;
  let at = 0;
  for (let newline = bytes.indexOf(NEWLINE); newline >= 0; newline = bytes.indexOf(NEWLINE, at), line++) {
    const json = bytes.subarray(at, newline);
    if (json.at(-1) === 13)
      throw new ExportFault(line + 1, 'the line ends with CR LF: the file was converted; take it as it was exported');
    at = newline + 1;
    if (json.subarray(0, END.length).equals(END)) {
      const last = readAs(endShape, parseJson(json.toString()));
      if (last === null || at < bytes.length)
        throw new ExportFault(line + 1, 'something follows the end of the export');
      return { segments: segments.map((lines) => Buffer.concat(lines)), end: last.end, starts };
    }
    if (json.subarray(0, HEADER.length).equals(HEADER)) {
      segments.push([]);
      starts.push(line);
    }
    segments.at(-1)?.push(encodeLine(json.toString()));
    if (line % YIELD_LINES === 0) await setImmediate();
  }
  const half = 'only part of the export is here: its last line is missing. Export it again, or copy it again';
  throw new ExportFault(at < bytes.length ? line + 1 : line, half);
}

/** Only what verifying needs: the segments, as files of one folder. */
const inMemory = (segments: readonly Buffer[]): JournalFs => ({
  ...nodeFs,
  list: () => segments.map((_, at) => segmentName(at + 1)),
  readFile: (path) => segments[Number(path.slice(-10, -4)) - 1] ?? Buffer.alloc(0),
});
