/** A command as the line one would type for it, so that what the hub refused comes back into the draft. Pure. */
import type { AnyCommand } from '../incident/topic.ts';
import type { ConsoleCommand } from '../protocol/command.ts';
import { clockTime, DAY, formatDuration, isoTime, type Zone } from '../incident/time.ts';
import type { Pending } from '../../panels/model.ts';
import { readEntry } from './parse-note.ts';

/** A command of this console that is not acknowledged, with all that was asked. */
export interface Asked extends Pending {
  readonly command?: AnyCommand;
}

/** The newest of `pending` that the hub refused. */
export const newestRefused = (pending: readonly Asked[]): Asked | undefined =>
  pending.findLast(({ state }) => state === 'refused');

/** The line that asks for the same again; the words it was shown with where there is none. */
export const retyped = ({ command, text, at }: Asked, zone: Zone): string =>
  (command === undefined ? null : lineOf(command as ConsoleCommand, zone, at)) ?? text;

/** Null: nobody types that. */
function lineOf(command: ConsoleCommand, zone: Zone, typedAt: number): string | null {
  switch (command.kind) {
    case 'note':
      return noteLine(command, zone, typedAt);
    case 'declare':
      // Without its severity the form opens again: a rehearsal must not come back as the real thing.
      return command.drill ? `/declare ${command.title}` : `/declare ${command.severity} ${command.title}`;
    case 'acknowledge':
      return '/ack';
    case 'set_severity':
      return line('/sev', command.to, command.why);
    case 'set_status':
      return line('/status', command.to, command.why, command.public && `public: ${command.public}`);
    case 'update_public':
      return line(
        '/update',
        command.text,
        command.nextMs === undefined ? undefined : `next: ${formatDuration(command.nextMs)}`,
      );
    case 'assign_role':
      return line('/role', command.role, command.name, command.why && `because ${command.why}`);
    case 'release_role':
      return line('/release', command.role);
    case 'offer_command':
      return line('/handover', command.name);
    case 'accept_command':
      return '/accept';
    case 'decline_command':
      return '/decline';
    case 'amend':
      return line('/amend', `#${command.ref}`, command.text, `because ${command.why}`);
    case 'retract':
      return line('/retract', `#${command.ref}`, command.why);
    case 'pin':
      return line('/pin', `#${command.ref}`);
    case 'silence':
      return line('/silence', command.matcher, `${clockTime(Date.parse(command.until), zone)}`, command.why);
    case 'unsilence':
      return line('/unsilence', command.id);
    case 'reload':
      return '/reload';
    case 'inspect':
      return line('/inspect', command.target);
    case 'change_alert':
    case 'mark_change':
      return null;
    default:
      command satisfies never;
      return null;
  }
}

const line = (...words: readonly (string | undefined)[]): string => words.filter((word) => word).join(' ');

function noteLine(note: Extract<ConsoleCommand, { kind: 'note' }>, zone: Zone, typedAt: number): string {
  const { text, form, at, re, pin, closes } = note;
  if (closes === true && re !== undefined) return `/done #${re} ${text}`;
  const before = [
    pin ? '!' : '',
    at === undefined ? '' : `${timeText(Date.parse(at), zone, typedAt)} `,
    re === undefined ? '' : `#${re} `,
  ];
  const plain = before.join('') === '';
  if (form !== undefined && form !== 'note') return `/${form} ${before.join('')}${text}`;
  if (text.startsWith('/') && plain) return `/${text}`;
  // Words that look like a time or a number stay words.
  const bare = readEntry(text, { now: at === undefined ? 0 : Date.parse(at), zone });
  const means = 'trouble' in bare || bare.text !== text;
  return plain && means ? ` ${text}` : `${before.join('')}${text}`;
}

/** The time of day alone where that is read back as the same moment, else with its date. */
const timeText = (at: number, zone: Zone, typedAt: number): string =>
  Math.abs(typedAt - at) < DAY / 2 ? clockTime(at, zone) : isoTime(at, zone);
