/** Finds rules that can never fire with the metrics and targets there are. */
import { children, isComparison, nodes, type BinaryNode, type Expr } from './expr.ts';
import { nearest } from '../incident/fuzzy.ts';
import type { Rule, SourceLocation } from './rule.ts';
import { perOf } from './type-check.ts';

/** With more names than this the search for a similar one would take too long. */
const MAX_NAMES = 2_000;

export type KnownMetricTypes = ReadonlyMap<string, 'gauge' | 'counter'>;

export interface RuleDoubt {
  readonly rule: Rule;
  readonly location: SourceLocation;
  readonly message: string;
}

/** Has no metric of it a target, so that `nodata alert` must not fire? A page over HTTP may hold any metric. */
export const isIdle = ({ metrics }: Rule, kinds: ReadonlySet<string>): boolean =>
  !kinds.has('http') && metrics.length > 0 && metrics.every(({ kind }) => kind !== null && !kinds.has(kind));

/** The first doubt of each rule. */
export const doubtsOf = (rules: readonly Rule[], metrics: KnownMetricTypes): RuleDoubt[] =>
  rules.flatMap((rule) => doubtOf(rule, metrics) ?? []);

/** A misspelt metric, or a counter compared like a gauge. An unknown metric alone is no fault. */
export function doubtOf(rule: Rule, metrics: KnownMetricTypes): RuleDoubt | null {
  for (const { name, location } of rule.metrics) {
    if (name === '' || metrics.has(name) || metrics.size > MAX_NAMES) continue;
    // Metric names are long and similar: few letters may differ.
    const close = nearest(name, metrics.keys(), Math.max(1, Math.floor(name.length / 8)));
    if (close !== null) return { rule, location, message: `${name} is not known here; did you mean ${close}?` };
  }
  // PromQL rules often compare counters on purpose.
  if (rule.dialect === 'prometheus') return null;
  for (const node of nodes(rule.expr)) {
    const found = node.kind === 'binary' && isComparison(node.op) ? misread(rule, node, metrics) : null;
    if (found !== null) return found;
  }
  return null;
}

function misread(rule: Rule, { op, left, right }: BinaryNode, metrics: KnownMetricTypes): RuleDoubt | null {
  const per = perOf(right);
  for (const name of [...compared(left), ...compared(right)]) {
    const asked = rule.metrics.find((metric) => metric.name === name);
    const location = asked?.location ?? rule.location;
    const type = metrics.get(name);
    // The type of a number in a JSON body is not known.
    const rename = asked?.kind == null ? `, or name it ${name}_total if it only rises` : '';
    const rises = `${name} only ever rises: compare what it rises by, such as ${name} ${op} 5/min`;
    if (per !== null && type === 'gauge')
      return { rule, location, message: `${name} is read as a gauge: remove /${per}${rename}` };
    if (per === null && type === 'counter') return { rule, location, message: rises };
  }
  return null;
}

/** Metrics that are compared directly, not through a function or a count. */
function compared(expr: Expr): string[] {
  if (expr.kind === 'selector') return [expr.name];
  if (expr.kind === 'call' || (expr.kind === 'aggregate' && expr.op === 'count')) return [];
  return children(expr).flatMap(compared);
}
