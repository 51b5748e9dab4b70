/** How incidents belong together: two that are linked, one that goes on in another. Both records say so. */
import * as v from 'valibot';
import { mayCommand, notYours } from '../authority.ts';
import { BOUNDS, shortenText } from '../bounds.ts';
import { drafting, ended, event, internal } from '../context.ts';
import { refuse } from '../decision.ts';
import { isEnded, type Incident } from '../incident.ts';
import { incidentIdShape, title } from '../shapes.ts';

const other = { incident: incidentIdShape, title };

const events = {
  /** The other incident has to do with this one, or was merged into it. */
  linked: event({
    shape: v.object({ incident: v.string(), title: v.string(), merged: v.boolean() }),
    level: 'key',
    mark: () => 'key',
    finds: ['link'],
    fold: (state, { data: { incident, title } }) => related(state, incident, title),
    sentence: ({ data: { incident, title, merged } }) =>
      `${merged ? 'merged with' : 'linked to'} ${incident}: ${title}`,
  }),
  /** This incident is over here and goes on in the other; its entries keep their numbers. */
  merged: event({
    shape: v.object({ into: v.string(), title: v.string() }),
    level: 'key',
    mark: () => 'key',
    finds: ['link', 'status'],
    fold: (state, { at, data: { into, title } }) => ({
      ...related(state, into, title),
      status: 'merged',
      statusSince: at,
      deadlines: { ...state.deadlines, updateDueAt: null },
      updateSetAt: null,
      timestamps: { ...state.timestamps, closedAt: at },
    }),
    sentence: ({ data: { into, title } }) => `MERGED into ${into}: ${title}`,
  }),
};
const draft = drafting(events);

const related = ({ related }: Incident, incident: string, title: string): Partial<Incident> => ({
  related: [
    ...related.filter(({ id }) => id !== incident),
    { id: incident, title: shortenText(title, BOUNDS.why) },
  ].slice(-BOUNDS.related),
});

/** Asked of the hub, which sees both records and writes into each. */
export const relationsTopic = {
  events,
  commands: {
    link_incident: internal({
      shape: v.object({ ...other, merged: v.boolean() }),
      decide(state, { incident, title, merged }, context) {
        if (incident === state.id) return refuse('invalid', 'that is this incident');
        if (!merged && state.related.some(({ id }) => id === incident))
          return refuse('conflict', `${incident} is linked already`);
        return [draft(state, context, 'linked', { incident, title, merged })];
      },
    }),
    merge_incident: internal({
      shape: v.object(other),
      decide(state, { incident, title }, context) {
        if (isEnded(state)) return ended(state);
        if (incident === state.id) return refuse('invalid', 'that is this incident');
        if (!mayCommand(state, context.actor.name)) return notYours(state, 'merges incidents');
        return [draft(state, context, 'merged', { into: incident, title })];
      },
    }),
  },
};
