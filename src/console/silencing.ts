/** What people write to name the alerts of a silence, as matchers. Pure. */
import type { AlertView } from '../protocol/messages.ts';

/** An alert, its rule's name, or matchers as they are: `{target="cache", severity=~"SEV-[23]"}`. */
export function matcherOf(text: string, alerts: readonly AlertView[]): string {
  const asked = text.trim();
  if (asked.startsWith('{')) return asked;
  const alert = alerts.find((one) => one.alert === asked);
  if (alert !== undefined) return matcherFor(alert);
  return `{alertname=${JSON.stringify(asked)}}`;
}

/** Matchers that name this alert: its rule, and its target where it has one. */
export function matcherFor({ rule, labels }: AlertView): string {
  const { target } = labels;
  return `{alertname=${JSON.stringify(rule)}${target === undefined ? '' : `, target=${JSON.stringify(target)}`}}`;
}
