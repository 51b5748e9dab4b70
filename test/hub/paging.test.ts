/** Who is called by a running hub: for alerts with a route, for incidents declared by hand, and what an incident inherits. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import type { Client } from '../../src/client/client.ts';
import type { Hub, HubOptions } from '../../src/hub/hub-options.ts';
import type { Event } from '../../src/incident/event.ts';
import { HANDBOOK_POLICY, type Policy } from '../../src/incident/policy.ts';
import { nodeFs } from '../../src/log/disk.ts';
import { openJournal } from '../../src/log/journal.ts';
import { planFor } from '../support/on-call.ts';
import { until } from '../support/patience.ts';
import { ask, declare, Opened } from '../support/room.ts';
import { named, Patient } from './watched.ts';

const opened = new Opened();
afterEach(() => opened.tidy());

const ON_CALL = planFor('on-call-primary', 'cache-people', 'db-people');
const RULE = `
  - { name: Memory, condition: redis_memory_usage > 90%, severity: SEV-1, keep: 0s, route: cache-people }
  - { name: Slots, condition: pg_slots_used_ratio > 80%, severity: SEV-1, keep: 0s, route: db-people }`;
const ALERT = 'Memory{target="cache"}';
const full = { redis_memory_usage: 0.93 };
const well = { redis_memory_usage: 0.4 };

/** The handbook with these spans for SEV-1, ms. */
function policyOf(ackMs: number, l3AfterL2Ms: number, silentMs = 3_600_000): Policy {
  const { severities, escalation } = HANDBOOK_POLICY;
  const ackSilentMs = { ...escalation.ackSilentMs, 'SEV-1': silentMs };
  return {
    ...HANDBOOK_POLICY,
    severities: { ...severities, 'SEV-1': { ...severities['SEV-1'], ackMs } },
    escalation: { ...escalation, l3AfterL2Ms, ackSilentMs },
  };
}
const NEVER_MS = 3_600_000;
const inAnHour = (): string => new Date(Date.now() + NEVER_MS).toISOString();

interface Scene {
  readonly hub: Hub;
  readonly patient: Patient;
  readonly eve: Client;
  readonly dir: string;
}
async function scene(policy: Policy, more: Partial<HubOptions> = {}, dir?: string, said = well): Promise<Scene> {
  const folder = dir ?? (await opened.folder());
  const patient = new Patient().set('cache', said);
  const hub = await opened.hub(folder, { ...patient.options(RULE), policy, oncall: ON_CALL, ...more });
  const eve = await opened.client(hub, 'eve');
  await until('the cache was looked at', () => patient.polls > 2 && eve.view.alerts !== null);
  return { hub, patient, eve, dir: folder };
}
const paged = (client: Client): readonly string[] =>
  (named(client, 'Memory')?.paged ?? []).map(({ level, name }) => `${level} ${name ?? 'nobody'}`);
const pagesIn = (client: Client): readonly string[] =>
  client.view.events
    .filter((event): event is Event<'paged'> => event.kind === 'paged')
    .map(({ data: { level, name } }) => `${level} ${name ?? 'nobody'}`);

test('an alert with a route calls L1 at once, then L2, then L3, and nobody once it is acknowledged', async () => {
  const shift = { ms: 0 };
  const clock = { wall: () => Date.now() + shift.ms, mono: () => performance.now() };
  const { patient, eve } = await scene(policyOf(60_000, 60_000), { clock });
  patient.set('cache', full);
  await until('L1 is called', () => paged(eve).length === 1);
  expect(named(eve, 'Memory')).toMatchObject({ route: 'cache-people', incident: null });
  expect(Date.parse(named(eve, 'Memory')?.escalatesAt ?? '')).toBeGreaterThan(Date.now());
  shift.ms += 61_000;
  await until('L2 is called', () => paged(eve).length === 2);
  await ask(eve, { kind: 'acknowledge', alert: ALERT }, null);
  await until('it is acknowledged', () => named(eve, 'Memory')?.acked?.by === 'eve');
  shift.ms += 61_000;
  patient.set('db', { pg_slots_used_ratio: 0.9 });
  await until('another alert calls L1', () => named(eve, 'Slots')?.paged?.length === 1);
  expect(paged(eve)).toEqual(['L1 ana', 'L2 bob']);
  expect(named(eve, 'Memory')?.paged?.every(({ answered }) => answered)).toBe(true);

  patient.set('cache', well);
  await until('it is over', () => named(eve, 'Memory') === undefined);
  patient.set('cache', full);
  await until('another episode calls L1 again', () => paged(eve).length === 1);
  expect(named(eve, 'Memory')?.acked).toBeUndefined();
});

test('a silence ends the paging, and when it is over L1 is called anew', async () => {
  const { patient, eve } = await scene(policyOf(NEVER_MS, NEVER_MS));
  const until2h = new Date(Date.now() + 7_200_000).toISOString();
  await ask(eve, { kind: 'silence', matcher: '{target="cache"}', why: 'being moved', until: until2h }, null);
  patient.set('cache', full);
  await until('it fires, silenced', () => named(eve, 'Memory')?.silencedUntil !== undefined);
  expect(paged(eve)).toEqual([]);
  const id = eve.view.silences[0]?.id ?? '';
  await ask(eve, { kind: 'unsilence', id }, null);
  await until('L1 is called', () => paged(eve).length === 1);
});

test('the incident declared for an alert inherits who was called and who is on it, and goes on from there', async () => {
  const { patient, eve } = await scene(policyOf(NEVER_MS, NEVER_MS));
  patient.set('cache', full);
  await until('L1 is called', () => paged(eve).length === 1);
  const at = named(eve, 'Memory')?.paged?.[0]?.at;
  await ask(eve, { kind: 'acknowledge', alert: ALERT }, null);
  await until('it is acknowledged', () => named(eve, 'Memory')?.acked !== undefined);
  const answer = await ask(eve, { kind: 'declare', title: 'cache full', severity: 'SEV-1', alert: ALERT }, null);
  const incident = 'ack' in answer ? answer.ack.incident : '';
  await until('it has the incident', () => eve.view.incident?.id === incident);
  expect(eve.view.incident).toMatchObject({
    ackedBy: 'eve',
    paging: { route: 'cache-people', since: at, pages: [{ level: 'L1', name: 'ana', at, answered: true }] },
  });
  const { detectedAt, declaredAt } = eve.view.incident?.timestamps ?? {};
  expect(Date.parse(declaredAt ?? '') - Date.parse(detectedAt ?? '')).toBeGreaterThan(0);
  await until('the alert belongs to it', () => named(eve, 'Memory')?.incident === incident);
  expect(paged(eve)).toEqual(['L1 ana']);
  expect(pagesIn(eve)).toEqual([]);

  // Resolved while it still fires: that was known, and calls nobody.
  for (const to of ['investigating', 'resolved'] as const) await ask(eve, { kind: 'set_status', to }, incident);
  await until('it belongs to no incident that is worked on', () => named(eve, 'Memory')?.incident === null);
  await ask(eve, { kind: 'set_status', to: 'closed' }, incident);
  await until(
    'once that is closed, the alert stands for itself again',
    () => named(eve, 'Memory')?.acked !== undefined,
  );
});

test('declared for it before anybody acknowledged: the next level is called by the incident, once', async () => {
  const { patient, eve } = await scene(policyOf(1_500, NEVER_MS));
  patient.set('cache', full);
  await until('L1 is called', () => paged(eve).length === 1);
  await ask(eve, { kind: 'declare', title: 'cache full', severity: 'SEV-1', alert: ALERT }, null);
  await until('L2 is called', () => pagesIn(eve).length === 1);
  expect(pagesIn(eve)).toEqual(['L2 bob']);
  await until('both are told with the alert', () => paged(eve).length === 2);
  await until('and with the incident', () => eve.view.incidents[0]?.paged?.length === 2);
});

test('an incident declared by hand calls L1 of the usual route; another alert that joins it calls nobody', async () => {
  const { patient, eve } = await scene(policyOf(NEVER_MS, NEVER_MS));
  const incident = await declare(eve);
  await until('L1 is called', () => pagesIn(eve).length === 1);
  expect(eve.view.incident?.paging?.route).toBe('on-call-primary');
  patient.set('cache', full);
  await until('the alert joins', () => named(eve, 'Memory')?.incident === incident);
  await ask(eve, { kind: 'escalate', level: 'L2', alert: ALERT }, null);
  await until('escalating the alert is escalating its incident', () => pagesIn(eve).length === 2);
  expect(pagesIn(eve)).toEqual(['L1 ana', 'L2 bob']);
});

test('an alert alone is escalated by hand, L4 with a reason', async () => {
  const { patient, eve } = await scene(policyOf(NEVER_MS, NEVER_MS));
  expect(await ask(eve, { kind: 'escalate', level: 'L2', alert: ALERT }, null)).toMatchObject({
    nack: { code: 'not_found' },
  });
  patient.set('cache', full);
  await until('L1 is called', () => paged(eve).length === 1);
  expect(await ask(eve, { kind: 'escalate', level: 'L4', alert: ALERT }, null)).toMatchObject({
    nack: { code: 'invalid' },
  });
  expect(await ask(eve, { kind: 'escalate', level: 'L4', why: 'the press', alert: ALERT }, null)).toMatchObject({
    done: { said: `paged L4 dan for ${ALERT}` },
  });
  await until('it is told', () => paged(eve).length === 2);
});

test('the acknowledgement of an alert in an incident holds as long as somebody writes there', async () => {
  const { patient, eve } = await scene(policyOf(NEVER_MS, NEVER_MS));
  patient.set('cache', full);
  await until('it fires', () => named(eve, 'Memory') !== undefined);
  await ask(eve, { kind: 'acknowledge', alert: ALERT }, null);
  const answer = await ask(eve, { kind: 'declare', title: 'cache full', severity: 'SEV-1', alert: ALERT }, null);
  const incident = 'ack' in answer ? answer.ack.incident : '';
  await until('it belongs to the incident', () => named(eve, 'Memory')?.incident === incident);
  const before = named(eve, 'Memory')?.acked?.until ?? '';
  await ask(eve, { kind: 'note', text: 'still on it' }, incident);
  await until('it holds longer', () => (named(eve, 'Memory')?.acked?.until ?? '') > before);
  expect(named(eve, 'Memory')?.acked?.by).toBe('eve');
});

test('an acknowledgement that expired calls L1 anew, of an alert and of an incident', async () => {
  const { patient, eve } = await scene(policyOf(NEVER_MS, NEVER_MS, 1_000));
  patient.set('cache', full);
  await until('L1 is called', () => paged(eve).length === 1);
  await ask(eve, { kind: 'acknowledge', alert: ALERT }, null);
  await until('it is acknowledged', () => named(eve, 'Memory')?.acked !== undefined);
  const first = named(eve, 'Memory')?.paged?.[0]?.at ?? '';
  await until('L1 is called again', () => (named(eve, 'Memory')?.paged?.[0]?.at ?? first) > first);
  expect(named(eve, 'Memory')?.acked).toBeUndefined();
  expect(paged(eve)).toEqual(['L1 ana']);

  const incident = await declare(eve);
  await ask(eve, { kind: 'acknowledge' }, incident);
  await until('L1 is called twice', () => pagesIn(eve).length === 2);
  expect(eve.view.events.map(({ kind }) => kind).filter((kind) => kind !== 'alert_changed')).toEqual([
    'declared',
    'paged',
    'acknowledged',
    'acknowledgement_expired',
    'paged',
  ]);
});

test('a level that fell due while the hub was down is asked about first, for an alert too; the answer is /escalate', async () => {
  const shift = { ms: 0 };
  const clock = { wall: () => Date.now() + shift.ms, mono: () => performance.now() };
  const policy = policyOf(60_000, NEVER_MS);
  const before = await scene(policy, { clock });
  before.patient.set('cache', full);
  await until('L1 is called', () => paged(before.eve).length === 1);
  await before.hub.close();

  shift.ms = 20 * 60_000;
  const { eve } = await scene(policy, { clock }, before.dir, full);
  await until('it asks', () => named(eve, 'Memory')?.held?.level === 'L2');
  expect(paged(eve)).toEqual(['L1 ana']);
  await ask(eve, { kind: 'escalate', level: 'L2', alert: ALERT }, null);
  await until('L2 is called', () => paged(eve).length === 2);
  expect(named(eve, 'Memory')?.held).toBeUndefined();
});

test('the paging of an alert that an incident takes over ends once, however slow the disk is', async () => {
  const disk = { slowMs: 0 };
  const dir = await opened.folder();
  const ended: string[] = [];
  const journal = await openJournal({
    dir,
    fs: {
      ...nodeFs,
      async sync(fd) {
        if (disk.slowMs > 0) await sleep(disk.slowMs);
        return nodeFs.sync(fd);
      },
      write(fd, bytes, position) {
        const text = Buffer.from(bytes).toString();
        for (const [, why = ''] of text.matchAll(/"kind":"episode_ended".*?"why":"(\w+)"/g)) ended.push(why);
        return nodeFs.write(fd, bytes, position);
      },
    },
  });
  const { patient, eve } = await scene(policyOf(NEVER_MS, NEVER_MS), { journal }, dir);
  patient.set('cache', full);
  await until('L1 is called', () => paged(eve).length === 1);
  await ask(eve, { kind: 'acknowledge', alert: ALERT }, null);
  await until('it is acknowledged', () => named(eve, 'Memory')?.acked !== undefined);
  disk.slowMs = 120;
  // Something else is recorded at the same time, so that the head moves while the end is on its way to the disk.
  const isDeclared = ask(eve, { kind: 'declare', title: 'cache full', severity: 'SEV-1', alert: ALERT }, null);
  for (let n = 0; n < 8; n++) {
    const command = { kind: 'silence', matcher: `{target="other${n}"}`, why: 'moved', until: inAnHour() } as const;
    void eve.submit(command, null);
    await sleep(60);
  }
  await isDeclared;
  await until('the alert belongs to it', () => named(eve, 'Memory')?.incident !== null);
  await until('its paging has ended', () => ended.length > 0 && eve.view.silences.length === 8);
  disk.slowMs = 0;
  patient.set('cache', well);
  await until('it is over', () => named(eve, 'Memory') === undefined);
  // The acknowledgement outlives the declaration, and ends with the alert.
  await until('the acknowledgement ends with the alert', () => ended.length > 1);
  expect(ended).toEqual(['incident', 'over']);
});
