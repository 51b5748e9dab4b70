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

interface Axis {
  readonly scale: TimeScale;
  /** Cells of a row without its label. */
  readonly width: number;
  readonly column: (at: number) => number;
  readonly ascii: boolean;
}

function axisOf(entries: readonly ReportEntry[], ascii: boolean, cols: number): Axis {
  const width = Math.max(1, cols - LABEL);
  const scale = scaleOf([...new Set(entries.map(({ at }) => at))], 0, width * CELL - 1);
  return { scale, width, column: (at) => Math.min(width - 1, Math.floor(scale.x(at) / CELL)), ascii };
}

/** Severity and status, the lanes, and the times below them; where `rows` are few the lanes alone, or the marked one. */
export function axisRows(
  report: IncidentReport,
  entries: readonly ReportEntry[],
  marked: ReportEntry,
  points: readonly TurningPoint[],
  { ascii, zone }: Look,
  { cols, rows }: Size,
): readonly Line[] {
  const axis = axisOf(entries, ascii, cols);
  const { scale } = axis;
  const row = (label: string, spans: readonly Span[], isMarked = false): Line => [
    span(label.padEnd(LABEL), isMarked ? 'title' : 'dim', isMarked ? { bold: true } : {}),
    ...spans,
  ];
  const bands = [row('severity', band(report.severities, axis)), row('status', band(report.statuses, axis))];
  const silences = silencesOf(report);
  const laneRow = (lane: Lane): Line =>
    row(lane, joined(laneCells(lane, entries, marked, silences, axis)), lane === marked.lane);
  const times = row('', timeRow(axis, zone));
  const isOneDay = dayOf(scale.from, zone) === dayOf(scale.to, zone);
  const days = isOneDay ? [] : [row('', dayRow(axis, zone))];
  const metrics = points.length === 0 ? [] : [row('metrics', metricsRow(points, axis))];
  const whole = [...bands, ...LANES.map(laneRow), ...metrics, times, ...days];
  if (whole.length + LEFT <= rows) return whole;
  return LANES.length + 1 + LEFT <= rows ? [...LANES.map(laneRow), times] : [laneRow(marked.lane), times];
}

interface Cell {
  readonly text: string;
  readonly tone: Tone;
  readonly isMarked?: boolean;
}

const emptyRow = ({ width, ascii }: Axis): Cell[] =>
  Array.from({ length: width }, () => ({ text: glyphs(ascii).horizontal, tone: 'border' }));

/** Where metrics passed a limit or changed their course. */
function metricsRow(points: readonly TurningPoint[], axis: Axis): readonly Span[] {
  const cells = emptyRow(axis);
  for (const { at } of points) cells[axis.column(at)] = { text: turn(axis.ascii), tone: 'warn' };
  return joined(cells);
}
const turn = (ascii: boolean): string => (ascii ? '*' : '◇');

/** Words from their moment on, each followed by a rule to the next. */
function band(turns: readonly StateChange[], { scale, column, width, ascii }: Axis): readonly Span[] {
  let from = 0;
  return turns.flatMap(({ word }, i) => {
    const next = turns[i + 1];
    const to = next === undefined ? width : Math.max(from, column(Math.max(scale.from, next.at)));
    const cells = to - from;
    from = to;
    if (cells < 1) return [];
    const text = cut(`${word} `, cells);
    return [span(text), span(glyphs(ascii).horizontal.repeat(Math.max(0, cells - text.length)), 'border')];
  });
}

/**
 * A lane: how long it took to record what is late, silences, how long alerts lasted; over them the sign of each entry, or
 * how many fall together.
 */
function laneCells(
  lane: Lane,
  entries: readonly ReportEntry[],
  marked: ReportEntry,
  silences: ReturnType<typeof silencesOf>,
  axis: Axis,
): readonly Cell[] {
  const { scale, width, column, ascii } = axis;
  const { barEmpty, dot, vertical } = glyphs(ascii);
  const own = entries.filter((entry) => entry.lane === lane);
  const cells = emptyRow(axis);
  const fill = (from: number, to: number, text: string, tone: Tone): void => {
    for (let x = from; x <= Math.min(to, width - 1); x++) cells[x] = { text, tone };
  };
  for (const { at, lateMs, event } of own)
    if (lateMs > 0) fill(column(at), Math.max(column(at) + 1, column(Date.parse(event.recorded))), dot, 'stale');
  for (const silence of silences) {
    const [from, to, words] = [column(silence.from), column(silence.to), spanInWords(silence.to - silence.from)];
    fill(from + 1, to - 1, barEmpty, 'dim');
    const at = from + 1 + Math.floor((to - 1 - from - words.length) / 2);
    if (lane === 'entries' && to - from > words.length + 2)
      for (const [i, text] of [...words].entries()) cells[at + i] = { text, tone: 'dim' };
  }
  if (lane === 'alerts')
    for (const [from, to] of alertSpans(entries)) fill(column(from), column(to ?? scale.to), ascii ? '=' : '═', 'crit');
  const counts = new Map<number, number>();
  for (const { at, event, lateMs } of own) {
    const x = column(at);
    const count = (counts.get(x) ?? 0) + 1;
    counts.set(x, count);
    const { text, tone } = entrySign(event, ascii);
    if (count > 1) cells[x] = { text: count > 9 ? '+' : String(count), tone };
    else cells[x] = lateMs > 0 ? { text: 'o', tone: 'stale' } : { text: text === ' ' ? vertical : text, tone };
  }
  const x = column(marked.at);
  return cells.map((cell, i) => (marked.lane === lane && i === x ? { ...cell, isMarked: true } : cell));
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
function timeRow(axis: Axis, zone: Zone): readonly Span[] {
  const { scale, column, ascii } = axis;
  const row = wordsAt(scale.ticks, (at) => clockTime(at, zone, false), axis);
  for (const { from, to } of scale.breaks) {
    const x = Math.floor((column(from) + column(to)) / 2);
    if (row[x] === ' ') row[x] = ascii ? '~' : '≈';
  }
  return [span(row.join(''), 'dim')];
}

/** `Mon 23` where a day begins. */
function dayRow(axis: Axis, zone: Zone): readonly Span[] {
  const day = (at: number): string => dayOf(at, zone).replace(/ .*-/, ' ');
  const { ticks } = axis.scale;
  const first = ticks.filter((at, i) => i === 0 || day(at) !== day(ticks[i - 1] ?? at));
  return [span(wordsAt(first, day, axis).join(''), 'dim')];
}

function wordsAt(times: readonly number[], words: (at: number) => string, { column, width }: Axis): string[] {
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
