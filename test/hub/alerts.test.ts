/** The life of alerts in a hub: proposed, attached, told once, resolved; remembered over a restart; kept quiet. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { Client } from '../../src/client/client.ts';
import type { Hub } from '../../src/hub/hub-options.ts';
import { HANDBOOK_POLICY } from '../../src/incident/policy.ts';
import { until } from '../support/patience.ts';
import { ask, declare, Opened } from '../support/room.ts';
import { Raw } from '../support/raw.ts';
import { changes, named, Patient } from './watched.ts';

const opened = new Opened();
afterEach(() => opened.tidy());

const MEMORY = `
  - { name: Memory, condition: redis_memory_usage > 90%, severity: SEV-2, keep: 0s, runbook: redis-memory-full }`;
const full = { redis_memory_usage: 0.93 };
const well = { redis_memory_usage: 0.4 };

async function room(rules: string, dir?: string): Promise<{ patient: Patient; hub: Hub; ana: Client; dir: string }> {
  const patient = new Patient();
  const folder = dir ?? (await opened.folder());
  const hub = await opened.hub(folder, patient.options(rules));
  return { patient, hub, ana: await opened.client(hub, 'ana'), dir: folder };
}

test('without an incident an alert is a proposal on every console; a declaration takes it in', async () => {
  const { patient, hub, ana } = await room(MEMORY);
  const ben = await opened.client(hub, 'ben');
  patient.set('cache', well);
  await until('nothing fires', () => ana.view.alerts?.length === 0);
  patient.set('cache', full);
  await until('both see it', () => [ana, ben].every((client) => named(client, 'Memory')?.state === 'firing'));
  expect(named(ben, 'Memory')).toMatchObject({
    severity: 'SEV-2',
    runbook: 'redis-memory-full',
    labels: { target: 'cache' },
    incident: null,
    summary: 'Memory on cache: 0.93 (redis_memory_usage > 90%)',
  });
  expect(hub.stats()).toMatchObject({ incidentsOpen: 0, alerts: { firing: 1 } });
  const health = await (await fetch(`${hub.httpUrl}/healthz`)).json();
  expect(health).toMatchObject({ alerts_firing: 1, alerts_pending: 0 });
  expect(await (await fetch(`${hub.httpUrl}/metrics`)).text()).toContain('\nwarroom_alerts_firing 1\n');

  const incident = await declare(ana);
  await until('it belongs to the incident', () => named(ben, 'Memory')?.incident === incident);
  await until('and stands in its record', () => changes(ben, 'Memory').length > 0);
  expect(ben.view.incident?.alerts).toMatchObject([{ rule: 'Memory', state: 'firing', severity: 'SEV-2' }]);
  expect(ben.view.incident?.runbook).toBe('redis-memory-full');
  const late = await opened.client(hub, 'carol');
  await until('who comes later sees it, too', () => named(late, 'Memory') !== undefined);

  patient.set('cache', well);
  await until('it is over', () => changes(ben, 'Memory').length > 1);
  expect(changes(ben, 'Memory')).toEqual(['inactive>firing', 'firing>resolved']);
  await until('and gone', () => ben.view.alerts?.length === 0);
});

test('an alert that came and went before anybody declared stands in no record', async () => {
  const { patient, ana } = await room(MEMORY);
  patient.set('cache', full);
  await until('it fires', () => named(ana, 'Memory') !== undefined);
  patient.set('cache', well);
  await until('it is over', () => ana.view.alerts?.length === 0);
  await declare(ana);
  patient.set('cache', full);
  await until('it fires again', () => changes(ana, 'Memory').length > 0);
  expect(changes(ana, 'Memory')).toEqual(['resolved>firing']);
});

test('it goes to the incident declared for it, else the one with its runbook, else the last; never to a rehearsal', async () => {
  const { patient, ana } = await room(`${MEMORY}
  - { name: Slots, condition: pg_slots_used_ratio > 80%, severity: SEV-2, keep: 0s }
  - { name: Locks, condition: pg_locks_waiting > 5, severity: SEV-2, keep: 0s }`);
  const declared = async (more: object): Promise<string> => {
    const answer = await ask(ana, { kind: 'declare', title: 'x', severity: 'SEV-2', ...more }, null);
    return 'ack' in answer ? answer.ack.incident : '';
  };
  await declared({ drill: true });
  patient.set('cache', full);
  await until('it fires', () => named(ana, 'Memory') !== undefined);
  await until('and waits for a real incident', () => named(ana, 'Memory')?.incident === null);
  const redis = await declared({ runbook: 'redis-memory-full' });
  await until('it has one', () => named(ana, 'Memory')?.incident === redis);
  const locks = await declared({ alert: 'Locks{target="db"}' });
  const last = await declared({});
  patient.set('db', { pg_slots_used_ratio: 0.9, pg_locks_waiting: 9 });
  await until('each has its own', () => named(ana, 'Locks')?.incident === locks);
  await until('the last takes the rest', () => named(ana, 'Slots')?.incident === last);
  expect(named(ana, 'Memory')?.incident).toBe(redis);

  for (const to of ['investigating', 'resolved'] as const) await ask(ana, { kind: 'set_status', to }, locks);
  await until(
    'who is resolved has no alerts; one that fires on goes to the last',
    () => named(ana, 'Locks')?.incident === last,
  );
});

test('a hub that comes back has forgotten nothing and fires nothing twice', async () => {
  const rules = `${MEMORY}
  - { name: Slow, condition: redis_blocked_clients > 5, severity: SEV-3, for: 1500ms, keep: 0s }`;
  const before = await room(rules);
  before.patient.set('cache', { ...full, redis_blocked_clients: 9 });
  const incident = await declare(before.ana);
  await until('one fires', () => changes(before.ana, 'Memory').length === 1);
  await until('one waits', () => named(before.ana, 'Slow')?.state === 'pending');
  const since = named(before.ana, 'Memory')?.since ?? '';
  await before.hub.close();

  const { patient, ana } = await room(rules, before.dir);
  await until('it fires at once, unknown', () => named(ana, 'Memory')?.unknown === true);
  expect(named(ana, 'Memory')).toMatchObject({ state: 'firing', incident });
  expect(Math.abs(Date.parse(named(ana, 'Memory')?.since ?? '') - Date.parse(since))).toBeLessThan(100);
  expect(named(ana, 'Slow')).toMatchObject({ state: 'pending' });
  patient.set('cache', { ...full, redis_blocked_clients: 9 });
  await until('it is known again', () => named(ana, 'Memory')?.unknown === undefined);
  await until('what waited fires', () => changes(ana, 'Slow').length === 1);
  expect(changes(ana, 'Memory')).toEqual(['inactive>firing']);
  patient.set('cache', well);
  await until('and ends', () => changes(ana, 'Memory').length === 2);
  expect(changes(ana, 'Memory')).toEqual(['inactive>firing', 'firing>resolved']);
});

test('who acknowledged an alert is on it, with no incident and over a restart, until it is over or the time has run out', async () => {
  const before = await room(MEMORY);
  before.patient.set('cache', full);
  const ben = await opened.client(before.hub, 'ben');
  await until('it fires', () => named(ben, 'Memory') !== undefined && before.ana.view.alerts?.length === 1);
  const asked = { kind: 'acknowledge', alert: 'Memory{target="cache"}' } as const;
  expect(await ask(before.ana, asked, null)).toMatchObject({
    done: {
      said: expect.stringMatching(/^acknowledged Memory\{target="cache"\}; it asks again at \d\d:\d\dZ$/) as string,
    },
  });
  await until('everybody sees who', () => named(ben, 'Memory')?.acked?.by === 'ana');
  const acked = named(ben, 'Memory')?.acked;
  expect(Date.parse(acked?.until ?? '') - Date.parse(acked?.at ?? '')).toBe(
    HANDBOOK_POLICY.escalation.ackSilentMs['SEV-2'],
  );
  expect(await ask(ben, asked, null)).toMatchObject({
    nack: { code: 'conflict', reason: expect.stringMatching(/^ana acknowledged it at /) as string },
  });
  expect(await ask(ben, { ...asked, alert: 'Memory' }, null)).toMatchObject({ nack: { code: 'not_found' } });
  expect(ben.view.incidents).toEqual([]);
  expect(named(ben, 'Memory')).toMatchObject({ state: 'firing', incident: null });
  await before.hub.close();

  let later = 0;
  const clock = { wall: () => Date.now() + later, mono: () => performance.now() + later };
  const patient = new Patient().set('cache', full);
  const hub = await opened.hub(before.dir, { ...patient.options(MEMORY), clock });
  const ana = await opened.client(hub, 'ana');
  await until('it is known again', () => named(ana, 'Memory')?.unknown === undefined && ana.view.alerts !== null);
  expect(named(ana, 'Memory')?.acked).toEqual(acked);
  later = HANDBOOK_POLICY.escalation.ackSilentMs['SEV-2'];
  await until('it asks again', () => named(ana, 'Memory') !== undefined && named(ana, 'Memory')?.acked === undefined);
  await ask(ana, asked, null);
  await until('she is on it again', () => named(ana, 'Memory')?.acked !== undefined);
  patient.set('cache', well);
  await until('it is over', () => ana.view.alerts?.length === 0);
  patient.set('cache', full);
  await until('it fires anew', () => named(ana, 'Memory') !== undefined);
  expect(named(ana, 'Memory')?.acked).toBeUndefined();
});

test('an alert of an incident is acknowledged in its record, and gives it an owner if it has none', async () => {
  const { patient, hub, ana } = await room(`${MEMORY}
  - { name: Clients, condition: redis_connected_clients > 5, severity: SEV-1, keep: 0s }
  - { name: Slow, condition: redis_blocked_clients > 5, severity: SEV-3, for: 1h }`);
  patient.set('cache', { ...full, redis_connected_clients: 9, redis_blocked_clients: 9 });
  const ben = await opened.client(hub, 'ben');
  const incident = await declare(ana);
  await until('both belong to it', () =>
    ['Memory', 'Clients'].every((rule) => named(ben, rule)?.incident === incident),
  );
  const ack = (client: Client, rule: string) =>
    ask(client, { kind: 'acknowledge', alert: `${rule}{target="cache"}` }, null);
  expect(await ack(ana, 'Memory')).toHaveProperty('ack');
  expect(await ack(ben, 'Clients')).toHaveProperty('ack');
  expect(await ack(ben, 'Slow')).toMatchObject({ nack: { code: 'not_now' } });
  const acks = (): readonly unknown[] =>
    ana.view.events.flatMap((event) =>
      event.kind === 'acknowledged' ? [[event.by.name, event.data.alert, event.level]] : [],
    );
  await until('both stand in the record', () => acks().length === 2);
  expect(acks()).toEqual([
    ['ana', 'Memory{target="cache"}', 'key'],
    ['ben', 'Clients{target="cache"}', 'normal'],
  ]);
  expect(ana.view.incident?.ackedBy).toBe('ana');
  expect(await ask(ben, { kind: 'acknowledge' }, incident)).toMatchObject({ nack: { code: 'conflict' } });
});

test('an acknowledgement that cannot be written is refused, and nobody is said to be on the alert', async () => {
  const { patient, hub, ana, dir } = await room(MEMORY);
  patient.set('cache', full);
  await until('it fires', () => named(ana, 'Memory') !== undefined);
  const raw = await Raw.hello(hub, { name: 'ben' });
  await writeFile(path.join(dir, 'hub'), 'a file where the folder of the record must be');
  const command = { kind: 'acknowledge', alert: 'Memory{target="cache"}' };
  raw.say({ type: 'command', n: 1, id: '01ARZ3NDEKTSV4RRFFQ69G5FAV', incident: null, command });
  expect(await raw.hear('nack')).toMatchObject({
    code: 'read_only',
    reason: expect.stringContaining('nothing more can be written') as string,
    retryAfter: 10_000,
  });
  await until('nobody is said to be on it', () => named(ana, 'Memory')?.acked === undefined);
});

test('an alert whose rule was removed while the hub was away ends', async () => {
  const before = await room(MEMORY);
  before.patient.set('cache', full);
  await declare(before.ana);
  await until('it fires', () => changes(before.ana, 'Memory').length === 1);
  await before.hub.close();
  const { ana } = await room('', before.dir);
  await until('it is over', () => changes(ana, 'Memory').length === 2);
  expect(changes(ana, 'Memory')).toEqual(['inactive>firing', 'firing>resolved']);
});

test('a damaged file is put aside and said; what fires still stands in its record once', async () => {
  const before = await room(MEMORY);
  before.patient.set('cache', full);
  await declare(before.ana);
  await until('it fires', () => changes(before.ana, 'Memory').length === 1);
  await before.hub.close();
  const file = path.join(before.dir, 'alerts.json');
  const text = (await readFile(file, 'utf8')).replace('"firing"', '"fire!"');
  await writeFile(file, text);
  const { patient, ana } = await room(MEMORY, before.dir);
  expect(patient.said.join()).toContain('was damaged');
  expect(await readFile(`${file}.damaged`, 'utf8')).toBe(text);
  patient.set('cache', full);
  await until('it fires', () => named(ana, 'Memory')?.state === 'firing');
  await until('it is in its incident', () => named(ana, 'Memory')?.incident !== null);
  expect(changes(ana, 'Memory')).toEqual(['inactive>firing']);
});

test('with no memory, what a record says fires and does not is expired after a while', async () => {
  const before = await room(MEMORY);
  before.patient.set('cache', full);
  await declare(before.ana);
  await until('it fires', () => changes(before.ana, 'Memory').length === 1);
  await before.hub.close();
  await rm(path.join(before.dir, 'alerts.json'));
  let later = 0;
  const clock = { wall: () => Date.now() + later, mono: () => performance.now() + later };
  const patient = new Patient().set('cache', well);
  const ana = await opened.client(await opened.hub(before.dir, { ...patient.options(MEMORY), clock }), 'ana');
  await until('its state is known', () => ana.view.targets[0]?.reading?.up === true && ana.view.incident !== null);
  expect(changes(ana, 'Memory')).toEqual(['inactive>firing']);
  later = 121_000;
  await until('it is over', () => changes(ana, 'Memory').length === 2);
  expect(changes(ana, 'Memory')[1]).toBe('firing>expired');
});

test('what flaps is told once, and the record is not flooded', async () => {
  const { patient, ana } = await room(MEMORY);
  patient.set('cache', well);
  await declare(ana);
  for (let turn = 0; turn < 12; turn++) {
    const alerts = ana.view.alerts;
    patient.set('cache', turn % 2 === 0 ? full : well);
    await until('it changes', () => (ana.view.alerts?.length ?? 0) !== (alerts?.length ?? 0));
  }
  expect(changes(ana, 'Memory').length).toBeLessThanOrEqual(6);
  patient.set('cache', full);
  await until('it says that it flaps', () => named(ana, 'Memory')?.flapping === true);
});

test('a target that is down inhibits its other rules', async () => {
  const { patient, ana } = await room(`${MEMORY}
  - { name: Down, condition: redis_up == 0, severity: SEV-1, keep: 0s }
  - { name: Gone, condition: absent(redis_connected_clients), severity: SEV-2, labels: { target: cache } }`);
  patient.set('cache', null);
  await until('both fire', () => named(ana, 'Down') !== undefined && named(ana, 'Gone')?.state === 'firing');
  expect(named(ana, 'Gone')).toMatchObject({ inhibited: 'Down' });
  await declare(ana);
  await until('the cause is told', () => changes(ana, 'Down').length === 1);
  expect(ana.view.incident?.alerts.map(({ rule }) => rule)).toEqual(['Down']);
});

test('a server that was only guessed at, and the hub itself, are nobody’s patients', async () => {
  const patient = new Patient().set('cache', null).set('guess', 'absent').set('real', null).set('late', {});
  const target = (name: string, own = false) => ({ name, kind: 'redis', intervalMs: 1000, own });
  const hub = await opened.hub(await opened.folder(), {
    ...patient.options('\n  - { name: Down, condition: redis_up == 0, severity: SEV-1 }'),
    targets: [target('cache', true), target('guess'), target('real'), target('late')],
  });
  const ana = await opened.client(hub, 'ana');
  const firing = (): readonly (string | undefined)[] => ana.view.alerts?.map(({ labels }) => labels['target']) ?? [];
  await until('the real one fires', () => firing().includes('real'));
  // What is read of the others comes before it in every round.
  patient.set('late', null);
  await until('and one that fails later', () => firing().includes('late'));
  expect(firing().toSorted()).toEqual(['late', 'real']);
});
