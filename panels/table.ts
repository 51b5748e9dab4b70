/** The body of a panel of targets: tables, metrics in a grid, bars. */
import type { Row } from '../src/protocol/reading.ts';
import { bar } from '../src/terminal/chart.ts';
import { type Line, type Span, cutLine, lineWidth, padLine, span, width } from '../src/terminal/text.ts';
import { mark, toneOf } from './health-style.ts';
import { indented, separated } from './lines.ts';
import { highestFirst, seriesRate } from './measure.ts';
import { type MetricSpec, type Poll, judgeMetric } from './metric.ts';
import { type Format, countText, rate } from './numbers.ts';

export interface Column<T> {
  readonly title: string;
  /** A span where the tone matters. */
  readonly of: (row: T) => string | Span;
  readonly right?: boolean;
}

/** A heading and the rows below it. */
export interface Section {
  readonly title: string;
  readonly lines: readonly Line[];
  /** It says what is wrong: it comes before the charts. */
  readonly urgent?: true;
}

const GAP = 2;
/** The last column is cut to the room left, but not below this. */
const LEAST = 8;

/** A table with its head, without its empty columns: at most `most` rows, then how many more there are. */
export function table<T>(all: readonly Column<T>[], rows: readonly T[], cols: number, most = 10): readonly Line[] {
  const cells = rows.slice(0, most).map((row) => all.map(({ of }) => of(row)).map(asSpan));
  const columns = all.flatMap(({ title, right }, i) => {
    const widest = Math.max(0, ...cells.map((row) => lineWidth([row[i]!])));
    return widest === 0 ? [] : [{ i, head: span(title, 'dim'), right, cols: Math.max(width(title), widest) }];
  });
  if (columns.length === 0) return [];
  const shown = columns.slice(0, fitting(columns, cols - GAP));
  const line = (cellOf: (column: (typeof columns)[number]) => Span): Line => {
    const parts = shown.map((column, at): Line => {
      const cell = cellOf(column);
      if (column.right) return [span(' '.repeat(column.cols - lineWidth([cell]))), cell];
      return at === shown.length - 1 ? [cell] : padLine([cell], column.cols);
    });
    return cutLine([span(' '.repeat(GAP)), ...separated(parts, span(' '.repeat(GAP)))], cols);
  };
  const over = rows.length - cells.length;
  return [
    line(({ head }) => head),
    ...cells.map((row) => line(({ i }) => row[i]!)),
    ...(over > 0 ? [indented(`+${over} more`, cols, 'dim')] : []),
  ];
}

const asSpan = (cell: string | Span): Span => (typeof cell === 'string' ? span(cell) : cell);

/** How many columns fit beside each other; at least one. */
function fitting(columns: readonly { readonly cols: number }[], room: number): number {
  let used = 0;
  for (const [i, { cols }] of columns.entries()) {
    const isLast = i === columns.length - 1;
    if (used + (isLast ? Math.min(LEAST, cols) : cols) > room) return Math.max(1, i);
    used += cols + GAP;
  }
  return columns.length;
}

/** A number of a row; null where there is none. */
export function numberCell(row: Row, key: string): number | null {
  const value = row[key];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** A value of a row as text; empty where there is none. */
export const textCell = (row: Row, key: string): string => String(row[key] ?? '');

type ColumnOf = string | readonly [title: string, key: string | Format, as?: Format] | Column<Row>;

/**
 * Columns of rows: a title, the key of its values unless that is the title, and a format. A column with a format holds
 * numbers: they stand at the right, with a dash where none was read.
 */
export const columns = (...all: readonly ColumnOf[]): readonly Column<Row>[] =>
  all.map((column) => {
    if (typeof column === 'object' && 'title' in column) return column;
    const [title, second, third] = typeof column === 'string' ? [column, column] : column;
    const [key, as] = typeof second === 'string' ? [second, third] : [title, second];
    if (as === undefined) return { title, of: (row) => textCell(row, key) };
    const of = (row: Row): string => {
      const value = row[key] ?? '-';
      return typeof value !== 'number' ? String(value) : Number.isFinite(value) ? as(value) : '-';
    };
    return { title, right: true, of };
  });

/** A row for each value of `label`: that value, and by key the value of each metric; highest first by the first metric. */
export function seriesRows(
  { reading }: Poll,
  label: string,
  metrics: Readonly<Record<string, string>>,
): readonly Row[] {
  const series = Object.entries(metrics).map(([key, name]) => [key, highestFirst(reading, name, label)] as const);
  return (series[0]?.[1] ?? []).map(([name]) => ({
    [label]: name,
    ...Object.fromEntries(series.map(([key, all]) => [key, all.find(([other]) => other === name)?.[1] ?? null])),
  }));
}

/** How a counter splits up by one of its labels, most frequent first; `means` explains the values of the label. */
export function countTable(
  title: string,
  poll: Poll,
  metric: string,
  cols: number,
  most?: number,
  means: Readonly<Record<string, string>> = {},
): readonly Line[] {
  const rows = highestFirst(poll.reading, metric, title)
    .filter(([name]) => name !== '')
    .map(([name, total]): Row => {
      const perSecond = seriesRate(poll, metric, { [title]: name });
      const perMinute = perSecond === null ? null : perSecond * 60;
      return { name, 'per minute': perMinute, 'since start': total, means: means[name] ?? '' };
    });
  const all = columns([title, 'name'], ['per minute', rate], ['since start', countText], 'means');
  return table(all, rows, cols, most);
}

export interface GridCell {
  readonly label: string;
  readonly text: string;
  readonly health: 'ok' | 'warn' | 'crit';
}

/** The metrics this target has, in a grid. What was not read is `--`, never a zero. */
export const metricGrid = ({ judgements }: Poll, cols: number, ascii: boolean): readonly Line[] =>
  grid(
    judgements.flatMap(({ spec: { label, hidden }, value, text, health }) =>
      hidden || value === 'absent' ? [] : [{ label, text, health }],
    ),
    cols,
    ascii,
  );

/** Cells in as many columns as fit, row by row; each carries the shape of its state before its label. */
export function grid(all: readonly GridCell[], cols: number, ascii: boolean): readonly Line[] {
  if (all.length === 0 || cols < 1) return [];
  const widest = Math.max(...all.map(({ label, text }) => 3 + width(label) + width(text)));
  // Cells that are far apart no longer look like a row.
  const across = Math.max(1, Math.min(cols < 130 ? 4 : 6, Math.floor((cols + GAP) / (widest + GAP))));
  const each = Math.floor((cols + GAP) / across) - GAP;
  return Array.from({ length: Math.ceil(all.length / across) }, (_, row) => {
    const cells = all.slice(row * across, (row + 1) * across).map((cell) => padLine(drawn(cell, ascii), each));
    return cutLine(separated(cells, span(' '.repeat(GAP))), cols);
  });
}

function drawn({ label, text, health }: GridCell, ascii: boolean): Line {
  const bad = health !== 'ok';
  const value = bad ? span(text, toneOf(health), { bold: true }) : span(text);
  return [bad ? mark(health, ascii) : span(' '), span(' '), span(label, 'dim'), span(' '), value];
}

/** Cells of a label before a bar or a sparkline. */
export const LABEL = 8;
export const labelled = (label: string, sign: Span = span(' ')): Line =>
  padLine([sign, span(' '), span(label, 'dim')], LABEL);

/** `■ conn  ██████████░░ 88/100`: a share of a whole, marked when `spec` finds it bad. */
export function barRow(spec: MetricSpec, poll: Poll, words: string, cols: number, ascii: boolean): Line {
  const { health, value } = judgeMetric(spec, poll);
  const tone = health === 'ok' ? 'info' : toneOf(health);
  const room = Math.min(40, cols - LABEL - width(words) - 1);
  const share = typeof value === 'number' ? value : null;
  const drawing = room >= 4 ? [span(bar(share, room, ascii), tone), span(' ')] : [];
  const sign = health === 'ok' ? span(' ') : mark(health, ascii);
  const said = health === 'ok' ? span(words) : span(words, tone, { bold: true });
  return cutLine([...labelled(spec.label, sign), ...drawing, said], cols);
}
