/** PostgreSQL: connections against slots, locks and who blocks whom, the longest of each, replication, throughput. */
import type { Row } from '../src/protocol/reading.ts';
import { span, type Line, type Span } from '../src/terminal/text.ts';
import { extreme, gauge, perMinute, perSecond, samplesOf, seriesIn, shareOf, valueIn } from './measure.ts';
import { type Poll, type MetricSpec, critOver, held, HIDDEN, MAIN, metric, over, under, yesNo } from './metric.ts';
import {
  type Column,
  type Section,
  barRow,
  tableCells,
  columnsOf,
  grid,
  numberColumn,
  right,
  seconds,
  table,
  textColumn,
} from './table.ts';
import { factsLine, said } from './target-kind.ts';
import { targetPanel } from './target-panel.ts';
import { lockTable, topTable } from './locks.ts';
import { bytes, countText, percent, rate, took } from './numbers.ts';
import { CLIENTS_USED, isPooler, POOLER, poolerWords, pools } from './pooler.ts';

/** The thresholds of WARN and CRIT. */
const SLOTS = metric('conn', 'pg_slots_used_ratio', percent, 'connection slots', over(0.8, 0.95), MAIN);
const LOCKS = metric('locks', 'pg_locks_waiting', countText, 'lock waits', over(0, 5), held(10_000));
const OLDEST_PREPARED = gauge('pg_oldest_prepared_transaction_seconds');
const METRICS: readonly MetricSpec[] = [
  SLOTS,
  metric('pool', 'db_pool_exhausted', () => '', 'connection pool exhausted', critOver(0), MAIN),
  ...POOLER,
  LOCKS,
  metric('active', gauge('pg_stat_activity_count', { state: 'active' }), countText),
  metric('idle tx', gauge('pg_stat_activity_count', { state: 'idle_in_transaction' }), countText),
  metric('query', 'pg_longest_query_seconds', seconds, 'longest query', over(60, 300)),
  metric('tx', 'pg_longest_transaction_seconds', seconds, 'longest transaction', over(300, 900)),
  metric('idle tx for', 'pg_longest_idle_in_transaction_seconds', seconds, 'idle in transaction for', over(60, 300)),
  metric('lag', extreme('pg_replication_lag_seconds'), took, 'replication lag', over(5, 60)),
  metric('lag size', extreme('pg_replication_lag_bytes'), bytes, 'replication lag', over(16 * 2 ** 20, 256 * 2 ** 20)),
  metric('replay', 'pg_standby_replay_paused', yesNo('PAUSED', 'goes on'), 'replay on the standby', over(0)),
  metric('replay lag', 'pg_standby_replay_lag_seconds', took, over(5, 60)),
  metric('WAL receiver', 'pg_wal_receiver_up', yesNo('up', 'DOWN'), under(1)),
  metric(
    'slot keeps',
    extreme('pg_replication_slot_retained_bytes'),
    bytes,
    'a replication slot keeps',
    over(10 * 2 ** 30),
  ),
  metric('tx/s', perSecond('pg_transactions'), rate),
  metric('rollback', shareOf('pg_transactions', { outcome: 'rollback' }, 10), percent, 'rolled back', over(0.02)),
  metric('cache', 'pg_cache_hit_ratio', percent, 'cache hit ratio', under(0.95, 0.9)),
  metric('deadlocks/m', perMinute('pg_deadlocks'), rate, over(0, 5)),
  metric('idle', gauge('pg_stat_activity_count', { state: 'idle' }), countText),
  metric('temp/m', perMinute('pg_temp_bytes'), bytes),
  metric('checksums', 'pg_checksum_failures', countText, 'checksum failures', critOver(0), HIDDEN),
  metric(
    'role limit',
    extreme('pg_conn_limit_used_ratio'),
    percent,
    'connection limit of a role or database',
    over(0.9),
    HIDDEN,
  ),
  metric(
    'prepared',
    (poll) => ((valueIn(poll.reading, 'pg_prepared_transactions') ?? 0) > 0 ? OLDEST_PREPARED(poll) : 'absent'),
    seconds,
    'oldest prepared transaction',
    over(300, 3600),
  ),
  metric('mxid age', extreme('pg_database_mxid_age'), countText, 'multixact id age', over(5e8, 1.5e9), HIDDEN),
  metric('xid age', extreme('pg_database_xid_age'), countText, 'transaction id age', over(5e8, 1.5e9)),
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
  if (used !== null && most !== null) return `${countText(used)}/${countText(most)}`;
  return said(poll, 'pg_slots_used_ratio', percent);
}

const connRow = (poll: Poll, cols: number, ascii: boolean): Line =>
  barRow(isPooler(poll) ? CLIENTS_USED : SLOTS, poll, slotWords(poll) || '--', cols, ascii);

const CLIENTS: readonly Column<Row>[] = [
  numberColumn('connections', countText),
  numberColumn('active', countText),
  numberColumn('idle', countText),
  numberColumn('idle tx', countText, 'idle_in_transaction'),
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

const LIMITS = columnsOf('limit of', right('used'), 'name');
const XIDS = columnsOf(right('age'), 'database');

/** The connection limits of roles and databases, the fullest first. */
const limits = ({ reading }: Poll): readonly (readonly (string | Span)[])[] =>
  samplesOf(reading, 'pg_conn_limit_used_ratio')
    .filter(({ value }) => Number.isFinite(value))
    .toSorted((a, b) => b.value - a.value)
    .map(({ labels, value }) => [
      labels['scope'] ?? '',
      span(percent(value), value > 0.9 ? 'warn' : 'plain'),
      labels['name'] ?? '',
    ]);

/** Who blocks whom, then what has been running longest, then who holds the connections. */
function sections(poll: Poll, cols: number, ascii: boolean): readonly Section[] {
  const rows = poll.reading.rows ?? {};
  const xids = seriesIn(poll.reading, 'pg_database_xid_age', 'database').toSorted((a, b) => b[1] - a[1]);
  const locks = lockTable(rows['locks'] ?? [], cols, ascii);
  const longest = { title: 'longest running', lines: topTable(rows['top'] ?? [], cols) };
  return [
    { title: 'who blocks whom', lines: locks, urgent: true },
    // Those who wait are among the longest running, so that they need not be said twice first.
    locks.length > 0 ? longest : { ...longest, urgent: true },
    { title: 'pools', lines: pools(rows['pools'] ?? [], cols), urgent: true },
    { title: 'replication', lines: table(STANDBYS, rows['replication'] ?? [], cols, 6) },
    { title: 'connections held by', lines: table(CLIENTS, rows['clients'] ?? [], cols, 8) },
    { title: 'connection limits', lines: table(LIMITS, limits(poll), cols, 6) },
    { title: 'replication slots', lines: table(KEPT, rows['slots'] ?? [], cols, 6) },
    {
      title: 'transaction ids',
      lines: table(
        XIDS,
        xids.map(([name, age]) => [countText(age), name]),
        cols,
        4,
      ),
    },
  ];
}

/** `PostgreSQL 15.18`: who built it is no news at 03:00. */
const version = (words: string | undefined): string | undefined => words?.replace(/\s*\(.*$/, '');

export const postgresPanel = targetPanel({
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
    { label: 'waiting', says: 'clients waiting for the pooler', metric: 'pgbouncer_clients_waiting', as: countText },
  ],
  trendAfter: 2,
  metrics: METRICS,
  brief: slotWords,
  about: ({ reading: { facts } }) =>
    factsLine([version(facts['version']), facts['role'], facts['database'], facts['pooler']]),
  columns: [
    { title: 'conn', of: slotWords },
    { title: 'locks', of: (poll) => said(poll, 'pg_locks_waiting', countText) },
    { title: 'longest tx', of: (poll) => said(poll, 'pg_longest_transaction_seconds', seconds) },
    { title: 'role', of: ({ reading }) => reading.facts['role'] ?? '' },
  ],
  body: (poll, cols, ascii) => [connRow(poll, cols, ascii), ...grid(tableCells(poll), cols, ascii)],
  sections,
});
