/** Turns Redis' INFO into samples and facts. */
import type { Sample } from '../../protocol/reading.ts';
import { Samples } from '../session.ts';
import { infoFields, redisMode, numberIn, type Info } from './info.ts';

/** Fields that are one metric as they stand: [field, metric]. */
const GAUGES: readonly (readonly [string, string])[] = [
  ['uptime_in_seconds', 'redis_uptime_seconds'],
  ['used_memory', 'redis_memory_used_bytes'],
  ['used_memory_rss', 'redis_memory_rss_bytes'],
  ['used_memory_peak', 'redis_memory_peak_bytes'],
  ['mem_not_counted_for_evict', 'redis_memory_not_counted_bytes'],
  ['connected_clients', 'redis_connected_clients'],
  ['maxclients', 'redis_maxclients'],
  ['blocked_clients', 'redis_blocked_clients'],
  ['connected_slaves', 'redis_connected_replicas'],
  ['master_last_io_seconds_ago', 'redis_master_last_io_seconds_ago'],
  ['loading', 'redis_loading'],
  ['async_loading', 'redis_async_loading'],
  ['rdb_changes_since_last_save', 'redis_rdb_changes_since_last_save'],
  ['latest_fork_usec', 'redis_latest_fork_usec'],
];
const COUNTERS: readonly (readonly [string, string])[] = [
  ['total_commands_processed', 'redis_ops'],
  ['evicted_keys', 'redis_evicted_keys'],
  ['expired_keys', 'redis_expired_keys'],
  ['rejected_connections', 'redis_rejected_connections'],
  ['keyspace_hits', 'redis_keyspace_hits'],
  ['keyspace_misses', 'redis_keyspace_misses'],
  ['total_net_input_bytes', 'redis_net_input_bytes'],
  ['total_net_output_bytes', 'redis_net_output_bytes'],
];
/** Fields with words: [field, metric, the word for which the metric is 1]. */
const FLAGS: readonly (readonly [string, string, string])[] = [
  ['master_link_status', 'redis_master_link_up', 'up'],
  ['rdb_last_bgsave_status', 'redis_rdb_last_bgsave_ok', 'ok'],
  ['aof_last_write_status', 'redis_aof_last_write_ok', 'ok'],
  ['aof_last_bgrewrite_status', 'redis_aof_last_bgrewrite_ok', 'ok'],
];

/** `memoryLimit`: the configured limit in bytes for a server that has none of its own (a container's). */
export function redisSamples(info: Info, memoryLimit: number | null): readonly Sample[] {
  const samples = new Samples();
  for (const [field, metric] of GAUGES) samples.gauge(metric, numberIn(info, field));
  for (const [field, metric] of COUNTERS) samples.counter(metric, numberIn(info, field));
  for (const [field, metric, good] of FLAGS) {
    const word = info.get(field);
    samples.gauge(metric, word === undefined ? null : word === good ? 1 : 0);
  }
  memory(samples, info, memoryLimit);
  // A sentinel has no keyspace: no sample, rather than zero keys.
  if (redisMode(info) !== 'sentinel') keyspace(samples, info);
  replicas(samples, info);
  return samples.list;
}

type MemoryBasis = 'maxmemory' | 'configured' | 'system';

/** What memory use is measured against: the server's own limit, else the configured one, else the machine. */
export function memoryUsage(info: Info, limit: number | null): { ratio: number; basis: MemoryBasis } | null {
  const used = numberIn(info, 'used_memory');
  const rss = numberIn(info, 'used_memory_rss');
  const max = numberIn(info, 'maxmemory');
  if (max !== null && max > 0) return used === null ? null : { ratio: used / max, basis: 'maxmemory' };
  if (rss === null) return null;
  if (limit !== null) return { ratio: rss / limit, basis: 'configured' };
  const system = numberIn(info, 'total_system_memory');
  return system !== null && system > 0 ? { ratio: rss / system, basis: 'system' } : null;
}

function memory(samples: Samples, info: Info, limit: number | null): void {
  const max = numberIn(info, 'maxmemory');
  const used = numberIn(info, 'used_memory');
  // 0 means "no limit", which is no number of bytes.
  if (max !== null && max > 0) samples.gauge('redis_memory_max_bytes', max);
  const usage = memoryUsage(info, limit);
  if (usage !== null) samples.gauge('redis_memory_usage', usage.ratio, { basis: usage.basis });
  if (max !== null && max > 0 && used !== null) {
    // Replica and AOF buffers do not make the server evict.
    const counted = used - (numberIn(info, 'mem_not_counted_for_evict') ?? 0);
    samples.gauge('redis_evict_headroom_bytes', max - counted);
  }
  const policy = info.get('maxmemory_policy');
  if (policy !== undefined) samples.gauge('redis_policy_noeviction', policy === 'noeviction' ? 1 : 0);
  const lost = numberIn(info, 'mem_fragmentation_bytes');
  // The ratio is meaningless on a small server: an empty one shows 7.
  if (used !== null && used > 100e6 && (lost === null || Math.abs(lost) > 100e6))
    samples.gauge('redis_mem_fragmentation_ratio', numberIn(info, 'mem_fragmentation_ratio'));
}

function keyspace(samples: Samples, info: Info): void {
  let keys = 0;
  let expiring = 0;
  for (const [field, text] of info) {
    const db = /^db(\d+)$/.exec(field)?.[1];
    if (db === undefined) continue;
    const fields = infoFields(text);
    samples.gauge('redis_db_keys', fields['keys'], { db });
    samples.gauge('redis_db_keys_expiring', fields['expires'], { db });
    keys += fields['keys'] ?? 0;
    expiring += fields['expires'] ?? 0;
  }
  // Databases without keys have no line, so that no line at all means zero keys.
  samples.gauge('redis_keys', keys);
  samples.gauge('redis_keys_without_ttl', keys - expiring);
}

function replicas(samples: Samples, info: Info): void {
  samples.gauge('redis_is_replica', info.has('role') ? (info.get('role') === 'slave' ? 1 : 0) : null);
  const offset = numberIn(info, 'master_repl_offset');
  for (const [field, text] of info) {
    if (!/^slave\d+$/.test(field) || offset === null) continue;
    const parts = new Map(text.split(',').map((pair) => pair.split('=') as [string, string]));
    const lag = offset - Number(parts.get('offset'));
    samples.gauge('redis_replica_lag_bytes', Math.max(0, lag), { replica: `${parts.get('ip')}:${parts.get('port')}` });
  }
}

/** Facts in words: program, version, role, policy, what memory use is measured against. */
export function redisFacts(info: Info, memoryLimit: number | null): Record<string, string> {
  const program = info.get('server_name') ?? (info.has('valkey_version') ? 'valkey' : 'redis');
  const facts: Record<string, string> = {
    // Valkey keeps redis_version at 7.2.4 for ever.
    version: `${program} ${info.get('valkey_version') ?? info.get('redis_version') ?? '?'}`,
  };
  const mode = redisMode(info);
  if (mode !== undefined) facts['mode'] = mode;
  const basis = memoryUsage(info, memoryLimit)?.basis;
  if (basis !== undefined) facts['memory_basis'] = basis;
  if (basis === 'system') facts['advice'] = 'no maxmemory set: measured against the memory of the machine';
  for (const [fact, field] of FACTS) {
    const text = info.get(field);
    if (text !== undefined && text !== '') facts[fact] = text;
  }
  return facts;
}
const FACTS: readonly (readonly [string, string])[] = [
  ['role', 'role'],
  ['policy', 'maxmemory_policy'],
  ['master_link', 'master_link_status'],
  ['last_save', 'rdb_last_bgsave_status'],
];
