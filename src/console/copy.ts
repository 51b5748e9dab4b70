/** An entry as text for the clipboard: time with zone, who, words, number. */
import { words } from '../../panels/event-text.ts';
import type { Event } from '../incident/event.ts';
import { dateTime, type Zone } from '../incident/time.ts';

export const copyText = (event: Event, zone: Zone): string =>
  `${dateTime(Date.parse(event.at), zone)} ${event.by.name}: ${words(event)} (#${event.seq})`;
