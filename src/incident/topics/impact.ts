/** What the users feel of it, as far as it is known: for the advice on the severity, and for the postmortem. */
import * as v from 'valibot';
import { DATA_LOSS, REVENUE, WORKAROUND, type Impact } from '../advise.ts';
import { command, drafting, ended, event, type Context } from '../context.ts';
import { refuse } from '../decision.ts';
import { isEnded, type Incident } from '../incident.ts';
import { instant, maybe, whole } from '../shapes.ts';
import type { Instant } from '../vocabulary.ts';

/** Percent of users, and minutes of downtime; what is left out stays as it was. */
export const impactShape = v.object({
  users: maybe(v.pipe(v.number(), v.minValue(0), v.maxValue(100))),
  dataLoss: maybe(v.picklist(DATA_LOSS)),
  revenue: maybe(v.picklist(REVENUE)),
  workaround: maybe(v.picklist(WORKAROUND)),
  minutes: maybe(whole(0)),
});
export type ImpactParts = Readonly<v.InferOutput<typeof impactShape>>;

const events = {
  /** All that is known by then. */
  impact_recorded: event({
    shape: impactShape,
    level: 'normal',
    mark: () => 'finding',
    finds: ['impact'],
    fold: (_, { data }) => ({ impact: data }),
    sentence: ({ data }) => `impact: ${impactInWords(data)}`,
  }),
};
const draft = drafting(events);

/** `30 % of users, data loss no, revenue possible, workaround difficult, 12 min of downtime` */
export function impactInWords({ users, dataLoss, revenue, workaround, minutes }: ImpactParts): string {
  const said = [
    users === undefined ? '' : `${users} % of users`,
    dataLoss === undefined ? '' : `data loss ${dataLoss}`,
    revenue === undefined ? '' : `revenue ${revenue}`,
    workaround === undefined ? '' : `workaround ${workaround}`,
    minutes === undefined ? '' : `${minutes} min of downtime`,
  ].filter((part) => part !== '');
  return said.length === 0 ? 'not known' : said.join(', ');
}

/** What is known of the impact, for the advice. */
export const impactOf = ({ users, dataLoss, revenue, workaround }: ImpactParts): Impact => ({
  users: users ?? null,
  dataLoss: dataLoss ?? 'unknown',
  revenue: revenue ?? 'unknown',
  workaround: workaround ?? 'unknown',
});

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
          ? refuse('conflict', `the impact is recorded so already: ${impactInWords(impact)}`)
          : drafts;
      },
    }),
  },
};
