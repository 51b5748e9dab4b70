/** Evaluates the handbook's language with three-valued logic. */
import { perOf } from './type-check.ts';
import { isComparison, isSetOp, type BinaryNode, type CallNode, type Expr, type SelectorNode } from './expr.ts';
import { DATE_PARTS } from './functions.ts';
import { keyOf, NO_LABELS, type Labels } from './labels.ts';
import {
  aggregate,
  arithmetic,
  combine,
  comparison,
  finite,
  measures,
  not,
  or,
  verdicts,
  type MeasuredValue,
  type Value,
  type ThreeValued,
} from './three-valued.ts';
import { known, type EvaluationContext, type Series } from './series.ts';
import { RATE_UNITS, scaled } from './units.ts';
import { countedIncrease, difference } from './window.ts';

interface ConditionMoment extends EvaluationContext {
  /** Does an alert of this rule with compatible labels fire? For `until`. */
  readonly firing: (labels: Labels) => boolean;
}

/** The verdict for each label set; empty when no series exists. Throws JoinError. */
export function judgeCondition(expr: Expr, moment: ConditionMoment): readonly ThreeValued[] {
  return verdicts(evaluated(expr, moment, null));
}

type Measured = Omit<MeasuredValue, 'labels'>;

/** `per`: the comparison's rate unit in ms; metrics are then rates. */
function evaluated(expr: Expr, moment: ConditionMoment, per: number | null): Value {
  switch (expr.kind) {
    case 'number':
      return { kind: 'scalar', value: scaled(expr.amount, expr.unit) };
    case 'selector':
      return { kind: 'measures', items: select(expr, moment, per) };
    case 'negate':
      return arithmetic('*', evaluated(expr.expr, moment, per), { kind: 'scalar', value: -1 });
    case 'not':
      return {
        kind: 'verdicts',
        items: verdicts(evaluated(expr.expr, moment, null)).map((item) => ({ ...item, truth: not(item.truth) })),
      };
    case 'aggregate':
      return { kind: 'measures', items: aggregate(expr, evaluated(expr.expr, moment, per)) };
    case 'call':
      return call(expr, moment, per);
    case 'binary':
      return binary(expr, moment, per);
    default:
      return expr satisfies never;
  }
}

function perSeries(
  node: SelectorNode,
  { source }: EvaluationContext,
  measure: (series: Series) => Measured,
): MeasuredValue[] {
  const items: MeasuredValue[] = [];
  for (const series of source.select(node.name, node.matchers))
    items.push({ labels: series.labels, ...measure(series) });
  return items;
}

function select(node: SelectorNode, moment: EvaluationContext, per: number | null): MeasuredValue[] {
  return perSeries(node, moment, (series) => {
    if (per !== null) return counted(series, node.rangeMs ?? per, per, moment);
    const i = known(series, moment);
    return { value: i < 0 ? null : finite(series.value(i)) };
  });
}

function call({ fn, args }: CallNode, moment: ConditionMoment, per: number | null): Value {
  const arg = args[0];
  if (fn === 'time') return { kind: 'scalar', value: moment.wall / 1000 };
  const part = DATE_PARTS[fn];
  if (part !== undefined) {
    const given = arg === undefined ? null : evaluated(arg, moment, null);
    const items = given === null ? [{ labels: NO_LABELS, value: moment.wall / 1000 }] : measures(given);
    return {
      kind: 'measures',
      items: items.map((item) => ({ ...item, value: item.value === null ? null : part(item.value) })),
    };
  }
  if (arg?.kind !== 'selector') throw new Error(`${fn}() without its metric passed the check`);
  if (fn === 'absent') return { kind: 'verdicts', items: [absent(arg, moment)] };
  return { kind: 'measures', items: overWindow(fn, arg, moment, per ?? 1000) };
}

function overWindow(fn: string, node: SelectorNode, moment: EvaluationContext, per: number): MeasuredValue[] {
  const range = node.rangeMs ?? 0;
  const { now, since } = moment;
  return perSeries(node, moment, (series) => {
    if (fn === 'rate' || fn === 'increase') return counted(series, range, fn === 'rate' ? per : null, moment);
    if (fn === 'delta') return { value: difference(series, range, moment) };
    const i = series.indexAt(now);
    const inside = i >= 0 && series.time(i) >= Math.max(now - range, since);
    return { value: inside ? finite(series.value(i)) : null };
  });
}

function absent(node: SelectorNode, moment: EvaluationContext): ThreeValued {
  const labels = Object.fromEntries(
    node.matchers.filter(({ op }) => op === '=').map(({ name, value }) => [name, value] as const),
  );
  const missing = select(node, moment, null).every(({ value }) => value === null);
  return { labels, truth: missing, value: null };
}

function binary(expr: BinaryNode, moment: ConditionMoment, per: number | null): Value {
  const { op } = expr;
  if (isSetOp(op)) {
    const left = verdicts(evaluated(expr.left, moment, null));
    const right = verdicts(evaluated(expr.right, moment, null));
    return { kind: 'verdicts', items: combine(op, left, right) };
  }
  if (!isComparison(op)) return arithmetic(op, evaluated(expr.left, moment, per), evaluated(expr.right, moment, per));
  const unit = perOf(expr.right);
  const rate = unit === null ? null : (RATE_UNITS[unit] ?? null);
  const left = evaluated(expr.left, moment, rate);
  const items = comparison(op, left, evaluated(expr.right, moment, rate));
  const { until } = expr;
  const held = until === null ? [] : items.filter(({ labels }) => moment.firing(labels));
  if (until === null || held.length === 0) return { kind: 'verdicts', items };
  const cleared = new Map(
    comparison(until.op, left, evaluated(until.expr, moment, rate)).map(({ labels, truth }) => [keyOf(labels), truth]),
  );
  const firing = new Set(held);
  return {
    kind: 'verdicts',
    items: items.map((item) =>
      firing.has(item) ? { ...item, truth: or(item.truth, not(cleared.get(keyOf(item.labels)) ?? null)) } : item,
    ),
  };
}

/** The increase over the window, or with `per` its rate per so many ms. */
function counted(series: Series, windowMs: number, per: number | null, moment: EvaluationContext): Measured {
  const found = countedIncrease(series, windowMs, moment);
  if (found === null) return { value: null };
  const { increase, ms, atLeast } = found;
  // After a gap in the samples the increase covers more time than the window.
  const share = ms > windowMs * 1.5 ? windowMs / ms : 1;
  return { value: finite(per === null ? increase * share : (increase / ms) * per), atLeast };
}
