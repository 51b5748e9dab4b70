/** What is left to do after incidents: the list of all, and action items that are given to somebody or settled from it. */
import { expect, test } from 'vitest';
import { hubAction } from '../../src/console/actions/index.ts';
import { printed } from '../../src/console/action.ts';
import { Typist, viewOf, NOW, type Told } from './support.ts';
import { owedOf, owedRow } from '../../src/console/owed.ts';
import { FOLLOW_UP, PAST } from '../support/quiet-day.ts';

const RESOLVED: readonly Told[] = [
  ['alice', { kind: 'declare', title: 'checkout errors', severity: 'SEV-1' }],
  ['alice', { kind: 'note', form: 'action', text: 'alarm at 80 % of the pool', to: 'cyd' }],
];
const quiet = viewOf('bob', [], { followUp: FOLLOW_UP, incidents: PAST });

test('Enter goes to the incident of the marked one, and settles it only where that is shown', () => {
  const bob = new Typist(quiet).type('/actions').press('enter').wait(200);
  expect(bob.ui.modal).toMatchObject({ kind: 'owed', at: 0 });
  bob.press('down', 'c', 'enter');
  expect(bob.done.at(-1)).toEqual({ do: 'follow', incident: FOLLOW_UP.actions[0]!.incident });
  expect(bob.ui.modal).toMatchObject({ kind: 'owed', at: 1 });
  const there = viewOf('bob', RESOLVED);
  const own = { ...FOLLOW_UP.actions[0]!, incident: there.incident!.id, seq: 2 };
  bob
    .sees({ ...there, followUp: { actions: [own], postmortems: [] } })
    .press('enter')
    .wait(200);
  expect(bob.ui.modal).toMatchObject({ kind: 'form', action: 'done', chosen: { ref: '#2' } });
  bob.type('done by OPS').press('enter');
  expect(bob.asked).toEqual([{ kind: 'note', text: 'done by OPS', re: 2, closes: true }]);
  expect(bob.done.at(-1)).toMatchObject({ do: 'submit', incident: there.incident!.id });
});

test('what the hub has not said, or said before the link was lost, is not listed', () => {
  const { followUp: _, ...unsaid } = quiet;
  const bob = new Typist(unsaid).type('/actions').press('enter');
  expect([bob.ui.modal, bob.ui.notice?.text]).toEqual([null, '/actions: the hub has not said what is left to do']);
  const lost = new Typist({ ...quiet, link: { ...quiet.link, state: 'lost' } }).type('/actions').press('enter');
  expect(lost.ui.notice?.text).toContain('not known while the hub does not answer');
});

test('/assign: whose, until when, and where it is tracked; the line is read as it is printed', () => {
  const bob = new Typist(viewOf('bob', RESOLVED));
  const due = new Date(NOW + 30 * 60_000).toISOString();
  bob.type('/assign #2 @alice due 30m ticket OPS-12').press('enter').type('/assign 2 @none').press('enter');
  const seen = { to: 'cyd', due: null, ticket: null };
  const commands = [
    { kind: 'assign_action', ref: 2, to: 'alice', due, ticket: 'OPS-12', seen },
    { kind: 'assign_action', ref: 2, to: null, seen },
  ] as const;
  expect(bob.asked).toEqual(commands);
  const assign = hubAction('assign');
  for (const command of commands) {
    bob.type(printed(assign, command, { zone: 'utc', typedAt: NOW }) ?? '').press('enter');
    expect(bob.asked.at(-1)).toEqual({ ...command, ...('due' in command && { due: `${due.slice(0, 16)}:00.000Z` }) });
  }
  bob.type('/assign 7 @alice').press('enter');
  expect(bob.ui.notice?.text).toContain('#7 is no open action item');
  bob.press('ctrl-c').type('/assign 2 whenever').press('enter');
  expect(bob.ui.notice?.text).toContain('is not read');
});

test('on a small screen the words of an item take what its owner leaves', () => {
  const [item] = owedOf({ ...FOLLOW_UP, postmortems: [] });
  const row = owedRow(
    { ...item!, text: 'alarm at 80 %', action: { seq: 2, owner: 'cyd' } },
    { now: NOW, zone: 'utc', ascii: false },
    36,
  );
  expect(row.map(({ text }) => text).join('')).toContain('cyd alarm at 80');
});
