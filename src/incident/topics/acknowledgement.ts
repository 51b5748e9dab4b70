/** Acknowledgement of the incident, or of one of its alerts. */
import * as v from 'valibot';
import { command, drafting, ended, event } from '../context.ts';
import { refuse } from '../decision.ts';
import { isAcknowledged, isEnded } from '../incident.ts';
import { answered, isCalled } from '../paging.ts';
import { plus } from '../policy.ts';
import { instant, maybe, short, time } from '../shapes.ts';
import { throughWhat } from '../vocabulary.ts';

const events = {
  /** `onCallName`: the name under which whoever acknowledged is on call, where that is another. */
  acknowledged: event({
    shape: v.object({ alert: maybe(v.string()), identifyDueAt: maybe(time), onCallName: maybe(v.string()) }),
    level: 'key',
    mark: () => 'people',
    finds: ['ack'],
    fold(state, { at, by, data: { identifyDueAt, onCallName = by.name } }) {
      const { ackedBy, timestamps, paging } = state;
      return {
        ackedBy: ackedBy ?? by.name,
        timestamps: { ...timestamps, acknowledgedAt: timestamps.acknowledgedAt ?? at },
        ...(identifyDueAt === undefined ? {} : { identifyDueAt }),
        // The first answers for everybody; later ones for themselves.
        ...(paging === undefined
          ? {}
          : { paging: isAcknowledged(state) ? answered(paging, onCallName) : answered(paging) }),
      };
    },
    sentence: ({ via, data: { alert } }) =>
      `acknowledged${alert === undefined ? '' : ` alert ${alert}`}${throughWhat(via)}`,
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
        const { ackedBy, timestamps, paging } = state;
        const owned = isAcknowledged(state);
        // Alerts and pages are acknowledged one by one; the first also gives the incident its owner.
        const { name } = context.actor;
        const onCallName = context.onCallName?.(name) ?? name;
        if (owned && alert === undefined && !isCalled(paging, onCallName))
          return refuse('conflict', `${ackedBy ?? 'somebody'} acknowledged it at ${timestamps.acknowledgedAt}`);
        const isFirst = timestamps.acknowledgedAt === null;
        const identifyDueAt = isFirst ? plus(context.now, context.policy.escalation.identifyMs) : undefined;
        const data = { alert, identifyDueAt, onCallName: onCallName === name ? undefined : onCallName };
        return [draft(state, context, 'acknowledged', data, { at, level: owned ? 'normal' : 'key' })];
      },
    }),
  },
};
