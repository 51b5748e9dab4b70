/** Roll call: who is really at their keyboard. */
import * as v from 'valibot';
import { BOUNDS } from '../bounds.ts';
import { command, drafting, ended, event } from '../context.ts';
import { refuse } from '../decision.ts';
import { isEnded } from '../incident.ts';

const events = {
  roll_called: event({
    shape: v.object({}),
    mark: () => 'people',
    finds: ['roll'],
    fold: (_, { seq, at, by }) => ({ rollCall: { seq, at, by: by.name, present: [by.name] } }),
    sentence: () => 'ROLL CALL: answer if you are here',
  }),
  roll_answered: event({
    shape: v.object({}),
    level: 'system',
    finds: ['roll'],
    fold: ({ rollCall }, { by }) =>
      rollCall === undefined || rollCall.present.length >= BOUNDS.present
        ? {}
        : { rollCall: { ...rollCall, present: [...rollCall.present, by.name] } },
    sentence: () => 'is here',
  }),
};
const draft = drafting(events);

export const rollCallTopic = {
  events,
  commands: {
    call_roll: command({
      shape: v.object({}),
      pending: () => 'roll call',
      decide: (state, _, context) => (isEnded(state) ? ended(state) : [draft(state, context, 'roll_called', {})]),
    }),
    answer_roll: command({
      shape: v.object({}),
      pending: () => 'here',
      decide(state, _, context) {
        const { rollCall } = state;
        if (isEnded(state)) return ended(state);
        if (rollCall === undefined) return refuse('not_now', 'nobody called the roll');
        if (rollCall.present.includes(context.actor.name)) return refuse('conflict', 'you answered already');
        return [draft(state, context, 'roll_answered', {}, { ref: rollCall.seq })];
      },
    }),
  },
};
