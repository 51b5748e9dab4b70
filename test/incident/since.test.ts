import { expect, test } from 'vitest';
import { canReport } from '../../src/incident/brief.ts';
import { nextInWords } from '../../src/incident/next-item.ts';
import { sinceInWords } from '../../src/incident/since.ts';
import { leftInWords } from '../../src/incident/topics/status.ts';
import { INCIDENT } from '../../src/incident/topics/index.ts';
import { aliceIsIc, declared, given } from './story.ts';

const story = given(
  declared,
  aliceIsIc,
  ['alice', { kind: 'set_severity', to: 'SEV-1' }, 2],
  ['alice', { kind: 'set_severity', to: 'SEV-0' }, 3],
  ['alice', { kind: 'note', form: 'decision', text: 'fail over' }, 3],
  ['alice', { kind: 'offer_command', name: 'bob' }, 4],
  ['bob', { kind: 'accept_command' }, 5],
  ['bob', { kind: 'note', form: 'question', text: 'why?' }, 6],
);

test('what happened while somebody was away', () => {
  expect(sinceInWords(story.events.slice(2))).toBe('SEV-2 -> SEV-0, IC alice -> bob, 1 decision, 6 entries');
  expect(sinceInWords(story.events.slice(7))).toBe('1 entry');
  expect(sinceInWords(story.events.slice(1, 2))).toBe('IC nobody -> alice, 1 entry');
});

test('conditions, actions, needs', () => {
  expect(canReport(story.state, Date.parse(story.events[0]?.recorded ?? ''))).toEqual([
    { heading: 'Conditions', lines: ['SEV-0 Critical: checkout errors, declared'] },
    { heading: 'Actions', lines: ['#5 fail over (alice)'] },
    { heading: 'Needs', lines: ['#8 why? (bob)'] },
  ]);
});

test('an offer that is taken back says so and by whom', () => {
  const offered = given(
    declared,
    aliceIsIc,
    ['alice', { kind: 'offer_command', name: 'bob' }, 2],
    ['alice', { kind: 'decline_command' }, 3],
  );
  expect(INCIDENT.sentence(offered.events.at(-1)!)).toBe('offer of role IC to bob withdrawn by alice');
});

test('an end in spite of what fires or is open says that it was known', () => {
  const over = given(
    declared,
    aliceIsIc,
    ['bob', { kind: 'note', form: 'action', text: 'check' }, 2],
    ['alice', { kind: 'set_status', to: 'resolved' }, 3],
  );
  expect(over.events.at(-1)).toMatchObject({ data: { known: { alerts: 0, open: 1 } } });
  expect(INCIDENT.sentence(over.events.at(-1)!)).toBe('status declared -> resolved, with 1 item open');
  expect(leftInWords({ alerts: 2, open: 1 })).toBe('2 alerts firing and 1 item open');
});

test('roll call', () => {
  const called = given(declared, ['alice', { kind: 'call_roll' }, 1], ['bob', { kind: 'answer_roll' }, 2]);
  expect(called.state.rollCall).toMatchObject({ by: 'alice', present: ['alice', 'bob'] });
  expect(called.ask('bob', { kind: 'answer_roll' }, 3)).toMatchObject({ refused: 'conflict' });
  expect(given(declared).ask('bob', { kind: 'answer_roll' }, 3)).toMatchObject({ refused: 'not_now' });
});

test('a due time on another day says the day', () => {
  const item = { what: 'postmortem', text: 'postmortem due', by: ['ic'], late: false } as const;
  const asked = { ...item, step: 'act', dueAt: '2026-11-29T08:55:00.000Z', command: null } as const;
  expect(nextInWords(asked, Date.parse('2026-11-29T02:00:00.000Z'))).toBe('postmortem due (ic, by 08:55Z)');
  expect(nextInWords({ ...asked, late: true }, Date.parse('2026-11-30T02:00:00.000Z'))).toBe(
    'postmortem due (ic, late since 2026-11-29 08:55Z)',
  );
});
