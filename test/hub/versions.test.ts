/** Hub and consoles of different versions on one line, and records of a newer version: nothing is lost, nobody is cut off. */
import { afterEach, expect, test } from 'vitest';
import { eventText } from '../../panels/entry.ts';
import type { Event } from '../../src/incident/event.ts';
import { INCIDENT } from '../../src/incident/topics/index.ts';
import { blankIncident } from '../../src/incident/incident.ts';
import { verifyRecord } from '../../src/log/verify.ts';
import type { ConsoleCommand } from '../../src/protocol/command.ts';
import { openLog } from '../log/open-store.ts';
import { frameProxy, type FrameProxy } from '../support/frame-proxy.ts';
import { until } from '../support/patience.ts';
import { Raw } from '../support/raw.ts';
import { ask, declare, Opened } from '../support/room.ts';

const opened = new Opened();
afterEach(() => opened.tidy());

async function behindProxy(target: string): Promise<FrameProxy> {
  const proxy = await frameProxy(target);
  opened.later(() => proxy.close());
  return proxy;
}

/** What a newer hub would have written instead of a note that says `run`. */
const STEP = { runbook: 'redis', step: 3, output: ['a', { b: null }], '2': 'two', constructor: 'x' };
const asStep = (event: Record<string, unknown>): Record<string, unknown> =>
  (event['data'] as { text?: string }).text === 'run'
    ? { ...event, kind: 'step_run', data: STEP, level: 'key', signature: 'abc' }
    : event;
const withSteps = (message: Record<string, unknown>): Record<string, unknown> =>
  message['type'] === 'events'
    ? { ...message, events: (message['events'] as Record<string, unknown>[]).map(asStep) }
    : message;

test('a console meets kinds, types and fields that it does not know: it shows them and goes on', async () => {
  const hub = await opened.hub(await opened.folder());
  const proxy = await behindProxy(hub.url);
  proxy.toConsole = (message) => ({ ...withSteps(message), weather: 'fine' });
  const ana = await opened.client({ url: proxy.url, token: hub.token }, 'ana');
  const incident = await declare(ana);
  await ask(ana, { kind: 'note', text: 'run' }, incident);
  await ask(ana, { kind: 'note', text: 'after' }, incident);
  proxy.say({ type: 'weather', temperature: 21 });
  proxy.say({ type: 'constructor' });
  await until('it is all there', () => ana.view.events.length === 3);
  const [, step, note] = ana.view.events;
  expect(JSON.stringify(step?.data)).toBe(JSON.stringify(STEP));
  expect(step).toMatchObject({ seq: 2, kind: 'step_run', level: 'key', signature: 'abc', by: { name: 'ana' } });
  expect(eventText(step as Event)).toBe('an entry of a kind this version does not know: step_run');
  expect(note).toMatchObject({ kind: 'noted', data: { text: 'after' } });
  expect(ana.view.incident).toMatchObject({ head: 3, status: 'declared' });
  expect(ana.view.pending).toEqual([]);
  // Everything after it came over the same line.
  await ask(ana, { kind: 'note', text: 'still here' }, incident);
  expect(proxy.connections).toBe(1);
});

test('a command that the hub does not know is refused in words, and the console stays', async () => {
  const hub = await opened.hub(await opened.folder());
  const proxy = await behindProxy(hub.url);
  const ana = await opened.client({ url: proxy.url, token: hub.token }, 'ana');
  const incident = await declare(ana);
  const newer = { kind: 'teleport', runbook: 'redis', step: 3 } as unknown as ConsoleCommand;
  expect(await ask(ana, newer, incident)).toMatchObject({
    nack: { code: 'invalid', reason: expect.stringContaining('does not know the command "teleport"') as string },
  });
  expect(ana.view.pending).toMatchObject([
    { state: 'refused', text: 'a command this version does not know: teleport' },
  ]);
  const raw = await Raw.hello(hub, { name: 'ben' });
  await raw.hear('welcome');
  raw.say({ type: 'weather', temperature: 21 });
  raw.say({ type: '__proto__' });
  raw.say({ type: 'typing', on: false, mood: 'good' });
  raw.say({ type: 'page', incident, from: 1, to: 1, colour: 'red' });
  await raw.hear('events');
  expect(await ask(ana, { kind: 'note', text: 'still here', priority: 1 } as ConsoleCommand, incident)).toHaveProperty(
    'ack',
  );
  expect(proxy.connections).toBe(1);
});

test('a hub is upgraded under consoles with an entry pending: nothing is lost and nothing is there twice', async () => {
  const dir = await opened.folder();
  const before = await opened.hub(dir);
  const proxy = await behindProxy(before.url);
  const ana = await opened.client({ url: proxy.url, token: before.token }, 'ana');
  const ben = await opened.client({ url: proxy.url, token: before.token }, 'ben');
  const incident = await declare(ana);
  await until('ben follows', () => ben.view.incident?.id === incident);
  // The hub stores the entry, and its answer is lost with the hub.
  let lost = 0;
  proxy.toConsole = (message) => {
    if (message['type'] !== 'ack' && message['type'] !== 'events') return message;
    lost++;
    return null;
  };
  const first = await ana.submit({ kind: 'note', text: 'stored, not answered' }, incident);
  await until('it is stored', () => lost >= 2);
  await before.close();
  const second = await ben.submit({ kind: 'note', text: 'never sent' }, incident);

  const after = await opened.hub(dir);
  proxy.target = after.url;
  // The newer hub says more, and calls some entries by a kind of its own.
  proxy.toConsole = (message) => ({ ...withSteps(message), since: 'version 4' });
  expect(await ana.settled(first.n)).toHaveProperty('ack');
  expect(await ben.settled(second.n)).toHaveProperty('ack');
  await ask(ana, { kind: 'note', text: 'run' }, incident);
  for (const client of [ana, ben]) {
    await until('everything is there', () => client.view.events.length === 4);
    expect(client.view.events.map(({ kind }) => kind)).toEqual(['declared', 'noted', 'noted', 'step_run']);
    expect(client.view.pending).toEqual([]);
  }
});

test('a record that holds kinds of a newer version opens, verifies and goes on', async () => {
  const dir = await opened.folder();
  const hub = await opened.hub(dir);
  const ana = await opened.client(hub, 'ana');
  const incident = await declare(ana);
  await until('it is shown', () => ana.view.events.length === 1);
  const first = ana.view.events[0] as Event;
  await hub.close();

  const kinds = ['step_run', '__proto__', 'constructor', '\u001b[2Jgone', 'x'.repeat(1_000_000)];
  const log = await openLog({ dir });
  const newer = kinds.map((kind, index) => ({ ...first, id: `X${index}`, seq: index + 2, kind, data: STEP }));
  for (const event of newer)
    await log.append(incident, [event as unknown as Event], { client: 'newer', n: event.seq, hash: 'h' });
  await log.close();

  const { bad, head } = await verifyRecord(`${dir}/incidents/${incident}`);
  expect({ bad, head }).toEqual({ bad: null, head: 6 });
  const again = await opened.hub(dir);
  const ben = await opened.client(again, 'ben');
  await until('it is served', () => ben.view.events.length === 6);
  expect(ben.view.events.map(({ kind, data }) => JSON.stringify([kind, data])).slice(1)).toEqual(
    kinds.map((kind) => JSON.stringify([kind, STEP])),
  );
  for (const event of ben.view.events.slice(1)) {
    expect(eventText(event)).toMatch(/^an entry of a kind this version does not know: /);
    expect(eventText(event)).not.toContain('\u001b');
    expect(eventText(event).length).toBeLessThan(150);
  }
  expect(await ask(ben, { kind: 'note', text: 'on we go' }, incident)).toMatchObject({ ack: { seq: 7 } });
  expect(ben.view.incident).toMatchObject({ status: 'declared', severity: 'SEV-1' });
});

test('a known kind with wrong data is a fault, told with its place', async () => {
  const dir = await opened.folder();
  const hub = await opened.hub(dir);
  const ana = await opened.client(hub, 'ana');
  const incident = await declare(ana);
  await until('it is shown', () => ana.view.events.length === 1);
  const first = ana.view.events[0] as Event;
  await hub.close();
  const log = await openLog({ dir });
  const wrong = { ...first, id: 'X', seq: 2, kind: 'severity_set', data: { from: 'SEV-1', to: 'SEV-9' } };
  await log.append(incident, [wrong as unknown as Event], { client: 'x', n: 1, hash: 'h' });
  await log.close();
  const { bad } = await verifyRecord(`${dir}/incidents/${incident}`);
  expect(bad).toMatchObject({
    line: 3,
    reason: expect.stringMatching(/^#2 \(severity_set\) has data .*to: /) as string,
  });
});

test('hello and welcome agree on a version, or say which side to upgrade', async () => {
  const hub = await opened.hub(await opened.folder());
  const welcome = async (hello: object) => (await Raw.hello(hub, hello)).hear('welcome');
  expect(await welcome({ version: 3 })).toMatchObject({ version: 3, min: 3, max: 4 });
  expect(await welcome({ version: 2, min: 2, max: 9 })).toMatchObject({ version: 4 });
  const refusal = async (hello: object) => (await Raw.hello(hub, hello)).closed;
  expect(await refusal({ version: 2 })).toEqual({
    code: 4406,
    reason: 'the hub speaks versions 3 to 4, this console version 2: upgrade warroom where the console runs',
  });
  expect(await refusal({ version: 5, min: 5, max: 6 })).toEqual({
    code: 4406,
    reason: 'the hub speaks versions 3 to 4, this console versions 5 to 6: upgrade warroom where the hub runs',
  });
  const far = { version: 9, min: Number.MAX_SAFE_INTEGER - 1, max: Number.MAX_SAFE_INTEGER };
  expect((await refusal(far)).code).toBe(4406);
  expect((await refusal({ version: 3, min: 'three' })).code).toBe(4400);

  const proxy = await behindProxy(hub.url);
  proxy.toConsole = (message) => (message['type'] === 'welcome' ? { ...message, version: 6, min: 5, max: 6 } : message);
  const ana = await opened.client({ url: proxy.url, token: hub.token }, 'ana');
  await until('the console gives up', () => ana.view.link.state === 'refused');
  expect(ana.view.link.reason).toBe(
    'the hub speaks versions 5 to 6, this console version 4: upgrade warroom where the console runs',
  );
  // A hub up to version 3 does not understand a hello without a token.
  const old = await behindProxy(hub.url);
  old.toHub = ({ auth: _auth, ...message }) => message;
  const ben = await opened.client({ url: old.url, token: hub.token }, 'ben');
  await until('ben is told', () => ben.view.link.state === 'refused');
  expect(ben.view.link.reason).toMatch(/the token, which was not sent: upgrade warroom where the hub runs/);
});

test('a snapshot of an older hub that lacks a part of the state is read as if nothing had happened there', async () => {
  const hub = await opened.hub(await opened.folder(), { limits: { resume: 1 } });
  const proxy = await behindProxy(hub.url);
  const ana = await opened.client({ url: proxy.url, token: hub.token }, 'ana');
  const incident = await declare(ana);
  for (const text of ['a', 'b', 'c']) await ask(ana, { kind: 'note', text }, incident);
  proxy.toConsole = (message) => {
    const { decisions: _, ...state } = ((message['snapshot'] ?? {}) as { state?: Record<string, unknown> }).state ?? {};
    return message['type'] === 'following' && message['snapshot'] !== null
      ? { ...message, snapshot: { ...(message['snapshot'] as object), state: { ...state, mood: 'good' } } }
      : message;
  };
  const ben = await opened.client({ url: proxy.url, token: hub.token }, 'ben', { incident });
  await until('ben is there', () => ben.view.incident?.head === 4);
  expect(ben.view.incident?.decisions).toEqual([]);
});

test('a console that takes corrections from the state is told to upgrade where the state has no room for all', async () => {
  const hub = await opened.hub(await opened.folder(), { limits: { resume: 1, burst: 1_000, perSecond: 1_000 } });
  const ana = await opened.client(hub, 'ana');
  const incident = await declare(ana);
  for (let at = 0; at < 110; at++) {
    await ask(ana, { kind: 'note', text: `${at}` }, incident);
    await ask(ana, { kind: 'retract', ref: 2 + 2 * at, why: 'no' }, incident);
  }
  const old = await Raw.hello(hub, { client: 'old' });
  old.say({ type: 'follow', incident, epoch: null, after: 0 });
  expect((await old.hear('fault')).reason).toMatch(/upgrade warroom where the console runs/);
  const ben = await opened.client(hub, 'ben', { incident });
  await until('ben is there', () => ben.view.events.length === 200);
  await ben.page(1, 21);
  await until('all is there', () => ben.view.events.length === 221);
  for (const { seq, kind } of ben.view.events)
    expect(ben.view.incident?.annotations[seq]?.retracted != null).toBe(kind === 'noted');
});

test('folding an unknown kind changes nothing but the place in the record', () => {
  const before = blankIncident('2026-11-23-x');
  for (const kind of ['step_run', '__proto__', 'constructor', 'toString', '']) {
    const event = { id: 'x', incident: before.id, seq: 7, at: 'a', recorded: 'r', kind, data: { title: 'no' } };
    const state = INCIDENT.evolve(before, event as never);
    expect(state).toEqual({ ...before, head: 7, recorded: 'r' });
    expect(INCIDENT.findsBy(event as never)).toEqual([]);
    expect(INCIDENT.mark(event as never)).toBe('plain');
    expect(INCIDENT.decide(before, { kind } as never, {} as never)).toMatchObject({ refused: 'invalid' });
  }
});
