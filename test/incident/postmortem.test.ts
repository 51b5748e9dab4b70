/** The postmortem in the record: when and by whom it is written and published, and the chain of the five whys. */
import { describe, expect, test } from 'vitest';
import { emptySections, MOST_WHYS, SECTION_IDS, whysOf, withBecause } from '../../src/incident/postmortem.ts';
import fc from '../support/property.ts';
import { aliceIsIc, at, declared, given, type Step } from './story.ts';

const resolved: readonly Step[] = [declared, aliceIsIc, ['alice', { kind: 'set_status', to: 'resolved' }, 2]];
const write = (text: string, after = 0) => ({ kind: 'write_postmortem', section: 'cause', text, after }) as const;
const publish = { kind: 'publish_postmortem' } as const;

describe('a section', () => {
  test('once it is resolved, also when it is closed; not before, and not where it was merged or cancelled', () => {
    expect(given(declared).ask('bob', write('x'))).toMatchObject({
      refused: 'not_now',
      reason: expect.stringContaining('once the incident is resolved; this one is declared'),
    });
    const closed = given(...resolved, ['alice', { kind: 'set_status', to: 'closed' }, 3]);
    expect(closed.ask('bob', write('x'))).toMatchObject([{ kind: 'postmortem_written' }]);
    const merged = given(declared, ['alice', { kind: 'merge_incident', incident: '2026-11-23-other', title: 'o' }]);
    expect(merged.ask('bob', write('x'))).toMatchObject({
      reason: expect.stringContaining('merged into 2026-11-23-other'),
    });
  });

  test('its text is kept without what stands around it; the same again, or none of a text, is refused', () => {
    const story = given(...resolved, ['bob', write('\n\r\n  the pool\r\nhad no limit \n\n')]);
    expect(story.state.postmortem?.sections.cause).toMatchObject({
      seq: 4,
      by: 'bob',
      text: '  the pool\nhad no limit',
    });
    expect(story.ask('bob', write('  the pool\nhad no limit', 4))).toMatchObject({
      reason: '"Root Cause" has this text already',
    });
    for (const text of ['a\u001bb', 'a\u0000', '\ud800'])
      expect(story.ask('bob', write(text, 4))).toMatchObject({ refused: 'invalid' });
    story.tell('cyd', write('', 4));
    expect(emptySections(story.state.postmortem)).toEqual(SECTION_IDS);
    expect(story.state.postmortem?.authors).toEqual(['bob', 'cyd']);
    // An emptied section was written, too: whoever saw none is told.
    expect(story.ask('bob', write('x', 0))).toMatchObject({
      refused: 'conflict',
      reason: expect.stringContaining('cyd wrote "Root Cause"'),
    });
    expect(given(...resolved).ask('bob', write('x', 3))).toMatchObject({ reason: '"Root Cause" has no text yet' });
  });
});

test('published by the IC or who wrote in it; the first time counts; reopened it is asked for again', () => {
  const story = given(['alice', { ...declared[1], severity: 'SEV-1' } as Step[1]], aliceIsIc, [
    'alice',
    { kind: 'set_status', to: 'resolved' },
    2,
  ]);
  expect(story.ask('bob', publish)).toMatchObject({
    refused: 'forbidden',
    reason: expect.stringContaining(
      'only the IC or an author publishes the postmortem; the IC is alice; write your part first',
    ),
  });
  story.tell('bob', write('x'), 3);
  expect(story.tell('bob', publish, 4)).toMatchObject([
    { data: { empty: SECTION_IDS.filter((id) => id !== 'cause') } },
  ]);
  expect(story.ask('alice', publish, 5)).toMatchObject({ refused: 'conflict' });
  story.tell('cyd', write('y', 4), 6);
  story.tell('alice', publish, 7);
  expect(story.state.timestamps.postmortemPublishedAt).toBe(at(4));
  expect(story.state.postmortem?.published).toEqual({ seq: 7, at: at(7), by: 'alice' });
  story.tell('alice', { kind: 'set_status', to: 'investigating' }, 8);
  story.tell('alice', { kind: 'set_status', to: 'resolved' }, 9);
  expect(story.state.timestamps).toMatchObject({ postmortemPublishedAt: null, postmortemDueAt: at(9 + 48 * 60) });
  expect(story.state.postmortem?.sections.cause?.text).toBe('y');
});

test('two people who say whose an action is at once: the second one learns of the first', () => {
  const story = given(...resolved, ['bob', { kind: 'note', form: 'action', text: 'raise the limit' }]);
  const assign = { kind: 'assign_action', ref: 4, seen: { to: null, due: null, ticket: null } } as const;
  story.tell('bob', { ...assign, to: 'bob' });
  expect(story.ask('cyd', { ...assign, to: 'cyd' })).toMatchObject({
    refused: 'conflict',
    reason: expect.stringContaining('the owner of #4 is bob by now'),
  });
  expect(story.ask('cyd', { ...assign, to: 'bob', ticket: 'OPS-1' })).toMatchObject([{ data: { ticket: 'OPS-1' } }]);
  expect(story.ask('cyd', { kind: 'assign_action', ref: 4, to: 'cyd' })).toMatchObject([{ data: { to: 'cyd' } }]);
});

describe('the five whys', () => {
  test('read as people write them; each answer asks the next question, until the root', () => {
    const text =
      '1. Why did checkout fail?\n   → Because no connection was free.\n2) Why was that?\n- because: the pool\n  had 20';
    expect(whysOf(text, 'x')).toEqual({
      steps: [
        { question: 'Why did checkout fail?', because: 'no connection was free.' },
        { question: 'Why was that?', because: 'the pool had 20' },
      ],
      isRootReached: false,
      next: 'Why was that: the pool had 20?',
    });
    expect(whysOf(`${text}\n-> Root cause reached.`, 'x')).toMatchObject({ isRootReached: true, next: null });
    expect(whysOf('', 'pool exhausted').next).toBe('Why did this happen: pool exhausted?');
    expect(whysOf('1. Why?', 'x').next).toBe('Why?');
  });

  test('a chain that is answered step by step reads back as it was answered, and ends after five', () => {
    const words = fc.stringMatching(/^[a-z]{1,8}( [a-z]{1,8}){0,3}$/).filter((text) => !text.startsWith('because'));
    fc.assert(
      fc.property(fc.array(words, { maxLength: 7 }), (answers) => {
        const chain = answers.reduce((text, answer) => withBecause(text, 'it', answer), '');
        const { steps, next } = whysOf(chain, 'it');
        expect(steps.map(({ because }) => because)).toEqual(answers.slice(0, MOST_WHYS));
        expect(next === null).toBe(answers.length >= MOST_WHYS);
      }),
    );
  });
});
