/** Who gets in and who does not, and what the hub says over HTTP. */
import { chmod, readFile, stat } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { createInvite, readInvites, revoke } from '../../src/hub/invites.ts';
import { Raw } from '../support/raw.ts';
import { declare, Opened } from '../support/room.ts';

const opened = new Opened();
afterEach(() => opened.tidy());
const id = '01ARZ3NDEKTSV4RRFFQ69G5FAV';

test('a wrong token, a wrong version, a name that is not the invited one', async () => {
  const dir = await opened.folder();
  const hub = await opened.hub(dir);
  expect(await (await Raw.hello(hub, { token: 'x'.repeat(43) })).closed).toMatchObject({ code: 4401 });
  expect(await (await Raw.hello(hub, { version: 99 })).closed).toMatchObject({ code: 4406 });
  const token = await createInvite(dir, { name: 'ben', observer: false, expiresAt: null });
  expect(await (await Raw.hello(hub, { token, name: 'ana' })).closed).toEqual({
    code: 4403,
    reason: "this token is ben's",
  });
  expect(await (await Raw.hello(hub, { token, name: 'ben' })).hear('welcome')).toMatchObject({
    you: { name: 'ben', observer: false },
  });
});

test('invitations are hashed at rest, expire, and end open connections when revoked', async () => {
  const dir = await opened.folder();
  const token = await createInvite(dir, { name: 'ben', observer: false, expiresAt: null });
  const late = await createInvite(dir, { name: 'eve', observer: false, expiresAt: '2020-01-01T00:00:00.000Z' });
  const file = await readFile(path.join(dir, 'invites.json'), 'utf8');
  expect(file).not.toContain(token);
  expect((await stat(path.join(dir, 'invites.json'))).mode & 0o777).toBe(0o600);
  expect(await readInvites(dir)).toHaveLength(2);
  const hub = await opened.hub(dir, { limits: { beatMs: 20 } });
  expect(await (await Raw.hello(hub, { token: late, name: 'eve' })).closed).toMatchObject({ code: 4401 });
  const ben = await Raw.hello(hub, { token, name: 'ben' });
  await ben.hear('welcome');
  expect(await revoke(dir, 'ben')).toBe(1);
  expect(await ben.closed).toMatchObject({ code: 4401 });
});

test('two invitations made at once are both kept', async () => {
  const dir = await opened.folder();
  const names = ['a', 'b', 'c', 'd', 'e'];
  await Promise.all(names.map((name) => createInvite(dir, { name, observer: true, expiresAt: null })));
  expect((await readInvites(dir)).map(({ name }) => name).sort()).toEqual(names);
});

test('an observer reads and does not write', async () => {
  const dir = await opened.folder();
  const token = await createInvite(dir, { name: 'vip', observer: true, expiresAt: null });
  const hub = await opened.hub(dir);
  const ana = await opened.client(hub, 'ana');
  const incident = await declare(ana);
  const vip = await Raw.hello(hub, { token, name: 'vip', via: 'console', live: true });
  vip.say({ type: 'follow', incident, epoch: null, after: 0 });
  expect((await vip.hear('events')).events).toHaveLength(1);
  vip.say({ type: 'command', n: 1, id, incident, command: { kind: 'note', text: 'hello' } });
  expect(await vip.hear('nack')).toMatchObject({ n: 1, code: 'observer' });
  expect(hub.stats().events).toBe(1);
});

test('a token file that others can read keeps the hub from starting', async () => {
  const dir = await opened.folder();
  const hub = await opened.hub(dir);
  expect((await stat(path.join(dir, 'token'))).mode & 0o777).toBe(0o600);
  await hub.close();
  await chmod(path.join(dir, 'token'), 0o644);
  await expect(opened.hub(dir)).rejects.toThrow(/chmod 600/);
});

test('beyond this machine only with TLS, or when told aloud', async () => {
  const dir = await opened.folder();
  await expect(opened.hub(dir, { listen: { host: '0.0.0.0', port: 0 } })).rejects.toThrow(/--insecure/);
  await opened.hub(dir, { listen: { host: '0.0.0.0', port: 0 }, insecure: true });
});

test('pages of strangers are kept out by their Origin; programs have none', async () => {
  const hub = await opened.hub(await opened.folder(), { allowedOrigins: ['https://ops.example'] });
  const from = (origin?: string): Promise<string> => new Raw(hub, origin === undefined ? {} : { origin }).opened;
  expect(await from('https://evil.example')).toBe('403');
  expect(await from('https://ops.example.evil.example')).toBe('403');
  expect(await from('null')).toBe('403');
  expect(await from('https://ops.example')).toBe('open');
  expect(await from()).toBe('open');
  expect(await new Raw(hub, {}, '/v1/else').opened).toBe('404');
});

test('no hello in time, or something else first, ends the connection', async () => {
  const hub = await opened.hub(await opened.folder(), { limits: { helloMs: 80 } });
  expect(await new Raw(hub).closed).toMatchObject({ code: 4408 });
  const rude = new Raw(hub);
  await rude.opened;
  rude.say({ type: 'follow', incident: 'x', epoch: null, after: 0 });
  expect(await rude.closed).toEqual({ code: 4400, reason: 'say hello first' });
  expect(await (await Raw.hello(hub, { token: 'x'.repeat(5_000) })).closed).toMatchObject({ code: 4400 });
});

test('healthz, metrics, and nothing else', async () => {
  const hub = await opened.hub(await opened.folder());
  const ana = await opened.client(hub, 'ana');
  await declare(ana);
  const health = await fetch(`${hub.httpUrl}/healthz`);
  expect(health.status).toBe(200);
  expect(await health.json()).toMatchObject({
    status: 'ok',
    websocket_connections: 1,
    incidents_open: 1,
    journal_lag: 0,
  });
  const metrics = await (await fetch(`${hub.httpUrl}/metrics`)).text();
  expect(metrics).toContain('\nwarroom_websocket_connections 1\n');
  expect(metrics).toContain('\nwarroom_commands_total{outcome="acknowledged"} 1\n');
  const other = await fetch(`${hub.httpUrl}/admin`);
  expect([other.status, await other.json()]).toEqual([404, { error: 'there is no GET /admin' }]);
  const posted = await fetch(`${hub.httpUrl}/healthz`, { method: 'POST', body: 'x' });
  expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  const head = await fetch(`${hub.httpUrl}/healthz`, { method: 'HEAD' });
  expect([head.status, await head.text()]).toEqual([200, '']);
  expect((await fetch(`${hub.httpUrl}/v1/ws`)).status).toBe(426);
});

test('the runtime file is there while the hub runs, and a hub with nothing to do ends by itself', async () => {
  const dir = await opened.folder();
  const hub = await opened.hub(dir, { idleExitMs: 1, limits: { beatMs: 20 } });
  const runtime: unknown = JSON.parse(await readFile(path.join(dir, 'hub.json'), 'utf8'));
  expect(runtime).toMatchObject({ pid: process.pid, url: hub.url, http: hub.httpUrl });
  expect(await hub.done).toBe('idle');
  await expect(readFile(path.join(dir, 'hub.json'))).rejects.toThrow(/ENOENT/);
});

test('who never said hello, as the hub’s own probe, keeps no hub running', async () => {
  const hub = await opened.hub(await opened.folder(), { idleExitMs: 300, limits: { beatMs: 20 } });
  const knocking: Raw[] = [];
  for (let ended = false; !ended; ended = await Promise.race([hub.done.then(() => true), sleep(20, false)])) {
    knocking.at(-2)?.ws.close();
    knocking.push(new Raw(hub));
  }
  expect(await hub.done).toBe('idle');
  expect(await knocking[0]?.opened).toBe('open');
});

test('connections beyond the limits are turned away', async () => {
  const dir = await opened.folder();
  const token = await createInvite(dir, { name: 'ben', observer: false, expiresAt: null });
  const hub = await opened.hub(dir, { limits: { perPerson: 2, connections: 3 } });
  const ben = { token, name: 'ben' };
  await (await Raw.hello(hub, ben)).hear('welcome');
  await (await Raw.hello(hub, { ...ben, client: 'raw-2' })).hear('welcome');
  expect(await (await Raw.hello(hub, { ...ben, client: 'raw-3' })).closed).toMatchObject({ code: 4429 });
  await (await Raw.hello(hub)).hear('welcome');
  expect(await (await Raw.hello(hub)).closed).toMatchObject({ code: 4429 });
});

const own = Object.values(networkInterfaces())
  .flat()
  .find((each) => each !== undefined && !each.internal && each.family === 'IPv4')?.address;
test.skipIf(own === undefined)(
  'one address has so many connections, this machine itself as many as it likes',
  async () => {
    const listen = { host: '0.0.0.0', port: 0 };
    const hub = await opened.hub(await opened.folder(), { listen, insecure: true, limits: { perAddress: 2 } });
    const outside = { url: hub.url.replace('127.0.0.1', own ?? ''), token: hub.token };
    for (const client of ['raw-1', 'raw-2']) await (await Raw.hello(outside, { client })).hear('welcome');
    expect(await (await Raw.hello(outside)).closed).toMatchObject({ code: 4429 });
    for (const client of ['raw-3', 'raw-4', 'raw-5']) await (await Raw.hello(hub, { client })).hear('welcome');
  },
);
