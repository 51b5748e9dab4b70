/** Why nobody is called for an alert: somebody silenced it, another alert inhibits it, or it flaps. */
import { isActive, type Alert } from './alert.ts';
import type { Expr, Matcher } from './expr.ts';
import { matches, type Labels } from './labels.ts';
import { parsePromql } from './parser.ts';
import type { Rule } from './rule.ts';
import { alertLabels, type Tracker } from './tracker.ts';

/** Nobody is to be called for alerts with these labels: by whom, why, and until when. Every silence ends. */
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

/** A firing alert that inhibits others: those that agree with it on the labels named. */
export interface Inhibitor {
  readonly name: string;
  readonly labels: Labels;
  readonly equal: readonly string[];
}

/** `redis_up == 0`: whatever else is wrong with the target follows from it. `pg_wal_receiver_up` is only a part. */
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

/** The alert that inhibits one with these labels, if any. */
export function inhibitedBy(inhibitors: readonly Inhibitor[], labels: Labels): Suppression | null {
  const found = inhibitors.find(({ equal, labels: own }) =>
    equal.every((name) => own[name] !== undefined && own[name] === labels[name]),
  );
  return found === undefined ? null : { kind: 'inhibited', by: found.name };
}

/** Which alerts inhibit others, at one evaluation. */
export class Inhibitions {
  private readonly inhibitors: readonly Inhibitor[];
  /**
   * A target without data fires every rule whose `nodata` is `alert`. That is one problem and one call: by target, the
   * most severe of those rules, the first of equals.
   */
  private readonly ofSilentTargets = new Map<string, Rule>();

  constructor(trackers: readonly Tracker[]) {
    this.inhibitors = trackers.flatMap(({ rule, alerts }) =>
      rule.inhibits.length === 0
        ? []
        : [...alerts.values()]
            .filter(isActive)
            .map((alert) => ({ name: rule.name, labels: alertLabels(rule, alert), equal: rule.inhibits })),
    );
    for (const { rule, alerts } of trackers)
      for (const { phase, labels } of alerts.values()) {
        const { target } = labels;
        if (phase !== 'no_data' || target === undefined) continue;
        const before = this.ofSilentTargets.get(target);
        if (before === undefined || rule.severity < before.severity) this.ofSilentTargets.set(target, rule);
      }
  }

  /** What inhibits an alert of `rule` with these labels, if anything. A rule that inhibits others is never inhibited. */
  of(rule: Rule, { phase, labels: { target } }: Alert, labels: Labels): Suppression | null {
    if (rule.inhibits.length > 0) return null;
    const found = inhibitedBy(this.inhibitors, labels);
    const first = phase === 'no_data' ? this.ofSilentTargets.get(target ?? '') : undefined;
    return found ?? (first === undefined || first === rule ? null : { kind: 'inhibited', by: first.name });
  }
}
