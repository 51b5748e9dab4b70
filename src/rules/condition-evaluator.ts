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
  return verdicts(new Evaluation(moment).value(expr, null));
}

type Measured = Omit<MeasuredValue, 'labels'>;

class Evaluation {
  private readonly moment: ConditionMoment;

  constructor(moment: ConditionMoment) {
    this.moment = moment;
  }

  /** `per`: the comparison's rate unit in ms; metrics are then rates. */
  value(expr: Expr, per: number | null): Value {
    switch (expr.kind) {
      case 'number':
        return { kind: 'scalar', value: scaled(expr.amount, expr.unit) };
      case 'selector':
        return { kind: 'measures', items: this.select(expr, per) };
      case 'negate':
        return arithmetic('*', this.value(expr.expr, per), { kind: 'scalar', value: -1 });
      case 'not':
        return {
          kind: 'verdicts',
          items: verdicts(this.value(expr.expr, null)).map((item) => ({ ...item, truth: not(item.truth) })),
        };
      case 'aggregate':
        return { kind: 'measures', items: aggregate(expr, this.value(expr.expr, per)) };
      case 'call':
        return this.call(expr, per);
      case 'binary':
        return this.binary(expr, per);
      default:
        return expr satisfies never;
    }
  }

  private perSeries(node: SelectorNode, measure: (series: Series) => Measured): MeasuredValue[] {
    const items: MeasuredValue[] = [];
    for (const series of this.moment.source.select(node.name, node.matchers))
      items.push({ labels: series.labels, ...measure(series) });
    return items;
  }

  private select(node: SelectorNode, per: number | null): MeasuredValue[] {
    return this.perSeries(node, (series) => {
      if (per !== null) return counted(series, node.rangeMs ?? per, per, this.moment);
      const i = known(series, this.moment);
      return { value: i < 0 ? null : finite(series.value(i)) };
    });
  }

  private call({ fn, args }: CallNode, per: number | null): Value {
    const arg = args[0];
    if (fn === 'time') return { kind: 'scalar', value: this.moment.wall / 1000 };
    const part = DATE_PARTS[fn];
    if (part !== undefined) {
      const given = arg === undefined ? null : this.value(arg, null);
      const items = given === null ? [{ labels: NO_LABELS, value: this.moment.wall / 1000 }] : measures(given);
      return {
        kind: 'measures',
        items: items.map((item) => ({ ...item, value: item.value === null ? null : part(item.value) })),
      };
    }
    if (arg?.kind !== 'selector') throw new Error(`${fn}() without its metric passed the check`);
    if (fn === 'absent') return { kind: 'verdicts', items: [this.absent(arg)] };
    return { kind: 'measures', items: this.overWindow(fn, arg, per ?? 1000) };
  }

  private overWindow(fn: string, node: SelectorNode, per: number): MeasuredValue[] {
    const range = node.rangeMs ?? 0;
    const { now, since } = this.moment;
    return this.perSeries(node, (series) => {
      if (fn === 'rate' || fn === 'increase') return counted(series, range, fn === 'rate' ? per : null, this.moment);
      if (fn === 'delta') return { value: difference(series, range, this.moment) };
      const i = series.indexAt(now);
      const inside = i >= 0 && series.time(i) >= Math.max(now - range, since);
      return { value: inside ? finite(series.value(i)) : null };
    });
  }

  private absent(node: SelectorNode): ThreeValued {
    const labels = Object.fromEntries(
      node.matchers.filter(({ op }) => op === '=').map(({ name, value }) => [name, value] as const),
    );
    const missing = this.select(node, null).every(({ value }) => value === null);
    return { labels, truth: missing, value: null };
  }

  private binary(expr: BinaryNode, per: number | null): Value {
    const { op } = expr;
    if (isSetOp(op)) {
      const left = verdicts(this.value(expr.left, null));
      const right = verdicts(this.value(expr.right, null));
      return { kind: 'verdicts', items: combine(op, left, right) };
    }
    if (!isComparison(op)) return arithmetic(op, this.value(expr.left, per), this.value(expr.right, per));
    const unit = perOf(expr.right);
    const rate = unit === null ? null : (RATE_UNITS[unit] ?? null);
    const left = this.value(expr.left, rate);
    const items = comparison(op, left, this.value(expr.right, rate));
    const { until } = expr;
    const held = until === null ? [] : items.filter(({ labels }) => this.moment.firing(labels));
    if (until === null || held.length === 0) return { kind: 'verdicts', items };
    const cleared = new Map(
      comparison(until.op, left, this.value(until.expr, rate)).map(({ labels, truth }) => [keyOf(labels), truth]),
    );
    const firing = new Set(held);
    return {
      kind: 'verdicts',
      items: items.map((item) =>
        firing.has(item) ? { ...item, truth: or(item.truth, not(cleared.get(keyOf(item.labels)) ?? null)) } : item,
      ),
    };
  }
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
