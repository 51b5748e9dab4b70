/** Evaluates the handbook's language: three-valued, where what is not known stays unknown. */
import { perOf } from './check.ts';
import { calculate, compare, isComparison, isSetOp } from './expr.ts';
import type { AggregateNode, Aggregate, BinaryNode, CallNode, Comparison, Expr, SelectorNode } from './expr.ts';
import { DATE_PARTS } from './functions.ts';
import { drop, keyOf, NO_LABELS, pick } from './labels.ts';
import type { Labels } from './labels.ts';
import { and, not, or, unless } from './logic.ts';
import type { Truth } from './logic.ts';
import { join } from './join.ts';
import { known } from './store.ts';
import type { Moment } from './store.ts';
import { RATE_UNITS, scaled } from './units.ts';
import { countedIncrease, difference } from './window.ts';

/** A number for one label set; null is unknown. */
export interface Measure {
  readonly labels: Labels;
  readonly value: number | null;
}
/** What a condition says of one label set; `value` is the left side of its leftmost comparison. */
export interface Verdict extends Measure {
  readonly truth: Truth;
}
type Value =
  | { readonly kind: 'scalar'; readonly value: number }
  | { readonly kind: 'measures'; readonly items: readonly Measure[] }
  | { readonly kind: 'verdicts'; readonly items: readonly Verdict[] };

export interface ConditionMoment extends Moment {
  /** Is an alert of this rule, agreeing with these labels, firing? `until` asks. */
  readonly firing: (labels: Labels) => boolean;
  /** Told of what makes no sense with the data there is: a rate of a gauge. */
  readonly note: (message: string) => void;
}

/** The condition's verdict for each label set. Empty: no series it speaks of exists. Throws JoinError. */
export function judge(expr: Expr, moment: ConditionMoment): readonly Verdict[] {
  return verdicts(new Evaluation(moment).value(expr, null));
}

const known01 = (value: number | null): Truth => (value === null ? null : value !== 0);

function verdicts(value: Value): readonly Verdict[] {
  switch (value.kind) {
    case 'scalar':
      return [{ labels: NO_LABELS, value: value.value, truth: known01(value.value) }];
    case 'measures':
      return value.items.map(({ labels, value }) => ({ labels, value, truth: known01(value) }));
    case 'verdicts':
      return value.items;
    default:
      return value satisfies never;
  }
}

const measures = (value: Value): readonly Measure[] =>
  value.kind === 'scalar' ? [{ labels: NO_LABELS, value: value.value }] : value.items;

/** NaN and infinities of a division by zero are no knowledge. */
const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

class Evaluation {
  private readonly moment: ConditionMoment;

  constructor(moment: ConditionMoment) {
    this.moment = moment;
  }

  /** `per`: milliseconds of the rate unit on the other side of a comparison; metrics are then rates. */
  value(expr: Expr, per: number | null): Value {
    switch (expr.kind) {
      case 'number':
        return { kind: 'scalar', value: scaled(expr.amount, expr.unit) };
      case 'selector':
        return { kind: 'measures', items: this.select(expr, per) };
      case 'negate':
        return this.arithmetic({ kind: 'scalar', value: 0 }, this.value(expr.expr, per), '-');
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

  private select(node: SelectorNode, per: number | null): Measure[] {
    const items: Measure[] = [];
    for (const series of this.moment.source.select(node.name, node.matchers)) {
      if (per === null) {
        const i = known(series, this.moment);
        items.push({ labels: series.labels, value: i < 0 ? null : finite(series.value(i)) });
      } else {
        if (series.type === 'gauge')
          this.moment.note(`${series.metric} is a gauge, no counter; a rate of it means little`);
        const counted = countedIncrease(series, node.rangeMs ?? per, this.moment);
        items.push({
          labels: series.labels,
          value: counted === null ? null : finite((counted.increase / counted.ms) * per),
        });
      }
    }
    return items;
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

  private overWindow(fn: string, node: SelectorNode, per: number): Measure[] {
    const range = node.rangeMs ?? 0;
    const items: Measure[] = [];
    for (const series of this.moment.source.select(node.name, node.matchers)) {
      let value: number | null;
      if (fn === 'delta') {
        value = difference(series, range, this.moment);
      } else if (fn === 'last') {
        const i = series.indexAt(this.moment.now);
        const inside = i >= 0 && series.time(i) >= Math.max(this.moment.now - range, this.moment.since);
        value = inside ? series.value(i) : null;
      } else {
        const counted = countedIncrease(series, range, this.moment);
        value = counted === null ? null : fn === 'rate' ? (counted.increase / counted.ms) * per : counted.increase;
      }
      items.push({ labels: series.labels, value: value === null ? null : finite(value) });
    }
    return items;
  }

  /** True when nothing is known of any series; never unknown. */
  private absent(node: SelectorNode): Verdict {
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
    if (!isComparison(op)) return this.arithmetic(this.value(expr.left, per), this.value(expr.right, per), op);
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

  private arithmetic(left: Value, right: Value, op: Parameters<typeof calculate>[0]): Value {
    if (left.kind === 'scalar' && right.kind === 'scalar') {
      return { kind: 'scalar', value: calculate(op, left.value, right.value) };
    }
    const items = pairs(left, right).map(({ labels, left, right }) => ({
      labels,
      value: left === null || right === null ? null : finite(calculate(op, left, right)),
    }));
    return { kind: 'measures', items };
  }
}

function comparison(op: Comparison, left: Value, right: Value): Verdict[] {
  return pairs(left, right).map(({ labels, left, right }) => ({
    labels,
    value: left,
    truth: left === null || right === null ? null : compare(op, left, right),
  }));
}

interface Pair {
  readonly labels: Labels;
  readonly left: number | null;
  readonly right: number | null;
}

/** The two sides brought together: a plain number meets every series, series meet by the labels they share. */
function pairs(left: Value, right: Value): Pair[] {
  if (right.kind === 'scalar') {
    return measures(left).map(({ labels, value }) => ({ labels, left: value, right: right.value }));
  }
  if (left.kind === 'scalar') {
    return measures(right).map(({ labels, value }) => ({ labels, left: left.value, right: value }));
  }
  const { matched, leftOnly } = join(measures(left), measures(right));
  return [
    ...matched.map(({ labels, left, right }) => ({ labels, left: left.value, right: right.value })),
    ...leftOnly.map(({ labels, value }) => ({ labels, left: value, right: null })),
  ];
}

/** A side that has no series for the other: `and` is unknown, `or` and `unless` go by the side that is there. */
function combine(op: 'and' | 'or' | 'unless', left: readonly Verdict[], right: readonly Verdict[]): Verdict[] {
  const { matched, leftOnly, rightOnly } = join(left, right);
  const logic = { and, or, unless }[op];
  const items = matched.map(({ labels, left, right }) => ({
    labels,
    value: left.value ?? right.value,
    truth: logic(left.truth, right.truth),
  }));
  for (const item of leftOnly) items.push(op === 'and' ? { ...item, truth: and(item.truth, null) } : item);
  if (op === 'or') items.push(...rightOnly);
  return items;
}

function aggregate({ op, grouping }: AggregateNode, of: Value): Measure[] {
  const groups = new Map<string, { labels: Labels; members: (number | null)[] }>();
  const items =
    of.kind === 'verdicts'
      ? of.items.map(({ labels, truth }) => ({ labels, value: truth === null ? null : Number(truth) }))
      : measures(of);
  for (const { labels, value } of items) {
    const of =
      grouping === null
        ? NO_LABELS
        : grouping.mode === 'by'
          ? pick(labels, grouping.labels)
          : drop(labels, grouping.labels);
    const key = keyOf(of);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { labels: of, members: [value] });
    else group.members.push(value);
  }
  const counting = of.kind === 'verdicts' ? 'sum' : op;
  return [...groups.values()].map(({ labels, members }) => ({ labels, value: reduce(counting, members) }));
}

/** One unknown member makes the whole unknown: half a sum is no sum. `count` counts those that are known. */
function reduce(op: Aggregate, members: readonly (number | null)[]): number | null {
  const values = members.filter((value) => value !== null);
  if (op === 'count') return values.length;
  if (values.length < members.length) return null;
  const sum = values.reduce((total, value) => total + value, 0);
  switch (op) {
    case 'sum':
      return sum;
    case 'avg':
      return sum / values.length;
    case 'min':
      return values.reduce((least, value) => Math.min(least, value), Infinity);
    case 'max':
      return values.reduce((most, value) => Math.max(most, value), -Infinity);
    default:
      return op satisfies never;
  }
}
