/** What other systems reported outlives the hub: restarts, kill -9, changes that incidents are told of, heartbeats that stay away. */
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { Client } from '../../src/client/client.ts';
import { startChild } from '../support/child.ts';
import { until } from '../support/patience.ts';
import { ask, declare, Opened } from '../support/room.ts';
import { reportedTo, sourceAt, sourceWith } from '../support/sources.ts';
import { changes, named } from './watched.ts';

const opened = new Opened();
afterEach(() => opened.tidy());

const changed = (client: Client): readonly string[] => (client.view.incident?.changes ?? []).map(({ what }) => what);

test('over a restart an alert fires on, is told once, and ends', async () => {
  const dir = await opened.folder();
  const before = await reportedTo(opened, dir);
  const alert = { id: 'x', name: 'Disk', severity: 'critical', startsAt: '2026-11-26T22:00:00Z' };
  expect((await before.source.post('alerts/generic', [alert, { id: 'y', name: 'Other' }])).status).toBe(200);
  const incident = await declare(before.ana);
  await until(
    'it is attached',
    () => changes(before.ana, 'Disk').length === 1 && changes(before.ana, 'Other').length === 1,
  );
  await before.ana.close();
  await before.hub.close();

  const hub = await opened.hub(dir, { limits: { stepMs: 50 } });
  const ana = await opened.client(hub, 'ana');
  const source = sourceWith(hub.httpUrl, before.source.token);
  await until('it fires', () => named(ana, 'Disk') !== undefined);
  expect(named(ana, 'Disk')).toMatchObject({ incident, state: 'firing', since: '2026-11-26T22:00:00.000Z' });
  await until('it is known', () => named(ana, 'Disk')?.unknown === undefined);
  expect((await source.post('alerts/generic', { ...alert, status: 'resolved' })).status).toBe(200);
  await until('it is over', () => changes(ana, 'Disk').length === 2);
  expect(changes(ana, 'Disk')).toEqual(['inactive>firing', 'firing>resolved']);
  expect(changes(ana, 'Other')).toEqual(['inactive>firing']);
});

test('what was answered is there after kill -9', async () => {
  const dir = await opened.folder();
  const child = await startChild(dir);
  opened.later(() => child.kill('SIGKILL'));
  const ana = await opened.client(child, 'ana');
  const source = await sourceAt(child.url.replace('ws', 'http'), ana);
  const taken = new Set<string>();
  const sending = Array.from({ length: 4 }, async (_, sender) => {
    for (let n = 0; ; n++) {
      const id = `${sender}-${n}`;
      const answer = await source.post('alerts/generic', { id }).catch(() => null);
      if (answer === null) return;
      if (answer.status === 200) taken.add(`prod/${id}`);
    }
  });
  await until('some are taken', () => taken.size > 30);
  await child.kill('SIGKILL');
  await Promise.all(sending);
  await ana.close();
  const hub = await opened.hub(dir, { limits: { stepMs: 50 } });
  const again = await opened.client(hub, 'ana');
  await until('they fire', () => (again.view.alerts ?? []).length > 30);
  const firing = new Set(again.view.alerts?.map(({ alert }) => alert));
  expect([...taken].filter((alert) => !firing.has(alert))).toEqual([]);
});

test('changes are told to every open incident and to those declared soon after, once, also over a restart', async () => {
  const dir = await opened.folder();
  const before = await reportedTo(opened, dir, { secrets: { github: 'hush' } });
  const { source, ana } = before;
  const first = await declare(ana);
  const deploy = {
    what: 'deployed web 1.4',
    by: 'carol',
    link: 'https://ci/1',
    at: '2026-11-26T10:00:00Z',
    id: 'd1',
    more: 1,
  };
  for (let n = 0; n < 3; n++) expect((await source.post('changes', deploy)).status).toBe(202);
  expect((await source.post('changes', { what: 'turned the flag on' })).status).toBe(202);
  await until('it is told', () => changed(ana).length === 2);
  expect(ana.view.incident?.changes).toMatchObject([
    { what: 'deployed web 1.4', by: 'carol', link: 'https://ci/1', at: '2026-11-26T10:00:00.000Z' },
    { what: 'turned the flag on', by: 'prod' },
  ]);
  expect((await source.post('changes', { by: 'carol' })).status).toBe(400);
  expect((await source.post('changes', { what: ' ' })).status).toBe(400);
  await ana.close();
  await before.hub.close();

  const hub = await opened.hub(dir, { secrets: { github: 'hush' } });
  const ben = await opened.client(hub, 'ben');
  const second = await declare(ben, 'Something else');
  ben.follow(second);
  await until('the new one is told what is recent', () => ben.view.incident?.id === second && changed(ben).length > 0);
  // That of a day ago is too old.
  expect(changed(ben)).toEqual(['turned the flag on']);
  ben.follow(first);
  await until('the old one', () => ben.view.incident?.id === first);
  expect(changed(ben)).toHaveLength(2);

  const signed = (event: string, body: object, secret = 'hush') => {
    const text = JSON.stringify(body);
    const signature = `sha256=${createHmac('sha256', secret).update(text).digest('hex')}`;
    return sourceWith(hub.httpUrl, '').post('changes', text, {
      'x-github-event': event,
      'x-hub-signature-256': signature,
    });
  };
  const now = new Date().toISOString();
  const deployment = { id: 7, ref: 'main', environment: 'production', created_at: now, creator: { login: 'dan' } };
  const github = {
    deployment,
    repository: { full_name: 'acme/web', html_url: 'https://github.com/acme/web' },
    sender: { login: 'dan' },
  };
  const status = { id: 9, state: 'success', created_at: now, target_url: '' };
  expect((await signed('ping', {})).status).toBe(200);
  expect((await signed('deployment', github, 'wrong')).status).toBe(401);
  expect((await sourceWith(hub.httpUrl, '').post('changes', github, { 'x-github-event': 'deployment' })).status).toBe(
    401,
  );
  expect((await signed('deployment', github)).status).toBe(202);
  expect((await signed('deployment', github)).status).toBe(202);
  expect(
    (await signed('deployment_status', { ...github, deployment_status: { ...status, state: 'in_progress' } })).body,
  ).toEqual({ status: 'ignored' });
  expect((await signed('deployment_status', { ...github, deployment_status: status })).status).toBe(202);
  const old = { ...github, deployment: { ...deployment, id: 6, created_at: '2026-11-20T00:00:00Z' } };
  expect((await signed('deployment', old)).body).toEqual({ status: 'ignored' });
  const gitlab = {
    object_kind: 'deployment',
    status: 'failed',
    // As GitLab writes it.
    status_changed_at: `${now.slice(0, 10)} ${now.slice(11, 19)} +0000`,
    deployment_id: 15,
    environment: 'staging',
    project: { path_with_namespace: 'acme/api', web_url: 'https://gitlab.example/acme/api' },
    short_sha: '279484c0',
    user: { username: 'eve' },
  };
  const token = { 'x-gitlab-event': 'Deployment Hook', 'x-gitlab-token': before.source.token };
  expect(
    (await source.post('changes', gitlab, { ...token, 'x-gitlab-token': 'x' }).catch(() => ({ status: 401 }))).status,
  ).toBe(401);
  expect((await sourceWith(hub.httpUrl, '').post('changes', gitlab, token)).status).toBe(202);
  await until('all are told', () => changed(ben).length === 5);
  expect(ben.view.incident?.changes.slice(2)).toMatchObject([
    { what: 'deployment of acme/web main to production: begins', by: 'dan', link: 'https://github.com/acme/web' },
    { what: 'deployment of acme/web main to production: success', by: 'dan' },
    { what: 'deployment of acme/api 279484c0 to staging: failed', by: 'eve', link: 'https://gitlab.example/acme/api' },
  ]);
});

test('a heartbeat that stays away is an alert until it comes again; a restart makes nobody healthy', async () => {
  const dir = await opened.folder();
  let offset = 0;
  const clock = { wall: () => Date.now() + offset, mono: () => performance.now() + offset };
  const pass = async (ms: number): Promise<void> => {
    // In steps: after a long pause the hub takes it that it did not run itself.
    for (let left = ms; left > 0; left -= 5_000) {
      offset += Math.min(5_000, left);
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
  };
  const options = { clock, limits: { stepMs: 5, helloMs: 1e9, pingMs: 1e6, stuckMs: 1e9 } };
  const before = await reportedTo(opened, dir, options);
  const { source, ana } = before;
  const name = 'heartbeat backup';
  expect((await source.post('heartbeat/backup?every=60s&severity=sev-1', '')).body).toEqual({
    status: 'ok',
    name: 'backup',
    every: '1m',
  });
  expect((await source.post('heartbeat/other?every=60s', '')).status).toBe(200);
  await pass(60_000);
  expect((await source.post('heartbeat/other', '')).body).toMatchObject({ every: '1m' });
  await pass(10_000);
  await until('it is missed', () => named(ana, name)?.state === 'firing');
  expect(named(ana, name)).toMatchObject({
    severity: 'SEV-1',
    source: 'heartbeat',
    alert: 'prod/heartbeat:backup',
    route: 'on-call-primary',
  });
  expect(named(ana, 'heartbeat other')).toBeUndefined();
  // On disk at once: a crash would make nobody healthy either.
  const file = path.join(dir, 'heartbeats.json');
  await until('that it is missed is on disk', () => {
    const { heartbeats } = JSON.parse(readFileSync(file, 'utf8')) as {
      heartbeats: { name: string; silentMs: number }[];
    };
    return heartbeats.some((one) => one.name === 'backup' && one.silentMs > 67_000);
  });
  await ana.close();
  await before.hub.close();
  offset += 3_600_000;

  const hub = await opened.hub(dir, options);
  const ben = await opened.client(hub, 'ben');
  const again = sourceWith(hub.httpUrl, source.token);
  await until('it is still missed', () => named(ben, name) !== undefined);
  // The hour in which nobody could be heard does not count for the other one; the rest of its minute does.
  expect(named(ben, 'heartbeat other')).toBeUndefined();
  await pass(65_000);
  await until('the other one is missed', () => named(ben, 'heartbeat other') !== undefined);
  expect((await again.post('heartbeat/backup', '')).status).toBe(200);
  await until('it is back', () => named(ben, name) === undefined);
  for (const bad of [
    'heartbeat/backup?every=0s',
    'heartbeat/backup?every=soon',
    'heartbeat/backup?severity=bad',
    'heartbeat/..%2fx',
  ])
    expect((await again.post(bad, '')).status).toBe(400);
  expect((await again.post('heartbeat/other?every=off', '')).body).toMatchObject({ every: null });
  await until('an end is an end', () => named(ben, 'heartbeat other') === undefined);
  expect(await ask(ben, { kind: 'revoke_intake', name: 'prod' }, null)).toMatchObject({ done: {} });
  await pass(100_000);
  expect(named(ben, name)).toBeUndefined();
  await ben.close();
  await hub.close();

  expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ version: 1 });
  await writeFile(file, '{"version":1,');
  const said: string[] = [];
  const damaged = await opened.hub(dir, { say: (line) => said.push(line) });
  const eve = await opened.client(damaged, 'eve');
  await until('people are told', () => eve.view.ruleFaults.some(({ rule }) => rule === 'heartbeats'));
  expect(said.join()).toContain('heartbeats.json.damaged');
});
