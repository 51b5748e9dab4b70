/** Does a rule make sense with the metrics there are? A name one letter off and a counter taken for a level never fire. */
import { perOf } from './type-check.ts';
import { children, isComparison, selectors, type BinaryNode, type Expr } from './expr.ts';
import { kindOf } from './idle.ts';
import { nearest } from './nearest.ts';
import type { Rule } from './rule.ts';

/** Beyond so many names (pages of metrics) nobody is told which one was meant: the search would hold everything up. */
const MAX_NAMES = 2_000;

export type MetricTypes = ReadonlyMap<string, 'gauge' | 'counter'>;

/** Rules that make little sense with the metrics there are, each with why. */
export const doubtsOf = (rules: readonly Rule[], metrics: MetricTypes): { rule: Rule; message: string }[] =>
  rules.flatMap((rule) => {
    const message = doubtOf(rule, metrics);
    return message === null ? [] : [{ rule, message }];
  });

/** What makes little sense in the rule, in words; null when nothing does. A metric nobody gives yet is no fault. */
export function doubtOf({ expr, dialect }: Rule, metrics: MetricTypes): string | null {
  for (const { name } of selectors(expr)) {
    if (name === '' || metrics.has(name) || metrics.size > MAX_NAMES) continue;
    // Names of metrics are long and alike: a third of the letters, as for words, would make one of another.
    const close = nearest(name, metrics.keys(), Math.max(1, Math.floor(name.length / 8)));
    if (close !== null) return `${name} is not known here; did you mean ${close}?`;
  }
  // PromQL compares what it is given; its writers know.
  return dialect === 'prometheus' ? null : misread(expr, metrics);
}

function misread(expr: Expr, metrics: MetricTypes): string | null {
  if (expr.kind === 'binary' && isComparison(expr.op)) {
    const found = misreadSide(expr, metrics);
    if (found !== null) return found;
  }
  for (const part of children(expr)) {
    const found = misread(part, metrics);
    if (found !== null) return found;
  }
  return null;
}

function misreadSide({ op, left, right }: BinaryNode, metrics: MetricTypes): string | null {
  const per = perOf(right);
  for (const name of [...compared(left), ...compared(right)]) {
    const type = metrics.get(name);
    // A number in a JSON body does not say what it is.
    const rename = kindOf(name) === null ? `, or name it ${name}_total if it only rises` : '';
    if (per !== null && type === 'gauge') return `${name} is read as a gauge: remove /${per}${rename}`;
    if (per === null && type === 'counter')
      return `${name} only ever rises: compare what it rises by, such as ${name} ${op} 5/min`;
  }
  return null;
}

/** Metrics whose own values are compared: not what a function or a count makes of them. */
function compared(expr: Expr): string[] {
  if (expr.kind === 'selector') return [expr.name];
  if (expr.kind === 'call' || (expr.kind === 'aggregate' && expr.op === 'count')) return [];
  return children(expr).flatMap(compared);
}
