/** Damaged records: which the hub can go on without, and what it says of the others. */
import type { Event } from '../incident/event.ts';
import { shellQuoted } from '../incident/shell-quote.ts';
import { errorMessage } from '../incident/words.ts';
import type { JournalFs } from './disk.ts';
import { StoreFault, type Damaged, type Fold } from './event-store.ts';
import { checksumHolds, eventTexts, headerOf, parseEvent, parseHead, parseHeader } from './record.ts';
import { DamagedRecordError, segmentNames } from './segment-index.ts';

/**
 * Can the hub go on without the record in `dir`? Yes when its incident has ended, or the folder is a copy of another
 * stream's. An open one keeps the hub down: consoles hold entries that a hub without it would refuse.
 */
export function isDispensable<S, M>(
  fold: Fold<S, M>,
  disk: JournalFs,
  dir: string,
  stream: string,
  isStream: (name: string) => boolean,
): boolean {
  try {
    // A copy beside the original has another folder's name in its header.
    const owner = headerOf(disk.readFile(`${dir}/000001.log`))?.incident ?? stream;
    if (owner !== stream && isStream(owner)) return true;
    let state = fold.blank(stream);
    // The unreadable part may have reopened it: start over after a gap.
    for (const event of salvage(stream, dir, disk))
      state = event === null ? fold.blank(stream) : fold.evolve(state, event);
    return fold.isCold(state);
  } catch {
    return false;
  }
}

/** The events of the undamaged lines, in order; null for each damaged line. Never served. */
export function* salvage(incident: string, dir: string, disk: JournalFs): Generator<Event | null> {
  for (const name of segmentNames(disk, dir)) {
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

/** Why the hub does not start, and what to do. Each way can be undone. `dirOf`: the folder of a stream. */
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
  const words = errorMessage(error);
  const isSaid = error instanceof DamagedRecordError || error instanceof StoreFault;
  return isSaid ? words : `the record of ${stream} cannot be read: ${words}`;
}
