/** Set the severity, with the questions of the impact matrix and the advice they lead to. The person decides. */
import {
  type Advice,
  DATA_LOSS,
  type ImpactParts,
  REVENUE,
  WORKAROUND,
  advise,
  impactInWords,
  impactOf,
} from '../../incident/advise.ts';
import type { Policy } from '../../incident/policy.ts';
import { SEVERITIES, SEVERITY_NAME, type Severity, parseSeverity } from '../../incident/severity.ts';
import { formatDuration } from '../../incident/time.ts';
import { defined } from '../../incident/topic.ts';
import { type Line, span } from '../../terminal/text.ts';
import {
  type HubAction,
  type Choice,
  type Field,
  type Values,
  authority,
  filled,
  firstWord,
  notOpen,
} from '../action.ts';
import type { View } from '../view.ts';

/** Optional fields; no answer counts as unknown. */
export const IMPACT_FIELDS: readonly Field[] = [
  { kind: 'text', name: 'users', ask: 'Users hit, %', inline: true },
  choice('dataLoss', 'Data loss', DATA_LOSS),
  choice('revenue', 'Revenue', REVENUE),
  choice('workaround', 'Workaround', WORKAROUND),
  { kind: 'text', name: 'minutes', ask: 'Down, minutes', inline: true },
];

function choice(name: keyof ImpactParts, ask: string, all: readonly string[]): Field {
  const from = () => all.toReversed().map((value) => ({ value, label: value === 'unknown' ? '?' : value }));
  return { kind: 'choice', name, ask, inline: true, from };
}

export const REASON: Field = { kind: 'text', name: 'why', ask: 'Reason', inline: true };

/** The answers of a form; a sentence for a bad number. */
function impactIn(values: Values): ImpactParts | string {
  const percent = (values['users'] ?? '').trim().replace(/\s*%$/, '');
  const minutes = (values['minutes'] ?? '').trim();
  if (!(Number(percent) >= 0 && Number(percent) <= 100)) return `"${percent}" is no percentage of users: 0 to 100`;
  if (!/^\d{0,6}$/.test(minutes)) return `"${minutes}" is no number of minutes`;
  const answer = <T extends string>(name: string, all: readonly T[]): T | undefined =>
    all.find((value) => value === values[name] && value !== 'unknown');
  return defined<ImpactParts>({
    users: percent === '' ? undefined : Number(percent),
    dataLoss: answer('dataLoss', DATA_LOSS),
    revenue: answer('revenue', REVENUE),
    workaround: answer('workaround', WORKAROUND),
    minutes: minutes === '' ? undefined : Number(minutes),
  });
}

/** What the answers suggest; null while none of them counts. */
const adviceOf = (impact: ImpactParts, policy: Policy | null): Advice | null =>
  Object.keys(impact).every((part) => part === 'minutes') ? null : advise(impactOf(impact), policy?.impact);

/** The severity that the answers suggest; null while none of them counts. */
export function advisedSeverity({ policy }: View, values: Values): Severity | null {
  const impact = impactIn(values);
  return typeof impact === 'string' ? null : (adviceOf(impact, policy)?.severity ?? null);
}

/**
 * Reason and impact as parts of a command that sets `level`; a sentence where they are not enough. The matrix gives the
 * reason for the level it suggests, a person for any other.
 */
export function groundsFor(level: Severity, values: Values, policy: Policy | null) {
  const impact = impactIn(values);
  if (typeof impact === 'string') return impact;
  const advice = adviceOf(impact, policy);
  const { why = advice?.severity === level ? advice.reasons.join('; ') : undefined } = filled({
    why: values['why'] ?? '',
  });
  if (why === undefined && advice !== null)
    return `the impact suggests ${advice.severity}: give the reason why it is ${level}`;
  return { ...(why !== undefined && { why }), ...(Object.keys(impact).length > 0 && { impact }) };
}

/** The advice block of a form. */
export function impactAdvice(values: Values, policy: Policy | null): readonly Line[] {
  const impact = impactIn(values);
  if (typeof impact === 'string') return [[span(impact, 'warn')]];
  const advice = adviceOf(impact, policy);
  if (advice === null) return [[span('answer what you know for advice by the impact matrix', 'dim')]];
  const { severity, reasons, worseIf } = advice;
  return [
    [span(`ADVICE ${severity} ${SEVERITY_NAME[severity]}`, 'title', { bold: true }), span(`  ${reasons.join('; ')}`)],
    ...(worseIf === null ? [] : [[span('     ', 'dim'), span(`  ${worseIf}`, 'dim')]]),
  ];
}

/** The levels as the handbook describes them, each with an example and the deadlines it starts. */
export const severityChoices = (view: View): readonly Choice[] =>
  SEVERITIES.map((value) => {
    const { name = SEVERITY_NAME[value], description, example } = view.policy?.severities[value] ?? {};
    const label = `${value} ${name}`;
    const deadlines = starts(view, value);
    if (description === undefined) return { value, label, about: deadlines };
    return { value, label, about: description, more: example === undefined ? deadlines : `${example}; ${deadlines}` };
  });

function starts(view: View, severity: Severity): string {
  const policy = view.policy?.severities[severity];
  if (policy === undefined) return '';
  const update = policy.updateMs === null ? 'no updates' : `update every ${formatDuration(policy.updateMs)}`;
  return `ack ${formatDuration(policy.ackMs)}, ${update}`;
}

export const severityAction: HubAction = {
  name: 'sev',
  alias: ['severity'],
  key: 'f2',
  alt: 'alt-s',
  does: 'set the severity',
  hint: 'severity',
  usage: '/sev 0..3 [why]',
  whyNot: (view) => notOpen(view) ?? authority(view, 'sets the severity'),
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
      advised: advisedSeverity,
    },
    // They begin with what is recorded.
    ...IMPACT_FIELDS.map((field) => ({
      ...field,
      initial: ({ incident }: View) =>
        String(Object.entries(incident?.impact ?? {}).find(([part]) => part === field.name)?.[1] ?? ''),
    })),
    REASON,
  ],
  parse(args) {
    const [word, why] = firstWord(args);
    const two = /^sev$/i.test(word) ? /^([0-3])\s*([\s\S]*)$/.exec(why) : null;
    const to = parseSeverity(two?.[1] ?? word);
    if (to === null) return `"${word}" is no severity: 0 Critical, 1 High, 2 Medium or 3 Low, as in /sev 1 why`;
    return { to, why: two?.[2] ?? why };
  },
  advice: (view, values) => impactAdvice(values, view.policy),
  print: { set_severity: ({ to, why }) => [to, why] },
  command(view, values) {
    const level = parseSeverity(values['to'] ?? '');
    if (level === null) return 'pick a severity';
    const impact = impactIn(values);
    if (typeof impact === 'string') return impact;
    const seen = view.incident?.severity;
    const known = view.incident?.impact ?? {};
    const isNew = impactInWords({ ...known, ...impact }) !== impactInWords(known);
    if (level === seen) return isNew ? { kind: 'record_impact', impact } : `it is ${level} already`;
    const grounds = groundsFor(level, values, view.policy);
    return typeof grounds === 'string'
      ? grounds
      : { kind: 'set_severity', to: level, ...(seen && { seen }), ...grounds };
  },
  watch: (view) => ({ what: 'severity', value: view.incident?.severity ?? null }),
};
