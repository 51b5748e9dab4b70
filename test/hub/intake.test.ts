/** Alerts, heartbeats and changes that other systems report, at a real hub. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { Client } from '../../src/client/client.ts';
import type { Hub, HubOptions } from '../../src/hub/hub-options.ts';
import { newToken } from '../../src/hub/tokens.ts';
import { hashOf } from '../../src/protocol/handshake.ts';
import { until } from '../support/patience.ts';
import { ask, declare, Opened } from '../support/room.ts';
import { changes, named } from './watched.ts';

const opened = new Opened();
afterEach(() => opened.tidy());

const token = newToken();
const schema = (name: string): Promise<string> => readFile(path.join('test/fixtures/schemas', name), 'utf8');
const sample = JSON.parse(await schema('alertmanager-webhook-v4.sample.json')) as {
  alerts: { status: string; startsAt: string; labels: Record<string, string>; fingerprint: string }[];
};

interface World {
  readonly hub: Hub;
  readonly ana: Client;
  readonly dir: string;
  post(
    where: string,
    body: unknown,
    headers?: Record<string, string>,
  ): Promise<{ status: number; body: Record<string, unknown> }>;
}

async function world(dir?: string, options: Partial<HubOptions> = {}): Promise<World> {
  const folder = dir ?? (await opened.folder());
  const hub = await opened.hub(folder, { ...options, limits: { stepMs: 50, ...options.limits } });
  const ana = await opened.client(hub, 'ana');
  if (dir === undefined) {
    const hash = hashOf(token).toString('hex');
    expect(await ask(ana, { kind: 'add_intake', name: 'prod', hash }, null)).toMatchObject({ done: {} });
  }
  return {
    hub,
    ana,
    dir: folder,
    async post(where, body, headers = { authorization: `Bearer ${token}` }) {
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      const answer = await fetch(`${hub.httpUrl}/v1/${where}`, { method: 'POST', body: text, headers });
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
    },
  };
}
const alertmanager = (...alerts: Record<string, unknown>[]) => ({
  ...sample,
  alerts: alerts.map((more) => ({ ...sample.alerts[0], ...more })),
});

test('what Alertmanager sends fires here, is attached, acknowledged, resolved and told again without effect', async () => {
  const { ana, post } = await world();
  expect(await post('alerts/alertmanager', sample)).toMatchObject({ status: 200, body: { alerts: 1 } });
  await until('it fires', () => named(ana, 'DatabasePoolExhausted') !== undefined);
  expect(named(ana, 'DatabasePoolExhausted')).toMatchObject({
    alert: 'prod/9d31c210ac7104e7',
    source: 'alertmanager',
    state: 'firing',
    severity: 'SEV-1',
    summary: 'pool "full" line 2',
    since: '2026-11-26T20:53:31.274Z',
    runbook: 'https://x/rb',
    route: 'on-call-primary',
    labels: { instance: 'db1' },
    incident: null,
  });
  await until('L1 is called', () => named(ana, 'DatabasePoolExhausted')?.paged?.length === 1);
  const incident = await declare(ana);
  await until('it is attached', () => changes(ana, 'DatabasePoolExhausted').length === 1);
  expect(await ask(ana, { kind: 'acknowledge', alert: 'prod/9d31c210ac7104e7' }, incident)).toMatchObject({ ack: {} });
  await until('everybody sees who', () => named(ana, 'DatabasePoolExhausted')?.acked?.by === 'ana');
  expect((await post('alerts/alertmanager', sample)).status).toBe(200);
  expect((await post('alerts/alertmanager', alertmanager({ status: 'resolved' }))).status).toBe(200);
  await until('it ends', () => changes(ana, 'DatabasePoolExhausted').length === 2);
  for (const status of ['firing', 'resolved', 'firing'])
    expect((await post('alerts/alertmanager', alertmanager({ status }))).status).toBe(200);
  expect((await post('alerts/alertmanager', alertmanager({ startsAt: '2026-11-26T22:00:00Z' }))).status).toBe(200);
  await until('another episode begins', () => changes(ana, 'DatabasePoolExhausted').length === 3);
  expect(changes(ana, 'DatabasePoolExhausted')).toEqual(['inactive>firing', 'firing>resolved', 'resolved>firing']);
});
