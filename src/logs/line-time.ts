/** The time that a line of a log begins with, in the forms that programs write. A time without a zone is the machine's own. */

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
/** Where a time is looked for, characters. */
const BEGINNING = 400;
const DAY_MS = 86_400_000;

/** Tried in order. */
const DATES = [
  // `2026-11-23T14:02:11.123Z`, `2026-11-23 14:02:11,123`, `2026/11/23 14:02:11`
  /\b(?<year>\d{4})[-/](?<month>\d\d)[-/](?<day>\d\d)[T ](?<time>\d\d:\d\d:\d\d)(?:[.,](?<fraction>\d{1,9}))?(?: ?(?<zone>Z|UTC\b|[+-]\d\d:?\d\d))?/,
  // `[23/Nov/2026:14:02:11 +0000]`
  /\b(?<day>\d\d)\/(?<month>[A-Z][a-z]{2})\/(?<year>\d{4}):(?<time>\d\d:\d\d:\d\d) (?<zone>[+-]\d{4})/,
  // `Nov 23 14:02:11`, of syslog; the year is not told.
  /^(?:<\d{1,3}>)?(?<month>[A-Z][a-z]{2}) {1,2}(?<day>\d{1,2}) (?<time>\d\d:\d\d:\d\d)/,
];
/** `"ts":1764000000.123`, `time=1764000000123`. */
const EPOCH = /\b(?:ts|time|timestamp)["']?\s*[:=]\s*["']?(\d{10})(\d{3})?(?:\d{3}){0,2}(?:\.(\d{1,9}))?\b/;

/** Ms since 1970; null where the line tells none. */
export function timeOfLine(line: string, now: number): number | null {
  const head = line.slice(0, BEGINNING);
  for (const date of DATES) {
    const found = date.exec(head)?.groups;
    if (found === undefined) continue;
    const thisYear = new Date(now).getFullYear();
    const at = timeIn(found, thisYear);
    // In January the lines of December are of the year before.
    return found['year'] === undefined && at !== null && at > now + DAY_MS ? timeIn(found, thisYear - 1) : at;
  }
  const epoch = EPOCH.exec(head);
  if (epoch === null) return null;
  const [, seconds, ms, fraction] = epoch;
  return Number(seconds) * 1000 + (ms === undefined ? thousandths(fraction) : Number(ms));
}

const thousandths = (fraction: string | undefined): number => Number((fraction ?? '').padEnd(3, '0').slice(0, 3));

/** `thisYear`: for a date without one. Null where there is no such time. */
function timeIn(date: Readonly<Record<string, string | undefined>>, thisYear: number): number | null {
  const [hour = NaN, minute = NaN, second = NaN] = (date['time'] ?? '').split(':').map(Number);
  const [year, day, ms] = [Number(date['year'] ?? thisYear), Number(date['day']), thousandths(date['fraction'])];
  const month = MONTHS.indexOf(date['month'] ?? '') + 1 || Number(date['month']);
  if (!(month >= 1 && month <= 12 && day >= 1 && day <= 31 && hour <= 24 && minute <= 59 && second <= 60)) return null;
  const { zone } = date;
  if (zone === undefined) return new Date(year, month - 1, day, hour, minute, second, ms).getTime();
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(zone) ?? [];
  const offset = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * (sign === '-' ? -1 : 1);
  return Date.UTC(year, month - 1, day, hour, minute, second, ms) - offset * 60_000;
}
