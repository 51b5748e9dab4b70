/** One event as one line of plain text, for `tail` and for pipes. */
import { words } from '../../panels/words.ts';
import type { Event } from '../incident/event.ts';
import { clock, type Zone } from '../console/when.ts';
import { oneLine } from '../terminal/text.ts';

/** `2026-11-23 14:02:11Z #12 alice: pool is full`. No control byte of the event survives. */
export function eventLine(event: Event, zone: Zone): string {
  const day = event.at.slice(0, 10);
  const time = zone === 'utc' ? `${day} ${clock(Date.parse(event.at), 'utc')}Z` : clock(Date.parse(event.at), 'local');
  return `${time} #${event.seq} ${oneLine(event.by.name)}: ${oneLine(words(event))}`;
}
