/** Redis and Valkey: memory against its limit, evictions, clients, hit ratio, replication, the biggest keys. */
import { age } from '../src/incident/time.ts';
import type { Row } from '../src/protocol/reading.ts';
import { type Line, type Span, span } from '../src/terminal/text.ts';
import { indented, joinWords } from './lines.ts';
import { extreme, hitRatio, perMinute, perSecond, ratio, said, seriesIn, valueIn } from './measure.ts';
import { HIDDEN, MAIN, type MetricSpec, type Poll, metric, over, state, under, yesNo } from './metric.ts';
import { bytes, countText, percent, rate, seconds, took } from './numbers.ts';
import { type Section, barRow, columns, countTable, metricGrid, numberCell, seriesRows, table } from './table.ts';
import { targetPanel } from './target-panel.ts';

const usec = (value: number): string => took(value / 1e6);
const hundredths = (value: number): string => value.toFixed(2);

const MEMORY = metric('mem', 'redis_memory_usage', percent, 'memory', over(0.8, 0.9), MAIN);
const OF_MAX = ratio('redis_connected_clients', 'redis_maxclients');
const FRAGMENTATION = 'redis_mem_fragmentation_ratio';
const SWAPPING = 'resident below used memory, swapping: ratio';
const REWRITE = 'last rewrite of the append-only file';
const METRICS: readonly MetricSpec[] = [
  MEMORY,
  metric('evict/m', perMinute('redis_evicted_keys'), 'evicted keys per minute', over(0)),
  metric('oom/m', perMinute('redis_oom_errors'), 'OOM errors per minute', over(undefined, 0)),
  metric('hit', hitRatio('redis_keyspace_hits', 'redis_keyspace_misses')),
  metric('ops/s', perSecond('redis_ops')),
  metric('clients', 'redis_connected_clients'),
  metric('of max', OF_MAX, 'clients against maxclients', over(0.9), HIDDEN),
  metric('blocked', 'redis_blocked_clients'),
  metric('rejected/m', perMinute('redis_rejected_connections'), 'rejected connections per minute', over(0)),
  state('link', 'redis_master_link_up', 'up', 'DOWN', 'link to the master'),
  metric('repl lag', extreme('redis_replica_lag_bytes')),
  metric('replicas', 'redis_connected_replicas'),
  metric('slow/m', perMinute('redis_slowlog_last_id')),
  metric('keys', 'redis_keys'),
  metric('no TTL', 'redis_keys_without_ttl'),
  metric('frag', FRAGMENTATION, hundredths, 'fragmentation', over(1.5)),
  metric('swap', FRAGMENTATION, hundredths, SWAPPING, under(undefined, 1), HIDDEN),
  state('RDB', 'redis_rdb_last_bgsave_ok', 'ok', 'FAILED', 'last background save'),
  state('AOF', 'redis_aof_last_write_ok', 'ok', 'FAILED', 'last write of the append-only file'),
  metric('AOF rewrite', 'redis_aof_last_bgrewrite_ok', yesNo('ok', 'FAILED'), REWRITE, under(1), HIDDEN),
  metric('fork', 'redis_latest_fork_usec', usec, 'last fork for a save', over(500_000), HIDDEN),
  state('cluster', 'redis_cluster_state', 'ok', 'FAIL', 'cluster state'),
  state('masters', extreme('redis_sentinel_master_ok', 'min'), 'ok', 'DOWN', 'a master, as its sentinel sees it'),
  metric('up', 'redis_uptime_seconds', seconds),
];

/** What memory is measured against, in full and short. */
const BASES: Readonly<Record<string, readonly [string, string]>> = {
  maxmemory: ['of maxmemory', ''],
  configured: ['of the configured limit', 'of limit'],
  system: ['of the machine, no maxmemory set', 'of RAM'],
};
const basisOf = (poll: Poll) => BASES[poll.reading.facts['memory_basis'] ?? ''] ?? ['', ''];

function memoryRow(poll: Poll, cols: number, ascii: boolean): Line {
  const [long, short] = basisOf(poll);
  const used = said(poll, 'redis_memory_used_bytes');
  const most = said(poll, 'redis_memory_max_bytes');
  const share = said(poll, 'redis_memory_usage', percent) || '--';
  const words = `${share} ${used}${most === '' ? '' : `/${most}`} ${cols >= 56 ? long : short}`;
  return barRow(MEMORY, poll, words.trimEnd(), cols, ascii);
}

const MASTERS = columns(['master', 'name'], 'status', ['at', 'address'], ['replicas', 'slaves'], 'sentinels');
const COMMANDS = columns('command', ['calls', countText], ['each', 'usec_per_call', usec], ['in all', 'usec', usec]);
const REPLICAS = columns('from', ['lag', bytes]);
const DATABASES = columns('db', ['keys', countText], ['without TTL', countText], ['share', percent]);
const LATENCIES = columns('event', ['last', took], ['worst', took]);
function ttlCell(row: Row): string | Span {
  const left = numberCell(row, 'ttl_s');
  return left === null ? span('none', 'warn') : seconds(left);
}
const BIG_KEYS = columns(['size', 'bytes', bytes], 'type', { title: 'TTL', right: true, of: ttlCell }, 'key');
const PREFIXES = columns(
  ['size seen', 'bytes', bytes],
  ['keys', 'estimated_keys', countText],
  ['no TTL', 'estimated_without_ttl', countText],
  'prefix',
);

/** What an inspection found: of how many keys, and how long ago; else how to begin one, or why it failed. */
function keySections({ reading: { facts, rows = {} }, now, target }: Poll, cols: number): readonly Section[] {
  const { sampled, sampled_at: at = '', sampling, unsampled, inspects } = facts;
  if (unsampled !== undefined)
    return [{ title: 'biggest keys', lines: [indented(`could not look: ${unsampled}`, cols, 'warn')] }];
  if (sampled === undefined) {
    const words = `/inspect ${target.name} looks for ${inspects}`;
    return inspects === undefined ? [] : [{ title: 'biggest keys', lines: [indented(words, cols, 'dim')] }];
  }
  const when = sampling === undefined ? `sampled ${age(now - Date.parse(at))} ago` : 'so far';
  const from = sampled.startsWith('all ') ? sampled : `estimated from ${sampled}`;
  return [
    { title: `biggest keys, ${sampled} ${when}`, lines: table(BIG_KEYS, rows['bigkeys'] ?? [], cols, 8) },
    { title: `keys by prefix, ${from}`, lines: table(PREFIXES, rows['prefixes'] ?? [], cols, 6) },
  ];
}

/** The keys of each database, and how many of them never expire. */
const databases = (poll: Poll): readonly Row[] =>
  seriesRows(poll, 'db', { keys: 'redis_db_keys', expiring: 'redis_db_keys_expiring' }).map((row) => {
    const keys = numberCell(row, 'keys') ?? 0;
    const without = keys - (numberCell(row, 'expiring') ?? 0);
    return { ...row, 'without TTL': without, share: keys > 0 ? without / keys : '' };
  });

function replication({ reading }: Poll): readonly Row[] {
  const silent = valueIn(reading, 'redis_master_last_io_seconds_ago');
  const replicas = seriesIn(reading, 'redis_replica_lag_bytes', 'replica').map(([from, lag]) => ({ from, lag }));
  if (silent === null) return replicas;
  return [{ from: 'master', lag: `last heard ${seconds(silent)} ago` }, ...replicas];
}

function sections(poll: Poll, cols: number): readonly Section[] {
  const { masters = [], slowlog = [], commands = [] } = poll.reading.rows ?? {};
  // `ago` stands first: a slow command of yesterday is no news.
  const slow = columns(
    ['ago', 'at', (at) => age(poll.now - at * 1000)],
    ['took', 'ms', (ms) => took(ms / 1000)],
    'client',
    'command',
  );
  const newest = slowlog.toSorted((a, b) => (numberCell(b, 'at') ?? 0) - (numberCell(a, 'at') ?? 0));
  const latency = { last: 'redis_latency_latest_seconds', worst: 'redis_latency_max_seconds' };
  return [
    { title: 'masters', lines: table(MASTERS, masters, cols, 8) },
    { title: 'slow log', lines: table(slow, newest, cols, 8) },
    { title: 'replication', lines: table(REPLICAS, replication(poll), cols) },
    ...keySections(poll, cols),
    { title: 'keys', lines: table(DATABASES, databases(poll), cols, 4) },
    { title: 'errors', lines: countTable('error', poll, 'redis_errors', cols, 5) },
    { title: 'latency events', lines: table(LATENCIES, seriesRows(poll, 'event', latency), cols, 5) },
    { title: 'commands that took most', lines: table(COMMANDS, commands, cols, 6) },
  ];
}

export const redisPanel = targetPanel({
  id: 'redis',
  title: 'REDIS',
  letter: 'R',
  kind: 'redis',
  noun: 'Redis',
  short: 'REDIS',
  trends: [
    { label: 'mem', says: 'memory', metric: 'redis_memory_usage', as: percent, max: 1 },
    { label: 'ops/s', says: 'commands per second', metric: 'redis_ops', as: rate, perSecond: true },
  ],
  trendAfter: 2,
  metrics: METRICS,
  brief: (poll) =>
    said(poll, 'redis_memory_usage', (share) => `mem ${percent(share)}`) ||
    said(poll, 'redis_connected_clients', (n) => `${countText(n)} clients`),
  about: (poll) => {
    const { version, role, policy } = poll.reading.facts;
    return joinWords([version, role, policy, basisOf(poll)[0]], ' · ');
  },
  columns: {
    mem: (poll) => said(poll, 'redis_memory_usage', percent),
    used: 'redis_memory_used_bytes',
    clients: 'redis_connected_clients',
    role: ({ reading }) => reading.facts['role'] ?? '',
  },
  body: (poll, cols, ascii) => [
    // A sentinel has no memory worth a bar.
    ...(poll.reading.facts['mode'] === 'sentinel' ? [] : [memoryRow(poll, cols, ascii)]),
    ...metricGrid(poll, cols, ascii),
  ],
  sections,
});
