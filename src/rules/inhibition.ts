/** Why nobody is notified of an alert: silenced, inhibited or flapping. */
import { isActive, type Alert } from './alert.ts';
import type { Expr, Matcher } from './expr.ts';
import { matches, type Labels } from './labels.ts';
import { parsePromql } from './parser.ts';
import type { Rule } from './rule.ts';
import { alertLabels, type Tracker } from './tracker.ts';

/** No notifications for alerts with these labels until then. */
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

/** A firing alert; it inhibits alerts with the same values of the `equal` labels. */
export interface Inhibitor {
  readonly name: string;
  readonly labels: Labels;
  readonly equal: readonly string[];
}

/** Is it `redis_up == 0`, the cause of all other trouble of the target? `pg_wal_receiver_up` is only a part. */
export const isTargetDown = (expr: Expr): boolean =>
  expr.kind === 'binary' &&
  expr.op === '==' &&
  expr.left.kind === 'selector' &&
  /^[a-z]+_up$/.test(expr.left.name) &&
  expr.right.kind === 'number' &&
  expr.right.amount === 0;

/** Matchers such as `{target="redis", severity=~"SEV-[23]"}`, or a sentence on what is wrong. */
export function parseMatchers(text: string): readonly Matcher[] | string {
  const { value, faults } = parsePromql(text.trim());
  if (value === null) return faults[0]?.message ?? 'these are no matchers';
  const plain = value.kind === 'selector' && value.name === '' && value.rangeMs === null && value.offsetMs === 0;
  return plain ? value.matchers : 'matchers are written {label="value", other=~"a|b"}';
}

export function silencedBy(silences: readonly Silence[], labels: Labels, wall: number): Suppression | null {
  const found = silences.find(
    ({ until, matchers }) => wall < until && matchers.every((matcher) => matches(matcher, labels)),
  );
  if (found === undefined) return null;
  return { kind: 'silenced', by: found.author, reason: found.reason, until: found.until };
}

export function inhibitedBy(inhibitors: readonly Inhibitor[], labels: Labels): Suppression | null {
  const found = inhibitors.find(({ equal, labels: own }) =>
    equal.every((name) => own[name] !== undefined && own[name] === labels[name]),
  );
  return found === undefined ? null : { kind: 'inhibited', by: found.name };
}

export type InhibitionOf = (rule: Rule, alert: Alert, labels: Labels) => Suppression | null;

/** The inhibitions of one evaluation. A rule that inhibits others is never inhibited. */
export function inhibitionsAmong(trackers: readonly Tracker[]): InhibitionOf {
  const inhibitors: Inhibitor[] = [];
  // A target without data fires every rule with `nodata alert`: only the most severe, the first of equals, notifies.
  const ofSilentTargets = new Map<string, Rule>();
  for (const { rule, alerts } of trackers)
    for (const alert of alerts.values()) {
      if (rule.inhibits.length > 0 && isActive(alert))
        inhibitors.push({ name: rule.name, labels: alertLabels(rule, alert), equal: rule.inhibits });
      const { target } = alert.labels;
      if (alert.phase !== 'no_data' || target === undefined) continue;
      const before = ofSilentTargets.get(target);
      if (before === undefined || rule.severity < before.severity) ofSilentTargets.set(target, rule);
    }
  return (rule, { phase, labels: { target } }, labels) => {
    if (rule.inhibits.length > 0) return null;
    const found = inhibitedBy(inhibitors, labels);
    const first = phase === 'no_data' ? ofSilentTargets.get(target ?? '') : undefined;
    return found ?? (first === undefined || first === rule ? null : { kind: 'inhibited', by: first.name });
  };
}
