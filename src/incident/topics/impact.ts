/** What the users feel of it, as far as it is known: for the advice on the severity, and for the postmortem. */
import * as v from 'valibot';
import { impactInWords, impactShape, type ImpactParts } from '../advise.ts';
import { command, drafting, ended, event, type Context } from '../context.ts';
import { refuse } from '../decision.ts';
import { isEnded, type Incident } from '../incident.ts';
import { instant, maybe } from '../shapes.ts';
import type { Instant } from '../vocabulary.ts';

const events = {
  /** All that is known by then. */
  impact_recorded: event({
    shape: impactShape,
    mark: () => 'finding',
    finds: ['impact'],
    fold: (_, { data }) => ({ impact: data }),
    sentence: ({ data }) => `impact: ${impactInWords(data)}`,
  }),
};
const draft = drafting(events);

/** The entry that `said` leads to beside those of another command; none where it says nothing new. */
export function impactDrafts(state: Incident, context: Context, said: ImpactParts | undefined, at: Instant) {
  const before: ImpactParts = state.impact ?? {};
  const impact = { ...before, ...said };
  return impactInWords(impact) === impactInWords(before)
    ? []
    : [draft(state, context, 'impact_recorded', impact, { at })];
}

export const impactTopic = {
  events,
  commands: {
    record_impact: command({
      shape: v.object({ impact: impactShape, at: maybe(instant) }),
      pending: ({ impact }) => `impact: ${impactInWords(impact)}`,
      decide(state, { impact, at }, context) {
        if (isEnded(state)) return ended(state);
        const drafts = impactDrafts(state, context, impact, at ?? context.now);
        return drafts.length === 0
          ? refuse('conflict', `this impact is recorded already: ${impactInWords(impact)}`)
          : drafts;
      },
    }),
  },
};
