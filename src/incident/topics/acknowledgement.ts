/** Acknowledgement of the incident, or of one of its alerts. */
import * as v from 'valibot';
import { command, drafting, ended, event } from '../context.ts';
import { refuse } from '../decision.ts';
import { isEnded } from '../incident.ts';
import { instant, maybe, short } from '../shapes.ts';

const events = {
  acknowledged: event({
    shape: v.object({ alert: maybe(v.string()) }),
    level: 'key',
    mark: () => 'people',
    finds: ['ack'],
    fold: ({ ackedBy, timestamps }, { at, by }) => ({
      ackedBy: ackedBy ?? by.name,
      timestamps: { ...timestamps, acknowledgedAt: timestamps.acknowledgedAt ?? at },
    }),
    sentence: ({ data: { alert } }) => (alert === undefined ? 'acknowledged' : `acknowledged alert ${alert}`),
  }),
};
const draft = drafting(events);

export const acknowledgementTopic = {
  events,
  commands: {
    /** With `alert` it goes to the hub, which records it here if the alert belongs to this incident. */
    acknowledge: command({
      shape: v.object({ alert: maybe(short(300)), at: maybe(instant) }),
      pending: ({ alert }) => (alert === undefined ? 'acknowledge' : `acknowledge ${alert}`),
      decide(state, command, context) {
        const { alert, at } = command;
        if (isEnded(state)) return ended(state);
        const { ackedBy, timestamps } = state;
        const owned = timestamps.acknowledgedAt !== null;
        // Alerts are acknowledged one by one; the first also gives the incident its owner.
        if (owned && alert === undefined)
          return refuse('conflict', `${ackedBy ?? 'somebody'} acknowledged it at ${timestamps.acknowledgedAt}`);
        return [draft(state, context, 'acknowledged', { alert }, { at, level: owned ? 'normal' : 'key' })];
      },
    }),
  },
};
