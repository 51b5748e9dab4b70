/** One query in a read-only transaction, as the user of the target, through a cursor: rows come in pages and end at a bound. */
import { counted } from '../../incident/words.ts';
import { PgConnection, type PostgresSettings } from '../../probes/postgres/connection.ts';
import { ProbeFailure } from '../../probes/failure.ts';
import { settingsOfTarget, type ObserveStep } from '../native/step.ts';
import { bindSql } from '../runner/bind.ts';

const MOST_ROWS = 1_000;
const PAGE = 200;
/** Characters of one value. */
const MOST_VALUE = 2_000;
/** These have no cursor, and answer little. */
const WITHOUT_CURSOR = /^(?:\s|--[^\n]*\n|\/\*[^]*?\*\/)*(?:SHOW|EXPLAIN)\b/i;

export const sql: ObserveStep = async (context) => {
  const { step, params, signal, write } = context;
  const { timeoutMs } = step;
  const connection = await PgConnection.open(settingsOfTarget<PostgresSettings>(context), timeoutMs, signal);
  try {
    const { text, values } = bindSql(step.text, params);
    const limits = `SET LOCAL statement_timeout = ${timeoutMs}`;
    await connection.all(signal, ['BEGIN TRANSACTION READ ONLY'], [limits]);
    if (WITHOUT_CURSOR.test(text)) {
      const answer = await connection.table(signal, text, [...values]);
      await write(table(answer));
      return count(answer.rows.length);
    }
    await connection.all(signal, [`DECLARE found NO SCROLL CURSOR FOR\n${text}`, [...values]]);
    let total = 0;
    while (total < MOST_ROWS) {
      const page = await connection.table(signal, `FETCH ${PAGE} FROM found`);
      if (page.rows.length > 0) await write(table(page, total > 0));
      total += page.rows.length;
      if (page.rows.length < PAGE) return count(total);
    }
    return `the first ${count(total)}; there may be more`;
  } catch (error) {
    throw inWords(error);
  } finally {
    // The server ends the transaction with the connection.
    connection.close();
  }
};

const count = (rows: number): string => counted(rows, 'row');

/** The server's own words: `column "duration" does not exist`. */
function inWords(error: unknown): unknown {
  if (!(error instanceof ProbeFailure) || !(error.cause instanceof Error)) return error;
  const { code } = error.cause as { code?: unknown };
  if (typeof code !== 'string' || !/^[0-9A-Z]{5}$/.test(code)) return error;
  return new ProbeFailure({ ...error.failure, message: `${error.cause.message} (SQLSTATE ${code})` });
}

/** Columns under their names; `isNext`: the names stand above already. */
function table({ names, rows }: Awaited<ReturnType<PgConnection['table']>>, isNext = false): string {
  const cells = rows.map((row) => row.map(shown));
  const widths = names.map((name, at) =>
    Math.min(60, Math.max(name.length, ...cells.map((row) => row[at]?.length ?? 0))),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd();
  const head = isNext ? [] : [line(names), line(widths.map((width) => '-'.repeat(width)))];
  return [...head, ...cells.map(line), ''].join('\n');
}

function shown(text: string | null): string {
  if (text === null) return '∅';
  return (text.length > MOST_VALUE ? `${text.slice(0, MOST_VALUE)}…` : text).replaceAll('\n', '⏎');
}
