/** Writes keys until Redis uses a share of its memory. */
import { Redis } from 'ioredis';
import type { SettingsReader } from '../../probes/settings-reader.ts';
import type { Fault } from './fault.ts';

const BATCH = 50;
const VALUE = 'x'.repeat(4_000);

export const redisFill: Fault = {
  kind: 'redis',
  read(settings) {
    const [keys, to] = [settings.filled('keys') ?? '', shareOf(settings)];
    const expireMs = settings.duration('expire', null);
    return async (url) => {
      const redis = new Redis(url, { maxRetriesPerRequest: 1 });
      redis.on('error', () => {});
      const written: string[] = [];
      try {
        while ((await usedShare(redis)) < to) {
          const batch = redis.pipeline();
          for (let i = 0; i < BATCH; i++) {
            const key = `${keys}${written.length}`;
            written.push(key);
            if (expireMs === null) batch.set(key, VALUE);
            else batch.set(key, VALUE, 'PX', expireMs);
          }
          // Full: it is what was asked for, though no share was reached.
          if ((await batch.exec())?.some(([fault]) => fault !== null)) break;
        }
      } finally {
        redis.disconnect();
      }
      return async () => {
        const again = new Redis(url, { maxRetriesPerRequest: 1 });
        await again.unlink(written).finally(() => again.disconnect());
      };
    };
  },
};

/** `to: 93%`; 1 with a fault. */
function shareOf(settings: SettingsReader): number {
  const share = Number(/^(\d+(?:\.\d+)?)%$/.exec(settings.filled('to') ?? '')?.[1]) / 100;
  if (settings.has('to') && !(share > 0 && share <= 1)) settings.fault('to', 'to must be a share such as 93%');
  return share > 0 && share <= 1 ? share : 1;
}

async function usedShare(redis: Redis): Promise<number> {
  const info = await redis.info('memory');
  const of = (name: string): number => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1]);
  if (!(of('maxmemory') > 0)) throw new Error('this Redis has no maxmemory: nobody can fill it');
  return of('used_memory') / of('maxmemory');
}
