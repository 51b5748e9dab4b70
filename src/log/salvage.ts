/** What can still be read of a record that is damaged: for people who must decide about it, never to be served. */
import type { Event } from '../incident/event.ts';
import { nodeFs, type JournalFs } from './disk.ts';
import { segmentNumber } from './segment-index.ts';
import { checksumHolds, eventTexts, parseEvent, parseHead, parseHeader } from './record.ts';

/** Each event of the record in `dir` that stands in a whole line, in the order of the lines; null for a line that is not. */
export function* salvage(incident: string, dir: string, disk: JournalFs = nodeFs): Generator<Event | null> {
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
