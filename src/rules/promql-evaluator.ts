/** Evaluates the Prometheus subset with Prometheus' semantics. */
import {
  CALCULATE,
  COMPARE,
  isComparison,
  isSetOp,
  type AggregateNode,
  type Arithmetic,
  type BinaryNode,
  type BinaryOp,
  type CallNode,
  type Comparison,
  type Expr,
  type Matching,
  type SelectorNode,
  type SetOp,
} from './expr.ts';
import { DATE_PARTS } from './functions.ts';
import { drop, groupsOf, keyOf, NO_LABELS, pick, type Labels } from './labels.ts';
import { known, type EvaluationContext, type Series } from './series.ts';
import { extrapolated, line, windowOf } from './window.ts';

type QueryResult =
  { readonly kind: 'scalar'; readonly value: number } | { readonly kind: 'vector'; readonly items: readonly Element[] };

/** Throws PromqlError where Prometheus reports an error. */
export function evaluate(expr: Expr, moment: EvaluationContext): QueryResult {
  switch (expr.kind) {
    case 'number':
      return scalar(expr.amount);
    case 'selector':
      return vector(instant(expr, moment, true, (series, i) => series.value(i)));
    case 'negate':
      return negate(evaluate(expr.expr, moment));
    case 'aggregate':
      return vector(aggregate(expr, items(evaluate(expr.expr, moment))));
    case 'call':
      return call(expr, moment);
    case 'binary':
      return binary(expr, evaluate(expr.left, moment), evaluate(expr.right, moment));
    case 'not':
      throw new Error('"not" is no PromQL and passed the parser');
    default:
      return expr satisfies never;
  }
}

const scalar = (value: number): QueryResult => ({ kind: 'scalar', value });
const vector = (items: readonly Element[]): QueryResult => ({ kind: 'vector', items });
/** A scalar counts as one element, as at the top of a rule. */
export const items = (result: QueryResult): readonly Element[] =>
  result.kind === 'vector' ? result.items : [{ name: '', labels: NO_LABELS, value: result.value }];
const number = (result: QueryResult): number => (result.kind === 'scalar' ? result.value : NaN);

function negate(result: QueryResult): QueryResult {
  if (result.kind === 'scalar') return scalar(-result.value);
  return vector(result.items.map((item) => ({ ...item, name: '', value: -item.value })));
}

/** `measure` of each series that the node selects; null: none. */
function perSeries(
  node: SelectorNode,
  moment: EvaluationContext,
  keepsName: boolean,
  measure: (series: Series) => number | null,
): Element[] {
  const found: Element[] = [];
  for (const series of moment.source.select(node.name, node.matchers)) {
    const value = measure(series);
    if (value !== null) found.push({ name: keepsName ? series.metric : '', labels: series.labels, value });
  }
  return found;
}

/** `measure` of the current sample of each series. */
const instant = (
  node: SelectorNode,
  moment: EvaluationContext,
  keepsName: boolean,
  measure: (series: Series, i: number) => number,
): Element[] =>
  perSeries(node, moment, keepsName, (series) => {
    const i = known(series, moment, node.offsetMs);
    return i < 0 ? null : measure(series, i);
  });

function binary(expr: BinaryNode, left: QueryResult, right: QueryResult): QueryResult {
  const { op, bool, matching } = expr;
  if (isSetOp(op)) return vector(matchSets(op, items(left), items(right), matching));
  if (left.kind === 'scalar' && right.kind === 'scalar')
    return scalar(Number((isComparison(op) ? COMPARE[op] : CALCULATE[op])(left.value, right.value)));
  if (left.kind === 'vector' && right.kind === 'vector') {
    const pairs = matchVectors(left.items, right.items, matching, keepsName(op, bool));
    return vector(pairs.flatMap(({ name, labels, left, right }) => apply(op, bool, left, right, left, name, labels)));
  }
  const fromLeft = left.kind === 'vector';
  const other = number(fromLeft ? right : left);
  return vector(
    items(fromLeft ? left : right).flatMap(({ name, labels, value }) => {
      const kept = keepsName(op, bool) ? name : '';
      return apply(op, bool, fromLeft ? value : other, fromLeft ? other : value, value, kept, labels);
    }),
  );
}

const keepsName = (op: BinaryOp, bool: boolean): boolean => isComparison(op) && !bool;

/** An arithmetic result, 1 or 0 for `bool`, or what a comparison lets through. */
function apply(
  op: Comparison | Arithmetic,
  bool: boolean,
  left: number,
  right: number,
  through: number,
  name: string,
  labels: Labels,
): Element[] {
  if (!isComparison(op)) return [{ name, labels, value: CALCULATE[op](left, right) }];
  const holds = COMPARE[op](left, right);
  if (bool) return [{ name, labels, value: Number(holds) }];
  return holds ? [{ name, labels, value: through }] : [];
}

function aggregate({ op, grouping }: AggregateNode, elements: readonly Element[]): Element[] {
  return groupsOf(elements, grouping).map(({ labels, members }) => {
    const value = REDUCE[op](members.map((element) => element.value));
    return { name: '', labels, value };
  });
}

const least = (values: readonly number[]): number => values.reduce((a, b) => (b < a || Number.isNaN(a) ? b : a), NaN);
const most = (values: readonly number[]): number => values.reduce((a, b) => (b > a || Number.isNaN(a) ? b : a), NaN);
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
/** Prometheus' running mean; once infinite it stays so. */
const mean = (values: readonly number[]): number =>
  values.reduce(
    (a, b, i) => (Math.abs(a) === Infinity && b !== -a && !Number.isNaN(b) ? a : a + (b / (i + 1) - a / (i + 1))),
    0,
  );

const REDUCE = { sum, avg: mean, min: least, max: most, count: (values: readonly number[]): number => values.length };

function call({ fn, args }: CallNode, moment: EvaluationContext): QueryResult {
  const [first, second] = args;
  if (fn === 'time') return scalar(moment.wall / 1000);
  const part = DATE_PARTS[fn];
  if (first === undefined) {
    return vector([{ name: '', labels: NO_LABELS, value: part === undefined ? NaN : part(moment.wall / 1000) }]);
  }
  if (fn === 'absent') return vector(absent(first, items(evaluate(first, moment))));
  if (fn === 'timestamp' && first.kind === 'selector') {
    const { wall, now } = moment;
    return vector(instant(first, moment, false, (series, i) => (wall - (now - series.time(i))) / 1000));
  }
  if (first.kind === 'selector' && first.rangeMs !== null) {
    return vector(overRange(fn, first, moment, second === undefined ? 0 : number(evaluate(second, moment))));
  }
  const given = evaluate(first, moment);
  if (fn === 'vector') return vector(items(given));
  if (fn === 'scalar') return scalar(items(given).length === 1 ? (items(given)[0]?.value ?? NaN) : NaN);
  const limit = second === undefined ? NaN : number(evaluate(second, moment));
  const change = part ?? ELEMENTWISE[fn];
  if (change === undefined) throw new Error(`${fn}() passed the check and is not known here`);
  return vector(items(given).map(({ labels, value }) => ({ name: '', labels, value: change(value, limit) })));
}

const ELEMENTWISE: Readonly<Record<string, (value: number, limit: number) => number>> = {
  abs: Math.abs,
  ceil: Math.ceil,
  floor: Math.floor,
  round: (value, limit) => {
    const inverse = 1 / (Number.isNaN(limit) ? 1 : limit);
    return Math.floor(value * inverse + 0.5) / inverse;
  },
  clamp_min: Math.max,
  clamp_max: Math.min,
  timestamp: () => NaN,
};

function absent(arg: Expr, found: readonly Element[]): Element[] {
  if (found.length > 0) return [];
  const matchers = arg.kind === 'selector' ? arg.matchers.filter(({ name }) => name !== '__name__') : [];
  const certain = matchers.filter(
    ({ op, name }) => op === '=' && matchers.filter((other) => other.name === name).length === 1,
  );
  return [{ name: '', labels: Object.fromEntries(certain.map(({ name, value }) => [name, value])), value: 1 }];
}

function overRange(fn: string, node: SelectorNode, moment: EvaluationContext, ahead: number): Element[] {
  return perSeries(node, moment, fn === 'last_over_time', (series) =>
    fn === 'rate' || fn === 'increase' || fn === 'delta'
      ? extrapolated(series, node.rangeMs ?? 0, node.offsetMs, moment, fn)
      : overSamples(fn, series, node, moment, ahead),
  );
}

function overSamples(
  fn: string,
  series: Series,
  node: SelectorNode,
  moment: EvaluationContext,
  ahead: number,
): number | null {
  const window = windowOf(series, node.rangeMs ?? 0, node.offsetMs, moment);
  if (window === null) return null;
  const { first, last } = window;
  const values = Array.from({ length: last - first + 1 }, (_, i) => series.value(first + i));
  const reduce = OVER_TIME[fn];
  if (reduce !== undefined) return reduce(values);
  if (values.length < 2) return null;
  if (fn === 'irate') return lastRate(series, last);
  if (fn === 'deriv') return line(series, first, last, series.time(first)).slope;
  if (fn !== 'predict_linear') throw new Error(`${fn}() passed the check and is not known here`);
  const { slope, intercept } = line(series, first, last, moment.now);
  return intercept + slope * ahead;
}

const countSteps = (values: readonly number[], counts: (before: number, after: number) => boolean): number =>
  values.slice(1).filter((value, i) => counts(values[i] as number, value)).length;

/** Functions of the values of a window; there is at least one. */
const OVER_TIME: Readonly<Record<string, (values: readonly number[]) => number>> = {
  avg_over_time: mean,
  min_over_time: least,
  max_over_time: most,
  sum_over_time: sum,
  count_over_time: (values) => values.length,
  last_over_time: (values) => values.at(-1) ?? NaN,
  resets: (values) => countSteps(values, (before, after) => after < before),
  changes: (values) => countSteps(values, (before, after) => !Object.is(after, before)),
};

function lastRate(series: Series, last: number): number {
  const [before, after] = [series.value(last - 1), series.value(last)];
  const increase = after < before ? after : after - before;
  return increase / ((series.time(last) - series.time(last - 1)) / 1000);
}

/** An error of evaluation. */
export class PromqlError extends Error {}

/** `name` is empty once an operation changed the value. */
interface Element {
  readonly name: string;
  readonly labels: Labels;
  readonly value: number;
}

const matchedLabels = (labels: Labels, matching: Matching | null): Labels =>
  matching === null ? labels : matching.mode === 'on' ? pick(labels, matching.labels) : drop(labels, matching.labels);
const signature = (labels: Labels, matching: Matching | null): string => keyOf(matchedLabels(labels, matching));

function matchSets(
  op: SetOp,
  left: readonly Element[],
  right: readonly Element[],
  matching: Matching | null,
): readonly Element[] {
  const there = (items: readonly Element[]): Set<string> =>
    new Set(items.map(({ labels }) => signature(labels, matching)));
  if (op === 'or') {
    const lefts = there(left);
    return [...left, ...right.filter(({ labels }) => !lefts.has(signature(labels, matching)))];
  }
  const rights = there(right);
  return left.filter(({ labels }) => rights.has(signature(labels, matching)) === (op === 'and'));
}

/** The pairs, with the labels of the result. */
function matchVectors(
  left: readonly Element[],
  right: readonly Element[],
  matching: Matching | null,
  keepName: boolean,
) {
  const manyRight = matching?.group === 'right';
  const [many, one] = manyRight ? [right, left] : [left, right];
  const ones = new Map<string, Element>();
  for (const element of one) {
    const key = signature(element.labels, matching);
    if (ones.has(key)) throw new PromqlError(`duplicate series {${key}} on the ${manyRight ? 'left' : 'right'} side`);
    ones.set(key, element);
  }
  const used = new Set<string>();
  return many.flatMap((element) => {
    const key = signature(element.labels, matching);
    const partner = ones.get(key);
    if (partner === undefined) return [];
    const { name, labels } = resultLabels(element, partner, matching, keepName);
    const slot = (matching?.group ?? null) === null ? key : keyOf(labels);
    if (used.has(slot)) throw new PromqlError(`several series match {${key}}; use group_left or group_right`);
    used.add(slot);
    const [l, r] = manyRight ? [partner, element] : [element, partner];
    return [{ name, labels, left: l.value, right: r.value }];
  });
}

function resultLabels(many: Element, one: Element, matching: Matching | null, keepName: boolean) {
  const name = keepName && !(matching?.mode === 'on' && matching.group === null) ? many.name : '';
  if (matching === null || matching.group === null) return { name, labels: matchedLabels(many.labels, matching) };
  const { include } = matching;
  return { name, labels: { ...drop(many.labels, include), ...pick(one.labels, include) } };
}
