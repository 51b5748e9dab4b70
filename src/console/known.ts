/** The client's view as the View of this room: with the clock and the person. */
import { clocks } from '../incident/clocks.ts';
import type { Client } from '../client/client.ts';
import type { View } from './view.ts';
import type { Zone } from './when.ts';

export interface Moment {
  readonly me: string;
  readonly zone: Zone;
  /** Hub time, ms since 1970. */
  readonly now: number;
  /** Monotonic ms. */
  readonly mono: number;
}

/** What is known before there is a client. */
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

/** The view of this moment. */
export function known(client: Pick<Client, 'view'>, moment: Moment): View {
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
