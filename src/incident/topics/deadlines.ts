/** Missed deadlines, recorded by the hub. */
import * as v from 'valibot';
import { drafting, ended, event, internal } from '../context.ts';
import { clocks } from '../clocks.ts';
import { refuse } from '../decision.ts';
import { isEnded } from '../incident.ts';
import { instant, time } from '../shapes.ts';

const WORDS = {
  ack: 'nobody acknowledged',
  response: 'no response began',
  identify: 'the cause was not identified',
  update: 'the public was told nothing',
};
const what = v.picklist(Object.keys(WORDS) as (keyof typeof WORDS)[]);

const events = {
  deadline_missed: event({
    shape: v.object({ what, dueAt: time }),
    level: 'key',
    mark: () => 'warn',
    finds: ['deadline'],
    fold: (state, { data }) => ({ missed: { ...state.missed, [data.what]: data.dueAt } }),
    sentence: ({ data }) => `deadline missed: ${WORDS[data.what]} by ${data.dueAt.slice(11, 16)}Z`,
  }),
};
const draft = drafting(events);

export const deadlinesTopic = {
  events,
  commands: {
    miss_deadline: internal({
      shape: v.object({ what, dueAt: instant }),
      decide(state, { what, dueAt }, context) {
        if (isEnded(state)) return ended(state);
        const due = clocks(state, Date.parse(context.now)).due.find((one) => one.what === what);
        if (due === undefined || due.at !== dueAt || due.leftMs > 0)
          return refuse('not_now', `no ${what} deadline of ${dueAt} is overdue`);
        if (state.missed?.[what] === dueAt) return refuse('conflict', 'that is recorded already');
        return [draft(state, context, 'deadline_missed', { what, dueAt }, { at: dueAt })];
      },
    }),
  },
};
