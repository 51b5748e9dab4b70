/** Hand command over: an offer that the other accepts; the old IC stays until then. */
import { noIncident, type Asking } from '../action.ts';
import { briefLines } from '../entries.ts';
import { mistyped, person } from './roles.ts';
import type { View } from '../view.ts';

export const handover: Asking = {
  name: 'handover',
  key: 'f7',
  alt: 'alt-h',
  does: 'hand command over',
  hint: 'hand over',
  usage: '/handover NAME',
  group: 'act',
  whyNot(view) {
    const ic = view.incident?.roles.ic;
    if (view.incident !== null && ic !== view.me)
      return ic ? `only the IC hands over; that is ${ic}` : 'nobody is IC: take it with /role ic me';
    return noIncident(view);
  },
  title: () => 'HAND OVER INCIDENT COMMAND',
  verb: 'offer command',
  fields: [{ kind: 'person', name: 'name', ask: 'To', needed: true, others: true }],
  parse: (args, view) => mistyped(person(args, view), view) ?? { name: person(args, view) },
  command(view, { name = '' }) {
    const who = person(name, view);
    if (who === '') return 'say who takes command';
    if (who === view.me) return 'you are IC already';
    return { kind: 'offer_command', name: who };
  },
  advice: (view) => (view.incident === null ? [] : briefLines(view.incident, view.now, 68)),
  watch: (view) => ({ what: 'ic', value: view.incident?.roles.ic ?? null }),
};

const offered = (view: View): string | null => {
  const offer = view.incident?.offer ?? null;
  if (view.incident === null) return noIncident(view);
  if (offer === null) return 'command is not on offer';
  return offer.name === view.me ? noIncident(view) : `command is offered to ${offer.name}`;
};

export const accept: Asking = {
  name: 'accept',
  does: 'accept command: you are IC',
  usage: '/accept',
  group: 'act',
  whyNot: offered,
  fields: [],
  parse: () => ({}),
  command: () => ({ kind: 'accept_command' }),
};

export const decline: Asking = {
  name: 'decline',
  does: 'decline command, or withdraw your offer',
  usage: '/decline',
  group: 'act',
  whyNot: (view) => (view.incident?.offer?.from === view.me ? noIncident(view) : offered(view)),
  fields: [],
  parse: () => ({}),
  command: () => ({ kind: 'decline_command' }),
};
