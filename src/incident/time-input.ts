/** Reads typed times. Pure. What looks like a time and cannot be read is answered with a sentence, not guessed. */
import { CLOCK_TOLERANCE_MS, clockTime, DAY, MINUTE, parseDuration, zoneName, type Zone } from './time.ts';
import type { Instant } from './vocabulary.ts';

/** Context for a time without date or zone. */
export interface TimeContext {
  readonly now: number;
  readonly zone: Zone;
  readonly date?: string | null;
}
export interface TypedTime {
  readonly at: Instant;
  readonly date: string | null;
}
export interface LeadingTime {
  /** Null: a date alone, which holds for the lines after it. */
  readonly at: Instant | null;
  readonly date: string | null;
  /** The rest of the line; ranges (`18:51–18:58`) and approximate times (`~19:05`) stay in it. */
  readonly text: string;
}
/** Looks like a time but is not understood; why, as a sentence. */
export interface Trouble {
  readonly trouble: string;
}

/** Of a line that may be text; a time alone has nothing to log. */
const AS_TEXT = '; begin with a space to log it as text';
const EXAMPLES = 'write 14:02, 2026-11-23 14:02 UTC or -5m';

/** Hours ahead of UTC; without abbreviations that several zones share (`AMBIGUOUS`). */
// prettier-ignore
const ZONES: Readonly<Record<string, number>> = {
  UTC: 0, GMT: 0, Z: 0, WET: 0, BST: 1, CET: 1, CEST: 2, EET: 2, EEST: 3, MSK: 3, SGT: 8, HKT: 8, AWST: 8, JST: 9, KST: 9,
  AEST: 10, AEDT: 11, NZST: 12, NZDT: 13, EDT: -4, EST: -5, CDT: -5, MDT: -6, MST: -7, PDT: -7, PST: -8, AKDT: -8,
  AKST: -9, HST: -10,
};
const AMBIGUOUS = /^(?:IST|CST|AST|SST|[PMCE]T)$/;

const DATE = String.raw`\d{4}-\d{2}-\d{2}`;
const CLOCK = String.raw`(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?`;
const OFFSET = String.raw`(?:UTC|GMT)?[+-]\d{1,2}(?::?\d{2})?`;
const NAME = String.raw`Z|[A-Z]{2,4}(?![A-Za-z])`;
const AM_PM = String.raw`\s?([AaPp])\.?[Mm]\b\.?`;

const ISO = new RegExp(String.raw`^(${DATE})[Tt]${CLOCK}\s?(${OFFSET}|[Zz]|${NAME})?`);
const TIME = new RegExp(String.raw`^(?:(${DATE}),?\s+)?(?:${CLOCK}(?:${AM_PM})?|(\d{1,2})${AM_PM})`);
/** A zone right after a time. A minus is a range (`18:51-18:58`); an offset after a space needs its colon. */
const ZONE = new RegExp(
  String.raw`^(?:(Z|\+\d{2}:?\d{2})(?![\w:])|\s?((?:UTC|GMT)(?:[+-]\d{1,2}(?::?\d{2})?)?|[+-]\d{2}:\d{2})(?![\w:])|\s?([A-Z]{2,4})(?![\w:]))`,
);
const RANGE = /^\s?(?:-|–|—|to|until)\s?\d{1,2}:\d{2}/;
/** Between a time and the text: a comma, colon, dash or closing bracket. */
const SEPARATOR = /^[\])]?\s*(?:[,;:|]|[-–—](?=\s))?\s*/;

/** Formats that are recognised but not supported: `29.10.2025 19:23`, `10/29 7 PM`, `Oct 29 19:23`. */
const LIKE_A_DATE =
  /^(?:\d{1,4}[./]\d{1,2}(?:[./]\d{1,4})?\.?|\d{1,2}\.? (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?(?: \d{4})?|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]* \d{1,2}(?:, \d{4})?),?\s+(?:at\s+)?\d{1,2}(?::\d{2}|\s?[AaPp][Mm])/;
const LIKE_A_SPAN = /^-\d+\s?(?:min|mins|minutes?|hours?|hrs?|sec|secs|seconds?|days?)\b/i;

interface Clock {
  readonly h: number;
  readonly m: number;
  readonly s: number;
}
interface Found {
  readonly clock: Clock;
  readonly date: string | null;
  readonly offset: number | null;
  readonly length: number;
}

/** Reads the whole of `text` as a past time; four digits alone are a time here. Null: no time. */
export function readTime(text: string, context: TimeContext): TypedTime | Trouble | null {
  const read = leadingTime(withColon(text), context);
  if (read === null) return null;
  if ('trouble' in read) return { trouble: read.trouble.replace(AS_TEXT, '') };
  if (read.at === null) return { trouble: `${text.trim()} has no time of day; ${EXAMPLES}` };
  return read.text === '' ? { at: read.at, date: read.date } : null;
}

/** `1402`, with or without a date before it, as `14:02`: for text that is a time and nothing else. */
export const withColon = (text: string): string =>
  text.trim().replace(/^((?:\d{4}-\d{2}-\d{2}\s+)?\d{2})(\d{2})(?=$|Z$|\s)/, '$1:$2');

/** The time at the start of `line`. Null: none. */
export function leadingTime(line: string, context: TimeContext): LeadingTime | Trouble | null {
  const ago = /^-(\w+)(?:\s+|$)/.exec(line);
  const span = ago === null ? null : parseDuration(ago[1] ?? '');
  if (ago !== null && span !== null)
    return { at: instant(context.now - span), date: null, text: line.slice(ago[0].length) };
  const open = /^[[(]?[~≈]?/.exec(line)?.[0] ?? '';
  const body = line.slice(open.length);
  const alone = new RegExp(`^(?:#+\\s*)?(${DATE})[\\])]?:?\\s*$`).exec(line);
  if (alone !== null)
    return isDate(alone[1] ?? '') ? { at: null, date: alone[1] ?? '', text: '' } : noSuch(alone[1] ?? '');
  const found = find(body);
  if (found === null) return unreadable(body);
  if ('trouble' in found) return found;
  const rest = body.slice(found.length);
  // A separator must follow: `10:00:1a:2b` and `3:15x` are text.
  if (!/^(?:$|[\s,;|\])–—-]|:(?=\s|$))/.test(rest)) return null;
  const at = momentOf(found, context);
  if (typeof at !== 'number') return at;
  const keeps = RANGE.test(rest) || /[~≈]/.test(open);
  const text = keeps ? line.replace(new RegExp(`^${DATE},?\\s+`), '') : rest.replace(SEPARATOR, '');
  return { at: instant(at), date: found.date, text };
}

/** A future time: a span from `now` (`30m`), the next such time of day, or the end of a date. Null: no time. */
export function readFuture(text: string, context: TimeContext): Instant | Trouble | null {
  const span = parseDuration(text);
  if (span !== null) return instant(context.now + span);
  const date = new RegExp(`^${DATE}$`).exec(text.trim())?.[0];
  if (date !== undefined)
    return isDate(date)
      ? instant(onDate({ clock: { h: 23, m: 59, s: 59 }, offset: null }, date, context.zone))
      : noSuch(date);
  const found = find(text.trim());
  if (found === null) return unreadable(text.trim());
  if ('trouble' in found) return found;
  if (found.length < text.trim().length) return null;
  const at = onDate(found, found.date ?? dateAt(context.now, found.offset, context.zone), context.zone);
  return instant(found.date === null && at < context.now ? at + DAY : at);
}

/** The time at the start of `text`, with optional date and zone. */
function find(text: string): Found | Trouble | null {
  const iso = ISO.exec(text);
  if (iso !== null) {
    const [whole, date = '', h, m, s = '0', zone] = iso;
    return checked(whole.length, date, { h: Number(h), m: Number(m), s: Number(s) }, zone, whole);
  }
  const time = TIME.exec(text);
  if (time === null) return null;
  const [whole, date = null, h, m = '0', s = '0', half, bareHour, bareHalf] = time;
  const twelve = (half ?? bareHalf)?.toLowerCase();
  const hour = Number(h ?? bareHour);
  if (twelve !== undefined && (hour < 1 || hour > 12)) return noSuch(whole);
  const h24 = twelve === undefined ? hour : (hour % 12) + (twelve === 'p' ? 12 : 0);
  const zone = ZONE.exec(text.slice(whole.length));
  const named = zone?.[3];
  // A capital word is a zone only if known: in `19:02 API is down` it is text.
  const isZone = zone !== null && (named === undefined || named in ZONES || AMBIGUOUS.test(named));
  const length = whole.length + (isZone ? zone[0].length : 0);
  return checked(
    length,
    date,
    { h: h24, m: Number(m), s: Number(s) },
    isZone ? zone[0].trim() : undefined,
    text.slice(0, length),
  );
}

function checked(
  length: number,
  date: string | null,
  clock: Clock,
  zone: string | undefined,
  text: string,
): Found | Trouble {
  if (clock.h > 23 || clock.m > 59 || clock.s > 59 || (date !== null && !isDate(date))) return noSuch(text);
  const offset = zone === undefined ? null : offsetOf(zone.toUpperCase());
  if (offset !== null && typeof offset !== 'number') return offset;
  return { clock, date, offset, length };
}

function offsetOf(zone: string): number | Trouble {
  const hours = ZONES[zone];
  if (hours !== undefined) return hours * 60;
  const [, sign, h, m = '0'] = /^(?:UTC|GMT)?([+-])(\d{1,2}):?(\d{2})?$/.exec(zone) ?? [];
  if (sign === undefined || Number(h) > 14 || Number(m) > 59)
    return {
      trouble: `${zone} is no zone that is known here, or means several; write UTC or an offset such as +05:30`,
    };
  return (sign === '-' ? -1 : 1) * (Number(h) * 60 + Number(m));
}

/** On its date, else on the date of an earlier line, else today or, shortly after midnight, yesterday. */
function momentOf(found: Found, { now, zone, date }: TimeContext): number | Trouble {
  const day = found.date ?? date ?? null;
  const at = onDate(found, day ?? dateAt(now, found.offset, zone), zone);
  if (at <= now + CLOCK_TOLERANCE_MS) return at;
  if (day === null && at - now > DAY / 2) return onDate(found, dateAt(now - DAY, found.offset, zone), zone);
  const typed = clockTime(at, zone, found.clock.s !== 0);
  const when = day === null ? typed : `${day} ${typed}`;
  return {
    trouble: `${when} has not come yet, it is ${clockTime(now, zone)} ${zoneName(zone)}${AS_TEXT}`,
  };
}

/** Ms since 1970. */
function onDate({ clock, offset }: Pick<Found, 'clock' | 'offset'>, date: string, zone: Zone): number {
  const [y = 0, mo = 1, d = 1] = date.split('-').map(Number);
  const { h, m, s } = clock;
  if (offset === null && zone === 'local') return new Date(y, mo - 1, d, h, m, s).getTime();
  return Date.UTC(y, mo - 1, d, h, m, s) - (offset ?? 0) * MINUTE;
}

/** The date at `at` in the zone. */
function dateAt(at: number, offset: number | null, zone: Zone): string {
  const ahead = offset ?? (zone === 'utc' ? 0 : -new Date(at).getTimezoneOffset());
  return new Date(at + ahead * MINUTE).toISOString().slice(0, 10);
}

const isDate = (date: string): boolean => {
  const at = Date.parse(`${date}T00:00:00Z`);
  return Number.isFinite(at) && new Date(at).toISOString().startsWith(date);
};

function unreadable(text: string): Trouble | null {
  const date = new RegExp(`^${DATE}(?=\\s)`).exec(text)?.[0];
  if (date !== undefined) return { trouble: `${date} is not followed by a time of day; ${EXAMPLES}` };
  const like = LIKE_A_DATE.exec(text) ?? LIKE_A_SPAN.exec(text);
  return like === null ? null : { trouble: `"${like[0]}" is not understood as a time; ${EXAMPLES}` };
}

const noSuch = (text: string): Trouble => ({ trouble: `there is no time ${text.trim()}; ${EXAMPLES}` });

const instant = (at: number): Instant => new Date(at).toISOString();
