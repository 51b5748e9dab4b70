/** The folded state of an incident, and of the hub, has a bound whatever people write; nothing that is open is lost count of. */
import fc from '../support/property.ts';
import { expect, test } from 'vitest';
import { BOUNDS } from '../../src/incident/bounds.ts';
import { brief } from '../../src/incident/brief.ts';
import type { Command } from '../../src/incident/command.ts';
import { isRefusal } from '../../src/incident/decision.ts';
import type { Event } from '../../src/incident/event.ts';
import { hubRecord, type HubEvent } from '../../src/incident/hub-record.ts';
import { blankHubState } from '../../src/incident/hub-state.ts';
import type { Incident } from '../../src/incident/incident.ts';
import { SECTION_IDS, SECTION_LENGTH } from '../../src/incident/postmortem.ts';
import { readIncident } from '../../src/protocol/validate.ts';
import { commandsByKind, internalKinds } from './any-command.ts';
import { declared, replay, START, Story } from './story.ts';

/** As docs/security.md has it. */
const LONGEST_STATE = 1.5 * 1024 * 1024;
const people = Array.from({ length: 20 }, (_, at) => `person-${at}`);
/** What takes the most room in JSON: a control character takes six bytes. */
const long = (of: string, length: number): string => of.repeat(Math.floor(length / of.length));
const texts = ['\u0001', '"', '中', '\ud800', 'x '].map((of) => long(of, 15_999) + of.at(-1));
const text = fc.constantFrom(...texts, 'short');
const why = text.map((words) => words.slice(0, 2_000));
const ref = fc.integer({ min: 1, max: 3_000 });

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('note' as const),
      text,
      form: fc.constantFrom('question', 'action', 'hypothesis'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('note' as const),
      text,
      form: fc.constantFrom('action', 'decision'),
      to: fc.constantFrom(...people),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('note' as const), text, re: ref, closes: fc.constant(true) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('amend' as const), ref, text, why }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('retract' as const), ref, why }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('pin' as const), ref, pinned: fc.boolean() }) },
  // What ends the incident would end the test.
  ...[...commandsByKind({ people, texts, refs: 3_000 })]
    .filter(([kind]) => kind !== 'set_status' && kind !== 'merge_incident')
    .map(([, arbitrary]) => ({ weight: 1, arbitrary })),
);

/** Every open item there is, counted without a bound. */
function openIn(events: readonly Event[]): ReadonlySet<number> {
  const open = new Set<number>();
  for (const event of events) {
    if (event.kind === 'noted' && event.data.closes && event.ref !== undefined) open.delete(event.ref);
    if (event.kind === 'retracted' && event.ref !== undefined) open.delete(event.ref);
    if (event.kind === 'noted' && ['question', 'action', 'hypothesis'].includes(event.data.form)) open.add(event.seq);
  }
  return open;
}
const known = ({ open, more }: Incident): readonly number[] =>
  [...open.map(({ seq }) => seq), ...(more?.openSeqs ?? [])].sort((a, b) => a - b);

const ask = (form: 'question' | 'action', seq: number, by: string, more: object = {}): Event => {
  const at = new Date(START).toISOString();
  return {
    id: `id-${seq}`,
    incident: '2026-11-23-test',
    seq,
    at,
    recorded: at,
    by: { name: by, role: 'responder' },
    via: 'console',
    level: 'normal',
    visibility: 'internal',
    kind: 'noted',
    data: { text: long('?', 16_000), form, ...more },
  };
};

test('whatever 20 people ask for, the state stays small, readable and right about what is open', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom(...people), command), { minLength: 1_000, maxLength: 2_000 }),
      (asked) => {
        const story = new Story();
        story.tell('person-0', declared[1]);
        for (const [who, wish] of asked)
          story.tell(
            who,
            wish,
            1,
            internalKinds.has(wish.kind) ? { actor: { name: 'hub', observer: false, via: 'hub' } } : {},
          );
        const { state } = story;
        expect(JSON.stringify(state).length).toBeLessThan(LONGEST_STATE);
        expect(Buffer.byteLength(JSON.stringify(state))).toBeLessThan(LONGEST_STATE);
        expect(readIncident(JSON.parse(JSON.stringify(state)))).toEqual(state);
        expect(known(state)).toEqual([...openIn(story.events)]);
        expect(state.more?.open ?? 0).toBe(state.more?.openSeqs.length ?? 0);
        expect(replay(state.id, story.events)).toEqual(state);
      },
    ),
    { numRuns: 3, endOnFailure: true },
  );
});

test('the most that people can fill: every list full, with the longest texts there are', () => {
  const story = new Story();
  const words = (length: number): string => `${'\u0001'.repeat(length - 1)}x`;
  const crowd = Array.from({ length: 25 }, (_, at) => `person-${at}`.padEnd(40, '-'));
  const hub = { actor: { name: 'hub', observer: false, via: 'hub' as const } };
  const tell = (at: number, wish: Command, more: object = {}) => {
    const answer = story.tell(crowd[at % crowd.length]!, wish, 1, more);
    if (isRefusal(answer)) throw new Error(answer.reason);
  };
  const title = '"'.repeat(200);
  tell(0, { kind: 'declare', title, severity: 'SEV-1' });
  for (let at = 0; at < BOUNDS.decisions; at++) {
    const ref = story.state.head + 1;
    const [text, turnBackIf] = [words(2_000), words(2_000)];
    tell(0, { kind: 'propose_decision', text, turnBackIf, why: turnBackIf, objectionsMs: 60_000 });
    for (const person of crowd.keys()) tell(person, { kind: 'object', ref, text });
  }
  for (let at = 0; at < BOUNDS.open; at++)
    tell(at, { kind: 'note', form: 'question', text: words(16_000), to: crowd[0]!, due: '2026-11-23T05:00:00.000Z' });
  for (let at = 0; at < BOUNDS.changes; at++)
    tell(at, { kind: 'mark_change', what: words(2_000), by: words(40), link: words(2_000) });
  for (let at = 0; at < BOUNDS.related; at++)
    tell(at, { kind: 'link_incident', incident: `other-${at}`, title, merged: false }, hub);
  for (const n of [1, 2, 3, 4, 5]) tell(n, { kind: 'answer_question', n, text: words(16_000) });
  tell(0, { kind: 'update_public', text: words(16_000), component: words(200), impact: words(200) });
  for (let at = 0; at < BOUNDS.pins + BOUNDS.annotations; at++) {
    const ref = story.state.head + 1;
    tell(0, { kind: 'note', text: 'x', pin: at < BOUNDS.pins });
    for (let n = 0; n < 5; n++) tell(0, { kind: 'amend', ref, text: words(16_000), why: words(2_000) });
    tell(0, { kind: 'retract', ref, why: words(2_000) });
  }
  for (let at = 0; at < BOUNDS.done + 2; at++) {
    const ref = story.state.open.at(-1)?.seq ?? 0;
    tell(at, { kind: 'note', text: 'done', re: ref, closes: true });
    tell(at, { kind: 'note', form: 'action', text: words(16_000), to: crowd[0]!, ticket: words(200) });
  }
  tell(0, { kind: 'set_status', to: 'resolved' });
  for (const [at, section] of SECTION_IDS.entries())
    tell(at, { kind: 'write_postmortem', section, text: '"'.repeat(SECTION_LENGTH), after: 0 });
  for (let at = 0; at < BOUNDS.alerts; at++) {
    const [alert, summary] = [`${at}`.padEnd(250, 'a'), 's'.repeat(2_000)];
    const change = { rule: 'rule', from: 'pending', to: 'firing', severity: 'SEV-1', alert, summary } as const;
    tell(0, { kind: 'change_alert', ...change }, hub);
  }
  const { state } = story;
  expect([state.decisions.length, state.open.length, state.alerts.length]).toEqual([
    BOUNDS.decisions,
    BOUNDS.open,
    BOUNDS.alerts,
  ]);
  expect(state.done).toHaveLength(BOUNDS.done);
  expect(JSON.stringify(state).length).toBeLessThan(LONGEST_STATE);
});

test('one person has so many open items, and is told which to settle; a settled one makes room', () => {
  const story = new Story();
  story.tell('ana', declared[1]);
  for (let at = 0; at < BOUNDS.openPerPerson; at++)
    story.tell('eve', { kind: 'note', form: 'question', text: `${at}` });
  const answer = story.ask('eve', { kind: 'note', form: 'action', text: 'one more' });
  expect(answer).toMatchObject({
    refused: 'not_now',
    reason: expect.stringContaining(
      '100 open items are yours; settle some of them first, such as #2, #3, #4',
    ) as string,
  });
  expect(isRefusal(story.ask('ana', { kind: 'note', form: 'question', text: 'mine' }))).toBe(false);
  expect(isRefusal(story.ask('eve', { kind: 'note', form: 'finding', text: 'no item' }))).toBe(false);
  story.tell('ana', { kind: 'note', text: 'answered', re: 2 });
  expect(isRefusal(story.ask('eve', { kind: 'note', form: 'action', text: 'one more' }))).toBe(false);
});

test('an older record with 4,400 questions of one person: the others keep theirs, and all are counted and can be settled', () => {
  const story = new Story();
  story.tell('ana', declared[1]);
  const mine = [2, 3, 4].map((seq) => ask('action', seq, 'ana', { to: 'carl' }));
  const flood = Array.from({ length: 4_400 }, (_, at) =>
    ask(at % 2 ? 'action' : 'question', 5 + at, 'eve', at % 4 === 1 ? { to: 'bob' } : {}),
  );
  const later = ask('question', 4_405, 'dan');
  const state = replay(story.state.id, [...story.events, ...mine, ...flood, later]);
  expect(state.open).toHaveLength(BOUNDS.open);
  expect(state.open.filter(({ by }) => by !== 'eve').map(({ seq }) => seq)).toEqual([2, 3, 4, 4_405]);
  // What is addressed to somebody goes last, and of that the newest stays.
  expect(state.open.filter(({ to }) => to === 'bob').at(-1)?.seq).toBe(4_402);
  expect(state.open[0]?.text).toBe(`${'?'.repeat(279)}…`);
  expect(state.more?.open).toBe(4_404 - BOUNDS.open);
  expect(known(state)).toHaveLength(4_404);
  expect(brief(state, START).find(({ heading }) => heading === 'More open')?.lines).toEqual([
    'and 4,204 more open items: #5 and later, in the timeline',
  ]);
  story.state = state;
  const target = flood[0];
  const settle = story.tell('bob', { kind: 'note', text: 'done', re: 5, closes: true }, 1, { target });
  expect(settle).toMatchObject([{ data: { closes: true }, ref: 5 }]);
  expect(story.state.more?.open).toBe(4_203);
  expect(story.tell('bob', { kind: 'note', text: 'done', re: 5, closes: true }, 1, { target })).toMatchObject({
    refused: 'invalid',
  });
});

test('a decision that was amended or taken back is not shown as it was', () => {
  const story = new Story();
  story.tell('ana', declared[1]);
  story.tell('ana', { kind: 'note', form: 'decision', text: 'fail over' });
  story.tell('ana', { kind: 'amend', ref: 2, text: 'fail over at noon', why: 'the hour' });
  expect(story.state.decisions).toMatchObject([{ seq: 2, text: 'fail over at noon' }]);
  story.tell('ana', { kind: 'retract', ref: 2, why: 'no' });
  expect(story.state.decisions).toEqual([]);
});

test('50 entries may be pinned, and who pins one more is told which to take off', () => {
  const story = new Story();
  story.tell('ana', declared[1]);
  for (let at = 0; at < BOUNDS.pins; at++) story.tell('ana', { kind: 'note', text: `${at}`, pin: true });
  expect(story.ask('ben', { kind: 'note', text: 'and this', pin: true })).toMatchObject({
    refused: 'not_now',
    reason: '50 entries are pinned; take a pin off first, such as that of #2',
  });
  expect(story.ask('ben', { kind: 'pin', ref: 1 })).toMatchObject({ refused: 'not_now' });
  story.tell('ben', { kind: 'pin', ref: 2, pinned: false });
  expect(isRefusal(story.ask('ben', { kind: 'pin', ref: 1 }))).toBe(false);
});

test('alerts: those that are over make room, those that are on stay, and further ones are counted', () => {
  const story = new Story();
  story.tell('ana', declared[1]);
  const change = (alert: string, to: string): unknown =>
    story.tell(
      'rules',
      { kind: 'change_alert', alert, rule: 'r', from: 'inactive', to, severity: 'SEV-2', summary: long('s', 9_000) },
      1,
      {
        actor: { name: 'rules', observer: false, via: 'hub' },
      },
    );
  for (let at = 0; at < BOUNDS.alerts; at++) change(`a${at}`, at === 7 ? 'resolved' : 'firing');
  change('late', 'firing');
  expect(story.state.alerts.map(({ alert }) => alert)).not.toContain('a7');
  expect(story.state.more).toBeUndefined();
  change('later', 'firing');
  expect([story.state.alerts.length, story.state.more?.alerts]).toEqual([BOUNDS.alerts, 1]);
  change('later', 'resolved');
  expect(story.state.more?.alerts).toBe(0);
});

test("the hub's own state is bounded, whoever silences and ends silences again", () => {
  const at = (ms: number): string => new Date(START + ms).toISOString();
  let state = blankHubState;
  for (let n = 0; n < 600; n++) {
    // Just below what is kept; the rest goes on from a state that the fold made.
    if (n === 550) {
      const first = state.acknowledgements['a0']!;
      const before = Array.from({ length: 1_430 }, (_, i) => [`b${i}`, { ...first }]);
      state = { ...state, acknowledgements: { ...Object.fromEntries(before), ...state.acknowledgements } };
    }
    const event = { id: `s${n}`, at: at(n), recorded: at(n), by: { name: 'eve' }, seq: n + 1 };
    const until = at(3_600_000 + n);
    state = hubRecord.evolve(state, {
      ...event,
      kind: 'silenced',
      data: { matcher: '{a="b"}', why: 'x', until },
    } as HubEvent);
    state = hubRecord.evolve(state, { ...event, kind: 'silence_ended', data: { id: `s${n}` } } as HubEvent);
    state = hubRecord.evolve(state, {
      ...event,
      kind: 'alert_acknowledged',
      data: { alert: `a${n}`, until },
    } as HubEvent);
  }
  expect(state.silences.length).toBe(500);
  expect(Object.keys(state.acknowledgements)).toHaveLength(2_000);
  expect(state.acknowledgements['a599']).toBeDefined();
  expect(state.acknowledgements['b0']).toBeUndefined();
});
