/** Who is paged, and when: timelines by hand, and that whatever happens each level of a round is paged at most once. */
import { expect, test } from 'vitest';
import type { Command } from '../../src/incident/command.ts';
import { isRefusal } from '../../src/incident/decision.ts';
import { heldLevel, isAcknowledged } from '../../src/incident/incident.ts';
import type { Page } from '../../src/incident/paging.ts';
import { INCIDENT } from '../../src/incident/topics/index.ts';
import type { Severity } from '../../src/incident/severity.ts';
import fc from '../support/property.ts';
import { MINUTE, ON_CALL, Paged } from './paged.ts';
import { at, START, Story } from './story.ts';

const declared = (severity: Severity, more: Partial<Extract<Command, { kind: 'declare' }>> = {}): Paged =>
  new Paged().does('eve', { kind: 'declare', title: 'checkout errors', severity, ...more });
const ack: Command = { kind: 'acknowledge' };
const note: Command = { kind: 'note', text: 'still on it' };
const snooze = (minutes: number): Command => ({
  kind: 'snooze',
  forMs: minutes * MINUTE,
  why: 'waiting for the vendor',
});

const TIMELINES: readonly (readonly [string, () => Paged, readonly string[]])[] = [
  ['SEV-0: L3 together with L2', () => declared('SEV-0').until(120), ['0 L1 ana', '5 L2 bob', '5 L3 cyd']],
  ['SEV-1: L3 30 min after L2', () => declared('SEV-1').until(120), ['0 L1 ana', '5 L2 bob', '35 L3 cyd']],
  ['SEV-2: L2 after 30 min', () => declared('SEV-2').until(120), ['0 L1 ana', '30 L2 bob', '60 L3 cyd']],
  ['SEV-3: the same', () => declared('SEV-3').until(120), ['0 L1 ana', '30 L2 bob', '60 L3 cyd']],
  ['L4 is never paged by itself', () => declared('SEV-0').until(3000), ['0 L1 ana', '5 L2 bob', '5 L3 cyd']],
  [
    'backdated: deadlines run from when the hub learned of it',
    () => declared('SEV-1', { at: at(-50) }).until(60),
    ['0 L1 ana', '5 L2 bob', '35 L3 cyd'],
  ],
  [
    'acknowledged a second before the deadline',
    () => declared('SEV-0').until(4.98).does('ana', ack).until(19),
    ['0 L1 ana'],
  ],
  ['a second after it', () => declared('SEV-1').until(5.02).does('ana', ack).until(20), ['0 L1 ana', '5 L2 bob']],
  [
    'acknowledged between L2 and L3',
    () => declared('SEV-1').until(20).does('bob', ack).until(34),
    ['0 L1 ana', '5 L2 bob'],
  ],
  [
    'acknowledged, not identified: the lead is asked, nobody is paged',
    () => declared('SEV-1').does('ana', ack).until(20),
    ['0 L1 ana', '15 missed identify'],
  ],
  [
    'identified in time',
    () => declared('SEV-1').does('ana', ack).until(14).does('ana', { kind: 'set_status', to: 'identified' }).until(30),
    ['0 L1 ana'],
  ],
  [
    'resolved before L2',
    () => declared('SEV-2').until(20).does('eve', { kind: 'set_status', to: 'resolved' }).until(300),
    ['0 L1 ana'],
  ],
  [
    'cancelled before L2',
    () => declared('SEV-2').until(20).does('eve', { kind: 'set_status', to: 'cancelled' }).until(300),
    ['0 L1 ana'],
  ],
  [
    'reopened: what fell due meanwhile is due now',
    () =>
      declared('SEV-2')
        .until(20)
        .does('eve', { kind: 'set_status', to: 'resolved' })
        .until(300)
        .does('eve', { kind: 'set_status', to: 'investigating' }),
    ['0 L1 ana', '300 L2 bob'],
  ],
  [
    'raised to SEV-0 after 10 min: 5 min from then, with L3',
    () => declared('SEV-2').until(10).does('eve', { kind: 'set_severity', to: 'SEV-0' }).until(60),
    ['0 L1 ana', '15 L2 bob', '15 L3 cyd'],
  ],
  [
    'raised a minute before L2 was due anyway',
    () => declared('SEV-2').until(29).does('eve', { kind: 'set_severity', to: 'SEV-1' }).until(40),
    ['0 L1 ana', '30 L2 bob'],
  ],
  [
    'raised, backdated by an hour: from when the hub learned of it',
    () =>
      declared('SEV-2')
        .until(10)
        .does('eve', { kind: 'set_severity', to: 'SEV-1', at: at(-50) })
        .until(16),
    ['0 L1 ana', '15 L2 bob'],
  ],
  [
    'raised to SEV-0 when L2 was paged long ago: L3 at once, without asking',
    () => declared('SEV-1').until(25).does('eve', { kind: 'set_severity', to: 'SEV-0' }).until(30),
    ['0 L1 ana', '5 L2 bob', '25 L3 cyd'],
  ],
  [
    'lowered: the milder span from the declaration',
    () => declared('SEV-1').until(3).does('eve', { kind: 'set_severity', to: 'SEV-2' }).until(40),
    ['0 L1 ana', '30 L2 bob'],
  ],
  [
    'snoozed: L2 when the snooze ends, L3 30 min later',
    () => declared('SEV-1').until(2).does('eve', snooze(20)).until(60),
    ['0 L1 ana', '22 L2 bob', '52 L3 cyd'],
  ],
  [
    'raised: the snooze is over',
    () =>
      declared('SEV-2').does('eve', snooze(60)).until(10).does('eve', { kind: 'set_severity', to: 'SEV-1' }).until(16),
    ['0 L1 ana', '15 L2 bob'],
  ],
  ['the hub was down for 4 min: paged late', () => declared('SEV-1').until(4).down(9), ['0 L1 ana', '9 L2 bob']],
  [
    'the hub was down for 6 min longer than that: it asks, once, and goes on when a person answers',
    () => declared('SEV-1').until(4).down(10.5).until(20).does('eve', { kind: 'escalate', level: 'L2' }).until(50.5),
    ['0 L1 ana', '10.5 ask L2', '20 L2 bob', '50 L3 cyd'],
  ],
  [
    'SEV-0: L3 is not paged while L2 is asked about',
    () => declared('SEV-0').until(4).down(20),
    ['0 L1 ana', '20 ask L2'],
  ],
  [
    'nothing written for 30 min: expired, paged anew, L2 at the deadline from then',
    () => declared('SEV-1').does('ana', ack).until(60),
    ['0 L1 ana', '15 missed identify', '30 expired', '30 L1 ana', '35 L2 bob'],
  ],
  ['SEV-2 holds for 4 h', () => declared('SEV-2').does('ana', ack).until(239), ['0 L1 ana', '15 missed identify']],
  [
    'every entry of a person keeps the acknowledgement; those of the hub do not',
    () => declared('SEV-1').does('ana', ack).until(25).does('bob', note).until(54),
    ['0 L1 ana', '15 missed identify'],
  ],
  [
    'a snooze delays the expiry',
    () => declared('SEV-1').does('ana', ack).until(10).does('ana', snooze(60)).until(75),
    ['0 L1 ana', '15 missed identify', '70 expired', '70 L1 ana', '75 L2 bob'],
  ],
  [
    'acknowledged again after it expired: a third round, never twice',
    () => declared('SEV-1').does('ana', ack).until(31).does('bob', ack).until(62),
    ['0 L1 ana', '15 missed identify', '30 expired', '30 L1 ana', '61 expired', '61 L1 ana'],
  ],
  [
    'it would have expired while the hub was down: asked about, and kept',
    () => declared('SEV-1').does('ana', ack).until(16).down(600),
    ['0 L1 ana', '15 missed identify', '600 ask L1'],
  ],
];

test.each(TIMELINES)('%s', (_what, told, expected) => {
  expect(told().did).toEqual(expected);
});

test('the IC who is on it is not asked any more once somebody writes; until then they are', () => {
  const room = declared('SEV-1').does('ana', ack).until(16).down(600);
  expect(heldLevel(room.story.state)).toMatchObject({ level: 'L1', dueAt: at(30) });
  expect(isAcknowledged(room.story.state)).toBe(true);
  room.does('ana', note);
  expect(heldLevel(room.story.state)).toBeUndefined();
  expect(room.until(629).did).toHaveLength(3);
});

test('an expired acknowledgement leaves nobody in charge and starts the deadline again; the first one stays in the figures', () => {
  const { state } = declared('SEV-2').until(2).does('ana', ack).until(243).story;
  expect(state).toMatchObject({
    ackedBy: null,
    timestamps: { acknowledgedAt: at(2) },
    deadlines: { ackDueAt: at(272) },
    paging: { expired: true, since: at(242) },
  });
  expect(isAcknowledged(state)).toBe(false);
});

test('where nobody is on call the next level is called at once, and it is said', () => {
  const room = new Paged();
  room.onCall = { ...ON_CALL, L1: null, L2: null };
  room.does('eve', { kind: 'declare', title: 'x', severity: 'SEV-1' }).until(120);
  expect(room.did).toEqual(['0 L1 nobody', '0 L2 nobody', '0 L3 cyd']);
  expect(room.story.events.slice(1, 4).map((event) => INCIDENT.sentence(event))).toEqual([
    'PAGED L1: nobody is on call (on-call-primary)',
    'PAGED L2: nobody is on call (on-call-primary)',
    'PAGED L3 cyd (nobody is on call on L1)',
  ]);
});

test('a route with nobody on it at all pages each level when it is due, and never L4', () => {
  const room = new Paged();
  room.onCall = { L1: null, L2: null, L3: null, L4: 'dan' };
  room.does('eve', { kind: 'declare', title: 'x', severity: 'SEV-1' }).until(120);
  expect(room.did).toEqual(['0 L1 nobody', '5 L2 nobody', '35 L3 nobody']);
});

test('without on-call nobody is paged by itself; an acknowledgement expires all the same, and people still escalate', () => {
  const room = new Paged();
  room.onCall = null;
  room.does('eve', { kind: 'declare', title: 'x', severity: 'SEV-1' }).until(10).does('ana', ack).until(60);
  expect(room.did).toEqual(['25 missed identify', '40 expired']);
  room.does('eve', { kind: 'escalate', level: 'L2' });
  expect(room.did.at(-1)).toBe('60 L2 nobody');
});

test('declaring acknowledges nothing: who declares is paged like anybody', () => {
  const room = new Paged().does('ana', { kind: 'declare', title: 'x', severity: 'SEV-1', route: 'checkout' });
  expect(room.did).toEqual(['0 L1 ana']);
  expect(room.story.events[1]).toMatchObject({
    data: { route: 'checkout', why: 'just declared' },
    by: { name: 'hub' },
  });
});

test('pages of a drill are marked as such', () => {
  const room = declared('SEV-1', { drill: true }).until(6);
  for (const event of room.story.events.filter(({ kind }) => kind === 'paged')) {
    expect(event.data).toMatchObject({ drill: true });
    expect(INCIDENT.sentence(event)).toMatch(/^DRILL: PAGED L/);
  }
});

test('an alert of a drill begins with the word; the title of its incident does not, as each sentence says it', () => {
  const declare = { kind: 'declare', title: 'DRILL cache is full', severity: 'SEV-2' } as const;
  const story = new Story('2026-11-23-drill');
  story.tell('ana', { ...declare, drill: true });
  expect(INCIDENT.sentence(story.events[0]!)).toBe('DECLARED SEV-2 Medium DRILL: cache is full');
  const real = new Story('2026-11-23-real');
  real.tell('ana', declare);
  expect(real.state.title).toBe('DRILL cache is full');
});

test('escalating by hand: L4 with a reason, nobody twice within a minute, whoever is called answers for themselves', () => {
  const room = declared('SEV-1').until(1).does('eve', ack);
  expect(room.asks('eve', { kind: 'escalate', level: 'L4' })).toMatchObject({ refused: 'invalid' });
  expect(room.asks('eve', { kind: 'escalate', level: 'L4', why: ' ' })).toMatchObject({ refused: 'invalid' });
  room.does('eve', { kind: 'escalate', level: 'L4', why: 'the press calls' });
  room.does('eve', { kind: 'escalate', level: 'L2' });
  expect(room.asks('ana', { kind: 'escalate', level: 'L2' })).toMatchObject({
    refused: 'conflict',
    reason: 'L2 bob was paged 0 s ago',
  });
  expect(room.did).toEqual(['0 L1 ana', '1 L4 dan', '1 L2 bob']);
  expect(isRefusal(room.asks('ana', ack))).toBe(true);
  room.does('bob', ack);
  const answers = (): unknown =>
    room.story.state.paging?.pages.map(({ level, answered }) => [level, answered ?? false]);
  expect(answers()).toEqual([
    ['L1', true],
    ['L4', false],
    ['L2', true],
  ]);
  // Here under the alias that is in the on-call plan.
  room.does('dan.k', ack);
  expect(answers()).toContainEqual(['L4', true]);
  expect(room.story.state).toMatchObject({ ackedBy: 'eve' });
  expect(isRefusal(room.asks('bob', ack))).toBe(true);
});

test('a snooze says why, ends within a day, and moves the next update', () => {
  const room = declared('SEV-1').until(10);
  expect(room.asks('eve', { kind: 'snooze', forMs: MINUTE, why: ' ' })).toMatchObject({ refused: 'invalid' });
  expect(room.asks('eve', { kind: 'snooze', forMs: 25 * 60 * MINUTE, why: 'x' })).toMatchObject({ refused: 'invalid' });
  room.does('eve', snooze(15));
  expect(room.story.state.deadlines.updateDueAt).toBe(at(30));
  room.does('eve', snooze(60));
  expect(room.story.state.deadlines.updateDueAt).toBe(at(70));
  expect(INCIDENT.sentence(room.story.events.at(-1)!)).toBe('snoozed until 04:10Z (waiting for the vendor)');
});

test('an incident declared for an alert inherits detection, acknowledgement and pages, and says so', () => {
  const pages: readonly Page[] = [{ level: 'L1', name: 'ana', at: at(-4) }];
  const room = new Paged();
  room.episode = { detectedAt: at(-4.5), route: 'checkout', acked: { by: 'ana', at: at(-2) }, pages };
  room.does('eve', { kind: 'declare', title: 'x', severity: 'SEV-1', alert: 'Errors' });
  const { state, events } = room.until(12).story;
  expect(state).toMatchObject({
    ackedBy: 'ana',
    timestamps: { detectedAt: at(-4.5), acknowledgedAt: at(-2), declaredAt: at(0) },
    paging: { route: 'checkout', since: at(-4), pages: [{ ...pages[0], answered: true }] },
  });
  expect(INCIDENT.sentence(events[0]!)).toBe(
    'DECLARED SEV-1 High: x · the alert fired at 02:55Z, ana acknowledged it at 02:58Z; paged: L1 ana',
  );
  expect(room.until(14).did).toEqual(['13 missed identify']);
});

test('an alert nobody acknowledged goes on escalating in its incident, counted from its first page', () => {
  const room = new Paged();
  room.episode = {
    detectedAt: at(-20),
    route: 'checkout',
    acked: null,
    pages: [{ level: 'L1', name: 'ana', at: at(-3) }],
  };
  room.does('eve', { kind: 'declare', title: 'x', severity: 'SEV-1', alert: 'Errors' }).until(10);
  expect(room.did).toEqual(['2 L2 bob']);
});

test('whatever people do and however often the hub is down: each level of a round once, and none while somebody is on it', () => {
  const steps = fc.array(
    fc.oneof(
      fc.record({ minutes: fc.integer({ min: 0, max: 90 }), up: fc.boolean() }),
      fc.constantFrom<Command>(
        ack,
        note,
        snooze(10),
        { kind: 'set_severity', to: 'SEV-0' },
        { kind: 'set_severity', to: 'SEV-2' },
        { kind: 'set_status', to: 'investigating' },
        { kind: 'set_status', to: 'resolved' },
      ),
    ),
    { maxLength: 30 },
  );
  let pages = 0;
  fc.assert(
    fc.property(steps, fc.constantFrom<Severity>('SEV-0', 'SEV-1', 'SEV-3'), (list, severity) => {
      const room = new Paged().does('eve', { kind: 'declare', title: 'x', severity });
      for (const step of list) {
        if ('kind' in step) room.asks('eve', step);
        else if (step.up) room.until(room.minutes + step.minutes);
        else room.down(room.minutes + step.minutes);
        room.evaluate();
      }
      let [isOn, round] = [false, new Set<string>()];
      for (const event of room.story.events) {
        if (event.kind === 'acknowledged') isOn = true;
        if (event.kind === 'acknowledgement_expired') [isOn, round] = [false, new Set<string>()];
        if (event.kind !== 'paged') continue;
        pages++;
        expect(isOn).toBe(false);
        expect(round.has(event.data.level)).toBe(false);
        round.add(event.data.level);
      }
      expect([...room.executed.values()].every((times) => times === 1)).toBe(true);
      expect(Date.parse(room.story.state.recorded ?? '')).toBeGreaterThan(START - 1);
    }),
  );
  expect(pages).toBeGreaterThan(40);
});
