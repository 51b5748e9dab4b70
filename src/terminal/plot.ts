/**
 * The line of a zoomed chart, drawn by blessed-contrib's line widget off the screen: a fresh canvas for every size, so
 * a resize is right. Its axes, labels and colours are cut away; what stands around the line is made by `chart.ts`.
 * The widget itself draws nothing for a series of zeros and drops a value between two gaps: both are mended here.
 */
import { createRequire } from 'node:module';
import type { Scale } from './chart.ts';
import { stubModule } from './module-stub.ts';
import type { Size } from './text.ts';

/** What we use of contrib's widget. */
interface Widget {
  readonly ctx: { clearRect(): void; readonly _canvas: { frame(): string } };
  setData(series: readonly { readonly x: readonly string[]; readonly y: readonly number[] }[]): void;
}
interface WidgetOptions {
  readonly width: number;
  readonly height: number;
  readonly minY: number;
  readonly maxY: number;
  readonly xPadding: number;
  readonly numYLabels: number;
  readonly wholeNumbersOnly: boolean;
}

/**
 * Stand-ins for the blessed classes below contrib's widget, without a screen: an `attach` listener is called at once.
 */
function Node(): void {}
function Box(this: object, { width, height }: WidgetOptions): void {
  const on = (_event: string, attached: () => void): void => attached.call(this);
  Object.assign(this, { width, height, on });
}
Object.setPrototypeOf(Box.prototype, Node.prototype as object);

let loaded: (new (options: WidgetOptions) => Widget) | undefined;

/** Loads the widget from src/terminal/blessed-contrib, without the whole of blessed below it: 10 ms instead of 50. */
function load(): new (options: WidgetOptions) => Widget {
  const require = createRequire(import.meta.url);
  const path = require.resolve('blessed-contrib/lib/widget/charts/line');
  const below = createRequire(path);
  stubModule(below, 'blessed', { Node, Box });
  return require(path) as new (options: WidgetOptions) => Widget;
}

/** Dots of a cell. */
const CELL = { across: 2, down: 4 };
/** Where the widget begins to draw: the cells it reserves for labels and its axis, the rows it reserves below. */
const LEFT = 4;
const X_PADDING = 6;
const BELOW = 16;
/** Dots between the line's zero and the widget's own axis, and between its top and the line's. */
const REST = 5;
const ABOVE = 2;

/**
 * `size.rows` rows of `size.cols` braille cells: the line through `values`, the oldest at the left. A gap is a gap in
 * the line; the lowest row of dots is the lowest value of the scale.
 */
export function plot(values: readonly (number | null)[], { cols, rows }: Size, scale: Scale): readonly string[] {
  loaded ??= load();
  const tall = rows * CELL.down;
  const dots = levels(values, cols * CELL.across, tall, scale);
  // The widget maps 0 to 1 over its height; these are the shares at which it hits the row of dots that is meant.
  const shares = dots.map((row) => (row === null ? Number.NaN : 1 - (row + ABOVE + 0.5) / (tall + REST)));
  const line = new loaded({
    // The widget reserves 12 dots of the width and 8 of the height.
    width: cols + 10,
    height: rows + (BELOW + 8) / CELL.down,
    minY: 0,
    maxY: 1,
    xPadding: X_PADDING,
    numYLabels: 1,
    wholeNumbersOnly: true,
  });
  // The widget clears its canvas dot by dot, which takes longer than drawing; this canvas is new.
  line.ctx.clearRect = () => {};
  line.setData([{ x: Array.from({ length: dots.length + 2 }, () => ' '), y: shares }]);
  const drawn = line.ctx._canvas
    .frame()
    .replaceAll(/\x1b\[[\d;]*m/g, '')
    .split('\n');
  return drawn.slice(0, rows).map((row) => row.slice(LEFT, LEFT + cols).padEnd(cols));
}

/** For each column of dots the row its value stands in, 0 at the top; null where nothing is known. */
function levels(
  values: readonly (number | null)[],
  count: number,
  tall: number,
  { min, max }: Scale,
): readonly (number | null)[] {
  const level = (value: number | null): number | null => {
    if (value === null || Number.isNaN(value)) return null;
    const share = Math.min(1, Math.max(0, (value - min) / (max - min)));
    // Only the lowest value is drawn in the lowest row.
    return share === 0 ? tall - 1 : Math.min(tall - 2, Math.round((1 - share) * (tall - 1)));
  };
  const found = (values.length > count ? peaks(values, count) : between(values, count)).map(level);
  // A line needs two ends: a value alone between gaps is drawn as two dots, the newest one with a dot before it.
  return found.map((row, i) => {
    if (row !== null) return row;
    const before = found[i - 1] ?? null;
    if (before !== null && (found[i - 2] ?? null) === null) return before;
    return i === found.length - 2 ? (found[i + 1] ?? null) : null;
  });
}

/** The highest value of each share, as a peak must not vanish where there is little room. */
function peaks(values: readonly (number | null)[], count: number): readonly (number | null)[] {
  const out = Array.from<number | null>({ length: count }).fill(null);
  for (const [i, value] of values.entries()) {
    const at = Math.floor((i * count) / values.length);
    if (value !== null) out[at] = Math.max(out[at] ?? value, value);
  }
  return out;
}

/** Few values: straight lines from one to the next, and none over a gap. */
function between(values: readonly (number | null)[], count: number): readonly (number | null)[] {
  return Array.from({ length: count }, (_, dot) => {
    const at = count > 1 ? (dot * (values.length - 1)) / (count - 1) : 0;
    const [left, right] = [values[Math.floor(at)] ?? null, values[Math.ceil(at)] ?? null];
    const share = at - Math.floor(at);
    if (left !== null && right !== null) return left + (right - left) * share;
    return share < 0.5 ? left : right;
  });
}
