/** One event as one line of plain text, for `tail` and for pipes. */
import { eventText } from '../../panels/event-text.ts';
import type { Event } from '../incident/event.ts';
import { isoTime, type Zone } from '../incident/time.ts';
import { oneLine } from '../terminal/text.ts';

/** `2026-11-23 14:02:11Z #12 alice: pool is full`, the time with its zone. No control byte of the event survives. */
export function eventLine(event: Event, zone: Zone): string {
  const time = isoTime(Date.parse(event.at), zone).replace('T', ' ');
  return `${time} #${event.seq} ${oneLine(event.by.name)}: ${oneLine(eventText(event))}`;
}
