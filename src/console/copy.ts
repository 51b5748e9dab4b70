/** An entry as text for the clipboard: time with zone, who, words, number. */
import { words } from '../../panels/words.ts';
import type { Event } from '../incident/event.ts';
import { clock, zoneName, type Zone } from './when.ts';

export const copyText = (event: Event, zone: Zone): string =>
  `${event.at.slice(0, 10)} ${clock(Date.parse(event.at), zone)} ${zoneName(zone)} ${event.by.name}: ${words(event)} (#${event.seq})`;
