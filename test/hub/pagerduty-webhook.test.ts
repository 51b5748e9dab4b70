/** Webhooks v3 of PagerDuty, at a real hub, with bodies as its documentation shows them, signed as it signs them. */
import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Client } from '../../src/client/client.ts';
import pagerduty from '../../src/delivery/receivers/pagerduty.ts';
import { pagerdutyKey } from '../../src/delivery/pagerduty-key.ts';
import type { Hub } from '../../src/hub/hub-options.ts';
import { HANDBOOK_POLICY } from '../../src/incident/policy.ts';
import { INCIDENT } from '../../src/incident/topics/index.ts';
import { settingsOf } from '../delivery/contract.ts';
import { bySchema, Provider } from '../delivery/provider.ts';
import { planFor } from '../support/on-call.ts';
import { until } from '../support/patience.ts';
import { ask, declare, Opened } from '../support/room.ts';
import { named, Patient } from './watched.ts';

const SECRET = 'PRJ4208LQPo2jxW/K1nY4BfF';
const RULE = `
  - { name: Memory, condition: redis_memory_usage > 90%, severity: SEV-1, keep: 0s, route: cache-people }`;
const ALERT = 'Memory{target="cache"}';
const patient = new Patient().set('cache', { redis_memory_usage: 0.4 });
const { people, ...plan } = planFor('on-call-primary', 'cache-people');
const oncall = {
  ...plan,
  people: people.map((one) => ({ ...one, aliases: [`${one.name} Kern`], email: `${one.name}@example.org` })),
};
const opened = new Opened();
let there: Provider;
let hub: Hub;
let eve: Client;

beforeAll(async () => {
  const secrets = { slack: null, pagerduty: SECRET };
  there = await Provider.open({
    check: ({ json }) => check(json),
    good: () => ({ status: 202, body: { status: 'success', message: 'Event processed', dedup_key: 'x' } }),
  });
  opened.later(() => there.close());
  const settings = settingsOf(pagerduty, { routing_key: 'R', url: there.url });
  const rest = { events: pagerduty.events, min: 'SEV-3', routes: [], drills: false } as const;
  hub = await opened.hub(await opened.folder(), {
    ...patient.options(RULE),
    oncall,
    secrets,
    policy: HANDBOOK_POLICY,
    receivers: [{ name: 'pd', kindName: 'pagerduty', kind: pagerduty, settings, ...rest }],
    publicUrl: 'https://war.example',
  });
  eve = await opened.client(hub, 'eve');
  await until('alerts are told', () => eve.view.alerts !== null);
});
afterAll(() => opened.tidy());

/** What PagerDuty was sent. */
interface Sent {
  readonly event_action: string;
  readonly dedup_key: string;
  readonly links?: readonly { readonly href: string; readonly text: string }[];
}
const sent = (): readonly Sent[] => there.requests.map(({ json }) => json as Sent);
const check = bySchema('pagerduty-events-v2.json', 'EnqueueStrict');

let count = 0;
const user = (summary: string) => ({
  html_url: 'https://acme.pagerduty.com/users/PLH1HKV',
  id: 'PLH1HKV',
  self: 'https://api.pagerduty.com/users/PLH1HKV',
  summary,
  type: 'user_reference',
});
const integration = { id: 'PF9KMXH', summary: 'Events API V2', type: 'events_api_v2_inbound_integration_reference' };

/** An event as the documentation of v3 webhooks shows it. */
const eventOf = (type: string, incident_key: string, agent: object | null = user('Ana Kern'), more: object = {}) => ({
  event: {
    id: `01BWCXL${count++}`,
    event_type: type,
    resource_type: 'incident',
    occurred_at: new Date().toISOString(),
    agent,
    client: null,
    data: {
      id: 'PGR0VU2',
      type: 'incident',
      self: 'https://api.pagerduty.com/incidents/PGR0VU2',
      html_url: 'https://acme.pagerduty.com/incidents/PGR0VU2',
      number: 2,
      status: type.slice('incident.'.length),
      incident_key,
      title: 'A little bump in the road',
      assignees: [user('Bob Kern'), user('Zoe')],
      urgency: 'high',
      ...more,
    },
  },
});
const sign = (body: string, secret = SECRET) => `v1=${createHmac('sha256', secret).update(body).digest('hex')}`;
async function send(body: object | string, signature?: string) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(`${hub.httpUrl}/v1/webhooks/pagerduty`, {
    method: 'POST',
    body: text,
    headers: { 'content-type': 'application/json', 'x-pagerduty-signature': signature ?? sign(text) },
  });
  const { said, error } = (await response.json()) as { said?: string; error?: string };
  return { status: response.status, said: said ?? error };
}
async function declared(title: string): Promise<string> {
  const incident = await declare(eve, title);
  eve.follow(incident);
  await until(
    'it calls L1',
    () => eve.view.incident?.id === incident && eve.view.events.some(({ kind }) => kind === 'paged'),
  );
  return incident;
}
const heard = () =>
  eve.view.events
    .filter(({ kind }) => kind === 'acknowledged' || kind === 'noted')
    .map((event) => `${event.by.name} (${event.by.role}): ${INCIDENT.sentence(event)}`);
/** Alerts would join it. */
async function cancel(incident: string): Promise<void> {
  await ask(eve, { kind: 'assign_role', role: 'ic', name: 'eve' }, incident);
  expect(await ask(eve, { kind: 'set_status', to: 'cancelled', why: 'a test' }, incident)).toHaveProperty('ack');
}

test('acknowledged, reassigned and resolved there stand in the record of the incident, once, by whom', async () => {
  const incident = await declared('Checkout is down');
  const key = pagerdutyKey(incident);
  const acknowledged = eventOf('incident.acknowledged', key);
  expect(await send(acknowledged)).toEqual({
    status: 200,
    said: expect.stringMatching(/^recorded as #\d+$/) as string,
  });
  await until('it is acknowledged', () => eve.view.incident?.ackedBy === 'ana');
  expect(eve.view.incident?.paging?.pages.every(({ answered }) => answered)).toBe(true);
  await send(eventOf('incident.reassigned', key, user('bob@example.org')));
  await send(eventOf('incident.reassigned', key, null, { assignees: [] }));
  const resolved = eventOf('incident.resolved', key, user('Zoe'));
  await send(resolved);
  for (const again of [acknowledged, resolved]) expect((await send(again)).status).toBe(200);
  // What this hub acknowledges itself comes back from its integration.
  expect((await send(eventOf('incident.acknowledged', key, integration))).said).toContain('nothing is done');
  for (const other of ['incident.triggered', 'incident.annotated', 'pagey.ping'])
    expect(await send(eventOf(other, key))).toEqual({ status: 200, said: `nothing is done for ${other}` });
  await until('all of it is there', () => heard().length === 4);
  expect(heard()).toEqual([
    'ana (responder): acknowledged in PagerDuty',
    'bob (responder): reassigned it in PagerDuty to Bob Kern, Zoe',
    'PagerDuty (system): reassigned it in PagerDuty to nobody',
    'Zoe (PagerDuty) (responder): resolved it in PagerDuty; here it goes on until it is resolved here',
  ]);
  expect(eve.view.incident).toMatchObject({ status: 'declared', ackedBy: 'ana' });
  await cancel(incident);
  expect((await send(eventOf('incident.acknowledged', key))).said).toBe(
    'nothing that is open here has this incident_key',
  );
});

test('who resolves there without acknowledging has taken it; what is too old to be about this round has not', async () => {
  const incident = await declared('Resolved there');
  const key = pagerdutyKey(incident);
  const early = eventOf('incident.acknowledged', key);
  early.event.occurred_at = new Date(Date.now() - 3_600_000).toISOString();
  expect((await send(early)).said).toContain('that was before people were called');
  expect(eve.view.incident?.ackedBy).toBeNull();
  const ahead = eventOf('incident.resolved', key, user('Mallory "IC" \u202e<b>'));
  ahead.event.occurred_at = new Date(Date.now() + 3_600_000).toISOString();
  await send(ahead);
  await until('it is acknowledged', () => eve.view.incident?.ackedBy === 'Mallory IC b (PagerDuty)');
  expect(Date.parse(eve.view.incident?.timestamps.acknowledgedAt ?? '')).toBeLessThanOrEqual(Date.now());
  await ask(eve, { kind: 'assign_role', role: 'ic', name: 'eve' }, incident);
  for (const to of ['investigating', 'resolved'] as const) await ask(eve, { kind: 'set_status', to }, incident);
  expect((await send(eventOf('incident.resolved', key, integration))).said).toBe('it is resolved here, too');
  await ask(eve, { kind: 'set_status', to: 'closed' }, incident);
});

test('the way round: an alert is triggered there under a key, and who acknowledges there or by its link has it here', async () => {
  const before = sent().length;
  const triggered = (times: number) =>
    until('it is triggered there', () => {
      const found = sent()
        .slice(before)
        .filter(({ event_action }) => event_action === 'trigger');
      return found.length === times && found.at(-1);
    });
  patient.set('cache', { redis_memory_usage: 0.95 });
  const first = await triggered(1);
  expect((await send(eventOf('incident.acknowledged', first.dedup_key, user('bob Kern')))).said).toContain(
    'acknowledged Memory',
  );
  await until('the alert is acknowledged', () => named(eve, 'Memory')?.acked?.by === 'bob');
  await until('that is told there', () => sent().at(-1)?.event_action === 'acknowledge');
  expect(sent().at(-1)?.dedup_key).toBe(first.dedup_key);
  expect((await send(eventOf('incident.acknowledged', first.dedup_key, integration))).said).toContain(
    'nothing is done',
  );

  patient.set('cache', { redis_memory_usage: 0.4 });
  await until('it is over', () => named(eve, 'Memory') === undefined);
  await until('that is told there', () => sent().at(-1)?.event_action === 'resolve');
  patient.set('cache', { redis_memory_usage: 0.95 });
  const second = await triggered(2);
  expect(second.dedup_key).not.toBe(first.dedup_key);
  const old = await send(eventOf('incident.acknowledged', first.dedup_key));
  expect(old.said).toBe('nothing that is open here has this incident_key');
  expect(named(eve, 'Memory')?.acked).toBeUndefined();

  const url = second.links?.find(({ text }) => text === 'Acknowledge in warroom')?.href ?? '';
  const link = url.replace('https://war.example', hub.httpUrl);
  expect(await (await fetch(link)).text()).toContain('Acknowledge as ana');
  expect((await fetch(link, { method: 'POST' })).status).toBe(200);
  await until('the alert is acknowledged', () => named(eve, 'Memory')?.acked?.by === 'ana');
  // The incident that is declared for it is the same matter there.
  const answer = await ask(eve, { kind: 'declare', title: 'cache full', severity: 'SEV-1', alert: ALERT }, null);
  const incident = 'ack' in answer ? answer.ack.incident : '';
  eve.follow(incident);
  await until('it has the incident', () => eve.view.incident?.ackedBy === 'ana');
  await send(eventOf('incident.reassigned', second.dedup_key));
  await until('it stands in its record', () => heard().some((line) => line.includes('reassigned it in PagerDuty')));
  await cancel(incident);
  expect(there.faults).toEqual([]);
});

test('requests that are unsigned, of another secret, changed, half, malformed or huge are refused', async () => {
  const body = JSON.stringify(eventOf('incident.acknowledged', 'x'));
  expect((await send(body, '')).status).toBe(401);
  expect((await send(body, sign(body, 'another'))).status).toBe(401);
  expect((await send(`${body} `, sign(body))).status).toBe(401);
  expect((await send(body, `${sign(body, 'old')},${sign(body)}`)).status).toBe(200);
  for (const bad of [
    '',
    '{',
    body.slice(0, -5),
    '[]',
    '{"event":{}}',
    '{"event":{"id":"","event_type":"incident.resolved","data":{}}}',
    '\u0000',
  ])
    expect((await send(bad)).status).toBe(400);
  expect(
    (await send(JSON.stringify({ event: { ...eventOf('incident.acknowledged', 'x').event, id: 'x'.repeat(3_000) } })))
      .status,
  ).toBe(400);
  expect((await send('x'.repeat(1_100_000))).status).toBe(413);
  for (const key of ['', 'warroom/', '__proto__'])
    expect((await send(eventOf('incident.acknowledged', key))).said).toContain('nothing that is open here');
  const without = await opened.hub(await opened.folder());
  const response = await fetch(`${without.httpUrl}/v1/webhooks/pagerduty`, { method: 'POST', body });
  expect([response.status, await response.text()]).toEqual([404, expect.stringContaining('webhook_secret')]);
});
