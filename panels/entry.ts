/** One entry of the timeline as rows: time, author, mark, the text wrapped under itself, its number at the right. */
import type { Event } from '../src/incident/event.ts';
import type { Annotation } from '../src/incident/incident.ts';
import { age, clockTime, dayedTime, type Zone } from '../src/incident/time.ts';
import type { AnyEvent, Mark } from '../src/incident/topic.ts';
import { INCIDENT } from '../src/incident/topics/index.ts';
import {
  type GlyphName,
  type Line,
  type SafeText,
  type Span,
  type Tone,
  cut,
  cutLine,
  glyphs,
  joinLines,
  lineWidth,
  padLine,
  safeText,
  span,
  width,
  wrapText,
} from '../src/terminal/text.ts';
import type { PendingEntry } from './model.ts';

/** The sentence of `event` as safe text, the same on the screen, in `tail` and in plain mode. Line ends stay. */
export const eventText = (event: AnyEvent): SafeText => safeText(INCIDENT.sentence(event));

export interface Style {
  readonly cols: number;
  readonly zone: Zone;
  readonly ascii: boolean;
  readonly me: string;
}

/** An entry recorded this long after its claimed time says so. */
const LATE_MS = 2 * 60_000;

interface Sign {
  readonly sign: string | { readonly glyph: GlyphName };
  readonly tone: Tone;
  /** The whole text has this tone; else only the sign. */
  readonly loud?: true;
}

const SIGNS: Readonly<Record<Mark, Sign>> = {
  plain: { sign: ' ', tone: 'plain' },
  quiet: { sign: ' ', tone: 'dim' },
  key: { sign: '!', tone: 'key', loud: true },
  people: { sign: '>', tone: 'info' },
  finding: { sign: '=', tone: 'info' },
  hypothesis: { sign: '~', tone: 'info' },
  decision: { sign: '*', tone: 'key', loud: true },
  question: { sign: '?', tone: 'warn' },
  action: { sign: '+', tone: 'info' },
  change: { sign: '^', tone: 'info' },
  ok: { sign: { glyph: 'ok' }, tone: 'ok' },
  no_data: { sign: { glyph: 'noData' }, tone: 'stale' },
  warn: { sign: { glyph: 'warn' }, tone: 'warn', loud: true },
  crit: { sign: { glyph: 'crit' }, tone: 'crit', loud: true },
};

/** The sign before an entry; a blank for most of what people write. */
export function entrySign(event: Event, ascii: boolean): Span {
  const { sign, tone } = SIGNS[INCIDENT.mark(event)];
  return span(typeof sign === 'string' ? sign : glyphs(ascii)[sign.glyph], tone);
}

const PEOPLE: readonly Tone[] = ['person1', 'person2', 'person3', 'person4'];

/** The tone of a person: the same on every screen, `own` for `me`. */
export function personTone(name: string, me: string): Tone {
  if (name === me) return 'own';
  let sum = 0;
  for (const char of name) sum = (sum * 31 + (char.codePointAt(0) ?? 0)) >>> 0;
  return PEOPLE[sum % PEOPLE.length] ?? 'plain';
}

/** Widths before the text: narrow screens keep the minute, a short name and all of the text. */
function columns(cols: number): { readonly time: number; readonly name: number; readonly indent: number } {
  const time = cols >= 60 ? 9 : cols >= 24 ? 6 : 0;
  const name = cols >= 100 ? 11 : cols >= 60 ? 9 : cols >= 30 ? 7 : 0;
  return { time, name, indent: time + name + 2 };
}

function head(at: number, author: Span, { cols, zone }: Style): Line {
  const { time, name } = columns(cols);
  const clock = time === 0 ? [] : [span(`${clockTime(at, zone, time > 6)} `, 'dim')];
  return name === 0 ? clock : [...clock, ...padLine([{ ...author, text: cut(author.text, name - 1) }], name)];
}

/** The rows of one entry. The last amendment wins; a retraction leaves the text standing, struck through. */
export function entryRows(event: Event, annotation: Annotation | undefined, style: Style): readonly Line[] {
  const { amends = [], retracted = null, pinned = false } = annotation ?? {};
  const text = amends.findLast((each) => each.text !== undefined)?.text;
  const said = text === undefined || event.kind !== 'noted' ? event : { ...event, data: { ...event.data, text } };
  const at = Date.parse(amends.findLast((each) => each.newAt !== undefined)?.newAt ?? event.at);
  const late = Date.parse(event.recorded) - at;
  const isImported = event.via === 'import';
  // The rule above it has the day on which it was recorded.
  const of = (moment: number): string => dayedTime(moment, Date.parse(event.recorded), style.zone, true);
  const day = of(at).split(' ').slice(0, -1).join('');
  const { tone, loud } = SIGNS[INCIDENT.mark(event)];
  const author = span(event.by.name, event.by.role === 'system' ? 'dim' : personTone(event.by.name, style.me));
  const right: Line = [
    ...(pinned ? [span('pinned ', 'key')] : []),
    ...(isImported ? [span('imported ', 'dim')] : []),
    ...(day === '' ? [] : [span(`${day} `, 'warn')]),
    ...(late > LATE_MS && !isImported ? [span(`+${age(Math.floor(late / 60_000) * 60_000)} late `, 'warn')] : []),
    span(`#${event.seq}`, 'dim'),
  ];
  const changed = retracted ?? amends.at(-1);
  const how = retracted === null ? 'amended' : 'retracted';
  const notes = changed && `${how} by ${changed.by} ${of(Date.parse(changed.at))}: ${changed.why}`;
  const textTone = retracted !== null || event.level === 'system' ? 'dim' : loud ? tone : 'plain';
  const strike = retracted === null ? undefined : ({ strike: true } as const);
  const body = wrapped(eventText(said), right, style.cols).map((row) => span(row, textTone, strike));
  return laid([...head(at, author, style), entrySign(event, style.ascii)], body, right, notes, style.cols);
}

const MOST_ROWS = 12;
const MOST_CHARS = 4000;

/** Rows of text; the first leaves room for what stands at the right. Long text is shortened: the detail view has all. */
function wrapped(text: string, right: Line, cols: number): readonly string[] {
  const room = Math.max(1, cols - columns(cols).indent);
  const kept = text.slice(0, MOST_CHARS);
  const [start = '', ...others] = wrapText(kept, Math.max(1, room - lineWidth(right) - (right.length > 1 ? 2 : 1)));
  if (others.length === 0) return [start];
  const rest = wrapText(kept.slice(start.length).replace(/^[ \n]/, ''), room);
  if (rest.length < MOST_ROWS && text.length <= MOST_CHARS) return [start, ...rest];
  const lines = text.split('\n').length;
  const amount = lines > 1 ? `${lines} lines` : `${text.length} characters`;
  return [start, ...rest.slice(0, MOST_ROWS - 2), `... ${amount} in all: open the entry to read them`];
}

/** The rows of an entry from its parts; at most two rows of notes below the text. */
function laid(
  left: Line,
  body: readonly Span[],
  right: Line,
  notes: string | undefined,
  cols: number,
): readonly Line[] {
  const { indent } = columns(cols);
  const [first, ...rest] = body;
  const below =
    notes === undefined ? [] : wrapText(notes.replaceAll('\n', ' '), Math.max(1, cols - indent)).slice(0, 2);
  return [
    joinLines([...left, span(' '), ...(first === undefined ? [] : [first])], right, cols),
    ...[...rest, ...below.map((row) => span(row, 'dim'))].map((row) => cutLine([span(' '.repeat(indent)), row], cols)),
  ];
}

/** An entry that the hub has not acknowledged: `..` on its way, `!!` and the reason when it was refused. */
export function pendingRows({ at, text, state, reason }: PendingEntry, style: Style): readonly Line[] {
  const refused = state === 'refused';
  const right = [refused ? span('!!', 'crit', { bold: true }) : span('..', 'dim')];
  const body = wrapped(text, right, style.cols).map((row) => span(row, refused ? 'warn' : 'dim'));
  const left = [...head(at, span(style.me, 'own'), style), span(' ')];
  return laid(left, body, right, refused ? `not logged: ${reason ?? 'refused'}` : undefined, style.cols);
}

/** A rule across the timeline with words in it: a day, the read mark. */
export function ruleRow(label: string, tone: Tone, { cols, ascii }: Style): Line {
  const room = Math.max(0, cols - width(label) - 2);
  const before = Math.min(room, Math.max(2, Math.floor(room / 2)));
  const rule = (length: number): Span => span(glyphs(ascii).horizontal.repeat(length), 'border');
  return cutLine([rule(before), span(` ${label} `, tone), rule(Math.max(0, room - before))], cols);
}
