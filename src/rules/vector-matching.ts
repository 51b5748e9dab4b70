/** PromQL's vector matching and set operators. */
import type { Matching, SetOp } from './expr.ts';
import { drop, keyOf, NO_LABELS, pick, type Labels } from './labels.ts';

/** An error of evaluation. */
export class PromqlError extends Error {}

/** `name` is empty once an operation changed the value. */
export interface Element {
  readonly name: string;
  readonly labels: Labels;
  readonly value: number;
}
export interface Pair {
  readonly name: string;
  readonly labels: Labels;
  readonly left: number;
  readonly right: number;
}

const signature = (labels: Labels, matching: Matching | null): string =>
  keyOf(
    matching === null ? labels : matching.mode === 'on' ? pick(labels, matching.labels) : drop(labels, matching.labels),
  );

export function matchSets(
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
export function matchVectors(
  left: readonly Element[],
  right: readonly Element[],
  matching: Matching | null,
  keepName: boolean,
): Pair[] {
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

function resultLabels(
  many: Element,
  one: Element,
  matching: Matching | null,
  keepName: boolean,
): { name: string; labels: Labels } {
  const name = keepName && !(matching?.mode === 'on' && matching.group === null) ? many.name : '';
  if (matching === null) return { name, labels: many.labels };
  if (matching.group === null) {
    return {
      name,
      labels: matching.mode === 'on' ? pick(many.labels, matching.labels) : drop(many.labels, matching.labels),
    };
  }
  const included = pick(one.labels, matching.include);
  return { name, labels: { ...drop(many.labels, matching.include), ...(included ?? NO_LABELS) } };
}
