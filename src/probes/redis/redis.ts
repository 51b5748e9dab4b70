/** Polls a Redis or Valkey server over one held connection. */
import { readCertificates } from '../certificates.ts';
import { ProbeFailure } from '../failure.ts';
import { metricTypes, type Inspection, type ParsedSettings, type Probe, type Raw } from '../probe.ts';
import { RatioWindow } from '../ratio-window.ts';
import { gauges, HeldSession, type PollResult } from '../session.ts';
import { SettingsReader } from '../settings-reader.ts';
import type { RedisConnection, RedisSettings } from './connection.ts';
import { COUNTER_FIELDS, GAUGE_FIELDS, numberIn, parseInfo, redisFacts, redisSamples } from './metrics.ts';
import { KeySampler } from './sampler.ts';
import { readTiers, redisTiers } from './tiers.ts';

const SCHEMES = ['redis:', 'rediss:', 'unix:'];

function parse(raw: Raw): ParsedSettings<RedisSettings> {
  const read = new SettingsReader(raw);
  const protocol = read.value('protocol') ?? 3;
  if (protocol !== 2 && protocol !== 3) read.fault('protocol', 'protocol must be 2 or 3');
  if (raw['url'] === undefined) read.fault([], 'a redis target needs a url, such as redis://127.0.0.1:6379');
  return read.done({
    url: read.url('url', SCHEMES) ?? '',
    remediationUrl: read.url('remediation_url', SCHEMES),
    timeoutMs: read.duration('timeout', 1500),
    memoryLimit: read.count('memory_limit_bytes', 1, null),
    protocol: protocol === 2 ? 2 : 3,
    ...readCertificates(read),
  });
}

export const redis: Probe<RedisSettings> = {
  metrics: metricTypes({
    gauge: `redis_up ${Object.keys(GAUGE_FIELDS).join(' ')}
      redis_memory_usage redis_memory_max_bytes redis_evict_headroom_bytes redis_mem_fragmentation_ratio
      redis_policy_noeviction redis_keyspace_hit_ratio redis_keys redis_keys_without_ttl redis_db_keys
      redis_db_keys_expiring redis_is_replica redis_replica_lag_bytes redis_master_link_up redis_rdb_last_bgsave_ok
      redis_aof_last_write_ok redis_aof_last_bgrewrite_ok redis_latency_latest_seconds redis_latency_max_seconds
      redis_cluster_state redis_cluster_slots_ok redis_cluster_slots_pfail redis_cluster_slots_fail
      redis_cluster_known_nodes redis_sentinel_master_ok redis_sentinel_replicas redis_sentinel_sentinels`,
    counter: `${Object.keys(COUNTER_FIELDS).join(' ')} redis_slowlog_last_id redis_oom_errors redis_errors`,
  }),
  isHeld: true,
  rights: [
    'ACL SETUSER warroom on >PASSWORD resetkeys -@all +ping +hello +info +client|setname +slowlog|get +latency|latest +cluster|info',
    'ACL SETUSER warroom ~* +dbsize +scan +type +pttl +memory|usage',
  ],
  inspects: 'big keys and keys without expiry',
  load: () => import('./connection.ts'),
  parse,
  open: (target) => new RedisSession(target, target.settings.timeoutMs),
};

class RedisSession extends HeldSession<RedisSettings, RedisConnection> {
  readonly #hits = new RatioWindow(10);
  #tiers = redisTiers();
  #sampler = new KeySampler();

  protected async find(signal: AbortSignal): Promise<PollResult> {
    const { memoryLimit } = this.target.settings;
    const connection = await this.connected(signal);
    const info = parseInfo(String(await connection.call('INFO')));
    if (!info.has('redis_version'))
      throw new ProbeFailure({ class: 'protocol', phase: 'command', message: 'INFO was not answered as Redis does' });
    const instanceId = info.get('run_id') ?? null;
    const slow = await readTiers(this.#tiers, connection, info);
    const [hits, misses] = [numberIn(info, 'keyspace_hits'), numberIn(info, 'keyspace_misses')];
    const hitRatio = this.#hits.add(performance.now(), instanceId, hits, misses);
    return {
      failure: null,
      samples: [...redisSamples(info, memoryLimit), ...gauges({ redis_keyspace_hit_ratio: hitRatio }), ...slow.samples],
      instanceId,
      facts: { ...redisFacts(info, memoryLimit), ...slow.facts },
      rows: slow.rows,
    };
  }

  async inspect(signal: AbortSignal): Promise<Inspection> {
    const inspection = await this.#sampler.slice(this.connection, signal);
    if (inspection.isDone) this.#sampler = new KeySampler();
    return inspection;
  }

  protected async connect(signal: AbortSignal): Promise<RedisConnection> {
    this.#tiers = redisTiers();
    this.#sampler = new KeySampler();
    const { RedisConnection } = await import('./connection.ts');
    return RedisConnection.open(this.target.settings, this.timeoutMs, signal);
  }
}
