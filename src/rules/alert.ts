/** The states of one alert. Pure; times are the monotonic clock's, ms. */
import type { Labels } from './labels.ts';
import type { Truth } from './three-valued.ts';
import type { Rule } from './rule.ts';

/** `no_data` fires because nothing is known; `expired` fired and then had no data for EXPIRE_MS. */
export type AlertPhase = 'inactive' | 'pending' | 'firing' | 'no_data' | 'resolved' | 'expired';

export interface RuleResult {
  readonly truth: Truth;
  readonly value: number | null;
  /** When the target was last polled: a pending alert fires only on a newer sample. */
  readonly sampledAt: number;
  /** There is no series, not even a stale one. */
  readonly vanished: boolean;
}

export interface Alert {
  readonly labels: Labels;
  readonly phase: AlertPhase;
  readonly activeAt: number;
  readonly phaseAt: number;
  /** When the sample was polled that began it; when the condition was last true. */
  readonly beganWith: number;
  readonly trueAt: number;
  /** Since when the condition of a firing alert is false. */
  readonly falseSince: number | null;
  /** Since when nothing is known. */
  readonly unknownSince: number | null;
  readonly value: number | null;
  /** When it went to or from firing within FLAP_MS, oldest first. */
  readonly flips: readonly number[];
}

/** How long a firing alert without data, and one that is over, are kept. */
export const EXPIRE_MS = 15 * 60_000;
/** An alert flaps from this many changes within FLAP_MS until there was none for as long. */
const FLAP_COUNT = 5;
export const FLAP_MS = 10 * 60_000;

export const isActive = ({ phase }: Alert): boolean => phase === 'firing' || phase === 'no_data';

export function inactive(labels: Labels, now: number): Alert {
  return {
    labels,
    phase: 'inactive',
    activeAt: now,
    phaseAt: now,
    beganWith: now,
    trueAt: now,
    falseSince: null,
    unknownSince: null,
    value: null,
    flips: [],
  };
}

/** The alert after one observation. `now` never goes back. */
export function observe(rule: Rule, alert: Alert, seen: RuleResult, now: number): Alert {
  const kept = alert.flips.length > 0 && now - (alert.flips[0] as number) > FLAP_MS ? prune(alert, now) : alert;
  const unknownSince = seen.truth === null ? (kept.unknownSince ?? now) : null;
  const value = seen.truth === null ? kept.value : seen.value;
  const current = unknownSince === kept.unknownSince && value === kept.value ? kept : { ...kept, unknownSince, value };
  switch (kept.phase) {
    case 'inactive':
    case 'resolved':
    case 'expired':
      return counted(rule, seen) === true ? begin(rule, current, seen, now) : current;
    case 'pending':
      return waiting(rule, current, seen, kept.unknownSince !== null, now);
    case 'firing':
    case 'no_data':
      return burning(rule, current, seen, now);
    default:
      return kept.phase satisfies never;
  }
}

/** The truth as the rule's `nodata` counts it; null: the alert stays as it is. */
function counted({ nodata }: Rule, { truth }: RuleResult): Truth {
  if (truth !== null) return truth;
  return nodata === 'alert' ? true : nodata === 'ok' ? false : null;
}

function begin(rule: Rule, alert: Alert, seen: RuleResult, now: number): Alert {
  const started = { ...alert, activeAt: now, beganWith: seen.sampledAt, trueAt: now, falseSince: null };
  return rule.forMs === 0 ? fire(started, seen, now) : enter(started, 'pending', now);
}

function waiting(rule: Rule, alert: Alert, seen: RuleResult, wasFrozen: boolean, now: number): Alert {
  const truth = counted(rule, seen);
  if (truth === null) return alert;
  if (!truth) return enter(alert, 'inactive', now);
  // Data was missing for longer than `for`: the wait starts again.
  if (wasFrozen && now - alert.trueAt > rule.forMs && rule.nodata === 'keep') {
    return { ...alert, activeAt: now, beganWith: seen.sampledAt, trueAt: now };
  }
  const held = { ...alert, trueAt: now };
  const confirmed = rule.dialect === 'prometheus' || seen.truth === null || seen.sampledAt > alert.beganWith;
  return confirmed && now - alert.activeAt >= rule.forMs ? fire(held, seen, now) : held;
}

function burning(rule: Rule, alert: Alert, seen: RuleResult, now: number): Alert {
  const truth = counted(rule, seen);
  const lost = truth === null || seen.vanished;
  if (lost && alert.unknownSince !== null && now - alert.unknownSince >= EXPIRE_MS) return enter(alert, 'expired', now);
  if (truth === null) return alert;
  if (truth) {
    const held = { ...alert, trueAt: now, falseSince: null };
    return alert.phase === 'no_data' && seen.truth === true ? enter(held, 'firing', now) : held;
  }
  const falseSince = alert.falseSince ?? now;
  if (rule.keepMs === 0 || now - falseSince >= rule.keepMs)
    return enter({ ...alert, falseSince: null }, 'resolved', now);
  return { ...alert, falseSince };
}

const fire = (alert: Alert, seen: RuleResult, now: number): Alert =>
  enter(alert, seen.truth === null ? 'no_data' : 'firing', now);

function enter(alert: Alert, phase: AlertPhase, now: number): Alert {
  const next = { ...alert, phase, phaseAt: now };
  return isActive(next) === isActive(alert) ? next : { ...next, flips: [...alert.flips, now].slice(-FLAP_COUNT * 4) };
}

const prune = (alert: Alert, now: number): Alert => ({
  ...alert,
  flips: alert.flips.filter((time) => now - time <= FLAP_MS),
});

export function isFlapping(alert: Alert, was: boolean, now: number): boolean {
  const recent = alert.flips.filter((time) => now - time <= FLAP_MS).length;
  return was ? recent > 0 : recent >= FLAP_COUNT;
}

/** After the process slept the time in between is unknown: `for` and `keep` start again. */
export function wake(alert: Alert, now: number): Alert {
  if (alert.phase === 'pending') return { ...alert, activeAt: now, beganWith: now, trueAt: now };
  return alert.falseSince === null ? alert : { ...alert, falseSince: now };
}

/** It has ended and need not be kept. */
export const isAlertOver = (alert: Alert, now: number): boolean =>
  alert.phase === 'inactive'
    ? alert.flips.every((time) => now - time > FLAP_MS)
    : (alert.phase === 'resolved' || alert.phase === 'expired') && now - alert.phaseAt > EXPIRE_MS;
