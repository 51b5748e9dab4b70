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

/** Column of the summary -> the state it counts. */
const STATES = ['active', 'idle', 'idle_in_transaction', 'idle_in_transaction_aborted', 'other', 'unknown'];

/** Without pg_monitor other people's rows are blank, and every count over them would be a wrong small number. */
const isPartial = (summary: PgRow): boolean => (number(summary, 'hidden') ?? 0) > 0;

export function summarySamples(row: PgRow): readonly Sample[] {
  const samples = new Samples();
  samples.gauge('pg_postmaster_start_time_seconds', number(row, 'postmaster_start'));
  samples.gauge('pg_in_recovery', row['in_recovery'] === true ? 1 : 0);
  samples.gauge('pg_max_connections', number(row, 'max_connections'));
  if (isPartial(row)) return samples.list;
  for (const state of STATES) samples.gauge('pg_stat_activity_count', number(row, state), { state });
  samples.gauge('pg_client_backends', number(row, 'client_backends'));
  samples.gauge('pg_locks_waiting', number(row, 'waiting_on_lock'));
  samples.gauge('pg_autovacuum_workers', number(row, 'autovacuum_workers'));
  samples.gauge('pg_longest_query_seconds', number(row, 'longest_query_s'));
  samples.gauge('pg_longest_transaction_seconds', number(row, 'longest_transaction_s'));
  samples.gauge('pg_longest_idle_in_transaction_seconds', number(row, 'longest_idle_in_transaction_s'));
  samples.gauge('pg_oldest_xmin_age', number(row, 'oldest_xmin_age'));
  const slots = slotsOf(row);
  const used = number(row, 'client_backends');
  if (slots === null || used === null) return samples.list;
  samples.gauge('pg_slots', slots);
  samples.gauge('pg_slots_used_ratio', used / slots);
  samples.gauge('db_pool_exhausted', used >= slots ? 1 : 0);
  return samples.list;
}

/** Connections an ordinary role can have: 17 of 20 is not 85 %, it is full. */
function slotsOf(row: PgRow): number | null {
  const [most, superuser, reserved] = ['max_connections', 'superuser_reserved', 'reserved'].map((c) => number(row, c));
  if (most == null || superuser == null || reserved == null) return null;
  return Math.max(1, most - superuser - reserved);
}

export function summaryFacts(row: PgRow, isPooled: boolean): Record<string, string> {
  const facts: Record<string, string> = {
    version: `PostgreSQL ${text(row, 'version')}`,
    role: row['in_recovery'] === true ? 'standby' : 'primary',
    database: text(row, 'database'),
    user: text(row, 'user'),
  };
  const used = number(row, 'client_backends');
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

/** Column -> counter of the connected database. */
const DATABASE_COUNTERS: readonly (readonly [string, string, Sample['labels']?])[] = [
  ['commits', 'pg_transactions', { outcome: 'commit' }],
  ['rollbacks', 'pg_transactions', { outcome: 'rollback' }],
  ['blocks_hit', 'pg_blocks_hit'],
  ['blocks_read', 'pg_blocks_read'],
  ['deadlocks', 'pg_deadlocks'],
  ['temp_bytes', 'pg_temp_bytes'],
  ['conflicts', 'pg_conflicts'],
  ['checksum_failures', 'pg_checksum_failures'],
];

export function databaseSamples(row: PgRow): readonly Sample[] {
  const samples = new Samples();
  for (const [column, metric, labels = {}] of DATABASE_COUNTERS) samples.counter(metric, number(row, column), labels);
  return samples.list;
}

export function standbySamples(row: PgRow): readonly Sample[] {
  const samples = new Samples();
  samples.gauge('pg_standby_replay_lag_seconds', number(row, 'replay_lag_s'));
  samples.gauge('pg_standby_replay_lag_bytes', number(row, 'replay_lag_bytes'));
  if (typeof row['paused'] === 'boolean') samples.gauge('pg_standby_replay_paused', row['paused'] ? 1 : 0);
  // Without pg_monitor there is a receiver of which nothing is said.
  const { receivers, receiver_status: status } = row;
  if (receivers === 0 || typeof status === 'string')
    samples.gauge('pg_wal_receiver_up', status === 'streaming' ? 1 : 0);
  samples.gauge('pg_wal_receiver_silent_seconds', number(row, 'receiver_silent_s'));
  return samples.list;
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

export function preparedSamples([row = {}]: readonly PgRow[]): readonly Sample[] {
  const samples = new Samples();
  samples.gauge('pg_prepared_transactions', number(row, 'count'));
  samples.gauge('pg_oldest_prepared_transaction_seconds', number(row, 'oldest_s'));
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

export function wraparoundSamples(rows: readonly PgRow[]): readonly Sample[] {
  const samples = new Samples();
  for (const row of rows) {
    const labels = { database: text(row, 'database') };
    samples.gauge('pg_database_xid_age', number(row, 'xid_age'), labels);
    samples.gauge('pg_database_mxid_age', number(row, 'mxid_age'), labels);
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
