/**
 * The life of one alert: inactive, pending, firing (or no_data), resolved. Pure; every time is the monotonic clock's,
 * in milliseconds, and is passed in.
 */
import type { Labels } from './labels.ts';
import type { Truth } from './three-valued.ts';
import type { Rule } from './rule.ts';

/** `no_data` fires because nothing is known; `expired` was firing and nothing has been known for too long. */
export type AlertPhase = 'inactive' | 'pending' | 'firing' | 'no_data' | 'resolved' | 'expired';

/** What one evaluation says of one label set. */
export interface Observation {
  readonly truth: Truth;
  readonly value: number | null;
  /** When the target was last polled: a pending alert fires only on a newer sample than the one that began it. */
  readonly sampledAt: number;
  /** No series is left, not even a stale one. */
  readonly vanished: boolean;
}

export interface Alert {
  readonly labels: Labels;
  readonly phase: AlertPhase;
  /** When the condition began to hold. */
  readonly activeAt: number;
  /** When this phase began. */
  readonly phaseAt: number;
  /** The sample that began it, and the last time the condition was seen to hold. */
  readonly beganWith: number;
  readonly trueAt: number;
  /** Firing, but the condition no longer holds, since then. */
  readonly falseSince: number | null;
  /** Nothing is known, since then. */
  readonly unknownSince: number | null;
  readonly value: number | null;
  /** When it went to or from firing, within the last FLAP_MS; oldest first. */
  readonly flips: readonly number[];
}

/** A firing alert whose data stays unknown for so long is expired; a resolved one is forgotten after as long. */
export const EXPIRE_MS = 15 * 60_000;
const FORGET_RESOLVED_MS = 15 * 60_000;
/** This many changes within this time are flapping, until there was none for as long. */
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

/** The alert after one observation at `now`. Times never go back. */
export function observe(rule: Rule, alert: Alert, seen: Observation, now: number): Alert {
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

/** The truth after the rule's `nodata`; null: the alert stays as it is. */
function counted({ nodata }: Rule, { truth }: Observation): Truth {
  if (truth !== null) return truth;
  return nodata === 'alert' ? true : nodata === 'ok' ? false : null;
}

function begin(rule: Rule, alert: Alert, seen: Observation, now: number): Alert {
  const started = { ...alert, activeAt: now, beganWith: seen.sampledAt, trueAt: now, falseSince: null };
  return rule.forMs === 0 ? fire(started, seen, now) : enter(started, 'pending', now);
}

function waiting(rule: Rule, alert: Alert, seen: Observation, wasFrozen: boolean, now: number): Alert {
  const truth = counted(rule, seen);
  if (truth === null) return alert;
  if (!truth) return enter(alert, 'inactive', now);
  // Without data for longer than `for`: starts to wait again.
  if (wasFrozen && now - alert.trueAt > rule.forMs && rule.nodata === 'keep') {
    return { ...alert, activeAt: now, beganWith: seen.sampledAt, trueAt: now };
  }
  const held = { ...alert, trueAt: now };
  const confirmed = rule.dialect === 'prometheus' || seen.truth === null || seen.sampledAt > alert.beganWith;
  return confirmed && now - alert.activeAt >= rule.forMs ? fire(held, seen, now) : held;
}

function burning(rule: Rule, alert: Alert, seen: Observation, now: number): Alert {
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

const fire = (alert: Alert, seen: Observation, now: number): Alert =>
  enter(alert, seen.truth === null ? 'no_data' : 'firing', now);

function enter(alert: Alert, phase: AlertPhase, now: number): Alert {
  const next = { ...alert, phase, phaseAt: now };
  return isActive(next) === isActive(alert) ? next : { ...next, flips: [...alert.flips, now].slice(-FLAP_COUNT * 4) };
}

const prune = (alert: Alert, now: number): Alert => ({
  ...alert,
  flips: alert.flips.filter((time) => now - time <= FLAP_MS),
});

/** Flapping begins with FLAP_COUNT changes within FLAP_MS and lasts until none was seen for FLAP_MS. */
export function isFlapping(alert: Alert, was: boolean, now: number): boolean {
  const recent = alert.flips.filter((time) => now - time <= FLAP_MS).length;
  return was ? recent > 0 : recent >= FLAP_COUNT;
}

/** After the process slept: nothing is known about the time between, so `for` and `keep` start again. */
export function wake(alert: Alert, now: number): Alert {
  if (alert.phase === 'pending') return { ...alert, activeAt: now, beganWith: now, trueAt: now };
  return alert.falseSince === null ? alert : { ...alert, falseSince: now };
}

/** The alert has ended and its retention time has passed. */
export const isOver = (alert: Alert, now: number): boolean =>
  alert.phase === 'inactive'
    ? alert.flips.every((time) => now - time > FLAP_MS)
    : (alert.phase === 'resolved' || alert.phase === 'expired') && now - alert.phaseAt > FORGET_RESOLVED_MS;
