/** Times of day as panels write them, in UTC or in the zone of the screen. */
import type { Model } from './model.ts';

export type Zone = Model['zone'];

const two = (value: number): string => String(value).padStart(2, '0');
const isTime = (at: number): boolean => Number.isFinite(at) && Math.abs(at) < 8.64e15;

/** `13:04:10`, or `13:04` without seconds. */
export function clockTime(at: number, zone: Zone, seconds = true): string {
  if (!isTime(at)) return seconds ? '--:--:--' : '--:--';
  const date = new Date(at);
  const [h, m, s] =
    zone === 'utc'
      ? [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()]
      : [date.getHours(), date.getMinutes(), date.getSeconds()];
  return seconds ? `${two(h)}:${two(m)}:${two(s)}` : `${two(h)}:${two(m)}`;
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** `Mon 2026-11-23`: one text per day, so that days can be compared by it. */
export function dayOf(at: number, zone: Zone): string {
  if (!isTime(at)) return 'unknown day';
  const date = new Date(at);
  const [year, month, day, weekday] =
    zone === 'utc'
      ? [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate(), date.getUTCDay()]
      : [date.getFullYear(), date.getMonth(), date.getDate(), date.getDay()];
  return `${DAYS[weekday]} ${year}-${two(month + 1)}-${two(day)}`;
}

export const zoneLabel = (zone: Zone): string => (zone === 'utc' ? 'UTC' : 'local');
