/** Silences: who, why, until when; on the record and over a restart. Reading the configuration again. */
import { afterEach, expect, test } from 'vitest';
import type { HubCommand } from '../../src/protocol/command.ts';
import type { Client } from '../../src/client/client.ts';
import type { HubSettings } from '../../src/hub/settings.ts';
import { createInvite } from '../../src/hub/invites.ts';
import { HANDBOOK_POLICY } from '../../src/incident/policy.ts';
import { rulesOf } from '../rules/world.ts';
import { Raw } from '../support/raw.ts';
import { until } from '../support/patience.ts';
import { ask, declare, Opened } from '../support/room.ts';
import { changes, named, Patient } from './watched.ts';

const opened = new Opened();
afterEach(() => opened.tidy());

const MEMORY = `
  - { name: Memory, condition: redis_memory_usage > 90%, severity: SEV-2, keep: 0s }`;
const full = { redis_memory_usage: 0.93 };
const inAnHour = (): string => new Date(Date.now() + 3_600_000).toISOString();
const quiet = (more: Partial<Extract<HubCommand, { kind: 'silence' }>> = {}): HubCommand => ({
  kind: 'silence',
  matcher: '{target="cache"}',
  why: 'being moved',
  until: inAnHour(),
  ...more,
});
const texts = (client: Client): readonly string[] =>
  client.view.events.flatMap((event) =>
    event.kind === 'change_marked' ? [`${event.by.name}: ${event.data.what}`] : [],
  );

test('a silenced alert is shown as such and in no record; when the silence ends it is told', async () => {
  const dir = await opened.folder();
  const patient = new Patient();
  const hub = await opened.hub(dir, patient.options(MEMORY));
  const ana = await opened.client(hub, 'ana');
  const silenced = await ask(ana, quiet(), null);
  expect(silenced).toMatchObject({
    done: { said: expect.stringContaining('silenced {target="cache"} until') as string },
  });
  patient.set('cache', full);
  await until('it fires quietly', () => named(ana, 'Memory')?.silencedUntil !== undefined);
  await declare(ana);
  await hub.close();

  const next = new Patient().set('cache', full);
  const again = await opened.hub(dir, next.options(MEMORY));
  const ben = await opened.client(again, 'ben');
  await until(
    'the silence holds',
    () => named(ben, 'Memory')?.silencedUntil !== undefined && ben.view.incident !== null,
  );
  expect(ben.view.silences).toMatchObject([{ matcher: '{target="cache"}', by: 'ana', why: 'being moved' }]);
  expect(changes(ben, 'Memory')).toEqual([]);
  const incident = ben.view.incident?.id ?? null;
  const id = ben.view.silences[0]?.id ?? '';
  expect(await ask(ben, { kind: 'unsilence', id }, incident)).toHaveProperty('ack');
  await until('it is told', () => changes(ben, 'Memory').length === 1);
  expect(texts(ben)).toEqual(['ben: ended the silence of {target="cache"} (by ana: being moved)']);
  expect(ben.view.silences).toEqual([]);
  expect(await ask(ben, { kind: 'unsilence', id }, incident)).toMatchObject({ nack: { code: 'not_found' } });
});

test('a silence is written down in the open incident, and asked for twice it is one', async () => {
  const patient = new Patient();
  const hub = await opened.hub(await opened.folder(), patient.options(MEMORY));
  const ana = await opened.client(hub, 'ana');
  await declare(ana);
  const command = quiet();
  const raw = await Raw.hello(hub, { name: 'ben' });
  const message = { type: 'command', n: 1, id: '01ARZ3NDEKTSV4RRFFQ69G5FAV', incident: null, command };
  raw.say(message);
  await raw.hear('ack');
  raw.say(message);
  await raw.hear('ack', ({ dup }) => dup === true);
  await until('it stands there', () => texts(ana).length === 1 && ana.view.silences.length === 1);
  const end = command.kind === 'silence' ? command.until.slice(0, 16) : '';
  expect(texts(ana)).toEqual([`ben: silenced {target="cache"} until ${end}Z: being moved`]);
  await ask(ana, { kind: 'unsilence', id: message.id }, null);
  raw.say(message);
  await until('a third time', () => raw.heard.filter(({ type }) => type === 'ack').length === 3);
  await ask(ana, quiet({ matcher: '{target="db"}' }), null);
  await until('another one is there', () => ana.view.silences.length > 0);
  expect(ana.view.silences.map(({ matcher }) => matcher)).toEqual(['{target="db"}']);
});

test('matcher, reason and end are needed, and must make sense', async () => {
  const hub = await opened.hub(await opened.folder(), new Patient().options(MEMORY));
  const ana = await opened.client(hub, 'ana');
  for (const [command, words] of [
    [quiet({ why: '  ' }), 'says why'],
    [quiet({ until: new Date(Date.now() - 1000).toISOString() }), 'in the future'],
    [quiet({ until: new Date(Date.now() + 31 * 86_400_000).toISOString() }), '30 days'],
    [quiet({ matcher: 'cache' }), 'matchers are written'],
    [quiet({ matcher: '{target=' }), ''],
    [quiet({ matcher: '{}' }), 'not everything passes'],
  ] as const)
    expect(await ask(ana, command, null)).toMatchObject({
      nack: { code: 'invalid', reason: expect.stringContaining(words) as string },
    });
  await ask(ana, quiet(), null);
  await until('the good one is there', () => ana.view.silences.length > 0);
  expect(ana.view.silences).toHaveLength(1);
});

test('the configuration is read again as a whole or not at all; alerts of rules that are as they were go on', async () => {
  const patient = new Patient().set('cache', full).set('db', { pg_locks_waiting: 9 });
  const locks = '\n  - { name: Locks, condition: pg_locks_waiting > 5, severity: SEV-2, keep: 0s }';
  const options = patient.options(MEMORY + locks);
  let read: HubSettings | { readonly faults: readonly string[] } = {
    faults: ['alerts.yaml:3:1: no such severity', 'and so on'],
  };
  let applied = 0;
  const hub = await opened.hub(await opened.folder(), {
    ...options,
    reload: () =>
      Promise.resolve('faults' in read ? read : { ...read, later: null, tls: null, apply: () => void applied++ }),
  });
  const ana = await opened.client(hub, 'ana');
  const incident = await declare(ana);
  await until('both fire', () => changes(ana, 'Memory').length + changes(ana, 'Locks').length === 2);
  const since = named(ana, 'Memory')?.since;

  const refused = await ask(ana, { kind: 'reload' }, incident);
  expect(refused).toMatchObject({
    nack: { code: 'invalid', reason: expect.stringContaining('no such severity') as string },
  });
  expect(patient.said.join()).toContain('no such severity');
  expect([applied, hub.stats().alerts.rules]).toEqual([0, 2]);

  const moreLocks = '\n  - { name: Locks, condition: pg_locks_waiting > 6, severity: SEV-2, for: 1h }';
  const own = '\n  - { name: Own, condition: redis_memory_usage > 80%, severity: SEV-3 }';
  const ackMs = 60_000;
  const policy = {
    ...HANDBOOK_POLICY,
    severities: { ...HANDBOOK_POLICY.severities, 'SEV-1': { ...HANDBOOK_POLICY.severities['SEV-1'], ackMs } },
  };
  const targets = [...(options.targets ?? []), { name: 'new', kind: 'redis', intervalMs: 1000 }];
  read = { policy, targets, rules: rulesOf(`alerts:\n${MEMORY}${moreLocks}${own}`) };
  expect(await ask(ana, { kind: 'reload' }, incident)).toHaveProperty('ack');
  expect(applied).toBe(1);
  await until('the new rule is at work', () => named(ana, 'Own') !== undefined);
  await until('the changed rule begins anew', () => named(ana, 'Locks')?.state === 'pending');
  await until('and ended before', () => changes(ana, 'Locks').length === 2);
  expect(changes(ana, 'Locks')).toEqual(['inactive>firing', 'firing>resolved']);
  expect(named(ana, 'Memory')?.since).toBe(since);
  expect(changes(ana, 'Memory')).toEqual(['inactive>firing']);
  expect(ana.view.policy.severities['SEV-1'].ackMs).toBe(ackMs);
  expect(ana.view.targets.map(({ name }) => name)).toEqual(['cache', 'db', 'new']);
  expect(texts(ana)).toEqual(['ana: read the configuration again: 3 targets, 3 rules']);

  read = { policy, targets: targets.slice(1), rules: rulesOf(`alerts:\n${MEMORY}`) };
  await hub.reload();
  await until('a target that is gone has no alerts', () => ana.view.alerts?.length === 0);
  await until('its alerts end', () => changes(ana, 'Memory').length === 2);
});

test('a rule with other clauses and the same question goes on: nothing is resolved that still holds', async () => {
  const rule = (condition: string): string => `\n  - { name: M, condition: '${condition}', severity: SEV-2, keep: 0s }`;
  const patient = new Patient().set('cache', full);
  const options = patient.options(rule('redis_memory_usage > 90%'));
  const policy = HANDBOOK_POLICY;
  const rules = rulesOf(`alerts:\n${rule('redis_memory_usage  > 90% for 1h nodata alert')}`);
  const hub = await opened.hub(await opened.folder(), {
    ...options,
    reload: () =>
      Promise.resolve({ policy, targets: options.targets ?? [], rules, later: null, tls: null, apply: () => {} }),
  });
  const ana = await opened.client(hub, 'ana');
  await declare(ana);
  await until('it fires', () => changes(ana, 'M').length === 1);
  const steps = patient.polls;
  await hub.reload();
  await until('it was looked at again', () => patient.polls > steps + 10);
  expect(named(ana, 'M')?.state).toBe('firing');
  patient.set('cache', { redis_memory_usage: 0.1 });
  await until('it is over', () => changes(ana, 'M').length === 2);
  expect(changes(ana, 'M')).toEqual(['inactive>firing', 'firing>resolved']);
});

test('only this machine’s own people, and the IC, have it read again', async () => {
  const dir = await opened.folder();
  const token = await createInvite(dir, { name: 'eve', observer: false, expiresAt: null });
  const hub = await opened.hub(dir, {
    ...new Patient().options(MEMORY),
    reload: () => Promise.resolve({ faults: ['it was read'] }),
  });
  const eve = await opened.client({ url: hub.url, token }, 'eve');
  expect(await ask(eve, { kind: 'reload' }, null)).toMatchObject({ nack: { code: 'forbidden' } });
  const incident = await declare(eve);
  await ask(eve, { kind: 'assign_role', role: 'ic', name: 'eve' }, incident);
  expect(await ask(eve, { kind: 'reload' }, incident)).toMatchObject({
    nack: { code: 'invalid', reason: expect.stringContaining('it was read') as string },
  });
});

test('a closer look at a target is begun by the poller; nothing of it stands in a record', async () => {
  const hub = await opened.hub(await opened.folder(), {
    ...new Patient().options(MEMORY),
    poller: () => ({
      close: async () => {},
      inspect: async (target) => (target === 'cache' ? { said: 'looked' } : { refused: `there is no ${target}` }),
    }),
  });
  const ana = await opened.client(hub, 'ana');
  const incident = await declare(ana);
  await until('it is seen', () => ana.view.incident?.id === incident);
  const head = ana.view.incident?.head;
  expect(await ask(ana, { kind: 'inspect', target: 'cache' }, incident)).toMatchObject({ done: { said: 'looked' } });
  expect(await ask(ana, { kind: 'inspect', target: 'db' }, incident)).toMatchObject({
    nack: { code: 'not_now', reason: 'there is no db' },
  });
  expect(ana.view.incident?.head).toBe(head);
});
