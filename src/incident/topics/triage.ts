/** The handbook's five questions, answered as far as anybody knows. */
import * as v from 'valibot';
import { shortenText } from '../bounds.ts';
import { command, drafting, ended, event } from '../context.ts';
import { refuse } from '../decision.ts';
import { isEnded } from '../incident.ts';
import { instant, maybe, TEXT_LIMITS, textShape, whole } from '../shapes.ts';

export const TRIAGE_QUESTIONS = [
  'What is broken?',
  'Who is affected?',
  'When did it start?',
  'Is it still happening?',
  'What changed recently?',
] as const;

const events = {
  /** `n`: which question, from 1. A later answer to the same question stands instead; the earlier ones stay in the record. */
  question_answered: event({
    shape: v.object({ n: whole(1), text: v.string() }),
    mark: () => 'finding',
    finds: ['triage'],
    fold: ({ triage }, { seq, at, by, data: { n, text } }) =>
      n > TRIAGE_QUESTIONS.length
        ? {}
        : { triage: { ...triage, [n]: { seq, text: shortenText(text), by: by.name, at } } },
    sentence: ({ data: { n, text } }) => `${TRIAGE_QUESTIONS[n - 1] ?? `question ${n}`} ${text}`,
  }),
};
const draft = drafting(events);

export const triageTopic = {
  events,
  commands: {
    answer_question: command({
      shape: v.object({ n: whole(1), text: textShape, at: maybe(instant) }),
      pending: ({ n, text }) => `${TRIAGE_QUESTIONS[n - 1] ?? n} ${text}`,
      decide(state, { n, text: typed, at }, context) {
        const text = typed.trim();
        if (isEnded(state)) return ended(state);
        if (n > TRIAGE_QUESTIONS.length) return refuse('invalid', `the questions are 1 to ${TRIAGE_QUESTIONS.length}`);
        if (text === '') return refuse('invalid', 'an answer needs words; "not known" is one');
        if (text.length > TEXT_LIMITS.text)
          return refuse('invalid', `an answer has at most ${TEXT_LIMITS.text} characters; this one has ${text.length}`);
        return [draft(state, context, 'question_answered', { n, text }, { at })];
      },
    }),
  },
};
