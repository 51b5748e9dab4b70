/** Ends one client by its id, which a server never gives twice. */
import { bytesInWords, textParam } from './params.ts';
import { RedisServer, sameServer } from './redis-server.ts';
import { serverStep, StepRefusal } from './step.ts';

interface Client extends Readonly<Record<string, string | undefined>> {
  readonly id?: string;
}

/** `id=7 addr=127.0.0.1:5000 name=web omem=0 …`; the name of a client has no blanks. */
const clientsIn = (list: string): readonly Client[] =>
  list
    .split('\n')
    .filter((line) => line.startsWith('id='))
    .map((line) => {
      const pairs = line
        .split(' ')
        .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]);
      return Object.fromEntries(pairs) as Client;
    });

const buffer = (client: Client): number => Number(client['omem'] ?? 0);
const described = (client: Client): string =>
  `id ${client.id}, ${client['addr']}${client['name'] ? ` "${client['name']}"` : ''}, user ${client['user'] ?? '?'}, connected ${client['age']} s, buffer ${bytesInWords(buffer(client))}, last command ${client['cmd']}`;

const REPLICATION = /[SM]/;
const MAX_LISTED = 5;

async function clients(server: RedisServer): Promise<readonly Client[]> {
  return clientsIn(String(await server.call(['CLIENT', 'LIST'])));
}

export const step = serverStep(RedisServer.master, {
  async preview(server, context) {
    const all = await clients(server);
    const biggest = all.toSorted((a, b) => buffer(b) - buffer(a)).slice(0, MAX_LISTED);
    const id = textParam(context, 'client');
    const found = all.find((client) => client.id === id);
    if (found === undefined)
      throw new StepRefusal(
        `${server.node} has no client ${id.slice(0, 40)}; those with the biggest buffers: ${biggest.map(described).join('; ')}`,
      );
    if (REPLICATION.test(found['flags'] ?? ''))
      throw new StepRefusal(`client ${id} is replication: it is never ended here`);
    if (found['name'] === 'warroom') throw new StepRefusal(`client ${id} is this hub’s own`);
    // Nobody has this id: a missing right is told now.
    await server.call(['CLIENT', 'KILL', 'ID', Number.MAX_SAFE_INTEGER]);
    const isLarge = buffer(found) >= 2 ** 20;
    return {
      count: 1,
      unit: 'clients',
      samples: [described(found), ...(isLarge ? [] : ['its buffer is small: ending it frees next to nothing'])],
      node: server.node,
      role: 'master',
      complete: true,
      bytes: buffer(found),
      undo: null,
      irreversible: true,
      items: { runId: server.runId },
    };
  },

  async apply(server, context, preview, onBatch) {
    sameServer(server, preview);
    const ended = Number(await server.call(['CLIENT', 'KILL', 'ID', textParam(context, 'client')]));
    const done = { applied: ended, skipped: 1 - ended };
    await onBatch(done);
    return done;
  },

  async verify(server, context) {
    const all = await clients(server);
    const isThere = all.some(({ id }) => id === context.params['client']);
    const held = all.reduce((sum, client) => sum + buffer(client), 0);
    return {
      state: isThere ? 'pending' : 'ok',
      text: `client ${context.params['client']} is ${isThere ? 'still connected' : 'gone'}; all buffers together ${bytesInWords(held)}`,
    };
  },
});
