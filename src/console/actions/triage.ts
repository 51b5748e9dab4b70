/** The five questions as a form: each with what the room knows of it, answered one by one. */
import { alertsNow } from '../../../panels/model.ts';
import { TRIAGE_QUESTIONS } from '../../incident/topics/triage.ts';
import { evidenceInWords, triageOf, type TriageQuestion } from '../../incident/triage-view.ts';
import { span } from '../../terminal/text.ts';
import { type Field, type HubAction, notOpen } from '../action.ts';
import type { View } from '../view.ts';

const made = new WeakMap<View, readonly TriageQuestion[]>();

/** The questions with what is known, made once for each view. */
function questionsOf(view: View): readonly TriageQuestion[] {
  const { incident, now, events } = view;
  if (incident === null) return [];
  const known = made.get(view) ?? triageOf(incident, alertsNow(view), now, events);
  made.set(view, known);
  return known;
}

const FIELDS = TRIAGE_QUESTIONS.map((ask, i): Field => ({
  kind: 'text',
  name: String(i + 1),
  ask,
  inline: true,
  known: (view) => questionsOf(view)[i]?.evidence.map((each) => evidenceInWords(each, view.now)) ?? [],
  answer: (view) => view.incident?.triage[i + 1] ?? null,
}));

export const triageAction: HubAction = {
  name: 'triage',
  key: 'f5',
  does: 'answer the five questions',
  hint: 'triage',
  usage: '/triage [1..5 answer]',
  whyNot: notOpen,
  title: ({ incident }) => `TRIAGE   ${Object.keys(incident?.triage ?? {}).length} of ${FIELDS.length}`,
  verb: 'answer and next',
  fields: FIELDS,
  first: (view) => FIELDS.find(({ answer }) => answer?.(view) === null)?.name,
  each: true,
  advice(view) {
    const ask = questionsOf(view).flatMap(({ interview = [] }) => interview);
    const words = ask.map(({ name, why }) => `${name} (${evidenceInWords(why, view.now)})`).join(', ');
    return ask.length === 0 ? [] : [[span('ASK', 'title', { bold: true }), span(`  ${words}`, 'dim')]];
  },
  parse(args) {
    const [, n, text = ''] = /^([1-5])\b[.:)]?\s*([\s\S]*)$/.exec(args) ?? [];
    if (n !== undefined) return { [n]: text };
    return `say which question, 1 to 5: ${TRIAGE_QUESTIONS.map((each, i) => `${i + 1} ${each}`).join('  ')}`;
  },
  print: { answer_question: ({ n, text }) => [`${n}`, text] },
  command(_view, values) {
    const [n, text = ''] = Object.entries(values).find(([, typed]) => typed.trim() !== '') ?? [];
    return n === undefined
      ? 'an answer needs words, as in /triage 3 since 14:01; "not known" is one'
      : { kind: 'answer_question', n: Number(n), text: text.trim() };
  },
};
