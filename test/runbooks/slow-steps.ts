/** Built-in steps for tests: real changes of a real Redis, slow enough to be stopped, killed and watched. */
import { RedisConnection, type RedisSettings } from '../../src/probes/redis/connection.ts';
import { settingsOfTarget, type MutateStep, type StepContext } from '../../src/runbooks/native/step.ts';

export const BATCH = 50;

/** Sets the expiry where there is none, and counts how often a key was changed. */
const ONCE = `if redis.call('PTTL', KEYS[1]) ~= -1 then return 0 end
redis.call('PEXPIRE', KEYS[1], 3600000) redis.call('HINCRBY', KEYS[2], KEYS[1], 1) return 1`;

async function withRedis<T>(context: StepContext, use: (redis: RedisConnection) => Promise<T>): Promise<T> {
  const redis = await RedisConnection.open(settingsOfTarget<RedisSettings>(context), 2_000, context.signal);
  try {
    return await use(redis);
  } finally {
    redis.close();
  }
}

async function lasting(redis: RedisConnection, pattern: string): Promise<readonly string[]> {
  const keys = ((await redis.call('KEYS', pattern)) as string[]).toSorted();
  const ttls = await redis.batch(keys.map((key) => ['PTTL', key]));
  return keys.filter((_key, at) => ttls[at] === -1);
}

const patternOf = ({ params }: StepContext): string => params['pattern'] ?? '';
/** Between two batches, ms. */
const pauseOf = ({ params }: StepContext): number => Number(params['ttl']);

const expireMissing: MutateStep = {
  batch: BATCH,
  preview: (context) =>
    withRedis(context, async (redis) => {
      const keys = await lasting(redis, patternOf(context));
      context.say(`${keys.length} keys`);
      return {
        count: keys.length,
        unit: 'keys',
        samples: keys.slice(0, 3),
        node: 'here',
        role: 'master',
        complete: patternOf(context) !== 'half:*',
        undo: 'PERSIST',
        irreversible: false,
        items: keys,
      };
    }),
  apply: (context, { items }, onBatch) =>
    withRedis(context, async (redis) => {
      const keys = items as readonly string[];
      let [applied, skipped] = [0, 0];
      for (let at = 0; at < keys.length; at += BATCH) {
        for (const key of keys.slice(at, at + BATCH))
          if ((await redis.call('EVAL', ONCE, 2, key, `changed:${patternOf(context)}`)) === 1) applied++;
          else skipped++;
        await onBatch({ applied, skipped });
        await context.pause(pauseOf(context));
      }
      return { applied, skipped };
    }),
  verify: (context) =>
    withRedis(context, async (redis) => {
      const left = (await lasting(redis, patternOf(context))).length;
      const isNeverKnown = patternOf(context).startsWith('unknown:');
      return { state: isNeverKnown ? 'pending' : left === 0 ? 'ok' : 'failed', text: `${left} keys without expiry` };
    }),
};

export const NATIVE = { 'redis.expire-missing': () => Promise.resolve(expireMissing) };
