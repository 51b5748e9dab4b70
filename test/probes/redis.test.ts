/** What a Redis server can do to a probe, on real servers. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { memoryUsage, parseInfo, redisFacts, redisSamples } from '../../src/probes/redis/metrics.ts';
import { until } from '../support/patience.ts';
import { endSupervisor, freePort, privateRedis, type PrivateServer } from '../services/services.ts';
import { findRedis } from '../../src/drills/servers/find.ts';
import { ask, open, value, word } from './ask.ts';
import { certificate, flooding, tcp } from './peers.ts';

const signal = new AbortController().signal;
let server: PrivateServer;
let admin: Redis;
let dir: string;
beforeAll(async () => {
  const quick = ['--repl-diskless-sync-delay', '0'];
  const since7 = ['--enable-debug-command', 'local', '--loading-process-events-interval-bytes', '1024'];
  server = await privateRedis({ args: [...quick, ...since7] }).catch(() => privateRedis({ args: quick }));
  admin = new Redis(server.url);
  dir = await mkdtemp(path.join(os.tmpdir(), 'warroom-redis-'));
});
afterAll(async () => {
  admin.disconnect();
  await endSupervisor();
  await rm(dir, { recursive: true });
});
const at = (url: string, timeout = '1500ms') => ({ url, timeout });
const host = () => server.url.replace('redis://', '');

test('a healthy server: memory with its basis, clients, keys, identity', async () => {
  await admin.mset('a', '1', 'b', '2');
  await admin.expire('a', 1000);
  const reading = await ask('redis', at(server.url));
  expect(word(reading)).toBe('up');
  expect(value(reading, 'redis_up')).toBe(1);
  expect(value(reading, 'redis_keys_without_ttl')).toBe(1);
  expect(value(reading, 'redis_db_keys', { db: '0' })).toBe(2);
  expect(value(reading, 'redis_memory_usage', { basis: 'system' })).toBeGreaterThan(0);
  expect(reading.facts).toMatchObject({ memory_basis: 'system', role: 'master', policy: 'noeviction' });
  expect(reading.instanceId).toMatch(/^[0-9a-f]{40}$/);
  await admin.config('SET', 'maxmemory', 100e6);
  const limited = await ask('redis', at(server.url));
  const used = value(limited, 'redis_memory_used_bytes') ?? 0;
  expect(value(limited, 'redis_memory_usage', { basis: 'maxmemory' })).toBe(used / 100e6);
  await admin.config('SET', 'maxmemory', 0);
});

test('nothing listens, no such name, no answer, no Redis', async () => {
  expect(word(await ask('redis', at('redis://127.0.0.1:1')))).toBe('refused connect');
  expect(word(await ask('redis', at('redis://warroom.invalid')))).toBe('dns connect');
  const [silent, garbage] = await Promise.all([
    tcp(),
    tcp((socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')),
  ]);
  expect(word(await ask('redis', at(`redis://127.0.0.1:${silent.port}`, '300ms')))).toBe('timeout connect');
  expect(word(await ask('redis', at(`redis://127.0.0.1:${garbage.port}`)))).toBe('protocol connect');
  await Promise.all([silent.close(), garbage.close()]);
});

test('a server whose answer never ends is left before it fills the memory', async () => {
  const peer = await flooding('$500000000\r\n');
  const reading = await ask('redis', at(`redis://127.0.0.1:${peer.port}`));
  expect(word(reading)).toBe('protocol connect');
  expect(reading.error?.message).toContain('more than 8 MiB');
  await peer.close();
});

test('passwords: missing, wrong, and never in a message', async () => {
  await admin.config('SET', 'requirepass', 'hunter2');
  expect(word(await ask('redis', at(server.url)))).toBe('auth connect');
  const wrong = await ask('redis', at(`redis://:letmein@${host()}`));
  expect(word(wrong)).toBe('auth connect');
  expect(JSON.stringify(wrong)).not.toContain('letmein');
  expect(word(await ask('redis', at(`redis://:hunter2@${host()}`)))).toBe('up');
  await admin.config('SET', 'requirepass', '');
});

test('a user without the right to INFO', async () => {
  await admin.call('ACL', 'SETUSER', 'blind', 'on', '>blind', '-@all', '+ping', '+hello', '+client');
  expect(word(await ask('redis', at(`redis://blind:blind@${host()}`)))).toBe('perm command');
});

test('TLS where there is none, a certificate nobody vouches for, plain on a TLS port', async () => {
  expect(['timeout', 'tls', 'reset']).toContain((await ask('redis', at(`rediss://${host()}`, '300ms'))).error?.class);
  const made = await certificate('127.0.0.1');
  await writeFile(path.join(dir, 'key.pem'), made.key);
  await writeFile(path.join(dir, 'cert.pem'), made.cert);
  const port = await freePort();
  const files = { key: path.join(dir, 'key.pem'), cert: path.join(dir, 'cert.pem') };
  await privateRedis({
    args: [
      '--tls-port',
      `${port}`,
      '--tls-cert-file',
      files.cert,
      '--tls-key-file',
      files.key,
      '--tls-auth-clients',
      'no',
    ],
  });
  const url = `rediss://127.0.0.1:${port}`;
  expect(word(await ask('redis', at(url)))).toBe('tls_untrusted connect');
  expect(word(await ask('redis', { ...at(url), ca: files.cert }))).toBe('up');
  expect(word(await ask('redis', { ...at(url.replace('127.0.0.1', 'localhost')), ca: files.cert }))).toBe(
    'tls_name connect',
  );
  expect((await ask('redis', at(`redis://127.0.0.1:${port}`))).error?.class).toBe('reset');
  // With every slot taken a TLS server hangs up before it can say why.
  const held = new Redis(url, { tls: { ca: made.cert } });
  await held.config('SET', 'maxclients', 1);
  expect(word(await ask('redis', { ...at(url), ca: files.cert }))).toBe('reset connect');
  held.disconnect();
});

test('a save or a rewrite that failed: up also after a reconnect, and said', async () => {
  const own = await privateRedis({ args: ['--save', '3600', '1', '--appendonly', 'yes', '--dbfilename', 'taken.rdb'] });
  const user = new Redis(own.url);
  await user.set('a', '1');
  const healthy = await ask('redis', at(own.url));
  expect(value(healthy, 'redis_rdb_last_bgsave_ok')).toBe(1);
  expect(value(healthy, 'redis_aof_last_bgrewrite_ok')).toBe(1);
  const children = (): string => readFileSync(`/proc/${own.pid}/task/${own.pid}/children`, 'utf8').trim();
  await user.config('SET', 'rdb-key-save-delay', 10_000_000);
  await user.bgrewriteaof();
  await until('the rewrite has begun', () => children() !== '');
  process.kill(Number(children()), 'SIGKILL');
  await until('the rewrite has failed', async () => (await user.info('persistence')).includes('bgrewrite_status:err'));
  await user.config('SET', 'rdb-key-save-delay', 0);
  expect(value(await ask('redis', at(own.url)), 'redis_aof_last_bgrewrite_ok')).toBe(0);
  // Where a folder stands no file can be put.
  const [, folder = ''] = (await user.config('GET', 'dir')) as string[];
  await mkdir(path.join(folder, 'taken.rdb', 'inside'), { recursive: true });
  await user.bgsave().catch(() => {});
  await until('the save has failed', async () => (await user.info('persistence')).includes('bgsave_status:err'));
  await expect(user.ping()).rejects.toThrow('MISCONF');
  const failed = await ask('redis', at(own.url));
  expect(word(failed)).toBe('up');
  expect(value(failed, 'redis_rdb_last_bgsave_ok')).toBe(0);
  user.disconnect();
  await own.stop();
});

test('a connection whose other end is gone without a word is replaced', async () => {
  const clients: net.Socket[] = [];
  const cut = new Set<net.Socket>();
  const proxy = await tcp((client) => {
    const onward = net.connect(Number(new URL(server.url).port), '127.0.0.1');
    clients.push(client);
    client.on('data', (data) => cut.has(client) || onward.write(data));
    onward.on('data', (data) => cut.has(client) || client.write(data));
    client.on('close', () => onward.destroy());
    onward.on('error', () => client.destroy());
  });
  const held = await open('redis', at(`redis://127.0.0.1:${proxy.port}`, '200ms'));
  expect(word(await held.poll(signal))).toBe('up');
  for (const client of clients) cut.add(client);
  const words: string[] = [];
  for (let i = 0; i < 4; i++) words.push(word(await held.poll(signal)));
  expect(words).toEqual(['timeout command', 'timeout command', 'timeout command', 'up']);
  await held.close();
  await proxy.close();
});

test('over a socket in the file system, with a password', async () => {
  const socket = path.join(dir, 'redis.sock');
  await privateRedis({ args: ['--unixsocket', socket, '--requirepass', 'hunter2'] });
  expect(word(await ask('redis', at(`unix://${socket}`)))).toBe('auth connect');
  expect(word(await ask('redis', at(`unix://${socket}?password=hunter2`)))).toBe('up');
  expect(word(await ask('redis', at(`unix://${socket}.gone`)))).toBe('refused connect');
});

test('every client slot taken: a new probe says exhausted, the held one still sees it', async () => {
  const held = await open('redis', at(server.url));
  await held.poll(signal);
  await admin.config('SET', 'maxclients', 2);
  expect(word(await ask('redis', at(server.url)))).toBe('exhausted connect');
  const reading = await held.poll(signal);
  expect(word(reading)).toBe('up');
  expect(value(reading, 'redis_rejected_connections')).toBeGreaterThan(0);
  await admin.config('SET', 'maxclients', 1000);
  await held.close();
});

test('a server that loads its data says so', async () => {
  // Before 7.0 a loading server listens only every 2 MB.
  await admin.config('SET', 'rdbcompression', 'no');
  const isOld = (await admin.call('CONFIG', 'GET', 'loading-process-events-interval-bytes'))?.toString() === '';
  await admin.call('DEBUG', 'POPULATE', isOld ? '40000' : '1000', 'load', '200');
  await admin.config('SET', 'key-load-delay', isOld ? 50 : 1000);
  const loading = admin.call('DEBUG', 'RELOAD').catch(() => {});
  let said = '';
  for (let i = 0; i < 50 && said !== 'loading connect'; i++) said = word(await ask('redis', at(server.url)));
  expect(said).toBe('loading connect');
  await admin.config('SET', 'key-load-delay', 0);
  await loading;
  await admin.flushall();
});

test('a script that blocks the server', async () => {
  await admin.config('SET', 'lua-time-limit', 50);
  const held = await open('redis', at(server.url));
  await held.poll(signal);
  const script = new Redis(server.url);
  const blocked = script.eval('while true do end', 0).catch(() => 'killed');
  let said = '';
  for (let i = 0; i < 20 && said !== 'busy command'; i++) said = word(await held.poll(signal));
  expect(said).toBe('busy command');
  const killer = new Redis(server.url, { enableReadyCheck: false });
  await killer.call('SCRIPT', 'KILL');
  expect(await blocked).toBe('killed');
  expect(word(await held.poll(signal))).toBe('up');
  for (const client of [script, killer]) client.disconnect();
  await held.close();
});

test('a frozen server times out, keeps its connection and is up again after', async () => {
  const held = await open('redis', at(server.url, '300ms'));
  const before = await held.poll(signal);
  server.freeze();
  expect(word(await held.poll(signal))).toBe('timeout command');
  expect(word(await ask('redis', at(server.url, '300ms')))).toBe('timeout connect');
  server.thaw();
  const after = await held.poll(signal);
  expect(word(after)).toBe('up');
  expect(after.instanceId).toBe(before.instanceId);
  await held.close();
});

test('a server that goes and comes back is another life', async () => {
  const port = String(await freePort());
  const first = await privateRedis({ args: ['--port', port] });
  const held = await open('redis', at(`redis://127.0.0.1:${port}`));
  const before = await held.poll(signal);
  await first.stop();
  expect(['refused connect', 'reset connect', 'reset command']).toContain(word(await held.poll(signal)));
  expect(word(await held.poll(signal))).toBe('refused connect');
  await privateRedis({ args: ['--port', port] });
  const after = await held.poll(signal);
  expect(word(after)).toBe('up');
  expect(after.instanceId).not.toBe(before.instanceId);
  await held.close();
});

test('what memory use is measured against', () => {
  const info = (text: string) => parseInfo(text.replaceAll(' ', '\r\n'));
  const base = 'used_memory:50 used_memory_rss:80 total_system_memory:1000';
  expect(memoryUsage(info(`${base} maxmemory:40`), null)).toEqual({ ratio: 1.25, basis: 'maxmemory' });
  expect(memoryUsage(info(`${base} maxmemory:0`), 160)).toEqual({ ratio: 0.5, basis: 'configured' });
  expect(memoryUsage(info(`${base} maxmemory:0`), null)).toEqual({ ratio: 0.08, basis: 'system' });
  expect(memoryUsage(info('maxmemory:0'), null)).toBeNull();
});

test('Valkey and fields of the future', () => {
  const info = parseInfo(
    'redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.1.0\r\nnew_field:x:y\r\n' +
      'role:master\r\nmaster_repl_offset:100\r\nslave0:ip=10.0.0.2,port=6379,state=online,offset=90,lag=0\r\n' +
      'db0:keys=5,expires=2,avg_ttl=0,subexpiry=1\r\n',
  );
  expect(redisFacts(info, null)['version']).toBe('valkey 8.1.0');
  const samples = redisSamples(info, null);
  const of = (metric: string) => samples.find((sample) => sample.metric === metric);
  expect(of('redis_replica_lag_bytes')).toMatchObject({ value: 10, labels: { replica: '10.0.0.2:6379' } });
  expect(of('redis_keys_without_ttl')?.value).toBe(3);
  expect(of('redis_memory_used_bytes')).toBeUndefined();
});

test.skipIf(findRedis() === null)('a sentinel: its masters, and no keys rather than none', async () => {
  const file = path.join(dir, 'sentinel.conf');
  await writeFile(file, `sentinel monitor main 127.0.0.1 ${new URL(server.url).port} 1\n`);
  const port = await freePort();
  const sentinel = spawn(findRedis() ?? '', [file, '--sentinel', '--port', String(port)], { stdio: 'ignore' });
  const look = () => ask('redis', at(`redis://127.0.0.1:${port}`));
  let reading = await look();
  while (word(reading) !== 'up' && sentinel.exitCode === null) reading = await look();
  sentinel.kill('SIGKILL');
  expect(word(reading)).toBe('up');
  expect(reading.facts['unread']).toBeUndefined();
  expect(value(reading, 'redis_sentinel_master_ok', { master: 'main' })).toBe(1);
  expect(value(reading, 'redis_keys')).toBeUndefined();
});

test('the slow log, errors and commands; a full memory is counted', async () => {
  await admin.config('SET', 'slowlog-log-slower-than', 0);
  await admin.set('slow:key', 'secret');
  await admin.config('SET', 'slowlog-log-slower-than', 10_000);
  await admin.config('SET', 'maxmemory', 1);
  await expect(admin.set('more', '1')).rejects.toThrow('OOM');
  await admin.config('SET', 'maxmemory', 0);
  const reading = await ask('redis', at(server.url));
  const ids = reading.rows?.['slowlog']?.map((row) => Number(row['id'])) ?? [];
  expect(value(reading, 'redis_slowlog_last_id')).toBe(Math.max(...ids));
  const slow = reading.rows?.['slowlog']?.find((row) => row['command'] === 'set slow:key');
  expect(slow).toMatchObject({ id: expect.any(Number), ms: expect.any(Number) });
  expect(JSON.stringify(reading)).not.toContain('secret');
  expect(value(reading, 'redis_oom_errors')).toBeGreaterThan(0);
  expect(reading.rows?.['commands']?.length).toBeGreaterThan(0);
  expect(reading.facts['unread']).toBeUndefined();
});

test('big keys and keys without expiry, slice by slice', async () => {
  await admin.flushall();
  await admin.zadd('board:all', ...Array.from({ length: 5000 }, (_, i) => [i, `member${i}`]).flat());
  const batch = admin.pipeline();
  for (let i = 0; i < 300; i++) batch.set(`session:${i}`, 'x', 'EX', 1000);
  for (let i = 0; i < 20; i++) batch.set(`presence:${i}`, 'x');
  await batch.exec();
  const held = await open('redis', at(server.url));
  expect((await held.inspect?.(signal))?.failure).toMatchObject({ message: 'there is no connection to the server' });
  await held.poll(signal);
  let look = await held.inspect?.(signal);
  for (let i = 0; i < 20 && look?.isDone === false; i++) look = await held.inspect?.(signal);
  expect(look).toMatchObject({ failure: null, isDone: true, seen: 'all 321 keys' });
  expect(look?.rows?.['bigkeys']?.[0]).toMatchObject({ key: 'board:all', type: 'zset', ttl_s: null });
  const prefixes = look?.rows?.['prefixes']?.map((row) => [row['prefix'], row['keys'], row['without_ttl']]);
  expect(prefixes?.toSorted()).toEqual([
    ['board:', 1, 1],
    ['presence:', 20, 20],
    ['session:', 300, 0],
  ]);
  await held.close();
});

test('a replica and its master', async () => {
  const port = new URL(server.url).port;
  const replica = await privateRedis({ args: ['--replicaof', '127.0.0.1', port, '--repl-diskless-sync-delay', '0'] });
  let reading = await ask('redis', at(replica.url));
  for (let i = 0; i < 200 && value(reading, 'redis_master_link_up') !== 1; i++) {
    await sleep(25);
    reading = await ask('redis', at(replica.url));
  }
  expect(value(reading, 'redis_master_link_up')).toBe(1);
  expect(value(reading, 'redis_is_replica')).toBe(1);
  expect(reading.facts['role']).toBe('slave');
  const master = await ask('redis', at(server.url));
  expect(value(master, 'redis_connected_replicas')).toBe(1);
  replica.freeze();
  await admin.set('unheard', 'x'.repeat(5_000));
  expect(value(await ask('redis', at(server.url)), 'redis_replica_lag_bytes')).toBeGreaterThan(5_000);
  replica.thaw();
  await replica.stop();
});

test('a cluster that serves no slots, and one that does', async () => {
  const node = await privateRedis({ args: ['--cluster-enabled', 'yes'] });
  const held = await open('redis', at(node.url));
  const broken = await held.poll(signal);
  expect(word(broken)).toBe('up');
  expect(value(broken, 'redis_cluster_state')).toBe(0);
  const client = new Redis(node.url);
  await client.call('CLUSTER', 'ADDSLOTS', ...Array.from({ length: 16_384 }, (_, slot) => slot));
  while (!String(await client.call('CLUSTER', 'INFO')).includes('cluster_state:ok')) await sleep(25);
  const whole = await ask('redis', at(node.url));
  expect(value(whole, 'redis_cluster_state')).toBe(1);
  expect(value(whole, 'redis_cluster_slots_ok')).toBe(16384);
  client.disconnect();
  await held.close();
});
