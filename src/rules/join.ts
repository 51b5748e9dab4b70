/** Brings two sides of an operator together by the labels they share. */
import { keyOf, pick, type Labels } from './labels.ts';

export class JoinError extends Error {}

interface Labelled {
  readonly labels: Labels;
}
export interface Joined<L, R> {
  readonly matched: readonly { readonly labels: Labels; readonly left: L; readonly right: R }[];
  readonly leftOnly: readonly L[];
  readonly rightOnly: readonly R[];
}

/**
 * Matches on the label names that every series of both sides has. One series of one side may meet several of the other,
 * whose labels the result then has; several meeting several is a JoinError.
 */
export function join<L extends Labelled, R extends Labelled>(left: readonly L[], right: readonly R[]): Joined<L, R> {
  const shared = common(namesOfAll(left), namesOfAll(right));
  const leftGroups = group(left, shared);
  const rightGroups = group(right, shared);
  const matched: { labels: Labels; left: L; right: R }[] = [];
  const leftOnly: L[] = [];
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

function namesOfAll(items: readonly Labelled[]): Set<string> {
  let names: Set<string> | null = null;
  for (const { labels } of items) {
    const own = new Set(Object.keys(labels));
    names = names === null ? own : common(names, own);
    if (names.size === 0) break;
  }
  return names ?? new Set();
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
