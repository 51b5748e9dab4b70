/**
 * Charts as text: bars, sparklines, line charts. Pure functions of values and size, so a resize is only another call.
 * Zero is drawn as the lowest block, a gap is drawn otherwise, and where nothing is known words say so.
 */
import {
  cut,
  glyphs,
  padLine,
  span,
  width,
  type Line,
  type SafeText,
  type Size,
  type Span,
  type Tone,
} from './text.ts';

const BLOCKS = '▁▂▃▄▅▆▇█';
const ASCII_BLOCKS = '_.-:=+*#';
const LEVELS = BLOCKS.length;

/** The values at the foot and at the top of a chart; `max` is above `min`. */
export interface Scale {
  readonly min: number;
  readonly max: number;
}
interface Range {
  /** Lowest value of the axis; 0, or the lowest value if that is below. */
  readonly min?: number | undefined;
  /** Highest value of the axis; the highest value if absent. */
  readonly max?: number | undefined;
}

/** A horizontal bar of exactly `cols` cells. Full only at 1, empty only at 0; null is a row of gaps. */
export function bar(ratio: number | null, cols: number, ascii: boolean): SafeText {
  const signs = glyphs(ascii);
  const room = Math.max(0, Math.floor(cols));
  if (ratio === null || Number.isNaN(ratio)) return signs.noData.repeat(Math.min(1, room)).padEnd(room) as SafeText;
  const share = Math.min(1, Math.max(0, ratio));
  let full = Math.round(share * room);
  if (share > 0) full = Math.max(1, full);
  if (share < 1) full = Math.min(room - 1, full);
  full = Math.min(room, Math.max(0, full));
  return (signs.barFull.repeat(full) + signs.barEmpty.repeat(room - full)) as SafeText;
}

const known = (value: number | null | undefined): value is number => typeof value === 'number' && !Number.isNaN(value);

function scaleOf(values: readonly (number | null)[], range: Range): Scale | null {
  const numbers = values.filter(known);
  if (numbers.length === 0) return null;
  let low = 0;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of numbers) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const min = range.min ?? low;
  const max = range.max ?? (high === Number.NEGATIVE_INFINITY ? min : high);
  return max > min ? { min, max } : { min, max: min + 1 };
}

/** 0 for the lowest value and below, so that only what is at the bottom looks like it; `steps` at the top. */
function height(value: number, { min, max }: Scale, steps: number): number {
  const clamped = Math.min(max, Math.max(min, value));
  if (clamped <= min) return 0;
  return Math.min(steps, 1 + Math.floor(((clamped - min) / (max - min)) * (steps - 1)));
}

/**
 * One row of blocks, the newest value at the right, the last `cols` values. Zero is the lowest block, null a dot
 * (in ASCII a space), and so is a time before the first value. Empty when no value is known: say so in words.
 */
export function sparkline(
  values: readonly (number | null)[],
  cols: number,
  opts: { readonly ascii: boolean } & Range,
): SafeText {
  const room = Math.max(0, Math.floor(cols));
  const shown = room === 0 ? [] : values.slice(-room);
  const scale = scaleOf(shown, opts);
  if (scale === null) return '' as SafeText;
  const blocks = opts.ascii ? ASCII_BLOCKS : BLOCKS;
  const gap = glyphs(opts.ascii).gap;
  const drawn = shown.map((value) => (known(value) ? blocks[height(value, scale, LEVELS - 1)]! : gap)).join('');
  return drawn.padStart(room, ' ') as SafeText;
}

/** Something that happened at one of the values: an alert, a change of severity, a deploy. */
export interface Marker {
  readonly index: number;
  readonly glyph: string;
  readonly label: string;
  readonly tone?: Tone | undefined;
}

/** How a line chart is drawn. */
export interface LineChartOptions extends Range {
  readonly ascii: boolean;
  readonly tone?: Tone | undefined;
  /** How a value is written beside the axis. */
  readonly format?: ((value: number) => string) | undefined;
  readonly markers?: readonly Marker[] | undefined;
  /** Words at the two ends of the time axis, such as `-30m` and `now`. */
  readonly ends?: readonly [string, string] | undefined;
  /** The values are all of the time axis, so that few of them are drawn wide; else they are one column each. */
  readonly stretch?: true | undefined;
  /** Draws the rows between the axes; columns of blocks when absent. */
  readonly draw?: ((values: readonly (number | null)[], size: Size, scale: Scale) => readonly string[]) | undefined;
}

function plainNumber(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e9) return `${(value / 1e9).toFixed(1)}G`;
  if (size >= 1e6) return `${(value / 1e6).toFixed(1)}M`;
  if (size >= 1e4) return `${(value / 1e3).toFixed(1)}k`;
  return Number.isInteger(value) ? String(value) : value.toFixed(size < 10 ? 2 : 1);
}

/** Each column's value: one to one at the right, or the peak of each column's share of the values. */
function columns(
  values: readonly (number | null)[],
  cols: number,
  stretch: boolean,
): { values: (number | null)[]; of: number[] } {
  const count = values.length;
  const isWide = count <= cols;
  const of = values.map((_, index) => (isWide && !stretch ? cols - count + index : Math.floor((index * cols) / count)));
  if (isWide && stretch) {
    const shown = Array.from({ length: cols }, (_, column) => values[Math.floor((column * count) / cols)] ?? null);
    return { values: shown, of };
  }
  const out: (number | null)[] = Array.from({ length: cols }, () => null);
  for (const [index, value] of values.entries()) {
    const column = of[index]!;
    const before = out[column];
    if (known(value)) out[column] = known(before) ? Math.max(before, value) : value;
  }
  return { values: out, of };
}

function blocks(values: readonly (number | null)[], rows: number, scale: Scale, ascii: boolean): string[] {
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

/** A label that would be cut below this many cells is left out: `Pos…` says less than the marker alone. */
const LABEL_LEAST = 8;

/** The time axis: a rule with the end words on it, then the markers, each with its label where there is room. */
function axis(cols: number, of: readonly number[], opts: LineChartOptions): Line {
  const signs = glyphs(opts.ascii);
  const cellsOf: { text: string; tone: Tone }[] = Array.from({ length: cols }, () => ({
    text: signs.horizontal,
    tone: 'border',
  }));
  const put = (at: number, text: string, tone: Tone) => {
    for (const [offset, char] of [...text].entries())
      if (cellsOf[at + offset]) cellsOf[at + offset] = { text: char, tone };
  };
  const [left, right] = opts.ends ?? ['', ''];
  const placed = (opts.markers ?? [])
    .map((marker) => ({ marker, at: of[marker.index] }))
    .filter((entry): entry is { marker: Marker; at: number } => entry.at !== undefined)
    .sort((a, b) => a.at - b.at);
  // The labels of an axis are one cell wide per character; wider ones are left out rather than shifting the axis.
  const narrow = (text: string) => [...text].length === width(text);
  if (narrow(left)) put(0, left, 'dim');
  // The right end is left out when a marker would cut it.
  const isFree = placed.every(({ at }) => at < cols - width(right));
  if (narrow(right) && isFree) put(cols - width(right), right, 'dim');
  for (const [order, { marker, at }] of placed.entries()) {
    const next = placed[order + 1]?.at ?? (isFree ? cols - width(right) : cols);
    const room = next - at - 1;
    const label = room < LABEL_LEAST && width(marker.label) > room ? '' : cut(marker.label, room, signs.ellipsis);
    if (narrow(label)) put(at + 1, label, 'dim');
    if (width(marker.glyph) === 1) put(at, marker.glyph, marker.tone ?? 'info');
  }
  return merge(cellsOf);
}

function merge(parts: readonly { text: string; tone: Tone }[]): Line {
  const out: { text: string; tone: Tone }[] = [];
  for (const part of parts) {
    const last = out.at(-1);
    if (last?.tone === part.tone) last.text += part.text;
    else out.push({ ...part });
  }
  return out.map((part) => span(part.text, part.tone));
}

function nothing(size: Size): Line[] {
  const words = cut('no data', size.cols);
  const indent = Math.floor((size.cols - width(words)) / 2);
  return Array.from({ length: size.rows }, (_, row): Line => {
    if (row !== Math.floor((size.rows - 1) / 2)) return padLine([], size.cols);
    return padLine([span(' '.repeat(indent)), span(words, 'dim')], size.cols);
  });
}

/**
 * A chart of exactly `size`: values as columns of blocks, their scale at the left, time from left to right with the
 * newest at the right edge, markers on the time axis (the last row, from 3 rows on). Says `no data` when it has none.
 */
export function lineChart(values: readonly (number | null)[], size: Size, opts: LineChartOptions): Line[] {
  if (size.cols < 1 || size.rows < 1) return [];
  const scale = scaleOf(values, opts);
  if (scale === null) return nothing(size);
  const format = opts.format ?? plainNumber;
  const signs = glyphs(opts.ascii);
  const labelled = Math.max(width(format(scale.max)), width(format(scale.min)));
  const gutter = size.cols >= labelled + 8 ? labelled + 1 : 0;
  const cols = size.cols - gutter;
  const rows = size.rows >= 3 ? size.rows - 1 : size.rows;
  const shown = columns(values, cols, opts.stretch === true);
  const drawn = opts.draw?.(values, { cols, rows }, scale) ?? blocks(shown.values, rows, scale, opts.ascii);
  const lines = drawn.map((row, index): Line => {
    const value = index === 0 ? format(scale.max) : index === rows - 1 ? format(scale.min) : '';
    return [...label(value, gutter, signs.vertical), span(row, opts.tone ?? 'info')];
  });
  if (rows < size.rows) lines.push([...label('', gutter, signs.bottomLeft), ...axis(cols, shown.of, opts)]);
  return lines;
}

function label(value: string, gutter: number, edge: string): Span[] {
  if (gutter === 0) return [];
  const text = cut(value, gutter - 1);
  return [span(' '.repeat(gutter - 1 - width(text)) + text, 'dim'), span(edge, 'border')];
}
