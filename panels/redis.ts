/** Redis and Valkey: memory against its limit, evictions, clients, hit ratio, replication. */
import type { Line } from '../src/terminal/text.ts';
import { extreme, gauge, hitRatio, perMinute, perSecond, ratio, valueIn } from './figure.ts';
import type { Figure, Look } from './figure.ts';
import { barRow, cells, grid, optional, sparkPoints, sparkRow } from './grid.ts';
import { bytes, count, percent, rate, span } from './numbers.ts';
import { said, systemPanel } from './system.ts';

const yesNo = (good: string, bad: string) => (value: number) => (value === 1 ? good : bad);

/** Limits of the research on probes, section A3. */
const MEMORY: Figure = {
  label: 'mem',
  says: 'memory',
  of: gauge('redis_memory_usage'),
  as: percent,
  warn: 0.8,
  crit: 0.9,
  hidden: true,
  main: true,
};
const FIGURES: readonly Figure[] = [
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
    label: 'cluster',
    says: 'cluster state',
    of: gauge('redis_cluster_state'),
    as: yesNo('ok', 'FAIL'),
    crit: 1,
    below: true,
  },
  { label: 'up', of: gauge('redis_uptime_seconds'), as: (seconds) => span(seconds * 1000) },
];

/** Against what memory is measured: without a limit of its own the ratio means another thing. */
const BASES: Readonly<Record<string, string>> = {
  maxmemory: 'of maxmemory',
  configured: 'of the configured limit',
  system: 'of the machine, no maxmemory set',
};

function memoryRow(look: Look, cols: number, ascii: boolean): Line {
  const usage = valueIn(look.reading, 'redis_memory_usage');
  const used = said(look, 'redis_memory_used_bytes', bytes);
  const most = said(look, 'redis_memory_max_bytes', bytes);
  const size = most === '' ? used : `${used}/${most}`;
  const words = `${usage === null ? '--' : percent(usage)} ${size}`.trimEnd();
  return barRow(MEMORY, look, usage, words, cols, ascii);
}

export const redis = systemPanel({
  id: 'redis',
  title: 'REDIS',
  letter: 'R',
  order: 30,
  kind: 'redis',
  noun: 'Redis',
  short: 'REDIS',
  trend: 'redis_memory_usage',
  figures: FIGURES,
  brief: (look) => {
    const memory = said(look, 'redis_memory_usage', percent);
    return memory === '' ? said(look, 'redis_connected_clients', (n) => `${count(n)} clients`) : `mem ${memory}`;
  },
  about: ({ reading: { facts } }) =>
    [facts['version'], facts['role'], facts['policy'], BASES[facts['memory_basis'] ?? '']]
      .filter((part) => part !== undefined && part !== '')
      .join(' · '),
  body: (look, cols, ascii) => {
    const figures = grid(cells(FIGURES, look), cols, ascii);
    const trend = sparkRow('mem', look.target.history('redis_memory_usage', sparkPoints(cols)), '', cols, ascii, 1);
    return [memoryRow(look, cols, ascii), ...figures.slice(0, 1), ...optional(trend), ...figures.slice(1)];
  },
});
