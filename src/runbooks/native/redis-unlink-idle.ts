/** Deletes keys that never expire and were not used for long. Both are looked at again at the moment a key is deleted. */
import { groupedNumber } from '../../incident/words.ts';
import { secondsParam } from './params.ts';
import { keyStep, patternParam, type KeyChange } from './redis-keys.ts';
import { memoryNow, type Words } from './redis-server.ts';
import { StepRefusal, type StepContext } from './step.ts';

const GUARDED = `if redis.call('PTTL', KEYS[1]) == -1 and redis.call('OBJECT', 'IDLETIME', KEYS[1]) >= tonumber(ARGV[1]) then return redis.call('UNLINK', KEYS[1]) end return 0`;

export const unlinkCommand = (key: string, idleS: number): Words => ['EVAL', GUARDED, 1, key, idleS];

function change(context: StepContext): KeyChange {
  const idle = secondsParam(context, 'idle');
  return {
    async chosen(server, keys) {
      if (server.info.get('maxmemory_policy')?.includes('lfu') === true)
        throw new StepRefusal(`${server.node} evicts by frequency (lfu) and does not know how long a key was not used`);
      const ages = await server.ask(['OBJECT', 'IDLETIME'], keys);
      return keys.filter((_, i) => Number(ages[i] ?? -1) >= idle);
    },
    command: (_, key) => unlinkCommand(key, idle),
    undo: null,
  };
}

export const step = keyStep(change, async (context, server, left) => {
  const memory = await memoryNow(context, server);
  const text = `${groupedNumber(left)} such keys like ${patternParam(context)} left; ${memory.text}`;
  return { state: left === 0 ? memory.state : 'pending', text };
});
