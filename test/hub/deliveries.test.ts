/** What a running hub delivers to a receiver on this machine, in which order, and what it records of it. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Client } from '../../src/client/client.ts';
import type { Receiver } from '../../src/delivery/receiver.ts';
import webhook from '../../src/delivery/receivers/webhook.ts';
import type { Hub } from '../../src/hub/hub-options.ts';
import { MESSAGE_KINDS } from '../../src/incident/deliveries.ts';
import { HANDBOOK_POLICY } from '../../src/incident/policy.ts';
import type { DeliveryView } from '../../src/protocol/messages.ts';
import { settingsOf } from '../delivery/contract.ts';
import { Provider, type Behaviour } from '../delivery/provider.ts';
import { planFor } from '../support/on-call.ts';
import { until } from '../support/patience.ts';
import { ask, Opened } from '../support/room.ts';
import { Patient } from './watched.ts';

const opened = new Opened();
const patient = new Patient().set('cache', { redis_memory_usage: 0.4 });
let hook: Provider;
let other: Provider;
let hub: Hub;
let eve: Client;

const receiver = (name: string, { url }: Provider, more: Partial<Receiver> = {}): Receiver => ({
  name,
  kindName: 'webhook',
  kind: webhook,
  events: MESSAGE_KINDS,
  min: 'SEV-3',
  routes: [],
  drills: false,
  settings: settingsOf(webhook, { url, timeout: '2s' }),
  ...more,
});

beforeAll(async () => {
  const quiet = { check: () => [], good: () => ({ status: 200 }) };
  [hook, other] = [await Provider.open(quiet), await Provider.open(quiet)];
  const rule =
    '  - { name: Memory, condition: redis_memory_usage > 90%, severity: SEV-1, keep: 0s, route: cache-people }';
  hub = await opened.hub(await opened.folder(), {
    ...patient.options(rule),
    oncall: planFor('on-call-primary', 'cache-people'),
    receivers: [
      receiver('hook', hook),
      receiver('other', other, { min: 'SEV-1', events: ['declared', 'resolved', 'update'], drills: true }),
    ],
    publicUrl: 'https://hub.example.org',
  });
  eve = await opened.client(hub, 'eve');
});
beforeEach(() => {
  for (const one of [hook, other]) one.requests.length = one.script.length = 0;
});
afterAll(async () => {
  await opened.tidy();
  await Promise.all([hook.close(), other.close()]);
});

const kindsAt = (one: Provider): readonly string[] => one.requests.map(({ json }) => (json as { kind: string }).kind);
const last = (one: Provider) => one.requests.at(-1)?.json as Record<string, unknown> | undefined;
const deliveries = (): readonly DeliveryView[] => eve.view.deliveries ?? [];
/** Declares, follows, and answers the id. */
async function declared(severity: 'SEV-1' | 'SEV-2', drill = false): Promise<string> {
  const answer = await ask(eve, { kind: 'declare', title: 'checkout is down', severity, drill }, null);
  if (!('ack' in answer)) throw new Error(JSON.stringify(answer));
  eve.follow(answer.ack.incident);
  return answer.ack.incident;
}
/** Ends it, and waits until all of it is out. */
async function over(id: string, to: 'closed' | 'cancelled' = 'cancelled'): Promise<void> {
  await ask(eve, { kind: 'set_status', to }, id);
  await until(
    'nothing is on its way',
    () =>
      deliveries().some((one) => one.incident === id && one.status === to) &&
      deliveries().every(({ state }) => state !== 'waiting'),
    () => JSON.stringify(deliveries()),
  );
}
const settled = (incident: string, count: number): Promise<readonly DeliveryView[]> =>
  until(
    `${count} deliveries of ${incident} are settled`,
    () => {
      const mine = deliveries().filter((one) => one.incident === incident && one.state === 'delivered');
      return mine.length >= count && mine;
    },
    () => JSON.stringify(deliveries(), null, 1),
  );

test('what happens in an incident is told to each receiver that wants it, once and in order', async () => {
  const id = await declared('SEV-2');
  await ask(eve, { kind: 'assign_role', role: 'ic', name: 'eve' }, id);
  await ask(eve, { kind: 'note', text: 'nobody outside cares' }, id);
  await ask(eve, { kind: 'set_severity', to: 'SEV-1' }, id);
  await ask(eve, { kind: 'update_public', text: 'We look into it.', state: 'investigating' }, id);
  await ask(eve, { kind: 'set_severity', to: 'SEV-3' }, id);
  await ask(eve, { kind: 'set_status', to: 'resolved', public: 'All is well.' }, id);
  await settled(id, 11);
  // L1 is called by itself.
  expect(kindsAt(hook).filter((kind) => kind !== 'page')).toEqual([
    'declared',
    'role',
    'severity',
    'update',
    'severity',
    'resolved',
    'update',
  ]);
  expect(kindsAt(hook).filter((kind) => kind === 'page')).toHaveLength(1);
  // Only what concerns it: it was not severe enough when it was declared, but once it was it is told the end.
  expect(kindsAt(other)).toEqual(['update', 'resolved', 'update']);
  expect(last(other)).toMatchObject({ kind: 'update', text: 'All is well.', status: 'resolved' });
  expect(other.requests[0]?.json).toMatchObject({
    kind: 'update',
    incident: id,
    severity: 'SEV-1',
    text: 'We look into it.',
    url: `https://hub.example.org/#${id}`,
  });
  expect(other.requests[1]?.json).toMatchObject({ severity: 'SEV-3', status: 'resolved', title: 'checkout is down' });
  const ids = [...hook.requests, ...other.requests].map(({ headers }) => headers['webhook-id']);
  expect(new Set(ids).size).toBe(ids.length);
  await over(id, 'closed');
});

test('a drill goes only to a receiver that takes drills, and says so', async () => {
  const id = await declared('SEV-1', true);
  await settled(id, 1);
  expect(last(other)).toMatchObject({ kind: 'declared', text: expect.stringContaining('DRILL') as string });
  expect(hook.requests).toEqual([]);
  await over(id);
});

test.each<[string, Behaviour[], Partial<DeliveryView>]>([
  [
    '500, then well',
    [{ status: 500 }],
    { state: 'delivered', attempts: 2, lastError: expect.stringMatching(/answered 500/) as string },
  ],
  ['a cut connection, then well', ['cut'], { state: 'delivered', attempts: 2, isRepeated: true }],
  [
    '404',
    [{ status: 404 }],
    { state: 'failed', attempts: 1, lastError: expect.stringMatching(/answered 404/) as string },
  ],
])('%s', async (_, script, expected) => {
  other.script = script;
  const id = await declared('SEV-1');
  const found = await until(
    'it is settled',
    () => deliveries().find((one) => one.incident === id && one.receiver === 'other' && one.state === expected.state),
    () => JSON.stringify(deliveries()),
  );
  expect(found).toMatchObject(expected);
  expect(other.requests).toHaveLength(found.attempts);
  expect(new Set(other.requests.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([found.id]));
  await over(id);
});

test('Retry-After is honoured, and a person may ask at once', async () => {
  other.script = [{ status: 429, headers: { 'retry-after': '600' } }];
  const id = await declared('SEV-1');
  const waiting = await until('it waits', () =>
    deliveries().find((one) => one.incident === id && one.retryAt !== undefined),
  );
  expect(Date.parse(waiting.retryAt ?? '') - Date.now()).toBeGreaterThan(500_000);
  expect(await ask(eve, { kind: 'retry_delivery', id: waiting.id }, null)).toMatchObject({ done: {} });
  await until('it is delivered', () => deliveries().find((one) => one.id === waiting.id)?.state === 'delivered');
  expect(await ask(eve, { kind: 'retry_delivery', id: waiting.id }, null)).toMatchObject({
    nack: { code: 'conflict' },
  });
  await over(id);
});

test('what waits for a receiver that failed goes out as soon as it takes a message again', async () => {
  const receivers = [receiver('hook', hook, { events: ['declared'] })];
  // A hundred times the usual delay.
  const one = await opened.hub(await opened.folder(), { random: () => 100, receivers });
  const ana = await opened.client(one, 'ana');
  hook.script = [{ status: 500 }, { status: 500, headers: { 'retry-after': '600' } }];
  const declare = async (title: string): Promise<string> => {
    const answer = await ask(ana, { kind: 'declare', title, severity: 'SEV-1', drill: false }, null);
    return 'ack' in answer ? (answer.ack.incident ?? '') : JSON.stringify(answer);
  };
  const waits = (incident: string) =>
    until('it waits', () => ana.view.deliveries?.some((one) => one.incident === incident && one.retryAt !== undefined));
  const first = await declare('db');
  await waits(first);
  const asked = await declare('cache');
  await waits(asked);
  const last = await declare('web');
  const ofAll = () => Object.fromEntries((ana.view.deliveries ?? []).map((one) => [one.incident, one.state]));
  await until(
    'both are delivered',
    () => [first, last].every((id) => ofAll()[id] === 'delivered'),
    () => JSON.stringify(ana.view.deliveries),
  );
  // The receiver asked for its delay.
  expect(ofAll()[asked]).toBe('waiting');
});

test('a clock that is set back holds nothing up', async () => {
  let behind = 0;
  const clock = { wall: () => Date.now() - behind, mono: () => performance.now() };
  const one = await opened.hub(await opened.folder(), { clock, receivers: [receiver('hook', hook)] });
  const ana = await opened.client(one, 'ana');
  hook.script = [{ status: 500 }];
  await ask(ana, { kind: 'declare', title: 'db', severity: 'SEV-1', drill: false }, null);
  const waits = await until('it waits', () => ana.view.deliveries?.find(({ retryAt }) => retryAt !== undefined));
  behind = 3_600_000;
  await until(
    'it is delivered',
    () => ana.view.deliveries?.find(({ id }) => id === waits.id)?.state === 'delivered',
    () => JSON.stringify(ana.view.deliveries),
  );
});

test('a page for an alert without an incident, its acknowledgement and its end', async () => {
  patient.set('cache', { redis_memory_usage: 0.95 });
  await until('the page is out', () => kindsAt(hook).includes('page'));
  expect(last(hook)).toMatchObject({
    incident: null,
    severity: 'SEV-1',
    status: null,
    title: 'Memory{target="cache"}',
  });
  await ask(eve, { kind: 'acknowledge', alert: 'Memory{target="cache"}' }, null);
  await until('the acknowledgement is out', () => kindsAt(hook).includes('acknowledged'));
  patient.set('cache', { redis_memory_usage: 0.1 });
  await until('the end is out', () => kindsAt(hook).includes('resolved'));
  await until('all is delivered', () => deliveries().filter(({ incident }) => incident === null).length === 3);
});

test('what waits for a receiver that is taken out of the configuration is given up, by name', async () => {
  const gone = receiver('gone', hook);
  const settings = { policy: HANDBOOK_POLICY, targets: [], rules: [], apply: () => {}, tls: null, later: null };
  const mine = await opened.hub(await opened.folder(), {
    receivers: [gone],
    reload: () => Promise.resolve({ ...settings, receivers: [] }),
  });
  hook.script = [{ status: 503, headers: { 'retry-after': '600' } }];
  const ana = await opened.client(mine, 'ana');
  await ask(ana, { kind: 'test_delivery', receiver: 'gone' }, null);
  await until('it waits', () => ana.view.deliveries?.[0]?.retryAt !== undefined);
  await mine.reload();
  const failed = await until('it is given up', () => ana.view.deliveries?.find(({ state }) => state === 'failed'));
  expect(failed.lastError).toBe('receivers.yaml has no receiver gone any more');
});

test('a test is marked, and a receiver that does not exist is named', async () => {
  expect(await ask(eve, { kind: 'test_delivery', receiver: 'hook' }, null)).toMatchObject({ done: {} });
  await until('the test is out', () => kindsAt(hook).includes('test'));
  expect(last(hook)).toMatchObject({ kind: 'test', incident: null, text: expect.stringContaining('test') as string });
  const answer = await ask(eve, { kind: 'test_delivery', receiver: 'hok' }, null);
  expect(answer).toMatchObject({
    nack: { code: 'not_found', reason: 'there is no receiver "hok"; did you mean "hook"?' },
  });
});
