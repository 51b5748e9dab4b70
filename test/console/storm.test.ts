import { afterEach, expect, test } from 'vitest';
import { until } from '../support/patience.ts';
import { Opened } from '../support/room.ts';
import { sit } from './sit.ts';

const opened = new Opened();
afterEach(() => opened.tidy());

const BURST = Number(process.env['WARROOM_LONG'] ?? 60);

test('a burst of entries while one reads further up: nothing moves, typing is echoed, all are there in the end', async () => {
  const hub = await opened.hub(await opened.folder());
  const writer = await opened.client(hub, 'writer');
  const alice = sit('alice', await opened.client(hub, 'alice'));
  await alice.sees('link ok');
  await alice.type('/declare sev3 storm\n');
  await alice.sees('DECLARED');
  await until('the writer follows', () => writer.view.incident !== null);
  const incident = writer.view.incident?.id ?? null;
  const write = (text: string): Promise<unknown> => writer.submit({ kind: 'note', text }, incident);
  for (let i = 0; i < 60; i++) await write(`before ${i}`);
  await alice.sees('before 59');
  await alice.type('\x1b[5~');
  await alice.sees('scrolled up');
  const reading = (): readonly string[] => alice.terminal.rows().slice(4, 20);
  const before = reading();
  const burst = Promise.all(Array.from({ length: BURST }, (_, i) => write(`burst ${i}`)));
  await alice.type('typing on');
  await alice.sees('> typing on');
  await burst;
  await until('all are durable', () => writer.view.pending.length === 0);
  await alice.sees(`TIMELINE ${61 + BURST} entries`);
  expect(reading()).toEqual(before);
  expect(alice.screen()).toContain('> typing on');
  await alice.type('\x15\x1b[F');
  await alice.sees(`burst ${BURST - 1}`);
});

test('a storm of sizes, down to one cell, leaves the screen it should', async () => {
  const hub = await opened.hub(await opened.folder());
  const alice = sit('alice', await opened.client(hub, 'alice'));
  await alice.sees('link ok');
  await alice.type('half a thought');
  for (let i = 0; i < 40; i++) {
    alice.terminal.resize(1 + ((i * 37) % 200), 1 + ((i * 13) % 60));
    if (i % 8 === 0) await new Promise((resolve) => setTimeout(resolve, 70));
  }
  alice.terminal.resize(90, 28);
  await alice.sees('> half a thought');
  await alice.type(' more');
  await alice.sees('> half a thought more');
  const after = alice.screen();
  expect(after).toContain('no incident open here');
  // Another terminal of that size that has seen nothing else shows the same.
  alice.terminal.send('\x0c');
  await alice.terminal.flush();
  expect(alice.screen().replaceAll(/\d\d:\d\d:\d\d/g, '')).toBe(after.replaceAll(/\d\d:\d\d:\d\d/g, ''));
});

test('a paste of ten thousand characters is one draft, shown at once, and one entry', async () => {
  const hub = await opened.hub(await opened.folder());
  const alice = sit('alice', await opened.client(hub, 'alice'));
  await alice.sees('link ok');
  await alice.type('/declare sev3 paste\n');
  await alice.sees('#1');
  const text = `${'x'.repeat(99)}\n`.repeat(100);
  alice.terminal.send(`\x1b[200~${text}\x1b[201~`);
  await alice.sees('[paste 100 lines, 10,000 chars]');
  expect(alice.screen()).not.toContain('#2');
  await alice.type('\n');
  await alice.sees('#2');
});
