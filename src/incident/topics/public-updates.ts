/** Updates for the public. */
import * as v from 'valibot';
import { mayTell, notYours } from '../authority.ts';
import { shortenText } from '../bounds.ts';
import { command, drafting, ended, event } from '../context.ts';
import { refuse } from '../decision.ts';
import { isEnded } from '../incident.ts';
import { plus, updateEvery } from '../policy.ts';
import { instant, TEXT_LIMITS, maybe, textShape, timeOrNull, title, whole } from '../shapes.ts';
import { PUBLIC_STATES } from '../public-words.ts';
import { updateClock } from './folding.ts';

const NEXT_MAX_MS = 7 * 24 * 3_600_000;

const publicState = v.picklist(PUBLIC_STATES);

const events = {
  /** `updateDueAt` null: no next update is promised. */
  public_updated: event({
    shape: v.object({
      text: v.string(),
      updateDueAt: timeOrNull,
      /** What the public is told of the state, where a template was used. */
      state: maybe(publicState),
      component: maybe(v.string()),
      impact: maybe(v.string()),
    }),
    level: 'key',
    visibility: 'public',
    mark: () => 'key',
    finds: ['update'],
    fold: (state, { at, by, data: { text, updateDueAt, component, impact } }) => ({
      deadlines: { ...state.deadlines, updateDueAt },
      updateSetAt: updateClock(state, updateDueAt, at),
      // What is broken and how that shows holds until somebody says otherwise.
      lastPublic: {
        ...state.lastPublic,
        text: shortenText(text, TEXT_LIMITS.text),
        at,
        by: by.name,
        ...(component !== undefined && { component: shortenText(component) }),
        ...(impact !== undefined && { impact: shortenText(impact) }),
      },
    }),
    sentence: ({ data: { text, updateDueAt } }) =>
      `PUBLIC: ${text}${updateDueAt === null ? '' : ` (next by ${updateDueAt.slice(11, 16)}Z)`}`,
  }),
};
const draft = drafting(events);

export const publicUpdatesTopic = {
  events,
  commands: {
    /** `nextMs`: time to the next update; default by policy. */
    update_public: command({
      shape: v.object({
        text: textShape,
        nextMs: maybe(whole(1)),
        state: maybe(publicState),
        component: maybe(title),
        impact: maybe(title),
        at: maybe(instant),
      }),
      pending: ({ text }) => `PUBLIC: ${text}`,
      decide(state, command, context) {
        if (isEnded(state)) return ended(state);
        const { at = context.now } = command;
        const text = command.text.trim();
        if (text === '') return refuse('invalid', 'say what the public was told');
        if (text.length > TEXT_LIMITS.text)
          return refuse('invalid', `an update has at most ${TEXT_LIMITS.text} characters; this one has ${text.length}`);
        if (command.nextMs !== undefined && !(command.nextMs > 0 && command.nextMs <= NEXT_MAX_MS))
          return refuse('invalid', 'the next update is due within a week');
        if (!mayTell(state, context.actor.name)) return notYours(state, 'or COMMS tells the public');
        const { state: told, component, impact } = command;
        const nextMs = command.nextMs ?? updateEvery(context.policy, state.severity, told ?? state.status);
        const updateDueAt = nextMs === null ? null : plus(at, nextMs);
        const data = { text, updateDueAt, state: told, component, impact };
        return [draft(state, context, 'public_updated', data, { at })];
      },
    }),
  },
};
