/** Polls a Redis or Valkey server over one held connection. */
import { ProbeFailure } from '../failure.ts';
import { parseRedisSettings, type RedisSettings } from './settings.ts';
import { metricTable, type Inspection, type MetricTypes, type Probe } from '../probe.ts';
import { failedPoll, HeldSession, Samples, type PollResult } from '../session.ts';
import { RatioWindow } from '../ratio-window.ts';
import type { RedisConnection } from './connection.ts';
import { numberIn, parseInfo, type Info } from './info.ts';
import { redisFacts, redisSamples } from './metrics.ts';
import { KeySampler } from './sampler.ts';
import { readRedisTiers, redisTiers } from './tiers.ts';

const METRICS: MetricTypes = {
  ...metricTable(
    'gauge',
    `
    redis_up redis_memory_usage redis_memory_used_bytes redis_memory_rss_bytes redis_memory_peak_bytes
    redis_memory_max_bytes redis_memory_not_counted_bytes redis_evict_headroom_bytes redis_mem_fragmentation_ratio
    redis_policy_noeviction redis_keyspace_hit_ratio redis_connected_clients redis_maxclients redis_blocked_clients
    redis_keys redis_keys_without_ttl redis_db_keys redis_db_keys_expiring redis_is_replica redis_connected_replicas
    redis_replica_lag_bytes redis_master_link_up redis_master_last_io_seconds_ago redis_loading redis_async_loading
    redis_rdb_last_bgsave_ok redis_aof_last_write_ok redis_aof_last_bgrewrite_ok redis_rdb_changes_since_last_save redis_latest_fork_usec
    redis_latency_latest_seconds redis_latency_max_seconds redis_cluster_state redis_cluster_slots_ok
    redis_cluster_slots_pfail redis_cluster_slots_fail redis_cluster_known_nodes redis_sentinel_master_ok
    redis_sentinel_replicas redis_sentinel_sentinels redis_uptime_seconds`,
  ),
  ...metricTable(
    'counter',
    `
    redis_evicted_keys redis_expired_keys redis_ops redis_rejected_connections redis_keyspace_hits
    redis_keyspace_misses redis_net_input_bytes redis_net_output_bytes redis_slowlog_last_id redis_oom_errors
    redis_errors`,
  ),
};

export const redis: Probe<RedisSettings> = {
  kind: 'redis',
  about: 'a Redis or Valkey server',
  metrics: METRICS,
  isHeld: true,
  rights: [
    'ACL SETUSER warroom on >PASSWORD resetkeys -@all +ping +hello +info +client|setname +slowlog|get +latency|latest +cluster|info',
    'ACL SETUSER warroom ~* +dbsize +scan +type +pttl +memory|usage',
  ],
  inspects: 'big keys and keys without expiry',
  load: () => import('./connection.ts'),
  parse: parseRedisSettings,
  open: (target) => new RedisSession(target, target.settings.timeoutMs),
};

class RedisSession extends HeldSession<RedisSettings, RedisConnection> {
  readonly #hits = new RatioWindow(10);
  #tiers = redisTiers();
  #sampler = new KeySampler();

  protected async find(signal: AbortSignal): Promise<PollResult> {
    const { settings } = this.target;
    const connection = await this.connected(signal);
    const info = await readInfo(connection);
    const instanceId = info.get('run_id') ?? null;
    const slow = await readRedisTiers(this.#tiers, connection, info);
    const ratio = new Samples();
    const [hits, misses] = [numberIn(info, 'keyspace_hits'), numberIn(info, 'keyspace_misses')];
    ratio.gauge('redis_keyspace_hit_ratio', this.#hits.add(performance.now(), instanceId, hits, misses));
    return {
      failure: null,
      samples: [...redisSamples(info, settings.memoryLimit), ...ratio.list, ...slow.samples],
      instanceId,
      facts: { ...redisFacts(info, settings.memoryLimit), ...slow.facts },
      rows: slow.rows,
    };
  }

  /** A slice of the search for big keys. */
  async inspect(signal: AbortSignal): Promise<Inspection> {
    const sampler = this.#sampler;
    let failure: Inspection['failure'] = null;
    if (this.connection?.isOpen)
      failure = await sampler.slice(this.connection, signal).then(
        () => null,
        (error: unknown) => failedPoll(error).failure,
      );
    else failure = { class: 'reset', message: 'there is no connection to the server' };
    return { failure, isDone: sampler.isComplete, seen: sampler.coverage, rows: sampler.rows };
  }

  protected async connect(signal: AbortSignal): Promise<RedisConnection> {
    this.#tiers = redisTiers();
    this.#sampler = new KeySampler();
    const { RedisConnection } = await import('./connection.ts');
    return RedisConnection.open(this.target.settings, this.timeoutMs, signal);
  }
}

const SECTIONS = ['server', 'clients', 'memory', 'stats', 'replication', 'persistence', 'keyspace'];

/** Several sections in one call are understood from 7.0 on; older servers answer nothing or an error. */
async function readInfo(connection: RedisConnection): Promise<Info> {
  const asked = await connection.call('INFO', ...SECTIONS).catch((error: unknown) => {
    if (error instanceof ProbeFailure && error.failure.class === 'protocol') return '';
    throw error;
  });
  const info = parseInfo(String(asked));
  if (info.has('redis_version')) return info;
  const all = parseInfo(String(await connection.call('INFO')));
  if (all.has('redis_version')) return all;
  throw new ProbeFailure({ class: 'protocol', phase: 'command', message: 'INFO was not answered as Redis does' });
}
