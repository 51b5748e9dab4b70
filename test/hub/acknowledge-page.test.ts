/** Links that acknowledge, at a real hub: who opens them changes nothing, who presses the button acknowledges once. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ulid } from 'ulid';
import type { Client } from '../../src/client/client.ts';
import { AcknowledgeLinks, type AcknowledgeLink } from '../../src/hub/acknowledge-links.ts';
import type { Hub } from '../../src/hub/hub-options.ts';
import { INCIDENT } from '../../src/incident/topics/index.ts';
import { HANDBOOK_POLICY } from '../../src/incident/policy.ts';
import { planFor } from '../support/on-call.ts';
import { until } from '../support/patience.ts';
import { ask, declare, Opened } from '../support/room.ts';
import { named, Patient } from './watched.ts';

const RULE = `
  - { name: Memory, condition: redis_memory_usage > 90%, severity: SEV-1, keep: 0s, route: cache-people }`;
const ALERT = 'Memory{target="cache"}';
const shift = { ms: 0 };
const clock = { wall: () => Date.now() + shift.ms, mono: () => performance.now() };
const patient = new Patient().set('cache', { redis_memory_usage: 0.4 });
const opened = new Opened();
let hub: Hub;
let eve: Client;

beforeAll(async () => {
  const options = { ...patient.options(RULE), oncall: planFor('on-call-primary', 'cache-people'), clock };
  hub = await opened.hub(await opened.folder(), { ...options, policy: HANDBOOK_POLICY });
  eve = await opened.client(hub, 'eve');
  await until('alerts are told', () => eve.view.alerts !== null);
});
afterAll(() => opened.tidy());

/** A link as a message has it: signed with the hub's key. */
function link(page: Partial<AcknowledgeLink>): string {
  const whole = {
    page: ulid(clock.wall()),
    incident: null,
    alert: null,
    level: 'L1',
    name: 'ana',
    via: 'email',
    ...page,
  } as const;
  return new AcknowledgeLinks(hub.token, hub.httpUrl).url(whole, clock.wall()) ?? '';
}
async function open(url: string, method = 'GET') {
  const response = await fetch(url, { method });
  const body = await response.text();
  return { status: response.status, headers: response.headers, body, hasButton: body.includes('<form method="post">') };
}
const acknowledgements = () => eve.view.events.filter(({ kind }) => kind === 'acknowledged');
async function declared(title: string): Promise<{ incident: string; page: string }> {
  const incident = await declare(eve, title);
  eve.follow(incident);
  await until('it calls L1', () => eve.view.incident?.id === incident && eve.view.events.some(isPage));
  return { incident, page: eve.view.events.find(isPage)?.id ?? '' };
}
/** Ends an incident that may have a lead: alerts would join it. */
async function cancel(incident: string): Promise<void> {
  await ask(eve, { kind: 'assign_role', role: 'ic', name: 'eve' }, incident);
  const answer = await ask(eve, { kind: 'set_status', to: 'cancelled', why: 'a test' }, incident);
  expect(answer).toHaveProperty('ack');
}
const isPage = ({ kind }: { readonly kind: string }): boolean => kind === 'paged';

test('opening a link of an incident changes nothing; pressing acknowledges once, and says who did', async () => {
  const { incident, page } = await declared('<b>"Checkout" & co</b> is down');
  const mine = link({ incident, page });
  for (const method of ['GET', 'HEAD', 'GET', 'OPTIONS', 'PUT']) await open(mine, method);
  const shown = await open(mine);
  expect(shown).toMatchObject({ status: 200, hasButton: true });
  expect(shown.body).toContain('SEV-1 &lt;b&gt;&quot;Checkout&quot; &amp; co&lt;/b&gt; is down');
  expect(shown.body).toContain('Nobody has acknowledged it.');
  expect(shown.body).toContain('Acknowledge as ana');
  expect(shown.body).not.toMatch(/<script|<b>|https?:/);
  expect(shown.headers.get('cache-control')).toBe('no-store');
  expect(shown.headers.get('x-robots-tag')).toContain('noindex');
  expect(shown.headers.get('referrer-policy')).toBe('no-referrer');
  expect(shown.headers.get('content-security-policy')).toMatch(/default-src 'none'.*form-action 'self'/);
  expect(eve.view.incident?.timestamps.acknowledgedAt).toBeNull();

  expect(await open(mine, 'POST')).toMatchObject({ status: 200, hasButton: false });
  await until('it is acknowledged', () => eve.view.incident?.ackedBy === 'ana');
  const [entry] = acknowledgements();
  expect(entry).toMatchObject({ by: { name: 'ana' }, via: 'email' });
  expect(entry && INCIDENT.sentence(entry)).toBe('acknowledged by e-mail link');

  // The same link again, another message of the same page, and the link of somebody else.
  for (const other of [mine, link({ incident, page, via: 'ntfy' }), link({ incident, level: 'L2', name: 'bob' })])
    for (const [method, status] of [
      ['GET', 200],
      ['POST', 409],
    ] as const) {
      const again = await open(other, method);
      expect(again).toMatchObject({ status, hasButton: false });
      expect(again.body).toMatch(/ana acknowledged it at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/);
    }
  expect(acknowledgements()).toHaveLength(1);
  await cancel(incident);
});

test('two presses at once are one acknowledgement', async () => {
  const { incident, page } = await declared('Two presses');
  const mine = link({ incident, page });
  const answers = await Promise.all(Array.from({ length: 8 }, () => open(mine, 'POST')));
  expect(answers.every(({ body }) => body.includes('ana acknowledged it'))).toBe(true);
  await until('it is acknowledged', () => eve.view.incident?.ackedBy === 'ana');
  expect(acknowledgements()).toHaveLength(1);
  await cancel(incident);
});

test('a link for an alert without an incident: acknowledged, over, and of no use for the next time', async () => {
  patient.set('cache', { redis_memory_usage: 0.95 });
  await until('L1 is called', () => named(eve, 'Memory')?.paged?.length === 1);
  const mine = link({ alert: ALERT, via: 'ntfy' });
  expect(await open(mine)).toMatchObject({ status: 200, hasButton: true });
  expect(named(eve, 'Memory')?.acked).toBeUndefined();
  expect(await open(mine, 'POST')).toMatchObject({ status: 200, hasButton: false });
  await until('it is acknowledged', () => named(eve, 'Memory')?.acked?.by === 'ana');
  expect((await open(mine, 'POST')).body).toContain('ana acknowledged it');

  // When nothing is written for long, it calls anew: the old link says so, and a newer one acknowledges.
  shift.ms = 31 * 60_000;
  await until('it has expired', () => named(eve, 'Memory')?.acked === undefined);
  const late = await open(mine, 'POST');
  expect(late).toMatchObject({ status: 409, hasButton: false });
  expect(late.body).toMatch(/ana acknowledged it at .*Nobody is on it any more/s);
  expect(await open(link({ alert: ALERT }), 'POST')).toMatchObject({ status: 200 });
  await until('it is acknowledged again', () => named(eve, 'Memory')?.acked?.by === 'ana');

  patient.set('cache', { redis_memory_usage: 0.4 });
  await until('it is over', () => named(eve, 'Memory') === undefined);
  const unused = link({ alert: ALERT, name: 'bob' });
  expect(await open(unused)).toMatchObject({
    hasButton: false,
    body: expect.stringContaining('The alert is over.') as string,
  });
  patient.set('cache', { redis_memory_usage: 0.95 });
  await until('it calls anew', () => named(eve, 'Memory')?.paged?.length === 1);
  for (const old of [mine, unused]) expect(await open(old, 'POST')).toMatchObject({ status: 409, hasButton: false });
  expect((await open(unused)).body).toContain('use a newer message');
  expect(named(eve, 'Memory')?.acked).toBeUndefined();

  // Once it has an incident, the link of its page acknowledges both.
  const newer = link({ alert: ALERT });
  const answer = await ask(eve, { kind: 'declare', title: 'cache full', severity: 'SEV-1', alert: ALERT }, null);
  const incident = 'ack' in answer ? answer.ack.incident : '';
  eve.follow(incident);
  await until('it has the incident', () => named(eve, 'Memory')?.incident === incident);
  expect(await open(newer, 'POST')).toMatchObject({ status: 200 });
  await until('both are acknowledged', () => eve.view.incident?.id === incident && eve.view.incident.ackedBy === 'ana');
  await until('the alert, too', () => named(eve, 'Memory')?.acked?.by === 'ana');
  await cancel(incident);
});

test('a link that is not of this hub, cut off, too old, or of what has ended acknowledges nothing', async () => {
  const { incident, page } = await declared('Old links');
  const mine = link({ incident, page });
  const foreign = new AcknowledgeLinks('another', hub.httpUrl).url(
    { page, incident, alert: null, level: 'L1', name: 'ana', via: 'email' },
    clock.wall(),
  );
  for (const bad of [
    mine.slice(0, -1),
    `${mine}/x`,
    mine.replace('/ack/', '/ack/x'),
    foreign ?? '',
    `${hub.httpUrl}/v1/ack/%ff`,
  ])
    for (const method of ['GET', 'POST']) expect((await open(bad, method)).status).toBe(404);
  // Other links in messages lead to the hub itself, which tells nobody what goes on.
  const front = await open(`${hub.httpUrl}/#${incident}`);
  expect(front).toMatchObject({
    status: 200,
    hasButton: false,
    body: expect.stringContaining('warroom join') as string,
  });
  const huge = await fetch(mine, { method: 'POST', body: 'x'.repeat(100_000) });
  expect(huge.status).toBe(413);
  expect((await open(link({ incident: '2020-01-01-none' }), 'POST')).status).toBe(409);
  shift.ms = 25 * 3_600_000;
  expect(await open(mine, 'POST')).toMatchObject({ status: 410, hasButton: false });
  const fresh = link({ incident, page });
  await cancel(incident);
  expect(await open(fresh, 'POST')).toMatchObject({
    status: 409,
    body: expect.stringContaining('It is cancelled.') as string,
  });
  expect(acknowledgements()).toHaveLength(0);
});
