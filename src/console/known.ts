/** The client's view as the View of this room: with the clock, the person, and who has been away for how long. */
import { clocks } from '../incident/clocks.ts';
import type { Client, ClientView } from '../client/client.ts';
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
  absentSince: {},
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

/** The view of this moment; `before` is the last one. */
export function known(client: Pick<Client, 'view'>, moment: Moment, before: View): View {
  const { view } = client;
  return {
    ...moment,
    me: view.you?.name ?? moment.me,
    observer: view.you?.observer ?? false,
    absentSince: absences(view, moment.mono, before.absentSince),
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
  };
}

/** Holders of roles who have no console here, and since when we know; nobody is absent while the link is down. */
function absences(view: ClientView, mono: number, before: View['absentSince']): View['absentSince'] {
  if (view.link.state !== 'live' || view.incident === null) return {};
  const here = new Set(view.people.filter(({ consoles }) => consoles > 0).map(({ name }) => name));
  const away = Object.values(view.incident.roles).filter((name) => name !== null && !here.has(name));
  return Object.fromEntries(away.map((name) => [name, before[name ?? ''] ?? mono]));
}
