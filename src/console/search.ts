/** Search in the timeline. */
import type { Event } from '../incident/event.ts';
import type { View } from './view.ts';

/** Entries that match `query`, in the order of the record. */
export function found(query: string, view: View): readonly Event[] {
  const words = query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  return words.length === 0
    ? []
    : view.events.filter((event) => words.every((word) => JSON.stringify(event.data).toLowerCase().includes(word)));
}
