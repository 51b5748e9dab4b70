/** Times as people type them: `14:02`, `14:02:10`, `-5m`, `-1h30m`; and times as they are read. Pure. */
import { parseDuration } from '../incident/duration.ts';
import type { Instant } from '../incident/vocabulary.ts';

export type Zone = 'utc' | 'local';
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
    trouble: `${text} has not come yet, it is ${clock(now, zone)} ${zoneName(zone)}; begin with a space to log it as text`,
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

/** `14:02:10` in the zone shown. */
export function clock(at: number, zone: Zone): string {
  const date = new Date(at);
  const parts =
    zone === 'utc'
      ? [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()]
      : [date.getHours(), date.getMinutes(), date.getSeconds()];
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
}

/** `2026-11-23T14:02:11Z`, or `2026-11-23T19:32:11+05:30` where that is the zone; without `seconds` to the minute. */
export function stamp(at: number, zone: Zone, seconds = true): string {
  const ahead = zone === 'utc' ? 0 : -new Date(at).getTimezoneOffset();
  const wall = new Date(at + ahead * 60_000).toISOString().slice(0, seconds ? 19 : 16);
  if (zone === 'utc') return `${wall}Z`;
  const two = (n: number): string => String(n).padStart(2, '0');
  const minutes = Math.abs(ahead);
  return `${wall}${ahead < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** `2026-11-23 14:02:11 UTC`: day and time of the same zone. */
export const dated = (at: number, zone: Zone): string =>
  `${stamp(at, zone).slice(0, 10)} ${clock(at, zone)} ${zoneName(zone)}`;

export const zoneName = (zone: Zone): string => (zone === 'utc' ? 'UTC' : 'local');

/** A span as a running clock: `00:12`, `07:43`, `1:02:03`. Never negative. */
export function running(ms: number): string {
  const s = Math.floor(Math.max(0, ms) / 1000);
  const two = (n: number): string => String(n).padStart(2, '0');
  const hours = Math.floor(s / 3600);
  const rest = `${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}

/** How long ago, in few words: `4 s`, `12 min`, `3 h`, `2 d`. */
export function ago(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 90) return `${s} s`;
  if (s < 90 * 60) return `${Math.round(s / 60)} min`;
  return s < 36 * 3600 ? `${Math.round(s / 3600)} h` : `${Math.round(s / 86_400)} d`;
}
