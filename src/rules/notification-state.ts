/** What people were last told of each alert, and the transitions that tell them of changes. */
import { FLAP_MS, isActive, isFlapping, type Alert, type AlertPhase } from './alert.ts';
import { inhibitionsAmong, silencedBy, type InhibitionOf, type Silence, type Suppression } from './inhibition.ts';
import type { Labels } from './labels.ts';
import type { Rule } from './rule.ts';
import { NEVER_TOLD, type Acked, type Notification } from './saved-alert.ts';
import { alertAnnotations, alertLabels, type Tracker } from './tracker.ts';
import { plain, valueText } from './template.ts';

/** A change of an alert, as the record, the screens and pages show it. */
export interface Transition extends Readonly<ReturnType<typeof detailsOf>> {
  readonly from: AlertPhase;
  /** Equal to `from` when only the suppression ended. */
  readonly to: AlertPhase;
  readonly reason: string;
  readonly value: number | null;
  /** When the condition became true, and when this change was seen; ms since 1970. */
  readonly since: number;
  readonly at: number;
  /** Why nobody is notified; null: they are. */
  readonly suppression: Suppression | null;
  readonly flapping: boolean;
}

/** One alert at one evaluation. `from`: its phase before a change. `wall`: ms since 1970. */
interface Evaluated {
  readonly id: string;
  readonly rule: Rule;
  readonly alert: Alert;
  readonly from: AlertPhase | undefined;
  readonly now: number;
  readonly wall: number;
}

export class NotificationState {
  private notifications = new Map<string, Notification>();

  /** Undefined: the alert is not known. */
  of(id: string): Notification | undefined {
    return this.notifications.get(id);
  }

  acknowledge(id: string, acked: Acked | null): void {
    this.notifications.set(id, { ...(this.notifications.get(id) ?? NEVER_TOLD), acked });
  }

  restore(id: string, notification: Notification): void {
    this.notifications.set(id, notification);
  }

  /** The transitions of one evaluation. `changed`: former phases by alert. */
  tell(
    trackers: readonly Tracker[],
    changed: ReadonlyMap<string, AlertPhase>,
    silences: readonly Silence[],
    now: number,
    wall: number,
  ): Transition[] {
    const inhibitionOf = inhibitionsAmong(trackers);
    const transitions: Transition[] = [];
    const kept = new Map<string, Notification>();
    for (const { rule, alerts } of trackers) {
      for (const [key, alert] of alerts) {
        const id = alertId(rule, key);
        const evaluated = { id, rule, alert, from: changed.get(id), now, wall };
        const transition = this.compare(evaluated, inhibitionOf, silences);
        if (transition !== null) transitions.push(transition);
        const notification = this.notifications.get(id);
        if (notification !== undefined) kept.set(id, notification);
      }
    }
    this.notifications = kept;
    return transitions;
  }

  /** The last transition of an alert that is not evaluated any more; null when nobody was told that it fires. */
  end(rule: Rule, key: string, alert: Alert, why: string, now: number, wall: number): Transition | null {
    const id = alertId(rule, key);
    const wasTold = this.notifications.get(id)?.told === 'firing';
    this.notifications.delete(id);
    if (!wasTold) return null;
    const ended: Alert = { ...alert, phase: 'resolved' };
    return { ...describe({ id, rule, alert: ended, from: alert.phase, now, wall }, null, false), reason: why };
  }

  /** Tells people of a difference from what they were told, unless it is suppressed. */
  private compare(evaluated: Evaluated, inhibitionOf: InhibitionOf, silences: readonly Silence[]): Transition | null {
    const { id, alert, from, now } = evaluated;
    const before = this.notifications.get(id) ?? NEVER_TOLD;
    const flapping = isFlapping(alert, before.flapping, now);
    const is = isActive(alert) ? 'firing' : 'resolved';
    const isNews = is !== before.told;
    // Flapping is told once per FLAP_MS.
    const isTold = flapping && before.flapping && now - before.toldAt < FLAP_MS;
    const flaps: Suppression | null = isTold ? { kind: 'flapping' } : null;
    let suppression: Suppression | null = null;
    if (isNews) suppression = (is === 'firing' ? suppressionFor(evaluated, inhibitionOf, silences) : null) ?? flaps;
    else suppression = flaps ?? (is === 'resolved' ? before.suppression : null);
    const isCalled = isNews && suppression === null;
    this.notifications.set(id, {
      ...(isCalled ? { told: is, toldAt: now } : before),
      flapping,
      // An acknowledgement ends with the alert; a flapping alert has not ended.
      acked: is === 'firing' || flapping ? before.acked : null,
      suppression: is === 'firing' && isNews ? suppression : null,
    });
    return from === undefined && !isCalled ? null : describe(evaluated, suppression, flapping);
  }
}

function suppressionFor(
  { rule, alert, wall }: Evaluated,
  inhibitionOf: InhibitionOf,
  silences: readonly Silence[],
): Suppression | null {
  const labels = { ...alertLabels(rule, alert), alertname: rule.name, severity: rule.severity };
  return inhibitionOf(rule, alert, labels) ?? silencedBy(silences, labels, wall);
}

function describe(
  { id, rule, alert, from, now, wall }: Evaluated,
  suppression: Suppression | null,
  flapping: boolean,
): Transition {
  return {
    ...detailsOf(rule, id, alert),
    from: from ?? alert.phase,
    to: alert.phase,
    reason: from === undefined ? 'it is no longer suppressed' : reasonOf(from, alert.phase, rule, alert),
    value: alert.value,
    since: Math.round(wall - (now - alert.activeAt)),
    at: wall,
    suppression,
    flapping,
  };
}

/** What every account of an alert says of it. */
export const detailsOf = (rule: Rule, id: string, alert: Alert) => ({
  alert: id,
  rule: rule.name,
  severity: rule.severity,
  summary: summarize(rule, alert),
  labels: safeLabels(rule, alert),
  runbook: rule.runbook,
  /** Who is called for it; null: nobody. */
  route: rule.route,
});

const MAX_LABELS = 30;

/** Stable for a rule and labels. */
export const alertId = (rule: Rule, key: string): string => plain(key === '' ? rule.id : `${rule.id}{${key}}`);

/** Labels that are safe to draw, and not too many. */
function safeLabels(rule: Rule, alert: Alert): Labels {
  const all = Object.entries(alertLabels(rule, alert)).slice(0, MAX_LABELS);
  return Object.fromEntries(all.map(([name, value]) => [plain(name, 60), plain(value, 120)]));
}

/** The rule's own summary, else name, target, value and condition. */
function summarize(rule: Rule, alert: Alert): string {
  const { summary, description } = alertAnnotations(rule, alert);
  const own = summary ?? description;
  const isSilent = alert.phase === 'no_data';
  if (own !== undefined && !isSilent) return plain(own);
  const { target, ...rest } = alert.labels;
  const details = [rule.text.replace(/\s+/g, ' '), ...Object.entries(rest).map(([name, value]) => `${name}=${value}`)];
  // The value of a bare metric says nothing.
  const number = alert.value === null || rule.expr.kind === 'selector' ? null : valueText(rounded(alert.value));
  const what = isSilent ? 'no data' : number;
  const on = target === undefined ? '' : ` on ${target}`;
  return plain(`${rule.name}${on}${what === null ? '' : `: ${what}`} (${details.join(', ')})`);
}

const rounded = (value: number): number => (Number.isInteger(value) ? value : Number(value.toPrecision(4)));

function reasonOf(from: AlertPhase, to: AlertPhase, rule: Rule, alert: Alert): string {
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
