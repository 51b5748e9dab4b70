/** `warroom alerts`: what waits or fires at the hub now, and what is kept quiet. */
import { isoTime } from '../../incident/time.ts';
import { runbookFile } from '../../incident/runbook.ts';
import type { AlertView } from '../../protocol/messages.ts';
import type { CliCommand, CliContext } from '../command.ts';
import { alertsOf, type Alerts } from '../queries.ts';
import { readingSession } from '../session.ts';

export default {
  usage: 'alerts [--all]',
  about: 'the alerts that fire; with --all also those that wait or are kept quiet',
  words: 0,
  run: (context) =>
    readingSession(context, async (session) => {
      const known = await alertsOf(session);
      const shown = known.alerts.filter((alert) => context.on('all') || isLoud(alert));
      if (context.json) context.out(JSON.stringify({ ...known, alerts: shown }));
      else print(context, known, shown, session.client.now());
    }),
} satisfies CliCommand;

const isLoud = ({ state, silencedUntil, inhibited }: AlertView): boolean =>
  state !== 'pending' && silencedUntil === undefined && inhibited === undefined;

function print(context: CliContext, known: Alerts, shown: readonly AlertView[], now: number): void {
  const zone = context.on('local') ? 'local' : 'utc';
  const till = (until: string): string => isoTime(Date.parse(until), zone, false);
  const hidden = known.alerts.length - shown.length;
  for (const alert of shown) for (const line of lines(alert, now, till)) context.out(line);
  if (shown.length === 0) context.out('no alert fires');
  if (hidden > 0) context.out(`${hidden} more wait or are kept quiet${context.on('all') ? '' : ': --all'}`);
  for (const { id, matcher, by, why, until } of known.silences)
    context.out(`silence  ${id}  ${matcher} until ${till(until)}, by ${by}: ${why}`);
  for (const { rule, message } of known.faults) context.err(`look at the rule "${rule}": ${message}`);
}

const hhmm = (at: string): string => `${at.slice(11, 16)}Z`;

function lines(alert: AlertView, now: number, till: (until: string) => string): readonly string[] {
  const { severity, state, summary, since, runbook, incident } = alert;
  const word = state === 'no_data' ? 'no data' : state;
  const quiet =
    alert.silencedUntil !== undefined
      ? `, silenced until ${till(alert.silencedUntil)}`
      : alert.inhibited === undefined
        ? ''
        : `, follows from ${alert.inhibited}`;
  const marks = [
    alert.flapping ? ', flapping' : '',
    alert.unknown && state !== 'no_data' ? ', not known now' : '',
    alert.ending ? ', ending' : '',
    alert.acked === undefined
      ? ''
      : `, acked by ${alert.acked.by} ${hhmm(alert.acked.at)} until ${hhmm(alert.acked.until)}`,
  ].join('');
  const seconds = Math.max(0, Math.round((now - Date.parse(since)) / 1000));
  const about = [
    incident === null ? 'in no incident' : `in ${incident}`,
    ...(runbook === null ? [] : [`runbook ${runbookFile(runbook) ?? runbook}`]),
  ];
  return [
    `${severity}  ${word}${marks}${quiet}  ${summary}`,
    `       ${alert.alert}  for ${seconds} s, ${about.join(', ')}`,
  ];
}
