/** What the public was told, for the record: the clock of the next update starts anew. */
import { isEnded, mayTell } from '../../incident/incident.ts';
import { span, type Line } from '../../terminal/text.ts';
import { noIncident, type Asking } from '../action.ts';
import type { View } from '../view.ts';
import { ago } from '../when.ts';
import { authority } from './authority.ts';

export const update: Asking = {
  name: 'update',
  key: 'f8',
  alt: 'alt-u',
  does: 'log what the public was told; the next update is due from then',
  hint: 'update',
  usage: '/update text',
  group: 'act',
  whyNot(view) {
    const { incident } = view;
    if (incident !== null && isEnded(incident)) return `the incident is ${incident.status}`;
    if (incident !== null && mayTell(incident, view.me)) return noIncident(view);
    return noIncident(view) ?? authority(view, 'or COMMS tells the public');
  },
  title: () => 'PUBLIC UPDATE   for the record: nothing is sent from here',
  verb: 'log it',
  fields: [{ kind: 'text', name: 'public', ask: 'What was the public told?', needed: true, hint: 'word for word' }],
  parse: (args) => ({ public: args }),
  command({ incident }, values) {
    const text = (values['public'] ?? '').trim();
    if (incident === null) return 'no incident is open';
    if (text === '') return 'say what the public was told';
    return { kind: 'set_status', to: incident.status, public: text, seen: incident.status };
  },
  advice: (view) => [...toldBefore(view), ...nextDue(view)],
};

function toldBefore({ incident, now }: View): readonly Line[] {
  const last = incident?.lastPublic ?? null;
  if (last === null) return [[span('nothing was told so far', 'dim')]];
  return [[span(`told ${ago(now - Date.parse(last.at))} ago by ${last.by}:`, 'dim'), span(` ${last.text}`)]];
}

function nextDue({ incident, policy }: View): readonly Line[] {
  const every = incident === null ? null : (policy?.severities[incident.severity].updateMs ?? null);
  return every === null ? [] : [[span(`the next one is due ${every / 60_000} min later`, 'dim')]];
}
