/** What targets of every kind say in one poll: tables that read like what is meant, and readings made of them. */
import type { Reading, Sample } from '../../src/protocol/reading.ts';
import { NOW } from './recorded.ts';

export type Values = Readonly<Record<string, number>>;

/** `pg_up` or `pg_stat_activity_count{state=idle}`: samples from a table that reads like what is meant. */
export function samples(values: Values): readonly Sample[] {
  return Object.entries(values).map(([key, value]) => {
    const [, metric = key, inner = ''] = /^([^{]+)(?:\{(.*)\})?$/.exec(key) ?? [];
    const pairs = inner === '' ? [] : inner.split(',').map((pair) => pair.split('=') as [string, string]);
    return { metric, labels: Object.fromEntries(pairs), value, type: 'gauge' };
  });
}

export function reading(name: string, kind: string, values: Values, more: Partial<Reading> = {}): Reading {
  return {
    target: name,
    kind,
    at: NOW - 400,
    up: true,
    error: null,
    durationMs: 1.2,
    instanceId: 'one',
    samples: samples(values),
    facts: {},
    ...more,
  };
}

export const REDIS: Values = {
  redis_up: 1,
  redis_memory_usage: 0.61,
  redis_memory_used_bytes: 41_000_000,
  redis_memory_max_bytes: 67_108_864,
  redis_ops: 1e6,
  redis_evicted_keys: 0,
  redis_keyspace_hits: 5e5,
  redis_keyspace_misses: 1e4,
  redis_connected_clients: 310,
  redis_maxclients: 10_000,
  redis_blocked_clients: 0,
  redis_rejected_connections: 0,
  redis_keys: 1_800_000,
  redis_keys_without_ttl: 1204,
  redis_connected_replicas: 1,
  redis_rdb_last_bgsave_ok: 1,
  redis_uptime_seconds: 864_000,
  'redis_db_keys{db=0}': 1_800_000,
  'redis_db_keys_expiring{db=0}': 1_798_796,
  'redis_errors{error=WRONGTYPE}': 12,
  'redis_latency_latest_seconds{event=command}': 0.058,
  'redis_latency_max_seconds{event=command}': 0.154,
  'redis_replica_lag_bytes{replica=10.0.0.31:6379}': 4096,
};
export const REDIS_FACTS = {
  version: 'redis 7.0.15',
  role: 'master',
  policy: 'allkeys-lru',
  memory_basis: 'maxmemory',
};

export const POSTGRES: Values = {
  pg_up: 1,
  'pg_stat_activity_count{state=active}': 14,
  'pg_stat_activity_count{state=idle}': 20,
  'pg_stat_activity_count{state=idle_in_transaction}': 2,
  pg_client_backends: 36,
  pg_slots: 97,
  pg_slots_used_ratio: 36 / 97,
  db_pool_exhausted: 0,
  pg_locks_waiting: 0,
  pg_longest_query_seconds: 4.1,
  pg_longest_transaction_seconds: 12,
  pg_longest_idle_in_transaction_seconds: 3,
  'pg_replication_lag_seconds{standby=b,phase=replay}': 0.4,
  'pg_replication_lag_bytes{standby=b,phase=replay}': 20_480,
  pg_transactions: 1e6,
  pg_cache_hit_ratio: 0.992,
  pg_deadlocks: 0,
  pg_temp_bytes: 0,
  'pg_conn_limit_used_ratio{scope=role,name=reporting}': 0.6,
  'pg_conn_limit_used_ratio{scope=database,name=shop}': 0.36,
  'pg_database_xid_age{database=shop}': 181_000_000,
  'pg_database_xid_age{database=postgres}': 90_000_000,
};
export const POSTGRES_BUSY: Values = {
  ...POSTGRES,
  pg_client_backends: 88,
  pg_slots_used_ratio: 88 / 97,
  pg_locks_waiting: 14,
  pg_longest_transaction_seconds: 312,
};
export const POSTGRES_FACTS = { version: 'PostgreSQL 15.18', role: 'primary', database: 'shop', user: 'warroom' };
export const POSTGRES_ROWS: Reading['rows'] = {
  locks: [
    {
      pid: 8812,
      state: 'idle in transaction',
      transaction_s: 192,
      user: 'shop',
      query: 'UPDATE orders SET state = $1',
      depth: 0,
      behind: 4,
      others: 0,
      cycle: false,
      wait_s: null,
      relation: null,
    },
    {
      pid: 9001,
      state: 'active',
      transaction_s: 60,
      user: 'shop',
      query: 'ALTER TABLE orders ADD note text',
      depth: 1,
      behind: 3,
      others: 0,
      cycle: false,
      wait_s: 59,
      relation: 'orders',
    },
    {
      pid: 9002,
      state: 'active',
      transaction_s: 8,
      user: 'shop',
      query: 'SELECT * FROM orders WHERE id = $1',
      depth: 2,
      behind: 0,
      others: 1,
      cycle: false,
      wait_s: 8,
      relation: 'orders',
    },
  ],
  top: [
    {
      pid: 8812,
      state: 'idle in transaction',
      transaction_s: 192,
      user: 'shop',
      wait_event_type: 'Client',
      query: 'UPDATE orders SET state = $1',
    },
    {
      pid: 9001,
      state: 'active',
      transaction_s: 60,
      user: 'shop',
      wait_event_type: 'Lock',
      query: 'ALTER TABLE orders ADD note text',
    },
  ],
};

/** As the slow tiers give them. */
export const POSTGRES_DETAIL: Reading['rows'] = {
  ...POSTGRES_ROWS,
  clients: [
    {
      user: 'shop',
      application: 'checkout',
      client: '10.0.0.7',
      connections: 61,
      active: 12,
      idle: 47,
      idle_in_transaction: 2,
    },
    {
      user: 'shop',
      application: 'payment-gw',
      client: '10.0.0.9',
      connections: 20,
      active: 2,
      idle: 18,
      idle_in_transaction: 0,
    },
  ],
  replication: [
    {
      standby: 'b',
      client: '10.0.0.12',
      state: 'streaming',
      sync_state: 'async',
      replay_s: 0.4,
      replay_bytes: 20_480,
      reply_age_s: 0.8,
    },
  ],
  slots: [
    { slot: 'b', type: 'physical', active: true, wal_status: 'reserved', retained_bytes: 20_480 },
    { slot: 'old_analytics', type: 'logical', active: false, wal_status: 'extended', retained_bytes: 9_800_000_000 },
  ],
};
export const REDIS_ROWS: Reading['rows'] = {
  slowlog: [
    { id: 7, at: NOW / 1000 - 40, ms: 58.2, command: 'keys session:*', client: '10.0.0.7:51234' },
    { id: 6, at: NOW / 1000 - 4000, ms: 154, command: 'del big:set', client: '10.0.0.9:40011' },
  ],
  commands: [
    { command: 'get', calls: 981_000, usec: 843_000, usec_per_call: 0.86 },
    { command: 'keys', calls: 1, usec: 58_200, usec_per_call: 58_200 },
  ],
  bigkeys: [
    { key: 'leaderboard', type: 'zset', bytes: 20_700_000, ttl_s: null },
    { key: 'session:81f2', type: 'hash', bytes: 48_000, ttl_s: 1700 },
  ],
  prefixes: [
    {
      prefix: 'session:',
      keys: 9000,
      without_ttl: 12,
      bytes: 31_000_000,
      estimated_keys: 19_700,
      estimated_without_ttl: 26,
    },
    {
      prefix: '(no prefix)',
      keys: 1533,
      without_ttl: 1533,
      bytes: 21_000_000,
      estimated_keys: 3353,
      estimated_without_ttl: 3353,
    },
  ],
};

export const WEBSOCKET: Values = {
  ws_up: 1,
  ws_connections: 1204,
  ws_connection_errors: 3,
  ws_connections_opened: 90_000,
  'ws_connections_closed{code=1000}': 80_000,
  'ws_connections_closed{code=1006}': 412,
  ws_messages: 9e6,
  ws_probe_success: 1,
  ws_handshake_seconds: 0.004,
  ws_ping_seconds: 0.0011,
};

export const HOST: Values = {
  host_up: 1,
  host_cpu_busy_ratio: 0.41,
  host_cpu_iowait_ratio: 0.02,
  host_cpu_steal_ratio: 0,
  host_cpus: 2,
  host_memory_used_ratio: 0.72,
  host_memory_total_bytes: 24e9,
  host_load1: 3.1,
  host_load5: 2.9,
  'host_pressure_avg10{resource=memory,share=some}': 0,
  'host_pressure_avg10{resource=io,share=some}': 1.4,
  'host_disk_used_ratio{mount=/}': 0.55,
  'host_disk_used_ratio{mount=/var/lib/postgresql}': 0.81,
  'host_disk_available_bytes{mount=/}': 98e9,
  'host_disk_available_bytes{mount=/var/lib/postgresql}': 41e9,
  'host_disk_inodes_used_ratio{mount=/}': 0.03,
  'host_pressure_avg10{resource=cpu,share=some}': 12.1,
  'host_pressure_avg10{resource=memory,share=full}': 0,
  'host_pressure_avg10{resource=io,share=full}': 0.2,
  'host_disk_busy_ratio{device=nvme0n1}': 0.22,
  'host_network_received_bytes{device=eth0}': 1e12,
  'host_network_sent_bytes{device=eth0}': 1e12,
  'host_network_errors{device=eth0}': 3,
  host_oom_kills: 0,
  host_open_files_ratio: 0.06,
};

export const HTTP: Values = {
  http_up: 1,
  probe_success: 1,
  probe_http_status_code: 200,
  probe_duration_seconds: 0.041,
  'probe_http_duration_seconds{phase=resolve}': 0.001,
  'probe_http_duration_seconds{phase=connect}': 0.002,
  'probe_http_duration_seconds{phase=tls}': 0.012,
  'probe_http_duration_seconds{phase=processing}': 0.025,
  'probe_http_duration_seconds{phase=transfer}': 0.001,
  probe_ssl_earliest_cert_expiry: NOW / 1000 + 42.5 * 86_400,
};
