/** Label sets: keys, groups, matchers. */
import type { Grouping, Matcher } from './expr.ts';
import { compilePattern } from './regex.ts';

export type Labels = Readonly<Record<string, string>>;

export const NO_LABELS: Labels = Object.freeze({});

/** Keys of long-lived label sets: each rule needs them at each evaluation. */
const remembered = new WeakMap<Labels, string>();

/** For a label set that never changes. */
export function rememberKey(labels: Labels): void {
  remembered.set(labels, keyOf(labels));
}

/** The same text for the same labels in any order. */
export function keyOf(labels: Labels): string {
  const known = remembered.get(labels);
  if (known !== undefined) return known;
  const names = Object.keys(labels);
  if (names.length === 0) return '';
  if (names.length > 1) names.sort();
  let key = '';
  for (const name of names) key += `${name}=${JSON.stringify(labels[name])},`;
  return key.slice(0, -1);
}

/** Only the labels named that are there. */
export function pick(labels: Labels, names: Iterable<string>): Labels {
  const picked: Record<string, string> = {};
  for (const name of names) {
    const value = Object.hasOwn(labels, name) ? labels[name] : undefined;
    if (value !== undefined) picked[name] = value;
  }
  return picked;
}

export function drop(labels: Labels, names: readonly string[]): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !names.includes(name)));
}

/** Groups after `by` or `without`, in the order of their first members; one group without a grouping. */
export function groupsOf<T extends { readonly labels: Labels }>(
  items: readonly T[],
  grouping: Grouping | null,
): { readonly labels: Labels; readonly members: T[] }[] {
  const groups = new Map<string, { labels: Labels; members: T[] }>();
  for (const item of items) {
    const labels = grouping === null ? NO_LABELS : regroup(item.labels, grouping);
    const key = keyOf(labels);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { labels, members: [item] });
    else group.members.push(item);
  }
  return [...groups.values()];
}

const regroup = (labels: Labels, { mode, labels: names }: Grouping): Labels =>
  mode === 'by' ? pick(labels, names) : drop(labels, names);

const compiled = new WeakMap<Matcher, (value: string) => boolean>();

/** A missing label counts as the empty text. */
export function matches(matcher: Matcher, labels: Labels): boolean {
  const value = (Object.hasOwn(labels, matcher.name) ? labels[matcher.name] : undefined) ?? '';
  const isPositive = matcher.op === '=' || matcher.op === '=~';
  const fits = matcher.op === '=' || matcher.op === '!=' ? value === matcher.value : pattern(matcher)(value);
  return fits === isPositive;
}

function pattern(matcher: Matcher): (value: string) => boolean {
  const test = compiled.get(matcher) ?? compilePattern(matcher.value);
  compiled.set(matcher, test);
  return test;
}
