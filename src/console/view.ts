/** What is known at one moment: the client's view and the clock, as plain data. Everything pure in this room asks it. */
import type { Model } from '../../panels/model.ts';
import type { Policy } from '../incident/policy.ts';
import type { Asked } from './retype.ts';
import type { Away } from '../protocol/messages.ts';

export interface View extends Omit<Model, 'ascii' | 'timeline'> {
  readonly pending: readonly Asked[];
  /** Monotonic ms, for what lasts a while on this screen. */
  readonly mono: number;
  /** Who commands an open incident and has no console, and since when, as the hub tells. */
  readonly away: readonly Away[];
  /** Why the hub has no more of what is shown; null: it has. */
  readonly unserved: string | null;
  /** May read but not write here. */
  readonly observer: boolean;
  /** The organisation's numbers; null until the hub told them. */
  readonly policy: Policy | null;
}

/** The entry `#seq` of the open incident, when this console holds it. */
export function entry(view: Pick<View, 'events'>, seq: number): View['events'][number] | undefined {
  const { events } = view;
  const first = events[0]?.seq ?? 0;
  const guess = events[seq - first];
  return guess?.seq === seq ? guess : events.find((event) => event.seq === seq);
}

/** Seq of the newest entry held here; 0 without one. */
export const lastSeq = ({ events }: Pick<View, 'events'>): number => events.at(-1)?.seq ?? 0;

/** People one may mean here: those connected, those holding a role, oneself; without repeats, in a fixed order. */
export function names(view: Pick<View, 'people' | 'incident' | 'me'>): readonly string[] {
  const holders = view.incident === null ? [] : Object.values(view.incident.roles).filter((name) => name !== null);
  return [...new Set([view.me, ...view.people.map((person) => person.name), ...holders])].sort((a, b) =>
    a.localeCompare(b),
  );
}
