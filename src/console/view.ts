/** The client's view with the time and the person, as plain data; and what is looked up in it. Pure. */
import { isEmptyFilter, parseFilter, passes } from '../../panels/filter.ts';
import type { Memo } from '../../panels/memo.ts';
import type { Model, PendingEntry } from '../../panels/model.ts';
import type { AnyCommand } from '../incident/topic.ts';
import type { Client } from '../client/client.ts';
import { clocks } from '../incident/clocks.ts';
import type { Event } from '../incident/event.ts';
import { strangerInWords } from '../incident/person-name.ts';
import { isEnded } from '../incident/incident.ts';
import type { LinkTemplate } from '../incident/links.ts';
import type { Policy } from '../incident/policy.ts';
import type { Templates } from '../incident/public-words.ts';
import type { Away } from '../protocol/messages.ts';
import type { Zone } from '../incident/time.ts';

/** A command of this console that the hub has not acknowledged. */
export interface PendingCommand extends PendingEntry {
  readonly command?: AnyCommand;
  /** Where it was asked for; null or absent: outside any incident. */
  readonly incident?: string | null;
}
export const newestRefused = (pending: readonly PendingCommand[]): PendingCommand | undefined =>
  pending.findLast(({ state }) => state === 'refused');

export interface View extends Omit<Model, 'ascii' | 'timeline'> {
  readonly pending: readonly PendingCommand[];
  /** Commanders of open incidents without a console, and since when. */
  readonly away: readonly Away[];
  /** Why the hub no longer serves the shown incident; null while it does. */
  readonly unserved: string | null;
  /** This person may read, but not write. */
  readonly observer: boolean;
  /** The organisation's policy; null until the hub has sent it. */
  readonly policy: Policy | null;
  /** Of public updates; absent until the hub has sent them. */
  readonly templates?: Templates;
  readonly links?: readonly LinkTemplate[];
}

export interface ViewContext {
  readonly me: string;
  readonly zone: Zone;
  /** Hub time, ms since 1970. */
  readonly now: number;
  /** Monotonic ms. */
  readonly mono: number;
  readonly memo?: Memo;
}

/** The view before there is a client. */
export const unconnected = (moment: ViewContext): View => ({
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

/** A sentence about something that only the hub knows, `which runbooks there are`; null while it answers. */
export const notKnown = ({ link }: Pick<View, 'link'>, what: string): string | null => {
  const why = NOT_KNOWN[link.state];
  return why && `${why} ${what}`;
};

/** The client's view at this moment. */
export function viewOf(client: Pick<Client, 'view'>, moment: ViewContext): View {
  const { you, alerts, ruleFaults, ...known } = client.view;
  return {
    ...moment,
    ...known,
    me: you?.name ?? moment.me,
    observer: you?.observer ?? false,
    clocks: known.incident === null ? null : clocks(known.incident, moment.now),
    ...(alerts === null ? {} : { alerts }),
    ...(ruleFaults.length === 0 ? {} : { ruleFaults }),
  };
}

/** The entry `#seq`, when this console holds it. */
export function entry(view: Pick<View, 'events'>, seq: number): View['events'][number] | undefined {
  const { events } = view;
  const first = events[0]?.seq ?? 0;
  const guess = events[seq - first];
  return guess?.seq === seq ? guess : events.find((event) => event.seq === seq);
}

/** Seq of the newest entry held here; 0 without one. */
export const lastSeq = ({ events }: Pick<View, 'events'>): number => events.at(-1)?.seq ?? 0;

/** The incidents as they are listed: the open ones first, the newest of each first. */
export const listed = ({ incidents }: Pick<View, 'incidents'>): View['incidents'] =>
  incidents.toSorted((a, b) => Number(isEnded(a)) - Number(isEnded(b)));

/** The last seq that the hub reports: entries that are still loading are not new. */
export function headOf({ incident, incidents }: Pick<View, 'incident' | 'incidents'>): number | null {
  if (incident === null) return null;
  return Math.max(incident.head, incidents.find(({ id }) => id === incident.id)?.head ?? 0);
}

/** The names of connected people, holders of roles, people on call and oneself, sorted. */
export function names(view: Pick<View, 'people' | 'incident' | 'me' | 'oncall'>): readonly string[] {
  const holders = view.incident === null ? [] : Object.values(view.incident.roles).filter((name) => name !== null);
  const some = [...view.people, ...(view.oncall?.plan.people ?? [])].map(({ name }) => name);
  return [...new Set([view.me, ...some, ...holders])].sort((a, b) => a.localeCompare(b));
}

/** Entries in which a name is looked for. */
const RECENT = 500;

/** A sentence about a name that none of `names` is and nobody wrote under; null when somebody did. */
export function stranger(name: string, view: View): string | null {
  const authors = view.events.slice(-RECENT).flatMap(({ by }) => (by.role === 'system' ? [] : [by.name]));
  return strangerInWords(name, [...names(view), ...authors]);
}

/** Entries that match `query`, oldest first; none for an empty query. */
export function found(query: string, view: View): readonly Event[] {
  const filter = parseFilter(query, view.now, view.zone);
  if (isEmptyFilter(filter)) return [];
  const annotations = view.incident?.annotations ?? {};
  return view.events.filter((event) =>
    passes(filter, event, annotations[event.seq]?.amends.findLast(({ text }) => text !== undefined)?.text),
  );
}

/** A sentence about the first part of `query` that cannot be read; null: all of it can. */
export const misunderstood = (query: string, view: Pick<View, 'now' | 'zone'>): string | null =>
  parseFilter(query, view.now, view.zone).trouble[0] ?? null;
