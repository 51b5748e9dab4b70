/** Who waits for whom in PostgreSQL, as rows: the probe has made a forest of it (`depth`, `behind`, `others`, `cycle`). */
import { age } from '../src/incident/time.ts';
import { cutLine, span, type Line } from '../src/terminal/text.ts';
import type { Row } from '../src/protocol/reading.ts';
import { numberCell, textColumn, table, textCell, type Column } from './table.ts';

const seconds = (value: number | null): string => (value === null ? '' : age(value * 1000));
/** A column of seconds; empty where none was read. */
const sinceColumn = (title: string, column: string): Column<Row> => ({
  title,
  right: true,
  of: (row) => seconds(numberCell(row, column)),
});
const filled = (words: readonly string[]): string => words.filter((word) => word !== '').join('  ');

/** From this width on, those who wait and those who take longest are tables. */
const TABLE_FROM = 90;

/** Rows of the forest, at most `most`, then how many there are more. Empty when nobody waits. */
export function lockTable(rows: readonly Row[], cols: number, ascii: boolean, most = 40): readonly Line[] {
  if (cols >= TABLE_FROM) return table(forest(ascii), rows, cols, most);
  return rows.slice(0, most).map((row) => cutLine(lockRow(row, ascii), cols));
}

/** `  └ ` for one that waits behind one that waits. */
function branchOf(row: Row, ascii: boolean): string {
  const depth = Math.min(8, Math.max(0, numberCell(row, 'depth') ?? 0));
  return depth === 0 ? '' : `${' '.repeat(2 * (depth - 1))}${ascii ? '`-' : '└ '}`;
}

/** Not "frees 4": when the first of them goes on, it may hold up the rest itself. */
function reach(row: Row): string {
  const behind = numberCell(row, 'behind') ?? 0;
  const others = numberCell(row, 'others') ?? 0;
  if (row['cycle'] === true) return 'DEADLOCK';
  if ((numberCell(row, 'depth') ?? 0) === 0) return behind > 0 ? `${behind} waiting behind` : '';
  return others > 0 ? `+${others} other blockers` : '';
}

const forest = (ascii: boolean): readonly Column<Row>[] => [
  { title: 'pid', of: (row) => span(`${branchOf(row, ascii)}${textCell(row, 'pid')}`, 'title') },
  { title: '', of: (row) => span(reach(row), 'warn') },
  sinceColumn('waits', 'wait_s'),
  textColumn('on', 'relation'),
  sinceColumn('tx', 'transaction_s'),
  { title: 'state', of: stateOf },
  textColumn('user'),
  textColumn('application'),
  textColumn('query'),
];
const LONGEST: readonly Column<Row>[] = [
  { title: 'pid', of: (row) => span(textCell(row, 'pid'), 'title') },
  sinceColumn('tx', 'transaction_s'),
  sinceColumn('query for', 'query_s'),
  { title: 'waits for', of: (row) => waitOf(row) },
  { title: 'state', of: stateOf },
  textColumn('user'),
  textColumn('application'),
  textColumn('query'),
];
/** Short: the query matters more. */
function stateOf(row: Row): string {
  return textCell(row, 'state').replace('idle in transaction', 'idle in tx');
}
const waitOf = (row: Row): string =>
  textCell(row, 'wait_event_type') === 'Lock' ? 'LOCK' : textCell(row, 'wait_event');

function lockRow(row: Row, ascii: boolean): Line {
  const isRoot = (numberCell(row, 'depth') ?? 0) <= 0;
  const reached = reach(row);
  const words = filled([
    isRoot ? '' : `waits ${seconds(numberCell(row, 'wait_s'))}`.trimEnd(),
    textCell(row, 'state'),
    seconds(numberCell(row, 'transaction_s')),
    textCell(row, 'relation'),
    textCell(row, 'user'),
    textCell(row, 'query'),
  ]);
  return [
    span(`  ${branchOf(row, ascii)}`, 'dim'),
    span(`${textCell(row, 'pid')} `, 'title'),
    ...(reached === '' ? [] : [span(`${reached}  `, 'warn')]),
    span(words, isRoot ? 'plain' : 'dim'),
  ];
}

/** The sessions that have been at it longest. */
export function topTable(rows: readonly Row[], cols: number): readonly Line[] {
  if (cols >= TABLE_FROM) return table(LONGEST, rows, cols, 5);
  return rows.slice(0, 5).map((row) => {
    const since = numberCell(row, 'transaction_s') ?? numberCell(row, 'query_s') ?? numberCell(row, 'state_s');
    const waits = textCell(row, 'wait_event_type') === 'Lock' ? 'WAITS FOR LOCK' : '';
    const words = filled([
      seconds(since),
      waits,
      textCell(row, 'state'),
      textCell(row, 'user'),
      textCell(row, 'query'),
    ]);
    return cutLine([span('  '), span(`${textCell(row, 'pid')} `, 'dim'), span(words)], cols);
  });
}
