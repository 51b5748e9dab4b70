/** A real hub on a real journal in a folder of its own, and clients on it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client, type ClientOptions } from '../../src/client/client.ts';
import type { Hub, HubOptions } from '../../src/hub/hub-options.ts';
import { startHub } from '../../src/hub/hub.ts';
import { openJournal } from '../../src/log/journal.ts';
import { openOutbox } from '../../src/log/outbox.ts';
import { systemClock } from '../../src/protocol/clock.ts';
import { hubOptions } from './hub-options.ts';
import { chance } from './random.ts';

/** A folder of its own; removed by `tidy`. */
export const folder = (): Promise<string> => mkdtemp(path.join(tmpdir(), 'warroom-'));

/** What a test opened, closed again in reverse order. */
export class Opened {
  readonly #closers: (() => Promise<unknown>)[] = [];

  later(close: () => Promise<unknown>): void {
    this.#closers.unshift(close);
  }

  async tidy(): Promise<void> {
    for (const close of this.#closers.splice(0)) await close();
  }

  async folder(): Promise<string> {
    const dir = await folder();
    // A process that was told to end may still be writing there.
    this.later(() => rm(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 }));
    return dir;
  }

  async hub(dataDir: string, options: Partial<HubOptions> = {}): Promise<Hub> {
    const journal = options.journal ?? (await openJournal({ dir: dataDir }));
    const starting = startHub(hubOptions(dataDir, journal, options));
    starting.catch(() => journal.close());
    const hub = await starting;
    this.later(() => hub.close());
    return hub;
  }

  async client(
    hub: { url: string; token: string },
    name: string,
    options: Partial<ClientOptions> = {},
  ): Promise<Client> {
    const dir = await this.folder();
    const outbox = options.outbox === undefined ? await openOutbox({ dir }) : options.outbox;
    const client = new Client({
      url: hub.url,
      token: hub.token,
      name,
      via: 'console',
      live: true,
      clock: systemClock,
      random: chance,
      ...options,
      outbox,
    });
    this.later(async () => {
      await client.close();
      await outbox?.close();
    });
    return client;
  }
}

/** Submits and waits for the hub's answer. */
export async function ask(
  client: Client,
  command: Parameters<Client['submit']>[0],
  incident: string | null,
): ReturnType<Client['settled']> {
  const { n } = await client.submit(command, incident);
  return client.settled(n);
}

/** Declares an incident; answers its id. */
export async function declare(client: Client, title = 'WebSocket servers unreachable'): Promise<string> {
  const answer = await ask(client, { kind: 'declare', title, severity: 'SEV-1' }, null);
  if (!('ack' in answer)) throw new Error('nack' in answer ? answer.nack.reason : answer.done.said);
  return answer.ack.incident;
}
