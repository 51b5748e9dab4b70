/** Tables, cells in columns, bars and sparklines: the body of a panel of targets. */
import { age } from '../src/incident/time.ts';
import type { Row } from '../src/protocol/reading.ts';
import { bar, sparkline } from '../src/terminal/chart.ts';
import { type Line, type Span, cutLine, lineWidth, padLine, span, width } from '../src/terminal/text.ts';
import { mark, toneOf } from './health-style.ts';
import { seriesIn, seriesRate } from './measure.ts';
import { type Poll, type MetricSpec, judgeMetric } from './metric.ts';
import { countText, rate } from './numbers.ts';

export interface Column<T> {
  readonly title: string;
  /** What stands there; a span where its tone matters. */
  readonly of: (row: T) => string | Span;
  /** Numbers stand at the right of their column. */
  readonly right?: true;
}

/** A heading and the rows below it. */
export interface Section {
  readonly title: string;
  readonly lines: readonly Line[];
  /** It says why it hurts: it comes before charts. */
  readonly urgent?: true;
}

const GAP = 2;
/** The last column is cut to what is left, but not below this. */
const LEAST = 8;

/** The table with its head, indented like all that stands in a panel. At most `most` rows, then how many there are more. */
export function table<T>(all: readonly Column<T>[], rows: readonly T[], cols: number, most = 10): readonly Line[] {
  const shown = rows.slice(0, most);
  // A column that says nothing takes room from one that does.
  const columns = all.filter(({ of }) => shown.some((row) => spanOf(of(row)).text !== ''));
  if (shown.length === 0 || columns.length === 0) return [];
  const cells = shown.map((row) => columns.map(({ of }) => spanOf(of(row))));
  const widths = columns.map(({ title }, i) =>
    Math.max(width(title), ...cells.map((row) => width(row[i]?.text ?? ''))),
  );
  const fits = fitting(widths, cols - GAP);
  const line = (parts: readonly Span[]): Line => {
    const placed = parts.slice(0, fits).flatMap((part, i): Line => {
      const gap = span(' '.repeat(GAP));
      if (i === fits - 1 && !columns[i]?.right) return [gap, part];
      return [gap, ...aligned(part, widths[i] ?? 0, columns[i]?.right === true)];
    });
    return cutLine(placed, cols);
  };
  const head = line(columns.map(({ title }) => span(title, 'dim')));
  const over = rows.length - shown.length;
  return [head, ...cells.map(line), ...(over > 0 ? [[span(`  +${over} more`, 'dim')]] : [])];
}

const spanOf = (cell: string | Span): Span => (typeof cell === 'string' ? span(cell) : cell);

function aligned(part: Span, cols: number, right: boolean): Line {
  const missing = Math.max(0, cols - lineWidth([part]));
  return right ? [span(' '.repeat(missing)), part] : padLine([part], cols);
}

/** How many columns fit beside each other. */
function fitting(widths: readonly number[], room: number): number {
  let used = 0;
  for (const [i, each] of widths.entries()) {
    const isLast = i === widths.length - 1;
    if (used + (isLast ? Math.min(LEAST, each) : each) > room) return Math.max(1, i);
    used += each + GAP;
  }
  return widths.length;
}

/** A number of a row; null where there is none. */
export function numberCell(row: Row, column: string): number | null {
  const value = row[column];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** What a row says there, as text; empty where there is nothing. */
export function textCell(row: Row, column: string): string {
  const value = row[column];
  return value === null || value === undefined ? '' : String(value);
}

/** A column of a probe's rows, as it is written there. */
export const textColumn = (title: string, column = title): Column<Row> => ({
  title,
  of: (row) => textCell(row, column),
});

/** A column of numbers; a dash where none was read. */
export const numberColumn = (title: string, as: (value: number) => string, column = title): Column<Row> => ({
  title,
  right: true,
  of: (row) => orDash(numberCell(row, column), as),
});

/** A value as text; a dash where none was read. */
export const orDash = (value: number | null | undefined, as: (value: number) => string): string =>
  value === null || value === undefined ? '-' : as(value);

/** Seconds as a span of time: `4m10s`. */
export const seconds = (value: number): string => age(value * 1000);

/** Columns of rows that are lists of cells, in this order. */
export const columnsOf = (
  ...titles: readonly (string | Pick<Column<never>, 'title' | 'right'>)[]
): readonly Column<readonly (string | Span)[]>[] =>
  titles.map((title, i) => ({ ...(typeof title === 'string' ? { title } : title), of: (row) => row[i] ?? '' }));

/** The title of a column whose numbers stand at its right. */
export const right = (title: string): Pick<Column<never>, 'title' | 'right'> => ({ title, right: true });

/** How a counter splits up by one of its labels, the most frequent first; `means` explains what the labels say. */
export function countTable(
  title: string,
  { poll, metric, label, means = {} }: CountedBy,
  cols: number,
  most?: number,
): readonly Line[] {
  const rows = seriesIn(poll.reading, metric, label)
    .filter(([name]) => name !== '')
    .toSorted((a, b) => b[1] - a[1])
    .map(([name, total]) => {
      const perSecond = seriesRate(poll, metric, { [label]: name });
      return [name, perSecond === null ? '-' : rate(perSecond * 60), countText(total), means[name] ?? ''];
    });
  return table(columnsOf(title, right('per minute'), right('since start'), 'means'), rows, cols, most);
}

interface CountedBy {
  readonly poll: Poll;
  readonly metric: string;
  readonly label: string;
  readonly means?: Readonly<Record<string, string>>;
}

export interface TableCell {
  readonly label: string;
  readonly value: string;
  readonly health: 'ok' | 'warn' | 'crit';
}

/** The cells of the metrics this target has. What was not read is `--`, never a zero. */
export function tableCells({ judgements }: Poll): readonly TableCell[] {
  return judgements.flatMap(({ spec, value, health }) =>
    spec.hidden || value === 'absent'
      ? []
      : [{ label: spec.label, value: value === null ? '--' : spec.as(value), health }],
  );
}

const WIDE_FROM = 130;

/** Cells in as many columns as fit, row by row; each carries the shape of its state before its label. */
export function grid(all: readonly TableCell[], cols: number, ascii: boolean): readonly Line[] {
  if (all.length === 0 || cols < 1) return [];
  const widest = Math.max(...all.map(({ label, value }) => 2 + width(label) + 1 + width(value)));
  // Far apart, metrics of one row no longer look like a row.
  const across = Math.max(1, Math.min(cols < WIDE_FROM ? 4 : 6, Math.floor((cols + GAP) / (widest + GAP))));
  const each = Math.floor((cols + GAP) / across);
  const lines: Line[] = [];
  for (let i = 0; i < all.length; i += across) {
    const row = all.slice(i, i + across).map((cell) => padLine(drawn(cell, ascii), each - GAP));
    lines.push(
      cutLine(
        row.flatMap((part, at) => (at === 0 ? part : [span(' '.repeat(GAP)), ...part])),
        cols,
      ),
    );
  }
  return lines;
}

function drawn({ label, value, health }: TableCell, ascii: boolean): Line {
  const bad = health !== 'ok';
  return [
    ...(bad ? [mark(health, ascii), span(' ')] : [span('  ')]),
    span(label, 'dim'),
    span(' '),
    bad ? span(value, toneOf(health), { bold: true }) : span(value),
  ];
}

const LABEL = 6;
const labelled = (label: string, sign: Span = span(' ')): Line =>
  padLine([sign, span(' '), span(label, 'dim')], LABEL + 2);

/** `■ conn  ██████████░░ 88/100`: a share of a whole, marked when `spec` finds it bad. */
export function barRow(spec: MetricSpec, poll: Poll, words: string, cols: number, ascii: boolean): Line {
  const { health, value } = judgeMetric(spec, poll);
  const share = typeof value === 'number' ? value : null;
  const tone = health === 'ok' ? 'info' : toneOf(health);
  const room = Math.min(40, cols - LABEL - 2 - width(words) - 1);
  const drawing = room >= 4 ? [span(bar(share, room, ascii), tone), span(' ')] : [];
  const sign = health === 'ok' ? span(' ') : mark(health, ascii);
  const said = health === 'ok' ? span(words) : span(words, tone, { bold: true });
  return cutLine([...labelled(spec.label, sign), ...drawing, said], cols);
}

/** `  tx/s  ▁▁▂▃▅█ 212`. Null when there is nothing to draw. */
export function sparkRow(
  label: string,
  values: readonly (number | null)[],
  words: string,
  cols: number,
  ascii: boolean,
  max?: number,
): Line | null {
  const room = Math.min(60, cols - LABEL - 2 - width(words) - 1);
  if (room < 4) return null;
  const drawing = sparkline(values, room, { ascii, ...(max === undefined ? {} : { max }) });
  if (drawing === '') return null;
  return cutLine([...labelled(label), span(drawing, 'info'), span(' '), span(words)], cols);
}

/** How many values a sparkline of a panel this wide can show. */
export const sparkPoints = (cols: number): number => Math.max(1, Math.min(60, cols - LABEL - 2));

/** A row that may not exist, as rows. */
export const optionalColumn = (line: Line | null): readonly Line[] => (line === null ? [] : [line]);
