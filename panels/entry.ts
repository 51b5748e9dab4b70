/** One entry of the timeline as rows: time, author, mark, the text wrapped under itself, its number at the right. */
import type { Event } from '../src/incident/event.ts';
import type { Mark } from '../src/incident/topic.ts';
import { INCIDENT } from '../src/incident/topics/index.ts';
import type { Annotation } from '../src/incident/incident.ts';
import { age, clockTime, type Zone } from '../src/incident/time.ts';
import {
  cut,
  cutLine,
  glyphs,
  joinLines,
  lineWidth,
  padLine,
  span,
  width,
  wrapText,
  type Line,
  type Span,
  type Tone,
} from '../src/terminal/text.ts';
import type { PendingEntry } from './model.ts';
import { eventText } from './event-text.ts';

/** How entries are drawn; rows are kept as long as this stays the same. */
export interface Style {
  readonly cols: number;
  readonly zone: Zone;
  readonly ascii: boolean;
  readonly me: string;
}

/** A claimed time this far before the recording is said aloud. */
const LATE_MS = 2 * 60_000;

interface Sign {
  readonly sign: string;
  readonly tone: Tone;
  /** The whole text in this tone; else only the sign. */
  readonly loud?: true;
}

const SIGNS: Readonly<Record<Mark, (signs: ReturnType<typeof glyphs>) => Sign>> = {
  plain: () => ({ sign: ' ', tone: 'plain' }),
  quiet: () => ({ sign: ' ', tone: 'dim' }),
  key: () => ({ sign: '!', tone: 'key', loud: true }),
  people: () => ({ sign: '>', tone: 'info' }),
  finding: () => ({ sign: '=', tone: 'info' }),
  hypothesis: () => ({ sign: '~', tone: 'info' }),
  decision: () => ({ sign: '*', tone: 'key', loud: true }),
  question: () => ({ sign: '?', tone: 'warn' }),
  action: () => ({ sign: '+', tone: 'info' }),
  change: () => ({ sign: '^', tone: 'info' }),
  ok: ({ ok }) => ({ sign: ok, tone: 'ok' }),
  no_data: ({ noData }) => ({ sign: noData, tone: 'stale' }),
  warn: ({ warn }) => ({ sign: warn, tone: 'warn', loud: true }),
  crit: ({ crit }) => ({ sign: crit, tone: 'crit', loud: true }),
};

/** The sign and the colour of an entry: shape first, tone second. */
export const signOf = (event: Event, ascii: boolean): Sign => SIGNS[INCIDENT.mark(event)](glyphs(ascii));

const PEOPLE: readonly Tone[] = ['person1', 'person2', 'person3', 'person4'];

/** The tone of a person: the same name has the same one on every screen. */
export function personTone(name: string, me: string): Tone {
  if (name === me) return 'own';
  let sum = 0;
  for (const char of name) sum = (sum * 31 + (char.codePointAt(0) ?? 0)) >>> 0;
  return PEOPLE[sum % PEOPLE.length] ?? 'plain';
}

/** Widths of the columns before the text; narrow screens keep the minute, a short name and all of the text. */
function columns(cols: number): { readonly seconds: boolean; readonly name: number; readonly indent: number } {
  const seconds = cols >= 60;
  const name = cols >= 100 ? 10 : cols >= 60 ? 8 : cols >= 30 ? 6 : 0;
  const time = cols >= 24 ? (seconds ? 8 : 5) + 1 : 0;
  return { seconds, name, indent: time + (name === 0 ? 0 : name + 1) + 2 };
}

function head(at: number, name: string, tone: Tone, style: Style): Line {
  const { seconds, name: room } = columns(style.cols);
  const time = style.cols >= 24 ? [span(`${clockTime(at, style.zone, seconds)} `, 'dim')] : [];
  const who = room === 0 ? [] : [...padLine([span(cut(name, room), tone)], room), span(' ')];
  return [...time, ...who];
}

const parsed = (at: string): number => Date.parse(at);

/** The rows of one entry, each at most as wide as the style says. */
export function entryRows(event: Event, annotation: Annotation | undefined, style: Style): readonly Line[] {
  const { text, at, amended } = current(event, annotation);
  const mark = signOf(event, style.ascii);
  const byHub = event.by.role === 'system';
  const left = head(at, event.by.name, byHub ? 'dim' : personTone(event.by.name, style.me), style);
  const late = parsed(event.recorded) - at;
  const right: Span[] = [
    ...(annotation?.pinned ? [span('pinned ', 'key')] : []),
    ...(late > LATE_MS ? [span(`+${age(Math.floor(late / 60_000) * 60_000)} late `, 'warn')] : []),
    span(`#${event.seq}`, 'dim'),
  ];
  const retracted = annotation?.retracted ?? null;
  const tone: Tone = retracted !== null || event.level === 'system' ? 'dim' : mark.loud ? mark.tone : 'plain';
  const more: string[] = [];
  if (retracted !== null)
    more.push(`retracted by ${retracted.by} ${clockTime(parsed(retracted.at), style.zone)}: ${retracted.why}`);
  else if (amended !== null)
    more.push(`amended by ${amended.by} ${clockTime(parsed(amended.at), style.zone)}: ${amended.why}`);
  const strike = retracted === null ? undefined : ({ strike: true } as const);
  const body = wrapped(text, right, style.cols).map((row) => span(row, tone, strike));
  return laid(left, span(mark.sign, mark.tone), body, right, more, style.cols);
}

/** What an entry says now: the last amendment wins; a retraction leaves the text standing, struck through. */
function current(event: Event, annotation: Annotation | undefined) {
  const amends = annotation?.amends ?? [];
  const text = amends.findLast((each) => each.text !== undefined)?.text;
  const moved = amends.findLast((each) => each.newAt !== undefined)?.newAt;
  const said = text === undefined || event.kind !== 'noted' ? event : { ...event, data: { ...event.data, text } };
  return { text: eventText(said), at: parsed(moved ?? event.at), amended: amends.at(-1) ?? null };
}

/** Rows of text; the first leaves room for what stands at the right. Long pastes are shortened, the detail has all. */
const MOST_ROWS = 12;
function wrapped(text: string, right: Line, cols: number): readonly string[] {
  const room = Math.max(1, cols - columns(cols).indent);
  // A word beside the number keeps clear of the text.
  const beside = Math.max(1, room - lineWidth(right) - (right.length > 1 ? 2 : 1));
  const first = wrapText(text.slice(0, 4000), beside);
  if (first.length <= 1) return first;
  const start = first[0] ?? '';
  const rest = wrapText(
    text
      .slice(0, 4000)
      .slice(start.length)
      .replace(/^[ \n]/, ''),
    room,
  );
  if (rest.length < MOST_ROWS && text.length <= 4000) return [start, ...rest];
  const kept = rest.slice(0, MOST_ROWS - 2);
  const lines = text.split('\n').length;
  return [
    start,
    ...kept,
    `... ${lines > 1 ? `${lines} lines` : `${text.length} characters`} in all: open the entry to read them`,
  ];
}

function laid(
  left: Line,
  mark: Span,
  body: readonly Span[],
  right: Line,
  more: readonly string[],
  cols: number,
): readonly Line[] {
  const { indent } = columns(cols);
  const pad = span(' '.repeat(indent));
  const first = joinLines([...left, mark, span(' '), ...(body[0] === undefined ? [] : [body[0]])], right, cols);
  const rest = body.slice(1).map((row) => cutLine([pad, row], cols));
  const notes = more.flatMap((row) =>
    wrapText(row.replaceAll('\n', ' '), Math.max(1, cols - indent))
      .slice(0, 2)
      .map((each) => cutLine([pad, span(each, 'dim')], cols)),
  );
  return [first, ...rest, ...notes];
}

/** An own entry that is not acknowledged yet: `..` while it is on its way, `!!` and the reason when it was refused. */
export function pendingRows(pending: PendingEntry, style: Style): readonly Line[] {
  const refused = pending.state === 'refused';
  const right = [refused ? span('!!', 'crit', { bold: true }) : span('..', 'dim')];
  const reason = refused ? [`not logged: ${pending.reason ?? 'refused'}`] : [];
  const left = head(pending.at, style.me, 'own', style);
  const body = wrapped(pending.text, right, style.cols).map((row) => span(row, refused ? 'warn' : 'dim'));
  return laid(left, span(' '), body, right, reason, style.cols);
}

/** A rule across the timeline with words in it: a day, the read mark. */
export function ruleRow(label: string, tone: Tone, { cols, ascii }: Style): Line {
  const sign = glyphs(ascii).horizontal;
  const room = Math.max(0, cols - width(label) - 2);
  const before = Math.min(room, Math.max(2, Math.floor(room / 2)));
  return cutLine(
    [
      span(sign.repeat(before), 'border'),
      span(` ${label} `, tone),
      span(sign.repeat(Math.max(0, room - before)), 'border'),
    ],
    cols,
  );
}
