/**
 * The line of a zoomed chart, drawn off the screen by blessed-contrib's line widget; `chart.ts` makes what surrounds it.
 * The widget draws nothing for a series of zeros and drops a value between two gaps: both are corrected here.
 */
import { createRequire } from 'node:module';
import { stubModule } from './module-stub.ts';
import type { Size } from './text.ts';

/** Oldest first; null: not known. */
export type Values = readonly (number | null)[];
/** The values at the bottom and the top of a chart; `max` is above `min`. */
export interface Scale {
  readonly min: number;
  readonly max: number;
}

export const known = (value: number | null): value is number => value !== null && !Number.isNaN(value);

/** The part of the widget that is used. */
interface Widget {
  readonly ctx: { clearRect(): void; readonly _canvas: { frame(): string } };
  setData(series: readonly { readonly x: readonly string[]; readonly y: readonly number[] }[]): void;
}
type WidgetClass = new (options: Readonly<Record<string, number | boolean>>) => Widget;

/** Stand-ins for the widget's base classes, without a screen: an `attach` listener is called at once. */
function Node(): void {}
function Box(this: object, { width, height }: Readonly<Record<'width' | 'height', number>>): void {
  const on = (_event: string, attached: () => void): void => attached.call(this);
  Object.assign(this, { width, height, on });
}
Object.setPrototypeOf(Box.prototype, Node.prototype as object);

let loaded: WidgetClass | undefined;

/** Loads the widget without all of blessed below it: 10 ms instead of 50. */
function load(): WidgetClass {
  const require = createRequire(import.meta.url);
  const path = require.resolve('blessed-contrib/lib/widget/charts/line');
  stubModule(createRequire(path), 'blessed', { Node, Box });
  return require(path) as WidgetClass;
}

/** Dots of a braille cell. */
const CELL = { across: 2, down: 4 };
/** What the widget reserves: cells for labels and its axis, dots below. */
const LEFT = 4;
const X_PADDING = 6;
const BELOW = 16;
/** Dots between the line and the widget's axis, and between its top and the line. */
const REST = 5;
const ABOVE = 2;

/** The line through `values` in rows of braille cells, the oldest value at the left; null is a gap in the line. */
export function plot(values: Values, { cols, rows }: Size, scale: Scale): readonly string[] {
  loaded ??= load();
  const tall = rows * CELL.down;
  const dots = levels(values, cols * CELL.across, tall, scale);
  // The widget maps 0 to 1 over its height; at these shares it hits the intended rows of dots.
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
  // Clearing dot by dot takes longer than drawing, and this canvas is new.
  line.ctx.clearRect = () => {};
  line.setData([{ x: Array.from({ length: dots.length + 2 }, () => ' '), y: shares }]);
  const drawn = line.ctx._canvas
    .frame()
    .replaceAll(/\x1b\[[\d;]*m/g, '')
    .split('\n');
  return drawn.slice(0, rows).map((row) => row.slice(LEFT, LEFT + cols).padEnd(cols));
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

/** The row of each column's dot, 0 at the top; null where no value is known. */
function levels(values: Values, count: number, tall: number, { min, max }: Scale): readonly (number | null)[] {
  const level = (value: number | null): number | null => {
    if (!known(value)) return null;
    const share = Math.min(1, Math.max(0, (value - min) / (max - min)));
    // The lowest row is for the lowest value only.
    return share === 0 ? tall - 1 : Math.min(tall - 2, Math.round((1 - share) * (tall - 1)));
  };
  const columnOf = (index: number): number => Math.floor((index * count) / values.length);
  const found = (values.length > count ? peaks(values, count, columnOf) : between(values, count)).map(level);
  // A line needs two ends: a single value between gaps gets a second dot after it, the newest one before it.
  return found.map((row, i) => {
    if (row !== null) return row;
    const before = found[i - 1] ?? null;
    if (before !== null && (found[i - 2] ?? null) === null) return before;
    return i === found.length - 2 ? (found[i + 1] ?? null) : null;
  });
}

/** Few values: straight lines from one to the next, but none over a gap. */
function between(values: Values, count: number): readonly (number | null)[] {
  return Array.from({ length: count }, (_, dot) => {
    const at = count > 1 ? (dot * (values.length - 1)) / (count - 1) : 0;
    const [left, right] = [values[Math.floor(at)] ?? null, values[Math.ceil(at)] ?? null];
    const share = at - Math.floor(at);
    if (left !== null && right !== null) return left + (right - left) * share;
    return share < 0.5 ? left : right;
  });
}
