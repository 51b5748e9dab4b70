/** An entry as text for the clipboard: time with zone, who, words, number. */
import type { Event } from '../incident/event.ts';
import type { View } from './view.ts';
import { clock, zoneName, type Zone } from './when.ts';

export function copyText(event: Event, _view: View, zone: Zone): string {
  const words = event.kind === 'noted' ? event.data.text : event.kind.replaceAll('_', ' ');
  return `${clock(Date.parse(event.at), zone)} ${zoneName(zone)} ${event.by.name}: ${words} (#${event.seq})`;
}
