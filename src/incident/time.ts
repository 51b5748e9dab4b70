/** Formats and reads durations and times. Pure; moments are ms since 1970. Typed times: time-input.ts. */

const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
/** Tolerance for clocks that differ: a time so little ahead is no time of the future. */
export const CLOCK_TOLERANCE_MS = 2 * MINUTE;

/** Descending, as they must be written; a year is 365 days. */
const UNITS = [
  ['y', 365 * DAY],
  ['w', 7 * DAY],
  ['d', DAY],
  ['h', HOUR],
  ['m', MINUTE],
  ['s', SECOND],
  ['ms', 1],
] as const;

const SHAPE =
  /^(?:(\d{1,9})y)?(?:(\d{1,9})w)?(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?(?:(\d{1,9})ms)?$/;

/** `1h30m`, `90s`, `250ms`, `0` in ms; null: no duration. Units descend, each at most once. */
export function parseDuration(text: string): number | null {
  if (text === '0') return 0;
  const parts = SHAPE.exec(text);
  if (text === '' || parts === null) return null;
  return UNITS.reduce((sum, [, ms], i) => sum + Number(parts[i + 1] ?? 0) * ms, 0);
}

/** The shortest duration that reads back the same: `1h30m`. Without years and weeks. */
export function formatDuration(ms: number): string {
  let rest = Math.round(ms);
  if (rest <= 0) return '0s';
  let text = '';
  for (const [unit, size] of UNITS.slice(2)) {
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return text;
}

const two = (value: number): string => String(value).padStart(2, '0');

/** The two largest units, for tables: `9s`, `2m10s`, `3h05m`, `12d`. Negative: 0s. */
export function age(ms: number): string {
  if (!Number.isFinite(ms)) return '?';
  const seconds = Math.floor(Math.max(0, ms) / SECOND);
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600)
    return seconds % 60 === 0 ? `${seconds / 60}m` : `${Math.floor(seconds / 60)}m${two(seconds % 60)}s`;
  if (seconds < 2 * 86_400) return `${Math.floor(seconds / 3600)}h${two(Math.floor((seconds % 3600) / 60))}m`;
  const days = Math.floor(seconds / 86_400);
  return days > 99_999 ? '>99,999d' : `${days}d`.replace(/\B(?=\d{3}d)/, ',');
}

/** For sentences: `42 s`, `12 min`, `1 h 05 min`, `3 d`. The sign is dropped. */
export function spanInWords(ms: number): string {
  const seconds = Math.round(Math.abs(ms) / SECOND);
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${two(minutes % 60)} min` : `${Math.floor(hours / 24)} d`;
}

/** `07:43`, `1:02:03`; with `hours` always `00:42:17`. Negative: zero. */
export function runningClock(ms: number, hours = false): string {
  const seconds = Number.isFinite(ms) ? Math.floor(Math.max(0, ms) / SECOND) : 0;
  const h = Math.floor(seconds / 3600);
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  if (hours) return `${two(h)}:${rest}`;
  return h > 0 ? `${h}:${rest}` : rest;
}

/** UTC, or that of the machine. */
export type Zone = 'utc' | 'local';

export const zoneName = (zone: Zone): string => (zone === 'utc' ? 'UTC' : 'local');

const isMoment = (at: number): boolean => Number.isFinite(at) && Math.abs(at) < 8.639e15;

const minutesAhead = (at: number, zone: Zone): number => (zone === 'utc' ? 0 : -new Date(at).getTimezoneOffset());

/** ISO text of the local time in the zone; its Z means nothing. */
const wallTime = (at: number, zone: Zone): string => new Date(at + minutesAhead(at, zone) * MINUTE).toISOString();

/** `13:04:10`, or `13:04` without seconds; dashes if invalid. */
export function clockTime(at: number, zone: Zone, seconds = true): string {
  if (!isMoment(at)) return seconds ? '--:--:--' : '--:--';
  return wallTime(at, zone).slice(11, seconds ? 19 : 16);
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** `Mon 2026-11-23`; equal for equal days. */
export function dayOf(at: number, zone: Zone): string {
  if (!isMoment(at)) return 'unknown day';
  const wall = wallTime(at, zone);
  return `${DAYS[new Date(wall).getUTCDay()]} ${wall.slice(0, 10)}`;
}

/** `14:02`; on another day than that of `now` `Thu 14:02`, or `2026-11-23 14:02` where the weekday would not tell. */
export function dayedTime(at: number, now: number, zone: Zone, seconds = false): string {
  const [day, time] = [dayOf(at, zone), clockTime(at, zone, seconds)];
  if (day === dayOf(now, zone)) return time;
  return `${Math.abs(now - at) < 6 * DAY ? day.slice(0, 3) : day.slice(4)} ${time}`;
}

/** `2026-11-23T14:02:11Z`, or `2026-11-23T19:32:11+05:30` in another zone; without `seconds` to the minute. */
export function isoTime(at: number, zone: Zone, seconds = true): string {
  const wall = wallTime(at, zone).slice(0, seconds ? 19 : 16);
  if (zone === 'utc') return `${wall}Z`;
  const ahead = minutesAhead(at, zone);
  const minutes = Math.abs(ahead);
  return `${wall}${ahead < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** `14:02Z`, and on another day than that of `now` `2026-11-23 14:02Z`. */
export function dueTime(due: number, now: number): string {
  const text = isoTime(due, 'utc', false);
  return dayOf(due, 'utc') === dayOf(now, 'utc') ? text.slice(11) : text.replace('T', ' ');
}

/** `2026-11-23 14:02:11 UTC`. */
export const dateTime = (at: number, zone: Zone): string =>
  `${wallTime(at, zone).slice(0, 10)} ${clockTime(at, zone)} ${zoneName(zone)}`;
