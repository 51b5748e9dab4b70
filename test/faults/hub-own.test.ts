/** Trouble inside the hub: a record that cannot be read any more, a fault of its own, one who asks without end. */
import { execSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { built } from '../support/built.ts';
import { nodeFs } from '../../src/log/disk.ts';
import { openJournal } from '../../src/log/journal.ts';
import { verifyRecord } from '../../src/log/verify.ts';
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

test('when the disk has room for the short entries and not for the long ones before them, the order is kept', async () => {
  const dir = await opened.folder();
  const min = 1024 * 1024;
  let free = 2 * min;
  const fs = { ...nodeFs, free: () => free };
  const log = await openJournal({ dir, fs, minFreeBytes: min, now: () => performance.now() * 1000 });
  const hub = await opened.hub(dir, { journal: log, limits: { perTurn: 2 } });
  const ana = await opened.client(hub, 'ana');
  const incident = await declare(ana);
  await until('it is shown', () => ana.view.events.length === 1);
  free = min + 15_000;
  const texts = Array.from({ length: 12 }, (_, index) => (index < 2 ? `${index} ${'x'.repeat(14_000)}` : `${index}`));
  await Promise.all(texts.map((text) => ana.submit({ kind: 'note', text }, incident)));
  await until('why is told', () => ana.view.pending.some(({ reason }) => reason?.includes('MB are free') === true));
  free = 2 * min;
  await until('all went in', () => ana.view.pending.length === 0 && ana.view.events.length === 13);
  expect(ana.view.events.flatMap(({ data }) => ('text' in data ? [data.text] : []))).toEqual(texts);
});

test('a record deleted under the hub: nothing is acknowledged into the void, and the way back that is told works', async () => {
  const dir = await opened.folder();
  const hub = await opened.hub(dir);
  const ana = await opened.client(hub, 'ana');
  const incident = await declare(ana);
  await ask(ana, { kind: 'note', text: 'acknowledged' }, incident);
  const record = `${dir}/incidents/${incident}`;
  fs.rmSync(record, { recursive: true });
  await ana.submit({ kind: 'note', text: 'into the void' }, incident);
  await until('every screen is told', () => ana.view.link.readOnly?.includes('was deleted or replaced'));
  await until('it waits', () => ana.view.pending[0]?.state === 'waiting');
  const [, way = ''] = /"(cp [^"]+)"/.exec(ana.view.link.readOnly ?? '') ?? [];
  fs.mkdirSync(record);
  execSync(way);
  const port = Number(new URL(hub.url).port);
  await hub.close();
  await opened.hub(dir, { listen: { host: '127.0.0.1', port } });
  await until('all is there, once', () => ana.view.events.length === 3 && ana.view.pending.length === 0);
});

test('the lock of a running hub is deleted and another hub starts: the first one writes no more', async () => {
  const dir = await opened.folder();
  const first = await opened.hub(dir, { limits: { beatMs: 3_600_000 } });
  const ana = await opened.client(first, 'ana');
  const incident = await declare(ana);
  fs.rmSync(`${dir}/hub.lock`);
  const second = await opened.hub(dir);
  const ben = await opened.client(second, 'ben', { incident });
  await ana.submit({ kind: 'note', text: 'at the first' }, incident);
  await until('the first is told', () => ana.view.link.readOnly?.includes('hub.lock was deleted'));
  expect(await ask(ben, { kind: 'note', text: 'at the second' }, incident)).toMatchObject({ ack: { seq: 2 } });
  await first.close();
  expect(fs.existsSync(`${dir}/hub.lock`)).toBe(true);
  expect(await verifyRecord(`${dir}/incidents/${incident}`)).toMatchObject({ head: 2, bad: null });
});

test('a data folder that is deleted is told within moments, before anybody types', async () => {
  const dir = await opened.folder();
  const hub = await opened.hub(dir, { limits: { beatMs: 20 } });
  const ana = await opened.client(hub, 'ana');
  await declare(ana);
  fs.rmSync(dir, { recursive: true, maxRetries: 10 });
  await until('it is told', () => ana.view.link.readOnly?.includes(`${dir} was deleted`));
});

test('more text at once than the hub wants to hold: some is told to wait, and all goes in, in order', async () => {
  const limits = { perSecond: 1e6, burst: 1e6, perTurn: 4, queueLength: 100_000, ahead: 40_000 };
  const hub = await opened.hub(await opened.folder(), { limits });
  const ana = await opened.client(hub, 'ana');
  const ben = await opened.client(hub, 'ben', { random: () => 0.1 });
  const incident = await declare(ana);
  let waited = 0;
  ana.onChange(() => (waited += ana.view.pending.some(({ reason }) => reason === 'the hub is busy') ? 1 : 0));
  const texts = Array.from({ length: 40 }, (_, index) => `${index} ${'x'.repeat(15_000)}`);
  await Promise.all(texts.map((text) => ana.submit({ kind: 'note', text }, incident)));
  await until('both have all', () => [ana, ben].every(({ view }) => view.events.length === 41));
  expect(ben.view.events.flatMap(({ data }) => ('text' in data ? [data.text] : []))).toEqual(texts);
  expect(waited).toBeGreaterThan(0);
});

test.skipIf(spawnSync('prlimit', ['--version']).error !== undefined)(
  'while no more files can be opened the invited stay, and a new invitation counts as soon as one can',
  async () => {
    const dir = await opened.folder();
    const source = (name: string): string => JSON.stringify(built(`src/hub/${name}.ts`));
    const program = `
      const { Authenticator } = await import(${source('authenticator')});
      const { createInvite } = await import(${source('invites')});
      const { openSync } = await import('node:fs');
      const { spawnSync } = await import('node:child_process');
      const invite = (name) => createInvite('${dir}', { name, observer: false, expiresAt: null });
      const limit = (most) => spawnSync('prlimit', ['--pid', String(process.pid), '--nofile=' + most + ':4096']);
      const first = await invite('ana');
      const keeper = new Authenticator('${dir}', 'local');
      await keeper.refresh();
      const second = await invite('ben');
      limit(64);
      try { for (;;) openSync('/dev/null'); } catch (error) { console.log(error.code); }
      const known = () => [first, second].map((token) => keeper.admit(token, Date.now()) !== null).join();
      await keeper.refresh();
      console.log(known());
      process.on('exit', () => console.log(known()));
      const { closeSync } = await import('node:fs');
      for (let fd = 63; fd > 55; fd--) closeSync(fd);
      await keeper.refresh();`;
    const run = spawnSync(process.execPath, ['--input-type=module', '-e', program]);
    expect(String(run.stdout).trim().split('\n'), String(run.stderr)).toEqual(['EMFILE', 'true,false', 'true,true']);
  },
);
