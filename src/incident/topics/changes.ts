/** External changes: a deploy, a flag, a migration. */
import * as v from 'valibot';
import { BOUNDS, shortenText } from '../bounds.ts';
import { command, drafting, event } from '../context.ts';
import { refuse } from '../decision.ts';
import { NAME_LENGTH } from '../person-name.ts';
import { instant, maybe, short, TEXT_LIMITS } from '../shapes.ts';
import { UNCHANGED } from '../topic.ts';

const events = {
  /** Without `by` it is what the hub was asked to do: a reload, a silence. */
  change_marked: event({
    shape: v.object({ what: v.string(), by: maybe(v.string()), link: maybe(v.string()) }),
    mark: () => 'change',
    finds: ['change', 'deploy'],
    fold({ changes }, { seq, at, data: { what, by, link } }) {
      if (by === undefined) return UNCHANGED;
      const linked = link === undefined ? {} : { link: shortenText(link) };
      const change = { seq, at, what: shortenText(what), by: shortenText(by, BOUNDS.why), ...linked };
      return { changes: [...changes, change].slice(-BOUNDS.changes) };
    },
    sentence: ({ data: { what, by, link } }) =>
      `changed: ${what}${by === undefined ? '' : ` by ${by}`}${link === undefined ? '' : ` ${link}`}`,
  }),
};
const draft = drafting(events);

export const changesTopic = {
  events,
  commands: {
    mark_change: command({
      shape: v.object({
        what: short(TEXT_LIMITS.why),
        by: maybe(short(NAME_LENGTH)),
        link: maybe(short(TEXT_LIMITS.why)),
        at: maybe(instant),
      }),
      pending: ({ what }) => `changed: ${what}`,
      decide(state, { what, by, link, at }, context) {
        if (what.trim() === '') return refuse('invalid', 'say what changed');
        return [draft(state, context, 'change_marked', { what: what.trim(), by, link }, { at })];
      },
    }),
  },
};
