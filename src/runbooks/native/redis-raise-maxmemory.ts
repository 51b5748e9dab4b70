/** Raises the memory limit, up to three quarters of what the machine or the container has: a fork for a save needs the rest. */
import { ProbeFailure } from '../../probes/failure.ts';
import { numberIn } from '../../probes/redis/metrics.ts';
import { bytesInWords, bytesParam } from './params.ts';
import { memoryNow, RedisServer, sameServer } from './redis-server.ts';
import { serverStep, StepRefusal } from './step.ts';

const SHARE = 0.75;

interface Items {
  readonly runId: string;
  readonly before: number;
}

async function limitOf(server: RedisServer): Promise<number> {
  const limit = numberIn(await server.refresh(), 'maxmemory');
  if (limit === null) throw new StepRefusal(`${server.node} does not say what its limit is`);
  return limit;
}

/** There is no such setting: the answer is an error, or that the right is missing. */
const mayConfigure = async (server: RedisServer): Promise<void> =>
  server.call(['CONFIG', 'SET', 'warroom-may-set', '1']).then(
    () => {},
    (error: unknown) => {
      if (!(error instanceof ProbeFailure && error.failure.class === 'protocol')) throw error;
    },
  );

export const step = serverStep(RedisServer.master, {
  async preview(server, context) {
    const wanted = bytesParam(context, 'maxmemory');
    const before = await limitOf(server);
    const machine = numberIn(server.info, 'total_system_memory');
    const memory = Math.min(machine ?? Infinity, server.memoryLimit ?? Infinity);
    if (before === 0) throw new StepRefusal(`${server.node} has no limit: any limit would be a lower one`);
    if (wanted <= before)
      throw new StepRefusal(`the limit of ${server.node} is ${bytesInWords(before)} already: this step only raises it`);
    if (memory === Infinity)
      throw new StepRefusal(
        `${server.node} does not say how much memory it has: give memory_limit_bytes in warroom.yaml`,
      );
    if (wanted > SHARE * memory)
      throw new StepRefusal(
        `${bytesInWords(wanted)} is more than three quarters of ${bytesInWords(memory)}, all the memory there is: ` +
          `${bytesInWords(SHARE * memory)} at most, since a save forks and copies`,
      );
    await mayConfigure(server);
    const isMachine = server.memoryLimit === null;
    return {
      count: 1,
      unit: 'settings',
      samples: [
        `maxmemory ${bytesInWords(before)} -> ${bytesInWords(wanted)}`,
        `used now ${bytesInWords(numberIn(server.info, 'used_memory') ?? 0)}, of ${bytesInWords(memory)} that ${isMachine ? 'the machine has (a container may have less: memory_limit_bytes)' : 'the container may have'}`,
        'it holds until the next restart: CONFIG REWRITE is not done',
      ],
      node: server.node,
      role: 'master',
      complete: true,
      undo: `CONFIG SET maxmemory ${before}`,
      irreversible: false,
      items: { runId: server.runId, before } satisfies Items,
    };
  },

  async apply(server, context, preview, onBatch) {
    const { before } = preview.items as Items;
    sameServer(server, preview);
    const changed = (await limitOf(server)) !== before;
    if (!changed) await server.call(['CONFIG', 'SET', 'maxmemory', bytesParam(context, 'maxmemory')]);
    const done = changed ? { applied: 0, skipped: 1 } : { applied: 1, skipped: 0 };
    await onBatch(done);
    return done;
  },

  async verify(server, context) {
    const limit = await limitOf(server);
    const memory = await memoryNow(context, server);
    const isSet = limit === bytesParam(context, 'maxmemory');
    return {
      state: isSet ? memory.state : 'failed',
      text: `maxmemory is ${bytesInWords(limit)}; ${memory.text}`,
    };
  },
});
