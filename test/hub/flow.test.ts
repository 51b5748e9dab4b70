/** How the record flows: chunks, snapshots, epochs, slow readers, heartbeats, a hub that cannot write. */
import { afterEach, expect, test } from 'vitest';
import type { Event } from '../../src/incident/event.ts';
import { openJournal } from '../../src/log/journal.ts';
import { nodeFs } from '../../src/log/disk.ts';
import { Raw } from '../support/raw.ts';
import { until } from '../support/patience.ts';
import { ask, declare, Opened } from '../support/room.ts';

const opened = new Opened();
afterEach(() => opened.tidy());
const fast = { perSecond: 1e6, burst: 1e6 };
const seqs = (raw: Raw): number[] =>
  raw.heard.flatMap((message) =>
    message.type === 'events' && !message.page ? message.events.map(({ seq }) => seq) : [],
  );
const upTo = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);

async function filled(
  count: number,
  limits = {},
): Promise<{ hub: Awaited<ReturnType<typeof opened.hub>>; incident: string }> {
  const hub = await opened.hub(await opened.folder(), { limits: { ...fast, ...limits } });
  const ana = await opened.client(hub, 'ana', { outbox: null, live: false, incident: null });
  const incident = await declare(ana);
  const asked = Array.from({ length: count - 1 }, (_, index) => ask(ana, { kind: 'note', text: `${index}` }, incident));
  await Promise.all(asked);
  return { hub, incident };
}

test('a small gap is resumed in chunks, a large one by snapshot and tail, another epoch from the start', async () => {
  const { hub, incident } = await filled(120, { resume: 50, tail: 10, chunk: 7 });
  const first = await Raw.hello(hub);
  first.say({ type: 'follow', incident, epoch: null, after: 0 });
  const { epoch, snapshot, mode, head } = await first.hear('following');
  expect([mode, head, snapshot?.seq, snapshot?.tailFrom]).toEqual(['reset', 120, 120, 111]);
  expect(snapshot?.state).toMatchObject({ id: incident, head: 120 });
  await until('the tail arrived', () => seqs(first).length === 10);
  expect(seqs(first)).toEqual(upTo(111, 120));

  const near = await Raw.hello(hub);
  near.say({ type: 'follow', incident, epoch, after: 80 });
  expect(await near.hear('following')).toMatchObject({ mode: 'resume', snapshot: null });
  await until('all arrived', () => seqs(near).length === 40);
  expect(seqs(near)).toEqual(upTo(81, 120));
  expect(near.heard.filter(({ type }) => type === 'events').length).toBe(6);

  for (const [said, after] of [
    ['other', 100],
    [epoch, 121],
    [epoch, 10],
  ] as const) {
    const raw = await Raw.hello(hub);
    raw.say({ type: 'follow', incident, epoch: said, after });
    expect(await raw.hear('following')).toMatchObject({ mode: 'reset' });
  }
  first.say({ type: 'page', incident, from: 5, to: 9 });
  const page = await first.hear('events', (message) => message.page === true);
  expect(page.events.map(({ seq }) => seq)).toEqual(upTo(5, 9));
});

test('a console pages back to the first entry', async () => {
  const { hub, incident } = await filled(60, { resume: 20, tail: 5 });
  const ana = await opened.client(hub, 'eve', { incident });
  await until('the tail is there', () => ana.view.events.length === 5);
  expect(ana.view.incident?.head).toBe(60);
  await ana.page(20, 55);
  expect(ana.view.events.map(({ seq }) => seq)).toEqual(upTo(20, 60));
  await ana.page(1, 19);
  expect(ana.view.events).toHaveLength(60);
});

test('joining while others write misses nothing and repeats nothing', async () => {
  const { hub, incident } = await filled(30, { chunk: 3 });
  const writer = await opened.client(hub, 'ben', { outbox: null, incident: null });
  const busy = new AbortController();
  const writing = (async () => {
    for (let index = 0; !busy.signal.aborted; index++) await ask(writer, { kind: 'note', text: `w${index}` }, incident);
  })();
  const joiners: Raw[] = [];
  for (let index = 0; index < 20; index++) {
    const raw = await Raw.hello(hub, { client: `joiner-${index}` });
    raw.say({ type: 'follow', incident, epoch: null, after: 0 });
    joiners.push(raw);
  }
  busy.abort();
  await writing;
  const { events } = hub.stats();
  await until('all have all', () => joiners.every((raw) => seqs(raw).length >= events));
  for (const raw of joiners) expect(seqs(raw)).toEqual(upTo(1, events));
});

test('a console that does not read is cut off as slow; the others have everything', async () => {
  const limits = {
    softBufferBytes: 8_192,
    chunkBelow: 4_096,
    hardBufferBytes: 1e9,
    maxLagEvents: 400,
    closeTimeoutMs: 60_000,
  };
  const { hub, incident } = await filled(2, limits);
  const slow = await Raw.hello(hub, { client: 'slow' });
  slow.say({ type: 'follow', incident, epoch: null, after: 0 });
  await slow.hear('events');
  slow.ws.pause();
  const ben = await opened.client(hub, 'ben', { outbox: null, incident });
  const text = 'x'.repeat(15_000);
  for (let round = 0; round < 40; round++)
    await Promise.all(Array.from({ length: 30 }, () => ask(ben, { kind: 'note', text }, incident)));
  await until('ben has all', () => ben.view.events.length === 1_202);
  slow.ws.resume();
  expect(await slow.closed).toMatchObject({ code: 4008 });
  const held = seqs(slow);
  expect(held).toEqual(upTo(1, held.length));
  expect(held.length).toBeLessThan(1_202);
});

test('the heartbeat carries head and time; who does not answer is let go', async () => {
  const { hub, incident } = await filled(3, { pingMs: 10, beatMs: 20 });
  const raw = await Raw.hello(hub);
  raw.say({ type: 'follow', incident, epoch: null, after: 0 });
  const ping = await raw.hear('ping', ({ head }) => head === 3);
  expect(Math.abs(ping.now - Date.now())).toBeLessThan(60_000);
  expect(await raw.closed).toMatchObject({ code: 4408 });
  const ana = await opened.client(hub, 'ana', { incident });
  await until('pings were answered', () => ana.view.link.rttMs !== null && ana.view.events.length === 3);
  expect(Math.abs(ana.now() - Date.now())).toBeLessThan(1_000);
});

test('a disk that fails: nothing is acknowledged, every screen is told, the entry stays pending', async () => {
  const dir = await opened.folder();
  let broken = false;
  const sync: typeof nodeFs.sync = (fd) => (broken ? Promise.reject(new Error('EIO: i/o error')) : nodeFs.sync(fd));
  const hub = await opened.hub(dir, { journal: await openJournal({ dir, fs: { ...nodeFs, sync } }) });
  const ana = await opened.client(hub, 'ana');
  const ben = await opened.client(hub, 'ben');
  const incident = await declare(ana);
  await until('ben follows', () => ben.view.events.length === 1);
  broken = true;
  await ana.submit({ kind: 'note', text: 'lost?' }, incident);
  await ana.submit({ kind: 'note', text: 'and this?' }, incident);
  await until('all are told', () => [ana, ben].every(({ view }) => view.link.readOnly !== null));
  await until('why is shown', () => ana.view.pending[0]?.reason !== undefined);
  expect(ana.view.pending.map(({ text, state }) => [text, state])).toEqual([
    ['lost?', 'waiting'],
    ['and this?', 'waiting'],
  ]);
  expect(ben.view.events).toHaveLength(1);
  const health = await fetch(`${hub.httpUrl}/healthz`);
  expect([health.status, ((await health.json()) as { status: string }).status]).toEqual([503, 'read_only']);
});

test('readings reach live consoles, the latest first of all', async () => {
  const reading = (at: number) => ({
    target: 'cache',
    kind: 'redis',
    at,
    up: true,
    error: null,
    durationMs: 1,
    instanceId: 'a',
    samples: [{ metric: 'clients', labels: {}, value: at, type: 'gauge' as const }],
    facts: {},
  });
  let tell: (value: ReturnType<typeof reading>) => void = () => {};
  const hub = await opened.hub(await opened.folder(), {
    targets: [{ name: 'cache', kind: 'redis', intervalMs: 1_000 }],
    poller: (onReading) => {
      tell = onReading;
      return { close: () => Promise.resolve() };
    },
  });
  tell(reading(Date.now() - 10));
  const ana = await opened.client(hub, 'ana');
  await until(
    'the known reading arrived',
    () => ana.view.targets[0]?.reading !== null && ana.view.readings.length === 1,
  );
  const at = Date.now();
  tell(reading(at));
  await until('the new one arrived', () => ana.view.targets[0]?.reading?.at === at);
  expect(performance.now() - (ana.view.targets[0]?.takenAt ?? 0)).toBeLessThan(5_000);
  const cli = await Raw.hello(hub, { live: false });
  await cli.hear('welcome');
  tell(reading(at + 1));
  await until('ana has it', () => ana.view.targets[0]?.reading?.at === at + 1);
  cli.say({ type: 'page', incident: 'none', from: 1, to: 1 });
  await cli.hear('fault');
  expect(cli.heard.filter(({ type }) => type === 'readings')).toEqual([]);
});

test('hub time in the record never goes back', async () => {
  let wall = Date.parse('2026-11-23T14:00:00Z');
  const hub = await opened.hub(await opened.folder(), { clock: { wall: () => wall, mono: () => performance.now() } });
  const ana = await opened.client(hub, 'ana');
  const incident = await declare(ana);
  wall -= 3_600_000;
  await ask(ana, { kind: 'note', text: 'an hour earlier?' }, incident);
  await until('both are there', () => ana.view.events.length === 2);
  const recorded = ana.view.events.map((event: Event) => event.recorded);
  expect(recorded).toEqual([...recorded].sort());
});

test('who is typing is told until they stop, or have not said so for a while', async () => {
  const hub = await opened.hub(await opened.folder(), { limits: { typingMs: 900 } });
  const ana = await Raw.hello(hub, { live: true });
  const bob = await Raw.hello(hub, { name: 'bob', client: 'raw-2', live: true });
  const typing = (is: boolean) =>
    ana.hear('presence', ({ people }) => people.some(({ name, typing }) => name === 'bob' && (typing ?? false) === is));
  await typing(false);
  for (const end of [(): void => bob.say({ type: 'typing', on: false }), (): void => {}]) {
    const again = setInterval(() => bob.say({ type: 'typing', on: true }), 100);
    await typing(true).finally(() => clearInterval(again));
    end();
    ana.heard.length = 0;
    await typing(false);
  }
});
