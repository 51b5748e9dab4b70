import { drawHelp } from '../../src/console/help.ts';
import { describe, expect, test } from 'vitest';
import { declareAction } from '../../src/console/actions/declare.ts';
import type { Form } from '../../src/console/state.ts';
import type { IncidentSummary } from '../../src/protocol/summary.ts';
import { NOW, STORY, Typist, viewOf, type Told } from './support.ts';

const trouble = (person: Typist): string => (person.ui.modal as Form | null)?.trouble ?? '';

describe('a form', () => {
  test('F2, a digit, Enter sets the severity; the draft of the line waits below', () => {
    const alice = new Typist(viewOf('alice')).type('half a thought').press('f2').wait(200).type('1').press('enter');
    expect(alice.asked).toEqual([{ kind: 'set_severity', to: 'SEV-1', seen: 'SEV-2' }]);
    expect(alice.ui.modal).toBe(null);
    expect(alice.draft).toBe('half a thought');
  });

  test('keys of the first 150 ms are swallowed', () => {
    const alice = new Typist(viewOf('alice'))
      .press('f2')
      .type('0')
      .press('enter', 'enter')
      .wait(149)
      .type('0')
      .press('enter');
    expect(alice.asked).toEqual([]);
    alice.wait(2).press('enter');
    expect(trouble(alice)).toContain('SEV-2 already');
  });

  test('Esc closes it and nothing is written', () => {
    const alice = new Typist(viewOf('alice')).press('f2').wait(200).type('0').press('escape');
    expect(alice.ui.modal).toBe(null);
    expect(alice.done).toEqual([]);
  });

  test('somebody who was faster is named, and it asks again', () => {
    const alice = new Typist(viewOf('alice')).press('f2').wait(200).type('0');
    const faster: readonly Told[] = [
      ...STORY,
      ['alice', { kind: 'assign_role', role: 'deputy', name: 'carol' }, 60],
      ['carol', { kind: 'set_severity', to: 'SEV-1' }, 4],
    ];
    alice.sees(viewOf('alice', faster)).press('enter');
    expect(alice.asked).toEqual([]);
    expect(trouble(alice)).toContain('carol set SEV-1 4 s ago');
    alice.press('enter');
    expect(alice.asked).toEqual([{ kind: 'set_severity', to: 'SEV-0', seen: 'SEV-1' }]);
  });

  test('roles: the choice, then the person by a few letters', () => {
    const alice = new Typist(viewOf('alice')).press('f4').wait(200).press('tab').type('ca').press('enter');
    expect(alice.asked).toEqual([{ kind: 'assign_role', role: 'comms', name: 'carol', seen: null }]);
  });

  test('declare asks what, then how bad; a severity is never guessed from the command line', () => {
    const bob = new Typist(viewOf('bob', [])).type('/declare checkout is down').press('enter').wait(200);
    expect(bob.asked).toEqual([]);
    bob.type('1').press('enter');
    expect(bob.asked).toEqual([{ kind: 'declare', title: 'checkout is down', severity: 'SEV-1' }]);
    const quick = new Typist(viewOf('bob', [])).type('/declare sev1 checkout is down').press('enter');
    expect(quick.asked).toEqual([{ kind: 'declare', title: 'checkout is down', severity: 'SEV-1' }]);
  });

  test('what is needed is asked for', () => {
    const bob = new Typist(viewOf('bob'))
      .type('/amend #5 suspect deploy 4f2c1b')
      .press('enter')
      .wait(200)
      .press('enter');
    expect(bob.asked).toEqual([]);
    expect(trouble(bob)).toContain('Reason');
    bob.type('typo').press('enter');
    expect(bob.asked).toEqual([{ kind: 'amend', ref: 5, text: 'suspect deploy 4f2c1b', why: 'typo' }]);
  });

  test('an Escape and the first letter that arrive together open a form; the rest of the sentence does nothing', () => {
    const alice = new Typist(viewOf('alice')).press('alt-s').wait(300).type('ite 1 is back').press('enter');
    expect(alice.asked).toEqual([]);
    expect(trouble(alice)).toContain('was typed into this form');
    const acked = new Typist(viewOf('bob', STORY.slice(0, 1)))
      .press('alt-a')
      .wait(300)
      .type('ll is well')
      .press('enter');
    expect(acked.asked).toEqual([]);
    acked.press('enter');
    expect(acked.asked).toEqual([{ kind: 'acknowledge' }]);
    const over = new Typist(viewOf('alice')).press('alt-h').wait(300).type('ello all').press('enter');
    expect(over.asked).toEqual([]);
  });

  test('command that nobody has is taken in two keys, scribe and comms are named in four', () => {
    const alone = STORY.slice(0, 2);
    const taken = new Typist(viewOf('bob', alone)).press('f4').wait(200).press('enter');
    expect(taken.asked).toEqual([{ kind: 'assign_role', role: 'ic', name: 'bob', seen: null }]);
    const named = new Typist(viewOf('alice', STORY.slice(0, 3)))
      .press('f4')
      .wait(200)
      .press('tab')
      .type('b')
      .press('enter');
    expect(named.asked).toEqual([{ kind: 'assign_role', role: 'scribe', name: 'bob', seen: null }]);
  });

  test('Enter by reflex gives nobody a role', () => {
    const alice = new Typist(viewOf('alice')).press('f4').wait(300).press('enter');
    expect(alice.asked).toEqual([]);
    expect(trouble(alice)).toContain('Who');
  });

  test('another person’s news never opens a modal nor moves the focus', () => {
    const bob = new Typist(viewOf('bob')).type('typing');
    const before = bob.ui;
    bob.sees(viewOf('bob', [...STORY, ['alice', { kind: 'offer_command', name: 'bob' }, 5]]));
    expect([bob.ui.modal, bob.ui.focus, bob.draft]).toEqual([before.modal, before.focus, 'typing']);
    bob.press('escape').type('/accept').press('enter');
    expect(bob.asked).toEqual([{ kind: 'accept_command' }]);
  });
});

describe('the impact matrix in the severity form', () => {
  const answered = () =>
    new Typist(viewOf('alice')).press('f2').wait(200).press('tab').type('30%').press('tab').type('n');

  test('following it, its reasons are the reason on the record', () => {
    const impact = { users: 30, dataLoss: 'no' };
    const said = { kind: 'set_severity', to: 'SEV-1', seen: 'SEV-2', why: '30 % of users affected is SEV-1', impact };
    expect(answered().press('shift-tab', 'shift-tab').type('1').press('enter').asked).toEqual([said]);
    expect(answered().press('enter').asked).toEqual([said]);
  });

  test('by advice in six keys: F2, Tab, the share of users, Enter', () => {
    const alice = new Typist(viewOf('alice')).press('f2').wait(200).press('tab').type('60').press('enter');
    expect(alice.asked).toMatchObject([{ to: 'SEV-0', impact: { users: 60 } }]);
  });

  test('it begins with what is recorded; with the severity advised already, what is new of the impact is recorded', () => {
    const known: readonly Told[] = [
      ...STORY,
      ['alice', { kind: 'record_impact', impact: { users: 10, dataLoss: 'no' } }],
    ];
    const same = new Typist(viewOf('alice', known)).press('f2').wait(200).press('enter');
    expect([same.asked, trouble(same)]).toEqual([[], 'it is SEV-2 already']);
    const more = new Typist(viewOf('alice', known)).press('f2').wait(200).press('shift-tab', 'shift-tab').type('12');
    expect(more.press('enter').asked).toEqual([
      { kind: 'record_impact', impact: { users: 10, dataLoss: 'no', minutes: 12 } },
    ]);
    const other = new Typist(viewOf('bob', known)).press('f12').wait(200).type('another').press('enter');
    expect(other.asked).toEqual([{ kind: 'declare', title: 'another', severity: 'SEV-2' }]);
  });

  test('overriding it asks for a reason', () => {
    const alice = answered().press('shift-tab', 'shift-tab').type('3').press('enter');
    expect(alice.asked).toEqual([]);
    expect(trouble(alice)).toContain('the impact suggests SEV-1');
    alice.press('shift-tab').type('test accounts only').press('enter');
    expect(alice.asked).toMatchObject([{ to: 'SEV-3', why: 'test accounts only' }]);
  });

  test('a percentage that is none is said', () => {
    const alice = new Typist(viewOf('alice')).press('f2').wait(200).type('1').press('tab').type('many').press('enter');
    expect(trouble(alice)).toContain('"many" is no percentage');
  });
});

describe('the palette', () => {
  test('finds by what it does and runs it', () => {
    const bob = new Typist(viewOf('bob')).press('ctrl-p').type('utc').wait(200).press('enter');
    expect(bob.ui.zone).toBe('local');
  });

  test('an action that cannot be done says why and stays', () => {
    const bob = new Typist(viewOf('bob')).press('ctrl-p').type('set the severity').wait(200).press('enter');
    expect(bob.asked).toEqual([]);
    expect(bob.ui.modal?.kind).toBe('palette');
    expect(bob.ui.notice?.text).toContain('alice');
  });
});

test('F1 in a form says what it asks for, and Esc comes back to it as it was', () => {
  const alice = new Typist(viewOf('alice')).press('f2').wait(200).type('1').press('tab').type('half');
  const before = alice.ui.modal;
  alice.press('f1');
  const { modal } = alice.ui;
  if (modal?.kind !== 'help') throw new Error('no help');
  const shown = drawHelp(modal, alice.view, alice.ui, { cols: 70, rows: 30, ascii: false }).lines;
  const text = shown.map((line) => line.map((each) => each.text).join('')).join('\n');
  expect(text).toMatch(/THIS FORM\n[^\n]*Severity +needed; SEV-0 Critical/);
  expect(text).toContain('/sev 0..3 [why]');
  alice.type('xy').press('enter', 'escape');
  expect(alice.ui.modal).toEqual(before);
  expect(alice.asked).toEqual([]);
});

test('declaring another severity than the impact suggests asks for the reason, and it is kept', () => {
  const bob = new Typist(viewOf('bob', []))
    .press('f12')
    .wait(200)
    .type('checkout down')
    .press('tab')
    .type('3')
    .press('tab')
    .type('60')
    .press('enter');
  expect(bob.asked).toEqual([]);
  expect(trouble(bob)).toBe('the impact suggests SEV-0: give the reason why it is SEV-3');
  bob.press('tab', 'tab', 'tab', 'tab', 'tab').type('only the test shop').press('enter');
  expect(bob.asked).toMatchObject([{ kind: 'declare', severity: 'SEV-3', why: 'only the test shop' }]);
});

test('what is not easily taken back wants its name typed; another choice does not', () => {
  const alice = new Typist(viewOf('alice')).press('f3').wait(200).type('cc').press('enter');
  expect([alice.asked, trouble(alice)]).toEqual([
    [],
    'this is not easily taken back: type checkout-errors, then Enter',
  ]);
  alice.type('checkout').press('enter');
  expect(alice.asked).toEqual([]);
  alice.type('-errors').press('enter');
  expect(alice.asked).toMatchObject([{ kind: 'set_status', to: 'cancelled' }]);
  const bob = new Typist(viewOf('alice')).press('f3').wait(200).type('cc').press('up', 'up', 'enter');
  expect(bob.asked).toMatchObject([{ kind: 'set_status', to: 'resolved' }]);
  const typed = new Typist(viewOf('alice')).type('/status cancelled a false alarm').press('enter');
  expect([typed.asked, trouble(typed)]).toEqual([[], 'this is not easily taken back; Enter again goes ahead']);
  typed.wait(200).press('enter');
  expect(typed.asked).toMatchObject([{ kind: 'set_status', to: 'cancelled', why: 'a false alarm' }]);
  const carol = new Typist(viewOf('alice')).type('/status ca').press('enter');
  expect([carol.asked, carol.draft]).toEqual([[], '/status ca']);
});

test('a late update has a way out: COMMS logs what the public was told, others are told who may', () => {
  const told: Told = ['alice', { kind: 'assign_role', role: 'comms', name: 'carol' }, 30];
  const carol = new Typist(viewOf('carol', [...STORY, told])).press('f8').wait(200).type('We are on it').press('enter');
  const words = { kind: 'update_public', text: 'We are on it' } as const;
  expect(carol.asked).toEqual([{ ...words, state: 'investigating', nextMs: 60 * 60_000 }]);
  const ten = new Typist(viewOf('alice', STORY)).type('/update We are on it next: 10m').press('enter');
  expect(ten.asked).toEqual([{ kind: 'update_public', text: 'We are on it', nextMs: 10 * 60_000 }]);
  const over: Told = ['alice', { kind: 'set_status', to: 'resolved' }, 40];
  const after = new Typist(viewOf('alice', [...STORY, over])).press('f8').wait(200).type('It is over').press('enter');
  expect(after.asked).toEqual([{ kind: 'update_public', text: 'It is over', state: 'resolved' }]);
  const bob = new Typist(viewOf('bob', [...STORY, told])).press('f8');
  expect([bob.ui.modal, bob.ui.notice?.text]).toEqual([
    null,
    '/update: only the IC or COMMS tells the public; the IC is alice',
  ]);
});

test('a form to declare names what is open already, not what is over or only practice', () => {
  const summary = (title: string, more: Partial<IncidentSummary> = {}): IncidentSummary => ({
    id: `2026-11-23-${title.replaceAll(' ', '-')}`,
    title,
    severity: 'SEV-1',
    status: 'investigating',
    drill: false,
    declaredAt: new Date(NOW - 600_000).toISOString(),
    lead: null,
    head: 3,
    ...more,
  });
  const asked = (...incidents: readonly IncidentSummary[]): string =>
    declareAction.title?.(viewOf('bob', [], { incidents }), {}) ?? '';
  const over = [summary('old', { status: 'closed' }), summary('practice', { drill: true })];
  expect(asked(...over)).toBe('DECLARE INCIDENT');
  expect(asked(...over, summary('checkout errors'), summary('slow cart'))).toBe(
    'DECLARE INCIDENT   open already: SEV-1 checkout errors and 1 more',
  );
});
