/** Redis and Valkey: memory against its limit, evictions, clients, hit ratio, replication. */
import { age } from '../src/incident/time.ts';
import type { Row } from '../src/protocol/reading.ts';
import type { Line } from '../src/terminal/text.ts';
import {
  extreme,
  gauge,
  hitRatio,
  perMinute,
  perSecond,
  ratio,
  samplesOf,
  seriesIn,
  seriesRate,
  valueIn,
  type MetricSpec,
  type Poll,
} from './metric.ts';
import { type Column, type Section, barRow, cells, grid, numberColumn, numberOf, table, textColumn } from './table.ts';
import { factsLine, said } from './target-kind.ts';
import { targetPanel } from './target-panel.ts';
import { bytes, count, percent, rate, took } from './numbers.ts';
import { keySections } from './bigkeys.ts';

const yesNo = (good: string, bad: string) => (value: number) => (value === 1 ? good : bad);

/** The thresholds of WARN and CRIT. */
const MEMORY: MetricSpec = {
  label: 'mem',
  says: 'memory',
  of: gauge('redis_memory_usage'),
  as: percent,
  warn: 0.8,
  crit: 0.9,
  hidden: true,
  main: true,
};
const METRICS: readonly MetricSpec[] = [
  MEMORY,
  { label: 'evict/m', says: 'evicted keys per minute', of: perMinute('redis_evicted_keys'), as: rate, warn: 0 },
  { label: 'oom/m', says: 'OOM errors per minute', of: perMinute('redis_oom_errors'), as: rate, crit: 0 },
  { label: 'hit', of: hitRatio('redis_keyspace_hits', 'redis_keyspace_misses', 1), as: percent },
  { label: 'ops/s', of: perSecond('redis_ops'), as: rate },
  { label: 'clients', of: gauge('redis_connected_clients'), as: count },
  {
    label: 'of max',
    says: 'clients against maxclients',
    of: ratio('redis_connected_clients', 'redis_maxclients'),
    as: percent,
    warn: 0.9,
    hidden: true,
  },
  { label: 'blocked', of: gauge('redis_blocked_clients'), as: count },
  {
    label: 'rejected/m',
    says: 'rejected connections per minute',
    of: perMinute('redis_rejected_connections'),
    as: rate,
    warn: 0,
  },
  {
    label: 'link',
    says: 'link to the master',
    of: gauge('redis_master_link_up'),
    as: yesNo('up', 'DOWN'),
    crit: 1,
    below: true,
  },
  { label: 'repl lag', of: extreme('redis_replica_lag_bytes'), as: bytes },
  { label: 'replicas', of: gauge('redis_connected_replicas'), as: count },
  { label: 'slow/m', of: perMinute('redis_slowlog_last_id'), as: rate },
  { label: 'keys', of: gauge('redis_keys'), as: count },
  { label: 'no TTL', of: gauge('redis_keys_without_ttl'), as: count },
  {
    label: 'frag',
    says: 'fragmentation',
    of: gauge('redis_mem_fragmentation_ratio'),
    as: (value) => value.toFixed(2),
    warn: 1.5,
  },
  {
    label: 'swap',
    says: 'resident below used memory, swapping: ratio',
    of: gauge('redis_mem_fragmentation_ratio'),
    as: (value) => value.toFixed(2),
    crit: 1,
    below: true,
    hidden: true,
  },
  {
    label: 'RDB',
    says: 'last background save',
    of: gauge('redis_rdb_last_bgsave_ok'),
    as: yesNo('ok', 'FAILED'),
    crit: 1,
    below: true,
  },
  {
    label: 'AOF',
    says: 'last write of the append-only file',
    of: gauge('redis_aof_last_write_ok'),
    as: yesNo('ok', 'FAILED'),
    crit: 1,
    below: true,
  },
  {
    label: 'AOF rewrite',
    says: 'last rewrite of the append-only file',
    of: gauge('redis_aof_last_bgrewrite_ok'),
    as: yesNo('ok', 'FAILED'),
    warn: 1,
    below: true,
    hidden: true,
  },
  {
    label: 'fork',
    says: 'last fork for a save',
    of: gauge('redis_latest_fork_usec'),
    as: (usec) => took(usec / 1e6),
    warn: 500_000,
    hidden: true,
  },
  {
    label: 'cluster',
    says: 'cluster state',
    of: gauge('redis_cluster_state'),
    as: yesNo('ok', 'FAIL'),
    crit: 1,
    below: true,
  },
  {
    label: 'masters',
    says: 'a master, as its sentinel sees it',
    of: extreme('redis_sentinel_master_ok', 'min'),
    as: yesNo('ok', 'DOWN'),
    crit: 1,
    below: true,
  },
  { label: 'up', of: gauge('redis_uptime_seconds'), as: (seconds) => age(seconds * 1000) },
];

/** Against what memory is measured: without a limit of its own the ratio means another thing. */
const BASES: Readonly<Record<string, string>> = {
  maxmemory: 'of maxmemory',
  configured: 'of the configured limit',
  system: 'of the machine, no maxmemory set',
};

const SHORT_BASES: typeof BASES = { configured: 'of limit', system: 'of RAM' };

function memoryRow(poll: Poll, cols: number, ascii: boolean): Line {
  const usage = valueIn(poll.reading, 'redis_memory_usage');
  const used = said(poll, 'redis_memory_used_bytes', bytes);
  const most = said(poll, 'redis_memory_max_bytes', bytes);
  const size = most === '' ? used : `${used}/${most}`;
  const basis = (cols >= 56 ? BASES : SHORT_BASES)[poll.reading.facts['memory_basis'] ?? ''] ?? '';
  const words = `${usage === null ? '--' : percent(usage)} ${size} ${basis}`.trimEnd();
  return barRow(MEMORY, poll, usage, words, cols, ascii);
}

const seconds = (value: number): string => age(value * 1000);

/** The slow log, newest first. */
const SLOW: readonly Column<Row>[] = [
  numberColumn('took', (ms) => took(ms / 1000), 'ms'),
  textColumn('client'),
  textColumn('command'),
];
/** What a sentinel watches. */
const MASTERS: readonly Column<Row>[] = [
  textColumn('master', 'name'),
  textColumn('status'),
  textColumn('at', 'address'),
  textColumn('replicas', 'slaves'),
  textColumn('sentinels'),
];
const COMMANDS: readonly Column<Row>[] = [
  textColumn('command'),
  numberColumn('calls', count),
  numberColumn('each', (usec) => took(usec / 1e6), 'usec_per_call'),
  numberColumn('in all', (usec) => took(usec / 1e6), 'usec'),
];
/** `ago` stands first, because a slow command of yesterday is no news. */
const slowLog = (now: number): readonly Column<Row>[] => [
  {
    title: 'ago',
    right: true,
    of: (row) => {
      const at = numberOf(row, 'at');
      return at === null ? '-' : age(Math.max(0, now - at * 1000));
    },
  },
  ...SLOW,
];

interface Counted {
  readonly name: string;
  readonly total: number;
  readonly perMinute: number | null;
}
const ERRORS: readonly Column<Counted>[] = [
  { title: 'error', of: ({ name }) => name },
  { title: 'per minute', right: true, of: (each) => (each.perMinute === null ? '-' : rate(each.perMinute)) },
  { title: 'since start', right: true, of: ({ total }) => count(total) },
];

function errors(poll: Poll): readonly Counted[] {
  return seriesIn(poll.reading, 'redis_errors', 'error').map(([name, total]) => {
    const perSecond = seriesRate(poll, 'redis_errors', { error: name });
    return { name, total, perMinute: perSecond === null ? null : perSecond * 60 };
  });
}

/** A replica's or a database's line: its name and some values of it. */
interface Named {
  readonly name: string;
  readonly values: readonly string[];
}
const named = (title: string, ...titles: readonly string[]): readonly Column<Named>[] => [
  { title, of: ({ name }) => name },
  ...titles.map((each, i): Column<Named> => ({ title: each, right: true, of: ({ values }) => values[i] ?? '' })),
];

function databases(poll: Poll): readonly Named[] {
  const expiring = new Map(seriesIn(poll.reading, 'redis_db_keys_expiring', 'db'));
  return seriesIn(poll.reading, 'redis_db_keys', 'db').map(([name, keys]) => {
    const without = keys - (expiring.get(name) ?? 0);
    return { name, values: [count(keys), count(without), keys > 0 ? percent(without / keys) : ''] };
  });
}

function replication(poll: Poll): readonly Named[] {
  const { reading } = poll;
  const replicas = seriesIn(reading, 'redis_replica_lag_bytes', 'replica');
  const silent = valueIn(reading, 'redis_master_last_io_seconds_ago');
  const master =
    silent === null ? [] : [{ name: 'master', values: [`last heard ${seconds(Math.max(0, silent))} ago`] }];
  return [...master, ...replicas.map(([name, lag]) => ({ name, values: [bytes(lag)] }))];
}

function latencies(poll: Poll): readonly Named[] {
  const worst = new Map(seriesIn(poll.reading, 'redis_latency_max_seconds', 'event'));
  return samplesOf(poll.reading, 'redis_latency_latest_seconds').map(({ labels, value }) => {
    const event = labels['event'] ?? '';
    return { name: event, values: [took(value), took(worst.get(event) ?? value)] };
  });
}

function sections(poll: Poll, cols: number): readonly Section[] {
  const rows = poll.reading.rows ?? {};
  const slow = (rows['slowlog'] ?? []).toSorted((a, b) => (numberOf(b, 'at') ?? 0) - (numberOf(a, 'at') ?? 0));
  return [
    { title: 'masters', lines: table(MASTERS, rows['masters'] ?? [], cols, 8) },
    { title: 'slow log', lines: table(slowLog(poll.now), slow, cols, 8) },
    { title: 'replication', lines: table(named('from', 'lag'), replication(poll), cols) },
    ...keySections(poll, cols),
    { title: 'keys', lines: table(named('db', 'keys', 'without TTL', 'share'), databases(poll), cols, 4) },
    { title: 'errors', lines: table(ERRORS, errors(poll), cols, 5) },
    { title: 'latency events', lines: table(named('event', 'last', 'worst'), latencies(poll), cols, 5) },
    { title: 'commands that took most', lines: table(COMMANDS, rows['commands'] ?? [], cols, 6) },
  ];
}

export const redis = targetPanel({
  id: 'redis',
  title: 'REDIS',
  letter: 'R',
  order: 30,
  kind: 'redis',
  noun: 'Redis',
  short: 'REDIS',
  trends: [
    { label: 'mem', says: 'memory', metric: 'redis_memory_usage', as: percent, max: 1 },
    { label: 'ops/s', says: 'commands per second', metric: 'redis_ops', as: rate, perSecond: true },
  ],
  trendAfter: 2,
  metrics: METRICS,
  brief: (poll) => {
    const memory = said(poll, 'redis_memory_usage', percent);
    return memory === '' ? said(poll, 'redis_connected_clients', (n) => `${count(n)} clients`) : `mem ${memory}`;
  },
  about: ({ reading: { facts } }) =>
    factsLine([facts['version'], facts['role'], facts['policy'], BASES[facts['memory_basis'] ?? '']]),
  columns: [
    { title: 'mem', of: (poll) => said(poll, 'redis_memory_usage', percent) },
    { title: 'used', of: (poll) => said(poll, 'redis_memory_used_bytes', bytes) },
    { title: 'clients', of: (poll) => said(poll, 'redis_connected_clients', count) },
    { title: 'role', of: ({ reading }) => reading.facts['role'] ?? '' },
  ],
  body: (poll, cols, ascii) => [
    // A sentinel has no memory to speak of.
    ...(poll.reading.facts['mode'] === 'sentinel' ? [] : [memoryRow(poll, cols, ascii)]),
    ...grid(cells(METRICS, poll), cols, ascii),
  ],
  sections,
});
