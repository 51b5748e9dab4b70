import { expect, test } from 'vitest';
import { nextItems } from '../../src/incident/next.ts';
import { nextInWords, type AskingAlert, type NextContext } from '../../src/incident/next-item.ts';
import { HANDBOOK_POLICY } from '../../src/incident/policy.ts';
import { SECTION_IDS } from '../../src/incident/postmortem.ts';
import { aliceIsIc, at, declared, given, START, type Step } from './story.ts';

const everything = (steps: readonly Step[], minutes: number, more: Partial<NextContext> = {}) =>
  nextItems(steps.length === 0 ? null : given(...steps).state, {
    now: START + minutes * 60_000,
    policy: HANDBOOK_POLICY,
    me: 'alice',
    ...more,
  });
/** Without the five questions, which have a test of their own. */
const whatIsNext = (...asked: Parameters<typeof everything>) =>
  everything(...asked).filter(({ what }) => what !== 'triage');
const whats = (steps: readonly Step[], minutes: number, more: Partial<NextContext> = {}) =>
  whatIsNext(steps, minutes, more).map(({ what }) => what);

const serious: Step = ['alice', { kind: 'declare', title: 'checkout errors', severity: 'SEV-1' }];
const acked: Step = ['alice', { kind: 'acknowledge' }, 2];
const alarm = (
  severity: 'SEV-0' | 'SEV-1' | 'SEV-2',
  minutes: number,
  more: Partial<AskingAlert> = {},
): AskingAlert => ({
  alert: 'PoolExhausted{target="orders"}',
  rule: 'PoolExhausted',
  state: 'firing',
  severity,
  summary: 'pool exhausted',
  since: at(minutes),
  ...more,
});

test('a serious incident asks for its owner, command, the first update and roles, in this order', () => {
  expect(whatIsNext([serious], 1)).toEqual([
    {
      what: 'acknowledge',
      text: 'acknowledge',
      by: ['anyone'],
      dueAt: at(5),
      late: false,
      command: 'warroom ack',
      step: 'observe',
    },
    {
      what: 'take_ic',
      text: 'take command',
      by: ['anyone'],
      dueAt: at(15),
      late: false,
      command: 'warroom role ic alice',
      step: 'decide',
    },
    {
      what: 'update',
      text: 'first public update',
      by: ['comms', 'ic'],
      dueAt: at(30),
      late: false,
      command: 'warroom update TEXT',
      step: 'act',
    },
    {
      what: 'roles',
      text: 'name SCRIBE, COMMS',
      by: ['ic'],
      dueAt: null,
      late: false,
      command: 'warroom role scribe NAME',
      step: 'orient',
    },
  ]);
});

test('what is done leaves the list at once', () => {
  const steps: Step[] = [
    serious,
    acked,
    aliceIsIc,
    ['alice', { kind: 'update_public', text: 'we look into it' }, 3],
    ['alice', { kind: 'assign_role', role: 'scribe', name: 'bob' }, 4],
    ['alice', { kind: 'assign_role', role: 'comms', name: 'carol' }, 4],
  ];
  expect(whats(steps, 5)).toEqual([]);
  // The next update asks from four fifths of its 30 minutes on.
  // The cause is asked for 15 minutes after the acknowledgement.
  expect(whats(steps, 16)).toEqual([]);
  expect(whats(steps, 26)).toEqual(['identify']);
  expect(whats(steps, 27)).toEqual(['update', 'identify']);
});

test('a level that fell due while the hub was down is asked about before everything; whoever was called by hand answers', () => {
  const hub = { actor: { name: 'hub', observer: false, via: 'hub' as const } };
  const held: Step = ['hub', { kind: 'hold_escalation', level: 'L2', dueAt: at(5) }, 12, hub];
  expect(whatIsNext([serious, held], 13, { alerts: [alarm('SEV-0', 12)] })[0]).toMatchObject({
    what: 'page',
    text: 'page L2? due while the hub was down',
    by: ['anyone'],
    dueAt: at(5),
    late: true,
    command: 'warroom escalate L2',
  });
  expect(whats([serious, held, ['bob', { kind: 'acknowledge' }, 13]], 14)).not.toContain('page');
  const alone = whatIsNext([], 20, { alerts: [alarm('SEV-1', 10, { held: { level: 'L2', dueAt: at(15) } })] });
  expect(alone[0]).toMatchObject({
    what: 'page',
    command: `warroom escalate L2 --alert 'PoolExhausted{target="orders"}'`,
  });
  const onCall = { onCall: () => ({ L1: 'ana', L2: 'bob', L3: null, L4: null }) };
  const called: Step[] = [serious, acked, ['alice', { kind: 'escalate', level: 'L2' }, 3, onCall]];
  expect(whatIsNext(called, 4)[0]).toMatchObject({ what: 'page', by: ['bob'], command: 'warroom ack' });
  expect(whats([...called, ['bob', { kind: 'acknowledge' }, 4]], 5)).not.toContain('page');
});

test('a new alarm stands above every missed deadline; one that somebody is on, or that is silenced or inhibited, does not ask', () => {
  expect(whats([serious], 60, { alerts: [alarm('SEV-1', 10)] })[0]).toBe('alarm');
  expect(whatIsNext([serious], 60)[0]).toMatchObject({ what: 'acknowledge', late: true });
  const silent = [
    alarm('SEV-1', 10, { acked: { by: 'bob', until: at(99) } }),
    alarm('SEV-1', 10, { silencedUntil: at(99) }),
    alarm('SEV-1', 10, { inhibited: 'HostDown' }),
    alarm('SEV-1', 10, { state: 'pending' }),
    alarm('SEV-2', 10),
  ];
  expect(whats([serious], 60, { alerts: silent })).not.toContain('alarm');
});

test('an alarm from before the acknowledgement is part of what was acknowledged', () => {
  expect(whats([serious, acked], 4, { alerts: [alarm('SEV-1', 1)] })).not.toContain('alarm');
  expect(whats([serious, acked], 4, { alerts: [alarm('SEV-1', 3)] })[0]).toBe('alarm');
});

test('without an incident every alarm that nobody is on asks, whatever its severity', () => {
  expect(whatIsNext([], 20, { alerts: [alarm('SEV-2', 10), alarm('SEV-1', 10)] })).toMatchObject([
    { what: 'alarm', text: 'SEV-2 pool exhausted', dueAt: at(40), late: false },
    {
      what: 'alarm',
      text: 'SEV-1 pool exhausted',
      dueAt: at(15),
      late: true,
      command: `warroom ack --alert 'PoolExhausted{target="orders"}'`,
    },
  ]);
  expect(whats([], 20)).toEqual([]);
});

test('command that is offered, and a commander who is gone', () => {
  const offered: Step[] = [serious, acked, aliceIsIc, ['alice', { kind: 'offer_command', name: 'bob' }, 3]];
  const toBob = whatIsNext(offered, 4, { me: 'bob' }).find(({ what }) => what === 'answer_offer');
  expect(toBob).toMatchObject({ text: 'alice offers you command', by: ['bob'], command: 'warroom accept' });
  const gone = whatIsNext([serious, acked, aliceIsIc], 4, { me: 'bob', icAbsentMs: 60_000 });
  expect(gone[0]).toMatchObject({
    what: 'take_ic',
    text: 'take over from alice, whose console is gone',
    command: 'warroom role ic bob --why TEXT',
  });
});

test('a milder incident asks for somebody to begin', () => {
  expect(whats([declared, acked], 3)).toEqual(['respond', 'update']);
  expect(whats([declared, acked, ['alice', { kind: 'set_status', to: 'investigating' }, 3]], 4)).toEqual([
    'update',
    'decide',
  ]);
});

test('what is addressed to who asks stands before roles, the overdue actions of others last', () => {
  const steps: Step[] = [
    serious,
    acked,
    aliceIsIc,
    ['alice', { kind: 'update_public', text: 'we look into it' }, 3],
    ['alice', { kind: 'note', text: 'did pool size change?', form: 'question', to: 'bob' }, 4],
    ['alice', { kind: 'note', text: 'restart web-3', form: 'action', to: 'bob', due: at(10) }, 5],
  ];
  expect(whatIsNext(steps, 6, { me: 'bob' }).map(({ text }) => text)).toEqual([
    'answer #5 did pool size change?',
    'do #6 restart web-3',
    'name SCRIBE, COMMS',
  ]);
  expect(whats(steps, 9)).toEqual(['roles']);
  expect(whatIsNext(steps, 11)).toMatchObject([{ what: 'roles' }, { what: 'action', by: ['bob'], late: true, ref: 6 }]);
});

test('the end: resolve, close, the postmortem', () => {
  const monitoring: Step[] = [declared, acked, ['alice', { kind: 'set_status', to: 'monitoring' }, 5]];
  expect(whats(monitoring, 6)).toContain('resolve');
  const resolved: Step[] = [serious, acked, ['alice', { kind: 'set_status', to: 'resolved' }, 5]];
  expect(whatIsNext(resolved, 6)).toMatchObject([
    { what: 'close' },
    { what: 'postmortem', command: 'warroom postmortem --edit', dueAt: at(48 * 60 + 5) },
  ]);
  const closed: Step[] = [...resolved, ['alice', { kind: 'set_status', to: 'closed' }, 6]];
  expect(whats(closed, 7)).toEqual(['postmortem']);
  // Days away: a time of day alone would be taken for today's.
  expect(whatIsNext(closed, 7).map((item) => nextInWords(item, Date.parse(at(7))))).toEqual([
    'postmortem due (ic, by 2026-11-25 03:05Z)',
  ]);
  const written: Step[] = SECTION_IDS.map((section) => [
    'bob',
    { kind: 'write_postmortem', section, text: 'x', after: 0 },
    8,
  ]);
  expect(whatIsNext([...closed, ...written], 9)).toMatchObject([{ command: 'warroom postmortem --publish' }]);
  expect(whats([...closed, ...written, ['bob', { kind: 'publish_postmortem' }, 9]], 10)).toEqual([]);
});

test('a decision that is being asked about asks everybody else; one that was objected to asks the commander', () => {
  const asked: Step[] = [
    declared,
    acked,
    aliceIsIc,
    ['alice', { kind: 'update_public', text: 'we look into it' }, 3],
    ['alice', { kind: 'set_status', to: 'identified' }, 3],
  ];
  expect(whats(asked, 4)).toEqual(['decide']);
  asked.push(['alice', { kind: 'propose_decision', text: 'roll back web', way: 'rollback', objectionsMs: 120_000 }, 4]);
  expect(whats(asked, 5)).toEqual([]);
  expect(whatIsNext(asked, 5, { me: 'bob' })).toMatchObject([
    { what: 'object', ref: 6, dueAt: at(6), command: 'warroom agree 6' },
  ]);
  // An incident that has ended takes no answer, so nobody is asked for one.
  const over: Step = ['alice', { kind: 'set_status', to: 'cancelled', why: 'a false alarm' }, 5];
  expect(whats([...asked, over], 6, { me: 'bob' })).toEqual([]);
  asked.push(['bob', { kind: 'object', ref: 6, text: 'a migration ran' }, 5]);
  expect(whats([...asked, over], 6)).toEqual([]);
  // Whoever commands need not wait for the end once somebody objects.
  expect(whatIsNext(asked, 5, { me: 'bob' })).toMatchObject([{ what: 'settle', by: ['ic'], late: false }]);
  asked.push(['hub', { kind: 'end_objections', ref: 6 }, 6, { actor: { name: 'hub', observer: false, via: 'hub' } }]);
  expect(whatIsNext(asked, 7)).toMatchObject([
    { what: 'settle', text: 'decide in spite of bob, or withdraw: #6 roll back web' },
  ]);
});

test('the five questions ask until each has an answer, or it is over', () => {
  const steps: Step[] = [declared, acked, ['bob', { kind: 'answer_question', n: 1, text: 'checkout' }, 3]];
  expect(everything(steps, 4).at(-1)).toMatchObject({
    what: 'triage',
    text: '4 of 5 questions open',
    command: 'warroom triage --answer 2 TEXT',
    step: 'orient',
  });
  for (const n of [2, 3, 4, 5]) steps.push(['bob', { kind: 'answer_question', n, text: 'not known' }, 4]);
  expect(everything(steps, 5).map(({ what }) => what)).not.toContain('triage');
});

test('one person who commands and works on the systems is a chore', () => {
  const steps: readonly Step[] = [serious, ['alice', { kind: 'assign_role', role: 'ic', name: 'alice' }, 1]];
  const ops: Step = ['alice', { kind: 'assign_role', role: 'ops', name: 'alice' }, 2];
  const texts = (...all: readonly Step[]) => whatIsNext(all, 3).map(({ text }) => text);
  expect(texts(...steps, ops).at(-1)).toBe('give OPS to somebody else: alice commands');
  expect(texts(...steps).join()).not.toContain('OPS');
});

test('a roll call asks who has not answered it', () => {
  const called: Step[] = [declared, acked, ['alice', { kind: 'call_roll' }, 3]];
  expect(whats(called, 4)).not.toContain('answer_roll');
  expect(whats(called, 4, { me: 'bob' })).toContain('answer_roll');
  called.push(['bob', { kind: 'answer_roll' }, 4]);
  expect(whats(called, 5, { me: 'bob' })).not.toContain('answer_roll');
});
