/** A drill: what people ask its director for, and how they did. */
import * as v from 'valibot';
import { command, drafting, ended, event } from '../context.ts';
import { refuse } from '../decision.ts';
import { scoreLines, scoreShape } from '../drill-score.ts';
import { isEnded } from '../incident.ts';
import { maybe } from '../shapes.ts';
import { statusTopic } from './status.ts';

/** `next`: the next fault that waits for it. */
export const CUES = ['next', 'hint', 'end'] as const;
const CUE_WORDS = { next: 'asks for the next fault', hint: 'asks for a hint', end: 'ends the drill' } as const;

const NO_DRILL = refuse('not_now', 'this is no drill');

const events = {
  drill_cued: event({
    shape: v.object({ cue: v.picklist(CUES) }),
    level: 'system',
    finds: ['drill'],
    fold: () => ({}),
    sentence: ({ data }) => CUE_WORDS[data.cue],
  }),
  drill_scored: event({
    shape: v.object({ score: scoreShape }),
    level: 'key',
    mark: ({ data }) => (data.score.recovered ? 'ok' : 'warn'),
    finds: ['drill'],
    fold: (_, { data }) => ({ score: data.score }),
    sentence: ({ data }) => `DRILL SCORE: ${scoreLines(data.score).join(' · ')}`,
  }),
};
const draft = drafting(events);
const draftStatus = drafting(statusTopic.events);

export const drillTopic = {
  events,
  commands: {
    cue_drill: command({
      shape: v.object({ cue: v.picklist(CUES) }),
      pending: ({ cue }) => CUE_WORDS[cue],
      decide(state, { cue }, context) {
        if (!state.drill) return NO_DRILL;
        return isEnded(state) ? ended(state) : [draft(state, context, 'drill_cued', { cue })];
      },
    }),
    /** Closes what was resolved and cancels what was not. Without a score nobody knows how it went. */
    end_drill: command({
      shape: v.object({ score: maybe(scoreShape) }),
      pending: () => 'the drill ends',
      decide(state, { score }, context) {
        if (!state.drill) return NO_DRILL;
        if (isEnded(state)) return ended(state);
        const to = state.status === 'resolved' ? 'closed' : 'cancelled';
        const { postmortemDueAt } = state.timestamps;
        const why = to === 'closed' ? 'the drill is over' : 'the drill was ended half-way';
        const data = { from: state.status, to, why, updateDueAt: null, postmortemDueAt } as const;
        return [
          ...(score === undefined ? [] : [draft(state, context, 'drill_scored', { score })]),
          draftStatus(state, context, 'status_set', data),
        ];
      },
    }),
  },
};
