/** Times as people type them: `14:02`, `14:02:10`, `-5m`, `-1h30m`; and times as they are read. Pure. */
import { type Zone, clockTime, parseDuration, zoneName } from '../incident/time.ts';
import type { Instant } from '../incident/vocabulary.ts';

export interface When {
  readonly at: Instant;
}
export interface Trouble {
  readonly trouble: string;
}

const CLOCK = /^([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/;
const DAY = 86_400_000;
/** A clock time up to this far ahead is a clock that differs, as the hub allows; ms. */
const AHEAD_MS = 2 * 60_000;

/**
 * A moment in the past: a clock time of today, or of yesterday when today's is more than half a day ahead
 * (23:58 typed at 00:03), or `-5m`. Null when `text` is no time at all; trouble when it has not come yet.
 */
export function parsePast(text: string, now: number, zone: Zone): When | Trouble | null {
  if (text.startsWith('-')) {
    const span = parseDuration(text.slice(1));
    return span === null ? null : { at: new Date(now - span).toISOString() };
  }
  const today = onDay(text, now, zone);
  if (today === null) return null;
  if (today <= now + AHEAD_MS) return { at: new Date(today).toISOString() };
  const yesterday = onDay(text, now - DAY, zone) ?? today;
  if (today - now > DAY / 2) return { at: new Date(yesterday).toISOString() };
  return {
    trouble: `${text} has not come yet, it is ${clockTime(now, zone)} ${zoneName(zone)}; begin with a space to log it as text`,
  };
}

/** A moment to come: a clock time of today or tomorrow, or a span from now (`30m`). Null when it is neither. */
export function parseFuture(text: string, now: number, zone: Zone): Instant | null {
  const span = parseDuration(text);
  if (span !== null) return new Date(now + span).toISOString();
  const today = onDay(text, now, zone);
  if (today === null) return null;
  const next = today >= now ? today : (onDay(text, now + DAY, zone) ?? today);
  return new Date(next).toISOString();
}

/** `text` as a clock time on the day that `day` falls on, ms since 1970. */
function onDay(text: string, day: number, zone: Zone): number | null {
  const found = CLOCK.exec(text);
  if (found === null) return null;
  const [h = 0, m = 0, s = 0] = found.slice(1).map((part) => Number(part ?? 0));
  const date = new Date(day);
  return zone === 'utc' ? date.setUTCHours(h, m, s, 0) : date.setHours(h, m, s, 0);
}
