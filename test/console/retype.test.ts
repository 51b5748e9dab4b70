import { expect, test } from 'vitest';
import type { ConsoleCommand } from '../../src/protocol/command.ts';
import { compose, perform, retyped } from '../../src/console/dispatch.ts';
import type { PendingCommand } from '../../src/console/view.ts';
import { STORY, Typist, viewOf } from './support.ts';

const refused = (command: ConsoleCommand, text = 'shown'): PendingCommand => ({
  n: 4,
  id: 'ID4',
  at: 0,
  text,
  state: 'refused',
  reason: 'only the IC sets the severity; the IC is alice',
  command,
});

test('what the hub refused is said at once, and Up takes it back into the draft', () => {
  const view = viewOf('alice');
  const alice = new Typist(view).sees({ ...view, pending: [refused({ kind: 'set_severity', to: 'SEV-1', why: 'a' })] });
  expect(alice.wait(9000).ui.refused).toContain('only the IC sets the severity');
  alice.press('up');
  expect(alice.draft).toBe('/sev SEV-1 a');
  expect(alice.done).toEqual([{ do: 'dismiss', id: 'ID4' }]);
});

test('a draft in the line is not replaced by what was refused', () => {
  const view = viewOf('bob', STORY, { pending: [refused({ kind: 'note', text: 'lost?' })] });
  const bob = new Typist(view).type('half').press('up');
  expect(bob.done).toEqual([]);
});

test('an open item that the state has only the number of is settled by its number', () => {
  const view = viewOf('bob');
  const more = { open: 3_900, openSeqs: [5], pins: 0, alerts: 0, annotatedFrom: 0 };
  const full: typeof view = { ...view, incident: { ...view.incident!, open: [], more } };
  const bob = new Typist(full).type('/done #5 it was the pool').press('enter');
  expect(bob.asked).toMatchObject([{ kind: 'note', text: 'it was the pool', re: 5, closes: true }]);
  expect(new Typist(full).type('/done #6 no').press('enter').asked).toEqual([]);
});

const AT = '2026-11-23T12:50:00.000Z';
const COMMANDS: readonly ConsoleCommand[] = [
  { kind: 'note', text: 'plain words' },
  { kind: 'note', text: '/etc/hosts was wrong' },
  { kind: 'note', text: '12:50 is when it began' },
  { kind: 'note', text: '-5m is the lag' },
  { kind: 'note', text: '99:99 in the log' },
  { kind: 'note', text: 'two\nlines' },
  { kind: 'note', form: 'decision', text: 'roll back' },
  { kind: 'note', text: 'saw it', at: AT, pin: true, re: 5 },
  { kind: 'set_severity', to: 'SEV-1', seen: 'SEV-2', why: 'worse' },
  { kind: 'set_status', to: 'identified', seen: 'investigating', why: 'the pool' },
  { kind: 'set_status', to: 'identified', seen: 'investigating', why: 'the pool', public: 'We found the cause.' },
  { kind: 'update_public', text: 'We are on it.' },
  { kind: 'update_public', text: 'We are on it.', nextMs: 5_400_000 },
  { kind: 'assign_role', role: 'comms', name: 'carol', seen: null, why: 'she is here' },
  { kind: 'release_role', role: 'scribe' },
  { kind: 'offer_command', name: 'bob' },
  { kind: 'amend', ref: 5, text: 'suspect deploy 4f2c1b', why: 'typo' },
  { kind: 'retract', ref: 5, why: 'wrong' },
  { kind: 'pin', ref: 5, pinned: true },
  { kind: 'declare', title: 'cart is slow', severity: 'SEV-1' },
  { kind: 'silence', matcher: '{target="cache"}', until: '2026-11-25T12:50:00.000Z', why: 'moved' },
];

test.each(COMMANDS)('typed again, it asks for the same: %j', (command) => {
  const view = viewOf('alice', [...STORY, ['alice', { kind: 'set_status', to: 'investigating' }, 1]]);
  const asked = compose(retyped(refused(command), 'utc'), view);
  if (asked.kind === 'command') return expect(asked.command).toEqual(command);
  if (asked.kind !== 'action') throw new Error(JSON.stringify(asked));
  const [effect] = perform(new Typist(view).ui, asked.action, asked.args, view).effects;
  expect(effect?.do === 'submit' ? effect.command : effect).toEqual(command);
});

test('a rehearsal that was refused asks again whether it is one', () => {
  const line = retyped(refused({ kind: 'declare', title: 'practice', severity: 'SEV-1', drill: true }), 'utc');
  const alice = new Typist(viewOf('alice')).type(line).press('enter');
  expect(alice.asked).toEqual([]);
  expect(alice.ui.modal?.kind).toBe('form');
});

test.each<[string, ConsoleCommand]>([
  ['/accept', { kind: 'accept_command' }],
  ['/decline', { kind: 'decline_command' }],
  ['/ack', { kind: 'acknowledge' }],
  ['/ack Memory{target="cache"}', { kind: 'acknowledge', alert: 'Memory{target="cache"}' }],
  ['/done #5 it was the pool', { kind: 'note', text: 'it was the pool', re: 5, closes: true }],
  [
    '/silence {target="cache"} 2026-11-23T12:50:00Z moved',
    { kind: 'silence', matcher: '{target="cache"}', until: AT, why: 'moved' },
  ],
  ['/unsilence 01ARZ3NDEKTSV4RRFFQ69G5FAV', { kind: 'unsilence', id: '01ARZ3NDEKTSV4RRFFQ69G5FAV' }],
  ['/reload', { kind: 'reload' }],
  ['/inspect cache', { kind: 'inspect', target: 'cache' }],
])('the line that asks for the same again: %s', (line, command) => {
  expect(retyped(refused(command), 'utc')).toBe(line);
});

test('what no action prints comes back as the words it was shown with', () => {
  expect(retyped(refused({ kind: 'of_a_newer_version' } as unknown as ConsoleCommand, 'run step 3'), 'utc')).toBe(
    'run step 3',
  );
});
