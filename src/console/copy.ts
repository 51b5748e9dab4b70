/** An entry as text for the clipboard: time with zone, who, words, number. */
import { words } from '../../panels/event-text.ts';
import type { Event } from '../incident/event.ts';
import { dated, type Zone } from './when.ts';

export const copyText = (event: Event, zone: Zone): string =>
  `${dated(Date.parse(event.at), zone)} ${event.by.name}: ${words(event)} (#${event.seq})`;
