/** Two consoles, one hub, one journal: what one does, the other has. */
import { afterEach, expect, test } from 'vitest';
import { HANDBOOK_POLICY } from '../../src/incident/policy.ts';
import { until } from '../support/patience.ts';
import { ask, declare, Opened } from '../support/room.ts';

const opened = new Opened();
afterEach(() => opened.tidy());

test('two consoles see one incident, and one that joins late sees the same', async () => {
  const hub = await opened.hub(await opened.folder());
  const ana = await opened.client(hub, 'ana');
  const ben = await opened.client(hub, 'ben');
  const incident = await declare(ana);
  expect(incident).toMatch(/^\d{4}-\d\d-\d\d-websocket-servers-unreachable$/);
  await until('ben follows by himself', () => ben.view.incident?.id === incident);
  await ask(ana, { kind: 'assign_role', role: 'ic', name: 'ana' }, incident);
  await ask(ben, { kind: 'note', text: 'pods are fine' }, incident);
  await until('both have three entries', () => [ana, ben].every(({ view }) => view.events.length === 3));
  expect(ana.view.events).toEqual(ben.view.events);
  expect(ana.view.incident).toEqual(ben.view.incident);
  expect(ben.view.incident?.roles.ic).toBe('ana');
  expect(ana.view.pending).toEqual([]);

  const eve = await opened.client(hub, 'eve');
  await until('eve caught up', () => eve.view.events.length === 3);
  expect(eve.view.incident).toEqual(ana.view.incident);
  await until('everybody is listed', () => ana.view.people.length === 3);
  expect(ana.view.people.map(({ name }) => name)).toEqual(['ana', 'ben', 'eve']);
  expect(ana.view.incidents).toMatchObject([{ id: incident, lead: 'ana', severity: 'SEV-1' }]);
});

test('of two who take command in the same instant one has it and the other is told', async () => {
  const hub = await opened.hub(await opened.folder());
  const ana = await opened.client(hub, 'ana');
  const ben = await opened.client(hub, 'ben');
  const incident = await declare(ana);
  const answers = await Promise.all([
    ask(ana, { kind: 'assign_role', role: 'ic', name: 'ana', seen: null }, incident),
    ask(ben, { kind: 'assign_role', role: 'ic', name: 'ben', seen: null }, incident),
  ]);
  const refused = answers.flatMap((answer) => ('nack' in answer ? [answer.nack] : []));
  expect(refused).toMatchObject([{ code: 'conflict' }]);
  expect(refused[0]?.reason).toMatch(/(ana|ben) is IC/);
  await until('the refusal is shown', () => [...ana.view.pending, ...ben.view.pending].length === 1);
  expect([...ana.view.pending, ...ben.view.pending]).toMatchObject([{ state: 'refused' }]);
});

test('a hub that goes and comes back: entries typed meanwhile are there once, in order', async () => {
  const dir = await opened.folder();
  const first = await opened.hub(dir);
  const port = Number(new URL(first.url).port);
  const ana = await opened.client(first, 'ana');
  const incident = await declare(ana);
  await first.close();
  await until('the loss is shown', () => ana.view.link.state === 'lost');
  for (const text of ['one', 'two', 'three']) await ana.submit({ kind: 'note', text }, incident);
  expect(ana.view.pending.map(({ text, state }) => [text, state])).toEqual([
    ['one', 'waiting'],
    ['two', 'waiting'],
    ['three', 'waiting'],
  ]);
  await opened.hub(dir, { listen: { host: '127.0.0.1', port } });
  await until('all sent', () => ana.view.pending.length === 0 && ana.view.events.length === 4);
  expect(ana.view.events.map(({ data }) => ('text' in data ? data.text : ''))).toEqual(['', 'one', 'two', 'three']);
});

test('an IC whose console is gone: every screen is told, and after a while anyone takes over with a reason', async () => {
  const hub = await opened.hub(await opened.folder(), { policy: { ...HANDBOOK_POLICY, icAbsentMs: 300 } });
  const ana = await opened.client(hub, 'ana');
  const ben = await opened.client(hub, 'ben');
  const incident = await declare(ana);
  await ask(ana, { kind: 'assign_role', role: 'ic', name: 'ana' }, incident);
  const take = (): ReturnType<typeof ask> =>
    ask(ben, { kind: 'assign_role', role: 'ic', name: 'ben', why: 'ana is gone' }, incident);
  expect(await take()).toMatchObject({ nack: { code: 'conflict' } });
  await ana.close();
  await until('ben is told', () => ben.view.away.some(({ name }) => name === 'ana'));
  let answer = await take();
  for (let tries = 0; 'nack' in answer && tries < 100; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    answer = await take();
  }
  expect(answer).toHaveProperty('ack');
  await until('ben commands', () => ben.view.incident?.roles.ic === 'ben' && ben.view.away.length === 0);
});
