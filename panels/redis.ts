/** Redis and Valkey: memory against its limit, evictions, clients, hit ratio, replication. */
import { age } from '../src/incident/time.ts';
import type { Row } from '../src/protocol/reading.ts';
import type { Line } from '../src/terminal/text.ts';
import { extreme, hitRatio, perMinute, perSecond, ratio, seriesIn, valueIn } from './measure.ts';
import {
  type Poll,
  type MetricSpec,
  critOver,
  critUnder,
  HIDDEN,
  MAIN,
  metric,
  over,
  state,
  under,
  yesNo,
} from './metric.ts';
import {
  type Column,
  type Section,
  barRow,
  tableCells,
  columnsOf,
  countTable,
  grid,
  numberColumn,
  numberCell,
  right,
  seconds,
  table,
  textColumn,
} from './table.ts';
import { factsLine, said } from './target-kind.ts';
import { targetPanel } from './target-panel.ts';
import { bytes, countText, percent, rate, took } from './numbers.ts';
import { keySections } from './bigkeys.ts';

const usec = (value: number): string => took(value / 1e6);
const hundredths = (value: number): string => value.toFixed(2);

/** The thresholds of WARN and CRIT. */
const MEMORY = metric('mem', 'redis_memory_usage', percent, 'memory', over(0.8, 0.9), MAIN);
const REWRITE = 'last rewrite of the append-only file';
const METRICS: readonly MetricSpec[] = [
  MEMORY,
  metric('evict/m', perMinute('redis_evicted_keys'), rate, 'evicted keys per minute', over(0)),
  metric('oom/m', perMinute('redis_oom_errors'), rate, 'OOM errors per minute', critOver(0)),
  metric('hit', hitRatio('redis_keyspace_hits', 'redis_keyspace_misses', 1), percent),
  metric('ops/s', perSecond('redis_ops'), rate),
  metric('clients', 'redis_connected_clients', countText),
  metric(
    'of max',
    ratio('redis_connected_clients', 'redis_maxclients'),
    percent,
    'clients against maxclients',
    over(0.9),
    HIDDEN,
  ),
  metric('blocked', 'redis_blocked_clients', countText),
  metric('rejected/m', perMinute('redis_rejected_connections'), rate, 'rejected connections per minute', over(0)),
  state('link', 'redis_master_link_up', 'up', 'DOWN', 'link to the master'),
  metric('repl lag', extreme('redis_replica_lag_bytes'), bytes),
  metric('replicas', 'redis_connected_replicas', countText),
  metric('slow/m', perMinute('redis_slowlog_last_id'), rate),
  metric('keys', 'redis_keys', countText),
  metric('no TTL', 'redis_keys_without_ttl', countText),
  metric('frag', 'redis_mem_fragmentation_ratio', hundredths, 'fragmentation', over(1.5)),
  metric(
    'swap',
    'redis_mem_fragmentation_ratio',
    hundredths,
    'resident below used memory, swapping: ratio',
    critUnder(1),
    HIDDEN,
  ),
  state('RDB', 'redis_rdb_last_bgsave_ok', 'ok', 'FAILED', 'last background save'),
  state('AOF', 'redis_aof_last_write_ok', 'ok', 'FAILED', 'last write of the append-only file'),
  metric('AOF rewrite', 'redis_aof_last_bgrewrite_ok', yesNo('ok', 'FAILED'), REWRITE, under(1), HIDDEN),
  metric('fork', 'redis_latest_fork_usec', usec, 'last fork for a save', over(500_000), HIDDEN),
  state('cluster', 'redis_cluster_state', 'ok', 'FAIL', 'cluster state'),
  state('masters', extreme('redis_sentinel_master_ok', 'min'), 'ok', 'DOWN', 'a master, as its sentinel sees it'),
  metric('up', 'redis_uptime_seconds', seconds),
];

/** Against what memory is measured: without a limit of its own the ratio means another thing. */
const BASES: Readonly<Record<string, string>> = {
  maxmemory: 'of maxmemory',
  configured: 'of the configured limit',
  system: 'of the machine, no maxmemory set',
};

const SHORT_BASES: typeof BASES = { configured: 'of limit', system: 'of RAM' };

function memoryRow(poll: Poll, cols: number, ascii: boolean): Line {
  const used = said(poll, 'redis_memory_used_bytes', bytes);
  const most = said(poll, 'redis_memory_max_bytes', bytes);
  const size = most === '' ? used : `${used}/${most}`;
  const basis = (cols >= 56 ? BASES : SHORT_BASES)[poll.reading.facts['memory_basis'] ?? ''] ?? '';
  const words = `${said(poll, 'redis_memory_usage', percent) || '--'} ${size} ${basis}`.trimEnd();
  return barRow(MEMORY, poll, words, cols, ascii);
}

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
  numberColumn('calls', countText),
  numberColumn('each', usec, 'usec_per_call'),
  numberColumn('in all', usec, 'usec'),
];
/** The slow log; `ago` stands first, because a slow command of yesterday is no news. */
const slowLog = (now: number): readonly Column<Row>[] => [
  numberColumn('ago', (at) => age(Math.max(0, now - at * 1000)), 'at'),
  numberColumn('took', (ms) => took(ms / 1000), 'ms'),
  textColumn('client'),
  textColumn('command'),
];

type Cells = readonly string[];

/** The keys of each database, and how many of them never expire. */
function databases(poll: Poll): readonly Cells[] {
  const expiring = new Map(seriesIn(poll.reading, 'redis_db_keys_expiring', 'db'));
  return seriesIn(poll.reading, 'redis_db_keys', 'db').map(([name, keys]) => {
    const without = keys - (expiring.get(name) ?? 0);
    return [name, countText(keys), countText(without), keys > 0 ? percent(without / keys) : ''];
  });
}

function replication({ reading }: Poll): readonly Cells[] {
  const replicas = seriesIn(reading, 'redis_replica_lag_bytes', 'replica');
  const silent = valueIn(reading, 'redis_master_last_io_seconds_ago');
  const master = silent === null ? [] : [['master', `last heard ${seconds(Math.max(0, silent))} ago`]];
  return [...master, ...replicas.map(([name, lag]) => [name, bytes(lag)])];
}

function latencies({ reading }: Poll): readonly Cells[] {
  const worst = new Map(seriesIn(reading, 'redis_latency_max_seconds', 'event'));
  return seriesIn(reading, 'redis_latency_latest_seconds', 'event').map(([event, last]) => [
    event,
    took(last),
    took(worst.get(event) ?? last),
  ]);
}

const REPLICAS = columnsOf('from', right('lag'));
const DATABASES = columnsOf('db', right('keys'), right('without TTL'), right('share'));
const LATENCIES = columnsOf('event', right('last'), right('worst'));

function sections(poll: Poll, cols: number): readonly Section[] {
  const rows = poll.reading.rows ?? {};
  const slow = (rows['slowlog'] ?? []).toSorted((a, b) => (numberCell(b, 'at') ?? 0) - (numberCell(a, 'at') ?? 0));
  return [
    { title: 'masters', lines: table(MASTERS, rows['masters'] ?? [], cols, 8) },
    { title: 'slow log', lines: table(slowLog(poll.now), slow, cols, 8) },
    { title: 'replication', lines: table(REPLICAS, replication(poll), cols) },
    ...keySections(poll, cols),
    { title: 'keys', lines: table(DATABASES, databases(poll), cols, 4) },
    { title: 'errors', lines: countTable('error', { poll, metric: 'redis_errors', label: 'error' }, cols, 5) },
    { title: 'latency events', lines: table(LATENCIES, latencies(poll), cols, 5) },
    { title: 'commands that took most', lines: table(COMMANDS, rows['commands'] ?? [], cols, 6) },
  ];
}

export const redisPanel = targetPanel({
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
    return memory === '' ? said(poll, 'redis_connected_clients', (n) => `${countText(n)} clients`) : `mem ${memory}`;
  },
  about: ({ reading: { facts } }) =>
    factsLine([facts['version'], facts['role'], facts['policy'], BASES[facts['memory_basis'] ?? '']]),
  columns: [
    { title: 'mem', of: (poll) => said(poll, 'redis_memory_usage', percent) },
    { title: 'used', of: (poll) => said(poll, 'redis_memory_used_bytes', bytes) },
    { title: 'clients', of: (poll) => said(poll, 'redis_connected_clients', countText) },
    { title: 'role', of: ({ reading }) => reading.facts['role'] ?? '' },
  ],
  body: (poll, cols, ascii) => [
    // A sentinel has no memory to speak of.
    ...(poll.reading.facts['mode'] === 'sentinel' ? [] : [memoryRow(poll, cols, ascii)]),
    ...grid(tableCells(poll), cols, ascii),
  ],
  sections,
});
