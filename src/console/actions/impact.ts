/** The questions of the impact matrix in a form, and what they suggest. Advice: the person decides. */
import { advise, DATA_LOSS, REVENUE, WORKAROUND, type Advice } from '../../incident/advise.ts';
import type { Policy } from '../../incident/policy.ts';
import { SEVERITY_NAME, type Severity } from '../../incident/severity.ts';
import { span, type Line } from '../../terminal/text.ts';
import type { Choice, Field, Values } from '../action.ts';

const listed = (all: readonly string[]) => (): readonly Choice[] =>
  all.toReversed().map((value) => ({ value, label: value === 'unknown' ? '?' : value }));

/** Optional; what is not answered counts as unknown. */
export const IMPACT: readonly Field[] = [
  { kind: 'text', name: 'users', ask: 'Users hit, %', inline: true },
  { kind: 'choice', name: 'dataLoss', ask: 'Data loss', inline: true, from: listed(DATA_LOSS) },
  { kind: 'choice', name: 'revenue', ask: 'Revenue', inline: true, from: listed(REVENUE) },
  { kind: 'choice', name: 'workaround', ask: 'Workaround', inline: true, from: listed(WORKAROUND) },
];

/** Asked with them. */
export const REASON: Field = { kind: 'text', name: 'why', ask: 'Reason', inline: true };

/** Why it is this level: another than the matrix suggests needs words, the same takes them from the answers. */
export function reasonFor(
  level: Severity,
  values: Values,
  policy: Policy | null,
): { readonly why?: string } | { readonly trouble: string } {
  const advice = adviceOf(values, policy);
  if (typeof advice === 'string') return { trouble: advice };
  const given = (values['why'] ?? '').trim();
  if (given !== '') return { why: given };
  if (advice === null) return {};
  return advice.severity === level
    ? { why: advice.reasons.join('; ') }
    : { trouble: `the impact suggests ${advice.severity}: give the reason why it is ${level}` };
}

/** What the answers suggest; null while nothing is answered, a sentence when the percentage is none. */
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
