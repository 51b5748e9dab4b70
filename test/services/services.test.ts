import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { afterAll, expect, inject, test } from 'vitest';
import { built } from '../support/built.ts';
import { isProcessAlive } from '../../src/drills/servers/processes.ts';
import { endSupervisor, privatePostgres, privateRedis } from './services.ts';

afterAll(endSupervisor);

test('the shared servers answer', async () => {
  const redis = new Redis(inject('redisUrl'), { maxRetriesPerRequest: 0, retryStrategy: () => null });
  let trouble = '';
  redis.on('error', (error) => (trouble = error.message));
  expect(await redis.ping().catch(() => `${inject('redisUrl')}: ${trouble}`)).toBe('PONG');
  redis.disconnect();
  const pg = new Client(inject('databaseUrl'));
  await pg.connect();
  expect((await pg.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  await pg.end();
});

test('a private Redis freezes, thaws and stops', async () => {
  const server = await privateRedis({ args: ['--maxmemory', '64mb'] });
  const redis = new Redis(server.url, { commandTimeout: 150, maxRetriesPerRequest: 0, retryStrategy: () => null });
  redis.on('error', () => {});
  expect(await redis.config('GET', 'maxmemory')).toEqual(['maxmemory', '67108864']);
  server.freeze();
  await expect(redis.ping()).rejects.toThrow('timed out');
  server.thaw();
  expect(await redis.ping()).toBe('PONG');
  await server.stop();
  redis.disconnect();
  expect(isProcessAlive(server.pid)).toBe(false);
});

test('a frozen PostgreSQL answers nothing, not even on a connection that is open, and still stops', async () => {
  const server = await privatePostgres({ settings: { max_connections: '12' } });
  const pg = new Client({ connectionString: server.url, query_timeout: 150 });
  pg.on('error', () => {});
  await pg.connect();
  expect((await pg.query('SHOW max_connections')).rows).toEqual([{ max_connections: '12' }]);
  server.freeze();
  await expect(pg.query('SELECT 1')).rejects.toThrow('timeout');
  await server.stop();
  expect(isProcessAlive(server.pid)).toBe(false);
  expect(fs.existsSync(`${server.dir}/pg/postmaster.pid`)).toBe(false);
});

test('a runner killed with SIGKILL takes its servers along', async () => {
  const program = `import { privateRedis } from ${JSON.stringify(built('src/drills/servers/private-servers.ts'))};
    const { url, pid } = await privateRedis(); console.log(JSON.stringify({ url, pid })); setInterval(() => {}, 1000);`;
  const runner = spawn(process.execPath, ['--input-type=module', '-e', program]);
  const said = await new Promise<string>((done) => runner.stdout.once('data', (data) => done(String(data))));
  const { url, pid } = JSON.parse(said) as { url: string; pid: number };
  expect(await canConnect(url)).toBe(true);
  runner.kill('SIGKILL');
  for (let i = 0; i < 100 && isProcessAlive(pid); i++) await sleep(20);
  expect(isProcessAlive(pid)).toBe(false);
});

const canConnect = (url: string): Promise<boolean> =>
  new Promise((done) => {
    const socket = net.connect(Number(new URL(url).port), '127.0.0.1');
    socket.once('connect', () => (socket.destroy(), done(true)));
    socket.once('error', () => done(false));
  });
