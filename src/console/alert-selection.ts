/** Which alerts are offered to a person, in which order; how a person names the alerts of a silence. Pure. */
import { SEVERITIES } from '../incident/severity.ts';
import type { AlertView } from '../protocol/messages.ts';
import type { View } from './view.ts';

type Known = Pick<View, 'alerts'>;

/** Alerts that fire, belong to no incident, and are neither silenced nor inhibited: each proposes an incident. */
export const proposedAlerts = (view: Known): readonly AlertView[] =>
  loud(view).filter(({ incident }) => incident === null);

/** Alerts that nobody acknowledged; those that propose an incident first. */
export const unacknowledgedAlerts = (view: Known): readonly AlertView[] => {
  const open = loud(view).filter(({ acked }) => acked === undefined);
  return [...open.filter(({ incident }) => incident === null), ...open.filter(({ incident }) => incident !== null)];
};

/** Firing alerts that are neither silenced nor inhibited: the worst first, acknowledged ones later, ending ones last. */
const loud = ({ alerts }: Known): readonly AlertView[] =>
  (alerts ?? [])
    .filter((alert) => alert.state !== 'pending' && (alert.silencedUntil ?? alert.inhibited) === undefined)
    .toSorted((a, b) => rank(a) - rank(b));

const rank = ({ severity, acked, ending }: AlertView): number =>
  SEVERITIES.indexOf(severity) + (acked ? 10 : 0) + (ending ? 20 : 0);

/** The alert with this id, or the only one of the rule with this name. */
export function alertNamed(name: string, alerts: readonly AlertView[]): AlertView | undefined {
  const ofRule = alerts.filter(({ rule }) => rule === name);
  return alerts.find(({ alert }) => alert === name) ?? (ofRule.length === 1 ? ofRule[0] : undefined);
}

/** What a declaration says of the alert it begins with. */
export const begunBy = ({ alert, runbook }: AlertView) => ({ alert, ...(runbook !== null && { runbook }) });

/** The alert's target, as the first word of its row in a list. */
export const alertTarget = ({ labels }: AlertView): string =>
  labels['target'] === undefined ? '' : `${labels['target']}  `;

/** An alert's id, a rule's name, or matchers -> matchers: `{target="cache", severity=~"SEV-[23]"}`. */
export function matcherOf(text: string, alerts: readonly AlertView[]): string {
  const asked = text.trim();
  if (asked.startsWith('{')) return asked;
  return matcherFor(alerts.find((one) => one.alert === asked) ?? { rule: asked, labels: {} });
}

/** What says how bad an alert is, or whom to call, does not tell it from others. */
const NOT_IDENTIFYING: ReadonlySet<string> = new Set(['alertname', 'severity', 'route']);
/** A matcher has at most 500 characters. */
const MOST_LABELS = 400;

/** Matchers for this alert: its rule and its target; of one from outside all labels, as they tell it from others of its name. */
export function matcherFor({ rule, labels, source }: Pick<AlertView, 'rule' | 'labels' | 'source'>): string {
  const isMatched = (name: string): boolean =>
    source === undefined ? name === 'target' : !NOT_IDENTIFYING.has(name) && /^[a-zA-Z_]\w*$/.test(name);
  let text = `{alertname=${JSON.stringify(rule)}`;
  for (const [name, value] of Object.entries(labels)) {
    const more = `, ${name}=${JSON.stringify(value)}`;
    if (isMatched(name) && text.length + more.length < MOST_LABELS) text += more;
  }
  return `${text}}`;
}
