/** A change of an alert, as the record, the screens and pages show it. */
import type { Severity } from '../incident/severity.ts';
import type { Alert, AlertPhase } from './alert.ts';
import type { Labels } from './labels.ts';
import type { Suppression } from './inhibition.ts';
import type { Rule } from './rule.ts';
import { plain, show } from './template.ts';
import { alertAnnotations, alertLabels } from './tracker.ts';

export interface Transition {
  /** Stable for a rule and labels. */
  readonly alert: string;
  readonly rule: string;
  readonly from: AlertPhase;
  /** Equal to `from` when only the suppression ended. */
  readonly to: AlertPhase;
  readonly reason: string;
  readonly severity: Severity;
  readonly summary: string;
  readonly labels: Labels;
  readonly runbook: string | null;
  readonly route: string | null;
  readonly value: number | null;
  /** When the condition became true, and when this change was seen; ms since 1970. */
  readonly since: number;
  readonly at: number;
  /** Why nobody is notified; null: they are. */
  readonly suppression: Suppression | null;
  readonly flapping: boolean;
}

const MAX_LABELS = 30;

/** Rule and labels. */
export const alertId = (rule: Rule, key: string): string => plain(key === '' ? rule.id : `${rule.id}{${key}}`);

/** Labels that are safe to draw, and not too many. */
export function safeLabels(rule: Rule, alert: Alert): Labels {
  const all = Object.entries(alertLabels(rule, alert)).slice(0, MAX_LABELS);
  return Object.fromEntries(all.map(([name, value]) => [plain(name, 60), plain(value, 120)]));
}

/** The rule's own summary, else name, target, value and condition. */
export function summarize(rule: Rule, alert: Alert): string {
  const { summary, description } = alertAnnotations(rule, alert);
  const own = summary ?? description;
  const isSilent = alert.phase === 'no_data';
  if (own !== undefined && !isSilent) return plain(own);
  const { target, ...rest } = alert.labels;
  const details = [rule.text.replace(/\s+/g, ' '), ...Object.entries(rest).map(([name, value]) => `${name}=${value}`)];
  // The value of a bare metric says nothing.
  const number = alert.value === null || rule.expr.kind === 'selector' ? null : show(rounded(alert.value));
  const what = isSilent ? 'no data' : number;
  const on = target === undefined ? '' : ` on ${target}`;
  return plain(`${rule.name}${on}${what === null ? '' : `: ${what}`} (${details.join(', ')})`);
}

const rounded = (value: number): number => (Number.isInteger(value) ? value : Number(value.toPrecision(4)));

export function reasonOf(from: AlertPhase, to: AlertPhase, rule: Rule, alert: Alert): string {
  const reasons: Readonly<Record<AlertPhase, string>> = {
    pending: alert.unknownSince === null ? 'the condition holds' : 'nothing is known',
    firing: from === 'no_data' ? 'the data is back and the condition holds' : 'the condition held long enough',
    no_data: 'nothing has been known for long enough',
    inactive: 'the condition ceased to hold',
    resolved: rule.keepMs === 0 ? 'the condition no longer holds' : 'the condition has not held for long enough',
    expired: 'nothing has been known for 15 minutes',
  };
  return reasons[to];
}
