/** A console's end of the line: works without a hub, keeps what it was asked to send, and shows what was refused. */
import { afterEach, expect, test } from 'vitest';
import { openOutbox } from '../../src/log/outbox.ts';
import { until } from '../support/patience.ts';
import { ask, declare, Opened } from '../support/room.ts';

const opened = new Opened();
afterEach(() => opened.tidy());

test('without a hub: nothing throws, entries are kept and shown, the reason is told', async () => {
  const ana = await opened.client({ url: 'ws://127.0.0.1:1', token: 'x' }, 'ana', { incident: '2026-11-23-x' });
  await ana.submit({ kind: 'note', text: 'is anybody there?' }, '2026-11-23-x');
  expect(ana.view.pending).toMatchObject([{ text: 'is anybody there?', state: 'waiting' }]);
  await until('the reason is told', () => ana.view.link.state === 'lost');
  expect(ana.view.link.reason).toBe('nobody listens there');
  expect(await ana.page(1, 10)).toEqual([]);
  expect(ana.view.incident).toBeNull();
});

test('an address that is none is refused in words', async () => {
  const ana = await opened.client({ url: 'not an address', token: 'x' }, 'ana');
  await until('refused', () => ana.view.link.state === 'refused');
  expect(ana.view.link.reason).toMatch(/is no address of a hub/);
});

test('a wrong token is refused for good, and what was typed is kept', async () => {
  const hub = await opened.hub(await opened.folder());
  const dir = await opened.folder();
  const outbox = await openOutbox({ dir });
  const ana = await opened.client({ url: hub.url, token: 'wrong' }, 'ana', { outbox });
  await until('refused', () => ana.view.link.state === 'refused');
  expect(ana.view.link.reason).toMatch(/token/);
  await ana.submit({ kind: 'note', text: 'kept' }, '2026-11-23-x');
  expect(outbox.waiting()).toHaveLength(1);
});

test('what a console that died had not sent goes out with the next one, before it is asked for, once', async () => {
  const hub = await opened.hub(await opened.folder());
  const dir = await opened.folder();
  const incident = await declare(await opened.client(hub, 'ben'));
  const dead = await openOutbox({ dir });
  const id = (end: string): string => `01ARZ3NDEKTSV4RRFFQ69G5F${end}`;
  await dead.put({ incident, command: { kind: 'note', text: 'one' }, id: id('A1') });
  await dead.put({ incident, command: { kind: 'note', text: 'two' }, id: id('A2') });
  await dead.close();
  const ana = await opened.client(hub, 'ana', { outbox: await openOutbox({ dir }), incident });
  expect(ana.view.pending.map(({ text }) => text)).toEqual(['one', 'two']);
  await until('both are in', () => ana.view.events.length === 3 && ana.view.pending.length === 0);
  expect(ana.view.events.map((event) => event.id).slice(1)).toEqual([id('A1'), id('A2')]);
});

test('what a shell command left while the hub was away is sent by the console that is open', async () => {
  const hub = await opened.hub(await opened.folder());
  const dir = await opened.folder();
  const ana = await opened.client(hub, 'ana', { outbox: await openOutbox({ dir }) });
  const incident = await declare(ana);
  const shell = await openOutbox({ dir });
  const command = { kind: 'note', text: 'from the shell' } as const;
  await shell.put({ incident, command, id: '01ARZ3NDEKTSV4RRFFQ69G5FA1' });
  await shell.close();
  await until('it is in', () => ana.view.events.length === 2 && ana.view.pending.length === 0);
});

test('a refusal is shown with its reason, does not block the rest, and can be dismissed', async () => {
  const hub = await opened.hub(await opened.folder());
  const ana = await opened.client(hub, 'ana');
  const incident = await declare(ana);
  const refused = ask(ana, { kind: 'amend', ref: 77, text: 'x', why: 'y' }, incident);
  const fine = ask(ana, { kind: 'note', text: 'goes on' }, incident);
  expect(await refused).toMatchObject({ nack: { code: 'not_found' } });
  expect(await fine).toHaveProperty('ack');
  expect(ana.view.pending).toMatchObject([{ state: 'refused', text: 'amend #77: x' }]);
  expect(ana.view.pending[0]?.reason).toBeTruthy();
  ana.dismiss(ana.view.pending[0]?.id ?? '');
  await until('it is gone', () => ana.view.pending.length === 0);
});

test('an entry never stands beside its own pending line, nor is it ever missing', async () => {
  const hub = await opened.hub(await opened.folder(), { limits: { perSecond: 1e6, burst: 1e6 } });
  const ana = await opened.client(hub, 'ana');
  const incident = await declare(ana);
  await until('following', () => ana.view.events.length === 1);
  const asked = new Set<string>();
  const faults: string[] = [];
  ana.onChange(() => {
    const shown = [
      ...ana.view.events.flatMap((event) => (event.kind === 'noted' ? [event.data.text] : [])),
      ...ana.view.pending.map(({ text }) => text),
    ];
    if (new Set(shown).size !== shown.length) faults.push(`twice: ${shown.join()}`);
    for (const text of asked) if (!shown.includes(text)) faults.push(`missing: ${text}`);
  });
  for (let index = 0; index < 200; index++) {
    const text = `entry ${index}`;
    await ana.submit({ kind: 'note', text }, incident);
    asked.add(text);
  }
  await until('all are in', () => ana.view.events.length === 201);
  expect(faults).toEqual([]);
});

test('many thousand waiting entries are sent without the console standing still', async () => {
  const hub = await opened.hub(await opened.folder(), { limits: { perSecond: 1e6, burst: 1e6 } });
  const ana = await opened.client(hub, 'ana');
  const incident = await declare(ana);
  const count = process.env['WARROOM_LONG'] === undefined ? 2_000 : 20_000;
  await Promise.all(
    Array.from({ length: count }, (_, index) => ana.submit({ kind: 'note', text: `${index}` }, incident)),
  );
  await until('all are in', () => ana.view.events.length === count + 1 && ana.view.pending.length === 0);
  expect(ana.view.events.map((event) => (event.kind === 'noted' ? Number(event.data.text) : -1))).toEqual(
    Array.from({ length: count + 1 }, (_, index) => index - 1),
  );
});

test('switching to another incident and back shows each as it is', async () => {
  const hub = await opened.hub(await opened.folder());
  const ana = await opened.client(hub, 'ana');
  const [one, two] = [await declare(ana, 'one'), await declare(ana, 'two')];
  await ask(ana, { kind: 'note', text: 'in two' }, two);
  expect(ana.view.incident?.id).toBe(one);
  ana.follow(two);
  await until('two is shown', () => ana.view.incident?.id === two && ana.view.events.length === 2);
  ana.follow(null);
  await until('nothing is shown', () => ana.view.incident === null && ana.view.events.length === 0);
  ana.follow(one);
  await until('one is shown', () => ana.view.incident?.id === one);
  expect(ana.view.events).toHaveLength(1);
});
