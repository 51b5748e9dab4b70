/** PostgreSQL: connections against slots, locks and who blocks whom, the longest of each, replication, throughput. */
import { span } from '../src/terminal/text.ts';
import type { Line } from '../src/terminal/text.ts';
import { extreme, gauge, perMinute, perSecond, valueIn } from './figure.ts';
import type { Figure, Look } from './figure.ts';
import { barRow, cells, grid, optional, sparkPoints, sparkRow } from './grid.ts';
import { lockRows, topRows } from './locks.ts';
import { bytes, count, percent, rate, span as age, took } from './numbers.ts';
import { said, systemPanel } from './system.ts';

const seconds = (value: number): string => age(value * 1000);

/** Limits of the research on probes, section A2. */
const SLOTS: Figure = {
  label: 'conn',
  says: 'connection slots',
  of: gauge('pg_slots_used_ratio'),
  as: percent,
  warn: 0.8,
  crit: 0.95,
  hidden: true,
  main: true,
};
const LOCKS: Figure = {
  label: 'locks',
  says: 'lock waits',
  of: gauge('pg_locks_waiting'),
  as: count,
  warn: 0,
  crit: 5,
  held: { metric: 'pg_locks_waiting', ms: 10_000 },
};
const FIGURES: readonly Figure[] = [
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
    label: 'cache',
    says: 'cache hit ratio',
    of: gauge('pg_cache_hit_ratio'),
    as: percent,
    warn: 0.95,
    crit: 0.9,
    below: true,
  },
  { label: 'deadlocks/m', of: perMinute('pg_deadlocks'), as: rate, warn: 0, crit: 5 },
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
    label: 'xid age',
    says: 'transaction id age',
    of: extreme('pg_database_xid_age'),
    as: count,
    warn: 5e8,
    crit: 1.5e9,
  },
];

/** Connections that clients hold, and how many they may. */
function slots(look: Look): { readonly used: number | null; readonly most: number | null } {
  const states = look.reading.samples.filter(({ metric }) => metric === 'pg_stat_activity_count');
  const used =
    valueIn(look.reading, 'pg_client_backends') ??
    (states.length === 0 ? null : states.reduce((sum, { value }) => sum + value, 0));
  return { used, most: valueIn(look.reading, 'pg_slots') };
}

function slotWords(look: Look): string {
  const { used, most } = slots(look);
  if (used !== null && most !== null) return `${count(used)}/${count(most)}`;
  return said(look, 'pg_slots_used_ratio', percent);
}

function connRow(look: Look, cols: number, ascii: boolean): Line {
  const share = valueIn(look.reading, 'pg_slots_used_ratio');
  return barRow(SLOTS, look, share, slotWords(look) || '--', cols, ascii);
}

/** Who blocks whom, then what has been running longest. */
function lists(look: Look, cols: number, ascii: boolean): readonly Line[] {
  const rows = look.reading.rows ?? {};
  const locks = lockRows(rows['locks'] ?? [], cols, ascii);
  const top = topRows(rows['top'] ?? [], cols);
  return [...headed('who blocks whom', locks), ...headed('longest running', top)];
}

const headed = (words: string, lines: readonly Line[]): readonly Line[] =>
  lines.length === 0 ? [] : [[span('  '), span(words, 'dim')], ...lines];

export const postgres = systemPanel({
  id: 'postgres',
  title: 'POSTGRES',
  letter: 'P',
  order: 20,
  kind: 'postgres',
  noun: 'PostgreSQL',
  short: 'PG',
  trend: 'pg_slots_used_ratio',
  figures: FIGURES,
  brief: slotWords,
  about: ({ reading: { facts } }) =>
    [facts['version'], facts['role'], facts['database']]
      .filter((part) => part !== undefined && part !== '')
      .join(' · '),
  body: (look, cols, ascii) => {
    const figures = grid(cells(FIGURES, look), cols, ascii);
    const trend = sparkRow('conn', look.target.history('pg_slots_used_ratio', sparkPoints(cols)), '', cols, ascii, 1);
    return [
      connRow(look, cols, ascii),
      ...figures.slice(0, 1),
      ...optional(trend),
      ...figures.slice(1),
      ...lists(look, cols, ascii),
    ];
  },
});
