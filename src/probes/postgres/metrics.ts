/** Turns the rows of the probe's queries into samples, facts and rows for panels. */
import type { Row, Sample } from '../../protocol/reading.ts';
import { counters, gauges } from '../session.ts';
import type { PgRow } from './connection.ts';
import { lockForest } from './lock-forest.ts';

export const rowNumber = (row: PgRow, column: string): number | null => {
  const value = row[column];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
};
export const text = (row: PgRow, column: string): string => String(row[column] ?? '');

/** Samples of all columns that have the name of a metric. `labels`: columns that label their row. */
export const columnSamples = (
  rows: readonly PgRow[],
  labels: readonly string[] = [],
  samplesOf: typeof gauges = gauges,
): readonly Sample[] =>
  rows.flatMap((row) => {
    const columns = Object.keys(row).filter((column) => column.startsWith('pg_'));
    const values = Object.fromEntries(columns.map((column) => [column, rowNumber(row, column)]));
    return samplesOf(values, Object.fromEntries(labels.map((label) => [label, text(row, label)])));
  });

const STATES = ['active', 'idle', 'idle_in_transaction', 'idle_in_transaction_aborted', 'other', 'unknown'];
const PUBLIC = new Set(['pg_postmaster_start_time_seconds', 'pg_in_recovery', 'pg_max_connections']);

/** Without pg_monitor the rows of others are blank, and counts over them would be too small. */
const isPartial = (summary: PgRow): boolean => (rowNumber(summary, 'hidden') ?? 0) > 0;

export function summarySamples(row: PgRow): readonly Sample[] {
  const known = columnSamples([row]);
  if (isPartial(row)) return known.filter(({ metric }) => PUBLIC.has(metric));
  const [slots, used] = [slotsOf(row), rowNumber(row, 'pg_client_backends')];
  const isKnown = slots !== null && used !== null;
  return [
    ...known,
    ...STATES.flatMap((state) => gauges({ pg_stat_activity_count: rowNumber(row, state) }, { state })),
    ...gauges({
      pg_slots: slots,
      pg_slots_used_ratio: isKnown ? used / slots : null,
      db_pool_exhausted: isKnown ? (used >= slots ? 1 : 0) : null,
    }),
  ];
}

/** Connections that ordinary roles can have: 17 of 20 may be all of them. */
function slotsOf(row: PgRow): number | null {
  const [most, superuser, reserved] = ['pg_max_connections', 'superuser_reserved', 'reserved'].map((c) =>
    rowNumber(row, c),
  );
  if (most == null || superuser == null || reserved == null) return null;
  return Math.max(1, most - superuser - reserved);
}

const POOLER_ADVICE =
  'this is a connection pooler: counts are of its server connections; a target with its database pgbouncer shows who waits';

export function summaryFacts(row: PgRow, isPooled: boolean): Readonly<Record<string, string>> {
  const [used, slots, user] = [rowNumber(row, 'pg_client_backends'), slotsOf(row), text(row, 'user')];
  const partial = `other sessions are hidden: GRANT pg_monitor TO "${user.replaceAll('"', '""')}"`;
  return {
    version: `PostgreSQL ${text(row, 'version')}`,
    role: row['pg_in_recovery'] === 1 ? 'standby' : 'primary',
    database: text(row, 'database'),
    user,
    ...(isPartial(row) ? { partial } : used !== null && slots !== null && { slots: `${used}/${slots}` }),
    ...(isPooled && { pooler: 'through a pooler', advice: POOLER_ADVICE }),
  };
}

export const databaseSamples = (row: PgRow): readonly Sample[] => [
  ...counters({ pg_transactions: rowNumber(row, 'commits') }, { outcome: 'commit' }),
  ...counters({ pg_transactions: rowNumber(row, 'rollbacks') }, { outcome: 'rollback' }),
  ...columnSamples([row], [], counters),
];

export function standbySamples(row: PgRow): readonly Sample[] {
  // Without pg_monitor a receiver has a row whose status is null.
  const { receivers, receiver_status: status, is_archive_fed: isArchiveFed } = row;
  const isKnown = (receivers === 0 && isArchiveFed !== true) || typeof status === 'string';
  const up = status === 'streaming' ? 1 : 0;
  return [...columnSamples([row]), ...gauges({ pg_wal_receiver_up: isKnown ? up : null })];
}

export const replicationSamples = (rows: readonly PgRow[]): readonly Sample[] => [
  ...rows.flatMap((row) => {
    const standby = text(row, 'standby');
    const lags = ['write', 'flush', 'replay'].flatMap((phase) => {
      const [bytes, seconds] = [rowNumber(row, `${phase}_bytes`), rowNumber(row, `${phase}_s`)];
      return gauges({ pg_replication_lag_bytes: bytes, pg_replication_lag_seconds: seconds }, { standby, phase });
    });
    return [...lags, ...gauges({ pg_replication_reply_age_seconds: rowNumber(row, 'reply_age_s') }, { standby })];
  }),
  ...gauges({ pg_replication_standbys: rows.length }),
];

export const slotSamples = (rows: readonly PgRow[]): readonly Sample[] =>
  rows.flatMap((row) => {
    const status = row['wal_status'];
    const isLost = status === 'lost' || status === 'unreserved';
    return gauges(
      {
        pg_replication_slot_retained_bytes: rowNumber(row, 'retained_bytes'),
        pg_replication_slot_lost: typeof status === 'string' ? Number(isLost) : null,
      },
      { slot: text(row, 'slot'), active: String(row['active'] === true) },
    );
  });

/** Rows for panels; a value that is not flat is left out. */
export const plainRows = (rows: readonly PgRow[]): readonly Row[] =>
  rows.map((row) => Object.fromEntries(Object.entries(row).map(([column, value]) => [column, flat(value)])));

function flat(value: unknown): Row[string] {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  return Array.isArray(value) ? value.join(',') : null;
}

/** The sessions with the oldest transactions, which come as JSON in the row of counts. */
export const topRows = (summary: PgRow): readonly Row[] =>
  plainRows(Array.isArray(summary['top']) ? (summary['top'] as readonly PgRow[]) : []);

const MOST_LOCK_ROWS = 40;

/** The lock forest as rows, with `depth`, `behind`, `others` and `cycle` besides the columns of the query. */
export function lockRows(rows: readonly PgRow[]): readonly Row[] {
  const nodes = rows.map((row) => ({
    pid: rowNumber(row, 'pid') ?? 0,
    blockedBy: Array.isArray(row['blocked_by']) ? row['blocked_by'].filter((pid) => typeof pid === 'number') : [],
    waitS: rowNumber(row, 'wait_s'),
    row,
  }));
  return lockForest(nodes)
    .slice(0, MOST_LOCK_ROWS)
    .map(({ row: { row, pid }, depth, behind, others, isCycle }) => ({
      ...plainRows([row])[0],
      ...(pid === 0 && { query: 'prepared transaction: see pg_prepared_xacts' }),
      depth,
      behind,
      others,
      cycle: isCycle,
    }));
}
