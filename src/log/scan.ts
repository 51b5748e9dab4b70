/** Walks the lines of one segment: how far it is whole, and whether what follows is a torn tail or corruption. */
import { setImmediate } from 'node:timers/promises';
import { checksumHolds, lineHash, parseHead, parseHeader, type Head, type Header } from './record.ts';

/** A place that is wrong, for people: the line counts from 1, the byte from 0. */
export interface Flaw {
  readonly line: number;
  readonly byte: number;
  readonly reason: string;
}
export interface Scan {
  readonly header: Header | null;
  /** Bytes of whole, right lines from the start. */
  readonly size: number;
  readonly lines: number;
  /** sha256 of the last whole line. */
  readonly lastHash: string;
  /** The seq the next event will have. */
  readonly nextSeq: number;
  /** `torn`: the file stops being right and nothing that was ever on disk for sure comes after: it may be cut at `size`. */
  readonly end: 'whole' | 'torn' | 'corrupt';
  readonly flaw: Flaw | null;
}
/** What the segment must continue. */
export interface Expected {
  readonly incident: string;
  readonly segment: number;
  readonly prev: string;
  readonly seq: number;
}

export type OnRecord = (head: Head, offset: number, line: Buffer, number: number) => void;

const SECTOR = 512;
/** Longest time without a turn for others, ms, and after how many lines it is looked at. */
const TURN_MS = 8;
const STEP_LINES = 256;

/**
 * Checks every line of `bytes`: checksum, chain, sequence. Calls `onRecord` for each whole append line,
 * with its offset and its number in the file (from 1; the header is 1).
 * A tail may be torn only in the last segment (`last`). Others get their turn while a long segment is scanned.
 */
export async function scanSegment(bytes: Buffer, expected: Expected, last: boolean, onRecord: OnRecord): Promise<Scan> {
  let begun = performance.now();
  let header: Header | null = null;
  let size = 0;
  let lines = 0;
  let lastHash = expected.prev;
  let nextSeq = expected.seq;

  let line = lineAt(bytes, 0);
  let head: Head | null = null;
  while (line !== null) {
    const hash = lineHash(line);
    const next = lineAt(bytes, size + line.length + 1);
    const nextHead = next === null ? null : parseHead(next);
    // The line after it proves a line through the chain; only where that fails is the checksum worth its time.
    if (nextHead?.prev !== hash && !checksumHolds(line))
      return stopped('the checksum does not match the line', wasWhole(bytes, size, line, lastHash));
    if (lines === 0) header = parseHeader(line);
    const reason = lines === 0 ? headerFlaw(header, expected) : recordFlaw(head, lastHash, nextSeq);
    // A right checksum under wrong contents is no crash's doing.
    if (reason !== null) return stopped(reason, true);
    if (head !== null) {
      onRecord(head, size, line, lines + 1);
      nextSeq += head.count;
    }
    lastHash = hash;
    if (++lines % STEP_LINES === 0 && performance.now() - begun >= TURN_MS) {
      await setImmediate();
      begun = performance.now();
    }
    size += line.length + 1;
    line = next;
    head = nextHead;
  }
  if (lines === 0) return stopped('the file has no whole line', true);
  if (size < bytes.length) return stopped('the line has no end', lostItsEnd(bytes.subarray(size)));
  return { header, size, lines, lastHash, nextSeq, end: 'whole', flaw: null };

  function stopped(reason: string, sure: boolean): Scan {
    const corrupt = sure || !last || lines === 0 || contradicted(bytes, size);
    const flaw = { line: lines + 1, byte: size, reason };
    return { header, size, lines, lastHash, nextSeq, end: corrupt ? 'corrupt' : 'torn', flaw };
  }
}

/** The line that begins at `start`, without its newline; null when it has no end. */
function lineAt(bytes: Buffer, start: number): Buffer | null {
  const newline = bytes.indexOf(10, start);
  return newline < 0 ? null : bytes.subarray(start, newline);
}

/**
 * A crash leaves a line without its end, or with sectors of zeros. One that has its end and all its sectors, and is
 * known for ours by its form or because it continues the line before it, was altered afterwards, or its disk has lied:
 * either way it may have been acknowledged.
 */
function wasWhole(bytes: Buffer, start: number, line: Buffer, prev: string): boolean {
  const form = /^[\da-f]{8} \{"(?:v|warroom)":\d/.test(line.toString('latin1', 0, 24)) && line.at(-1) === 0x7d;
  // What was altered may be a byte that is a newline now: then the hash of the line before comes after it.
  const isOurs = form || bytes.includes(prev, start, 'latin1');
  return isOurs && !lostSector(bytes, start, start + line.length + 1, start);
}

/** A right line, and in the place of its newline something that no crash leaves there. */
const lostItsEnd = (tail: Buffer): boolean => tail.at(-1) !== 0 && checksumHolds(tail.subarray(0, -1));

function headerFlaw(header: Header | null, expected: Expected): string | null {
  if (header === null) return 'the first line is no header of a record of this version';
  if (header.incident !== expected.incident)
    return `the record belongs to ${header.incident}, not to ${expected.incident}`;
  if (header.segment !== expected.segment) return `this is segment ${header.segment}, not ${expected.segment}`;
  if (header.prev !== expected.prev) return 'the segment does not continue the one before it (chain)';
  if (header.seq !== expected.seq) return `the segment starts at seq ${header.seq}, not ${expected.seq}`;
  return null;
}

function recordFlaw(head: Head | null, prev: string, seq: number): string | null {
  if (head === null) return 'the line is no record of this version';
  if (head.seq !== seq) return `the line holds seq ${head.seq} where ${seq} must come`;
  if (head.prev !== prev) return 'the line does not continue the one before it (chain)';
  return null;
}

/**
 * Does anything after the bad line at `bad` prove that it was whole once? A valid line does, with one exception:
 * a power cut may keep later sectors of a batch that was never synced and lose earlier ones, which then read as zeros.
 * Such lines say themselves (`synced`) that nothing from `bad` on was on disk for sure when they were written.
 */
function contradicted(bytes: Buffer, bad: number): boolean {
  let start = bad;
  for (let line = lineAt(bytes, start); line !== null; line = lineAt(bytes, start)) {
    if (start > bad && checksumHolds(line)) {
      const head = parseHead(line);
      return head === null || head.synced > bad || !lostSector(bytes, bad, start, head.synced);
    }
    start += line.length + 1;
  }
  return false;
}

/** Is there, in the bytes from `from` to `to`, a sector of zeros: whole, but for where its batch began? */
function lostSector(bytes: Buffer, from: number, to: number, batch: number): boolean {
  for (let at = Math.max(from - (from % SECTOR), batch); at < to; at = at - (at % SECTOR) + SECTOR) {
    const end = Math.min(at - (at % SECTOR) + SECTOR, bytes.length);
    if (bytes.subarray(at, end).every((byte) => byte === 0)) return true;
  }
  return false;
}
