/** Clocks that jump, and records that went back: an older backup under the same consoles. */
import { cp, rm } from 'node:fs/promises';
import { afterEach, expect, test } from 'vitest';
import type { Clock } from '../../src/protocol/clock.ts';
import { until } from '../support/patience.ts';
import { Raw } from '../support/raw.ts';
import { ask, declare, Opened } from '../support/room.ts';

const opened = new Opened();
afterEach(() => opened.tidy());
const HOUR = 3_600_000;
const jumping = (by: { ms: number }): Clock => ({ wall: () => Date.now() + by.ms, mono: () => performance.now() });

test.each([HOUR, -HOUR])('the clock of the hub jumps by %i ms, those of the consoles are a day off', async (jump) => {
  const shift = { ms: 0 };
  const hub = await opened.hub(await opened.folder(), { clock: jumping(shift), limits: { pingMs: 100, beatMs: 50 } });
  const ahead = await opened.client(hub, 'ahead', { clock: jumping({ ms: 24 * HOUR }) });
  const behind = await opened.client(hub, 'behind', { clock: jumping({ ms: -24 * HOUR }) });
  const incident = await declare(ahead);
  await until('both follow', () => behind.view.events.length === 1);
  // It never answers a heartbeat.
  let mute: Raw | null = null;
  for (let step = 0; step < 6; step++) {
    if (step === 3) {
      shift.ms = jump;
      mute = await Raw.hello(hub, { name: 'mute' });
    }
    await ask(step % 2 === 0 ? ahead : behind, { kind: 'note', text: `${step}` }, incident);
  }
  // Three deadlines passed when the clock went an hour ahead: they are recorded, too.
  const length = jump > 0 ? 10 : 7;
  await until('both have all', () => [ahead, behind].every(({ view }) => view.events.length === length));
  expect(behind.view.events).toEqual(ahead.view.events);
  const recorded = ahead.view.events.map((event) => event.recorded);
  expect(recorded).toEqual([...recorded].sort());
  expect(ahead.view.events.flatMap(({ data }) => ('text' in data ? [data.text] : []))).toEqual([
    '0',
    '1',
    '2',
    '3',
    '4',
    '5',
  ]);
  // By the time it is taken for dead the others would have been, too.
  expect(await mute?.closed).toMatchObject({ code: 4408 });
  await until('only the dead one is gone', () => hub.stats().connections === 2);
  expect([ahead, behind].map(({ view }) => view.link.state)).toEqual(['live', 'live']);
});

test('an older backup is restored: consoles that know more take what the hub has, and what waited goes in', async () => {
  const dir = await opened.folder();
  const backup = await opened.folder();
  const first = await opened.hub(dir);
  const ana = await opened.client(first, 'ana', { random: () => 0.01 });
  const incident = await declare(ana);
  await ask(ana, { kind: 'note', text: 'kept' }, incident);
  await cp(`${dir}/incidents`, `${backup}/incidents`, { recursive: true });
  await ask(ana, { kind: 'note', text: 'after the backup' }, incident);
  await until('it is there', () => ana.view.events.length === 3);
  const port = Number(new URL(first.url).port);
  await first.close();
  await until('the loss is shown', () => ana.view.link.state !== 'live');
  await ana.submit({ kind: 'note', text: 'written meanwhile' }, incident);
  await rm(`${dir}/incidents`, { recursive: true });
  await cp(`${backup}/incidents`, `${dir}/incidents`, { recursive: true });

  let wentBack = 0;
  ana.onChange((what) => {
    if (what.has('past')) wentBack++;
  });
  const second = await opened.hub(dir, { listen: { host: '127.0.0.1', port } });
  await until('nothing is pending', () => ana.view.pending.length === 0);
  expect(wentBack).toBe(1);
  const late = await opened.client(second, 'late', { incident });
  await until('both have the last', () => [ana, late].every(({ view }) => view.incident?.head === 3));
  expect(ana.view.events).toEqual(late.view.events);
  expect(late.view.events.flatMap(({ data }) => ('text' in data ? [data.text] : []))).toEqual([
    'kept',
    'written meanwhile',
  ]);
});

test('a console that slept through a restore takes the new past, also when the numbers fit again', async () => {
  const dir = await opened.folder();
  const backup = await opened.folder();
  const first = await opened.hub(dir);
  const ana = await opened.client(first, 'ana', { random: () => 0.5 });
  const incident = await declare(ana);
  await cp(`${dir}/incidents`, `${backup}/incidents`, { recursive: true });
  await ask(ana, { kind: 'note', text: 'never restored' }, incident);
  await until('it is there', () => ana.view.events.length === 2);
  const port = Number(new URL(first.url).port);
  await first.close();
  await rm(`${dir}/incidents`, { recursive: true });
  await cp(`${backup}/incidents`, `${dir}/incidents`, { recursive: true });

  const between = await opened.hub(dir);
  const bob = await opened.client(between, 'bob', { incident });
  for (const text of ['one', 'two', 'three']) await ask(bob, { kind: 'note', text }, incident);
  await between.close();
  await opened.hub(dir, { listen: { host: '127.0.0.1', port } });
  await until('ana has the new past', () => ana.view.incident?.head === 4);
  expect(ana.view.events.flatMap(({ data }) => ('text' in data ? [data.text] : []))).toEqual(['one', 'two', 'three']);
});

test('a hub that starts again with its clock an hour back records nothing before what is there', async () => {
  const dir = await opened.folder();
  const first = await opened.hub(dir, { clock: jumping({ ms: 0 }) });
  const incident = await declare(await opened.client(first, 'ana'));
  await first.close();
  const second = await opened.hub(dir, { clock: jumping({ ms: -HOUR }) });
  const ben = await opened.client(second, 'ben', { incident });
  await ask(ben, { kind: 'note', text: 'an hour earlier?' }, incident);
  await until('both are there', () => ben.view.events.length === 2);
  const recorded = ben.view.events.map((event) => event.recorded);
  expect(recorded).toEqual([...recorded].sort());
});
