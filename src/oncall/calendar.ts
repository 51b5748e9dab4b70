/** The wall clock of a time zone and the moments it stands for: the only file that knows the calendar library. */
import { Temporal } from 'temporal-polyfill';

/**
 * Moments are ms since 1970. A time on a wall is a number, too: the ms since 1970 at which a clock in UTC shows it, so
 * that a day on the wall always has 24 hours.
 */
type WallTime = number;

/** What the clock of `zone` shows at `at`. Throws RangeError for a zone that is not known. */
export const wallAt = (at: number, zone: string): WallTime =>
  at + Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).offsetNanoseconds / 1e6;

/**
 * When the clock of `zone` shows `wall`. In the hour that is left out in spring it is as much later as the clock jumps
 * (02:30 is 03:30); of an hour that comes twice in autumn it is the first.
 */
export const momentOf = (wall: WallTime, zone: string): number => moment(wall, zone, 'compatible');

/** What is special about `wall` in `zone`: the hour is left out, or comes twice; null: nothing. */
export function oddHour(wall: WallTime, zone: string): 'left out' | 'twice' | null {
  const [earlier, later] = [moment(wall, zone, 'earlier'), moment(wall, zone, 'later')];
  if (earlier === later) return null;
  return wallAt(earlier, zone) === wall ? 'twice' : 'left out';
}

function moment(wall: WallTime, zone: string, disambiguation: 'compatible' | 'earlier' | 'later'): number {
  const plain = Temporal.Instant.fromEpochMilliseconds(wall).toZonedDateTimeISO('UTC').toPlainDateTime();
  return plain.toZonedDateTime(zone, { disambiguation }).epochMilliseconds;
}

export function isTimeZone(name: string): boolean {
  try {
    wallAt(0, name);
    return true;
  } catch {
    return false;
  }
}
