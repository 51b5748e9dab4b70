import { expect, test } from 'vitest';
import { objectionsOver } from '../../src/incident/policies.ts';
import { HANDBOOK_POLICY } from '../../src/incident/policy.ts';
import { adviseWay } from '../../src/incident/stabilize.ts';
import { BOUNDS } from '../../src/incident/bounds.ts';
import { INCIDENT } from '../../src/incident/topics/index.ts';
import { aliceIsIc, declared, given, START, type Step } from './story.ts';

const hub = { actor: { name: 'hub', observer: false, via: 'hub' as const } };
const asked: Step = [
  'alice',
  {
    kind: 'propose_decision',
    text: 'roll back web',
    way: 'rollback',
    turnBackIf: 'errors stay',
    objectionsMs: 120_000,
  },
  2,
];
const sentenceOf = (story: ReturnType<typeof given>): string => INCIDENT.sentence(story.events.at(-1)!);

test('nobody objects: at the end of its time the decision stands, with who agreed', () => {
  const story = given(declared, aliceIsIc, asked, ['bob', { kind: 'agree', ref: 3 }, 3]);
  expect(sentenceOf(given(declared, aliceIsIc, asked))).toBe(
    'DECISION rollback: roll back web; turn back if errors stay; strong objections until 03:04:00Z',
  );
  expect(objectionsOver(story.state, START + 3 * 60_000, HANDBOOK_POLICY)).toEqual({
    commands: [],
    nextDue: START + 4 * 60_000,
  });
  const due = objectionsOver(story.state, START + 4 * 60_000, HANDBOOK_POLICY);
  expect(due).toEqual({
    commands: [{ key: 'objections-over:3', command: { kind: 'end_objections', ref: 3 } }],
    nextDue: null,
  });
  expect(story.tell('hub', { kind: 'end_objections', ref: 3 }, 3, hub)).toMatchObject({ refused: 'not_now' });
  story.tell('hub', { kind: 'end_objections', ref: 3 }, 4, hub);
  expect(sentenceOf(story)).toBe('decision #3 stands: bob agrees, nobody objects');
  expect(story.state.decisions).toMatchObject([{ seq: 3, state: 'stands', agreed: ['bob'] }]);
  expect(objectionsOver(story.state, START + 5 * 60_000, HANDBOOK_POLICY)).toEqual({ commands: [], nextDue: null });
  expect(story.tell('hub', { kind: 'end_objections', ref: 3 }, 5, hub)).toMatchObject({ refused: 'conflict' });
});

test('an objection: it does not stand by itself, the commander says why it does or withdraws it', () => {
  const story = given(
    declared,
    aliceIsIc,
    asked,
    ['bob', { kind: 'agree', ref: 3 }, 3],
    ['bob', { kind: 'object', ref: 3, text: 'a migration ran' }, 3],
  );
  expect(story.state.decisions).toMatchObject([{ agreed: [], objected: [{ name: 'bob', text: 'a migration ran' }] }]);
  story.tell('hub', { kind: 'end_objections', ref: 3 }, 4, hub);
  expect(sentenceOf(story)).toBe('decision #3 waits: the commander decides: nobody agrees, bob objects');
  expect(story.ask('bob', { kind: 'settle_decision', ref: 3, stands: true, why: 'no' }, 5)).toMatchObject({
    refused: 'forbidden',
  });
  expect(story.ask('alice', { kind: 'settle_decision', ref: 3, stands: true }, 5)).toMatchObject({
    refused: 'invalid',
    reason: 'bob objected to #3: say why it stands',
  });
  story.tell('alice', { kind: 'settle_decision', ref: 3, stands: true, why: 'it is reversible' }, 5);
  expect(sentenceOf(story)).toBe('decision #3 stands: nobody agrees, bob objects (it is reversible)');
  story.tell('alice', { kind: 'settle_decision', ref: 3, stands: false, why: 'errors stayed' }, 6);
  expect(story.state.decisions).toEqual([]);
});

test('who changes their mind is heard as they said last', () => {
  const story = given(declared, aliceIsIc, asked, ['bob', { kind: 'object', ref: 3, text: 'a migration ran' }, 3]);
  story.tell('bob', { kind: 'agree', ref: 3 }, 3);
  expect(story.state.decisions).toMatchObject([{ agreed: ['bob'], objected: [] }]);
  expect(story.ask('bob', { kind: 'agree', ref: 3 }, 3)).toMatchObject({ refused: 'conflict' });
  story.tell('hub', { kind: 'end_objections', ref: 3 }, 4, hub);
  expect(sentenceOf(story)).toBe('decision #3 stands: bob agrees, nobody objects');
});

test('an objection after the limit, to what is settled or is no decision, is answered in words', () => {
  const story = given(declared, aliceIsIc, asked);
  expect(story.ask('bob', { kind: 'object', ref: 3, text: 'no' }, 4)).toMatchObject({
    refused: 'not_now',
    reason: 'objections to #3 were heard until 03:04:00Z; write a note, or ask the IC to withdraw it',
  });
  expect(story.ask('bob', { kind: 'object', ref: 1, text: 'no' }, 3)).toMatchObject({ refused: 'not_found' });
  story.tell('alice', { kind: 'settle_decision', ref: 3, stands: true }, 3);
  expect(story.ask('bob', { kind: 'agree', ref: 3 }, 3)).toMatchObject({ refused: 'not_now' });
});

test('who may decide, and what a decision needs', () => {
  const story = given(declared, aliceIsIc);
  const propose = { kind: 'propose_decision', text: 'fail over' } as const;
  expect(story.ask('bob', propose, 2)).toMatchObject({ refused: 'forbidden' });
  expect(story.ask('alice', { ...propose, text: ' ' }, 2)).toMatchObject({ refused: 'invalid' });
  expect(story.ask('alice', { ...propose, objectionsMs: 61 * 60_000 }, 2)).toMatchObject({ refused: 'invalid' });
  story.tell('alice', propose, 2);
  expect(story.state.decisions).toMatchObject([{ text: 'fail over', state: 'stands' }]);
});

test('the oldest standing decision gives way; those that wait for an answer stay', () => {
  const story = given(declared, aliceIsIc, asked);
  for (let n = 0; n < BOUNDS.decisions; n++) story.tell('alice', { kind: 'note', form: 'decision', text: `${n}` }, 3);
  expect(story.state.decisions.length).toBe(BOUNDS.decisions);
  expect(story.state.decisions.slice(0, 2)).toMatchObject([{ seq: 3, state: 'open' }, { text: '1' }]);
});

test.each([
  [{ flag: true, changed: true }, 'flag'],
  [{ changed: true, migration: false }, 'rollback'],
  [{}, 'rollback'],
  [{ changed: true, migration: true }, 'forward'],
  [{ changed: false }, 'forward'],
])('the handbook on %o: %s', (circumstances, way) => {
  expect(adviseWay(circumstances).way).toBe(way);
});
