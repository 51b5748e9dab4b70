/** Turns the rows of the probe's queries into samples, facts and rows for panels. */
import type { Row, Sample } from '../../protocol/reading.ts';
import { Samples } from '../session.ts';
import type { PgRow } from './connection.ts';
import { lockForest } from './lock-forest.ts';

export const number = (row: PgRow, column: string): number | null => {
  const value = row[column];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
};
export const text = (row: PgRow, column: string): string => String(row[column] ?? '');

/**
 * Every column that has the name of a metric, as that metric, row by row; `labels`: columns that are the labels of their
 * row. What a row does not say is left out.
 */
export function columnSamples(
  rows: readonly PgRow[],
  labels: readonly string[] = [],
  type: Sample['type'] = 'gauge',
): readonly Sample[] {
  const samples = new Samples();
  for (const row of rows) {
    const own = Object.fromEntries(labels.map((label) => [label, text(row, label)]));
    for (const column of Object.keys(row))
      if (column.startsWith('pg_')) samples[type](column, number(row, column), own);
  }
  return samples.list;
}

/** Columns of the summary that count the sessions in a state. */
const STATES = ['active', 'idle', 'idle_in_transaction', 'idle_in_transaction_aborted', 'other', 'unknown'];
/** What everybody may see. */
const OPEN = new Set(['pg_postmaster_start_time_seconds', 'pg_in_recovery', 'pg_max_connections']);

/** Without pg_monitor other people's rows are blank, and every count over them would be a wrong small number. */
const isPartial = (summary: PgRow): boolean => (number(summary, 'hidden') ?? 0) > 0;

export function summarySamples(row: PgRow): readonly Sample[] {
  const known = columnSamples([row]);
  if (isPartial(row)) return known.filter(({ metric }) => OPEN.has(metric));
  const samples = new Samples();
  for (const state of STATES) samples.gauge('pg_stat_activity_count', number(row, state), { state });
  const [slots, used] = [slotsOf(row), number(row, 'pg_client_backends')];
  samples.gauge('pg_slots', slots);
  if (slots !== null && used !== null) {
    samples.gauge('pg_slots_used_ratio', used / slots);
    samples.gauge('db_pool_exhausted', used >= slots ? 1 : 0);
  }
  return [...known, ...samples.list];
}

/** Connections an ordinary role can have: 17 of 20 is not 85 %, it is full. */
function slotsOf(row: PgRow): number | null {
  const [most, superuser, reserved] = ['pg_max_connections', 'superuser_reserved', 'reserved'].map((c) =>
    number(row, c),
  );
  if (most == null || superuser == null || reserved == null) return null;
  return Math.max(1, most - superuser - reserved);
}

export function summaryFacts(row: PgRow, isPooled: boolean): Record<string, string> {
  const facts: Record<string, string> = {
    version: `PostgreSQL ${text(row, 'version')}`,
    role: row['pg_in_recovery'] === 1 ? 'standby' : 'primary',
    database: text(row, 'database'),
    user: text(row, 'user'),
  };
  const used = number(row, 'pg_client_backends');
  const slots = slotsOf(row);
  if (!isPartial(row) && used !== null && slots !== null) facts['slots'] = `${used}/${slots}`;
  if (isPartial(row)) {
    const role = `"${text(row, 'user').replaceAll('"', '""')}"`;
    facts['partial'] = `other sessions are hidden: GRANT pg_monitor TO ${role}`;
  }
  if (isPooled) {
    facts['pooler'] = 'through a pooler';
    facts['advice'] =
      'this is a connection pooler: counts are of its server connections; a target with its database pgbouncer shows who waits';
  }
  return facts;
}

/** The counters of the connected database. */
export function databaseSamples(row: PgRow): readonly Sample[] {
  const samples = new Samples();
  samples.counter('pg_transactions', number(row, 'commits'), { outcome: 'commit' });
  samples.counter('pg_transactions', number(row, 'rollbacks'), { outcome: 'rollback' });
  return [...columnSamples([row], [], 'counter'), ...samples.list];
}

export function standbySamples(row: PgRow): readonly Sample[] {
  const samples = new Samples();
  // Without pg_monitor the row of a receiver exists, and its status is null.
  const { receivers, receiver_status: status, is_archive_fed: isArchiveFed } = row;
  const isTold = (receivers === 0 && isArchiveFed !== true) || typeof status === 'string';
  if (isTold) samples.gauge('pg_wal_receiver_up', status === 'streaming' ? 1 : 0);
  return [...columnSamples([row]), ...samples.list];
}

export function replicationSamples(rows: readonly PgRow[]): readonly Sample[] {
  const samples = new Samples();
  for (const row of rows) {
    const standby = text(row, 'standby');
    for (const phase of ['write', 'flush', 'replay']) {
      samples.gauge('pg_replication_lag_bytes', number(row, `${phase}_bytes`), { standby, phase });
      samples.gauge('pg_replication_lag_seconds', number(row, `${phase}_s`), { standby, phase });
    }
    samples.gauge('pg_replication_reply_age_seconds', number(row, 'reply_age_s'), { standby });
  }
  samples.gauge('pg_replication_standbys', rows.length);
  return samples.list;
}

export function slotSamples(rows: readonly PgRow[]): readonly Sample[] {
  const samples = new Samples();
  for (const row of rows) {
    const labels = { slot: text(row, 'slot'), active: String(row['active'] === true) };
    samples.gauge('pg_replication_slot_retained_bytes', number(row, 'retained_bytes'), labels);
    const status = row['wal_status'];
    if (typeof status === 'string')
      samples.gauge('pg_replication_slot_lost', status === 'lost' || status === 'unreserved' ? 1 : 0, labels);
  }
  return samples.list;
}

export function limitSamples(rows: readonly PgRow[]): readonly Sample[] {
  const samples = new Samples();
  for (const row of rows) {
    const [used, most] = [number(row, 'used'), number(row, 'most')];
    if (used === null || most === null) continue;
    samples.gauge('pg_conn_limit_used_ratio', used / most, { scope: text(row, 'scope'), name: text(row, 'name') });
  }
  return samples.list;
}

/** Rows as they stand, for panels: only what is flat. */
export const plainRows = (rows: readonly PgRow[]): readonly Row[] =>
  rows.map((row) => Object.fromEntries(Object.entries(row).map(([column, value]) => [column, flat(value)])));

function flat(value: unknown): Row[string] {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  return Array.isArray(value) ? value.join(',') : null;
}

/** The sessions that have been at it longest, which come as JSON in the row of counts. */
export const topRows = (summary: PgRow): readonly Row[] =>
  plainRows(Array.isArray(summary['top']) ? (summary['top'] as readonly PgRow[]) : []);

/** As many rows of the lock forest as a panel can use. */
const MOST_LOCK_ROWS = 40;

/** The lock forest, flat: `depth`, `behind`, `others` and `cycle` besides the columns of the query. */
export function lockRows(rows: readonly PgRow[]): readonly Row[] {
  const nodes = rows.map((row) => ({
    pid: number(row, 'pid') ?? 0,
    blockedBy: Array.isArray(row['blocked_by']) ? row['blocked_by'].filter((pid) => typeof pid === 'number') : [],
    waitS: number(row, 'wait_s'),
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
