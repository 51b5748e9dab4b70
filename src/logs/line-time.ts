/** The time that a line of a log begins with, in the forms that programs write. A time without a zone is the machine's own. */

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
/** Where a time is looked for, characters. */
const BEGINNING = 400;
const DAY_MS = 86_400_000;

/** `2026-11-23T14:02:11.123Z`, `2026-11-23 14:02:11,123`, `2026/11/23 14:02:11`. */
const ISO = /\b(\d{4})[-/](\d\d)[-/](\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(?: ?(Z|UTC\b|[+-]\d\d:?\d\d))?/;
/** `[23/Nov/2026:14:02:11 +0000]` */
const ACCESS = /\b(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-]\d{4})/;
/** `Nov 23 14:02:11`, of syslog; the year is not told. */
const SYSLOG = /^(?:<\d{1,3}>)?([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d)/;
/** `"ts":1764000000.123`, `time=1764000000123`. */
const EPOCH = /\b(?:ts|time|timestamp)["']?\s*[:=]\s*["']?(\d{10})(\d{3})?(?:\d{3}){0,2}(?:\.(\d{1,9}))?\b/;

/** Ms since 1970; null where the line tells none. */
export function timeOfLine(line: string, now: number): number | null {
  const head = line.slice(0, BEGINNING);
  const iso = ISO.exec(head);
  if (iso !== null) {
    const [, year, month, day, hour, minute, second, fraction, zone] = iso;
    return atZone([year, month, day, hour, minute, second], thousandths(fraction), zone);
  }
  const access = ACCESS.exec(head);
  if (access !== null) {
    const [, day, month = '', year, hour, minute, second, zone] = access;
    return atZone([year, String(MONTHS.indexOf(month) + 1), day, hour, minute, second], 0, zone);
  }
  const syslog = SYSLOG.exec(head);
  if (syslog !== null) {
    const [, month = '', day, hour, minute, second] = syslog;
    const inYear = (year: number): number | null =>
      atZone([String(year), String(MONTHS.indexOf(month) + 1), day, hour, minute, second], 0, undefined);
    const year = new Date(now).getFullYear();
    const at = inYear(year);
    // In January the lines of December are of the year before.
    return at !== null && at > now + DAY_MS ? inYear(year - 1) : at;
  }
  const epoch = EPOCH.exec(head);
  if (epoch === null) return null;
  const [, seconds, ms, fraction] = epoch;
  return Number(seconds) * 1000 + (ms === undefined ? thousandths(fraction) : Number(ms));
}

const thousandths = (fraction: string | undefined): number => Number((fraction ?? '').padEnd(3, '0').slice(0, 3));

/** `parts`: year, month from 1, day, hour, minute, second. Null where there is no such time. */
function atZone(parts: readonly (string | undefined)[], ms: number, zone: string | undefined): number | null {
  const [year = NaN, month = NaN, day = NaN, hour = NaN, minute = NaN, second = NaN] = parts.map(Number);
  if (!(month >= 1 && month <= 12 && day >= 1 && day <= 31 && hour <= 24 && minute <= 59 && second <= 60)) return null;
  if (zone === undefined) return new Date(year, month - 1, day, hour, minute, second, ms).getTime();
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(zone) ?? [];
  const offset = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * (sign === '-' ? -1 : 1);
  return Date.UTC(year, month - 1, day, hour, minute, second, ms) - offset * 60_000;
}
