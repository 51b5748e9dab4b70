/** Alerts that other systems report, at a real hub: each format, and who may send. */
import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Client } from '../../src/client/client.ts';
import { loadConfig } from '../../src/config/config.ts';
import type { Hub } from '../../src/hub/hub-options.ts';
import { endSupervisor, privateAlertmanager } from '../services/services.ts';
import { until } from '../support/patience.ts';
import { ask, declare, Opened } from '../support/room.ts';
import { reportedTo, sourceAt, sourceWith, type Source } from '../support/sources.ts';
import { changes, named } from './watched.ts';

const opened = new Opened();
let [hub, ana, source, dir] = [{} as Hub, {} as Client, {} as Source, ''];
beforeAll(async () => {
  dir = await opened.folder();
  ({ hub, ana, source } = await reportedTo(opened, dir, {
    intake: { route: 'ops', severities: new Map([['fatal', 'SEV-0']]) },
  }));
});
afterAll(async () => {
  await opened.tidy();
  await endSupervisor();
});

const read = async (name: string): Promise<unknown> =>
  JSON.parse(await readFile(path.join('test/fixtures/schemas', name), 'utf8'));
const sample = (await read('alertmanager-webhook-v4.sample.json')) as { alerts: Record<string, unknown>[] };
const alertmanager = (...alerts: object[]) => ({
  ...sample,
  alerts: alerts.map((more) => ({ ...sample.alerts[0], ...more })),
});
/** The blocks of that language in the page about all this. */
const docs = (language: string): readonly string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, text]) => text ?? '');
const page = await readFile('docs/intake.md', 'utf8');
/** An example as the system of these tests would send it. */
const at = (example: string): string =>
  example.replaceAll('http://127.0.0.1:7420', hub.httpUrl).replaceAll('TOKEN', source.token);
const post = async (where: string, body: unknown): Promise<number> => (await source.post(where, body)).status;

test('what Alertmanager sends fires here, is attached, acknowledged, resolved, and told again without effect', async () => {
  expect(await source.post('alerts/alertmanager', sample)).toMatchObject({ status: 200, body: { alerts: 1 } });
  await until('it fires', () => named(ana, 'DatabasePoolExhausted') !== undefined);
  const alert = 'prod/DatabasePoolExhausted:9d31c210ac7104e7';
  expect(named(ana, 'DatabasePoolExhausted')).toMatchObject({
    alert,
    source: 'alertmanager',
    state: 'firing',
    severity: 'SEV-1',
    summary: 'pool "full" line 2',
    since: '2026-11-26T20:53:31.274Z',
    runbook: 'https://x/rb',
    route: 'ops',
    labels: { instance: 'db1' },
    incident: null,
  });
  await until('L1 is called', () => named(ana, 'DatabasePoolExhausted')?.paged?.length === 1);
  const incident = await declare(ana);
  await until('it is attached', () => changes(ana, 'DatabasePoolExhausted').length === 1);
  expect(await ask(ana, { kind: 'acknowledge', alert }, incident)).toMatchObject({ ack: {} });
  await until('everybody sees who', () => named(ana, 'DatabasePoolExhausted')?.acked?.by === 'ana');
  expect(await post('alerts/alertmanager', sample)).toBe(200);
  expect(await post('alerts/alertmanager', alertmanager({ status: 'resolved' }))).toBe(200);
  await until('it ends', () => changes(ana, 'DatabasePoolExhausted').length === 2);
  for (const status of ['firing', 'resolved', 'firing'])
    expect(await post('alerts/alertmanager', alertmanager({ status }))).toBe(200);
  expect(await post('alerts/alertmanager', alertmanager({ startsAt: '2026-11-26T22:00:00Z' }))).toBe(200);
  await until('another episode begins', () => changes(ana, 'DatabasePoolExhausted').length === 3);
  expect(changes(ana, 'DatabasePoolExhausted')).toEqual(['inactive>firing', 'firing>resolved', 'resolved>firing']);
  expect(
    await post('alerts/alertmanager', alertmanager({ status: 'resolved', startsAt: '2026-11-26T22:00:00Z' })),
  ).toBe(200);
});

test('a real Alertmanager fires and resolves into the room', async (context) => {
  const shown = parse(at(docs('yaml').find((text) => text.startsWith('# alertmanager.yml')) ?? '')) as {
    route: object;
  };
  const quick = { group_wait: '10ms', group_interval: '100ms' };
  const config = { ...shown, route: { ...shown.route, ...quick } };
  const real = await privateAlertmanager(JSON.stringify(config));
  if (real === null) return context.skip('there is no Alertmanager here');
  const tell = async (more: object): Promise<void> => {
    const labels = { alertname: 'RealDisk', host: 'web1', severity: 'warning' };
    const alert = { labels, annotations: { summary: 'disk of web1 is full' }, ...more };
    const answer = await fetch(`${real.url}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([alert]),
    });
    expect(answer.status).toBe(200);
  };
  const startsAt = new Date().toISOString();
  await tell({ startsAt });
  await until('it fires here', () => named(ana, 'RealDisk') !== undefined);
  expect(named(ana, 'RealDisk')).toMatchObject({ severity: 'SEV-2', source: 'alertmanager' });
  expect(named(ana, 'RealDisk')?.since).toBe(startsAt);
  await until('it is in the record', () => changes(ana, 'RealDisk').length === 1);
  await tell({ startsAt, endsAt: new Date().toISOString() });
  await until('it is over', () => changes(ana, 'RealDisk').length === 2);
  expect(changes(ana, 'RealDisk')).toEqual(['inactive>firing', 'firing>resolved']);
  await tell({ labels: { alertname: 'Watchdog' } });
  const heartbeats = path.join(dir, 'heartbeats.json');
  await until('its watchdog is a heartbeat', async () =>
    (await readFile(heartbeats, 'utf8').catch(() => '')).includes('"prometheus"'),
  );
  expect(named(ana, 'Watchdog')).toBeUndefined();
  await real.stop();
});

test('the examples of the page do what it says', async () => {
  const posts = docs('sh').filter((example) => example.startsWith('curl'));
  const answers = docs('json').map((text) => JSON.parse(text) as unknown);
  expect(posts.length).toBeGreaterThan(3);
  for (const [index, example] of posts.entries()) {
    const { stdout } = await promisify(execFile)('bash', ['-c', at(example)]);
    expect(JSON.parse(stdout)).toEqual(answers[index]);
  }
  await until('both alerts fire', () => named(ana, 'DiskFull') !== undefined && named(ana, 'db1') !== undefined);
  expect(named(ana, 'DiskFull')).toMatchObject({ severity: 'SEV-1', runbook: 'https://wiki.example.com/disk' });
  for (const id of ['disk-web1', 'db1-ping'])
    expect(await post('alerts/generic', { id, status: 'resolved' })).toBe(200);
  await until('both are over', () => named(ana, 'DiskFull') === undefined && named(ana, 'db1') === undefined);
  const folder = await opened.folder();
  const [intake = ''] = docs('yaml').filter((text) => text.startsWith('# warroom.yaml'));
  await writeFile(path.join(folder, 'warroom.yaml'), `targets: []\n${intake}`);
  expect(await loadConfig({ dir: folder, env: {} })).toMatchObject({
    intake: {
      route: 'on-call-primary',
      severities: new Map([
        ['fatal', 'SEV-0'],
        ['ticket', 'SEV-3'],
      ]),
    },
  });
});

test('a request is taken as a whole or not at all', async () => {
  const good = { fingerprint: 'aa', labels: { alertname: 'Good' } };
  const before = hub.stats().alerts.firing;
  expect(await source.post('alerts/alertmanager', alertmanager(good, { status: 'unknown' }))).toMatchObject({
    status: 400,
    body: { error: expect.stringContaining('alerts.1.status') as string },
  });
  expect(await post('alerts/generic', [{ id: 'g1' }, { summary: 'no id' }])).toBe(400);
  expect(await post('alerts/alertmanager', alertmanager(good, { ...good, fingerprint: 'bb' }))).toBe(200);
  await until('both fire', () => hub.stats().alerts.firing === before + 2);
  expect(
    await post(
      'alerts/alertmanager',
      alertmanager(...['aa', 'bb'].map((fingerprint) => ({ ...good, fingerprint, status: 'resolved' }))),
    ),
  ).toBe(200);
  await until('both are over', () => hub.stats().alerts.firing === before);
  // More than may fire at once is refused; what is small enough is taken right after it.
  const flood = await sourceAt(hub.httpUrl, ana, 'flood');
  const many = Array.from({ length: 10_000 }, (_, n) => ({ id: `many-${n}` }));
  expect((await flood.post('alerts/generic', many)).status).toBe(503);
  expect((await flood.post('alerts/generic', { id: 'one', status: 'resolved' })).status).toBe(200);
  expect(hub.stats().alerts.firing).toBe(before);
});

test('Events v2: the routing key is the token; acknowledged and resolved by its key', async () => {
  const keyed = sourceWith(hub.httpUrl, '');
  const payload = {
    summary: 'ping of db1 fails',
    source: 'db1',
    severity: 'error',
    // As in PagerDuty's own example.
    timestamp: '2026-11-26T08:42:58.315+0000',
    class: 'PingFailure',
    custom_details: { route: 'ops', deep: { er: 1 }, runbook_url: 'https://wiki.example.com/ping', rate: 3 },
  };
  const send = (more: object) =>
    keyed.post('alerts/pagerduty', { routing_key: source.token, client: 'x', links: [], ...more }, {});
  const answer = await send({ event_action: 'trigger', payload });
  expect(answer).toMatchObject({ status: 202, body: { status: 'success', dedup_key: expect.any(String) as string } });
  const { dedup_key } = answer.body;
  // Before anybody had the time to see it.
  expect((await send({ event_action: 'acknowledge', dedup_key })).status).toBe(202);
  await until('it is acknowledged', () => named(ana, 'PingFailure')?.acked?.by === 'prod');
  expect(named(ana, 'PingFailure')).toMatchObject({
    alert: `prod/${String(dedup_key)}`,
    source: 'pagerduty',
    severity: 'SEV-1',
    since: '2026-11-26T08:42:58.315Z',
    labels: { source: 'db1', class: 'PingFailure', route: 'ops' },
    runbook: 'https://wiki.example.com/ping',
  });
  expect((await send({ event_action: 'resolve', dedup_key })).status).toBe(202);
  await until('it is over', () => named(ana, 'PingFailure') === undefined);
  expect((await send({ event_action: 'resolve', dedup_key })).status).toBe(202);
  expect((await send({ event_action: 'acknowledge', dedup_key: 'never seen' })).status).toBe(202);
  for (const bad of [{ event_action: 'trigger' }, { event_action: 'resolve' }, { event_action: 'x', payload }])
    expect((await send(bad)).status).toBe(400);
  expect((await send({ event_action: 'trigger', payload, routing_key: 'x' })).status).toBe(401);
});

test('severities: known words, an organisation’s own, ours; routes: the label’s, ours, and none for what is only worth knowing', async () => {
  const told = [
    ['critical', 'SEV-1', 'ops'],
    ['error', 'SEV-1', 'ops'],
    ['major', 'SEV-1', 'ops'],
    ['warning', 'SEV-2', 'ops'],
    ['info', 'SEV-3', undefined],
    ['fatal', 'SEV-0', 'ops'],
    ['SEV-0', 'SEV-0', 'ops'],
    ['no such word', 'SEV-2', 'ops'],
  ] as const;
  const alerts = told.map(([severity], at) => ({ id: `s${at}`, name: `Told${at}`, severity, unknown: {} }));
  expect(
    await post('alerts/generic', [...alerts, { id: 'r', name: 'Routed', severity: 'info', labels: { route: 'x' } }]),
  ).toBe(200);
  await until('all fire', () => told.every((_, at) => named(ana, `Told${at}`) !== undefined));
  expect(told.map((_, at) => [named(ana, `Told${at}`)?.severity, named(ana, `Told${at}`)?.route])).toEqual(
    told.map(([, severity, route]) => [severity, route]),
  );
  expect(named(ana, 'Routed')).toMatchObject({ route: 'x', source: 'generic' });
  const over = [...alerts, { id: 'r' }].map(({ id }) => ({ id, status: 'resolved' }));
  expect(await post('alerts/generic', over)).toBe(200);
  await until('all are over', () => named(ana, 'Routed') === undefined);
});

test('nothing of a stranger reaches a screen as it is', async () => {
  const evil = '\u001b]52;c;x\u0007\u202e\r\nname';
  expect(
    await post('alerts/generic', {
      id: evil,
      name: evil,
      summary: evil.repeat(400),
      runbook_url: `javascript:${evil}`,
      labels: { [evil]: evil, a: {}, __proto__: 'x' },
    }),
  ).toBe(200);
  await until('it fires', () => ana.view.alerts?.some(({ source }) => source === 'generic') ?? false);
  const alert = ana.view.alerts?.find(({ source }) => source === 'generic');
  expect(alert?.runbook).toBeNull();
  expect(JSON.stringify(alert)).not.toMatch(/\\u001b|\\u0007|\u202e|\\r|\\n/);
  expect(alert?.summary.length).toBeLessThanOrEqual(300);
  expect(await post('alerts/generic', { id: evil, status: 'resolved' })).toBe(200);
});

test('no token, no entry; a revoked one ends at once, and its alerts are not known any more', async () => {
  const other = await sourceAt(hub.httpUrl, ana, 'gone');
  const alert = { id: 'x', name: 'Orphan' };
  expect((await other.post('alerts/generic', alert)).status).toBe(200);
  await until('it fires', () => named(ana, 'Orphan') !== undefined);
  expect(await ask(ana, { kind: 'add_intake', name: 'gone', hash: '0'.repeat(64) }, null)).toMatchObject({
    nack: { code: 'conflict' },
  });
  expect(await ask(ana, { kind: 'revoke_intake', name: 'gone' }, null)).toMatchObject({ done: {} });
  for (const where of ['alerts/generic', 'alerts/alertmanager', 'alerts/pagerduty', 'changes', 'heartbeat/x'])
    expect((await other.post(where, alert)).status).toBe(where === 'alerts/pagerduty' ? 401 : 401);
  expect((await other.post('alerts/generic', alert, {})).status).toBe(401);
  await until('it is not known', () => named(ana, 'Orphan')?.unknown === true);
  for (const name of await readdir(dir, { recursive: true })) {
    const content = await readFile(path.join(dir, name), 'latin1').catch(() => '');
    expect(content.includes(other.token) || content.includes(source.token)).toBe(false);
  }
});
