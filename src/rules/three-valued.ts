/** Values of the handbook's expressions, per label set, and Kleene's logic with null for unknown. */
import { CALCULATE, COMPARE, type Aggregation, type AggregateNode, type Arithmetic, type Comparison } from './expr.ts';
import { groupsOf, keyOf, NO_LABELS, pick, type Labels } from './labels.ts';

export type Truth = boolean | null;

export const and = (a: Truth, b: Truth): Truth => (a === false || b === false ? false : a && b);

export const or = (a: Truth, b: Truth): Truth =>
  a === true || b === true ? true : a === null || b === null ? null : false;

export const not = (a: Truth): Truth => (a === null ? null : !a);

/** Only an exception that is known to hold counts: missing data never hides an alert. */
export const unless = (a: Truth, b: Truth): Truth => (b === true ? false : a);

/** Null is unknown. */
export interface MeasuredValue {
  readonly labels: Labels;
  readonly value: number | null;
  /** The window was not seen whole: the true value may be greater. */
  readonly atLeast?: boolean;
}
/** `value` is the left side of the leftmost comparison. */
export interface ThreeValued extends MeasuredValue {
  readonly truth: Truth;
}
export type Value =
  | { readonly kind: 'scalar'; readonly value: number }
  | { readonly kind: 'measures'; readonly items: readonly MeasuredValue[] }
  | { readonly kind: 'verdicts'; readonly items: readonly ThreeValued[] };

const nonZero = ({ value, atLeast }: Omit<MeasuredValue, 'labels'>): Truth =>
  value === null || (atLeast === true && value === 0) ? null : value !== 0;

export function verdicts(value: Value): readonly ThreeValued[] {
  switch (value.kind) {
    case 'scalar':
      return [{ labels: NO_LABELS, value: value.value, truth: nonZero(value) }];
    case 'measures':
      return value.items.map((item) => ({ labels: item.labels, value: item.value, truth: nonZero(item) }));
    case 'verdicts':
      return value.items;
    default:
      return value satisfies never;
  }
}

export const measures = (value: Value): readonly MeasuredValue[] =>
  value.kind === 'scalar' ? [{ labels: NO_LABELS, value: value.value }] : value.items;

/** NaN and infinities count as unknown. */
export const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

export function comparison(op: Comparison, left: Value, right: Value): ThreeValued[] {
  return pairs(left, right).map(({ labels, left, right }) => ({
    labels,
    value: left.value,
    truth: certain(op, left, right),
  }));
}

/** With a lower bound only what a greater value would not change is known. */
function certain(op: Comparison, left: Side, right: Side): Truth {
  if (left.value === null || right.value === null) return null;
  const truth = COMPARE[op](left.value, right.value);
  const upward = op === '>' || op === '>=';
  const downward = op === '<' || op === '<=';
  if (left.atLeast === true && !(truth ? upward : downward)) return null;
  if (right.atLeast === true && !(truth ? downward : upward)) return null;
  return truth;
}

/** A lower bound stays one when the other side is a number that keeps the order. */
export function arithmetic(op: Arithmetic, left: Value, right: Value): Value {
  if (left.kind === 'scalar' && right.kind === 'scalar') {
    return { kind: 'scalar', value: CALCULATE[op](left.value, right.value) };
  }
  const ordered = right.kind === 'scalar' && (op === '+' || op === '-' || right.value > 0);
  const items = pairs(left, right).map(({ labels, left, right }) => {
    const bounded = left.atLeast === true || right.atLeast === true;
    const unknown = left.value === null || right.value === null || (bounded && !ordered);
    const value = unknown ? null : finite(CALCULATE[op](left.value, right.value));
    return { labels, value, ...(bounded && value !== null ? { atLeast: true } : {}) };
  });
  return { kind: 'measures', items };
}

type Side = Omit<MeasuredValue, 'labels'>;
const NOTHING: Side = { value: null };

/** A plain number meets every series; series meet on shared labels. */
function pairs(left: Value, right: Value): { labels: Labels; left: Side; right: Side }[] {
  if (right.kind === 'scalar') return measures(left).map((item) => ({ labels: item.labels, left: item, right }));
  if (left.kind === 'scalar') return measures(right).map((item) => ({ labels: item.labels, left, right: item }));
  const { matched, leftOnly } = joinVerdicts(measures(left), measures(right));
  return [...matched, ...leftOnly.map((left) => ({ labels: left.labels, left, right: NOTHING }))];
}

/** Without a partner `and` is unknown, `or` and `unless` take the side that is there. */
export function combine(
  op: 'and' | 'or' | 'unless',
  left: readonly ThreeValued[],
  right: readonly ThreeValued[],
): ThreeValued[] {
  const { matched, leftOnly, rightOnly } = joinVerdicts(left, right);
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

export function aggregate({ op, grouping }: AggregateNode, of: Value): MeasuredValue[] {
  const items =
    of.kind === 'verdicts'
      ? of.items.map(({ labels, truth }): MeasuredValue => ({ labels, value: truth === null ? null : Number(truth) }))
      : measures(of);
  const counting = of.kind === 'verdicts' ? 'sum' : op;
  return groupsOf(items, grouping).map(({ labels, members }) => ({
    labels,
    value: reduce(
      counting,
      members.map(({ value }) => value),
    ),
    ...(op !== 'count' && members.some(({ atLeast }) => atLeast === true) ? { atLeast: true } : {}),
  }));
}

/** One unknown member makes the result unknown, except for `count`. */
function reduce(op: Aggregation, members: readonly (number | null)[]): number | null {
  const values = members.filter((value) => value !== null);
  if (op === 'count') return values.length;
  if (values.length < members.length) return null;
  const sum = values.reduce((total, value) => total + value, 0);
  if (op === 'sum') return sum;
  if (op === 'avg') return sum / values.length;
  return values.reduce((a, b) => (op === 'min' ? Math.min(a, b) : Math.max(a, b)));
}

/** The series of an expression cannot be joined. */
export class JoinError extends Error {}

interface Labelled {
  readonly labels: Labels;
}

/** Joins on the label names that all have. One may meet several, whose labels count; several by several: JoinError. */
function joinVerdicts<T extends Labelled>(left: readonly T[], right: readonly T[]) {
  const shared = common(namesOfAll(left), namesOfAll(right));
  const leftGroups = group(left, shared);
  const rightGroups = group(right, shared);
  const matched: { labels: Labels; left: T; right: T }[] = [];
  const leftOnly: T[] = [];
  for (const [key, lefts] of leftGroups) {
    const rights = rightGroups.get(key);
    if (rights === undefined) {
      leftOnly.push(...lefts);
      continue;
    }
    if (lefts.length > 1 && rights.length > 1) {
      throw new JoinError(`several series on both sides match on {${key}}; aggregate one side or name more labels`);
    }
    for (const l of lefts) {
      for (const r of rights) matched.push({ labels: rights.length > 1 ? r.labels : l.labels, left: l, right: r });
    }
  }
  const rightOnly = [...rightGroups].flatMap(([key, rights]) => (leftGroups.has(key) ? [] : rights));
  return { matched, leftOnly, rightOnly };
}

function namesOfAll(items: readonly Labelled[]): ReadonlySet<string> {
  const [first = new Set<string>(), ...others] = items.map(({ labels }) => new Set(Object.keys(labels)));
  return others.reduce(common, first);
}

const common = (a: ReadonlySet<string>, b: ReadonlySet<string>): Set<string> =>
  new Set([...a].filter((name) => b.has(name)));

function group<T extends Labelled>(items: readonly T[], names: ReadonlySet<string>): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const whole = Object.keys(item.labels).length === names.size;
    const key = keyOf(whole ? item.labels : pick(item.labels, names));
    const found = groups.get(key);
    if (found === undefined) groups.set(key, [item]);
    else found.push(item);
  }
  return groups;
}
