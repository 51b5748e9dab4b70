/** What a full Redis suffers from, in one sentence, from INFO twice: that is all a probe's user may ask. */
import { groupedNumber } from '../../incident/words.ts';
import { infoEntries, infoFields, memoryUsage, numberIn, type Info } from '../../probes/redis/metrics.ts';
import { bytesInWords } from './params.ts';
import { redisPressure, RedisServer } from './redis-server.ts';
import { withServer, type ObserveStep } from './step.ts';

const WATCHED_MS = 2000;
const FULL = 0.85;
/** From this share of what is used on, buffers are the matter and not keys. */
const LARGE_SHARE = 0.2;

export const step: ObserveStep = (context) =>
  withServer(RedisServer.own, context, async (server) => {
    await context.pause(WATCHED_MS);
    return redisDiagnosis(server.info, await server.refresh(), server.memoryLimit);
  });

/** `now` is of two seconds after `before`. */
export function redisDiagnosis(before: Info, now: Info, memoryLimit: number | null): string {
  const usage = memoryUsage(now, memoryLimit);
  const max = numberIn(now, 'maxmemory');
  if (usage === null || max === null)
    return 'Not known: INFO says neither how much memory is used nor what the limit is.';
  const { refused, evicted, everRefused } = redisPressure(before, now);
  const policy = now.get('maxmemory_policy') ?? 'unknown policy';
  const full = `${Math.round(100 * usage.ratio)} % of ${max > 0 ? `maxmemory, ${bytesInWords(max)}` : usage.basis === 'configured' ? 'the container’s memory' : 'the machine’s memory, and no maxmemory is set'}`;
  const effect = effectOf(policy, refused, evicted, everRefused);
  const cause = causeOf(now);
  if (usage.ratio < FULL && !refused && !evicted)
    return `Memory is not full now: ${full}, no write refused and no key evicted in 2 s (INFO); what was is not known.`;
  return `${effect}; ${cause ?? 'what takes the memory is not known: /inspect looks at the keys'} (${full}; INFO, twice within 2 s).`;
}

function effectOf(policy: string, refused: number | null, evicted: number | null, oom: number | null): string {
  if (refused !== null && refused > 0)
    return `Writes fail: ${policy}, and ${groupedNumber(refused)} were refused in 2 s`;
  if (evicted !== null && evicted > 0)
    return `Keys are thrown away: ${policy}, and ${groupedNumber(evicted)} were evicted in 2 s`;
  if (policy !== 'noeviction') return `It is full, as a cache is with ${policy}, and evicts nothing now`;
  if (oom === null) return 'It is full with noeviction; whether writes fail is not counted by this version';
  return oom > 0
    ? `Writes have failed: noeviction, and ${groupedNumber(oom)} were refused since it was started, none in 2 s`
    : 'Writes will fail: noeviction, and none was refused yet';
}

/** What takes the memory, the plainest evidence first; null: nothing of what INFO says stands out. */
function causeOf(info: Info): string | null {
  const used = numberIn(info, 'used_memory') ?? 0;
  const share = (bytes: number | null): number => (used === 0 ? 0 : (bytes ?? 0) / used);
  const buffers = numberIn(info, 'mem_not_counted_for_evict');
  if (share(buffers) > LARGE_SHARE) {
    const replicas = numberIn(info, 'connected_slaves') ?? 0;
    const whose =
      numberIn(info, 'aof_enabled') === 1 && replicas === 0 ? 'the append-only file' : `${replicas} replicas`;
    return `buffers for ${whose} take ${bytesInWords(buffers ?? 0)}: one falls behind`;
  }
  const clients = numberIn(info, 'mem_clients_normal');
  if (share(clients) > LARGE_SHARE)
    return `buffers of clients take ${bytesInWords(clients ?? 0)}: one asks for more than it reads`;
  const [ratio, lost] = [numberIn(info, 'mem_fragmentation_ratio'), numberIn(info, 'mem_fragmentation_bytes')];
  if ((ratio ?? 0) > 1.5 && (lost ?? 0) > 100e6)
    return `fragmentation wastes ${bytesInWords(lost ?? 0)}, ${ratio} times what is used`;
  const databases = infoEntries(info, /^db(\d+)$/).map(([, text]) => infoFields(text));
  const sum = (field: string): number => databases.reduce((all, fields) => all + (fields[field] ?? 0), 0);
  const [keys, lasting] = [sum('keys'), sum('keys') - sum('expires')];
  return keys > 0 && lasting / keys > 0.05
    ? `${groupedNumber(lasting)} of ${groupedNumber(keys)} keys never expire`
    : null;
}
