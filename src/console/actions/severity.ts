/** Set the severity, with the questions of the impact matrix and the advice they lead to. The person decides. */
import { type Advice, DATA_LOSS, REVENUE, WORKAROUND, advise } from '../../incident/advise.ts';
import { isEnded } from '../../incident/incident.ts';
import type { Policy } from '../../incident/policy.ts';
import { SEVERITIES, SEVERITY_NAME, type Severity, parseSeverity } from '../../incident/severity.ts';
import { type Line, span } from '../../terminal/text.ts';
import {
  type HubAction,
  type Choice,
  type Field,
  type Values,
  authority,
  filled,
  noIncident,
  printed,
} from '../action.ts';
import type { View } from '../view.ts';

const listed = (all: readonly string[]) => (): readonly Choice[] =>
  all.toReversed().map((value) => ({ value, label: value === 'unknown' ? '?' : value }));

/** Optional fields; no answer counts as unknown. */
export const IMPACT: readonly Field[] = [
  { kind: 'text', name: 'users', ask: 'Users hit, %', inline: true },
  { kind: 'choice', name: 'dataLoss', ask: 'Data loss', inline: true, from: listed(DATA_LOSS) },
  { kind: 'choice', name: 'revenue', ask: 'Revenue', inline: true, from: listed(REVENUE) },
  { kind: 'choice', name: 'workaround', ask: 'Workaround', inline: true, from: listed(WORKAROUND) },
];

export const REASON: Field = { kind: 'text', name: 'why', ask: 'Reason', inline: true };

type Reason = { readonly why?: string } | { readonly trouble: string };

/** The reason for `level`: the typed one, or that of the matrix, which only gives one for the level it suggests. */
export function reasonFor(level: Severity, values: Values, policy: Policy | null): Reason {
  const advice = adviceOf(values, policy);
  if (typeof advice === 'string') return { trouble: advice };
  const given = filled({ why: values['why'] ?? '' });
  if (given.why !== undefined || advice === null) return given;
  return advice.severity === level
    ? { why: advice.reasons.join('; ') }
    : { trouble: `the impact suggests ${advice.severity}: give the reason why it is ${level}` };
}

/** What the answers suggest; null while nothing is answered, a sentence for a bad percentage. */
function adviceOf(values: Values, policy: Policy | null): Advice | string | null {
  const percent = (values['users'] ?? '').trim().replace(/\s*%$/, '');
  const users = percent === '' ? null : Number(percent);
  if (users !== null && !(users >= 0 && users <= 100)) return `"${percent}" is no percentage of users: 0 to 100`;
  const answer = <T extends string>(name: string, all: readonly T[]): T | 'unknown' =>
    all.find((value) => value === values[name]) ?? 'unknown';
  const impact = {
    users,
    dataLoss: answer('dataLoss', DATA_LOSS),
    revenue: answer('revenue', REVENUE),
    workaround: answer('workaround', WORKAROUND),
  };
  const silent = users === null && Object.values(impact).every((value) => value === null || value === 'unknown');
  return silent ? null : advise(impact, policy?.impact);
}

/** The advice block of a form. */
export function impactAdvice(values: Values, policy: Policy | null): readonly Line[] {
  const advice = adviceOf(values, policy);
  if (advice === null) return [[span('answer what you know for advice by the impact matrix', 'dim')]];
  if (typeof advice === 'string') return [[span(advice, 'warn')]];
  const { severity, reasons, worseIf } = advice;
  return [
    [span(`ADVICE ${severity} ${SEVERITY_NAME[severity]}`, 'title', { bold: true }), span(`  ${reasons.join('; ')}`)],
    ...(worseIf === null ? [] : [[span('     ', 'dim'), span(`  ${worseIf}`, 'dim')]]),
  ];
}

/** The levels, each with the deadlines it starts. */
export const severityChoices = (view: View): readonly Choice[] =>
  SEVERITIES.map((value) => ({ value, label: `${value} ${SEVERITY_NAME[value]}`, about: starts(view, value) }));

function starts(view: View, severity: Severity): string {
  const policy = view.policy?.severities[severity];
  if (policy === undefined) return '';
  const update = policy.updateMs === null ? 'no update clock' : `update every ${policy.updateMs / 60_000} min`;
  return `ack ${policy.ackMs / 60_000} min, ${update}`;
}

export const severityAction: HubAction = {
  name: 'sev',
  alias: ['severity'],
  key: 'f2',
  alt: 'alt-s',
  does: 'set the severity',
  hint: 'severity',
  usage: '/sev 0..3 [why]',
  whyNot(view) {
    if (view.incident !== null && isEnded(view.incident)) return `the incident is ${view.incident.status}`;
    return noIncident(view) ?? authority(view, 'sets the severity');
  },
  title: (view) => `SET SEVERITY   now ${view.incident?.severity ?? ''}`,
  verb: 'set',
  fields: [
    {
      kind: 'choice',
      name: 'to',
      ask: 'Severity',
      needed: true,
      from: severityChoices,
      initial: (view) => view.incident?.severity ?? '',
    },
    REASON,
    ...IMPACT,
  ],
  parse(args) {
    const [, word = '', why = ''] = /^(\S*)\s*([\s\S]*)$/.exec(args) ?? [];
    const two = /^sev$/i.test(word) ? /^([0-3])\s*([\s\S]*)$/.exec(why) : null;
    const to = parseSeverity(two?.[1] ?? word);
    if (to === null) return `"${word}" is no severity: 0 Critical, 1 High, 2 Medium or 3 Low, as in /sev 1 why`;
    return { to, why: two?.[2] ?? why };
  },
  advice: (view, values) => impactAdvice(values, view.policy),
  print: (command) => (command.kind === 'set_severity' ? printed('/sev', command.to, command.why) : null),
  command(view, values) {
    const level = parseSeverity(values['to'] ?? '');
    if (level === null) return 'pick a severity';
    const seen = view.incident?.severity;
    if (level === seen) return `it is ${level} already`;
    const reason = reasonFor(level, values, view.policy);
    if ('trouble' in reason) return reason.trouble;
    return { kind: 'set_severity', to: level, ...(seen ? { seen } : {}), ...reason };
  },
  watch: (view) => ({ what: 'severity', value: view.incident?.severity ?? null }),
};
