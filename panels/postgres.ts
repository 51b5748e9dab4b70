/** PostgreSQL and PgBouncer: connections against slots, who blocks whom, the longest of each, replication, throughput. */
import type { Row } from '../src/protocol/reading.ts';
import { type Span, span } from '../src/terminal/text.ts';
import { joinWords } from './lines.ts';
import { lockTable, topTable } from './locks.ts';
import { extreme, gauge, perMinute, perSecond, said, samplesOf, shareOf, totalOf, valueIn } from './measure.ts';
import { HIDDEN, MAIN, type MetricSpec, type Poll, held, metric, over, under, yesNo } from './metric.ts';
import { bytes, countText, percent, rate, seconds, took } from './numbers.ts';
import { type Section, barRow, columns, metricGrid, numberCell, seriesRows, table } from './table.ts';
import { targetPanel } from './target-panel.ts';

const MIB = 2 ** 20;
const OLDEST_PREPARED = gauge('pg_oldest_prepared_transaction_seconds');
const activity = (state: string) => gauge('pg_stat_activity_count', { state });

const SLOTS = metric('conn', 'pg_slots_used_ratio', 'connection slots', over(0.8, 0.95), MAIN);
const CLIENTS = metric(
  'conn',
  'pgbouncer_clients_used_ratio',
  'client connections of the pooler',
  over(0.8, 0.95),
  MAIN,
);
const METRICS: readonly MetricSpec[] = [
  SLOTS,
  metric('pool', 'db_pool_exhausted', () => '', 'connection pool exhausted', over(undefined, 0), MAIN),
  metric('waiting', totalOf('pgbouncer_clients_waiting'), 'clients waiting for the pooler', over(0), held(10_000)),
  metric('max wait', extreme('pgbouncer_max_wait_seconds'), 'longest wait for the pooler', over(1, 10)),
  CLIENTS,
  metric('servers', totalOf('pgbouncer_servers')),
  metric('locks', 'pg_locks_waiting', 'lock waits', over(0, 5), held(10_000)),
  metric('active', activity('active')),
  metric('idle tx', activity('idle_in_transaction')),
  metric('query', 'pg_longest_query_seconds', seconds, 'longest query', over(60, 300)),
  metric('tx', 'pg_longest_transaction_seconds', seconds, 'longest transaction', over(300, 900)),
  metric('idle tx for', 'pg_longest_idle_in_transaction_seconds', seconds, 'idle in transaction for', over(60, 300)),
  metric('lag', extreme('pg_replication_lag_seconds'), 'replication lag', over(5, 60)),
  metric('lag size', extreme('pg_replication_lag_bytes'), 'replication lag', over(16 * MIB, 256 * MIB)),
  metric('replay', 'pg_standby_replay_paused', yesNo('PAUSED', 'goes on'), 'replay on the standby', over(0)),
  metric('replay lag', 'pg_standby_replay_lag_seconds', over(5, 60)),
  metric('WAL receiver', 'pg_wal_receiver_up', yesNo('up', 'DOWN'), under(1)),
  metric('slot keeps', extreme('pg_replication_slot_retained_bytes'), 'a replication slot keeps', over(10_240 * MIB)),
  metric('tx/s', perSecond('pg_transactions')),
  metric('rollback', shareOf('pg_transactions', { outcome: 'rollback' }, 10), 'rolled back', over(0.02)),
  metric('cache', 'pg_cache_hit_ratio', 'cache hit ratio', under(0.95, 0.9)),
  metric('deadlocks/m', perMinute('pg_deadlocks'), over(0, 5)),
  metric('idle', activity('idle')),
  metric('temp/m', perMinute('pg_temp_bytes')),
  metric('checksums', 'pg_checksum_failures', 'checksum failures', over(undefined, 0), HIDDEN),
  metric(
    'role limit',
    extreme('pg_conn_limit_used_ratio'),
    'connection limit of a role or database',
    over(0.9),
    HIDDEN,
  ),
  metric(
    'prepared',
    (poll) => (valueIn(poll.reading, 'pg_prepared_transactions') ? OLDEST_PREPARED(poll) : 'absent'),
    seconds,
    'oldest prepared transaction',
    over(300, 3600),
  ),
  metric('mxid age', extreme('pg_database_mxid_age'), 'multixact id age', over(5e8, 1.5e9), HIDDEN),
  metric('xid age', extreme('pg_database_xid_age'), 'transaction id age', over(5e8, 1.5e9)),
];

const isPooler = ({ reading }: Poll): boolean => reading.facts['role'] === 'pooler';

/** `88/97`: connections that clients hold, and how many they may. */
function slotWords(poll: Poll): string {
  if (isPooler(poll)) return `${said(poll, 'pgbouncer_clients')}/${said(poll, 'pgbouncer_max_clients')}`;
  const states = samplesOf(poll.reading, 'pg_stat_activity_count');
  const sum = states.length === 0 ? null : states.reduce((sum, { value }) => sum + value, 0);
  const used = valueIn(poll.reading, 'pg_client_backends') ?? sum;
  const most = said(poll, 'pg_slots');
  return used === null || most === '' ? said(poll, 'pg_slots_used_ratio') : `${countText(used)}/${most}`;
}

const HOLDERS = columns(
  ['connections', countText],
  ['active', countText],
  ['idle', countText],
  ['idle tx', 'idle_in_transaction', countText],
  'user',
  ['from', 'client'],
  'application',
);
const STANDBYS = columns(
  'standby',
  'state',
  ['sync', 'sync_state'],
  ['replay lag', 'replay_s', took],
  ['behind', 'replay_bytes', bytes],
  ['heard', 'reply_age_s', (s) => `${seconds(s)} ago`],
  ['from', 'client'],
);
const REPLICATION_SLOTS = columns(
  'slot',
  'type',
  { title: 'active', of: (row) => (row['active'] === true ? 'yes' : span('NO', 'warn', { bold: true })) },
  ['keeps', 'retained_bytes', bytes],
  ['WAL', 'wal_status'],
);
const POOLS = columns(
  ['pool of', 'database'],
  'user',
  ['waiting', 'cl_waiting', countText],
  ['max wait', 'maxwait', seconds],
  ['clients', 'cl_active', countText],
  ['servers busy', 'sv_active', countText],
  ['idle', 'sv_idle', countText],
  ['mode', 'pool_mode'],
);
const usedCell = (row: Row): Span => {
  const used = numberCell(row, 'used') ?? 0;
  return span(percent(used), used > 0.9 ? 'warn' : 'plain');
};
const LIMITS = columns(['limit of', 'scope'], { title: 'used', right: true, of: usedCell }, 'name');
const XIDS = columns(['age', countText], 'database');

/** The connection limits of roles and databases, the fullest first. */
const limits = ({ reading }: Poll): readonly Row[] =>
  samplesOf(reading, 'pg_conn_limit_used_ratio')
    .filter(({ value }) => Number.isFinite(value))
    .toSorted((a, b) => b.value - a.value)
    .map(({ labels, value }) => ({ ...labels, used: value }));

/** Who blocks whom, then what has been running longest, then who holds the connections. */
function sections(poll: Poll, cols: number, ascii: boolean): readonly Section[] {
  const { locks = [], top = [], pools = [], replication = [], clients = [], slots = [] } = poll.reading.rows ?? {};
  const xids = seriesRows(poll, 'database', { age: 'pg_database_xid_age' });
  const longest = { title: 'longest running', lines: topTable(top, cols) };
  return [
    { title: 'who blocks whom', lines: lockTable(locks, cols, ascii), urgent: true },
    // The sessions that wait are among the longest running.
    locks.length > 0 ? longest : { ...longest, urgent: true },
    { title: 'pools', lines: table(POOLS, pools, cols, 8), urgent: true },
    { title: 'replication', lines: table(STANDBYS, replication, cols, 6) },
    { title: 'connections held by', lines: table(HOLDERS, clients, cols, 8) },
    { title: 'connection limits', lines: table(LIMITS, limits(poll), cols, 6) },
    { title: 'replication slots', lines: table(REPLICATION_SLOTS, slots, cols, 6) },
    { title: 'transaction ids', lines: table(XIDS, xids, cols, 4) },
  ];
}

export const postgresPanel = targetPanel({
  id: 'postgres',
  title: 'POSTGRES',
  letter: 'P',
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
  about: ({ reading: { facts } }) => {
    // Without the build: `PostgreSQL 15.18`.
    const version = facts['version']?.replace(/\s*\(.*$/, '');
    return joinWords([version, facts['role'], facts['database'], facts['pooler']], ' · ');
  },
  columns: {
    conn: slotWords,
    locks: 'pg_locks_waiting',
    'longest tx': (poll) => said(poll, 'pg_longest_transaction_seconds', seconds),
    role: ({ reading }) => reading.facts['role'] ?? '',
  },
  body: (poll, cols, ascii) => [
    barRow(isPooler(poll) ? CLIENTS : SLOTS, poll, slotWords(poll) || '--', cols, ascii),
    ...metricGrid(poll, cols, ascii),
  ],
  sections,
});
