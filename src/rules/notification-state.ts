/** What people were last told of each alert, and the transitions that tell them of changes. */
import { FLAP_MS, isActive, isFlapping, type Alert, type AlertPhase } from './alert.ts';
import { Inhibitions, silencedBy, type Silence, type Suppression } from './inhibition.ts';
import type { Rule } from './rule.ts';
import type { Acked, Notification } from './saved-alert.ts';
import { alertLabels, type Tracker } from './tracker.ts';
import { alertId, reasonOf, safeLabels, summarize, type Transition } from './transition.ts';

const NEVER_TOLD: Notification = { told: 'resolved', toldAt: -Infinity, flapping: false, acked: null };

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
  /** Firing alerts of which nobody was told, and why. */
  private readonly suppressed = new Map<string, Suppression>();

  of(id: string): Notification | undefined {
    return this.notifications.get(id);
  }

  /** Null once the acknowledgement has expired. */
  ackedOf(id: string, wall: number): Acked | null {
    const acked = this.notifications.get(id)?.acked ?? null;
    return acked !== null && wall < acked.until ? acked : null;
  }

  acknowledge(id: string, acked: Acked | null): void {
    this.notifications.set(id, { ...(this.notifications.get(id) ?? NEVER_TOLD), acked });
  }

  suppressionOf(id: string): Suppression | null {
    return this.suppressed.get(id) ?? null;
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
    const inhibitions = new Inhibitions(trackers);
    const transitions: Transition[] = [];
    const kept = new Map<string, Notification>();
    for (const { rule, alerts } of trackers) {
      for (const [key, alert] of alerts) {
        const id = alertId(rule, key);
        const evaluated = { id, rule, alert, from: changed.get(id), now, wall };
        const transition = this.compare(evaluated, inhibitions, silences);
        if (transition !== null) transitions.push(transition);
        const notification = this.notifications.get(id);
        if (notification !== undefined) kept.set(id, notification);
      }
    }
    this.notifications = kept;
    for (const id of this.suppressed.keys()) if (!kept.has(id)) this.suppressed.delete(id);
    return transitions;
  }

  /** The last transition of an alert that is not evaluated any more; null when nobody was told that it fires. */
  end(rule: Rule, key: string, alert: Alert, why: string, now: number, wall: number): Transition | null {
    const id = alertId(rule, key);
    const wasTold = this.notifications.get(id)?.told === 'firing';
    this.notifications.delete(id);
    this.suppressed.delete(id);
    if (!wasTold) return null;
    const ended: Alert = { ...alert, phase: 'resolved' };
    return { ...describe({ id, rule, alert: ended, from: alert.phase, now, wall }, null, false), reason: why };
  }

  /** Tells people of a difference from what they were told, unless it is suppressed. */
  private compare(evaluated: Evaluated, inhibitions: Inhibitions, silences: readonly Silence[]): Transition | null {
    const { id, alert, from, now } = evaluated;
    const before = this.notifications.get(id) ?? NEVER_TOLD;
    const flapping = isFlapping(alert, before.flapping, now);
    const is = isActive(alert) ? 'firing' : 'resolved';
    const isNews = is !== before.told;
    // Flapping is told once per FLAP_MS.
    const isTold = flapping && before.flapping && now - before.toldAt < FLAP_MS;
    const flaps: Suppression | null = isTold ? { kind: 'flapping' } : null;
    let suppression: Suppression | null = null;
    if (isNews) suppression = (is === 'firing' ? suppressionFor(evaluated, inhibitions, silences) : null) ?? flaps;
    else suppression = flaps ?? (is === 'resolved' ? (this.suppressed.get(id) ?? null) : null);
    const isCalled = isNews && suppression === null;
    // An acknowledgement ends with the alert; a flapping alert has not ended.
    const acked = is === 'firing' || flapping ? before.acked : null;
    this.notifications.set(id, { ...(isCalled ? { told: is, toldAt: now } : before), flapping, acked });
    if (is === 'firing' && isNews && suppression !== null) this.suppressed.set(id, suppression);
    else this.suppressed.delete(id);
    return from === undefined && !isCalled ? null : describe(evaluated, suppression, flapping);
  }
}

function suppressionFor(
  { rule, alert, wall }: Evaluated,
  inhibitions: Inhibitions,
  silences: readonly Silence[],
): Suppression | null {
  const labels = { ...alertLabels(rule, alert), alertname: rule.name, severity: rule.severity };
  return inhibitions.of(rule, alert, labels) ?? silencedBy(silences, labels, wall);
}

function describe(
  { id, rule, alert, from, now, wall }: Evaluated,
  suppression: Suppression | null,
  flapping: boolean,
): Transition {
  return {
    alert: id,
    rule: rule.name,
    from: from ?? alert.phase,
    to: alert.phase,
    reason: from === undefined ? 'it is no longer suppressed' : reasonOf(from, alert.phase, rule, alert),
    severity: rule.severity,
    summary: summarize(rule, alert),
    labels: safeLabels(rule, alert),
    runbook: rule.runbook,
    route: rule.route,
    value: alert.value,
    since: Math.round(wall - (now - alert.activeAt)),
    at: wall,
    suppression,
    flapping,
  };
}
