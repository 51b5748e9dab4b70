/** The built-in steps that change something in Redis, on real servers. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { expireCommand, unlinkCommand } from '../../src/runbooks/native/redis-keys.ts';
import { findRedis } from '../../src/drills/servers/find.ts';
import { endSupervisor, freePort, privateRedis, type PrivateServer } from '../services/services.ts';
import { parseInfo } from '../../src/probes/redis/metrics.ts';
import { redisDiagnosis } from '../../src/runbooks/native/redis-diagnose.ts';
import { contextOf, mutation, observation, rightsIn, run, targetOf } from './native.ts';

let server: PrivateServer;
let admin: Redis;
let port: number;
const ofOps = (url: string): string => url.replace('//', '//warroom_ops:PASSWORD@');
beforeAll(async () => {
  server = await privateRedis();
  port = Number(new URL(server.url).port);
  admin = new Redis(server.url);
  for (const line of rightsIn('runbooks.md', 'redis')) await admin.call(...(line.split(' ') as [string]));
});
beforeEach(() => admin.flushall());
afterAll(async () => {
  admin.disconnect();
  await endSupervisor();
});

/** As the shipped runbook has it, with the user for remediation. */
const EXPIRE = { pattern: 'presence:user:*', ttl: '60' };
const onServer = async (params: Record<string, string>, raw: Record<string, unknown> = {}) =>
  contextOf([await targetOf('redis', { url: server.url, remediation_url: ofOps(server.url), ...raw })], params);

async function fill(live: number, lasting: number): Promise<void> {
  const pipeline = admin.pipeline();
  for (let i = 0; i < live; i++) pipeline.set(`presence:user:live-${i}`, 'x', 'EX', 40);
  for (let i = 0; i < lasting; i++) pipeline.set(`presence:user:lasting-${i}`, 'x');
  pipeline.set('presence:global:config', 'x').set('queue:mail', 'x');
  await pipeline.exec();
}
const expiries = async (): Promise<Map<string, number>> => {
  const keys = (await admin.keys('*')).sort();
  const ttls = await keys.reduce((pipeline, key) => pipeline.ttl(key), admin.pipeline()).exec();
  return new Map(keys.map((key, i) => [key, Number(ttls?.[i]?.[1])]));
};

test('exactly the 3,000 of 23,000 keys get an expiry; what lives, and what gains one meanwhile, is left alone', async () => {
  await fill(20_000, 3000);
  const context = await onServer(EXPIRE);
  const { preview, progress, batches, said } = await run('redis.expire-missing', context, async () => {
    await admin.expire('presence:user:lasting-7', 9999);
    await admin.persist('presence:user:live-1');
    await admin.del('presence:user:lasting-8');
  });
  expect(preview).toMatchObject({ count: 3000, unit: 'keys', complete: true, role: 'master' });
  expect(preview.node).toBe(`127.0.0.1:${port}`);
  expect(preview.samples).toHaveLength(10);
  expect(preview.samples[0]).toContain('presence:user:lasting-');
  expect(preview.bytes).toBeGreaterThan(100_000);
  expect(said[0]).toMatch(/^3,000 keys without expiry .* 20,000 others like it are left alone$/);
  // One lasts now that did not, and two do not any more.
  expect(progress.applied).toBe(2999);
  expect(batches.length).toBeGreaterThan(14);
  for (const [i, { applied }] of batches.entries())
    expect(applied - (batches[i - 1]?.applied ?? 0)).toBeLessThanOrEqual(
      (await mutation('redis.expire-missing')).batch,
    );
  const after = await expiries();
  expect(after.get('presence:user:lasting-7')).toBeGreaterThan(9000);
  expect([after.get('presence:global:config'), after.get('queue:mail')]).toEqual([-1, -1]);
  const ttls = [...after].filter(([key]) => key.startsWith('presence:user:')).map(([, ttl]) => ttl);
  expect(ttls).toHaveLength(22_999);
  expect(ttls.filter((ttl) => ttl === -1)).toEqual([]);
  expect(ttls.filter((ttl) => ttl > 40 && ttl <= 66)).toHaveLength(2999);
  expect(await (await mutation('redis.expire-missing')).verify(context, preview)).toMatchObject({
    state: 'ok',
    text: expect.stringMatching(/^0 keys like presence:user:\* without expiry; memory \d+ %/) as string,
  });
});

test('the guard of a single key, with EXPIRE NX and, for servers before 7.0, with a script', async () => {
  for (const version of ['7.0.15', '6.2.16']) {
    await admin.mset('a', '1', 'b', '1');
    await admin.expire('b', 500);
    const info = new Map([['redis_version', version]]);
    const call = (key: string) => admin.call(...(expireCommand(info, key, 60) as [string, ...string[]]));
    expect([await call('a'), await call('b'), await call('none')], version).toEqual([1, 0, 0]);
    expect(await admin.ttl('b')).toBeGreaterThan(490);
    expect(await admin.ttl('a')).toBeGreaterThan(58);
  }
});

test('the guard of a single key that is deleted: no expiry, and not used', async () => {
  await admin.mset('used', '1', 'expires', '1');
  await admin.expire('expires', 500);
  const call = (key: string, idle: number) => admin.call(...(unlinkCommand(key, idle) as [string, ...string[]]));
  expect([await call('used', 60), await call('expires', 0), await call('none', 0), await call('used', 0)]).toEqual([
    0, 0, 0, 1,
  ]);
});

test('stopped between two batches, it has changed what it said and no more; it goes on when asked anew', async () => {
  await fill(10, 1000);
  const step = await mutation('redis.expire-missing');
  const context = await onServer(EXPIRE);
  const preview = await step.preview(context);
  let told = 0;
  const stopped = step.apply(context, preview, async ({ applied }) => {
    told = applied;
    if (applied >= 400) throw new Error('stopped');
  });
  await expect(stopped).rejects.toThrow('stopped');
  expect(told).toBe(400);
  const lasting = [...(await expiries())].filter(([key, ttl]) => key.startsWith('presence:user:') && ttl === -1);
  expect(lasting).toHaveLength(600);
  expect((await run('redis.expire-missing', context)).progress.applied).toBe(600);
});

test('an aborted preview, parameters that are wrong, another server', async () => {
  await fill(0, 20);
  const context = await onServer(EXPIRE);
  await fill(3000, 0);
  const step = await mutation('redis.expire-missing');
  const cut = new AbortController();
  const slow = contextOf([...context.targets], EXPIRE, {
    signal: cut.signal,
    pause: async () => cut.abort(),
  });
  expect(await step.preview(slow)).toMatchObject({ complete: false });
  for (const [name, value, message] of [
    ['ttl', '0', 'ttl must be a duration'],
    ['ttl', '-5', 'ttl must be'],
    ['ttl', '60; FLUSHALL', 'ttl must be'],
    ['pattern', '*', 'fits too much'],
    ['pattern', '', 'the parameter pattern is empty'],
  ] as const)
    await expect(step.preview(await onServer({ ...EXPIRE, [name]: value }))).rejects.toThrow(message);
  const odd = `presence:user:"x'\r\nFLUSHALL\r\n*`;
  await admin.set(odd.replace('*', '1'), 'x');
  expect(await step.preview(await onServer({ ...EXPIRE, pattern: odd }))).toMatchObject({ count: 1 });
  const preview = { ...(await step.preview(context)), items: { runId: 'another' } };
  await expect(step.apply(context, preview, async () => {})).rejects.toThrow('another server than at the preview');
});

test('refused on a replica, which names its master; a sentinel leads to the master', async () => {
  await fill(0, 5);
  const replica = await privateRedis({
    args: ['--replicaof', '127.0.0.1', String(port), '--repl-diskless-sync-delay', '0'],
  });
  const onReplica = contextOf([await targetOf('redis', { url: replica.url })], EXPIRE);
  await expect(run('redis.expire-missing', onReplica)).rejects.toThrow(
    `is a replica: what is changed there is lost or refused; its master is 127.0.0.1:${port}`,
  );

  const dir = await mkdtemp(path.join(os.tmpdir(), 'warroom-sentinel-'));
  const file = path.join(dir, 'sentinel.conf');
  await writeFile(file, `sentinel monitor main 127.0.0.1 ${port} 1\n`);
  const at = await freePort();
  const sentinel = spawn(findRedis() ?? '', [file, '--sentinel', '--port', String(at)], { stdio: 'ignore' });
  const url = `redis://127.0.0.1:${at}`;
  const raw = { url, remediation_url: ofOps(url) };
  const context = contextOf([await targetOf('redis', raw)], EXPIRE);
  let ran = await run('redis.expire-missing', context).catch((error: unknown) => error);
  while (ran instanceof Error && ran.message.includes('refused') && sentinel.exitCode === null)
    ran = await run('redis.expire-missing', context).catch((error: unknown) => error);
  sentinel.kill('SIGKILL');
  expect(ran).toMatchObject({
    preview: { count: 5, node: `127.0.0.1:${port}`, role: 'master' },
    progress: { applied: 5 },
  });
  await rm(dir, { recursive: true });
  await replica.stop();
});

test('without a user for remediation the target’s own is tried, and the missing right is named before anything is confirmed', async () => {
  await fill(0, 5);
  await admin.call(
    ...('ACL SETUSER probe on >PASSWORD resetkeys -@all +ping +hello +info +scan +pttl ~*'.split(' ') as [string]),
  );
  const context = await onServer(EXPIRE, {
    url: server.url.replace('//', '//probe:PASSWORD@'),
    remediation_url: undefined,
  });
  await expect(run('redis.expire-missing', context)).rejects.toThrow(
    `the user probe may not run EXPIRE on 127.0.0.1:${port}, or not on these keys: ACL SETUSER probe +expire`,
  );
  await admin.call('ACL', 'SETUSER', 'probe', '+expire', '+memory|usage');
  expect((await run('redis.expire-missing', context)).progress).toEqual({ applied: 5, skipped: 0 });
  // The keys of others are out of reach for the user for remediation.
  await expect(run('redis.expire-missing', await onServer({ pattern: 'queue:*', ttl: '60' }))).rejects.toThrow(
    'may not run EXPIRE',
  );
  const other = await privateRedis();
  const crossed = await onServer(EXPIRE, { remediation_url: other.url });
  await expect(run('redis.expire-missing', crossed)).rejects.toThrow('which is another server than');
});

test('keys are deleted only while they have no expiry and were not used for long', async () => {
  const idle = async (key: string, seconds: number) => {
    await admin.set('model', 'x');
    const value = await admin.dumpBuffer('model');
    await admin.call('RESTORE', key, 0, value, 'REPLACE', 'IDLETIME', seconds);
  };
  for (let i = 0; i < 4; i++) await idle(`presence:user:old-${i}`, 7200);
  await idle('presence:user:fresh', 60);
  await admin.set('presence:user:live', 'x', 'EX', 100);
  const context = await onServer({ pattern: 'presence:user:*', idle: '1h' });
  const { preview, progress } = await run('redis.unlink-idle', context, async () => {
    await admin.get('presence:user:old-1');
  });
  expect(preview).toMatchObject({ count: 4, undo: null, irreversible: true });
  expect(progress).toEqual({ applied: 3, skipped: 0 });
  expect((await admin.keys('presence:*')).sort()).toEqual([
    'presence:user:fresh',
    'presence:user:live',
    'presence:user:old-1',
  ]);
  await admin.config('SET', 'maxmemory-policy', 'allkeys-lfu');
  await expect(run('redis.unlink-idle', context)).rejects.toThrow('by frequency');
  await admin.config('SET', 'maxmemory-policy', 'noeviction');
});

test('the limit is raised, never lowered, as far as there is memory; the old value is the way back', async () => {
  await admin.config('SET', 'maxmemory', 50 * 2 ** 20);
  const raw = { memory_limit_bytes: 2 ** 30 };
  const context = await onServer({ maxmemory: '100mb' }, raw);
  const { preview, progress } = await run('redis.raise-maxmemory', context);
  expect(preview).toMatchObject({ count: 1, undo: 'CONFIG SET maxmemory 52428800', irreversible: false });
  expect(preview.samples[0]).toBe('maxmemory 50 MB -> 100 MB');
  expect(progress).toEqual({ applied: 1, skipped: 0 });
  expect(await admin.config('GET', 'maxmemory')).toEqual(['maxmemory', String(100 * 2 ** 20)]);
  expect(await (await mutation('redis.raise-maxmemory')).verify(context, preview)).toMatchObject({ state: 'ok' });
  for (const [maxmemory, message] of [
    ['100mb', 'is 100 MB already'],
    ['1gb', '1 GB is more than three quarters of 1 GB'],
    ['much', 'must be a size'],
  ] as const)
    await expect(run('redis.raise-maxmemory', await onServer({ maxmemory }, raw))).rejects.toThrow(message);
  const between = run('redis.raise-maxmemory', await onServer({ maxmemory: '200mb' }, raw), () =>
    admin.config('SET', 'maxmemory', 120 * 2 ** 20),
  );
  expect((await between).progress).toEqual({ applied: 0, skipped: 1 });
  await admin.config('SET', 'maxmemory', 0);
  await expect(run('redis.raise-maxmemory', context)).rejects.toThrow('has no limit');
});

test('one client is ended, by its id', async () => {
  const victim = new Redis(server.url, { connectionName: 'web', retryStrategy: () => null });
  const id = await victim.client('ID');
  const ended = new Promise((done) => victim.once('end', done));
  const { preview, progress } = await run('redis.kill-client', await onServer({ client: String(id) }));
  expect(preview).toMatchObject({ count: 1, unit: 'clients', irreversible: true });
  expect(preview.samples[0]).toMatch(
    new RegExp(`^id ${id}, 127.0.0.1:\\d+ "web", user default, connected \\d+ s, buffer 0 B`),
  );
  expect(progress).toEqual({ applied: 1, skipped: 0 });
  await ended;
  await expect(run('redis.kill-client', await onServer({ client: '0' }))).rejects.toThrow(/biggest buffers: id \d+/);
  await expect(run('redis.kill-client', await onServer({ client: String(id) }))).rejects.toThrow(`has no client ${id}`);
});

test('the diagnosis: what a probe’s user is told of a full server, and not known where nothing says it', async () => {
  await admin.call(...('ACL SETUSER watcher on >PASSWORD resetkeys -@all +ping +info'.split(' ') as [string]));
  const raw = { url: server.url.replace('//', '//watcher:PASSWORD@'), remediation_url: undefined };
  const diagnose = await observation('redis.diagnose');
  const quick = async (during: () => Promise<unknown> = async () => {}) =>
    diagnose(contextOf([await targetOf('redis', raw)], {}, { pause: async () => void (await during()) }));
  expect(await quick()).toMatch(/^Memory is not full now: \d+ % of the machine’s memory, and no maxmemory is set/);
  await fill(100, 50);
  await admin.config('SET', 'maxmemory', 100);
  const said = await quick(() => Promise.all([1, 2, 3].map(() => admin.set('x', 'y').catch(() => {}))));
  expect(said).toMatch(
    /^Writes fail: noeviction, and 3 were refused in 2 s; 5\d of 15\d keys never expire \(\d+ % of maxmemory, 100 B; INFO, twice within 2 s\)\.$/,
  );
  expect(await quick()).toMatch(
    /^Writes have failed: noeviction, and 3 were refused since it was started, none in 2 s/,
  );
  await admin.config('SET', 'maxmemory-policy', 'volatile-ttl');
  await admin.config('SET', 'maxmemory', '0');
  await admin.config('SET', 'maxmemory-policy', 'noeviction');
  const info = (more: string) =>
    parseInfo(
      `used_memory:990\nmaxmemory:1000\nmaxmemory_policy:noeviction\ntotal_error_replies:0\nevicted_keys:0\n${more}`,
    );
  const of = (more: string, before = '') => redisDiagnosis(info(before), info(more), null);
  expect(of('mem_not_counted_for_evict:300\nconnected_slaves:2')).toContain(
    'buffers for 2 replicas take 300 B: one falls behind',
  );
  expect(of('mem_clients_normal:300')).toContain('buffers of clients take 300 B');
  expect(of('mem_fragmentation_ratio:2.1\nmem_fragmentation_bytes:200000000')).toContain('fragmentation wastes 191 MB');
  expect(of('db0:keys=10,expires=10')).toMatch(
    /^Writes will fail: noeviction, and none was refused yet; what takes the memory is not known/,
  );
  expect(of('evicted_keys:7\nmaxmemory_policy:allkeys-lru')).toMatch(
    /^Keys are thrown away: allkeys-lru, and 7 were evicted in 2 s/,
  );
  expect(redisDiagnosis(info(''), parseInfo(''), null)).toMatch(/^Not known/);
});
