/** Why people are not told of an alert: somebody silenced it, its target is known to be down, or it flaps. */
import type { Expr, Matcher } from './expr.ts';
import { matches, type Labels } from './labels.ts';
import { parsePromql } from './parser.ts';

/** Somebody asked for quiet: which alerts, who, why, and until when. There is no silence without an end. */
export interface Silence {
  readonly id: string;
  readonly matchers: readonly Matcher[];
  readonly author: string;
  readonly reason: string;
  /** Wall clock, ms since 1970. */
  readonly until: number;
}
export type Suppression =
  | { readonly kind: 'silenced'; readonly by: string; readonly reason: string; readonly until: number }
  | { readonly kind: 'inhibited'; readonly by: string }
  | { readonly kind: 'flapping' };

/** A firing alert that mutes others: those that agree with it on the labels named. */
export interface Inhibitor {
  readonly name: string;
  readonly labels: Labels;
  readonly equal: readonly string[];
}

/** `redis_up == 0`: whatever else is wrong with that target follows from it. Not `pg_wal_receiver_up`: that is a part. */
export const isTargetDown = (expr: Expr): boolean =>
  expr.kind === 'binary' &&
  expr.op === '==' &&
  expr.left.kind === 'selector' &&
  /^[a-z]+_up$/.test(expr.left.name) &&
  expr.right.kind === 'number' &&
  expr.right.amount === 0;

/** `{target="redis", severity=~"SEV-[23]"}` as matchers; a sentence on what is wrong otherwise. */
export function parseMatchers(text: string): readonly Matcher[] | string {
  const { value, faults } = parsePromql(text.trim());
  if (value === null) return faults[0]?.message ?? 'these are no matchers';
  const plain = value.kind === 'selector' && value.name === '' && value.rangeMs === null && value.offsetMs === 0;
  return plain ? value.matchers : 'matchers are written {label="value", other=~"a|b"}';
}

/** The silence that holds for these labels at `wall`, if any. */
export function silencedBy(silences: readonly Silence[], labels: Labels, wall: number): Suppression | null {
  const found = silences.find(
    ({ until, matchers }) => wall < until && matchers.every((matcher) => matches(matcher, labels)),
  );
  if (found === undefined) return null;
  return { kind: 'silenced', by: found.author, reason: found.reason, until: found.until };
}

/** The alert that mutes one with these labels, if any. */
export function inhibitedBy(inhibitors: readonly Inhibitor[], labels: Labels): Suppression | null {
  const found = inhibitors.find(({ equal, labels: own }) =>
    equal.every((name) => own[name] !== undefined && own[name] === labels[name]),
  );
  return found === undefined ? null : { kind: 'inhibited', by: found.name };
}
