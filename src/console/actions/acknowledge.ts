/** Acknowledge: somebody owns it now. */
import { noIncident, type Asking } from '../action.ts';

export const acknowledge: Asking = {
  name: 'ack',
  alt: 'alt-a',
  does: 'acknowledge: you are on it',
  hint: 'ack',
  usage: '/ack',
  group: 'act',
  whyNot(view) {
    const { incident } = view;
    if (incident?.timestamps.acknowledgedAt) return `${incident.ackedBy ?? 'somebody'} acknowledged it already`;
    return noIncident(view);
  },
  fields: [],
  parse: () => ({}),
  command: () => ({ kind: 'acknowledge' }),
};
