/** Actions on alerts: acknowledge them or the incident, declare an incident from one, silence them. */
import { isAcknowledged, isEnded, type Incident } from '../../incident/incident.ts';
import { isCalled } from '../../incident/paging.ts';
import { runbookFile } from '../../incident/runbook.ts';
import { parseSeverity, SEVERITY_NAME } from '../../incident/severity.ts';
import { TEXT_LIMITS } from '../../incident/shapes.ts';
import { dayedTime, isoTime, spanInWords } from '../../incident/time.ts';
import { readFuture } from '../../incident/time-input.ts';
import type { AlertView } from '../../protocol/messages.ts';
import { span, type Line } from '../../terminal/text.ts';
import { type Choice, type HubAction, mayNotWrite, notOpen } from '../action.ts';
import {
  alertNamed,
  begunBy,
  matcherFor,
  matcherOf,
  alertTarget,
  proposedAlerts,
  unacknowledgedAlerts,
} from '../alert-selection.ts';
import type { View } from '../view.ts';
import { severityChoices } from './severity.ts';

/** `SEV-1 pool  db  fires 4 min`; `words`: the state. */
const choiceOf = (alert: AlertView, words: string, view: View): Choice => ({
  value: alert.alert,
  label: `${alert.severity} ${alert.rule}`,
  about: `${alertTarget(alert)}${words} ${spanInWords(view.now - Date.parse(alert.since))}`,
});

export const INCIDENT = 'incident';
export const incidentChoice = ({ title }: Incident): Choice => ({
  value: INCIDENT,
  label: 'the incident',
  about: title ?? '',
});

/** The open incident while nobody acknowledged it, or somebody called this person. */
const unowned = ({ incident, me }: View): Incident | null =>
  incident === null || isEnded(incident) || (isAcknowledged(incident) && !isCalled(incident.paging, me))
    ? null
    : incident;

/** What can be acknowledged, in the order of `/ack` without arguments: the incident, unacknowledged alerts, one's own. */
function acknowledgeable(view: View): readonly Choice[] {
  const incident = unowned(view);
  const mine = (view.alerts ?? []).filter(({ acked }) => acked?.by === view.me);
  return [
    ...(incident === null ? [] : [incidentChoice(incident)]),
    ...[...unacknowledgedAlerts(view), ...mine].map((alert) => choiceOf(alert, alert.acked ? 'yours' : 'fires', view)),
  ];
}

const isTaken = ({ rule, acked }: AlertView): string => `${acked?.by ?? 'somebody'} acknowledged ${rule} already`;

export const acknowledgeAction: HubAction = {
  name: 'ack',
  alt: 'alt-a',
  does: 'acknowledge: you are on it',
  hint: 'ack',
  usage: '/ack [alert]',
  whyNot(view) {
    if (acknowledgeable(view).length > 0) return mayNotWrite(view);
    const { incident } = view;
    if (incident !== null && isAcknowledged(incident))
      return `${incident.ackedBy ?? 'somebody'} acknowledged it already`;
    const taken = view.alerts?.find(({ acked }) => acked !== undefined);
    return taken === undefined || (incident !== null && isEnded(incident)) ? notOpen(view) : isTaken(taken);
  },
  atOnce: true,
  fields: [{ kind: 'choice', name: 'what', ask: 'What', needed: true, from: acknowledgeable }],
  parse: (args, view) => ({ what: args || (acknowledgeable(view)[0]?.value ?? '') }),
  print: { acknowledge: ({ alert }) => [alert] },
  command(view, { what: named = '' }) {
    if (named === INCIDENT) return { kind: 'acknowledge' };
    const alert = alertNamed(named, view.alerts ?? []);
    if (alert === undefined) return `no alert "${named}" fires, or several do: /alerts lists them`;
    if (alert.state === 'pending') return 'it waits: there is nothing to acknowledge until it fires';
    if (alert.acked !== undefined && alert.acked.by !== view.me) return isTaken(alert);
    return { kind: 'acknowledge', alert: alert.alert };
  },
};

/** Alerts that propose an incident first, then the others in the hub's order. */
function listed(view: View): readonly AlertView[] {
  const first = proposedAlerts(view);
  return [...first, ...(view.alerts ?? []).filter((alert) => !first.includes(alert))];
}

function stateOf({ state, silencedUntil, inhibited, flapping, unknown, ending, acked }: AlertView): string {
  if (silencedUntil !== undefined) return `silenced until ${silencedUntil.slice(11, 16)}Z,`;
  if (inhibited !== undefined) return `follows from ${inhibited},`;
  const word = state === 'no_data' ? 'no data' : state;
  return `${word}${flapping ? ', flapping' : ''}${ending ? ', ending' : ''}${unknown && state !== 'no_data' ? ' ?' : ''}${acked ? `, ${acked.by} is on it,` : ''}`;
}

const AS_IT_SAYS: Choice = { value: '', label: 'as the alert says' };

export const alertsAction: HubAction = {
  name: 'alerts',
  does: 'look at the alerts; declare an incident from one',
  whyNot(view) {
    if (view.alerts === undefined) return 'the hub has not said yet which alerts there are';
    return view.alerts.length === 0 ? 'no alert waits or fires' : null;
  },
  title: (view) => `ALERTS  ${view.alerts?.length ?? 0}   Enter declares an incident`,
  verb: 'declare from',
  fields: [
    {
      kind: 'choice',
      name: 'alert',
      ask: 'Alert',
      needed: true,
      from: (view) => listed(view).map((alert) => choiceOf(alert, stateOf(alert), view)),
    },
    { kind: 'text', name: 'title', ask: 'What is broken?', hint: "left empty: the alert's own words" },
    { kind: 'choice', name: 'severity', ask: 'Severity', from: (view) => [AS_IT_SAYS, ...severityChoices(view)] },
  ],
  parse: () => ({}),
  command(view, { alert: id, title = '', severity = '' }) {
    const alert = view.alerts?.find((one) => one.alert === id);
    if (alert === undefined) return 'this alert is over by now';
    if (view.observer) return 'observers read; ask the IC for an invitation that may write';
    if (alert.incident !== null) return `it belongs to ${alert.incident} already: /list to look at it`;
    return {
      kind: 'declare',
      title: (title.trim() || alert.summary).slice(0, TEXT_LIMITS.title),
      severity: parseSeverity(severity) ?? alert.severity,
      ...begunBy(alert),
    };
  },
  advice(view, { alert: id }) {
    const alert = view.alerts?.find((one) => one.alert === id);
    if (alert === undefined) return [[span('this alert is over by now', 'dim')]];
    const { summary, severity, acked, runbook, labels, incident } = alert;
    const at = (instant: string): string => dayedTime(Date.parse(instant), view.now, view.zone, true);
    const rows = {
      says: summary,
      severity: `${severity} ${SEVERITY_NAME[severity]}`,
      since: at(alert.since),
      from: alert.source && `${alert.source}, as ${alert.alert}`,
      acked: acked && `by ${acked.by}, ${at(acked.at)}; asks again ${at(acked.until)}`,
      runbook: runbook && (runbookFile(runbook) ?? runbook),
      labels: Object.entries(labels)
        .map(([name, value]) => `${name}=${value}`)
        .join(', '),
      incident,
    };
    return Object.entries(rows).flatMap(([name, text]): Line[] =>
      text ? [[span(name.padEnd(9), 'dim'), span(` ${text}`)]] : [],
    );
  },
};

/** Matchers in braces, or words in quotes, or one word; then how long; then why. */
const SILENCE = /^(\{[^}]*\}|"[^"]*"|\S+)\s+(?:for\s+)?(\d\S*)\s+(\S[\s\S]*)$/;

export const silenceActions: readonly HubAction[] = [
  {
    name: 'silence',
    does: 'keep quiet about alerts for a while',
    usage: '/silence {target="cache"} 2h why',
    whyNot: mayNotWrite,
    title: () => 'SILENCE ALERTS',
    fields: [
      {
        kind: 'text',
        name: 'matcher',
        ask: 'Which alerts?',
        needed: true,
        hint: 'the name of a rule, or {target="cache", severity=~"SEV-[23]"}',
        initial: (view) => {
          const alert = proposedAlerts(view)[0] ?? view.alerts?.[0];
          return alert === undefined ? '' : matcherFor(alert);
        },
      },
      {
        kind: 'text',
        name: 'for',
        ask: 'How long?',
        needed: true,
        hint: '30m, 2h, or until 16:00',
        initial: () => '1h',
      },
      { kind: 'text', name: 'why', ask: 'Why?', needed: true },
    ],
    parse(args) {
      const found = SILENCE.exec(args);
      if (found === null) return 'say which alerts, how long, and why: /silence {target="cache"} 2h being moved';
      const [, matcher = '', span = '', why = ''] = found;
      return { matcher: matcher.replace(/^"(.*)"$/, '$1'), for: span, why };
    },
    // With its day: the time alone, typed again later, would be that of the next day.
    print: { silence: ({ matcher, until, why }, { zone }) => [matcher, isoTime(Date.parse(until), zone), why] },
    command(view, values) {
      const { matcher = '', for: span = '', why = '' } = values;
      const until = readFuture(span.trim(), view);
      if (typeof until !== 'string') return `"${span}" is no span: 30m, 2h, 1h30m, or a time such as 16:00`;
      return { kind: 'silence', matcher: matcherOf(matcher, view.alerts ?? []), why: why.trim(), until };
    },
  },
  {
    name: 'unsilence',
    does: 'end a silence',
    usage: '/unsilence ID (warroom alerts lists them)',
    whyNot: mayNotWrite,
    title: () => 'END A SILENCE',
    fields: [{ kind: 'text', name: 'id', ask: 'Which one?', needed: true, hint: 'its id, as warroom alerts lists it' }],
    print: { unsilence: ({ id }) => [id] },
    command: (_view, { id = '' }) => ({ kind: 'unsilence', id: id.trim().toUpperCase() }),
  },
];
