import { expect, test } from 'vitest';
import { INCIDENT } from '../../src/incident/topics/index.ts';
import { impactInWords } from '../../src/incident/advise.ts';
import { peopleToInterview, triageOf } from '../../src/incident/triage-view.ts';
import { BOUNDS } from '../../src/incident/bounds.ts';
import { aliceIsIc, at, declared, given, type Step } from './story.ts';

test('an answer stands until another is given; the old one stays in the record', () => {
  const story = given(
    declared,
    ['bob', { kind: 'answer_question', n: 2, text: ' 30 % of checkouts ' }, 1],
    ['cyd', { kind: 'answer_question', n: 2, text: 'eu-west only', at: at(0) }, 2],
  );
  expect(story.state.triage).toEqual({ 2: { seq: 3, text: 'eu-west only', by: 'cyd', at: at(0) } });
  expect(story.events.map((event) => INCIDENT.sentence(event)).slice(1)).toEqual([
    'Who is affected? 30 % of checkouts',
    'Who is affected? eu-west only',
  ]);
  expect(story.ask('bob', { kind: 'answer_question', n: 6, text: 'x' }, 3)).toMatchObject({ refused: 'invalid' });
  expect(story.ask('bob', { kind: 'answer_question', n: 1, text: ' ' }, 3)).toMatchObject({ refused: 'invalid' });
});

test('the impact is recorded with the severity it was chosen for, and revised part by part', () => {
  const story = given(declared, aliceIsIc, [
    'alice',
    { kind: 'set_severity', to: 'SEV-1', impact: { users: 30, dataLoss: 'no' } },
    2,
  ]);
  expect(story.events.slice(2).map(({ kind }) => kind)).toEqual(['severity_set', 'impact_recorded']);
  story.tell('bob', { kind: 'record_impact', impact: { users: 45, minutes: 12 } }, 3);
  expect(story.state.impact).toEqual({ users: 45, dataLoss: 'no', minutes: 12 });
  expect(INCIDENT.sentence(story.events.at(-1)!)).toBe('impact: 45 % of users, data loss no, 12 min of downtime');
  expect(story.ask('bob', { kind: 'record_impact', impact: { users: 45 } }, 4)).toMatchObject({ refused: 'conflict' });
  // The same impact again, with another severity, is no entry of its own.
  story.tell('alice', { kind: 'set_severity', to: 'SEV-0', impact: { users: 45 } }, 5);
  expect(story.events.at(-1)?.kind).toBe('severity_set');
  expect(impactInWords({})).toBe('not known');
});

test('the newest changes that somebody made are kept with the incident; what the hub was asked to do is none of them', () => {
  const story = given(declared, [
    'bob',
    { kind: 'mark_change', what: 'web 4.118', by: 'bob', link: 'https://ci.example/1', at: at(-4) },
    1,
  ]);
  story.tell('bob', { kind: 'mark_change', what: 'silenced x' }, 2);
  expect(story.state.changes).toEqual([
    { seq: 2, at: at(-4), what: 'web 4.118', by: 'bob', link: 'https://ci.example/1' },
  ]);
  for (let n = 0; n < BOUNDS.changes; n++) story.tell('bob', { kind: 'mark_change', what: `${n}`, by: 'ci' }, 3);
  expect(story.state.changes.map(({ what }) => what)).toEqual(Array.from({ length: BOUNDS.changes }, (_, n) => `${n}`));
  expect(story.ask('bob', { kind: 'mark_change', what: ' ' }, 4)).toMatchObject({ refused: 'invalid' });
});

test('people to interview: who changed something or had something to do from two hours before the detection on', () => {
  const change = (by: string, what: string, minutes: number): Step => [
    'dan',
    { kind: 'mark_change', what, by, at: at(minutes) },
    5,
  ];
  const story = given(
    declared,
    change('eve', 'too long ago', -121),
    change('bob', 'web 4.117', -60),
    change('bob', 'web 4.118', -4),
    ['alice', { kind: 'note', form: 'action', to: 'cyd', text: 'check the pool' }, 6],
    ['alice', { kind: 'note', text: 'nothing to ask about' }, 7],
  );
  const { timestamps } = story.state;
  expect(peopleToInterview(story.events, timestamps.detectedAt, Date.parse(at(10)))).toEqual([
    { name: 'cyd', why: { at: at(6), text: 'check the pool' } },
    { name: 'bob', why: { at: at(-4), text: 'web 4.118' } },
  ]);
  const questions = triageOf(story.state, [], Date.parse(at(10)), story.events);
  expect(questions.map(({ interview }) => interview?.length)).toEqual([undefined, undefined, undefined, undefined, 2]);
});
