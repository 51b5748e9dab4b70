/** Bars, sparklines and line charts as text. Zero, an unknown value and no data at all look different. Pure. */
import { type Scale, type Values, known, peaks, plot } from './plot.ts';
import {
  type Line,
  type SafeText,
  type Size,
  type Span,
  type Tone,
  cut,
  glyphs,
  padLine,
  span,
  width,
} from './text.ts';

const BLOCKS = '▁▂▃▄▅▆▇█';
const ASCII_BLOCKS = '_.-:=+*#';
const LEVELS = BLOCKS.length;

/** A horizontal bar of exactly `cols` cells: full only at 1, empty only at 0; a sign for no data when null. */
export function bar(ratio: number | null, cols: number, ascii: boolean): SafeText {
  const signs = glyphs(ascii);
  const room = Math.max(0, Math.floor(cols));
  if (ratio === null || Number.isNaN(ratio)) return signs.noData.repeat(Math.min(1, room)).padEnd(room) as SafeText;
  const least = ratio > 0 ? 1 : 0;
  const most = ratio < 1 ? room - 1 : room;
  const full = Math.min(room, Math.max(0, Math.min(most, Math.max(least, Math.round(ratio * room)))));
  return (signs.barFull.repeat(full) + signs.barEmpty.repeat(room - full)) as SafeText;
}

/** From the lowest value or 0, whichever is lower, to `max` or else the highest value; null when no value is known. */
function scaleOf(values: Values, max: number | undefined): Scale | null {
  const numbers = values.filter(known);
  if (numbers.length === 0) return null;
  const finite = numbers.filter(Number.isFinite);
  const min = finite.reduce((low, value) => Math.min(low, value), 0);
  const top = max ?? finite.reduce((high, value) => Math.max(high, value), Number.NEGATIVE_INFINITY);
  return { min, max: top > min ? top : min + 1 };
}

/** 0 for the lowest value only, `steps` for the highest. */
function height(value: number, { min, max }: Scale, steps: number): number {
  const clamped = Math.min(max, Math.max(min, value));
  if (clamped <= min) return 0;
  return Math.min(steps, 1 + Math.floor(((clamped - min) / (max - min)) * (steps - 1)));
}

/** The values in columns of blocks. Zero is the lowest block, null a dot (in ASCII a space). */
function blocks(values: Values, rows: number, scale: Scale, ascii: boolean): readonly string[] {
  const signs = ascii ? ASCII_BLOCKS : BLOCKS;
  const { gap } = glyphs(ascii);
  const heights = values.map((value) => (known(value) ? 1 + height(value, scale, rows * LEVELS - 1) : null));
  return Array.from({ length: rows }, (_, row) => {
    const floor = (rows - 1 - row) * LEVELS;
    return heights
      .map((high) => {
        if (high === null) return floor === 0 ? gap : ' ';
        const level = Math.min(LEVELS, high - floor);
        return level <= 0 ? ' ' : signs[level - 1]!;
      })
      .join('');
  });
}

interface SparklineOptions {
  readonly ascii: boolean;
  /** The upper end of the scale; the highest value if absent. */
  readonly max?: number | undefined;
}

/** The last `cols` values as one row of blocks, the newest at the right. Empty when no value is known. */
export function sparkline(values: Values, cols: number, { ascii, max }: SparklineOptions): SafeText {
  const room = Math.max(0, Math.floor(cols));
  const shown = room === 0 ? [] : values.slice(-room);
  const scale = scaleOf(shown, max);
  return (scale === null ? '' : blocks(shown, 1, scale, ascii).join('').padStart(room)) as SafeText;
}

/** An event at one of the values: an alert, a change of severity, a deploy. */
export interface Marker {
  readonly index: number;
  readonly glyph: string;
  readonly label: string;
  readonly tone: Tone;
}

interface LineChartOptions extends SparklineOptions {
  readonly tone: Tone;
  /** The label of a value on the axis. */
  readonly format: (value: number) => string;
  readonly markers: readonly Marker[];
  /** Words at the two ends of the time axis, such as `13:05` and `now`. */
  readonly ends: readonly [string, string];
}

/** A label is left out when it would be cut to fewer cells: `Pos…` says less than the marker alone. */
const LABEL_LEAST = 8;

/** The time axis: a rule with words at its ends, and the markers, each with its label where there is room. */
function axis(cols: number, columnOf: (index: number) => number, opts: LineChartOptions): Line {
  const signs = glyphs(opts.ascii);
  const cells: Span[] = Array.from({ length: cols }, () => ({ text: signs.horizontal, tone: 'border' }));
  const put = (at: number, text: string, tone: Tone) => {
    for (const [offset, char] of [...text].entries()) if (cells[at + offset]) cells[at + offset] = span(char, tone);
  };
  const [left, right] = opts.ends;
  const placed = opts.markers.map((marker) => ({ marker, at: columnOf(marker.index) })).sort((a, b) => a.at - b.at);
  // Words with wide characters are left out: they would shift the axis.
  const narrow = (text: string) => [...text].length === width(text);
  if (narrow(left)) put(0, left, 'dim');
  // The right end gives way to a marker.
  const isFree = placed.every(({ at }) => at < cols - width(right));
  if (narrow(right) && isFree) put(cols - width(right), right, 'dim');
  for (const [order, { marker, at }] of placed.entries()) {
    const next = placed[order + 1]?.at ?? (isFree ? cols - width(right) : cols);
    const room = next - at - 1;
    const label = room < LABEL_LEAST && width(marker.label) > room ? '' : cut(marker.label, room, signs.ellipsis);
    if (narrow(label)) put(at + 1, label, 'dim');
    if (width(marker.glyph) === 1) put(at, marker.glyph, marker.tone);
  }
  const line: Span[] = [];
  for (const cell of cells) {
    const last = line.at(-1);
    if (last?.tone === cell.tone) line[line.length - 1] = { ...last, text: (last.text + cell.text) as SafeText };
    else line.push(cell);
  }
  return line;
}

/** `no data` in the middle of `size`. */
function noData({ cols, rows }: Size): Line[] {
  const words = cut('no data', cols);
  const line = [span(' '.repeat(Math.floor((cols - width(words)) / 2))), span(words, 'dim')];
  const middle = Math.floor((rows - 1) / 2);
  return Array.from({ length: rows }, (_, row): Line => padLine(row === middle ? line : [], cols));
}

/**
 * A chart of exactly `size`: the scale at the left, few values spread over all columns, and from 3 rows on a time axis
 * with markers in the last row. Says `no data` when no value is known.
 */
export function lineChart(values: Values, size: Size, opts: LineChartOptions): Line[] {
  if (size.cols < 1 || size.rows < 1) return [];
  const { ascii, format } = opts;
  const scale = scaleOf(values, opts.max);
  if (scale === null) return noData(size);
  const signs = glyphs(ascii);
  const labelled = Math.max(width(format(scale.max)), width(format(scale.min)));
  const gutter = size.cols >= labelled + 8 ? labelled + 1 : 0;
  const cols = size.cols - gutter;
  const rows = size.rows >= 3 ? size.rows - 1 : size.rows;
  const count = values.length;
  const columnOf = (index: number): number => Math.floor((index * cols) / count);
  const spread = (): Values => Array.from({ length: cols }, (_, at) => values[Math.floor((at * count) / cols)] ?? null);
  const drawn = ascii
    ? blocks(count <= cols ? spread() : peaks(values, cols, columnOf), rows, scale, ascii)
    : plot(values, { cols, rows }, scale);
  const lines = drawn.map((row, index): Line => {
    const value = index === 0 ? format(scale.max) : index === rows - 1 ? format(scale.min) : '';
    return [...label(value, gutter, signs.vertical), span(row, opts.tone)];
  });
  if (rows < size.rows) lines.push([...label('', gutter, signs.bottomLeft), ...axis(cols, columnOf, opts)]);
  return lines;
}

function label(value: string, gutter: number, edge: string): Span[] {
  if (gutter === 0) return [];
  const text = cut(value, gutter - 1);
  return [span(' '.repeat(gutter - 1 - width(text)) + text, 'dim'), span(edge, 'border')];
}
