/** Who has been told what: turns what alerts do into transitions, and keeps quiet where there is a reason to. */
import { FLAP_MS, isActive, isFlapping, type Alert, type Phase } from './alert.ts';
import { inhibitedBy, silencedBy, type Inhibitor, type Suppression, type Silence } from './inhibition.ts';
import type { Rule } from './rule.ts';
import type { Acked, Notification } from './saved-alert.ts';
import { alertLabels, type Tracker } from './tracker.ts';
import { alertId, reasonOf, safeLabels, summarize, type Transition } from './transition.ts';

const NEVER_TOLD: Notification = { told: 'resolved', toldAt: -Infinity, flapping: false, acked: null };

/** One alert at one moment: `from` is its phase before, when that changed. `wall` is ms since 1970. */
interface Sight {
  readonly id: string;
  readonly rule: Rule;
  readonly alert: Alert;
  readonly from: Phase | undefined;
  readonly now: number;
  readonly wall: number;
}

export class NotificationState {
  private notices = new Map<string, Notification>();
  /** Why nobody was told of an alert that fires. */
  private readonly suppressed = new Map<string, Suppression>();

  of(id: string): Notification | undefined {
    return this.notices.get(id);
  }

  /** Who is on it at `wall`; null once that has run out. */
  ackedOf(id: string, wall: number): Acked | null {
    const acked = this.notices.get(id)?.acked ?? null;
    return acked !== null && wall < acked.until ? acked : null;
  }

  acknowledge(id: string, acked: Acked | null): void {
    this.notices.set(id, { ...(this.notices.get(id) ?? NEVER_TOLD), acked });
  }

  suppressionOf(id: string): Suppression | null {
    return this.suppressed.get(id) ?? null;
  }

  restore(id: string, notice: Notification): void {
    this.notices.set(id, notice);
  }

  /** Transitions of all alerts; `changed` holds the former phase of those that changed. */
  tell(
    trackers: readonly Tracker[],
    changed: ReadonlyMap<string, Phase>,
    silences: readonly Silence[],
    now: number,
    wall: number,
  ): Transition[] {
    const inhibitors = { causes: inhibitorsAmong(trackers), silent: representatives(trackers) };
    const transitions: Transition[] = [];
    const kept = new Map<string, Notification>();
    for (const { rule, alerts } of trackers) {
      for (const [key, alert] of alerts) {
        const id = alertId(rule, key);
        const sight = { id, rule, alert, from: changed.get(id), now, wall };
        const transition = this.look(sight, inhibitors, silences);
        if (transition !== null) transitions.push(transition);
        const notice = this.notices.get(id);
        if (notice !== undefined) kept.set(id, notice);
      }
    }
    this.notices = kept;
    for (const id of this.suppressed.keys()) if (!kept.has(id)) this.suppressed.delete(id);
    return transitions;
  }

  /** The last word on an alert that is watched no more, and why; null when nobody was told that it fires. */
  end(rule: Rule, key: string, alert: Alert, why: string, now: number, wall: number): Transition | null {
    const id = alertId(rule, key);
    const told = this.notices.get(id)?.told === 'firing';
    this.notices.delete(id);
    this.suppressed.delete(id);
    if (!told) return null;
    const ended: Alert = { ...alert, phase: 'resolved' };
    const sight = { id, rule, alert: ended, from: alert.phase, now, wall };
    return { ...describe(sight, null, false), reason: why };
  }

  /** Compares what is with what people were told, and tells them unless there is a reason not to. */
  private look(sight: Sight, inhibitors: Inhibitions, silences: readonly Silence[]): Transition | null {
    const { id, alert, from, now } = sight;
    const before = this.notices.get(id) ?? NEVER_TOLD;
    const flapping = isFlapping(alert, before.flapping, now);
    const is = isActive(alert) ? 'firing' : 'resolved';
    const news = is !== before.told;
    // That it flaps is itself worth telling, once.
    const known = flapping && before.flapping && now - before.toldAt < FLAP_MS;
    const tooSoon: Suppression | null = known ? { kind: 'flapping' } : null;
    let suppression: Suppression | null = null;
    if (news) suppression = (is === 'firing' ? suppressionFor(sight, inhibitors, silences) : null) ?? tooSoon;
    // Back to what people were told last, or ending as it began: without a call.
    else suppression = tooSoon ?? (is === 'resolved' ? (this.suppressed.get(id) ?? null) : null);
    const told = news && suppression === null;
    // Whoever is on it is done when it is over; what flaps is not over yet.
    const acked = is === 'firing' || flapping ? before.acked : null;
    this.notices.set(id, { ...(told ? { told: is, toldAt: now } : before), flapping, acked });
    if (is === 'firing' && news && suppression !== null) this.suppressed.set(id, suppression);
    else this.suppressed.delete(id);
    return from === undefined && !told ? null : describe(sight, suppression, flapping);
  }
}

function describe(
  { id, rule, alert, from, now, wall }: Sight,
  suppression: Suppression | null,
  flapping: boolean,
): Transition {
  return {
    alert: id,
    rule: rule.name,
    from: from ?? alert.phase,
    to: alert.phase,
    reason: from === undefined ? 'it is no longer kept quiet' : reasonOf(from, alert.phase, rule, alert),
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

function inhibitorsAmong(trackers: readonly Tracker[]): Inhibitor[] {
  return trackers.flatMap(({ rule, alerts }) =>
    rule.inhibits.length === 0
      ? []
      : [...alerts.values()]
          .filter(isActive)
          .map((alert) => ({ name: rule.name, labels: alertLabels(rule, alert), equal: rule.inhibits })),
  );
}

/** What keeps others quiet. */
interface Inhibitions {
  readonly causes: readonly Inhibitor[];
  /** By target. */
  readonly silent: ReadonlyMap<string, Rule>;
}

/**
 * A server that says nothing fires every rule that takes silence for the worst. It is one matter, and one call: of those
 * rules the most severe speaks, the first of equals.
 */
function representatives(trackers: readonly Tracker[]): Map<string, Rule> {
  const found = new Map<string, Rule>();
  for (const { rule, alerts } of trackers)
    for (const alert of alerts.values()) {
      const { target } = alert.labels;
      if (alert.phase !== 'no_data' || target === undefined) continue;
      const before = found.get(target);
      if (before === undefined || rule.severity < before.severity) found.set(target, rule);
    }
  return found;
}

function suppressionFor(
  { rule, alert, wall }: Sight,
  inhibitors: Inhibitions,
  silences: readonly Silence[],
): Suppression | null {
  const labels = { ...alertLabels(rule, alert), alertname: rule.name, severity: rule.severity };
  // What mutes others is the cause; it is never muted itself.
  const inhibited =
    rule.inhibits.length > 0
      ? null
      : (inhibitedBy(inhibitors.causes, labels) ?? representedBy(rule, alert, inhibitors));
  return inhibited ?? silencedBy(silences, labels, wall);
}

function representedBy(rule: Rule, alert: Alert, { silent }: Inhibitions): Suppression | null {
  const speaks = alert.phase === 'no_data' ? silent.get(alert.labels['target'] ?? '') : undefined;
  return speaks === undefined || speaks === rule ? null : { kind: 'inhibited', by: speaks.name };
}
