/** External changes: a deploy, a flag, a migration. */
import * as v from 'valibot';
import { command, drafting, event } from '../context.ts';
import { refuse } from '../decision.ts';
import { instant, maybe } from '../shapes.ts';
import { UNCHANGED } from '../topic.ts';

const change = { what: v.string(), by: maybe(v.string()), link: maybe(v.string()) };

const events = {
  change_marked: event({
    shape: v.object(change),
    level: 'normal',
    mark: () => 'change',
    finds: ['change', 'deploy'],
    fold: () => UNCHANGED,
    sentence: ({ data: { what, by, link } }) =>
      `changed: ${what}${by === undefined ? '' : ` by ${by}`}${link === undefined ? '' : ` ${link}`}`,
  }),
};
const draft = drafting(events);

export const changesTopic = {
  events,
  commands: {
    mark_change: command({
      internal: true,
      shape: v.object({ ...change, at: maybe(instant) }),
      pending: ({ what }) => what,
      decide(state, { what, by, link, at }, context) {
        if (what.trim() === '') return refuse('invalid', 'say what changed');
        return [draft(state, context, 'change_marked', { what, by, link }, { at })];
      },
    }),
  },
};
