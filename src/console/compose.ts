/** A typed line -> what it asks for. Plain text is a note; `/name` an action; nothing typed is ever lost or logged by mistake. */
import type { Command } from '../incident/command.ts';
import { noIncident, type Action } from './action.ts';
import { ACTION_NAMES, actionNamed } from './actions/index.ts';
import { help } from './actions/room.ts';
import { closest } from './fuzzy.ts';
import type { View } from './view.ts';
import { noteCommand } from './parse-note.ts';

export type Composed =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'command'; readonly command: Command }
  | { readonly kind: 'action'; readonly action: Action; readonly args: string }
  /** The line stays where it is, and this is said. */
  | { readonly kind: 'trouble'; readonly text: string };

/** What Enter on `line` asks for. */
export function compose(line: string, view: View): Composed {
  if (line.trim() === '') return { kind: 'nothing' };
  if (line.trim() === '?') return { kind: 'action', action: help, args: '' };
  if (line.startsWith('/') && !line.startsWith('//')) return slash(line, view);
  const why = noIncident(view);
  if (why !== null) return { kind: 'trouble', text: why };
  const text = line.startsWith('//') ? ` ${line.slice(1)}` : line;
  const command = noteCommand(text, 'note', view.now, view.zone);
  return typeof command === 'string' ? { kind: 'trouble', text: command } : { kind: 'command', command };
}

function slash(line: string, view: View): Composed {
  const [, name = '', args = ''] = /^\/(\S*)\s*([\s\S]*)$/.exec(line) ?? [];
  const action = actionNamed(name);
  if (action === undefined) {
    const near = closest(name, ACTION_NAMES).map((each) => `/${each}`);
    const hint = near.length > 0 ? `did you mean ${near.join(', ')}?` : 'F1 lists them';
    return { kind: 'trouble', text: `there is no command /${name}: ${hint}   //${name} logs it as text` };
  }
  const why = action.whyNot?.(view) ?? null;
  return why === null
    ? { kind: 'action', action, args: args.trim() }
    : { kind: 'trouble', text: `/${action.name}: ${why}` };
}
