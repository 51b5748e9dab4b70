/** Deadlines that pass are recorded by the hub, once each, whoever is attached; also those that passed while it was down. */
import { afterEach, expect, test } from 'vitest';
import type { Command } from '../../src/incident/command.ts';
import { blankIncident, type Incident } from '../../src/incident/incident.ts';
import { missedDeadlines } from '../../src/incident/policies.ts';
import { HANDBOOK_POLICY } from '../../src/incident/policy.ts';
import { decide, evolve } from '../../src/incident/topics/index.ts';
import { until } from '../support/patience.ts';
import fc from '../support/property.ts';
import { ask, declare, Opened } from '../support/room.ts';

const opened = new Opened();
afterEach(() => opened.tidy());
const MINUTE = 60_000;
const missed = (events: readonly { readonly kind: string; readonly data: object }[]): unknown[] =>
  events.filter(({ kind }) => kind === 'deadline_missed').map(({ data }) => ('what' in data ? data.what : null));

test('each deadline is recorded once, at the moment it passed, with nobody attached and after a restart', async () => {
  const dir = await opened.folder();
  const shift = { ms: 0 };
  const clock = { wall: () => Date.now() + shift.ms, mono: () => performance.now() };
  const first = await opened.hub(dir, { clock });
  const ana = await opened.client(first, 'ana');
  const incident = await declare(ana);
  await ana.close();
  await first.close();

  // SEV-1: 5 min to acknowledge, 15 to respond, 30 to tell the public. The hub is down for 20 minutes.
  shift.ms = 20 * MINUTE;
  const second = await opened.hub(dir, { clock });
  const ben = await opened.client(second, 'ben');
  ben.follow(incident);
  await until('two are recorded', () => missed(ben.view.events).length === 2);
  const [ack] = ben.view.events.filter(({ kind }) => kind === 'deadline_missed');
  expect(ack).toMatchObject({ by: { name: 'hub', role: 'system' }, level: 'key', data: { what: 'ack' } });
  expect(ack?.at).toBe(ben.view.incident?.deadlines.ackDueAt);
  await ask(ben, { kind: 'acknowledge' }, incident);
  await second.close();

  const third = await opened.hub(dir, { clock });
  const cyd = await opened.client(third, 'cyd');
  cyd.follow(incident);
  await until('it has the record', () => cyd.view.incident?.ackedBy === 'ben');
  await ask(cyd, { kind: 'note', text: 'a barrier' }, incident);
  await until('the barrier is there', () => cyd.view.events.some(({ kind }) => kind === 'noted'));
  expect(missed(cyd.view.events)).toEqual(['ack', 'response']);
});

test('a deadline a moment away is recorded when it passes, without anything else happening', async () => {
  const { severities } = HANDBOOK_POLICY;
  const policy = { ...HANDBOOK_POLICY, severities: { ...severities, 'SEV-1': { ...severities['SEV-1'], ackMs: 300 } } };
  const hub = await opened.hub(await opened.folder(), { policy });
  const ana = await opened.client(hub, 'ana');
  await declare(ana);
  await until('it is recorded', () => missed(ana.view.events).length === 1);
  const [event] = ana.view.events.filter(({ kind }) => kind === 'deadline_missed');
  expect(Date.parse(event?.recorded ?? '') - Date.parse(event?.at ?? '')).toBeLessThan(2_000);
});

test('people cannot record a missed deadline', async () => {
  const hub = await opened.hub(await opened.folder());
  const ana = await opened.client(hub, 'ana');
  const incident = await declare(ana);
  const dueAt = ana.view.incident?.deadlines.ackDueAt ?? '';
  const command = { kind: 'miss_deadline', what: 'ack', dueAt } as unknown as Parameters<typeof ask>[1];
  expect(await ask(ana, command, incident)).toMatchObject({ nack: { code: 'invalid' } });
});

/** Executes what the policy wants at each moment, as the scheduler does; twice, as two hubs would. */
function run(commands: readonly (Command | number)[]): {
  state: Incident;
  events: readonly { kind: string; key: string }[];
} {
  let state = blankIncident('2026-11-23-x');
  let now = Date.parse('2026-11-23T14:00:00.000Z');
  const events: { kind: string; key: string }[] = [];
  const apply = (command: Command, via: 'console' | 'hub', name: string): void => {
    const actor = { name, observer: false, via };
    const drafts = decide(state, command, {
      now: new Date(now).toISOString(),
      actor,
      policy: HANDBOOK_POLICY,
      icAbsentMs: 0,
    });
    if ('refused' in drafts) return;
    for (const draft of drafts) {
      const seq = state.head + 1;
      state = evolve(state, {
        id: String(seq),
        incident: state.id,
        seq,
        recorded: new Date(now).toISOString(),
        ...draft,
      });
      events.push({ kind: draft.kind, key: JSON.stringify(draft.data) });
    }
  };
  const settle = (): void => {
    const due = missedDeadlines(state, now, HANDBOOK_POLICY);
    for (const { command } of [...due.commands, ...due.commands]) apply(command, 'hub', 'hub');
    expect(missedDeadlines(state, now, HANDBOOK_POLICY).commands).toEqual([]);
  };
  for (const step of commands) {
    if (typeof step === 'number') now += step;
    else apply(step, 'console', 'ana');
    settle();
  }
  return { state, events };
}

test('whatever people do and however late it is evaluated, no deadline is recorded twice', () => {
  const steps = fc.array(
    fc.oneof(
      fc.integer({ min: 0, max: 90 * MINUTE }),
      fc.constantFrom<Command>(
        { kind: 'acknowledge' },
        { kind: 'set_severity', to: 'SEV-0' },
        { kind: 'set_severity', to: 'SEV-2' },
        { kind: 'set_status', to: 'investigating' },
        { kind: 'set_status', to: 'resolved' },
        { kind: 'update_public', text: 'we are on it' },
      ),
    ),
    { maxLength: 40 },
  );
  let recorded = 0;
  fc.assert(
    fc.property(steps, (list) => {
      const { events } = run([{ kind: 'declare', title: 'x', severity: 'SEV-1' }, ...list]);
      const keys = events.filter(({ kind }) => kind === 'deadline_missed').map(({ key }) => key);
      recorded += keys.length;
      expect(new Set(keys).size).toBe(keys.length);
    }),
  );
  expect(recorded).toBeGreaterThan(100);
});
