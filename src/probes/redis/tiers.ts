/** The slow tiers of Redis: the slow log, latency events, errors and commands, the state of a cluster. */
import type { Row } from '../../protocol/reading.ts';
import { ProbeFailure } from '../failure.ts';
import { Samples } from '../session.ts';
import { Tiers, type Part, type Slow, type Tier } from '../tiers.ts';
import type { RedisConnection } from './connection.ts';
import { infoFields, redisMode, numberIn, parseInfo, type Info } from './info.ts';

interface RedisTier extends Tier<unknown> {
  readonly command: readonly (string | number)[];
  /** Asked only of servers where this is so. */
  readonly when?: (info: Info) => boolean;
}
/** A sentinel knows few commands. */
const hasKeys = (info: Info): boolean => redisMode(info) !== 'sentinel';
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** New entries of the slow log are the growth of its last id. `seen` outlives a SLOWLOG RESET. */
function slowLog(): RedisTier {
  let seen = -1;
  const part = (answer: unknown): Part => {
    const entries = list(answer).map(list);
    seen = Math.max(seen, ...entries.map((entry) => Number(entry[0])).filter(Number.isFinite));
    const samples = new Samples();
    samples.counter('redis_slowlog_last_id', seen);
    const rows = entries.map(([id, at, usec, words, client]): Row => ({
      id: Number(id),
      at: Number(at),
      ms: Number(usec) / 1000,
      // Arguments may be data: the command and its first key are enough to find it.
      command: list(words).slice(0, 2).map(String).join(' ').slice(0, 120),
      client: typeof client === 'string' ? client : '',
    }));
    return { samples: samples.list, rows: { slowlog: rows } };
  };
  return { name: 'slow log', everyMs: 5000, command: ['SLOWLOG', 'GET', 8], when: hasKeys, part };
}

function latency(answer: unknown): Part {
  const samples = new Samples();
  for (const [event, , last, most] of list(answer).map(list)) {
    samples.gauge('redis_latency_latest_seconds', Number(last) / 1000, { event: String(event) });
    samples.gauge('redis_latency_max_seconds', Number(most) / 1000, { event: String(event) });
  }
  return { samples: samples.list };
}

/** As many kinds of errors, and of commands, as are of use on a screen. */
const MOST = 10;

function errors(answer: unknown): Part {
  const text = String(answer);
  const samples = new Samples();
  // Before 6.2 there is no such section, and zero would be a guess.
  if (!/^# Errorstats/im.test(text)) return {};
  const counts = [...parseInfo(text)].flatMap(([field, value]) => {
    const error = /^errorstat_(.+)$/.exec(field)?.[1];
    return error === undefined ? [] : [[error, infoFields(value)['count'] ?? 0] as const];
  });
  samples.counter('redis_oom_errors', counts.find(([error]) => error === 'OOM')?.[1] ?? 0);
  for (const [error, count] of counts.toSorted((a, b) => b[1] - a[1]).slice(0, MOST))
    samples.counter('redis_errors', count, { error });
  return { samples: samples.list };
}

function commands(answer: unknown): Part {
  const rows = [...parseInfo(String(answer))].flatMap(([field, value]): Row[] => {
    const command = /^cmdstat_(.+)$/.exec(field)?.[1];
    const { calls = 0, usec = 0, usec_per_call: each = 0 } = infoFields(value);
    return command === undefined ? [] : [{ command, calls, usec, usec_per_call: each }];
  });
  return { rows: { commands: rows.toSorted((a, b) => Number(b['usec']) - Number(a['usec'])).slice(0, MOST) } };
}

function cluster(answer: unknown): Part {
  const info = parseInfo(String(answer));
  const samples = new Samples();
  samples.gauge('redis_cluster_state', info.get('cluster_state') === 'ok' ? 1 : 0);
  for (const state of ['ok', 'pfail', 'fail'])
    samples.gauge(`redis_cluster_slots_${state}`, numberIn(info, `cluster_slots_${state}`));
  samples.gauge('redis_cluster_known_nodes', numberIn(info, 'cluster_known_nodes'));
  return { samples: samples.list };
}

/** `master0:name=main,status=ok,address=10.0.0.1:6379,slaves=2,sentinels=3` */
function sentinel(answer: unknown): Part {
  const samples = new Samples();
  const masters = [...parseInfo(String(answer))].flatMap(([field, text]): Row[] =>
    /^master\d+$/.test(field) ? [Object.fromEntries(text.split(',').map((pair) => pair.split('=', 2)))] : [],
  );
  for (const row of masters) {
    const master = String(row['name']);
    samples.gauge('redis_sentinel_master_ok', row['status'] === 'ok' ? 1 : 0, { master });
    samples.gauge('redis_sentinel_replicas', Number(row['slaves']), { master });
    samples.gauge('redis_sentinel_sentinels', Number(row['sentinels']), { master });
  }
  return { samples: samples.list, rows: { masters } };
}

type RedisTiers = Tiers<unknown, RedisTier>;

export const redisTiers = (): RedisTiers =>
  new Tiers<unknown, RedisTier>([
    slowLog(),
    { name: 'latency', everyMs: 5000, command: ['LATENCY', 'LATEST'], when: hasKeys, part: latency },
    { name: 'errors', everyMs: 10_000, command: ['INFO', 'errorstats'], part: errors },
    { name: 'commands', everyMs: 10_000, command: ['INFO', 'commandstats'], part: commands },
    {
      name: 'cluster',
      everyMs: 10_000,
      command: ['CLUSTER', 'INFO'],
      when: (info) => redisMode(info) === 'cluster',
      part: cluster,
    },
    { name: 'sentinel', everyMs: 5000, command: ['INFO', 'sentinel'], when: (info) => !hasKeys(info), part: sentinel },
  ]);

/** Reads the tiers that are due and answers all that is known. A command the user may not run is named, not fatal. */
export async function readRedisTiers(tiers: RedisTiers, connection: RedisConnection, info: Info): Promise<Slow> {
  const due = tiers.due().filter((tier) => tier.when?.(info) ?? true);
  await Promise.all(
    due.map(async (tier) => {
      const [name = '', ...args] = tier.command;
      const answer = await connection.call(String(name), ...args).catch((error: unknown) => {
        if (error instanceof ProbeFailure && connection.isOpen) return error;
        throw error;
      });
      tiers.keep(tier, answer);
    }),
  );
  return tiers.known();
}
