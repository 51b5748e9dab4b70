/** A recorded incident, targets in every state, and models of them: what the tests of panels and console look at. */
import type { Command } from '../../src/incident/command.ts';
import { clocks } from '../../src/incident/clocks.ts';
import type { Event } from '../../src/incident/event.ts';
import type { Incident } from '../../src/incident/incident.ts';
import type { ErrorClass, Reading, Sample } from '../../src/protocol/reading.ts';
import type { AlertView, Person } from '../../src/protocol/messages.ts';
import type { Model, TargetView } from '../../panels/model.ts';
import { at, given, START, type Step } from '../incident/story.ts';

/** The moment the models are looked at: 42 minutes and 17 seconds after the declaration. */
export const NOW = START + (42 * 60 + 17) * 1000;

const note = (who: string, minutes: number, text: string, more: Partial<Command & { kind: 'note' }> = {}): Step => [
  who,
  { kind: 'note', text, ...more },
  minutes,
];
const alert = (minutes: number, to: string, summary: string): Step => [
  'warroom',
  {
    kind: 'change_alert',
    alert: 'http_5xx/pay',
    rule: 'http_5xx',
    from: 'pending',
    to,
    severity: 'SEV-1',
    summary,
    at: at(minutes),
  },
  minutes,
  { actor: { name: 'warroom', observer: false, via: 'hub' } },
];

/** Checkout fails in one region: what five people wrote in 42 minutes. */
export const STORY: readonly Step[] = [
  ['alice', { kind: 'declare', title: 'checkout errors eu-west', severity: 'SEV-2' }, 0],
  ['carol', { kind: 'acknowledge' }, 1.87],
  ['carol', { kind: 'set_status', to: 'investigating' }, 2],
  ['alice', { kind: 'assign_role', role: 'ic', name: 'alice' }, 2.5],
  ['alice', { kind: 'assign_role', role: 'scribe', name: 'bob' }, 3],
  [
    'ci',
    { kind: 'mark_change', what: '4f2c1a payment-gw', by: 'ci', link: 'https://deploys.example/4f2c1a', at: at(32) },
    32.2,
    { actor: { name: 'ci', observer: false, via: 'webhook' } },
  ],
  alert(34.03, 'firing', '/pay 5xx 12.4% (limit 2%)'),
  ['alice', { kind: 'set_severity', to: 'SEV-1', why: 'impact: 30% of checkouts fail' }, 34.67],
  note('bob', 35.18, 'suspect deploy 4f2c1a at 03:32', { form: 'hypothesis' }),
  note('carol', 36, 'PG connections climbing, 88 of 100'),
  note('alice', 36.8, 'did anything change in payment-gw config?', { form: 'question', to: 'bob' }),
  note('bob', 37.3, 'yes, pool size 50 -> 20 in 4f2c1a', { re: 11 }),
  note('dan', 38.1, 'vendor status page is green', { at: at(26) }),
  note('carol', 40.2, 'roll back 4f2c1a, because pool 20 cannot serve 300 rps; reversible', { form: 'decision' }),
  note('bob', 40.9, 'rollback started, eta 3 min'),
  note('dan', 41.2, 'call the payment vendor', { form: 'action', to: 'dan', due: at(55) }),
];

/** What was changed afterwards: an amendment, a retraction, a pin. */
export const CORRECTIONS: readonly Step[] = [
  [
    'carol',
    { kind: 'amend', ref: 10, text: 'PG connections climbing, 88 of 97', why: 'three slots are reserved' },
    41.4,
  ],
  ['bob', { kind: 'retract', ref: 9, why: 'it was 4f2c1b' }, 41.6],
  ['carol', { kind: 'pin', ref: 14 }, 41.8],
];

export interface Told {
  readonly incident: Incident;
  readonly events: readonly Event[];
}

/** A story as it stands in the record. */
export function told(steps: readonly Step[]): Told {
  const { state, events } = given(...steps);
  return { incident: state, events };
}

export const person = (name: string, more: Partial<Person> = {}): Person => ({
  name,
  consoles: 1,
  observer: false,
  incident: null,
  since: at(0),
  ...more,
});

type Values = Readonly<Record<string, number>>;

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
    life: 'one',
    samples: samples(values),
    facts: {},
    ...more,
  };
}

/** A wave between 0 and 1, the same in every run; a long one is not denser than what a chart of it can show. */
export const wave = (points: number): readonly number[] =>
  Array.from({ length: points }, (_, i) => (1 + Math.sin((i * Math.min(1, 100 / points)) / 4)) / 2);

export function target(name: string, kind: string, shown: Reading | null, more: Partial<TargetView> = {}): TargetView {
  const has = (metric: string): boolean => shown?.samples.some((sample) => sample.metric === metric) ?? false;
  const last = (metric: string): number =>
    (shown?.samples ?? []).filter((sample) => sample.metric === metric).reduce((sum, { value }) => sum + value, 0);
  const named = (key: string): string => key.replace(/\{.*/, '');
  return {
    name,
    kind,
    intervalMs: 1000,
    reading: shown,
    lastGood: shown?.up ? shown : null,
    ageMs: shown === null ? null : 400,
    history: (metric, points) => (has(metric) ? wave(points).map((share) => share * last(metric)) : []),
    rate: (key) => (has(named(key)) ? (RATES[key] ?? RATES[named(key)] ?? 0) : null),
    ...more,
  };
}

/** Changes per second of the counters of the readings below. */
const RATES: Values = {
  redis_ops: 412,
  redis_keyspace_hits: 981,
  redis_keyspace_misses: 19,
  pg_transactions: 212,
  ws_connections_opened: 12,
  ws_connections_closed: 10,
  'ws_connections_closed{code="1006"}': 0.2,
  'pg_transactions{outcome="rollback"}': 0.4,
  ws_messages: 1204,
  host_network_received_bytes: 81e6,
  host_network_sent_bytes: 64e6,
};

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

/** A target that was well and whose last poll failed so. */
export function failed(
  name: string,
  kind: string,
  was: Values,
  error: { readonly class: ErrorClass; readonly phase?: string; readonly message: string },
  values: Values = {},
  facts: Readonly<Record<string, string>> = {},
): TargetView {
  const good = reading(name, kind, was, { at: NOW - 12_000, facts });
  const bad = reading(name, kind, values, { up: false, error });
  return target(name, kind, good, { reading: bad, lastGood: good });
}

/** A target that has said nothing for so long. */
export function silent(name: string, kind: string, values: Values, ageMs: number): TargetView {
  const view = target(name, kind, reading(name, kind, values, { at: NOW - ageMs }), { ageMs });
  const missed = Math.max(0, Math.floor(ageMs / view.intervalMs) - 1);
  const history = (metric: string, points: number): readonly (number | null)[] => {
    const known = view.history(metric, points);
    return known.length === 0 ? [] : [...known, ...Array.from({ length: missed }, () => null)].slice(-points);
  };
  return { ...view, history };
}

/** A server that was only guessed and has never answered. */
export function absent(name: string, kind: string, address: string): TargetView {
  const error = { class: 'refused', phase: 'connect', message: 'connection refused: nothing listens there' } as const;
  const facts = { absent: `no server at ${address}: name one under targets: in warroom.yaml` };
  return target(name, kind, reading(name, kind, {}, { up: false, error, facts }), { lastGood: null });
}

/** One of each kind, all well. */
export const wellTargets = (): readonly TargetView[] => [
  target('checkout', 'http', reading('checkout', 'http', HTTP, { durationMs: 41, facts: { health: 'ok' } })),
  target(
    'orders-db',
    'postgres',
    reading('orders-db', 'postgres', POSTGRES, {
      facts: POSTGRES_FACTS,
      rows: { ...POSTGRES_DETAIL, locks: [], top: [] },
    }),
  ),
  target(
    'cache',
    'redis',
    reading('cache', 'redis', REDIS, {
      facts: { ...REDIS_FACTS, sampled: '46 % of 23053 keys', sampled_at: at(40) },
      rows: REDIS_ROWS!,
    }),
  ),
  target(
    'push',
    'websocket',
    reading('push', 'websocket', WEBSOCKET, { durationMs: 4, facts: { health: 'ok', canary: 'ok' } }),
  ),
  target(
    'this host',
    'host',
    reading('this host', 'host', HOST, { durationMs: 0.1, facts: { name: 'web-1', system: 'Linux 6.18' } }),
  ),
];

/** As in the mock-ups: endpoints down, PostgreSQL filling up, the host silent. */
export const sickTargets = (): readonly TargetView[] => [
  failed(
    '/pay',
    'http',
    HTTP,
    { class: 'status', message: 'answered 503; retry after 30' },
    { http_up: 0, probe_http_status_code: 503, probe_duration_seconds: 0.8, ws_connections: 12 },
    {},
  ),
  failed('/checkout', 'http', HTTP, {
    class: 'timeout',
    phase: 'processing',
    message: 'no answer within 1.8 s (processing)',
  }),
  target('/cart', 'http', reading('/cart', 'http', { ...HTTP, probe_duration_seconds: 1.4 }, { durationMs: 1400 }), {
    history: (_, points) => Array.from({ length: points }, () => 1.4),
  }),
  target('/login', 'http', reading('/login', 'http', HTTP, { durationMs: 41 })),
  target(
    'orders-db',
    'postgres',
    reading('orders-db', 'postgres', POSTGRES_BUSY, { facts: POSTGRES_FACTS, rows: POSTGRES_DETAIL! }),
  ),
  target(
    'cache',
    'redis',
    reading('cache', 'redis', REDIS, {
      facts: { ...REDIS_FACTS, sampled: '46 % of 23053 keys', sampled_at: at(40) },
      rows: REDIS_ROWS!,
    }),
  ),
  failed('push', 'websocket', WEBSOCKET, { class: 'refused', message: 'connection refused: nothing listens there' }),
  silent('this host', 'host', HOST, 9_000),
];

/** A model of the story with these targets, as bob sees it. */
export function model(more: Partial<Model> = {}, steps: readonly Step[] = STORY): Model {
  const { incident, events } = told(steps);
  return {
    now: NOW,
    zone: 'utc',
    ascii: false,
    me: 'bob',
    link: { state: 'live', since: START, rttMs: 12, reason: null, readOnly: null, hub: 'ws://127.0.0.1:7420' },
    incident,
    clocks: clocks(incident, more.now ?? NOW),
    events,
    pending: [],
    people: ['alice', 'bob', 'carol', 'dan'].map((name) => person(name)),
    incidents: [],
    targets: wellTargets(),
    timeline: { scroll: 0, level: 'normal', readMark: null, selected: null, filter: '' },
    ...more,
  };
}

/** The room while nothing burns. */
export const idleModel = (more: Partial<Model> = {}): Model =>
  model({ incident: null, clocks: null, events: [], ...more });

/** An alert that fires in the story's incident. */
export const alertView = (rule: string, more: Partial<AlertView>): AlertView => ({
  alert: `${rule}/x`,
  rule,
  state: 'firing',
  severity: 'SEV-1',
  summary: `${rule} is 12`,
  since: new Date(NOW - 480_000).toISOString(),
  runbook: null,
  labels: {},
  incident: told(STORY).incident.id,
  ...more,
});
/** One of every kind. */
export const ALERTS: readonly AlertView[] = [
  alertView('redis_down', { severity: 'SEV-0' }),
  alertView('slow_cart', { severity: 'SEV-2', incident: null }),
  alertView('ws_few', { state: 'no_data', unknown: true }),
  alertView('pg_locks', { state: 'pending', since: new Date(NOW - 20_000).toISOString() }),
  alertView('pg_lag', { silencedUntil: new Date(NOW + 1_200_000).toISOString() }),
  alertView('redis_hits', { inhibited: 'redis_down', flapping: true }),
];
