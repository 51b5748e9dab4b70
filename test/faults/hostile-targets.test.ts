/** Hostile servers as targets: the hub lives, answers at once, and sees its healthy targets, whatever the others send. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, inject, test } from 'vitest';
import type { Reading } from '../../src/protocol/reading.ts';
import { hostileTargets, manglingProxy } from '../support/hostile.ts';
import { until } from '../support/patience.ts';
import { Place } from '../support/program.ts';
import { ask, declare, Opened } from '../support/room.ts';

const opened = new Opened();
afterEach(() => opened.tidy());
const SECONDS = Number(process.env['WARROOM_HOSTILE_SECONDS'] ?? 5);
const TIMEOUT_MS = SECONDS * 1_000 + 60_000;

const childrenOf = (pid: number): readonly number[] =>
  execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' })
    .split('\n')
    .map(Number)
    .filter(Boolean);

async function scene(count: number, others: readonly object[] = []) {
  const place = new Place();
  opened.later(() => place.close());
  const hostile = await hostileTargets(count);
  opened.later(async () => hostile.close());
  const api = http.createServer((_, response) => response.end('{"status":"ok"}'));
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
  opened.later(async () => void api.close());
  const good = [
    { name: 'good api', kind: 'http', url: `http://127.0.0.1:${(api.address() as AddressInfo).port}/` },
    { name: 'good cache', kind: 'redis', url: inject('redisUrl') },
  ];
  const config = path.join(place.data, 'config');
  mkdirSync(config);
  const targets = [...hostile.targets, ...others, ...good].map((target) => ({ every: '1s', ...target }));
  writeFileSync(path.join(config, 'warroom.yaml'), JSON.stringify({ targets }));
  writeFileSync(path.join(config, 'alerts.yaml'), 'alerts: []\n');
  const { ready, child } = await place.hub(['--config', config]);
  return { ready, child, hostile };
}

test(
  '50 hostile servers as targets: no exit, no freeze, and those that are well are seen',
  { timeout: TIMEOUT_MS },
  async () => {
    const { ready, child, hostile } = await scene(50);
    let exited = false;
    child.once('exit', () => (exited = true));
    const ana = await opened.client(ready, 'ana');
    const incident = await declare(ana);
    const seen = new Map<string, Reading>();
    const gaps: Record<string, number> = {};
    const lastAt = new Map<string, number>();
    const watch = (): void => {
      for (const reading of ana.view.readings) {
        seen.set(reading.target, reading);
        if (!reading.up || !reading.target.startsWith('good')) continue;
        const before = lastAt.get(reading.target) ?? reading.at;
        gaps[reading.target] = Math.max(gaps[reading.target] ?? 0, reading.at - before);
        lastAt.set(reading.target, reading.at);
      }
    };
    await until('the healthy ones are seen', () => {
      watch();
      return lastAt.size === 2;
    });
    const waits: number[] = [];
    for (const end = performance.now() + SECONDS * 1_000; performance.now() < end; await sleep(50)) {
      const begin = performance.now();
      await ask(ana, { kind: 'note', text: 'still here' }, incident);
      waits.push(performance.now() - begin);
      watch();
    }
    expect(exited).toBe(false);
    expect(waits.length).toBeGreaterThan(SECONDS);
    // A busy machine delays all processes; a frozen hub would take seconds.
    expect(waits.sort((a, b) => a - b).at(Math.floor(waits.length * 0.99))).toBeLessThan(1_000);
    // A target that froze the process is found and left out within a few restarts.
    expect(
      Object.values(gaps).every((gap) => gap < 12_000),
      JSON.stringify(gaps),
    ).toBe(true);
    for (const { name } of hostile.targets) expect(seen.get(name)?.up, name).not.toBe(true);
    expect([...seen.keys()].length).toBeGreaterThan(40);
  },
);

test(
  'real servers behind proxies that mangle bytes: no exit of the hub, and the healthy ones are seen',
  { timeout: TIMEOUT_MS },
  async () => {
    const proxies = await Promise.all([manglingProxy(inject('redisUrl')), manglingProxy(inject('databaseUrl'))]);
    opened.later(async () => proxies.forEach((proxy) => proxy.close()));
    const targets = proxies.flatMap(({ url }, at) =>
      Array.from({ length: 20 }, (_, n) => ({
        name: `mangled ${at} ${n}`,
        kind: at === 0 ? 'redis' : 'postgres',
        url,
        every: '250ms',
      })),
    );
    const { ready, child } = await scene(0, targets);
    let exited = false;
    child.once('exit', () => (exited = true));
    const ana = await opened.client(ready, 'ana');
    const at = (): number => ana.view.readings.find(({ target }) => target === 'good cache')?.at ?? 0;
    await until('the healthy one is seen', () => at() > 0);
    await sleep(SECONDS * 1_000);
    const before = Date.now();
    await until('it is still seen', () => at() > before);
    expect(exited).toBe(false);
    const sessions = proxies.map((proxy) => proxy.sessions());
    if (SECONDS > 5) console.log(`sessions through the proxies: ${sessions.join(' and ')}`);
    expect(Math.min(...sessions)).toBeGreaterThan(40);
  },
);

test('the process that polls ends with the hub, however that ends', async () => {
  const { ready, child } = await scene(0);
  await until('it polls', () => childrenOf(ready.pid).length === 1);
  const [poller = 0] = childrenOf(ready.pid);
  child.kill('SIGKILL');
  await until('it is gone', () => !isAlive(poller));
});

test('a polling process that is killed is replaced, and the healthy targets are seen again', async () => {
  const { ready } = await scene(0);
  const ana = await opened.client(ready, 'ana');
  const at = (): number => ana.view.readings.find(({ target }) => target === 'good api')?.at ?? 0;
  await until('it is seen', () => at() > 0);
  const [poller = 0] = childrenOf(ready.pid);
  process.kill(poller, 'SIGKILL');
  const before = Date.now();
  await until('it is seen again', () => at() > before);
  expect(childrenOf(ready.pid)).not.toContain(poller);
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
