/** The forms of the process, typed key by key: triage, the decision, changes. */
import { describe, expect, test } from 'vitest';
import { alarm } from '../../src/console/alarm.ts';
import { hubAction } from '../../src/console/actions/index.ts';
import { shownForm } from '../../src/console/form.ts';
import { drawModal } from '../../src/console/modal-view.ts';
import type { Form } from '../../src/console/state.ts';
import { found } from '../../src/console/view.ts';
import { STORY, Typist, viewOf, type Told } from './support.ts';

const formOf = ({ ui }: Typist): Form => {
  if (ui.modal?.kind !== 'form') throw new Error('no form is open');
  return ui.modal;
};
const focusOf = (person: Typist): string =>
  shownForm(formOf(person), person.view).fields[formOf(person).focus]?.name ?? '';
const valuesOf = (person: Typist) => shownForm(formOf(person), person.view).values;

describe('triage', () => {
  const answered: readonly Told[] = [
    ...STORY,
    ['bob', { kind: 'answer_question', n: 2, text: '30 % of checkouts' }],
    ['dan', { kind: 'mark_change', what: 'web 4.118', by: 'bob', at: '2026-11-23T12:55:00.000Z' }],
  ];
  const view = viewOf('carol', answered);

  test('Enter answers one question and goes on to the next open one; the last one closes the form', () => {
    const carol = new Typist(view).press('f5').wait(200).type('checkout').press('enter');
    expect(carol.asked).toEqual([{ kind: 'answer_question', n: 1, text: 'checkout' }]);
    expect(focusOf(carol)).toBe('3');
    carol.type('12:55').press('enter').type('yes').press('enter').type('web 4.118').press('enter');
    expect(carol.asked.map((command) => command.kind === 'answer_question' && command.n)).toEqual([1, 3, 4, 5]);
    expect(carol.ui.modal).toBe(null);
  });

  test('Tab takes what the room knows into an empty field, and moves on from one that is not', () => {
    const carol = new Typist(view).press('f5').wait(200).press('down', 'down', 'tab');
    expect(valuesOf(carol)['3']).toBe('12:55Z web 4.118');
    carol.press('tab');
    expect(focusOf(carol)).toBe('4');
    carol.press('shift-tab', 'enter');
    expect(carol.asked).toEqual([{ kind: 'answer_question', n: 3, text: '12:55Z web 4.118' }]);
  });

  test('Enter on nothing writes nothing; an answered question can be answered anew', () => {
    const carol = new Typist(view).press('f5').wait(200).press('enter');
    expect([carol.asked, focusOf(carol)]).toEqual([[], '3']);
    carol.press('up').type('eu-west only').press('enter');
    expect(carol.asked).toEqual([{ kind: 'answer_question', n: 2, text: 'eu-west only' }]);
  });

  test('as a line', () => {
    const carol = new Typist(view).type('/triage 4 yes, rising').press('enter');
    expect(carol.asked).toEqual([{ kind: 'answer_question', n: 4, text: 'yes, rising' }]);
    carol.type('/triage 6 x').press('enter');
    expect(carol.ui.notice?.text).toContain('say which question, 1 to 5: 1 What is broken?');
    const over: readonly Told[] = [...STORY, ['alice', { kind: 'set_status', to: 'cancelled' }]];
    expect(new Typist(viewOf('carol', over)).press('f5').ui.notice?.text).toBe('/triage: the incident is cancelled');
  });
});

describe('the decision', () => {
  const begun: readonly Told[] = [
    ...STORY,
    ['bob', { kind: 'mark_change', what: 'web 4.118', by: 'bob', at: '2026-11-23T12:55:00.000Z' }],
  ];
  const proposed: readonly Told[] = [
    ...begun,
    ['alice', { kind: 'propose_decision', text: 'roll back web', way: 'rollback', objectionsMs: 120_000 }, 10],
  ];

  test('in three keys and the text: everybody is asked for two minutes; the way is the one advised', () => {
    const alice = new Typist(viewOf('alice', begun)).press('alt-w').wait(200).type('web to 4.117').press('enter');
    expect(alice.asked).toEqual([
      {
        kind: 'propose_decision',
        text: 'web to 4.117',
        way: 'rollback',
        why: 'something was changed shortly before; check first that no migration ran since',
        objectionsMs: 120_000,
      },
    ]);
  });

  test('the answers change the advice; going back over a migration needs a reason', () => {
    const up = (times: number) => Array.from({ length: times }, () => 'shift-tab');
    const alice = new Typist(viewOf('alice', begun))
      .press('alt-w')
      .wait(200)
      .type('web')
      .press(...up(3))
      .type('y');
    expect(valuesOf(alice)['way']).toBe('forward');
    alice.press('tab', 'tab').type('r').press('enter');
    expect([alice.asked, formOf(alice).trouble]).toEqual([
      [],
      'a migration ran since: give the reason why going back is safe',
    ]);
    alice.press('tab', 'tab', 'tab').type('it only added a column').press('tab').press('left').press('enter');
    expect(alice.asked).toEqual([
      { kind: 'propose_decision', text: 'web', way: 'rollback', why: 'it only added a column' },
    ]);
  });

  test('as a line, with what would make us turn back; without its way the form asks for it', () => {
    const line =
      '/decide flag switch off search turn back if errors stay above 1 % because it is exact objections: 90s';
    const alice = new Typist(viewOf('alice', begun)).type(line).press('enter');
    const command = {
      kind: 'propose_decision',
      text: 'switch off search',
      way: 'flag',
      turnBackIf: 'errors stay above 1 %',
      why: 'it is exact',
      objectionsMs: 90_000,
    };
    expect(alice.asked).toEqual([command]);
    alice.type('/decide switch it off').press('enter').wait(200);
    expect([valuesOf(alice)['text'], focusOf(alice)]).toEqual(['switch it off', 'way']);
    const bob = new Typist(viewOf('bob', begun)).press('alt-w');
    expect(bob.ui.notice?.text).toBe('/decide: only the IC decides; /d suggests a decision; the IC is alice');
  });

  test('on every other screen one line with the countdown; one key objects, one agrees', () => {
    const view = viewOf('bob', proposed);
    expect(alarm(view)).toMatchObject({
      text: 'DECISION 01:50 · alice: roll back web · strong objection?',
      key: 'Alt-O',
    });
    const bob = new Typist(view).press('alt-o').wait(200).press('enter');
    expect(bob.asked).toEqual([]);
    bob.type('the queue is not drained').press('enter');
    expect(bob.asked).toEqual([{ kind: 'object', ref: 8, text: 'the queue is not drained' }]);
    expect(new Typist(view).press('alt-g').wait(200).press('enter').asked).toEqual([{ kind: 'agree', ref: 8 }]);
    expect(new Typist(view).type('/agree').press('enter').asked).toEqual([{ kind: 'agree', ref: 8 }]);
    expect(new Typist(view).type('/agree 8').press('enter').asked).toEqual([{ kind: 'agree', ref: 8 }]);
    expect(new Typist(view).type('/object 2 replicas lag').press('enter').asked).toEqual([
      { kind: 'object', ref: 8, text: '2 replicas lag' },
    ]);
    const answered = viewOf('bob', [...proposed, ['bob', { kind: 'agree', ref: 8 }, 5]]);
    expect(alarm(answered)).toMatchObject({ text: 'DECISION 01:50 · 1 agree · alice: roll back web', key: null });
    const objected: readonly Told[] = [...proposed, ['bob', { kind: 'object', ref: 8, text: 'not drained' }, 5]];
    expect(alarm(viewOf('bob', objected)).key).toBeNull();
    expect(alarm(viewOf('alice', objected))).toMatchObject({
      text: expect.stringContaining('1 object'),
      key: '/stands',
    });
    expect(new Typist(viewOf('bob', begun)).press('alt-o').ui.notice?.text).toBe(
      '/object: nobody asks for objections now',
    );
  });

  test('the commander lets it stand or takes it back, with the reason', () => {
    const view = viewOf('alice', [...proposed, ['bob', { kind: 'object', ref: 8, text: 'not drained' }, 5]]);
    const alice = new Typist(view)
      .type('/stands #8 drained now')
      .press('enter')
      .type('/withdraw wrong host')
      .press('enter');
    expect(alice.asked).toEqual([
      { kind: 'settle_decision', ref: 8, stands: true, why: 'drained now' },
      { kind: 'settle_decision', ref: 8, stands: false, why: 'wrong host' },
    ]);
    expect(new Typist(viewOf('bob', proposed)).type('/stands #8').press('enter').ui.notice?.text).toContain(
      'only the IC',
    );
  });
});

describe('changes and other incidents', () => {
  test('a change by somebody, at a time, with a link; from its form', () => {
    const bob = new Typist(viewOf('bob')).type('/change 12:55 web 4.118 by ci https://ci.example/1').press('enter');
    const at = '2026-11-23T12:55:00.000Z';
    const command = { kind: 'mark_change', what: 'web 4.118', by: 'ci', link: 'https://ci.example/1', at };
    expect(bob.asked).toEqual([command]);
    bob.type('/c').press('enter').wait(200).type('flag off').press('enter');
    expect(bob.asked[1]).toEqual({ kind: 'mark_change', what: 'flag off', by: 'bob' });
  });

  test('link by words of the title; merge wants its word typed', () => {
    const other = {
      id: '2026-11-23-slow-cart',
      title: 'slow cart',
      severity: 'SEV-3',
      status: 'monitoring',
      drill: false,
      declaredAt: '2026-11-23T01:10:00.000Z',
      lead: null,
      head: 9,
    } as const;
    const view = viewOf('alice', STORY, { incidents: [other] });
    expect(new Typist(view).type('/link slow').press('enter').asked).toEqual([{ kind: 'link', other: other.id }]);
    const alice = new Typist(view).type('/merge').press('enter').wait(200).press('down', 'enter');
    expect(alice.asked).toEqual([]);
    expect(alice.type('merge').press('enter').asked).toEqual([{ kind: 'merge', into: other.id }]);
    const typed = new Typist(view).type('/merge cart').press('enter').wait(200);
    expect(typed.asked).toEqual([]);
    expect(typed.ui.modal).toMatchObject({ focus: 0 });
    expect(typed.press('enter').asked).toEqual([{ kind: 'merge', into: other.id }]);
    expect(new Typist(viewOf('alice')).type('/link x').press('enter').ui.notice?.text).toContain('no other incident');
  });

  test('the roll is called and answered once', () => {
    expect(new Typist(viewOf('alice')).type('/rollcall').press('enter').asked).toEqual([{ kind: 'call_roll' }]);
    const called: readonly Told[] = [...STORY, ['alice', { kind: 'call_roll' }]];
    expect(new Typist(viewOf('bob', called)).type('/here').press('enter').asked).toEqual([{ kind: 'answer_roll' }]);
    expect(new Typist(viewOf('alice', called)).type('/here').press('enter').ui.notice?.text).toContain('already');
  });
});

test('an entry in full names the entries with the same id, and a search for it finds them', () => {
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
  const told: readonly Told[] = [
    ...STORY,
    ['bob', { kind: 'note', text: `500 on /pay, traceparent 00-${trace}-00f067aa0ba902b7-01` }],
    ['carol', { kind: 'note', text: `pool timeout in trace_id=${trace.toUpperCase()}` }],
  ];
  const view = viewOf('alice', told);
  const alice = new Typist(view).type('/show #7').press('enter');
  const shown = drawModal(alice.ui, alice.ui.modal!, view, { cols: 76, rows: 20, ascii: false }).lines;
  expect(shown.map((line) => line.map(({ text }) => text).join(''))).toContain(`${trace} also in #8`);
  expect(found(trace, view).map(({ seq }) => seq)).toEqual([7, 8]);
});

test('an entry in full names only the commands that it takes from who reads it', () => {
  const keys = (entry: number, observer: boolean): string => {
    const view = { ...viewOf('eve', [...STORY, ['eve', { kind: 'note', text: 'x' }]]), observer };
    const eve = new Typist(view).type(`/show #${entry}`).press('enter');
    const { lines } = drawModal(eve.ui, eve.ui.modal!, view, { cols: 76, rows: 20, ascii: false });
    return lines.map((line) => line.map(({ text }) => text).join('')).join('\n');
  };
  const last = viewOf('eve').incident!.head + 1;
  expect(keys(last, false)).toContain(`#${last} replies, /amend #${last}`);
  // The hub refuses to correct what it wrote itself.
  expect(keys(1, false)).toMatch(/#1 replies +Esc close/);
  expect(keys(last, true)).not.toMatch(/replies|amend/);
});

test('what an incident that has ended does not take is not offered', () => {
  const over = viewOf('alice', [...STORY, ['alice', { kind: 'set_status', to: 'cancelled', why: 'a false alarm' }]]);
  const refused = [
    'role',
    'handover',
    'accept',
    'merge',
    'rollcall',
    'here',
    'snooze',
    'run',
    'sev',
    'update',
    'triage',
  ];
  for (const name of refused)
    expect([name, hubAction(name)?.whyNot?.(over)]).toEqual([name, 'the incident is cancelled']);
  for (const name of ['status', 'release', 'change', 'n', 'link', 'amend'])
    expect([name, hubAction(name)?.whyNot?.(over)]).not.toEqual([name, 'the incident is cancelled']);
});

test('the CAN report is one line away', () => {
  const alice = new Typist(viewOf('alice')).type('/can').press('enter');
  const { lines } = drawModal(alice.ui, alice.ui.modal!, alice.view, { cols: 76, rows: 20, ascii: false });
  const text = lines.map((line) => line.map((each) => each.text).join('')).join('\n');
  expect(text).toMatch(/Conditions +SEV-2 Medium: checkout errors eu-west[\s\S]*Actions[\s\S]*Needs/);
});
