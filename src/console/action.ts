/**
 * The contract of an action: one thing a responder can do. Its slash form, key, form, hint, help line, palette entry
 * and line in the docs all come from this record. Also the reasons, in words, why an action is not possible now.
 */
import { isEnded } from '../incident/incident.ts';
import type { Zone } from '../incident/time.ts';
import type { ConsoleCommand } from '../protocol/command.ts';
import { mayCommand, onlyTheCommander } from '../incident/authority.ts';
import type { Line } from '../terminal/text.ts';
import type { Transition, Ui, Watched } from './state.ts';
import { notKnown, type View } from './view.ts';

export type Values = Readonly<Record<string, string>>;

export interface Choice {
  readonly value: string;
  readonly label: string;
  /** The rest of its line: what it means, what it starts. */
  readonly about?: string;
}

interface Asked {
  readonly name: string;
  /** What stands before it in the form. */
  readonly ask: string;
  readonly needed?: boolean;
  readonly initial?: (view: View) => string;
  /** On one row with its choices or its text. */
  readonly inline?: true;
}
export type Field =
  | (Asked & { readonly kind: 'choice'; readonly from: (view: View) => readonly Choice[] })
  | (Asked & { readonly kind: 'text'; readonly hint?: string })
  /** `others`: not oneself. */
  | (Asked & { readonly kind: 'person'; readonly others?: true });

/** Where it is listed in help and docs. */
export type Group = 'write' | 'act' | 'look' | 'room';

interface Common {
  /** The slash name. */
  readonly name: string;
  readonly alias?: readonly string[];
  /** Function key or Ctrl. */
  readonly key?: string;
  /** The Alt form of the same. */
  readonly alt?: string;
  /** A few words, imperative: `set the severity`. */
  readonly does: string;
  /** One word for the hint line; without it the action is not hinted at. */
  readonly hint?: string;
  readonly usage: string;
  readonly group: Group;
  /** Why it cannot be done now, in words; null when it can. */
  readonly whyNot?: (view: View) => string | null;
}

/** How times are written in a printed line. */
export interface PrintContext {
  readonly zone: Zone;
  /** When the command was asked for, ms since 1970. */
  readonly typedAt: number;
}
/** The parts of a line that are there, in one line. */
export const printed = (...parts: readonly (string | undefined)[]): string => parts.filter((part) => part).join(' ');

/** An action that asks the hub for something. Without fields it is done at once. */
export interface HubAction extends Common {
  readonly title?: (view: View) => string;
  /** What Enter does in its form, in a word; its name if absent. */
  readonly verb?: string;
  /** Its name alone, typed, does it: what it would pick first is what is meant. Its key still opens the form. */
  readonly atOnce?: true;
  readonly fields: readonly Field[];
  /** What stands after the slash name -> values, or a sentence about what is wrong. */
  readonly parse: (args: string, view: View) => Values | string;
  /** The reverse: the line that asks for the same again; null: the command is not one of this action. */
  readonly print: (command: ConsoleCommand, context: PrintContext) => string | null;
  /** Answers a sentence when the values do not do. */
  readonly command: (view: View, values: Values) => ConsoleCommand | string;
  /** Text below the fields that helps to decide. */
  readonly advice?: (view: View, values: Values) => readonly Line[];
  readonly watch?: (view: View, values: Values) => Watched;
  /** A name that its form wants typed before Enter does it, because it is not easily taken back; null: none. */
  readonly confirm?: (view: View, values: Values) => string | null;
}
/** An action on this screen only. */
export interface ScreenAction extends Common {
  /** Words its first argument may be, for completion. */
  readonly words?: (ui: Ui, view: View) => readonly string[];
  readonly apply: (ui: Ui, view: View, args: string) => Transition;
}
export type Action = HubAction | ScreenAction;

export const isHubAction = (action: Action): action is HubAction => 'fields' in action;

/** Why nothing can be written in an incident now; null when it can. */
export const noIncident = (view: View): string | null => notShown(view) ?? mayNotWrite(view);

/** Why no incident is shown; null when one is. That there is none is only said when the hub has said so. */
export function notShown(view: Pick<View, 'incident' | 'incidents' | 'link'>): string | null {
  if (view.incident !== null) return null;
  const unknown = notKnown(view);
  if (unknown !== null) return `${unknown} which incident is open`;
  const open = view.incidents.filter((each) => !isEnded(each)).length;
  if (open === 0) return 'no incident is open: /declare one, or /list those there are';
  return `no incident is shown yet: /list picks ${open === 1 ? 'the open one' : `one of the ${open} open ones`}`;
}

export const mayNotWrite = (view: View): string | null =>
  view.observer ? 'you are here as an observer: you can read, not write' : null;

/** Why `view.me` may not do what only the commander does; null when they may. `does`: `sets the severity`. */
export function authority(view: View, does: string): string | null {
  const { incident, me } = view;
  if (incident === null || mayCommand(incident, me)) return null;
  const { ic, deputy } = incident.roles;
  const hint = ic === null && deputy === null ? ', or take command: /role ic me' : '';
  return `${onlyTheCommander(incident, does)}${hint}`;
}
