/** The shipped runbooks on a real hub, as people run them: the built-in steps in their own process, on real servers. */
import { pathToFileURL } from 'node:url';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { built } from '../support/built.ts';
import type { Client } from '../../src/client/client.ts';
import { shippedDir } from '../../src/config/config.ts';
import { isRunOver, runOf, type StepRun } from '../../src/incident/runs.ts';
import { readRunbooks } from '../../src/runbooks/folder.ts';
import { ADMIN_TOKEN, startApp, type ChatProgram } from '../../src/drills/programs/chat.ts';
import { web, type Peer } from '../probes/peers.ts';
import { endSupervisor, privateRedis } from '../services/services.ts';
import { until } from '../support/patience.ts';
import { ask, declare, Opened } from '../support/room.ts';
import { targetOf } from './native.ts';

const SECRET = 'correct-horse-battery';
const opened = new Opened();
let [dir, incident] = ['', ''];
let ana: Client;
let admin: Redis;
let apps: ChatProgram[];
let provider: Peer;
beforeAll(async () => {
  const redis = await privateRedis();
  admin = new Redis(redis.url);
  apps = await Promise.all([startApp(), startApp()]);
  provider = await web((request, response) => {
    let text = '';
    request.on('data', (part) => (text += String(part)));
    request.on('end', () => {
      const isOurs = new URLSearchParams(text).get('client_secret') === SECRET;
      response.end(JSON.stringify({ error: isOurs ? 'redirect_uri_mismatch' : 'incorrect_client_credentials' }));
    });
  });
  const sockets = apps.map((app, i) =>
    targetOf('websocket', { url: `ws://${app.address}/ws`, health: `http://${app.address}/healthz` }, `chat-${i}`),
  );
  const hubSockets = await targetOf('websocket', { url: 'hub:/v1/ws', health: 'hub:/healthz' }, 'hub sockets');
  dir = await opened.folder();
  const hub = await opened.hub(dir, {
    targets: [await targetOf('redis', { url: redis.url }, 'cache'), hubSockets, ...(await Promise.all(sockets))],
    runbooks: {
      read: () => Promise.resolve(readRunbooks([shippedDir()])),
      logs: () => [],
      allowShell: false,
      env: {
        WS_ADMIN_TOKEN: ADMIN_TOKEN,
        OAUTH_CLIENT_ID: 'us',
        OAUTH_CLIENT_SECRET: SECRET,
        OAUTH_CALLBACK_URL: 'https://us/cb',
      },
      native: pathToFileURL(built('src/runbooks/native/index.ts')).href,
    },
  });
  ana = await opened.client(hub, 'ana');
  incident = await declare(ana);
  await ask(ana, { kind: 'assign_role', role: 'ic', name: 'ana' }, incident);
  ana.follow(incident);
  await until('she follows', () => ana.view.incident?.roles.ic === 'ana');
});
afterAll(async () => {
  await opened.tidy();
  admin.disconnect();
  await Promise.all([provider.close(), ...apps.map((app) => app.close())]);
  await endSupervisor();
});

/** Runs a step to its end, and confirms it with what its preview asks for. */
async function run(runbook: string, step: string, params: Record<string, string> = {}): Promise<StepRun> {
  const answer = await ask(ana, { kind: 'run_step', runbook, step, params }, incident);
  if (!('ack' in answer)) throw new Error(JSON.stringify(answer));
  const { seq } = answer.ack;
  const now = (): StepRun | undefined => runOf(ana.view.incident!, seq);
  const shown = (): string => JSON.stringify(now());
  await until(`${step} is previewed or over`, () => isRunOver(now()!) || now()?.preview != null, shown);
  const typed = now()?.preview?.confirm;
  if (typed !== undefined && !isRunOver(now()!)) await ask(ana, { kind: 'approve_step', ref: seq, typed }, incident);
  await until(`${step} is over`, () => isRunOver(now()!), shown);
  return now()!;
}
const record = (): string => JSON.stringify(ana.view.events);

test('redis: the diagnosis, then an expiry for what has none; the verification is in the record', async () => {
  await admin.mset(Array.from({ length: 500 }, (_, i) => [`presence:user:${i}`, 'x']).flat());
  await admin.set('queue:mail', 'x');
  await admin.config('SET', 'maxmemory', 1);
  await admin.set('x', 'y').catch(() => {});
  expect(await run('redis-memory-full', 'diagnosis')).toMatchObject({
    state: 'done',
    result: expect.stringMatching(
      /^Writes have failed: noeviction, and 1 were refused .*; 501 of 501 keys never expire/,
    ) as string,
  });
  await admin.config('SET', 'maxmemory', 0);
  const ran = await run('redis-memory-full', 'expire-missing');
  expect(ran).toMatchObject({ state: 'done', applied: 500, preview: { count: 500, unit: 'keys', confirm: 'cache' } });
  expect(await admin.ttl('presence:user:7')).toBeGreaterThan(40);
  expect(await admin.ttl('queue:mail')).toBe(-1);
  await until('it is verified', () => record().includes('0 keys like presence:user:* without expiry'));
  expect(await run('redis-memory-full', 'kill-client')).toMatchObject({
    state: 'refused',
    result: expect.stringMatching(/biggest buffers: id \d+/) as string,
  });
});

test('websocket: every server but the hub itself is limited; the token is nowhere in the record', async () => {
  const ran = await run('websocket-server-overload', 'slow-down', { connections: '7' });
  expect(ran).toMatchObject({ state: 'done', applied: 2, preview: { count: 2, unit: 'servers' } });
  expect(apps.map(({ rateLimit }) => rateLimit.newConnections)).toEqual([7, 7]);
  expect(record()).not.toContain(ADMIN_TOKEN);
});

test('oauth: the sentence is the result, and our secret is nowhere', async () => {
  const ran = await run('oauth-provider-down', 'credentials', { token_url: `http://127.0.0.1:${provider.port}/token` });
  expect(ran).toMatchObject({ state: 'done', result: expect.stringMatching(/^It is our callback address/) as string });
  expect(record()).not.toContain(SECRET);
  expect(readFileSync(path.join(dir, 'runbooks', incident, `${ran.seq}.txt`), 'utf8')).not.toContain(SECRET);
});
