import { expect, test } from 'vitest';
import { brief } from '../../src/incident/brief.ts';
import { aliceIsIc, declared, given, START } from './story.ts';

test('says what is so, who does what, what is open and what is due', () => {
  const { state } = given(
    declared,
    aliceIsIc,
    ['bob', { kind: 'note', text: 'did pool size change?', form: 'question' }, 5],
    ['alice', { kind: 'note', text: 'roll back 4f2c1a', form: 'decision' }, 7],
    ['alice', { kind: 'note', text: 'check pool', form: 'action', to: 'carol', due: '2026-11-23T03:15:00.000Z' }, 8],
    ['alice', { kind: 'set_status', to: 'identified' }, 9],
  );
  expect(brief(state, START + 10 * 60_000)).toEqual([
    {
      heading: 'What',
      lines: ['SEV-2 Medium: checkout errors', 'identified for 60 s, declared 03:00Z, 10 min ago'],
    },
    { heading: 'Who', lines: ['IC alice'] },
    { heading: 'Decided', lines: ['#4 roll back 4f2c1a (alice)'] },
    { heading: 'Asked, unanswered', lines: ['#3 did pool size change? (bob)'] },
    { heading: 'In hand', lines: ['#5 check pool (@carol, by 03:15Z)'] },
    { heading: 'Due', lines: ['ack in 20 min', 'update in 50 min'] },
  ]);
});
