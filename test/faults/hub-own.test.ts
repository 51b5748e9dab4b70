/** Trouble inside the hub: a record that cannot be read any more, a fault of its own, one who asks without end. */
import fs from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { openJournal } from '../../src/log/journal.ts';
import { Raw } from '../support/raw.ts';
import { until } from '../support/patience.ts';
import { ask, declare, Opened } from '../support/room.ts';

const opened = new Opened();
afterEach(() => opened.tidy());

test('a record that something cut while the hub runs: every screen is told, the hub lives, the others are read', async () => {
  const dir = await opened.folder();
  const before = await opened.hub(dir);
  const ben = await opened.client(before, 'ben', { incident: null });
  const [cut, whole] = [await declare(ben, 'cut'), await declare(ben, 'whole')];
  for (let index = 0; index < 5; index++) await ask(ben, { kind: 'note', text: `${index}` }, cut);
  await before.close();

  const hub = await opened.hub(dir);
  fs.truncateSync(`${dir}/incidents/${cut}/000001.log`, 900);
  const ana = await opened.client(hub, 'ana', { incident: whole });
  const raw = await Raw.hello(hub);
  raw.say({ type: 'follow', incident: cut, epoch: null, after: 0 });
  expect((await raw.hear('fault')).reason).toContain('shorter than it was');
  raw.say({ type: 'page', incident: cut, from: 1, to: 5 });
  await until('told again', () => raw.heard.filter(({ type }) => type === 'fault').length === 2);
  await until('every screen is told', () => ana.view.link.readOnly?.includes('warroom verify') === true);
  await ana.submit({ kind: 'note', text: 'nothing is built on that' }, whole);
  await until('it waits', () => ana.view.pending[0]?.state === 'waiting');
  expect(ana.view.events).toHaveLength(1);
  expect(hub.stats()).toMatchObject({ events: 0, connections: 2 });
});

test('a fault of the hub itself costs the one command, not the room', async () => {
  const dir = await opened.folder();
  const log = await openJournal({ dir });
  const find = log.find.bind(log);
  log.find = (incident, client, n) => {
    if (n === 13) throw new TypeError('nobody thought of 13');
    return find(incident, client, n);
  };
  const said: string[] = [];
  const hub = await opened.hub(dir, { log, say: (line) => said.push(line) });
  const ana = await opened.client(hub, 'ana');
  const incident = await declare(ana);
  const answers = await Promise.all(
    Array.from({ length: 15 }, (_, index) => ask(ana, { kind: 'note', text: `${index + 2}` }, incident)),
  );
  expect(answers.filter((answer) => 'ack' in answer)).toHaveLength(14);
  expect(answers[11]).toMatchObject({ nack: { n: 13, code: 'invalid' } });
  expect(said.join()).toContain('nobody thought of 13');
});

test('questions in one piece are answered in order; without end they end the connection', async () => {
  const hub = await opened.hub(await opened.folder());
  const ana = await opened.client(hub, 'ana');
  const incident = await declare(ana);
  const raw = await Raw.hello(hub);
  await raw.hear('welcome');
  const page = { type: 'page', incident, from: 1, to: 1 };
  for (let index = 0; index < 60; index++) raw.say(page);
  await until('all are answered', () => raw.heard.filter(({ type }) => type === 'events').length === 60);
  for (let index = 0; index < 5_000; index++) raw.say(page);
  expect(await raw.closed).toEqual({ code: 4400, reason: 'too many questions at once' });
  await ask(ana, { kind: 'note', text: 'goes on' }, incident);
});
