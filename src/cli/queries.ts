/** What a shell command reads from the hub: an incident, its events, the alerts. */
import { alertNamed } from '../console/alert-selection.ts';
import type { Event } from '../incident/event.ts';
import type { Incident } from '../incident/incident.ts';
import type { AlertView } from '../protocol/messages.ts';
import { Exit, EXIT, refusalOf, type CliContext } from './command.ts';
import { pickIncident } from './pick.ts';
import { readingSession, until, type Session } from './session.ts';

/** How long a connected hub may take to send what was asked for, ms. */
const ANSWER_MS = 15_000;
/** How long it may take to send the alerts, which follow the welcome, ms. */
const ALERTS_MS = 5_000;
/** Entries fetched at once. */
const PAGE = 500;

/** Runs `use` on the incident at hand once this side holds all the hub had. */
export const readingIncident = (
  context: CliContext,
  use: (incident: Incident, session: Session) => void | Promise<void>,
): Promise<number> =>
  readingSession(context, async (session) => {
    const { client } = session;
    const { id, head } = pickIncident(context, session);
    client.follow(id);
    const held = (): Incident | null => {
      const { incident } = client.view;
      return incident?.id === id && incident.head >= head ? incident : null;
    };
    await use(answered(await until(client, held, ANSWER_MS)), session);
  });

function answered<T>(answer: T | null, trouble = 'the hub stopped answering'): T {
  if (answer === null) throw new Exit(EXIT.unreachable, trouble);
  return answer;
}

/** All events after `after` that the followed incident has; older pages are fetched as needed. */
export async function events({ client }: Session, after: number): Promise<readonly Event[]> {
  for (;;) {
    const held = client.view.events;
    const first = held[0]?.seq ?? (client.view.incident?.head ?? 0) + 1;
    if (first <= after + 1) return held;
    const page = await client.page(Math.max(after + 1, first - PAGE), first - 1);
    answered(page.length === 0 ? null : page);
  }
}

/** The hub's alerts and silences; `faults`: rules that cannot be evaluated or make little sense. */
export async function alertsOf({ client }: Session) {
  const alerts = await until(client, () => client.view.alerts, ALERTS_MS);
  const { silences, ruleFaults: faults } = client.view;
  return { alerts: answered(alerts, 'the hub does not say which alerts there are'), silences, faults };
}

/** The alert with this id, or the only one of this rule; else an error that lists them. */
export async function namedAlert(session: Session, name: string): Promise<AlertView> {
  const { alerts } = await alertsOf(session);
  const found = alertNamed(name, alerts);
  if (found !== undefined) return found;
  const ofRule = alerts.filter(({ rule }) => rule === name);
  const isAmbiguous = ofRule.length > 1;
  const what = isAmbiguous ? `several alerts are of the rule "${name}"` : `no alert "${name}" waits or fires`;
  const list = (isAmbiguous ? ofRule : alerts).map(({ alert, severity }) => `\n    ${severity}  ${alert}`);
  throw refusalOf('not_found', `${what}${list.join('')}`);
}
