/** kill -9 of a real hub process under load: every acknowledged entry is there once, with its seq, on every console. */
import { afterEach, expect, test } from 'vitest';
import type { Client } from '../../src/client/client.ts';
import { written as asWritten } from '../../src/incident/event-codec.ts';
import { openLog } from '../log/open-store.ts';
import { startChild, type HubChild } from '../support/child.ts';
import { until } from '../support/patience.ts';
import { chance } from '../support/random.ts';
import { declare, Opened } from '../support/room.ts';

const opened = new Opened();
afterEach(() => opened.tidy());
const CYCLES = Number(process.env['WARROOM_KILLS'] ?? (process.env['WARROOM_LONG'] ? 100 : 2));
/** After so many deaths a new record, so that a long run stays about dying. */
const ROUND = 20;

/** A console that missed much holds a tail only; the rest is paged in. */
async function pageBack(client: Client): Promise<void> {
  for (let first = client.view.events[0]?.seq ?? 1; first > 1; first = client.view.events[0]?.seq ?? 1)
    await client.page(1, first - 1);
}

/** Kills the hub `cycles` times while three consoles write, then checks everything. Answers how many entries there are. */
async function killed(cycles: number): Promise<number> {
  const dir = await opened.folder();
  let hub: HubChild = await startChild(dir);
  opened.later(() => hub.kill('SIGKILL'));
  const port = Number(new URL(hub.url).port);
  const names = ['ana', 'ben', 'eve'];
  const clients: Client[] = [];
  for (const name of names) clients.push(await opened.client(hub, name, { random: () => chance() * 0.1 }));
  const [ana] = clients as [Client, Client, Client];
  const incident = await declare(ana);
  await until('all follow', () => clients.every(({ view }) => view.events.length === 1));

  const acked = new Map<string, number>();
  const written: string[] = [];
  const busy = new AbortController();
  const write = async (client: Client, name: string): Promise<void> => {
    for (let index = 0; !busy.signal.aborted; index++) {
      const text = `${name} ${index}`;
      const { n } = await client.submit({ kind: 'note', text }, incident);
      written.push(text);
      void client.settled(n).then((answer) => 'ack' in answer && acked.set(text, answer.ack.seq));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  };
  const writing = clients.map((client, index) => write(client, names[index] ?? ''));
  for (let cycle = 0; cycle < cycles; cycle++) {
    const before = acked.size;
    await until('entries flow', () => acked.size > before + 20);
    // At any moment of a commit, not only right after one.
    await new Promise((resolve) => setTimeout(resolve, chance() * 40));
    await hub.kill('SIGKILL');
    await until('the loss is shown', () => clients.every(({ view }) => view.link.state !== 'live'));
    hub = await startChild(dir, port);
  }
  busy.abort();
  await Promise.all(writing);
  await until('nothing is pending', () => clients.every(({ view }) => view.pending.length === 0));
  await until('all have the last', () => clients.every(({ view }) => view.events.at(-1)?.seq === written.length + 1));
  for (const client of clients) await pageBack(client);

  const [first, ...others] = clients.map(({ view }) => view);
  for (const other of others) expect(other.events).toEqual(first?.events);
  const seqOf = new Map(first?.events.map((event) => [event.kind === 'noted' ? event.data.text : '', event.seq]));
  expect(seqOf.size).toBe(written.length + 1);
  for (const [text, seq] of acked) expect([text, seqOf.get(text)]).toEqual([text, seq]);
  for (const name of names) {
    const own = first?.events.flatMap(({ data, by }) => ('text' in data && by.name === name ? [data.text] : []));
    expect(own).toEqual(written.filter((text) => text.startsWith(name)));
  }

  await hub.kill('SIGKILL');
  const log = await openLog({ dir });
  expect(await log.texts(incident, 0, 1e6)).toEqual(first?.events.map(asWritten));
  await log.close();
  await opened.tidy();
  return written.length;
}

test(
  'entries written while the hub is killed again and again are there exactly once',
  async () => {
    let entries = 0;
    for (let done = 0; done < CYCLES; done += ROUND) {
      entries += await killed(Math.min(ROUND, CYCLES - done));
      if (CYCLES > ROUND) console.log(`${Math.min(CYCLES, done + ROUND)} kills, ${entries} entries: all there, once`);
    }
  },
  60_000 + CYCLES * 10_000,
);
