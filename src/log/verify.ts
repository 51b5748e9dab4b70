/** Verifies a record: checksums, chain, sequence, clock, fold, duplicates. Only reads, without a lock. */
import { hash, randomUUID } from 'node:crypto';
import { basename, dirname } from 'node:path';
import type { Event } from '../incident/event.ts';
import { errorMessage } from '../incident/words.ts';
import { salvage } from './corrupt-records.ts';
import { hasCode, nodeFs, type JournalFs } from './disk.ts';
import { OriginTable, seedOf } from './origin-table.ts';
import { eventFault, eventTexts, headerOf, NO_PREV, parseEvent, type Head } from './record.ts';
import { scanSegment, type Expected, type Flaw } from './scan.ts';
import { fileHash, sealName } from './seal.ts';
import { segmentNames, segmentNumber } from './segment-index.ts';
import { SNAPSHOT } from './snapshot.ts';

/** The first fault. */
export interface Finding extends Flaw {
  readonly file: string;
}
export interface VerifiedRecord {
  readonly incident: string;
  readonly epoch: string;
  readonly segments: number;
  readonly lines: number;
  /** The last verified seq. */
  readonly head: number;
  /** sha256 of the last line: if written down earlier, it shows that nothing before was changed. */
  readonly lastHash: string;
  readonly bad: Finding | null;
  /** A half-written end, never acknowledged, that the hub cuts at its start. */
  readonly tornBytes: number;
}
export interface VerifyOptions {
  readonly fs?: JournalFs;
  /** Called with each event in order; throws when it cannot follow. */
  readonly fold?: (event: Event) => void;
}

/** The records at `path`: a data folder, its `incidents`, or one record. */
export function recordsUnder(path: string): readonly string[] {
  const isRecord = (dir: string): boolean => {
    try {
      return segmentNames(nodeFs, dir).length > 0;
    } catch (error) {
      if (hasCode(error, 'ENOTDIR')) return false;
      throw error;
    }
  };
  if (isRecord(path)) return [path];
  for (const root of [`${path}/incidents`, path]) {
    const names = nodeFs.list(root).filter((name) => !name.includes('.log') && name !== SNAPSHOT);
    const found = names.map((name) => `${root}/${name}`).filter(isRecord);
    const own = `${path}/hub`;
    if (found.length > 0) return root !== path && isRecord(own) ? [...found, own] : found;
  }
  return [];
}

/** Verifies a record, or one segment file. Returns the first fault; throws only when nothing can be read. */
export async function verifyRecord(path: string, options: VerifyOptions = {}): Promise<VerifiedRecord> {
  const disk = options.fs ?? nodeFs;
  const single = segmentNumber(basename(path)) !== null;
  const dir = single ? dirname(path) : path;
  const files = single ? [path] : segmentNames(disk, dir).map((name) => `${dir}/${name}`);
  if (files.length === 0) throw new Error(`${path} holds no record: no file like 000001.log is in it`);

  const reasonAgainst = eventCheck(dir, disk, options.fold);
  let expected: Expected = { incident: basename(dir), segment: 1, prev: NO_PREV, seq: 1 };
  let epoch = '';
  let lines = 0;
  let bad: Finding | null = null;
  let flaw: Flaw | null = null;
  let tornBytes = 0;
  for (const [i, file] of files.entries()) {
    const bytes = disk.readFile(file);
    const { segment, prev, seq } = (single ? headerOf(bytes) : null) ?? expected;
    expected = { ...expected, segment, prev, seq };
    const last = i === files.length - 1;
    const scan = await scanSegment(bytes, expected, last, (head, byte, text, line) => {
      const reason = flaw === null ? reasonAgainst(head, text, expected.incident) : null;
      if (reason !== null) flaw = { line, byte, reason };
    });
    epoch = scan.header?.epoch ?? epoch;
    lines += scan.lines;
    expected = { incident: expected.incident, segment: expected.segment + 1, prev: scan.lastHash, seq: scan.nextSeq };
    if (scan.end === 'torn') tornBytes = bytes.length - scan.size;
    flaw ??= scan.end === 'corrupt' ? scan.flaw : null;
    bad = flaw === null ? await sealFinding(disk, file) : { file, ...flaw };
    if (bad !== null) break;
  }
  const { incident, prev, seq } = expected;
  return { incident, epoch, segments: files.length, lines, head: seq - 1, lastHash: prev, bad, tornBytes };
}

async function sealFinding(disk: JournalFs, file: string): Promise<Finding | null> {
  if (!disk.list(dirname(file)).includes(sealName(file))) return null;
  const sealed = disk
    .readFile(`${dirname(file)}/${sealName(file)}`)
    .toString('latin1')
    .slice(0, 64);
  const found = await fileHash(disk, file);
  if (sealed === found) return null;
  return { file, line: 1, byte: 0, reason: `the file's sha256 is ${found}, its seal says ${sealed}` };
}

/** Why the events of a line cannot follow those of the lines before it; else null. Takes some 40 bytes an event. */
function eventCheck(dir: string, disk: JournalFs, fold: VerifyOptions['fold'] = () => {}) {
  const origins = new OriginTable(seedOf(randomUUID()));
  /** The first seq of each 52-bit hash of an event's id. */
  const ids = new OriginTable(seedOf(randomUUID()));
  let recorded = '';
  return ({ seq: first, count, origin: { client, n } }: Head, line: Buffer, incident: string): string | null => {
    const texts = eventTexts(line, count);
    if (texts.length !== count) return `the line says ${count} events and holds ${texts.length}`;
    if (!origins.add(client, n, first))
      return `#${first} is command ${n} of ${client}, which is stored already as #${origins.find(client, n)}`;
    for (const [i, text] of texts.entries()) {
      const seq = first + i;
      const event = parseEvent(text, incident, seq);
      if (event === null) return eventFault(text, incident, seq);
      if (event.seq !== seq) return `seq ${seq} expected, got ${event.seq}`;
      if (event.incident !== incident) return `#${seq} belongs to ${event.incident}, not to ${incident}`;
      if (event.recorded < recorded)
        return `#${seq} was recorded ${event.recorded}, before the one before it (${recorded})`;
      recorded = event.recorded;
      const same = firstWithId(event);
      if (same !== null) return `#${seq} has the id ${event.id}, which #${same} has already`;
      try {
        fold(event);
      } catch (error) {
        return `#${seq} (${event.kind}) cannot follow: ${errorMessage(error)}`;
      }
    }
    return null;
  };

  function firstWithId({ id, seq, incident }: Event): number | null {
    const short = Number.parseInt(hash('sha256', id).slice(0, 13), 16);
    if (ids.add('', short, seq)) return null;
    // Two ids may share a hash: the first event with it is read again.
    const first = ids.find('', short);
    for (const event of salvage(incident, dir, disk)) if (event?.seq === first) return event.id === id ? first : null;
    return null;
  }
}

/** A check for `fold`: throws where the declaration is not the first event, or a reference points forward. */
export function inOrder(): (event: Event) => void {
  let declared = false;
  return (event) => {
    if (declared === (event.kind === 'declared'))
      throw new Error(declared ? 'the incident is declared twice' : 'the record does not begin with a declaration');
    declared = true;
    if (event.ref !== undefined && event.ref >= event.seq)
      throw new Error(`#${event.seq} refers to a later #${event.ref}`);
  };
}
