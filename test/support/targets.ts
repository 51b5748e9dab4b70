/** Targets in every state, as a console knows them. */
import type { TargetView } from '../../panels/model.ts';
import type { ErrorClass, Reading } from '../../src/protocol/reading.ts';
import { at } from '../incident/story.ts';
import {
  type Values,
  reading,
  REDIS,
  REDIS_FACTS,
  POSTGRES,
  POSTGRES_BUSY,
  POSTGRES_FACTS,
  POSTGRES_DETAIL,
  REDIS_ROWS,
  WEBSOCKET,
  HOST,
  HTTP,
} from './readings.ts';
import { MONO, NOW } from './recorded.ts';

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
    takenAt: shown === null ? null : MONO - 400,
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
  const view = target(name, kind, reading(name, kind, values, { at: NOW - ageMs }), { takenAt: MONO - ageMs });
  const missed = Math.max(0, Math.floor(ageMs / view.intervalMs) - 1);
  const history = (metric: string, points: number): readonly (number | null)[] => {
    const known = view.history(metric, points, MONO);
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
