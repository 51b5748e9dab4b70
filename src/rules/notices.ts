/** Who has been told what: turns what alerts do into transitions, and keeps quiet where there is a reason to. */
import { FLAP_MS, isActive, isFlapping, type Alert, type Phase } from './alerts.ts';
import { mutedBy, silencedBy, type Muter, type Quiet, type Silence } from './quiet.ts';
import type { Rule } from './rule.ts';
import type { Acked, Notice } from './state.ts';
import { alertLabels, type Tracker } from './tracker.ts';
import { alertId, reasonOf, safeLabels, summarize, type Transition } from './transition.ts';

const NEVER_TOLD: Notice = { told: 'resolved', toldAt: -Infinity, flapping: false, acked: null };

/** One alert at one moment: `from` is its phase before, when that changed. `wall` is ms since 1970. */
interface Sight {
  readonly id: string;
  readonly rule: Rule;
  readonly alert: Alert;
  readonly from: Phase | undefined;
  readonly now: number;
  readonly wall: number;
}

export class Notices {
  private notices = new Map<string, Notice>();
  /** Why nobody was told of an alert that fires. */
  private readonly quiets = new Map<string, Quiet>();

  of(id: string): Notice | undefined {
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

  quietOf(id: string): Quiet | null {
    return this.quiets.get(id) ?? null;
  }

  restore(id: string, notice: Notice): void {
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
    const muters = { causes: mutersAmong(trackers), silent: spokesmen(trackers) };
    const transitions: Transition[] = [];
    const kept = new Map<string, Notice>();
    for (const { rule, alerts } of trackers) {
      for (const [key, alert] of alerts) {
        const id = alertId(rule, key);
        const sight = { id, rule, alert, from: changed.get(id), now, wall };
        const transition = this.look(sight, muters, silences);
        if (transition !== null) transitions.push(transition);
        const notice = this.notices.get(id);
        if (notice !== undefined) kept.set(id, notice);
      }
    }
    this.notices = kept;
    for (const id of this.quiets.keys()) if (!kept.has(id)) this.quiets.delete(id);
    return transitions;
  }

  /** The last word on an alert that is watched no more, and why; null when nobody was told that it fires. */
  end(rule: Rule, key: string, alert: Alert, why: string, now: number, wall: number): Transition | null {
    const id = alertId(rule, key);
    const told = this.notices.get(id)?.told === 'firing';
    this.notices.delete(id);
    this.quiets.delete(id);
    if (!told) return null;
    const ended: Alert = { ...alert, phase: 'resolved' };
    const sight = { id, rule, alert: ended, from: alert.phase, now, wall };
    return { ...describe(sight, null, false), reason: why };
  }

  /** Compares what is with what people were told, and tells them unless there is a reason not to. */
  private look(sight: Sight, muters: Muters, silences: readonly Silence[]): Transition | null {
    const { id, alert, from, now } = sight;
    const before = this.notices.get(id) ?? NEVER_TOLD;
    const flapping = isFlapping(alert, before.flapping, now);
    const is = isActive(alert) ? 'firing' : 'resolved';
    const news = is !== before.told;
    // That it flaps is itself worth telling, once.
    const known = flapping && before.flapping && now - before.toldAt < FLAP_MS;
    const tooSoon: Quiet | null = known ? { kind: 'flapping' } : null;
    let quiet: Quiet | null = null;
    if (news) quiet = (is === 'firing' ? quietFor(sight, muters, silences) : null) ?? tooSoon;
    // Back to what people were told last, or ending as it began: without a call.
    else quiet = tooSoon ?? (is === 'resolved' ? (this.quiets.get(id) ?? null) : null);
    const told = news && quiet === null;
    // Whoever is on it is done when it is over; what flaps is not over yet.
    const acked = is === 'firing' || flapping ? before.acked : null;
    this.notices.set(id, { ...(told ? { told: is, toldAt: now } : before), flapping, acked });
    if (is === 'firing' && news && quiet !== null) this.quiets.set(id, quiet);
    else this.quiets.delete(id);
    return from === undefined && !told ? null : describe(sight, quiet, flapping);
  }
}

function describe({ id, rule, alert, from, now, wall }: Sight, quiet: Quiet | null, flapping: boolean): Transition {
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
    quiet,
    flapping,
  };
}

function mutersAmong(trackers: readonly Tracker[]): Muter[] {
  return trackers.flatMap(({ rule, alerts }) =>
    rule.mutes.length === 0
      ? []
      : [...alerts.values()]
          .filter(isActive)
          .map((alert) => ({ name: rule.name, labels: alertLabels(rule, alert), equal: rule.mutes })),
  );
}

/** What keeps others quiet. */
interface Muters {
  readonly causes: readonly Muter[];
  /** By target. */
  readonly silent: ReadonlyMap<string, Rule>;
}

/**
 * A server that says nothing fires every rule that takes silence for the worst. It is one matter, and one call: of those
 * rules the most severe speaks, the first of equals.
 */
function spokesmen(trackers: readonly Tracker[]): Map<string, Rule> {
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

function quietFor({ rule, alert, wall }: Sight, muters: Muters, silences: readonly Silence[]): Quiet | null {
  const labels = { ...alertLabels(rule, alert), alertname: rule.name, severity: rule.severity };
  // What mutes others is the cause; it is never muted itself.
  const muted = rule.mutes.length > 0 ? null : (mutedBy(muters.causes, labels) ?? spokenFor(rule, alert, muters));
  return muted ?? silencedBy(silences, labels, wall);
}

function spokenFor(rule: Rule, alert: Alert, { silent }: Muters): Quiet | null {
  const speaks = alert.phase === 'no_data' ? silent.get(alert.labels['target'] ?? '') : undefined;
  return speaks === undefined || speaks === rule ? null : { kind: 'muted', by: speaks.name };
}
