/** Who waits for whom in PostgreSQL: rows of a forest that the probe made (`depth`, `behind`, `others`, `cycle`). */
import type { Row } from '../src/protocol/reading.ts';
import { type Line, cutLine, span } from '../src/terminal/text.ts';
import { joinWords } from './lines.ts';
import { seconds } from './numbers.ts';
import { type Column, columns, numberCell, table, textCell } from './table.ts';

/** From this width on sessions are shown as tables. */
const TABLE_FROM = 90;

/** Seconds of a row; empty where none were read. */
function since(row: Row, ...keys: readonly string[]): string {
  const value = keys.map((key) => numberCell(row, key)).find((each) => each !== null);
  return value === undefined || value === null ? '' : seconds(value);
}
const sinceColumn = (title: string, key: string): Column<Row> => ({ title, right: true, of: (row) => since(row, key) });

const depthOf = (row: Row): number => Math.min(8, Math.max(0, numberCell(row, 'depth') ?? 0));

/** `  └ ` for a session that waits for a waiting one. */
function branchOf(row: Row, ascii: boolean): string {
  const depth = depthOf(row);
  return depth === 0 ? '' : `${' '.repeat(2 * (depth - 1))}${ascii ? '`-' : '└ '}`;
}

/** Counts who waits, not who would be freed: the first to go on may block the rest. */
function reach(row: Row): string {
  if (row['cycle'] === true) return 'DEADLOCK';
  const [behind, others] = [numberCell(row, 'behind') ?? 0, numberCell(row, 'others') ?? 0];
  if (depthOf(row) === 0) return behind > 0 ? `${behind} waiting behind` : '';
  return others > 0 ? `+${others} other blockers` : '';
}

const STATE: Column<Row> = {
  title: 'state',
  of: (row) => textCell(row, 'state').replace('idle in transaction', 'idle in tx'),
};
const isLock = (row: Row): boolean => row['wait_event_type'] === 'Lock';
const SESSION = columns('user', 'application', 'query');
const LONGEST: readonly Column<Row>[] = [
  { title: 'pid', of: (row) => span(textCell(row, 'pid'), 'title') },
  sinceColumn('tx', 'transaction_s'),
  sinceColumn('query for', 'query_s'),
  { title: 'waits for', of: (row) => (isLock(row) ? 'LOCK' : textCell(row, 'wait_event')) },
  STATE,
  ...SESSION,
];

/** The forest of those who wait; empty when nobody does. */
export function lockTable(rows: readonly Row[], cols: number, ascii: boolean): readonly Line[] {
  if (cols < TABLE_FROM) return rows.slice(0, 40).map((row) => cutLine(lockRow(row, ascii), cols));
  const pid: Column<Row> = { title: 'pid', of: (row) => span(branchOf(row, ascii) + textCell(row, 'pid'), 'title') };
  const blocked: Column<Row> = { title: '', of: (row) => span(reach(row), 'warn') };
  const times = columns(sinceColumn('waits', 'wait_s'), ['on', 'relation'], sinceColumn('tx', 'transaction_s'));
  return table([pid, blocked, ...times, STATE, ...SESSION], rows, cols, 40);
}

function lockRow(row: Row, ascii: boolean): Line {
  const isRoot = depthOf(row) === 0;
  const waits = isRoot ? '' : `waits ${since(row, 'wait_s')}`.trimEnd();
  const rest = ['relation', 'user', 'query'].map((key) => textCell(row, key));
  return [
    span(`  ${branchOf(row, ascii)}`, 'dim'),
    span(`${textCell(row, 'pid')} `, 'title'),
    span(reach(row) === '' ? '' : `${reach(row)}  `, 'warn'),
    span(
      joinWords([waits, textCell(row, 'state'), since(row, 'transaction_s'), ...rest], '  '),
      isRoot ? 'plain' : 'dim',
    ),
  ];
}

/** The sessions with the longest transactions. */
export function topTable(rows: readonly Row[], cols: number): readonly Line[] {
  if (cols >= TABLE_FROM) return table(LONGEST, rows, cols, 5);
  return rows.slice(0, 5).map((row) => {
    const words = [
      since(row, 'transaction_s', 'query_s', 'state_s'),
      isLock(row) ? 'WAITS FOR LOCK' : '',
      ...['state', 'user', 'query'].map((key) => textCell(row, key)),
    ];
    return cutLine([span('  '), span(`${textCell(row, 'pid')} `, 'dim'), span(joinWords(words, '  '))], cols);
  });
}
