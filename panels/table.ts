/** Rows of detail as columns: those that matter most first, for the ones behind give way where there is no room. */
import type { Row } from '../src/protocol/reading.ts';
import { cutLine, lineWidth, padLine, span, width, type Line, type Span } from '../src/terminal/text.ts';

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
export function numberOf(row: Row, column: string): number | null {
  const value = row[column];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** What a row says there, as text; empty where there is nothing. */
export function textOf(row: Row, column: string): string {
  const value = row[column];
  return value === null || value === undefined ? '' : String(value);
}

/** A column of a probe's rows, as it is written there. */
export const textColumn = (title: string, column = title): Column<Row> => ({ title, of: (row) => textOf(row, column) });

/** A column of numbers; a dash where none was read. */
export const numberColumn = (title: string, as: (value: number) => string, column = title): Column<Row> => ({
  title,
  right: true,
  of: (row) => {
    const value = numberOf(row, column);
    return value === null ? '-' : as(value);
  },
});
