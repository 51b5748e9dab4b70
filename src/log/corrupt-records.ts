/** Damaged records: which of them the hub may go on without, and what to say about the others. */
import type { Event } from '../incident/event.ts';
import { shellQuoted } from '../incident/shell-quote.ts';
import type { JournalFs } from './disk.ts';
import { StoreFault, type Damaged, type Fold } from './event-store.ts';
import { checksumHolds, eventTexts, parseEvent, parseHead, parseHeader } from './record.ts';
import { DamagedRecordError, segmentNumber } from './segment-index.ts';

/**
 * Can the hub go on without the damaged record in `dir`? One that is over (cold) only has to be reported. One that is
 * open, or may be, keeps the hub down until somebody has decided: consoles hold entries for it, which a hub without it
 * would refuse. `isStream`: is there a stream of this name?
 */
export function isDispensable<S, M>(
  fold: Fold<S, M>,
  disk: JournalFs,
  dir: string,
  stream: string,
  isStream: (name: string) => boolean,
): boolean {
  try {
    const owner = ownerOf(disk, dir);
    if (owner !== null && owner !== stream && isStream(owner)) return true;
    let state = fold.blank(stream);
    // What cannot be read may have opened it again: the state begins anew after a gap.
    for (const event of salvage(stream, dir, disk))
      state = event === null ? fold.blank(stream) : fold.evolve(state, event);
    return fold.isCold(state);
  } catch {
    return false;
  }
}

/**
 * What can still be read of the record in `dir`, never to be served: each event that stands in a whole line, in the order
 * of the lines; null for a line that is not.
 */
export function* salvage(incident: string, dir: string, disk: JournalFs): Generator<Event | null> {
  for (const name of disk.list(dir).filter((each) => segmentNumber(each) !== null)) {
    const bytes = disk.readFile(`${dir}/${name}`);
    for (let at = 0; at < bytes.length;) {
      const newline = bytes.indexOf(10, at);
      const line = bytes.subarray(at, newline < 0 ? bytes.length : newline);
      at += line.length + 1;
      if (newline >= 0 && checksumHolds(line) && parseHeader(line) !== null) continue;
      const head = newline >= 0 && checksumHolds(line) ? parseHead(line) : null;
      if (head === null) yield null;
      else
        for (const [i, text] of eventTexts(line, head.count).entries()) yield parseEvent(text, incident, head.seq + i);
    }
  }
}

/** Whose record it says it is: a copy that somebody put beside the original has another folder's name. */
function ownerOf(disk: JournalFs, dir: string): string | null {
  const bytes = disk.readFile(`${dir}/000001.log`);
  const line = bytes.subarray(0, Math.max(0, bytes.indexOf(10)));
  return checksumHolds(line) ? (parseHeader(line)?.incident ?? null) : null;
}

/**
 * Why the hub does not start, and what can be done; each way is safe: nothing is changed, and what is moved can be moved
 * back. `dirOf`: the folder of a stream.
 */
export function cannotStart(dataDir: string, damaged: readonly Damaged[], dirOf: (stream: string) => string): string {
  const many = damaged.length > 1;
  return [
    many
      ? `the records of ${damaged.length} incidents that may still be open are damaged:`
      : `the record of ${damaged[0]?.stream ?? ''} is damaged, and the incident may still be open:`,
    ...damaged.map((each) => `  ${each.damaged}`),
    `Nothing was changed. Put the ${many ? 'folders' : 'folder'} back from a copy, or go on without ${many ? 'them' : 'it'} and declare anew:`,
    `  mkdir -p ${shellQuoted(`${dataDir}/damaged`)}`,
    ...damaged.map(({ stream }) => `  mv ${shellQuoted(dirOf(stream))} ${shellQuoted(`${dataDir}/damaged/`)}`),
    `What is moved there stays as it is, "warroom verify ${dataDir}/damaged" reads it there, and it can be moved back.`,
  ].join('\n');
}

/** Why a stream is not served. */
export function wordsOf(stream: string, error: unknown): string {
  const words = error instanceof Error ? error.message : String(error);
  const isSaid = error instanceof DamagedRecordError || error instanceof StoreFault;
  return isSaid ? words : `the record of ${stream} cannot be read: ${words}`;
}
