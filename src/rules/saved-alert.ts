/** Alerts as they are saved: with durations, as the monotonic clock begins anew. */
import type { Alert, AlertPhase } from './alert.ts';
import type { Suppression } from './inhibition.ts';
import type { Labels } from './labels.ts';

/** An acknowledgement; wall clock, ms since 1970. */
export interface Acked {
  readonly by: string;
  readonly at: number;
  readonly until: number;
}
/** What people were last told of an alert. */
export interface Notification {
  readonly told: 'firing' | 'resolved';
  /** -Infinity: never. */
  readonly toldAt: number;
  readonly flapping: boolean;
  readonly acked: Acked | null;
  /** Why nobody was told that it fires; null: they were, or it does not. */
  readonly suppression: Suppression | null;
}
export const NEVER_TOLD: Notification = {
  told: 'resolved',
  toldAt: -Infinity,
  flapping: false,
  acked: null,
  suppression: null,
};
export interface SavedAlert {
  readonly rule: string;
  readonly labels: Labels;
  readonly phase: AlertPhase;
  /** How long ago, ms. */
  readonly activeMs: number;
  readonly phaseMs: number;
  readonly falseMs: number | null;
  readonly flipsMs: readonly number[];
  readonly value: number | null;
  readonly told: Notification['told'];
  readonly toldMs: number | null;
  readonly flapping: boolean;
  readonly acked?: Acked;
}
/** What of the engine survives a restart. `savedAt`: ms since 1970. */
export interface EngineState {
  readonly savedAt: number;
  readonly alerts: readonly SavedAlert[];
}

/** A pending alert is dropped after a longer time. */
const MAX_DOWN_MS = 3_600_000;

export function saveAlert(rule: string, alert: Alert, notification: Notification, now: number): SavedAlert {
  const { told, toldAt, flapping, acked } = notification;
  return {
    rule,
    labels: alert.labels,
    phase: alert.phase,
    activeMs: now - alert.activeAt,
    phaseMs: now - alert.phaseAt,
    falseMs: alert.falseSince === null ? null : now - alert.falseSince,
    flipsMs: alert.flips.map((time) => now - time),
    value: alert.value,
    told,
    toldMs: toldAt === -Infinity ? null : now - toldAt,
    flapping,
    ...(acked !== null && { acked }),
  };
}

/** The alert after `downMs`, which a pending one does not count; a firing one fires without data. Null: too old. */
export function restoreAlert(
  saved: SavedAlert,
  downMs: number,
  now: number,
): { alert: Alert; notification: Notification } | null {
  const waiting = saved.phase === 'pending';
  if (waiting && downMs > MAX_DOWN_MS) return null;
  const away = waiting ? 0 : downMs;
  const alert: Alert = {
    labels: saved.labels,
    phase: saved.phase,
    activeAt: now - saved.activeMs - away,
    phaseAt: now - saved.phaseMs - away,
    beganWith: now,
    trueAt: now,
    falseSince: saved.falseMs === null ? null : now - saved.falseMs,
    unknownSince: now,
    value: saved.value,
    flips: saved.flipsMs.map((ms) => now - ms - downMs),
  };
  const toldAt = saved.toldMs === null ? -Infinity : now - saved.toldMs - downMs;
  const { told, flapping, acked = null } = saved;
  return { alert, notification: { told, toldAt, flapping, acked, suppression: null } };
}
