/** Bars, sparklines and line charts as text. Zero, an unknown value and no data at all look different. Pure. */
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

type Values = readonly (number | null)[];

/** The values at the bottom and the top of a chart; `max` is above `min`. */
export interface Scale {
  readonly min: number;
  readonly max: number;
}
interface Range {
  /** The lower end of the axis; the lowest value or 0 if absent, whichever is lower. */
  readonly min?: number | undefined;
  /** The upper end of the axis; the highest value if absent. */
  readonly max?: number | undefined;
}

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

const known = (value: number | null | undefined): value is number => typeof value === 'number' && !Number.isNaN(value);

/** The scale of a chart; null when no value is known. */
function scaleOf(values: Values, range: Range): Scale | null {
  const numbers = values.filter(known);
  if (numbers.length === 0) return null;
  const finite = numbers.filter(Number.isFinite);
  const min = range.min ?? finite.reduce((low, value) => Math.min(low, value), 0);
  const max = range.max ?? finite.reduce((high, value) => Math.max(high, value), Number.NEGATIVE_INFINITY);
  return max > min ? { min, max } : { min, max: min + 1 };
}

/** 0 for the lowest value only, `steps` for the highest. */
function height(value: number, { min, max }: Scale, steps: number): number {
  const clamped = Math.min(max, Math.max(min, value));
  if (clamped <= min) return 0;
  return Math.min(steps, 1 + Math.floor(((clamped - min) / (max - min)) * (steps - 1)));
}

/**
 * The last `cols` values as one row of blocks, the newest at the right. Zero is the lowest block, null a dot (in ASCII a
 * space). Empty when no value is known.
 */
export function sparkline(values: Values, cols: number, opts: { readonly ascii: boolean } & Range): SafeText {
  const room = Math.max(0, Math.floor(cols));
  const shown = room === 0 ? [] : values.slice(-room);
  const scale = scaleOf(shown, opts);
  if (scale === null) return '' as SafeText;
  const blocks = opts.ascii ? ASCII_BLOCKS : BLOCKS;
  const gap = glyphs(opts.ascii).gap;
  const drawn = shown.map((value) => (known(value) ? blocks[height(value, scale, LEVELS - 1)]! : gap)).join('');
  return drawn.padStart(room, ' ') as SafeText;
}

/** An event at one of the values: an alert, a change of severity, a deploy. */
export interface Marker {
  readonly index: number;
  readonly glyph: string;
  readonly label: string;
  readonly tone?: Tone | undefined;
}

interface LineChartOptions extends Range {
  readonly ascii: boolean;
  readonly tone?: Tone | undefined;
  /** The label of a value on the axis. */
  readonly format?: ((value: number) => string) | undefined;
  readonly markers?: readonly Marker[] | undefined;
  /** Words at the two ends of the time axis, such as `-30m` and `now`. */
  readonly ends?: readonly [string, string] | undefined;
  /** Few values are spread over all columns; otherwise they take one column each. */
  readonly stretch?: true | undefined;
  /** Draws the rows above the time axis; columns of blocks if absent. */
  readonly draw?: ((values: Values, size: Size, scale: Scale) => readonly string[]) | undefined;
}

function plainNumber(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e9) return `${(value / 1e9).toFixed(1)}G`;
  if (size >= 1e6) return `${(value / 1e6).toFixed(1)}M`;
  if (size >= 1e4) return `${(value / 1e3).toFixed(1)}k`;
  return Number.isInteger(value) ? String(value) : value.toFixed(size < 10 ? 2 : 1);
}

/** The highest known value of each column; `columnOf` gives the column of a value's index. */
export function peaks(values: Values, cols: number, columnOf: (index: number) => number): (number | null)[] {
  const out = Array.from<number | null>({ length: cols }).fill(null);
  for (const [index, value] of values.entries()) {
    const column = columnOf(index);
    if (known(value)) out[column] = Math.max(out[column] ?? value, value);
  }
  return out;
}

function blocks(values: Values, rows: number, scale: Scale, ascii: boolean): string[] {
  const signs = ascii ? ASCII_BLOCKS : BLOCKS;
  const gap = glyphs(ascii).gap;
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

/** A label is left out when it would be cut to fewer cells: `Pos…` says less than the marker alone. */
const LABEL_LEAST = 8;

/** The time axis: a rule with words at its ends, and the markers, each with its label where there is room. */
function axis(cols: number, columnOf: (index: number) => number, count: number, opts: LineChartOptions): Line {
  const signs = glyphs(opts.ascii);
  const cells: Span[] = Array.from({ length: cols }, () => ({ text: signs.horizontal, tone: 'border' }));
  const put = (at: number, text: string, tone: Tone) => {
    for (const [offset, char] of [...text].entries()) if (cells[at + offset]) cells[at + offset] = span(char, tone);
  };
  const [left, right] = opts.ends ?? ['', ''];
  const placed = (opts.markers ?? [])
    .filter(({ index }) => index >= 0 && index < count)
    .map((marker) => ({ marker, at: columnOf(marker.index) }))
    .sort((a, b) => a.at - b.at);
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
    if (width(marker.glyph) === 1) put(at, marker.glyph, marker.tone ?? 'info');
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
 * A chart of exactly `size`: the scale at the left, the newest value at the right edge, and from 3 rows on a time axis
 * with markers in the last row. Says `no data` when no value is known.
 */
export function lineChart(values: Values, size: Size, opts: LineChartOptions): Line[] {
  if (size.cols < 1 || size.rows < 1) return [];
  const scale = scaleOf(values, opts);
  if (scale === null) return noData(size);
  const format = opts.format ?? plainNumber;
  const signs = glyphs(opts.ascii);
  const labelled = Math.max(width(format(scale.max)), width(format(scale.min)));
  const gutter = size.cols >= labelled + 8 ? labelled + 1 : 0;
  const cols = size.cols - gutter;
  const rows = size.rows >= 3 ? size.rows - 1 : size.rows;
  const count = values.length;
  const fits = count <= cols;
  const columnOf = (index: number): number =>
    fits && opts.stretch !== true ? cols - count + index : Math.floor((index * cols) / count);
  const spread = (): Values => Array.from({ length: cols }, (_, at) => values[Math.floor((at * count) / cols)] ?? null);
  const shown = fits && opts.stretch ? spread() : peaks(values, cols, columnOf);
  const drawn = opts.draw?.(values, { cols, rows }, scale) ?? blocks(shown, rows, scale, opts.ascii);
  const lines = drawn.map((row, index): Line => {
    const value = index === 0 ? format(scale.max) : index === rows - 1 ? format(scale.min) : '';
    return [...label(value, gutter, signs.vertical), span(row, opts.tone ?? 'info')];
  });
  if (rows < size.rows) lines.push([...label('', gutter, signs.bottomLeft), ...axis(cols, columnOf, count, opts)]);
  return lines;
}

function label(value: string, gutter: number, edge: string): Span[] {
  if (gutter === 0) return [];
  const text = cut(value, gutter - 1);
  return [span(' '.repeat(gutter - 1 - width(text)) + text, 'dim'), span(edge, 'border')];
}
