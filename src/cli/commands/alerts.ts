/** `warroom alerts`, `silence`, `unsilence`: what is pending or fires at the hub, and what is silenced. */
import { matcherOf } from '../../console/alert-selection.ts';
import { isoTime, type Zone } from '../../incident/time.ts';
import { runbookFile } from '../../incident/runbook.ts';
import type { AlertView } from '../../protocol/messages.ts';
import { durationOption, print, UsageError, zoneOf, type CliCommand } from '../command.ts';
import { alertsOf } from '../queries.ts';
import { askHub, whyOption } from '../send-command.ts';
import { readingSession } from '../session.ts';

export const alerts: CliCommand = {
  usage: 'alerts [--all]',
  about: 'the alerts that fire; with --all also those that wait or are kept quiet',
  run: (context) =>
    readingSession(context, async (session) => {
      const known = await alertsOf(session);
      const shown = known.alerts.filter((alert) => context.on('all') || isLoud(alert));
      const hidden = known.alerts.length - shown.length;
      const [now, zone] = [session.client.now(), zoneOf(context)];
      print(context, { ...known, alerts: shown.map(told) }, [
        ...(shown.length === 0 ? ['no alert fires'] : shown.flatMap((alert) => alertLines(alert, now, zone))),
        ...(hidden > 0 ? [`${hidden} more wait or are kept quiet: --all`] : []),
        ...known.silences.map(
          ({ id, matcher, by, why, until }) =>
            `silence  ${id}  ${matcher} until ${minuteOf(until, zone)}, by ${by}: ${why}`,
        ),
      ]);
      for (const { rule, message } of context.json ? [] : known.faults)
        context.err(`look at the rule "${rule}": ${message}`);
    }),
};

/** The fields of the contract, also where there is nothing to say. */
const told = (alert: AlertView) => ({
  ...alert,
  source: alert.source ?? 'rules',
  route: alert.route ?? null,
  paged: (alert.paged ?? []).map(({ level, name, at }) => ({ level, name, at })),
  acked: alert.acked ?? null,
});

const isLoud = ({ state, silencedUntil, inhibited }: AlertView): boolean =>
  state !== 'pending' && silencedUntil === undefined && inhibited === undefined;

const minuteOf = (at: string, zone: Zone): string => isoTime(Date.parse(at), zone, false);
const hhmm = (at: string): string => `${at.slice(11, 16)}Z`;

function alertLines(alert: AlertView, now: number, zone: Zone): readonly string[] {
  const { severity, state, summary, since, runbook, incident, acked, silencedUntil, inhibited } = alert;
  const marks = [
    alert.flapping && 'flapping',
    alert.unknown && state !== 'no_data' && 'not known now',
    alert.ending && 'ending',
    acked && `acked by ${acked.by} ${hhmm(acked.at)} until ${hhmm(acked.until)}`,
    silencedUntil !== undefined
      ? `silenced until ${minuteOf(silencedUntil, zone)}`
      : inhibited !== undefined && `follows from ${inhibited}`,
  ].filter(Boolean);
  const seconds = Math.max(0, Math.round((now - Date.parse(since)) / 1000));
  const about = [
    ...(alert.source === undefined ? [] : [`from ${alert.source}`]),
    incident === null ? 'in no incident' : `in ${incident}`,
    ...(runbook === null ? [] : [`runbook ${runbookFile(runbook) ?? runbook}`]),
    ...(alert.paged?.map(({ level, name, at }) => `paged ${level} ${name ?? '(nobody)'} ${hhmm(at)}`) ?? []),
    ...(alert.held === undefined
      ? []
      : [`${alert.held.level} was due at ${hhmm(alert.held.dueAt)} while the hub was down: warroom escalate`]),
  ];
  return [
    `${severity}  ${[state === 'no_data' ? 'no data' : state, ...marks].join(', ')}  ${summary}`,
    `       ${alert.alert}  for ${seconds} s, ${about.join(', ')}`,
  ];
}

export const silence: CliCommand = {
  usage: 'silence MATCHER --for 2h --why TEXT',
  about: 'keep quiet about alerts; MATCHER is an alert’s id, a rule’s name, or {target="cache"}',
  async run(context) {
    const text = context.args.join(' ').trim();
    if (text === '') throw context.wrong(`say which alerts, such as '{target="cache"}' or a rule's name`);
    const ms = durationOption(context, 'for');
    if (ms === undefined) throw context.wrong('say for how long: --for 2h');
    const why = whyOption(context);
    return askHub(
      context,
      async (session) => ({
        kind: 'silence',
        matcher: matcherOf(text, (await alertsOf(session)).alerts),
        why,
        until: new Date(session.client.now() + ms).toISOString(),
      }),
      `silenced ${text} for ${context.text('for')}`,
    );
  },
};

export const unsilence: CliCommand = {
  usage: 'unsilence ID',
  about: 'end a silence; "warroom alerts" lists them with their ids',
  run(context) {
    const [id, ...rest] = context.args;
    if (id === undefined || rest.length > 0) throw context.wrong('name one silence');
    if (!/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/i.test(id)) throw new UsageError(`"${id}" is no id of a silence`);
    return askHub(context, () => ({ kind: 'unsilence', id: id.toUpperCase() }), 'the silence has ended');
  },
};
