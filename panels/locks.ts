/** Who waits for whom in PostgreSQL, as rows: the probe has made a forest of it (`depth`, `behind`, `others`, `cycle`). */
import { cutLine, span } from '../src/terminal/text.ts';
import type { Line } from '../src/terminal/text.ts';
import type { Row } from '../src/protocol/reading.ts';
import { span as age } from './numbers.ts';

const number = (row: Row, column: string): number | null => {
  const value = row[column];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
};
const text = (row: Row, column: string): string => {
  const value = row[column];
  return value === null || value === undefined ? '' : String(value);
};

const seconds = (value: number | null): string => (value === null ? '' : age(value * 1000));
const filled = (words: readonly string[]): string => words.filter((word) => word !== '').join('  ');

/** Rows of the forest. Empty when nobody waits. */
export function lockRows(rows: readonly Row[], cols: number, ascii: boolean): readonly Line[] {
  return rows.slice(0, 40).map((row) => cutLine(lockRow(row, ascii), cols));
}

function lockRow(row: Row, ascii: boolean): Line {
  const depth = Math.min(8, Math.max(0, number(row, 'depth') ?? 0));
  const branch = depth === 0 ? '' : `${' '.repeat(2 * (depth - 1))}${ascii ? '`-' : '└ '}`;
  const behind = number(row, 'behind') ?? 0;
  const others = number(row, 'others') ?? 0;
  const waits = depth === 0 ? '' : `waits ${seconds(number(row, 'wait_s'))}`.trimEnd();
  const words = filled([
    row['cycle'] === true ? 'DEADLOCK' : '',
    waits,
    others > 0 ? `+${others} other blockers` : '',
    text(row, 'state'),
    seconds(number(row, 'transaction_s')),
    text(row, 'relation'),
    text(row, 'user'),
    text(row, 'query'),
  ]);
  return [
    span(`  ${branch}`, 'dim'),
    span(`${text(row, 'pid')} `, 'title'),
    // Not "frees 4": when the first of them goes on, it may hold up the rest itself.
    ...(behind > 0 && depth === 0 ? [span(`${behind} waiting behind  `, 'warn')] : []),
    span(words, depth === 0 ? 'plain' : 'dim'),
  ];
}

/** The sessions that have been at it longest. */
export function topRows(rows: readonly Row[], cols: number): readonly Line[] {
  return rows.slice(0, 5).map((row) => {
    const since = number(row, 'transaction_s') ?? number(row, 'query_s') ?? number(row, 'state_s');
    const waits = text(row, 'wait_event_type') === 'Lock' ? 'WAITS FOR LOCK' : '';
    const words = filled([seconds(since), waits, text(row, 'state'), text(row, 'user'), text(row, 'query')]);
    return cutLine([span('  '), span(`${text(row, 'pid')} `, 'dim'), span(words)], cols);
  });
}
