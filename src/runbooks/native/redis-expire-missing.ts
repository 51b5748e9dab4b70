/** Gives keys that never expire an expiry. A key that has one is left alone, and so is one that gains it in between. */
import { groupedNumber } from '../../incident/words.ts';
import { numberIn, type Info } from '../../probes/redis/metrics.ts';
import { secondsParam } from './params.ts';
import { keyStep, patternParam, type KeyChange } from './redis-keys.ts';
import { memoryNow, type Words } from './redis-server.ts';
import type { StepContext } from './step.ts';

/** Before 7.0 EXPIRE has no NX. */
const GUARDED = `if redis.call('PTTL', KEYS[1]) == -1 then return redis.call('PEXPIRE', KEYS[1], ARGV[1]) end return 0`;

export function expireCommand(info: Info, key: string, ttlS: number): Words {
  // Else all of them expire in the same second, and everybody writes them again at once.
  const ttl = ttlS + Math.floor(Math.random() * (ttlS / 10 + 1));
  return majorVersion(info) >= 7 ? ['EXPIRE', key, ttl, 'NX'] : ['EVAL', GUARDED, 1, key, ttl * 1000];
}

/** Valkey stays at 7.2.4 here. */
const majorVersion = (info: Info): number => Number(info.get('redis_version')?.split('.', 1)[0] ?? 0);

function change(context: StepContext): KeyChange {
  const ttl = secondsParam(context, 'ttl');
  const pattern = patternParam(context);
  return {
    command: ({ info }, key) => expireCommand(info, key, ttl),
    undo: `PERSIST each key like ${pattern} within ${ttl} s; those with an expiry of their own cannot be told apart then`,
  };
}

export const step = keyStep(change, async (context, server, left) => {
  const { text } = await memoryNow(context, server);
  const expiring = numberIn(server.info, 'expired_keys') ?? 0;
  const gone = (numberIn(await server.refresh(), 'expired_keys') ?? 0) - expiring;
  return {
    state: left === 0 ? 'ok' : 'pending',
    text: `${groupedNumber(left)} keys like ${patternParam(context)} without expiry; ${text}; ${gone} keys expired in the last second`,
  };
});
