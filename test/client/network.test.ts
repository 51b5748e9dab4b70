/** Bad lines: cut, reset, delayed, half open. Every entry arrives once, and all consoles end equal. */
import { afterEach, expect, test } from 'vitest';
import type { Client } from '../../src/client/client.ts';
import { openOutbox } from '../../src/log/outbox.ts';
import { until } from '../support/patience.ts';
import { declare, Opened } from '../support/room.ts';
import { Proxy } from '../support/proxy.ts';
import { randomFrom } from '../support/random.ts';

const opened = new Opened();
afterEach(() => opened.tidy());
const SEEDS = Number(process.env['WARROOM_SEEDS'] ?? (process.env['WARROOM_LONG'] ? 50 : 2));

/** Time that runs fifty times as fast, so that a dead line is noticed within half a second. */
const hasty = { wall: () => Date.now(), mono: () => performance.now() * 50 };

test.each(Array.from({ length: SEEDS }, (_, index) => index + 1))(
  'a storm of trouble, seed %i',
  async (seed) => {
    const random = randomFrom(seed);
    const hub = await opened.hub(await opened.folder(), {
      limits: { perSecond: 1e6, burst: 1e6, pingMs: 100, beatMs: 50 },
    });
    const incident = await declare(await opened.client(hub, 'host'));
    const lines: Proxy[] = [];
    const clients: Client[] = [];
    for (const name of ['ana', 'ben', 'eve', 'kim']) {
      const proxy = new Proxy(random);
      opened.later(async () => proxy.close());
      const url = await proxy.open(hub.url);
      const outbox = await openOutbox({ dir: await opened.folder() });
      clients.push(
        await opened.client({ url, token: hub.token }, name, {
          incident,
          outbox,
          clock: hasty,
          random: () => random() * 0.2,
        }),
      );
      lines.push(proxy);
    }
    const written: string[] = [];
    for (let step = 0; step < 120; step++) {
      const index = Math.floor(random() * clients.length);
      const [client, line, roll] = [clients[index], lines[index], random()];
      if (client === undefined || line === undefined) continue;
      if (roll < 0.08) line.cut();
      else if (roll < 0.14) line.cut(true);
      else if (roll < 0.2) line.silence();
      else if (roll < 0.3) line.slow = true;
      else if (roll < 0.5) line.slow = false;
      const text = `${index} ${step}`;
      written.push(text);
      await client.submit({ kind: 'note', text }, incident);
      await new Promise((resolve) => setTimeout(resolve, random() * 20));
    }
    for (const line of lines) line.slow = false;
    await until('nothing is pending', () => clients.every(({ view }) => view.pending.length === 0));
    await until('all have all', () => clients.every(({ view }) => view.events.length === written.length + 1));
    const [first, ...others] = clients.map(({ view }) => view.events);
    for (const other of others) expect(other).toEqual(first);
    const texts = first?.flatMap((event) => (event.kind === 'noted' ? [event.data.text] : [])) ?? [];
    for (const index of clients.keys()) {
      const own = (text: string): boolean => text.startsWith(`${index} `);
      expect(texts.filter(own)).toEqual(written.filter(own));
    }
  },
  40_000,
);
