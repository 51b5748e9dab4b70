/** Search in the timeline: the words of a filter, over the entries held here. Pure. */
import { isEmpty, parseFilter, passes } from '../../panels/filter.ts';
import type { Event } from '../incident/event.ts';
import type { View } from './view.ts';

/** Entries that match `query`, in the order of the record; none for an empty query. */
export function found(query: string, view: View): readonly Event[] {
  const filter = parseFilter(query, view.now, view.zone);
  if (isEmpty(filter)) return [];
  const annotations = view.incident?.annotations ?? {};
  return view.events.filter((event) =>
    passes(filter, event, annotations[event.seq]?.amends.findLast(({ text }) => text !== undefined)?.text),
  );
}

/** What of `query` could not be understood, as a sentence; null when all was. */
export const misunderstood = (query: string, view: Pick<View, 'now' | 'zone'>): string | null =>
  parseFilter(query, view.now, view.zone).trouble[0] ?? null;
