/** What a shell command reads from the hub: which incident it is about, its events, the alerts. */
import { alertNamed } from '../console/alert-selection.ts';
import type { Event } from '../incident/event.ts';
import { isEnded, type Incident } from '../incident/incident.ts';
import { idBegins } from '../incident/incident-id.ts';
import { nextItems } from '../incident/next.ts';
import type { NextItem } from '../incident/next-item.ts';
import { HANDBOOK_POLICY } from '../incident/policy.ts';
import type { OncallTable } from '../oncall/plan.ts';
import type { AlertView, DeliveryView } from '../protocol/messages.ts';
import type { IncidentSummary } from '../protocol/summary.ts';
import { Exit, EXIT, refusalOf, UsageError, type CliContext } from './command.ts';
import { readingNow, unanswered, type Reader, type Session } from './session.ts';
import type { ClientView } from '../client/view.ts';
import { until } from '../client/until.ts';
import type { Answer, Question } from '../protocol/questions.ts';

/** How long it may take to send the alerts, which follow the welcome, ms. */
const ALERTS_MS = 5_000;
/** Entries fetched at once. */
const PAGE = 500;

/** Runs `use` on the incident at hand once this side holds all that the hub, or the data folder, has of it. */
export const readingIncident = (
  context: CliContext,
  use: (incident: Incident, reader: Reader) => void | Promise<void>,
): Promise<number> =>
  readingNow(context, async (reader) => {
    const { id, head } = pickIncident(context, reader);
    await use(await reader.held(id, head), reader);
  });

/** All events after `after` that the followed incident has; older pages are fetched as needed. */
export async function eventsAfter({ client }: Reader, after: number): Promise<readonly Event[]> {
  for (;;) {
    const held = client.view.events;
    const first = held[0]?.seq ?? (client.view.incident?.head ?? 0) + 1;
    if (first <= after + 1) return held;
    const page = await client.page(Math.max(after + 1, first - PAGE), first - 1);
    if (page.length === 0) throw new Exit(EXIT.unreachable, 'the hub stopped answering');
  }
}

/** What is to be done next in `incident`, or, with none, about the alerts that are on. */
export function nextOf({ client }: Reader, incident: Incident | null): readonly NextItem[] {
  const { you, policy, alerts, away, deliveries } = client.view;
  const now = Math.round(client.now());
  const gone = away.find(({ name }) => name === incident?.roles.ic);
  return nextItems(incident, {
    now,
    policy: policy ?? HANDBOOK_POLICY,
    me: you?.name ?? '',
    ...(alerts !== null && { alerts }),
    ...(deliveries !== undefined && { deliveries }),
    icAbsentMs: gone === undefined ? 0 : now - Date.parse(gone.since),
  });
}

/** What `read` finds in the hub's answer; rejects with `unanswered`. */
export async function answerOf<T>(
  client: Reader['client'],
  question: Question,
  read: (answer: Answer) => T | undefined,
  code?: string,
): Promise<T> {
  const answer = await client.ask(question);
  const found = read(answer);
  if (found === undefined) throw unanswered(client, answer.fault, code);
  return found;
}

/** Every incident that the hub serves, the newest first, and how many are in the archive. */
export async function allIncidents({ client }: Reader) {
  const all: IncidentSummary[] = [];
  for (;;) {
    const after = all.at(-1)?.id;
    const question = { what: 'incidents', ...(after !== undefined && { after }) } as const;
    const incidents = await answerOf(client, question, (answer) => answer.incidents);
    all.push(...incidents.found);
    if (incidents.more) continue;
    const newestFirst = all.sort((a, b) => (a.declaredAt < b.declaredAt ? 1 : -1));
    return { incidents: newestFirst, archived: incidents.archived.count };
  }
}

/** What `look` finds of what follows the welcome; `what` it is, in words. */
async function told<T>(
  { client, live, trouble }: Reader,
  what: string,
  look: (view: ClientView) => T | null,
): Promise<T> {
  if (!live) throw new Exit(EXIT.unreachable, `${trouble}; only a hub knows ${what}`);
  const found = await until(client, () => look(client.view), ALERTS_MS);
  if (found === null) throw new Exit(EXIT.unreachable, `the hub does not say ${what}`);
  return found;
}

/** The hub's alerts and silences; `faults`: rules that cannot be evaluated or make little sense. */
export const alertsOf = (reader: Reader) =>
  told(
    reader,
    'which alerts there are',
    ({ alerts, silences, ruleFaults: faults }) => alerts && { alerts, silences, faults },
  );

/** Who is on call, as the hub has it; null: it has no on-call. */
export async function oncallOf(session: Session): Promise<OncallTable | null> {
  const { table } = await told(session, 'who is on call', ({ oncall }) =>
    oncall === undefined ? null : { table: oncall },
  );
  return table;
}

/** To the outside: those not delivered first. */
export const deliveriesOf = (session: Session): Promise<readonly DeliveryView[]> =>
  told(session, 'what it delivers', ({ deliveries }) => deliveries ?? null);

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

/** `--incident`, else the only open one besides `except`. Several, or none, is an error that lists them. */
export function pickIncident(context: CliContext, session: Reader, except?: string): IncidentSummary {
  const known = session.incidents;
  const wanted = context.text('incident');
  if (wanted !== undefined) {
    const found = byPrefix(known, wanted);
    if (found !== undefined) return found;
    const damaged = session.client.view.damaged.find(({ incident }) => incident === wanted);
    if (damaged !== undefined) {
      const message = `the record of ${wanted} is damaged and not served: ${damaged.reason}`;
      throw session.live
        ? refusalOf('not_found', message)
        : new Exit(EXIT.faults, message, { code: 'damaged', message });
    }
    const away = session.archived
      .map((id) => `\n    ${id} is in the archive: warroom archive --restore ${id}`)
      .join('');
    if (session.live || session.folder !== undefined)
      throw refusalOf('not_found', `there is no incident "${wanted}"${away || listed(known)}`);
    return unseen(wanted);
  }
  const open = known.filter((incident) => !isEnded(incident) && !incident.imported && incident.id !== except);
  const running = open.filter((incident) => incident.status !== 'resolved');
  const only = running.length === 1 ? running[0] : open.length === 1 ? open[0] : undefined;
  if (only !== undefined) return only;
  if (open.length > 0) throw new UsageError(`several incidents are open; say which with --incident ID${listed(open)}`);
  if (session.live || session.folder !== undefined)
    throw refusalOf('not_found', 'no incident is open; declare one: warroom declare TITLE --sev 0..3');
  throw new Exit(
    EXIT.unreachable,
    `${session.trouble}, and no open incident is known here; name it with --incident ID to queue this`,
  );
}

/**
 * The incident with this id, or the only one whose id, with or without its date, begins so; open ones first.
 * Undefined: none; several end the command.
 */
export function byPrefix(known: readonly IncidentSummary[], wanted: string): IncidentSummary | undefined {
  const exact = known.find(({ id }) => id === wanted);
  if (exact !== undefined || wanted === '') return exact;
  const begin = wanted.toLowerCase();
  const all = known.filter(({ id }) => idBegins(id, begin));
  const open = all.filter((incident) => !isEnded(incident));
  const found = open.length > 0 ? open : all;
  if (found.length > 1) throw new UsageError(`"${wanted}" begins several incidents; write more of it${listed(found)}`);
  return found[0];
}

const unseen = (id: string): IncidentSummary => ({
  id,
  title: id,
  severity: 'SEV-3',
  status: 'declared',
  drill: false,
  declaredAt: new Date(0).toISOString(),
  lead: null,
  head: 0,
});

const listed = (incidents: readonly IncidentSummary[]): string =>
  incidents.map(({ id, severity, status }) => `\n    ${id}  ${severity} ${status}`).join('');
