/** Whoever has a token of a system, or none, cannot stop the hub, fill it, or make its alerts a flood of pages. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Client } from '../../src/client/client.ts';
import type { Hub, HubOptions } from '../../src/hub/hub-options.ts';
import { MAX_FIRING } from '../../src/incident/reports.ts';
import { StoreFault } from '../../src/log/event-store.ts';
import { openJournal } from '../../src/log/journal.ts';
import { until } from '../support/patience.ts';
import { declare, Opened } from '../support/room.ts';
import { reportedTo, sourceAt, type Source } from '../support/sources.ts';

const opened = new Opened();
let [hub, ana, source] = [{} as Hub, {} as Client, {} as Source];
beforeAll(async () => {
  ({ hub, ana, source } = await reportedTo(opened, await opened.folder(), {
    limits: { stepMs: 200, perSecond: 1e6, burst: 1e6 },
  }));
});
afterAll(() => opened.tidy());

const deep = (open: string, close: string, levels: number): string => open.repeat(levels) + close.repeat(levels);
const BODIES: readonly (readonly [what: string, body: string | Uint8Array])[] = [
  ['nothing', ''],
  ['no JSON', 'status=firing'],
  ['half of it', '{"alerts":[{"status":"fir'],
  ['null', 'null'],
  ['a number', '1e999'],
  ['deep lists', deep('[', ']', 100_000)],
  ['deep maps', `${'{"alerts":'.repeat(50_000)}1${'}'.repeat(50_000)}`],
  ['bytes', Uint8Array.of(0xff, 0xfe, 0x00)],
  ['other types', '{"alerts":{"0":{"status":"firing"}},"id":{},"event_action":["trigger"],"what":1}'],
  ['a prototype', '{"__proto__":{"alerts":[],"id":"x","what":"y"},"constructor":{}}'],
];

test.each(BODIES)('%s is refused in words everywhere', async (_what, body) => {
  for (const where of ['alerts/alertmanager', 'alerts/pagerduty', 'alerts/generic', 'changes']) {
    const answer = await source.post(where, body);
    expect([400, 413]).toContain(answer.status);
    expect(typeof answer.body['error']).toBe('string');
  }
});

test('a megabyte is too much, and so are paths and names that are tricks', async () => {
  expect((await source.post('alerts/generic', `{"id":"${'x'.repeat(1024 * 1024)}"}`)).status).toBe(413);
  expect((await source.post('alerts/pagerduty', `{"id":"${'x'.repeat(600_000)}"}`)).status).toBe(413);
  for (const path of ['heartbeat/', 'heartbeat/a/b', 'alerts/..%2f..%2ftoken', 'alerts/__proto__', 'heartbeat'])
    expect([400, 404]).toContain((await source.post(path, '{}')).status);
});

test('a flood of 10,000 alerts is bounded, said, and pages nobody a thousand times', async () => {
  const other = await sourceAt(hub.httpUrl, ana, 'calm');
  const statuses = new Map<number, number>();
  let worstMs = 0;
  for (let from = 0; from < 10_000; from += 500) {
    const alerts = Array.from({ length: 500 }, (_, n) => ({
      id: `a${from + n}`,
      name: `Flood${from + n}`,
      severity: 'critical',
      summary: 'x'.repeat(200),
      labels: { host: `h${from + n}` },
    }));
    const { status } = await source.post('alerts/generic', alerts);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    const begin = performance.now();
    await fetch(`${hub.httpUrl}/healthz`);
    worstMs = Math.max(worstMs, performance.now() - begin);
  }
  expect([...statuses.keys()].sort()).toEqual([200, 503]);
  expect(statuses.get(200)).toBe(MAX_FIRING.perSource / 500);
  await until('what fits fires', () => hub.stats().alerts.firing === MAX_FIRING.perSource);
  await until('people are told', () => ana.view.ruleFaults.some(({ rule }) => rule === 'prod'));
  expect(worstMs).toBeLessThan(1_500);
  // Another system is not kept out.
  expect((await other.post('alerts/generic', { id: 'x', severity: 'critical' })).status).toBe(200);
  await until('it fires', () => hub.stats().alerts.firing === MAX_FIRING.perSource + 1);
  const paged = (): number => (ana.view.alerts ?? []).filter(({ paged }) => (paged?.length ?? 0) > 0).length;
  await until('somebody is called', () => paged() >= 20);
  // Two looks later, too.
  for (const id of ['y', 'z']) {
    const before = hub.stats().alerts.firing;
    expect((await other.post('alerts/generic', { id })).status).toBe(200);
    await until('it fires', () => hub.stats().alerts.firing === before + 1);
  }
  expect(paged()).toBe(20);
  // The room goes on.
  const begin = performance.now();
  await declare(ana);
  expect(performance.now() - begin).toBeLessThan(3_000);
  for (let from = 0; from < MAX_FIRING.perSource; from += 500) {
    const over = Array.from({ length: 500 }, (_, n) => ({ id: `a${from + n}`, status: 'resolved' }));
    await until('it is taken', async () => (await source.post('alerts/generic', over)).status === 200);
  }
  await until('it is over', () => hub.stats().alerts.firing === 3);
});

test('while nothing can be written, nothing is taken: the sender is to come again', async () => {
  const dir = await opened.folder();
  const journal = await openJournal({ dir });
  let isFull = false;
  const hubStore: HubOptions['journal']['hubStore'] = (fold) => {
    const store = journal.hubStore(fold);
    const append: typeof store.append = (...args) =>
      isFull ? Promise.reject(new StoreFault('disk_low', 'the disk is full')) : store.append(...args);
    return new Proxy(store, {
      get(target, key) {
        const found: unknown = key === 'append' ? append : Reflect.get(target, key, target);
        return typeof found === 'function' ? (found.bind(target) as unknown) : found;
      },
    });
  };
  const failing = { incidentStore: journal.incidentStore.bind(journal), hubStore, close: () => journal.close() };
  const { hub, source } = await reportedTo(opened, dir, { journal: failing });
  isFull = true;
  for (let n = 0; n < 2; n++)
    expect(await source.post('alerts/generic', { id: 'x' })).toMatchObject({
      status: 503,
      body: { error: 'the disk is full' },
    });
  expect((await source.post('changes', { what: 'x' })).status).toBe(503);
  expect(hub.stats().alerts.firing).toBe(0);
  isFull = false;
  expect((await source.post('alerts/generic', { id: 'x' })).status).toBe(200);
  await until('it fires', () => hub.stats().alerts.firing === 1);
});

test('the same alert from two senders at once is taken once, and both are answered when it is on disk', async () => {
  const twin = await sourceAt(hub.httpUrl, ana, 'twins');
  const alert = { id: 'twins', startsAt: '2026-11-26T22:00:00Z' };
  const answers = await Promise.all(Array.from({ length: 8 }, () => twin.post('alerts/generic', alert)));
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200));
});
