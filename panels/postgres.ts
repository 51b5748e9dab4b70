/** PostgreSQL: connections against slots, locks and who blocks whom, the longest of each, replication, throughput. */
import { age } from '../src/incident/time.ts';
import type { Row } from '../src/protocol/reading.ts';
import { span, type Line } from '../src/terminal/text.ts';
import {
  extreme,
  gauge,
  perMinute,
  perSecond,
  samplesOf,
  seriesIn,
  shareOf,
  valueIn,
  type MetricSpec,
  type Poll,
} from './metric.ts';
import { type Column, type Section, barRow, cells, grid, numberColumn, table, textColumn } from './table.ts';
import { factsLine, said } from './target-kind.ts';
import { targetPanel } from './target-panel.ts';
import { lockRows, topRows } from './locks.ts';
import { bytes, count, percent, rate, took } from './numbers.ts';
import { CLIENTS_RATIO, CLIENTS_USED, isPooler, POOLER, poolerWords, pools } from './pooler.ts';

const seconds = (value: number): string => age(value * 1000);

/** The thresholds of WARN and CRIT. */
const SLOTS: MetricSpec = {
  label: 'conn',
  says: 'connection slots',
  of: gauge('pg_slots_used_ratio'),
  as: percent,
  warn: 0.8,
  crit: 0.95,
  hidden: true,
  main: true,
};
const LOCKS: MetricSpec = {
  label: 'locks',
  says: 'lock waits',
  of: gauge('pg_locks_waiting'),
  as: count,
  warn: 0,
  crit: 5,
  held: { metric: 'pg_locks_waiting', ms: 10_000 },
};
const OLDEST_PREPARED = gauge('pg_oldest_prepared_transaction_seconds');
const METRICS: readonly MetricSpec[] = [
  SLOTS,
  {
    label: 'pool',
    says: 'connection pool exhausted',
    of: gauge('db_pool_exhausted'),
    as: () => '',
    crit: 0,
    hidden: true,
    main: true,
  },
  ...POOLER,
  LOCKS,
  { label: 'active', of: gauge('pg_stat_activity_count', { state: 'active' }), as: count },
  { label: 'idle tx', of: gauge('pg_stat_activity_count', { state: 'idle_in_transaction' }), as: count },
  { label: 'query', says: 'longest query', of: gauge('pg_longest_query_seconds'), as: seconds, warn: 60, crit: 300 },
  {
    label: 'tx',
    says: 'longest transaction',
    of: gauge('pg_longest_transaction_seconds'),
    as: seconds,
    warn: 300,
    crit: 900,
  },
  {
    label: 'idle tx for',
    says: 'idle in transaction for',
    of: gauge('pg_longest_idle_in_transaction_seconds'),
    as: seconds,
    warn: 60,
    crit: 300,
  },
  { label: 'lag', says: 'replication lag', of: extreme('pg_replication_lag_seconds'), as: took, warn: 5, crit: 60 },
  {
    label: 'lag size',
    says: 'replication lag',
    of: extreme('pg_replication_lag_bytes'),
    as: bytes,
    warn: 16 * 2 ** 20,
    crit: 256 * 2 ** 20,
  },
  {
    label: 'replay',
    says: 'replay on the standby',
    of: gauge('pg_standby_replay_paused'),
    as: (paused) => (paused === 1 ? 'PAUSED' : 'goes on'),
    warn: 0,
  },
  { label: 'replay lag', of: gauge('pg_standby_replay_lag_seconds'), as: took, warn: 5, crit: 60 },
  {
    label: 'WAL receiver',
    of: gauge('pg_wal_receiver_up'),
    as: (up) => (up === 1 ? 'up' : 'DOWN'),
    warn: 1,
    below: true,
  },
  {
    label: 'slot keeps',
    says: 'a replication slot keeps',
    of: extreme('pg_replication_slot_retained_bytes'),
    as: bytes,
    warn: 10 * 2 ** 30,
  },
  { label: 'tx/s', of: perSecond('pg_transactions'), as: rate },
  {
    label: 'rollback',
    says: 'rolled back',
    of: shareOf('pg_transactions', { outcome: 'rollback' }, 10),
    as: percent,
    warn: 0.02,
  },
  {
    label: 'cache',
    says: 'cache hit ratio',
    of: gauge('pg_cache_hit_ratio'),
    as: percent,
    warn: 0.95,
    crit: 0.9,
    below: true,
  },
  { label: 'deadlocks/m', of: perMinute('pg_deadlocks'), as: rate, warn: 0, crit: 5 },
  { label: 'idle', of: gauge('pg_stat_activity_count', { state: 'idle' }), as: count },
  { label: 'temp/m', of: perMinute('pg_temp_bytes'), as: bytes },
  {
    label: 'checksums',
    says: 'checksum failures',
    of: gauge('pg_checksum_failures'),
    as: count,
    crit: 0,
    hidden: true,
  },
  {
    label: 'role limit',
    says: 'connection limit of a role or database',
    of: extreme('pg_conn_limit_used_ratio'),
    as: percent,
    warn: 0.9,
    hidden: true,
  },
  {
    label: 'prepared',
    says: 'oldest prepared transaction',
    of: (poll) => ((valueIn(poll.reading, 'pg_prepared_transactions') ?? 0) > 0 ? OLDEST_PREPARED(poll) : 'absent'),
    as: seconds,
    warn: 300,
    crit: 3600,
  },
  {
    label: 'mxid age',
    says: 'multixact id age',
    of: extreme('pg_database_mxid_age'),
    as: count,
    warn: 5e8,
    crit: 1.5e9,
    hidden: true,
  },
  {
    label: 'xid age',
    says: 'transaction id age',
    of: extreme('pg_database_xid_age'),
    as: count,
    warn: 5e8,
    crit: 1.5e9,
  },
];

/** Connections that clients hold, and how many they may. */
function slots(poll: Poll): { readonly used: number | null; readonly most: number | null } {
  const states = poll.reading.samples.filter(({ metric }) => metric === 'pg_stat_activity_count');
  const used =
    valueIn(poll.reading, 'pg_client_backends') ??
    (states.length === 0 ? null : states.reduce((sum, { value }) => sum + value, 0));
  return { used, most: valueIn(poll.reading, 'pg_slots') };
}

function slotWords(poll: Poll): string {
  if (isPooler(poll)) return poolerWords(poll);
  const { used, most } = slots(poll);
  if (used !== null && most !== null) return `${count(used)}/${count(most)}`;
  return said(poll, 'pg_slots_used_ratio', percent);
}

function connRow(poll: Poll, cols: number, ascii: boolean): Line {
  const [spec, metric] = isPooler(poll) ? [CLIENTS_USED, CLIENTS_RATIO] : [SLOTS, 'pg_slots_used_ratio'];
  const share = valueIn(poll.reading, metric);
  return barRow(spec, poll, share, slotWords(poll) || '--', cols, ascii);
}

const CLIENTS: readonly Column<Row>[] = [
  numberColumn('connections', count),
  numberColumn('active', count),
  numberColumn('idle', count),
  numberColumn('idle tx', count, 'idle_in_transaction'),
  textColumn('user'),
  textColumn('from', 'client'),
  textColumn('application'),
];
const STANDBYS: readonly Column<Row>[] = [
  textColumn('standby'),
  textColumn('state'),
  textColumn('sync', 'sync_state'),
  numberColumn('replay lag', took, 'replay_s'),
  numberColumn('behind', bytes, 'replay_bytes'),
  numberColumn('heard', (s) => `${seconds(s)} ago`, 'reply_age_s'),
  textColumn('from', 'client'),
];
const KEPT: readonly Column<Row>[] = [
  textColumn('slot'),
  textColumn('type'),
  { title: 'active', of: (row) => (row['active'] === true ? 'yes' : span('NO', 'warn', { bold: true })) },
  numberColumn('keeps', bytes, 'retained_bytes'),
  textColumn('WAL', 'wal_status'),
];

interface Limit {
  readonly scope: string;
  readonly name: string;
  readonly share: number;
}
const LIMITS: readonly Column<Limit>[] = [
  { title: 'limit of', of: ({ scope }) => scope },
  { title: 'used', right: true, of: ({ share }) => span(percent(share), share > 0.9 ? 'warn' : 'plain') },
  { title: 'name', of: ({ name }) => name },
];
const XIDS: readonly Column<readonly [string, number]>[] = [
  { title: 'age', right: true, of: ([, age]) => count(age) },
  { title: 'database', of: ([name]) => name },
];

const limits = ({ reading }: Poll): readonly Limit[] =>
  samplesOf(reading, 'pg_conn_limit_used_ratio')
    .filter(({ value }) => Number.isFinite(value))
    .map(({ labels, value }) => ({ scope: labels['scope'] ?? '', name: labels['name'] ?? '', share: value }))
    .toSorted((a, b) => b.share - a.share);

/** Who blocks whom, then what has been running longest, then who holds the connections. */
function sections(poll: Poll, cols: number, ascii: boolean): readonly Section[] {
  const rows = poll.reading.rows ?? {};
  const xids = seriesIn(poll.reading, 'pg_database_xid_age', 'database').toSorted((a, b) => b[1] - a[1]);
  const locks = lockRows(rows['locks'] ?? [], cols, ascii);
  const longest = { title: 'longest running', lines: topRows(rows['top'] ?? [], cols) };
  return [
    { title: 'who blocks whom', lines: locks, urgent: true },
    // Those who wait are among the longest running, so that they need not be said twice first.
    locks.length > 0 ? longest : { ...longest, urgent: true },
    { title: 'pools', lines: pools(rows['pools'] ?? [], cols), urgent: true },
    { title: 'replication', lines: table(STANDBYS, rows['replication'] ?? [], cols, 6) },
    { title: 'connections held by', lines: table(CLIENTS, rows['clients'] ?? [], cols, 8) },
    { title: 'connection limits', lines: table(LIMITS, limits(poll), cols, 6) },
    { title: 'replication slots', lines: table(KEPT, rows['slots'] ?? [], cols, 6) },
    { title: 'transaction ids', lines: table(XIDS, xids, cols, 4) },
  ];
}

/** `PostgreSQL 15.18`: who built it is no news at 03:00. */
const version = (words: string | undefined): string | undefined => words?.replace(/\s*\(.*$/, '');

export const postgres = targetPanel({
  id: 'postgres',
  title: 'POSTGRES',
  letter: 'P',
  order: 20,
  kind: 'postgres',
  noun: 'PostgreSQL',
  short: 'PG',
  trends: [
    { label: 'conn', says: 'connection slots', metric: 'pg_slots_used_ratio', as: percent, max: 1 },
    { label: 'tx/s', says: 'transactions per second', metric: 'pg_transactions', as: rate, perSecond: true },
    { label: 'waiting', says: 'clients waiting for the pooler', metric: 'pgbouncer_clients_waiting', as: count },
  ],
  trendAfter: 2,
  metrics: METRICS,
  brief: slotWords,
  about: ({ reading: { facts } }) =>
    factsLine([version(facts['version']), facts['role'], facts['database'], facts['pooler']]),
  columns: [
    { title: 'conn', of: slotWords },
    { title: 'locks', of: (poll) => said(poll, 'pg_locks_waiting', count) },
    { title: 'longest tx', of: (poll) => said(poll, 'pg_longest_transaction_seconds', seconds) },
    { title: 'role', of: ({ reading }) => reading.facts['role'] ?? '' },
  ],
  body: (poll, cols, ascii) => [connRow(poll, cols, ascii), ...grid(cells(METRICS, poll), cols, ascii)],
  sections,
});
