/** Checks the lines of a segment, and tells a torn tail from corruption. */
import { setImmediate } from 'node:timers/promises';
import { checksumHolds, lineHash, parseHead, parseHeader, type Head, type Header } from './record.ts';

/** The line counts from 1, the byte from 0. */
export interface Flaw {
  readonly line: number;
  readonly byte: number;
  readonly reason: string;
}
export interface Scan {
  readonly header: Header | null;
  /** Bytes of valid lines from the start. */
  readonly size: number;
  readonly lines: number;
  /** Of the last valid line. */
  readonly lastHash: string;
  readonly nextSeq: number;
  /** `torn`: nothing that was surely on disk follows `size`: the file may be cut there. */
  readonly end: 'whole' | 'torn' | 'corrupt';
  readonly flaw: Flaw | null;
}
export type Expected = Pick<Header, 'incident' | 'segment' | 'prev' | 'seq'>;

type OnRecord = (head: Head, offset: number, line: Buffer, number: number) => void;

const SECTOR = 512;
/** Longest time without yielding, ms, and how often it is checked. */
const TURN_MS = 8;
const STEP_LINES = 256;

/**
 * Checks each line: checksum, chain, sequence. `onRecord` gets each append line with its offset and number (the header
 * is 1). Only the last segment (`last`) may have a torn tail.
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
    // The chain of the next line proves a line; the checksum is only needed where that fails.
    if (nextHead?.prev !== hash && !checksumHolds(line))
      return stopped('the checksum does not match the line', wasWhole(bytes, size, line, lastHash));
    if (lines === 0) header = parseHeader(line);
    const reason = lines === 0 ? headerFlaw(header, expected) : recordFlaw(head, lastHash, nextSeq);
    // No crash leaves wrong contents with a right checksum.
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

/** The line at `start` without its newline; null when it has no end. */
function lineAt(bytes: Buffer, start: number): Buffer | null {
  const newline = bytes.indexOf(10, start);
  return newline < 0 ? null : bytes.subarray(start, newline);
}

/**
 * A crash leaves a line without its end, or with sectors of zeros. A line of ours (by its form, or as it continues the
 * chain) that has its end and all sectors was altered later or the disk lied: it may have been acknowledged.
 */
function wasWhole(bytes: Buffer, start: number, line: Buffer, prev: string): boolean {
  const form = /^[\da-f]{8} \{"(?:v|warroom)":\d/.test(line.toString('latin1', 0, 24)) && line.at(-1) === 0x7d;
  // The altered byte may be a newline now: the previous hash comes after it.
  const isOurs = form || bytes.includes(prev, start, 'latin1');
  return isOurs && !lostSector(bytes, start, start + line.length + 1, start);
}

/** A valid line with another byte than a crash leaves in place of its newline. */
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
 * Does anything after the bad line prove that it was whole once? A valid line does, with one exception: a power cut may
 * keep later sectors of an unsynced batch and lose earlier ones, which read as zeros. Such lines say (`synced`) that
 * nothing from `bad` on was on disk for sure.
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

/** Is a sector between `from` and `to` all zeros, from where its batch began? */
function lostSector(bytes: Buffer, from: number, to: number, batch: number): boolean {
  for (let at = Math.max(from - (from % SECTOR), batch); at < to; at = at - (at % SECTOR) + SECTOR) {
    const end = Math.min(at - (at % SECTOR) + SECTOR, bytes.length);
    if (bytes.subarray(at, end).every((byte) => byte === 0)) return true;
  }
  return false;
}
