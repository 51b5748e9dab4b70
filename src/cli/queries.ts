/** What a shell command reads from the hub, waited for: an incident, its events, the alerts. */
import { alertNamed } from '../console/alert-selection.ts';
import type { Event } from '../incident/event.ts';
import type { Incident } from '../incident/incident.ts';
import { nextItems, type NextItem } from '../incident/next.ts';
import { HANDBOOK_POLICY } from '../incident/policy.ts';
import type { AlertView, SilenceView } from '../protocol/messages.ts';
import { Exit, EXIT, refusalOf } from './command.ts';
import type { Session } from './session.ts';

/** How long a connected hub may take to send what was asked for; ms. */
const ANSWER_MS = 15_000;
/** How long it may take to sendCommand the alerts, which come right behind the welcome; ms. */
const ALERTS_MS = 5_000;
/** Entries fetched at once. */
const PAGE = 500;

/** Follows `id` and resolves with the incident once this side holds all the hub had. */
export function followed(session: Session, id: string): Promise<Incident> {
  const { client } = session;
  const head = client.view.incidents.find((incident) => incident.id === id)?.head ?? 0;
  client.follow(id);
  return until(session, () => {
    const { incident } = client.view;
    return incident !== null && incident.id === id && incident.head >= head ? incident : null;
  });
}

/** All events after `after` that the followed incident has; older pages are fetched as needed. */
export async function events(session: Session, after: number): Promise<readonly Event[]> {
  const { client } = session;
  for (;;) {
    const held = client.view.events;
    const first = held[0]?.seq ?? (client.view.incident?.head ?? 0) + 1;
    if (first <= after + 1) return held;
    if ((await client.page(Math.max(after + 1, first - PAGE), first - 1)).length === 0)
      throw new Exit(EXIT.unreachable, 'the hub stopped answering');
  }
}

/** What is to be done next in `incident`, or, with none, about the alerts that are on. */
export function nextOf({ client }: Pick<Session, 'client'>, incident: Incident | null): readonly NextItem[] {
  const { you, policy, alerts, away } = client.view;
  const now = Math.round(client.now());
  const gone = away.find(({ name }) => name === incident?.roles.ic);
  return nextItems(incident, {
    now,
    policy: policy ?? HANDBOOK_POLICY,
    me: you?.name ?? '',
    ...(alerts === null ? {} : { alerts }),
    icAbsentMs: gone === undefined ? 0 : now - Date.parse(gone.since),
  });
}

export interface Alerts {
  readonly alerts: readonly AlertView[];
  readonly silences: readonly SilenceView[];
  /** Rules that cannot be evaluated or make little sense. */
  readonly faults: readonly { readonly rule: string; readonly message: string }[];
}

/** The hub's alerts. */
export function alertsOf(session: Pick<Session, 'client'>): Promise<Alerts> {
  const look = (): Alerts | null => {
    const { alerts, silences, ruleFaults: faults } = session.client.view;
    return alerts === null ? null : { alerts, silences, faults };
  };
  return until(session, look, ALERTS_MS, 'the hub does not say which alerts there are');
}

/** The alert with this id, or the only one of this rule; else the command ends with which there are. */
export async function namedAlert(session: Pick<Session, 'client'>, name: string): Promise<AlertView> {
  const { alerts } = await alertsOf(session);
  const found = alertNamed(name, alerts);
  if (found !== undefined) return found;
  const ofRule = alerts.filter(({ rule }) => rule === name);
  const list = (ofRule.length > 1 ? ofRule : alerts)
    .map(({ alert, severity }) => `\n    ${severity}  ${alert}`)
    .join('');
  const what = ofRule.length > 1 ? `several alerts are of the rule "${name}"` : `no alert "${name}" waits or fires`;
  throw refusalOf('not_found', `${what}${list}`);
}

/** Resolves with what `look` finds, asked again at every change; ends the command with `trouble` when that takes too long. */
function until<T>(
  { client }: Pick<Session, 'client'>,
  look: () => T | null,
  ms = ANSWER_MS,
  trouble = 'the hub stopped answering',
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      off();
      reject(new Exit(EXIT.unreachable, trouble));
    }, ms);
    const check = (): void => {
      const found = look();
      if (found === null) return;
      clearTimeout(timer);
      off();
      resolve(found);
    };
    const off = client.onChange(check);
    check();
  });
}
