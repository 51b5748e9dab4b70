/**
 * The alerts that are pending or fire; Enter declares an incident with the text, severity and runbook of one of them.
 */
import { TEXT_LIMITS } from '../../incident/shapes.ts';
import { runbookFile } from '../../incident/runbook.ts';
import { parseSeverity, SEVERITY_NAME } from '../../incident/severity.ts';
import type { AlertView } from '../../protocol/messages.ts';
import { span, type Line } from '../../terminal/text.ts';
import type { HubAction, Choice } from '../action.ts';
import { placeOf, proposedAlerts } from '../alert-selection.ts';
import type { View } from '../view.ts';
import { clockTime, spanInWords } from '../../incident/time.ts';
import { severityChoices } from './severity.ts';

const AS_IT_SAYS: Choice = { value: '', label: 'as the alert says' };

/** Alerts that propose an incident first, then the others in the hub's order. */
function listed(view: View): readonly AlertView[] {
  const first = proposedAlerts(view);
  return [...first, ...(view.alerts ?? []).filter((alert) => !first.includes(alert))];
}

function choices(view: View): readonly Choice[] {
  return listed(view).map((alert) => ({
    value: alert.alert,
    label: `${alert.severity} ${alert.rule}`,
    about: `${placeOf(alert)}${stateOf(alert)} ${spanInWords(view.now - Date.parse(alert.since))}`,
  }));
}

function stateOf({ state, silencedUntil, inhibited, flapping, unknown, ending, acked }: AlertView): string {
  if (silencedUntil !== undefined) return `silenced until ${silencedUntil.slice(11, 16)}Z,`;
  if (inhibited !== undefined) return `follows from ${inhibited},`;
  const word = state === 'no_data' ? 'no data' : state;
  return `${word}${flapping ? ', flapping' : ''}${ending ? ', ending' : ''}${unknown && state !== 'no_data' ? ' ?' : ''}${acked ? `, ${acked.by} is on it,` : ''}`;
}

const lasting = ({ at, until }: NonNullable<AlertView['acked']>, { zone }: View): string =>
  `${clockTime(Date.parse(at), zone)}; asks again ${clockTime(Date.parse(until), zone)}`;

export const alertsAction: HubAction = {
  name: 'alerts',
  does: 'look at the alerts; declare an incident from one',
  usage: '/alerts',
  group: 'act',
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
      from: choices,
      initial: (view) => listed(view)[0]?.alert ?? '',
    },
    { kind: 'text', name: 'title', ask: 'What is broken?', hint: "left empty: the alert's own words" },
    { kind: 'choice', name: 'severity', ask: 'Severity', from: (view) => [AS_IT_SAYS, ...severityChoices(view)] },
  ],
  parse: () => ({}),
  print: () => null,
  command(view, { alert: id, title = '', severity = '' }) {
    const alert = view.alerts?.find((one) => one.alert === id);
    if (alert === undefined) return 'this alert is over by now';
    if (view.observer) return 'observers read; ask the IC for an invitation that may write';
    if (alert.incident !== null) return `it belongs to ${alert.incident} already: /list to look at it`;
    const words = title.trim() === '' ? alert.summary : title.trim();
    return {
      kind: 'declare',
      title: words.slice(0, TEXT_LIMITS.title),
      severity: parseSeverity(severity) ?? alert.severity,
      alert: alert.alert,
      ...(alert.runbook === null ? {} : { runbook: alert.runbook }),
    };
  },
  advice(view, { alert: id }) {
    const alert = view.alerts?.find((one) => one.alert === id);
    if (alert === undefined) return [[span('this alert is over by now', 'dim')]];
    const labels = Object.entries(alert.labels).map(([name, value]) => `${name}=${value}`);
    const rows: readonly (readonly [string, string])[] = [
      ['says', alert.summary],
      ['severity', `${alert.severity} ${SEVERITY_NAME[alert.severity]}`],
      ['since', clockTime(Date.parse(alert.since), view.zone)],
      ['acked', alert.acked === undefined ? '' : `by ${alert.acked.by}, ${lasting(alert.acked, view)}`],
      ['runbook', alert.runbook === null ? '' : (runbookFile(alert.runbook) ?? alert.runbook)],
      ['labels', labels.join(', ')],
      ['incident', alert.incident ?? ''],
    ];
    return rows.flatMap(([name, text]): Line[] =>
      text === '' ? [] : [[span(name.padEnd(9), 'dim'), span(` ${text}`)]],
    );
  },
};
