/** The users of docs/probes.md, made by the very lines that stand there: they see all and can do nothing. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { shippedDir } from '../../src/config/config.ts';
import { forPolling } from '../../src/probes/isolated-poller.ts';
import { probeMetrics, probeOf } from '../../src/probes/index.ts';
import { readRunbooks } from '../../src/runbooks/folder.ts';
import { redisCommands } from '../../src/runbooks/redis-text.ts';
import { rightsIn } from '../runbooks/native.ts';
import { endSupervisor, privatePostgres, privateRedis, type PrivateServer } from '../services/services.ts';
import { ask, open, value, word } from './ask.ts';

const docs = readFileSync(path.join(import.meta.dirname, '../../docs/probes.md'), 'utf8');
const lines = (language: 'redis' | 'sql'): string[] => rightsIn('probes.md', language);

const signal = new AbortController().signal;
let redis: PrivateServer;
let postgres: PrivateServer;
beforeAll(async () => {
  [redis, postgres] = await Promise.all([privateRedis(), privatePostgres()]);
});
afterAll(endSupervisor);

const withUser = (url: string): string => url.replace(/\/\/(?:\w+@)?/, '//warroom:PASSWORD@');

test('the lines of the docs are those the program prints', async () => {
  expect((await probeOf('redis'))?.rights).toEqual(lines('redis'));
  expect((await probeOf('postgres'))?.rights).toEqual(lines('sql'));
});

test('the process that polls never has the user that changes something', async () => {
  for (const url of ['redis://h', 'postgres://h/d']) {
    const [kind = ''] = url.split(':');
    const parsed = (await probeOf(kind))?.parse({ url, remediation_url: `${url}?ops` });
    expect(parsed).toMatchObject({ url, remediationUrl: `${url}?ops` });
    const sent = forPolling({ name: kind, kind, intervalMs: 1000, settings: parsed });
    expect(sent).toMatchObject({ name: kind, settings: { url, remediationUrl: null } });
  }
});

test('redis: everything is read, no value and no key can be touched', async () => {
  const admin = new Redis(redis.url);
  await admin.set('secret', 'value');
  const [base = '', sampler = ''] = lines('redis').map((line) => line.trim());
  const run = (line: string) => admin.call(...(line.split(' ') as [string, ...string[]]));
  await run(base);
  const url = withUser(redis.url);
  const reading = await ask('redis', { url });
  expect(word(reading)).toBe('up');
  expect(reading.facts['unread']).toBeUndefined();
  expect(value(reading, 'redis_slowlog_last_id')).toBeDefined();
  const held = await open('redis', { url });
  await held.poll(signal);
  // No key could be looked at: that is not "all 0 keys".
  expect((await held.inspect?.(signal))?.failure).toMatchObject({ class: 'perm' });
  await run(sampler.replace('+memory|usage', ''));
  expect((await held.inspect?.(signal))?.failure).toMatchObject({ class: 'perm' });
  await run(sampler);
  expect((await held.inspect?.(signal))?.rows?.['bigkeys']).toMatchObject([{ key: 'secret' }]);
  await held.close();
  const user = new Redis(url, { enableReadyCheck: false });
  for (const command of [
    'GET secret',
    'SET secret x',
    'DEL secret',
    'KEYS *',
    'FLUSHALL',
    'CONFIG GET *',
    'SLOWLOG RESET',
    'MEMORY PURGE',
    'CLIENT LIST',
    'EVAL return 0',
    'ACL LIST',
  ])
    await expect(user.call(...(command.split(' ') as [string, ...string[]]))).rejects.toThrow('NOPERM');
  user.disconnect();
  admin.disconnect();
});

test('redis: with ping and info alone the panel lives, and says what it could not read', async () => {
  const admin = new Redis(redis.url);
  await admin.call('ACL', 'SETUSER', 'little', 'on', '>little', '-@all', '+ping', '+info');
  const reading = await ask('redis', { url: redis.url.replace('//', '//little:little@') });
  expect(word(reading)).toBe('up');
  expect(value(reading, 'redis_memory_usage')).toBeGreaterThan(0);
  expect(reading.facts['unread']).toMatch(/^slow log \(the user may not run this command.*; latency \(/);
  admin.disconnect();
});

test('postgres: everything is seen, no table is read and no session ended', async () => {
  const admin = new pg.Client(postgres.url);
  await admin.connect();
  await admin.query('CREATE TABLE secrets (t text)');
  // Here the superuser of the test's server has the name of the docs.
  for (const line of lines('sql')) await admin.query(line.replace('warroom', 'watcher'));
  const url = withUser(postgres.url).replace('warroom:', 'watcher:');
  const reading = await ask('postgres', { url });
  expect(word(reading)).toBe('up');
  expect(reading.facts['partial']).toBeUndefined();
  expect(reading.facts['unread']).toBeUndefined();
  expect(value(reading, 'pg_stat_activity_count', { state: 'idle' })).toBe(1);
  const user = new pg.Client(url);
  await user.connect();
  for (const sql of [
    'SELECT * FROM secrets',
    'ALTER TABLE secrets ADD COLUMN mine text',
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'warroom'`,
    `SELECT pg_read_file('postgresql.conf')`,
    'ALTER SYSTEM SET work_mem = 1',
  ])
    await expect(user.query(sql)).rejects.toMatchObject({ code: '42501' });
  await user.end();
  await admin.end();
});

test('what the runbooks look at needs no more rights than a probe has, and every statement in them is understood', async () => {
  const steps = readRunbooks([shippedDir()]).flatMap((runbook) => runbook.steps.filter((step) => step.isExecutable));
  expect(steps.filter(({ language }) => language === 'sql' || language === 'redis').length).toBeGreaterThan(10);
  const db = new pg.Client(withUser(postgres.url));
  await db.connect();
  const cache = new Redis(withUser(redis.url), { enableReadyCheck: false });
  for (const { language, kind, text } of steps) {
    // What a person fills in: a moment in quotes, else a number.
    const sql = text
      .replace(/'<\w+>'/g, 'now()')
      .replace(/<\w+>/g, '0')
      .replace(/\$\{\{\w+\}\}/g, '0');
    if (language === 'sql') expect((await db.query(sql)).command, sql).toBe('SELECT');
    else if (language === 'redis' && kind === 'observe')
      for (const { words } of redisCommands(text)) await cache.call(...(words as [string]));
  }
  await db.end();
  cache.disconnect();
});

test('every metric that is read here is in docs/probes.md and in the catalog, as what it is', async () => {
  const named = (text: string) =>
    [...text.matchAll(/`([a-z][a-z0-9_]+)(?:\{[^}]*\})?`/g)].map(([, name]) => name ?? '');
  const metrics = await probeMetrics();
  const documented = new Set(named(docs));
  const tabled = [...docs.matchAll(/^\| (`[^|]+)\|/gm)].flatMap(([, cell]) => named(cell ?? ''));
  expect(tabled.filter((name) => !metrics.has(name))).toEqual([]);
  expect([...metrics.keys()].filter((name) => !documented.has(name) && !name.startsWith('db_pool_'))).toEqual([]);
  const readings = await Promise.all([
    ask('redis', { url: redis.url }),
    ask('postgres', { url: postgres.url }),
    ask('http', { url: 'http://127.0.0.1:1/' }),
    ask('host', {}),
  ]);
  const given = new Set(readings.flatMap((reading) => reading.samples.map((sample) => sample.metric)));
  expect([...given].filter((metric) => !documented.has(metric))).toEqual([]);
  const samples = readings.flatMap((reading) => reading.samples);
  expect(samples.filter(({ metric, type }) => metrics.get(metric) !== type)).toEqual([]);
});
