/** The time axis as lines: bands, lanes, times, and the entries below them. Pure. */
import { entrySign } from '../../panels/entry.ts';
import { isOn } from '../incident/incident.ts';
import { age, clockTime, dayedTime, dayOf, spanInWords, type Zone } from '../incident/time.ts';
import type { TurningPoint } from '../incident/turning-points.ts';
import { scaleOf, type TimeScale } from '../report/scale.ts';
import {
  silencesOf,
  LANES,
  type ReportEntry,
  type Lane,
  type IncidentReport,
  type StateChange,
} from '../report/timeline.ts';
import { cut, cutLine, glyphs, span, wrapText, type Line, type Size, type Span, type Tone } from '../terminal/text.ts';
import { listItem } from './modal-parts.ts';

interface Look {
  readonly zone: Zone;
  readonly ascii: boolean;
}

/** The scale is made for pixels; a cell is as wide as so many. */
const CELL = 8;
/** Cells of the names of the lanes. */
const LABEL = 11;

/** Rows that are left for the entry under the cursor and the keys. */
const LEFT = 3;

/** Severity and status, the lanes, and the times below them; where `rows` are few the lanes alone, or the marked one. */
export function axisRows(
  report: IncidentReport,
  entries: readonly ReportEntry[],
  marked: ReportEntry,
  points: readonly TurningPoint[],
  { ascii, zone }: Look,
  { cols, rows }: Size,
): readonly Line[] {
  const width = Math.max(1, cols - LABEL);
  const scale = scaleOf([...new Set(entries.map(({ at }) => at))], 0, width * CELL - 1);
  const column = (at: number): number => Math.min(width - 1, Math.floor(scale.x(at) / CELL));
  const label = (text: string, isMarked = false): Span =>
    span(text.padEnd(LABEL), isMarked ? 'title' : 'dim', isMarked ? { bold: true } : {});
  const silent = silencesOf(report).map(({ from, to }) => ({
    from: column(from),
    to: column(to),
    words: spanInWords(to - from),
  }));
  const bands = [
    [label('severity'), ...band(report.severities, scale, column, width, ascii)],
    [label('status'), ...band(report.statuses, scale, column, width, ascii)],
  ];
  const laneRow = (lane: Lane): Line => {
    const base = laneBase(lane, entries, silent, column, width, ascii);
    return [label(lane, lane === marked.lane), ...joined(withMarks(base, lane, entries, marked, column, ascii))];
  };
  const times: Line = [label(''), ...timeRow(scale, column, width, (at) => clockTime(at, zone, false), ascii)];
  const isOneDay = dayOf(scale.from, zone) === dayOf(scale.to, zone);
  const days: Line = [label(''), ...dayRow(scale, column, width, (at) => dayOf(at, zone).replace(/ .*-/, ' '))];
  const metrics = points.length === 0 ? [] : [[label('metrics'), ...metricsRow(points, column, width, ascii)]];
  const whole = [...bands, ...LANES.map(laneRow), ...metrics, times, ...(isOneDay ? [] : [days])];
  if (whole.length + LEFT <= rows) return whole;
  return LANES.length + 1 + LEFT <= rows ? [...LANES.map(laneRow), times] : [laneRow(marked.lane), times];
}

/** Where metrics passed a limit or changed their course. */
function metricsRow(
  points: readonly TurningPoint[],
  column: (at: number) => number,
  width: number,
  ascii: boolean,
): readonly Span[] {
  const { horizontal } = glyphs(ascii);
  const cells = Array.from({ length: width }, (): Cell => ({ text: horizontal, tone: 'border' }));
  for (const { at } of points) cells[column(at)] = { text: turn(ascii), tone: 'warn' };
  return joined(cells);
}
const turn = (ascii: boolean): string => (ascii ? '*' : '◇');

/** Words from their moment on, each followed by a rule to the next. */
function band(
  turns: readonly StateChange[],
  scale: TimeScale,
  column: (at: number) => number,
  width: number,
  ascii: boolean,
): readonly Span[] {
  const { horizontal } = glyphs(ascii);
  let from = 0;
  return turns.flatMap(({ word }, i) => {
    const next = turns[i + 1];
    const to = next === undefined ? width : Math.max(from, column(Math.max(scale.from, next.at)));
    const cells = to - from;
    from = to;
    if (cells < 1) return [];
    const text = cut(`${word} `, cells);
    return [span(text), span(horizontal.repeat(Math.max(0, cells - text.length)), 'border')];
  });
}

interface Cell {
  readonly text: string;
  readonly tone: Tone;
  readonly isMarked?: boolean;
}

/** A lane without marks: how long it took to record what is late, silences, and how long alerts lasted. */
function laneBase(
  lane: Lane,
  entries: readonly ReportEntry[],
  silent: readonly { readonly from: number; readonly to: number; readonly words: string }[],
  column: (at: number) => number,
  width: number,
  ascii: boolean,
): Cell[] {
  const { horizontal, barEmpty, dot } = glyphs(ascii);
  const cells: Cell[] = Array.from({ length: width }, () => ({ text: horizontal, tone: 'border' }));
  const fill = (from: number, to: number, text: string, tone: Tone): void => {
    for (let x = from; x <= to; x++) cells[x] = { text, tone };
  };
  for (const { at, lateMs, event, lane: own } of entries)
    if (own === lane && lateMs > 0)
      fill(column(at), Math.max(column(at) + 1, column(Date.parse(event.recorded))), dot, 'stale');
  for (const { from, to, words } of silent) {
    fill(from + 1, to - 1, barEmpty, 'dim');
    const at = from + 1 + Math.floor((to - 1 - from - words.length) / 2);
    if (lane === 'entries' && to - from > words.length + 2)
      for (const [i, text] of [...words].entries()) cells[at + i] = { text, tone: 'dim' };
  }
  if (lane === 'alerts')
    for (const [from, to] of alertSpans(entries))
      fill(column(from), to === null ? width - 1 : column(to), ascii ? '=' : '═', 'crit');
  return cells.slice(0, width);
}

/** From where each alert began to where it ended; null: it had not. */
function alertSpans(entries: readonly ReportEntry[]): readonly (readonly [from: number, to: number | null])[] {
  const since = new Map<string, number>();
  const spans: (readonly [number, number | null])[] = [];
  for (const { event, at } of entries) {
    if (event.kind !== 'alert_changed') continue;
    const { alert, to } = event.data;
    const began = since.get(alert);
    if (isOn(to)) since.set(alert, began ?? at);
    else if (began !== undefined && since.delete(alert)) spans.push([began, at]);
  }
  return [...spans, ...[...since.values()].map((began) => [began, null] as const)];
}

/** The marks of the lane: the sign of the entry, or how many fall together. */
function withMarks(
  cells: Cell[],
  lane: Lane,
  entries: readonly ReportEntry[],
  marked: ReportEntry,
  column: (at: number) => number,
  ascii: boolean,
): readonly Cell[] {
  const counts = new Map<number, number>();
  for (const entry of entries) {
    if (entry.lane !== lane) continue;
    const x = column(entry.at);
    const count = (counts.get(x) ?? 0) + 1;
    counts.set(x, count);
    const { text, tone } = entrySign(entry.event, ascii);
    const sign = text === ' ' ? glyphs(ascii).vertical : text;
    const late = entry.lateMs > 0 ? ({ text: 'o', tone: 'stale' } as const) : { text: sign, tone };
    cells[x] = count === 1 ? late : { text: count > 9 ? '+' : String(count), tone };
  }
  if (marked.lane === lane) {
    const x = column(marked.at);
    cells[x] = { ...(cells[x] ?? { text: ' ', tone: 'plain' }), isMarked: true };
  }
  return cells;
}

/** Cells of the same look as one span. */
function joined(cells: readonly Cell[]): readonly Span[] {
  const spans: Span[] = [];
  for (let from = 0; from < cells.length;) {
    const { tone, isMarked = false } = cells[from]!;
    let to = from + 1;
    while (to < cells.length && cells[to]!.tone === tone && (cells[to]!.isMarked ?? false) === isMarked) to++;
    const text = cells
      .slice(from, to)
      .map((cell) => cell.text)
      .join('');
    spans.push(span(text, tone, isMarked ? { inverse: true, bold: true } : {}));
    from = to;
  }
  return spans;
}

/** Round times where they stand, and where a long time is drawn short. */
function timeRow(
  scale: TimeScale,
  column: (at: number) => number,
  width: number,
  words: (at: number) => string,
  ascii: boolean,
): readonly Span[] {
  const row = wordsAt(scale.ticks, column, width, words);
  for (const { from, to } of scale.breaks) {
    const x = Math.floor((column(from) + column(to)) / 2);
    if (row[x] === ' ') row[x] = ascii ? '~' : '≈';
  }
  return [span(row.join(''), 'dim')];
}

function dayRow(
  { ticks }: TimeScale,
  column: (at: number) => number,
  width: number,
  day: (at: number) => string,
): readonly Span[] {
  const first = ticks.filter((at, i) => i === 0 || day(at) !== day(ticks[i - 1] ?? at));
  return [span(wordsAt(first, column, width, day).join(''), 'dim')];
}

function wordsAt(
  times: readonly number[],
  column: (at: number) => number,
  width: number,
  words: (at: number) => string,
): string[] {
  const row = Array.from({ length: width }, () => ' ');
  for (const at of times) {
    const text = words(at);
    const x = Math.min(column(at), width - text.length);
    for (const [i, char] of [...text].entries()) if (x + i >= 0) row[x + i] = char;
  }
  return row;
}

/** The entry under the cursor in full, and where there is room what happened before and after it. */
export function entriesBelow(
  entries: readonly ReportEntry[],
  marked: ReportEntry,
  points: readonly TurningPoint[],
  look: Look,
  { cols, rows }: Size,
): readonly Line[] {
  if (rows < 1) return [];
  const last = Math.max(...entries.map((entry) => entry.at));
  const time = (at: number): string => dayedTime(at, last, look.zone, true);
  const whole = fullLines(marked, time, look, cols);
  if (rows < whole.length + 4) return whole.slice(0, rows);
  const room = rows - 1;
  const all = [...entries, ...points].sort((a, b) => a.at - b.at);
  const at = all.indexOf(marked);
  const others = room - whole.length;
  const from = Math.max(0, Math.min(at - Math.floor(others / 2), all.length - 1 - others));
  const row = (one: ReportEntry | TurningPoint): Line =>
    'event' in one ? entryRow(one, time, look) : pointRow(one, time, look);
  const shown = all.slice(from, from + others + 1);
  return [[], ...shown.flatMap((one) => (one === marked ? whole : [listItem(false, row(one), cols)]))];
}

const pointRow = ({ at, target, text }: TurningPoint, time: (at: number) => string, { ascii }: Look): Line => [
  span(`${time(at)} `, 'dim'),
  span(turn(ascii), 'warn'),
  span(` ${cut(target, 16)}: `, 'info'),
  span(text),
];

function entryRow({ event, at, text, lateMs }: ReportEntry, time: (at: number) => string, { ascii }: Look): Line {
  return [
    span(`${time(at)} `, 'dim'),
    entrySign(event, ascii),
    span(` ${cut(event.by.name, 16)}: `, 'info'),
    span(text),
    span(lateMs > 0 ? ` +${age(lateMs)} late` : '', 'stale'),
    span(`  #${event.seq}`, 'dim'),
  ];
}

/** Rows of the entry under the cursor, at most. */
const WHOLE = 4;

function fullLines(entry: ReportEntry, time: (at: number) => string, { ascii }: Look, cols: number): readonly Line[] {
  const { event, at, lateMs, text, original, annotation } = entry;
  const late = lateMs > 0 ? `, recorded ${spanInWords(lateMs)} later` : '';
  const corrected = original === null ? '' : ', corrected';
  const retracted = annotation?.retracted == null ? '' : ', retracted';
  const head: Line = [
    span('> ', 'key', { bold: true }),
    span(`#${event.seq}  ${time(at)} `, 'title', { bold: true }),
    entrySign(event, ascii),
    span(` ${event.by.name}`, 'info'),
    span(`${late}${corrected}${retracted}`, 'stale'),
  ];
  const said = wrapText(text, Math.max(1, cols - 2)).slice(0, WHOLE - 1);
  const strike = retracted === '' ? {} : ({ strike: true } as const);
  return [cutLine(head, cols), ...said.map((row): Line => [span(`  ${row}`, 'plain', strike)])];
}
