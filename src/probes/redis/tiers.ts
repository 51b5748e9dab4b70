/** The slow tiers of Redis: slow log, latency events, errors, commands, the state of a cluster or of a sentinel. */
import type { Row } from '../../protocol/reading.ts';
import { ProbeFailure } from '../failure.ts';
import { counters, gauges } from '../session.ts';
import { Tiers, type Part, type Tier } from '../tiers.ts';
import type { RedisConnection } from './connection.ts';
import { infoEntries, infoFields, infoPairs, numberIn, parseInfo, redisMode, type Info } from './metrics.ts';

interface RedisTier extends Tier<unknown> {
  readonly command: readonly (string | number)[];
  readonly when?: (info: Info) => boolean;
}
/** A sentinel knows few commands. */
const hasKeys = (info: Info): boolean => redisMode(info) !== 'sentinel';
const isCluster = (info: Info): boolean => redisMode(info) === 'cluster';
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** New entries of the slow log are the growth of its last id, which is kept over a SLOWLOG RESET. */
function slowLog(): RedisTier {
  let last = -1;
  const part = (answer: unknown): Part => {
    const entries = list(answer).map(list);
    last = Math.max(last, ...entries.map((entry) => Number(entry[0])).filter(Number.isFinite));
    const rows = entries.map(([id, at, usec, words, client]): Row => ({
      id: Number(id),
      at: Number(at),
      ms: Number(usec) / 1000,
      // Arguments may be data: the command and its first key are enough to find it.
      command: list(words).slice(0, 2).map(String).join(' ').slice(0, 120),
      client: typeof client === 'string' ? client : '',
    }));
    return { samples: counters({ redis_slowlog_last_id: last }), rows: { slowlog: rows } };
  };
  return { name: 'slow log', everyMs: 5000, command: ['SLOWLOG', 'GET', 8], when: hasKeys, part };
}

function latency(answer: unknown): Part {
  const events = list(answer).map(list);
  const samples = events.flatMap(([event, , last, most]) =>
    gauges(
      { redis_latency_latest_seconds: Number(last) / 1000, redis_latency_max_seconds: Number(most) / 1000 },
      { event: String(event) },
    ),
  );
  return { samples };
}

/** How many errors, and how many commands, a panel can show. */
const MOST = 10;

function errors(answer: unknown): Part {
  // Servers before 6.2 have no such section, and zero would be a guess.
  if (!/^# Errorstats/im.test(String(answer))) return {};
  const fields = infoEntries(parseInfo(String(answer)), /^errorstat_(.+)$/);
  const counts = fields.map(([error, text]) => [error, infoFields(text)['count'] ?? 0] as const);
  const most = counts.toSorted((a, b) => b[1] - a[1]).slice(0, MOST);
  const oom = counters({ redis_oom_errors: Object.fromEntries(counts)['OOM'] ?? 0 });
  return { samples: [...oom, ...most.flatMap(([error, count]) => counters({ redis_errors: count }, { error }))] };
}

function commands(answer: unknown): Part {
  const rows = infoEntries(parseInfo(String(answer)), /^cmdstat_(.+)$/).map(([command, text]): Row => {
    const { calls = 0, usec = 0, usec_per_call = 0 } = infoFields(text);
    return { command, calls, usec, usec_per_call };
  });
  return { rows: { commands: rows.toSorted((a, b) => Number(b['usec']) - Number(a['usec'])).slice(0, MOST) } };
}

function cluster(answer: unknown): Part {
  const info = parseInfo(String(answer));
  return {
    samples: gauges({
      redis_cluster_state: info.get('cluster_state') === 'ok' ? 1 : 0,
      redis_cluster_slots_ok: numberIn(info, 'cluster_slots_ok'),
      redis_cluster_slots_pfail: numberIn(info, 'cluster_slots_pfail'),
      redis_cluster_slots_fail: numberIn(info, 'cluster_slots_fail'),
      redis_cluster_known_nodes: numberIn(info, 'cluster_known_nodes'),
    }),
  };
}

/** `master0:name=main,status=ok,address=10.0.0.1:6379,slaves=2,sentinels=3` */
function sentinel(answer: unknown): Part {
  const masters = infoEntries(parseInfo(String(answer)), /^master(\d+)$/).map(([, text]) => infoPairs(text));
  const samples = masters.flatMap(({ name, status, slaves, sentinels }) =>
    gauges(
      {
        redis_sentinel_master_ok: status === 'ok' ? 1 : 0,
        redis_sentinel_replicas: Number(slaves),
        redis_sentinel_sentinels: Number(sentinels),
      },
      { master: String(name) },
    ),
  );
  return { samples, rows: { masters } };
}

type RedisTiers = Tiers<unknown, RedisTier>;

export const redisTiers = (): RedisTiers =>
  new Tiers([
    slowLog(),
    { name: 'latency', everyMs: 5000, command: ['LATENCY', 'LATEST'], when: hasKeys, part: latency },
    { name: 'errors', everyMs: 10_000, command: ['INFO', 'errorstats'], part: errors },
    { name: 'commands', everyMs: 10_000, command: ['INFO', 'commandstats'], part: commands },
    { name: 'cluster', everyMs: 10_000, command: ['CLUSTER', 'INFO'], when: isCluster, part: cluster },
    { name: 'sentinel', everyMs: 5000, command: ['INFO', 'sentinel'], when: (info) => !hasKeys(info), part: sentinel },
  ]);

/** A command that the user may not run is no failure of the poll. */
export const readTiers = (tiers: RedisTiers, connection: RedisConnection, info: Info) =>
  tiers.read(
    (due) =>
      Promise.all(
        due.map(({ command: [name = '', ...args] }) =>
          connection.call(String(name), ...args).catch((error: unknown) => {
            if (error instanceof ProbeFailure && connection.isOpen) return error;
            throw error;
          }),
        ),
      ),
    (tier) => tier.when?.(info) ?? true,
  );
