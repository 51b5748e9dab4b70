/** Alerts from real servers: a full Redis, a PostgreSQL with every slot taken, a WebSocket service that is gone. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, afterEach, expect, test } from 'vitest';
import type { Client } from '../../src/client/client.ts';
import type { Target } from '../../src/probes/probe.ts';
import { target } from '../probes/ask.ts';
import { endSupervisor, privatePostgres, privateRedis } from '../services/services.ts';
import { until } from '../support/patience.ts';
import { declare, Opened } from '../support/room.ts';
import { changes, named, polled } from './watched.ts';

const opened = new Opened();
afterEach(() => opened.tidy());
afterAll(endSupervisor);

async function watching(targets: readonly Target[], rules: string, dir?: string): Promise<Client> {
  const hub = await polled(opened, dir ?? (await opened.folder()), targets, rules);
  return opened.client(hub, 'ana');
}
const connect = async (url: string): Promise<pg.Client> => {
  const client = new pg.Client(url);
  client.on('error', () => {});
  await client.connect();
  return client;
};

test('redis over 90 % of maxmemory: fires on every console, is in the record, ends when it is emptied', async () => {
  const server = await privateRedis({ args: ['--maxmemory', '8mb', '--maxmemory-policy', 'noeviction'] });
  const cache = await target('cache', 'redis', { url: server.url }, 200);
  const ana = await watching(
    [cache],
    '\n  - { name: Memory, condition: redis_memory_usage > 90% for 300ms, severity: SEV-2, keep: 300ms }',
  );
  await declare(ana);
  await until('it is read', () => ana.view.targets.length > 0 || ana.view.alerts !== null);
  const redis = new Redis(server.url);
  await redis.eval("for i = 1, 120 do pcall(redis.call, 'set', 'k' .. i, string.rep('x', 60000)) end return 1", 0);
  await until('it fires', () => changes(ana, 'Memory').length === 1);
  expect(named(ana, 'Memory')).toMatchObject({ state: 'firing', labels: { target: 'cache' } });
  expect(named(ana, 'Memory')?.summary).toMatch(/^Memory on cache: (0\.9|1)/);
  await redis.flushall();
  await until('it ends', () => changes(ana, 'Memory').length === 2);
  expect(changes(ana, 'Memory')).toEqual(['pending>firing', 'firing>resolved']);
  redis.disconnect();
  await server.stop();
});

test('postgres with every slot taken fires; the limit of the probe’s own role does not', async () => {
  const server = await privatePostgres({
    settings: { max_connections: '20', superuser_reserved_connections: '3' },
  });
  const admin = await connect(server.url);
  await admin.query('CREATE ROLE watcher LOGIN CONNECTION LIMIT 2; GRANT pg_monitor TO watcher; CREATE ROLE app LOGIN');
  const as = (user: string): string => server.url.replace('warroom@', `${user}@`);
  const rules = '\n  - { name: Pool, condition: db_pool_exhausted, severity: SEV-1, keep: 0s }';
  const db = await target('db', 'postgres', { url: as('watcher') }, 200);

  const own = await Promise.all([connect(as('watcher')), connect(as('watcher'))]);
  const limited = await watching([db], rules);
  const error = (): string | undefined => limited.view.targets[0]?.reading?.error?.message;
  await until('the probe meets its own limit', () => error()?.includes('role limit') ?? false);
  const readings = new Set<number>();
  await until('the rules saw it several times', () => {
    const { at, error: trouble } = limited.view.targets[0]?.reading ?? {};
    if (at !== undefined && trouble) readings.add(at);
    return readings.size > 3;
  });
  expect(limited.view.alerts).toEqual([]);
  await Promise.all(own.map((client) => client.end()));
  await opened.tidy();

  const ana = await watching([db], rules);
  await until('it is read', () => ana.view.targets[0]?.reading?.up === true);
  const taken: pg.Client[] = [];
  for (;;) {
    const one = await connect(as('app')).catch(() => null);
    if (one === null) break;
    taken.push(one);
  }
  expect(taken.length).toBeGreaterThan(10);
  await until('it fires', () => named(ana, 'Pool')?.state === 'firing');
  await Promise.all(taken.map((client) => client.end()));
  await until('and ends', () => ana.view.alerts?.length === 0);
  await admin.end();
  await server.stop();
});

test('a websocket service that stops pages, though it yields no number any more; a restart of the hub changes nothing', async () => {
  const server = http.createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ status: 'ok', websocket_connections: 250 }));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const health = `http://127.0.0.1:${(server.address() as AddressInfo).port}/healthz`;
  const push = await target('push', 'websocket', { health }, 200);
  const rules = '\n  - { name: Down, condition: ws_connections < 100 for 1s nodata alert, severity: SEV-1, keep: 0s }';
  const dir = await opened.folder();
  const hub = await polled(opened, dir, [push], rules);
  const ana = await opened.client(hub, 'ana');
  const incident = await declare(ana);
  await until('it is well', () => ana.view.targets[0]?.reading?.up === true);
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
  await until('it waits', () => named(ana, 'Down')?.state === 'pending');
  await hub.close();

  const again = await polled(opened, dir, [push], rules);
  const ben = await opened.client(again, 'ben', { incident });
  await until('it fires', () => changes(ben, 'Down').length === 1);
  expect(changes(ben, 'Down')).toEqual(['pending>no_data']);
  await until('it is on the screen', () => named(ben, 'Down')?.incident === incident);
  expect(named(ben, 'Down')).toMatchObject({ state: 'no_data', severity: 'SEV-1' });
});
