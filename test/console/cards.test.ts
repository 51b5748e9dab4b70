/** The forms of the process, typed key by key: triage, the decision, changes. */
import { describe, expect, test } from 'vitest';
import { formAction, formValues } from '../../src/console/form.ts';
import type { Form } from '../../src/console/state.ts';
import { STORY, Typist, viewOf, type Told } from './support.ts';

const formOf = ({ ui }: Typist): Form => {
  if (ui.modal?.kind !== 'form') throw new Error('no form is open');
  return ui.modal;
};
const focusOf = (person: Typist): string => formAction(formOf(person))?.fields[formOf(person).focus]?.name ?? '';
const valuesOf = (person: Typist) => formValues(formOf(person), formAction(formOf(person))!, person.view);

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
