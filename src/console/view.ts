/** What is known at one moment: the client's view and the clock, as plain data; and what is looked up in it. Pure. */
import { isEmptyFilter, parseFilter, passes } from '../../panels/filter.ts';
import type { Memo } from '../../panels/memo.ts';
import type { Model, PendingEntry } from '../../panels/model.ts';
import type { AnyCommand } from '../incident/topic.ts';
import type { Client } from '../client/client.ts';
import { clocks } from '../incident/clocks.ts';
import type { Event } from '../incident/event.ts';
import type { Policy } from '../incident/policy.ts';
import type { Away } from '../protocol/messages.ts';
import type { Zone } from '../incident/time.ts';

/** A command of this console that the hub has not acknowledged, in full. */
export interface Asked extends PendingEntry {
  readonly command?: AnyCommand;
}
/** The newest of `pending` that the hub refused. */
export const newestRefused = (pending: readonly Asked[]): Asked | undefined =>
  pending.findLast(({ state }) => state === 'refused');

export interface View extends Omit<Model, 'ascii' | 'timeline'> {
  readonly pending: readonly Asked[];
  /** Commanders of open incidents who have no console open, and since when, as the hub reports. */
  readonly away: readonly Away[];
  /** Why the hub no longer serves the incident that is shown; null while it does. */
  readonly unserved: string | null;
  /** This person may read but not write here. */
  readonly observer: boolean;
  /** The organisation's policy; null until the hub has sent it. */
  readonly policy: Policy | null;
}

/** The person at this console, and the time. */
interface Moment {
  readonly me: string;
  readonly zone: Zone;
  /** Hub time, ms since 1970. */
  readonly now: number;
  /** Monotonic ms. */
  readonly mono: number;
  readonly memo?: Memo;
}

/** The view before there is a client: nothing is known. */
export const unconnected = (moment: Moment): View => ({
  ...moment,
  away: [],
  unserved: null,
  observer: false,
  policy: null,
  link: { state: 'connecting', since: moment.now, rttMs: null, reason: null, readOnly: null, hub: 'the hub' },
  incident: null,
  clocks: null,
  events: [],
  pending: [],
  people: [],
  incidents: [],
  targets: [],
});

const NOT_KNOWN: Readonly<Record<View['link']['state'], string | null>> = {
  live: null,
  connecting: 'not known yet, the hub is being asked:',
  lost: 'not known while the hub does not answer:',
  refused: 'not known, the hub refused this console:',
};

/**
 * The beginning of a sentence that says that something is not known, because only the hub can tell; null while it
 * answers.
 */
export const notKnown = ({ link }: Pick<View, 'link'>): string | null => NOT_KNOWN[link.state];

/** The client's view, with the time and the person added. */
export function viewOf(client: Pick<Client, 'view'>, moment: Moment): View {
  const { view } = client;
  return {
    ...moment,
    me: view.you?.name ?? moment.me,
    observer: view.you?.observer ?? false,
    away: view.away,
    unserved: view.unserved,
    policy: view.policy,
    link: view.link,
    incident: view.incident,
    clocks: view.incident === null ? null : clocks(view.incident, moment.now),
    events: view.events,
    pending: view.pending,
    people: view.people,
    incidents: view.incidents,
    targets: view.targets,
    ...(view.alerts === null ? {} : { alerts: view.alerts }),
    ...(view.ruleFaults.length === 0 ? {} : { ruleFaults: view.ruleFaults }),
  };
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

/** The names that can be completed: people who are connected, holders of roles, oneself; without repeats, sorted. */
export function names(view: Pick<View, 'people' | 'incident' | 'me'>): readonly string[] {
  const holders = view.incident === null ? [] : Object.values(view.incident.roles).filter((name) => name !== null);
  return [...new Set([view.me, ...view.people.map((person) => person.name), ...holders])].sort((a, b) =>
    a.localeCompare(b),
  );
}

/** Entries that match `query`, in the order of the record; none for an empty query. */
export function found(query: string, view: View): readonly Event[] {
  const filter = parseFilter(query, view.now, view.zone);
  if (isEmptyFilter(filter)) return [];
  const annotations = view.incident?.annotations ?? {};
  return view.events.filter((event) =>
    passes(filter, event, annotations[event.seq]?.amends.findLast(({ text }) => text !== undefined)?.text),
  );
}

/** A sentence about the first part of `query` that could not be read; null when all of it could. */
export const misunderstood = (query: string, view: Pick<View, 'now' | 'zone'>): string | null =>
  parseFilter(query, view.now, view.zone).trouble[0] ?? null;
