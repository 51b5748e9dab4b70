/** Record what the public was told; the deadline of the next public update starts again. */
import { formatDuration, parseDuration, spanInWords } from '../../incident/time.ts';
import { isEnded } from '../../incident/incident.ts';
import { mayTell } from '../../incident/authority.ts';
import { updateEvery } from '../../incident/policy.ts';
import { span, type Line } from '../../terminal/text.ts';
import { noIncident, type HubAction, authority, printed } from '../action.ts';
import type { View } from '../view.ts';

export const updateAction: HubAction = {
  name: 'update',
  key: 'f8',
  alt: 'alt-u',
  does: 'log what the public was told; the next update is due from then',
  hint: 'update',
  usage: '/update text [next: 30m]',
  group: 'act',
  whyNot(view) {
    const { incident } = view;
    if (incident !== null && isEnded(incident)) return `the incident is ${incident.status}`;
    if (incident !== null && mayTell(incident, view.me)) return noIncident(view);
    return noIncident(view) ?? authority(view, 'or COMMS tells the public');
  },
  title: () => 'PUBLIC UPDATE   for the record: nothing is sent from here',
  verb: 'log it',
  fields: [
    { kind: 'text', name: 'public', ask: 'What was the public told?', needed: true, hint: 'word for word' },
    { kind: 'text', name: 'next', ask: 'Next in', inline: true, initial: usualNext },
  ],
  /** The text after `next:` is the time until the next public update. */
  parse(args) {
    const [, text = '', next = ''] = /^([\s\S]*?)(?:(?:^|\s)next:\s*(\S+))?\s*$/i.exec(args) ?? [];
    return { public: text, next };
  },
  print(command) {
    if (command.kind !== 'update_public') return null;
    return printed(
      '/update',
      command.text,
      command.nextMs === undefined ? '' : `next: ${formatDuration(command.nextMs)}`,
    );
  },
  command(_, { public: told = '', next = '' }) {
    const text = told.trim();
    if (text === '') return 'say what the public was told';
    if (next.trim() === '') return { kind: 'update_public', text };
    const nextMs = parseDuration(next.trim());
    if (nextMs === null || nextMs === 0) return `"${next}" is no time span; write 30m or 1h30m`;
    return { kind: 'update_public', text, nextMs };
  },
  advice: toldBefore,
};

/** The policy's interval; empty where no further update is due. */
function usualNext({ incident, policy }: View): string {
  if (incident === null || policy === null) return '';
  const every = updateEvery(policy, incident.severity, incident.status);
  return every === null ? '' : formatDuration(every);
}

function toldBefore({ incident, now }: View): readonly Line[] {
  const last = incident?.lastPublic ?? null;
  if (last === null) return [[span('nothing was told so far', 'dim')]];
  return [[span(`told ${spanInWords(now - Date.parse(last.at))} ago by ${last.by}:`, 'dim'), span(` ${last.text}`)]];
}
