/** One rule and its alerts over time. */
import { inactive, isAlertOver, observe, wake, type Alert, type RuleResult } from './alert.ts';
import { judgeCondition } from './condition-evaluator.ts';
import { JoinError } from './three-valued.ts';
import { keyOf, NO_LABELS, type Labels } from './labels.ts';
import { evaluate, items, PromqlError } from './promql-evaluator.ts';
import type { Rule } from './rule.ts';
import type { EvaluationContext } from './series.ts';
import { fill } from './template.ts';

export interface AlertChange {
  readonly key: string;
  readonly before: Alert;
}
/** When a target was last polled; monotonic. */
type ReadAt = (target: string) => number;

export class Tracker {
  readonly rule: Rule;
  readonly alerts = new Map<string, Alert>();
  /** When its alert began, by whoever reports it; ms since 1970. Null: an alert has its own time. */
  readonly since: number | null = null;
  /** Why the last evaluation failed; else null. */
  fault: string | null = null;

  constructor(rule: Rule) {
    this.rule = rule;
  }

  /** Returns alerts whose phase changed. `frozen`: too early for data to be there: missing series mean nothing. */
  step(moment: EvaluationContext, frozen: boolean, readAt: ReadAt): AlertChange[] {
    this.fault = null;
    const changes: AlertChange[] = [];
    for (const [key, { labels, seen }] of this.observations(moment, frozen, readAt)) {
      const tracked = this.alerts.get(key);
      // Nothing is kept of the many label sets without trouble.
      if (tracked === undefined && (seen.truth === false || (seen.truth === null && this.rule.nodata !== 'alert')))
        continue;
      const before = tracked ?? inactive(labels, moment.now);
      const after = observe(this.rule, before, seen, moment.now);
      if (after.phase !== before.phase) changes.push({ key, before });
      this.alerts.set(key, after);
    }
    return changes;
  }

  /** Drops alerts that are over; after their changes were told. */
  sweep(now: number): void {
    for (const [key, alert] of this.alerts) if (isAlertOver(alert, now)) this.alerts.delete(key);
  }

  wake(now: number): void {
    for (const [key, alert] of this.alerts) this.alerts.set(key, wake(alert, now));
  }

  private observations(moment: EvaluationContext, frozen: boolean, readAt: ReadAt): Map<string, Seen> {
    const seen = new Map<string, Seen>();
    try {
      if (this.rule.dialect === 'handbook') this.judged(seen, moment, readAt);
      else this.filtered(seen, moment);
    } catch (error) {
      if (!(error instanceof JoinError) && !(error instanceof PromqlError)) throw error;
      this.fault = error.message;
      seen.clear();
    }
    const unseen = [...this.alerts].filter(([key]) => !seen.has(key));
    if (this.rule.dialect === 'handbook') this.missed(seen, unseen);
    else if (!frozen && this.fault === null)
      for (const [key, { labels }] of unseen) seen.set(key, { labels, seen: { ...NOTHING, truth: false } });
    return seen;
  }

  /** Alerts that the condition no longer yields. A silent target has fewer labels, but it is the same alert. */
  private missed(seen: Map<string, Seen>, unseen: readonly (readonly [string, Alert])[]): void {
    if (unseen.length === 0) return;
    const others = [...seen].filter(([key]) => !this.alerts.has(key));
    const labelled = [...seen.values()].map(({ labels }) => labels);
    for (const [key, { labels }] of unseen) {
      const silent = others.find(([, other]) => other.seen.truth === null && isPartOf(other.labels, labels));
      // Its labels are part of a known label set, which has its own alert.
      const succeeded = silent === undefined && labelled.some((other) => isPartOf(labels, other));
      const vanished = silent === undefined || silent[0] === '';
      seen.set(key, { labels, seen: succeeded ? { ...NOTHING, truth: false } : { ...NOTHING, vanished } });
      if (silent !== undefined) seen.delete(silent[0]);
    }
  }

  private judged(seen: Map<string, Seen>, moment: EvaluationContext, readAt: ReadAt): void {
    const verdicts = judgeCondition(this.rule.expr, { ...moment, firing: firingIn(this.alerts) });
    for (const { labels, truth, value } of verdicts) {
      const key = keyOf(labels);
      if (seen.has(key)) throw new JoinError(`the condition says two things of {${key}}`);
      const sampledAt = labels['target'] === undefined ? moment.now : Math.min(moment.now, readAt(labels['target']));
      seen.set(key, { labels, seen: { truth, value, sampledAt, vanished: false } });
    }
    if (verdicts.length > 0) return;
    seen.set('', { labels: NO_LABELS, seen: NOTHING });
  }

  private filtered(seen: Map<string, Seen>, moment: EvaluationContext): void {
    for (const { labels, value } of items(evaluate(this.rule.expr, moment))) {
      const key = keyOf(labels);
      if (seen.has(key)) throw new PromqlError(`two results have the same labels {${key}}`);
      seen.set(key, { labels, seen: { truth: true, value, sampledAt: moment.now, vanished: false } });
    }
  }
}

/** Does an alert fire whose labels contradict none of those asked for? Equal labels are found by key. */
function firingIn(alerts: ReadonlyMap<string, Alert>): (labels: Labels) => boolean {
  const sized = [...alerts.values()]
    .filter(({ phase }) => phase === 'firing')
    .map(({ labels }) => [Object.keys(labels).length, Object.entries(labels)] as const);
  return (labels) => {
    if (alerts.get(keyOf(labels))?.phase === 'firing') return true;
    const own = Object.keys(labels).length;
    return sized.some(
      ([size, pairs]) =>
        size !== own && pairs.every(([name, value]) => labels[name] === undefined || labels[name] === value),
    );
  };
}

const NOTHING: RuleResult = { truth: null, value: null, sampledAt: -Infinity, vanished: false };

const isPartOf = (part: Labels, whole: Labels): boolean =>
  Object.keys(part).length < Object.keys(whole).length &&
  Object.entries(part).every(([name, value]) => whole[name] === value);

interface Seen {
  readonly labels: Labels;
  readonly seen: RuleResult;
}

/** The series' labels and the rule's, filled in. */
export const alertLabels = ({ labels: templates }: Rule, alert: Alert): Labels =>
  Object.fromEntries(
    Object.entries({ ...alert.labels, ...filled(templates, alert) }).filter(([, value]) => value !== ''),
  );

export const alertAnnotations = ({ annotations }: Rule, alert: Alert): Labels => filled(annotations, alert);

function filled(templates: Rule['labels'], { labels, value }: Alert): Labels {
  const data = { labels, value: value ?? NaN };
  return Object.fromEntries(Object.entries(templates).map(([name, template]) => [name, fill(template, data)]));
}
