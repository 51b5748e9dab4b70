/** Digests of a hub with a clock of its own: what they know, when they are made, late ones, and those that are not made any more. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Receiver } from '../../src/delivery/receiver.ts';
import webhook from '../../src/delivery/receivers/webhook.ts';
import type { Client } from '../../src/client/client.ts';
import type { Hub } from '../../src/hub/hub-options.ts';
import type { MessageKind } from '../../src/incident/deliveries.ts';
import type { DigestFacts } from '../../src/incident/digest.ts';
import type { OncallPlan } from '../../src/oncall/plan.ts';
import { digestMarkdown } from '../../src/report/digest.ts';
import { settingsOf } from '../delivery/contract.ts';
import { Sink } from '../delivery/sink.ts';
import { planFor } from '../support/on-call.ts';
import { until } from '../support/patience.ts';
import { ask, Opened } from '../support/room.ts';
import { sourceAt } from '../support/sources.ts';

const opened = new Opened();
let sink: Sink;
beforeEach(async () => void (sink = await Sink.open()));
afterEach(async () => {
  await opened.tidy();
  sink.close();
});

const WEEK = 7 * 86_400_000;
/** The Monday after the clocks went forward: 167 hours after the hand-off before. */
const BOUNDARY = '2026-03-30T07:00:00.000Z';
const PLAN: OncallPlan = {
  ...planFor(),
  rotations: [
    {
      name: 'primary',
      layers: [{ zone: 'Europe/Berlin', start: '2026-01-05T09:00', everyMs: WEEK, people: ['ana', 'bob'], only: [] }],
    },
  ],
  routes: { 'on-call-primary': { L1: { rotation: 'primary' }, L2: { person: 'cyd' }, L3: { person: 'dan' } } },
};
const hook = (events: readonly MessageKind[], more: Partial<Receiver> = {}): Receiver => ({
  name: 'hook',
  kindName: 'webhook',
  kind: webhook,
  events,
  min: 'SEV-0',
  routes: [],
  drills: false,
  settings: settingsOf(webhook, { url: sink.url }),
  ...more,
});
/** A hub whose clock shows `at` now, and goes on. */
function hubAt(at: string, dir: string, receivers: readonly Receiver[]): Promise<Hub> {
  const ahead = Date.parse(at) - Date.now();
  const clock = { wall: () => Date.now() + ahead, mono: () => performance.now() };
  return opened.hub(dir, { oncall: PLAN, receivers, clock });
}
const seconds = (from: string, s: number): string => new Date(Date.parse(from) + s * 1000).toISOString();
const said = (): readonly string[] => sink.field('text').map(String);
async function asked(client: Client, of?: 'digest' | 'handoff'): Promise<DigestFacts> {
  await until('the hub has let them in', () => client.view.you !== null);
  const { digest, fault } = await client.ask({ what: 'digest', ...(of && { of }) });
  if (digest === undefined) throw new Error(fault);
  return digest;
}

test('at the hand-off: once, late after a time without a hub, and not any more after a day', async () => {
  const dir = await opened.folder();
  const receivers = [hook(['handoff', 'digest'], { routes: ['on-call-primary'], zone: 'Europe/Berlin' })];
  const hub = await hubAt(seconds(BOUNDARY, -1.5), dir, receivers);
  const ana = await opened.client(hub, 'ana');
  // Nobody wanted earlier ones.
  await until(
    'both are sent',
    () => said().length === 2,
    () => JSON.stringify(said()),
  );
  expect(sink.field('kind').toSorted()).toEqual(['digest', 'handoff']);
  expect(sink.field('title').toSorted()).toEqual(['On-call hand-off: primary, bob to ana', 'Week until 2026-03-30']);
  const [week, handOff] = said().toSorted((a, b) => b.localeCompare(a));
  expect(handOff).toContain(
    '2026-03-30 07:00 UTC (now): bob since 2026-03-23 08:00 UTC, then ana until 2026-04-06 07:00 UTC.',
  );
  expect(week).toContain('\n2026-03-23 08:00 UTC to 2026-03-30 07:00 UTC\n');
  expect(said().join('')).not.toContain('Late');
  // Whoever stands in for an hour takes over now, and hands back later.
  const override = { kind: 'override_oncall', rotation: 'primary', name: 'cyd', why: 'ana travels' } as const;
  await ask(ana, { ...override, from: BOUNDARY, until: seconds(BOUNDARY, 3600) }, null);
  await hub.close();

  const down = await hubAt(seconds(BOUNDARY, 2 * 3600), dir, receivers);
  await until('the report is late', () => said().length === 3);
  expect(said()[2]).toContain(
    '# On-call hand-off: primary, cyd to ana\n\n**Late by 1 h 00 min**: it was due 2026-03-30 08:00 UTC',
  );
  await down.close();

  const later = await hubAt(seconds(BOUNDARY, 3 * 7 * 86_400 - 3 * 86_400), dir, receivers);
  const bob = await opened.client(later, 'bob');
  await ask(bob, { kind: 'test_delivery', receiver: 'hook' }, null);
  await until('the test', () => said().length === 4);
  expect(sink.field('kind').slice(2)).toEqual(['handoff', 'test']);
  await later.close();

  // A receiver of another route, and one that did not ask.
  const others = [hook(['handoff'], { routes: ['db'] }), hook(['declared'], { name: 'other', min: 'SEV-3' })];
  const quiet = await hubAt(seconds(BOUNDARY, 3 * 7 * 86_400 - 0.5), dir, others);
  const cyd = await opened.client(quiet, 'cyd');
  await until('the hand-off is over', async () => {
    const facts = await asked(cyd, 'handoff');
    return facts.what === 'handoff' && facts.handOff.at <= facts.madeAt;
  });
  await ask(cyd, { kind: 'declare', title: 'a', severity: 'SEV-3' }, null);
  await until('the declaration', () => said().length === 5);
  expect(sink.field('kind').at(-1)).toBe('declared');
});

test('what a hand-off and a week know, and what they do not', async () => {
  const hub = await hubAt(seconds(BOUNDARY, -600), await opened.folder(), []);
  const [bob, cyd] = [await opened.client(hub, 'bob'), await opened.client(hub, 'cyd')];
  const declared = await ask(bob, { kind: 'declare', title: 'Checkout <b>is</b> | down', severity: 'SEV-1' }, null);
  const id = 'ack' in declared ? declared.ack.incident : '';
  await ask(bob, { kind: 'escalate', level: 'L2', why: 'a *DBA* is needed' }, id);
  await ask(cyd, { kind: 'acknowledge' }, id);
  await ask(bob, { kind: 'escalate', level: 'L3' }, id);
  await ask(
    bob,
    { kind: 'note', form: 'action', text: 'raise the pool', to: 'bob', due: '2026-03-01T00:00:00.000Z' },
    id,
  );
  await ask(bob, { kind: 'note', form: 'action', text: 'of nobody' }, id);
  await ask(bob, { kind: 'declare', title: 'rehearsed', severity: 'SEV-0', drill: true }, null);
  // Of who comes: it is not for them.
  await ask(await opened.client(hub, 'ana'), { kind: 'note_handoff', rotation: 'primary', text: 'mine' }, null);
  await ask(bob, { kind: 'note_handoff', rotation: 'primary', text: ' mind the replica\n# and this ' }, null);
  expect(await ask(bob, { kind: 'note_handoff', rotation: 'primry', text: 'x' }, null)).toMatchObject({
    nack: { code: 'not_found', reason: 'there is no rotation "primry"; did you mean "primary"?' },
  });

  const facts = await asked(bob);
  if (facts.what !== 'handoff') throw new Error('the nearest is ten minutes away');
  expect(facts).toMatchObject({
    handOff: { at: BOUNDARY, from: { name: 'bob' }, to: { name: 'ana' } },
    dueAt: null,
    notes: [{ by: 'bob', text: 'mind the replica\n# and this' }],
    open: [
      { severity: 'SEV-0', drill: true },
      { id, severity: 'SEV-1', status: 'declared', durationMs: null },
    ],
    escalations: [
      { level: 'L2', name: 'cyd', by: 'bob', why: 'a *DBA* is needed', acknowledged: { by: 'cyd' } },
      { level: 'L3', name: 'dan', by: 'bob', why: '', acknowledged: null },
    ],
    actions: [{ text: 'raise the pool', overdue: true }],
    missing: [],
  });
  const text = digestMarkdown(facts, 'utc');
  expect(text).toContain('\n- mind the replica # and this (bob, 2026-03-30 06:5');
  expect(text).toContain(
    ' L2 cyd, for Checkout &lt;b>is&lt;/b> \\| down; bob called: a \\*DBA\\* is needed; cyd acknowledged ',
  );
  expect(text).toContain(
    'L3 dan, for Checkout &lt;b>is&lt;/b> \\| down; bob called: no reason was written; no acknowledgement is recorded after it',
  );
  expect(text).toContain(`\n- raise the pool: bob, due 2026-03-01 00:00 UTC, OVERDUE (#`);
  expect(text).not.toContain('of nobody');
  expect(text).toContain('- [ ] Talk about how the shift was: bob, how are you?');

  const week = await asked(bob, 'digest');
  if (week.what !== 'digest') throw new Error('asked for the week');
  expect(week).toMatchObject({
    incidents: [{ drill: true }, { id }],
    figures: { incidents: 1, excluded: { drill: 1 }, overall: { mttr: { value: null, pending: 1 } } },
    before: { incidents: 0 },
    actions: [{ text: 'raise the pool' }, { text: 'of nobody', owner: null, overdue: false }],
    onCall: [{ rotation: 'primary', shifts: [{ name: 'ana' }, { name: 'bob' }], next: { at: BOUNDARY } }],
  });
  expect(digestMarkdown(week, 'utc')).toContain('\n| MTTR | not known (1 pending) | not known | at most 1:00:00 |\n');
  // A hub that is asked of what is not there.
  expect((await bob.ask({ what: 'digest', of: 'handoff', rotation: 'secondary' })).fault).toContain('known: primary');
  const alone = await opened.hub(await opened.folder(), {});
  const eve = await opened.client(alone, 'eve');
  expect(digestMarkdown(await asked(eve), 'utc')).toContain('Nobody: oncall.yaml names no people.');
  expect((await eve.ask({ what: 'digest', of: 'handoff' })).fault).toContain('nobody is on call here');
});

test('an alert that was escalated before its incident, which has the acknowledgement', async () => {
  const hub = await hubAt(seconds(BOUNDARY, -600), await opened.folder(), []);
  const bob = await opened.client(hub, 'bob');
  const source = await sourceAt(hub.httpUrl, bob);
  const alert = { id: 'lag', summary: 'Replication lag', severity: 'SEV-2', status: 'firing' };
  expect((await source.post('alerts/generic', alert)).status).toBe(200);
  const firing = await until('it fires', () => bob.view.alerts?.find(({ state }) => state === 'firing'));
  await ask(bob, { kind: 'escalate', level: 'L2', why: 'I never did that', alert: firing.alert }, null);
  const declared = await ask(bob, { kind: 'declare', title: 'lag', severity: 'SEV-2', alert: firing.alert }, null);
  await ask(await opened.client(hub, 'cyd'), { kind: 'acknowledge' }, 'ack' in declared ? declared.ack.incident : '');
  expect(await asked(bob, 'handoff')).toMatchObject({
    escalations: [{ level: 'L2', name: 'cyd', by: 'bob', about: firing.alert, acknowledged: { by: 'cyd' } }],
    fired: [{ times: 1 }],
    alerts: [{ alert: firing.alert, severity: 'SEV-2' }],
  });
});

test('a clock that was weeks ahead silences no later report, and one that was set back repeats none', async () => {
  const dir = await opened.folder();
  const receivers = [hook(['handoff'])];
  const ahead = await hubAt(seconds(BOUNDARY, 21 * 86_400 - 1), dir, receivers);
  await until('that of then', () => said().length === 1);
  await ahead.close();
  const back = await hubAt(seconds(BOUNDARY, -1), dir, receivers);
  await until('that of now', () => said().length === 2);
  expect(said()[1]).toContain('2026-03-30 07:00 UTC (now)');
  await back.close();
  // The same hand-off comes again, and is the same: the next one that is told is another.
  const again = await hubAt(seconds(BOUNDARY, -1), dir, receivers);
  const ana = await opened.client(again, 'ana');
  await until('it has come again', async () => {
    const facts = await asked(ana, 'handoff');
    return facts.what === 'handoff' && facts.madeAt > seconds(BOUNDARY, 0.2);
  });
  const standIn = { kind: 'override_oncall', rotation: 'primary', name: 'cyd', why: 'x' } as const;
  await ask(ana, { ...standIn, from: seconds(BOUNDARY, 0.1), until: seconds(BOUNDARY, 3600) }, null);
  await until('the next', () => said().length === 3);
  expect(sink.field('title').at(-1)).toBe('On-call hand-off: primary, ana to cyd');
});
