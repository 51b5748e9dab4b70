/** Turns Redis' INFO into samples and facts. */
import type { Sample } from '../../protocol/reading.ts';
import { counters, gauges } from '../session.ts';

/** Field -> text, over all sections. Unknown fields are kept: newer servers have more. */
export type Info = ReadonlyMap<string, string>;

export function parseInfo(text: string): Info {
  const info = new Map<string, string>();
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0 && !line.startsWith('#')) info.set(line.slice(0, colon), line.slice(colon + 1).trimEnd());
  }
  return info;
}

const numberFrom = (text = ''): number | null => {
  const value = text === '' ? NaN : Number(text);
  return Number.isFinite(value) ? value : null;
};

/** A field as a number; null when it is absent or no number. */
export const numberIn = (info: Info, field: string): number | null => numberFrom(info.get(field));

export function infoPairs(text: string): Readonly<Record<string, string>> {
  const pairs = text.split(',').map((pair) => pair.split('=', 2));
  return Object.fromEntries(pairs.map(([name = '', value = '']) => [name, value]));
}

/** The numbers of `keys=23,expires=3,avg_ttl=0`. */
export function infoFields(text: string): Readonly<Record<string, number>> {
  const numbers = Object.entries(infoPairs(text)).map(([name, value]) => [name, numberFrom(value)] as const);
  return Object.fromEntries(numbers.filter((entry): entry is [string, number] => entry[1] !== null));
}

/** The captured part of the names that match, and their text. */
export const infoEntries = (info: Info, name: RegExp): readonly (readonly [string, string])[] =>
  [...info].flatMap(([field, text]) => {
    const part = name.exec(field)?.[1];
    return part === undefined ? [] : [[part, text] as const];
  });

/** `standalone`, `cluster` or `sentinel`; Valkey has another name for the field. */
export const redisMode = (info: Info): string | undefined => info.get('server_mode') ?? info.get('redis_mode');

export const GAUGE_FIELDS = {
  redis_uptime_seconds: 'uptime_in_seconds',
  redis_memory_used_bytes: 'used_memory',
  redis_memory_rss_bytes: 'used_memory_rss',
  redis_memory_peak_bytes: 'used_memory_peak',
  redis_memory_not_counted_bytes: 'mem_not_counted_for_evict',
  redis_connected_clients: 'connected_clients',
  redis_maxclients: 'maxclients',
  redis_blocked_clients: 'blocked_clients',
  redis_connected_replicas: 'connected_slaves',
  redis_master_last_io_seconds_ago: 'master_last_io_seconds_ago',
  redis_loading: 'loading',
  redis_async_loading: 'async_loading',
  redis_rdb_changes_since_last_save: 'rdb_changes_since_last_save',
  redis_latest_fork_usec: 'latest_fork_usec',
};
export const COUNTER_FIELDS = {
  redis_ops: 'total_commands_processed',
  redis_evicted_keys: 'evicted_keys',
  redis_expired_keys: 'expired_keys',
  redis_rejected_connections: 'rejected_connections',
  redis_keyspace_hits: 'keyspace_hits',
  redis_keyspace_misses: 'keyspace_misses',
  redis_net_input_bytes: 'total_net_input_bytes',
  redis_net_output_bytes: 'total_net_output_bytes',
};

/** `memoryLimit`: bytes, for a server that has no limit of its own (a container's). */
export function redisSamples(info: Info, memoryLimit: number | null): readonly Sample[] {
  const numbers = (fields: Readonly<Record<string, string>>): Record<string, number | null> =>
    Object.fromEntries(Object.entries(fields).map(([metric, field]) => [metric, numberIn(info, field)]));
  /** 1 when the field has this word, else 0; null without the field. */
  const flag = (field: string, word: string): number | null => {
    const text = info.get(field);
    return text === undefined ? null : text === word ? 1 : 0;
  };
  return [
    ...gauges({
      ...numbers(GAUGE_FIELDS),
      redis_master_link_up: flag('master_link_status', 'up'),
      redis_rdb_last_bgsave_ok: flag('rdb_last_bgsave_status', 'ok'),
      redis_aof_last_write_ok: flag('aof_last_write_status', 'ok'),
      redis_aof_last_bgrewrite_ok: flag('aof_last_bgrewrite_status', 'ok'),
      redis_policy_noeviction: flag('maxmemory_policy', 'noeviction'),
      redis_is_replica: flag('role', 'slave'),
    }),
    ...counters(numbers(COUNTER_FIELDS)),
    ...memory(info, memoryLimit),
    // A sentinel has no keyspace: no sample, rather than zero keys.
    ...(redisMode(info) === 'sentinel' ? [] : keyspace(info)),
    ...replicas(info),
  ];
}

type MemoryBasis = 'maxmemory' | 'configured' | 'system';

/** Memory use compared with the server's own limit, else the configured one, else the machine's memory. */
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

function memory(info: Info, limit: number | null): readonly Sample[] {
  // 0 means "no limit".
  const max = numberIn(info, 'maxmemory') || null;
  const used = numberIn(info, 'used_memory');
  const usage = memoryUsage(info, limit);
  // Replica and AOF buffers do not make the server evict.
  const counted = used === null ? null : used - (numberIn(info, 'mem_not_counted_for_evict') ?? 0);
  const lost = numberIn(info, 'mem_fragmentation_bytes');
  // The ratio is meaningless on a small server: an empty one shows 7.
  const isFragmented = used !== null && used > 100e6 && (lost === null || Math.abs(lost) > 100e6);
  return [
    ...gauges({
      redis_memory_max_bytes: max,
      redis_evict_headroom_bytes: max === null || counted === null ? null : max - counted,
      redis_mem_fragmentation_ratio: isFragmented ? numberIn(info, 'mem_fragmentation_ratio') : null,
    }),
    ...(usage === null ? [] : gauges({ redis_memory_usage: usage.ratio }, { basis: usage.basis })),
  ];
}

function keyspace(info: Info): readonly Sample[] {
  const databases = infoEntries(info, /^db(\d+)$/).map(([db, text]) => ({ db, fields: infoFields(text) }));
  const sum = (field: string): number => databases.reduce((all, { fields }) => all + (fields[field] ?? 0), 0);
  return [
    ...databases.flatMap(({ db, fields }) =>
      gauges({ redis_db_keys: fields['keys'], redis_db_keys_expiring: fields['expires'] }, { db }),
    ),
    // Databases without keys have no line, so that no line at all means zero keys.
    ...gauges({ redis_keys: sum('keys'), redis_keys_without_ttl: sum('keys') - sum('expires') }),
  ];
}

function replicas(info: Info): readonly Sample[] {
  const offset = numberIn(info, 'master_repl_offset');
  if (offset === null) return [];
  return infoEntries(info, /^slave(\d+)$/).flatMap(([, text]) => {
    const { ip, port, offset: replayed } = infoPairs(text);
    return gauges({ redis_replica_lag_bytes: Math.max(0, offset - Number(replayed)) }, { replica: `${ip}:${port}` });
  });
}

/** Program and version, role, policy, what memory use is compared with. */
export function redisFacts(info: Info, memoryLimit: number | null): Readonly<Record<string, string>> {
  const program = info.get('server_name') ?? (info.has('valkey_version') ? 'valkey' : 'redis');
  const basis = memoryUsage(info, memoryLimit)?.basis;
  const facts = {
    // Valkey keeps redis_version at 7.2.4.
    version: `${program} ${info.get('valkey_version') ?? info.get('redis_version') ?? '?'}`,
    mode: redisMode(info),
    memory_basis: basis,
    advice: basis === 'system' ? 'no maxmemory set: measured against the memory of the machine' : undefined,
    role: info.get('role'),
    policy: info.get('maxmemory_policy'),
    master_link: info.get('master_link_status'),
    last_save: info.get('rdb_last_bgsave_status'),
  };
  return Object.fromEntries(Object.entries(facts).filter((fact): fact is [string, string] => Boolean(fact[1])));
}
