/**
 * The contract of an action: one thing a responder can do. Its slash form, key, form, hint, help line, palette entry
 * and line in the docs all come from this record. Also the reasons, in words, why an action is not possible now.
 */
import { isEnded } from '../incident/incident.ts';
import type { Zone } from '../incident/time.ts';
import type { ConsoleCommand } from '../protocol/command.ts';
import { mayCommand, onlyTheCommander } from '../incident/authority.ts';
import type { Line } from '../terminal/text.ts';
import type { UiChange, Ui, Watched } from './state.ts';
import { notKnown, type View } from './view.ts';

export type Values = Readonly<Record<string, string>>;

export interface Choice {
  readonly value: string;
  readonly label: string;
  /** Shown after the label: what the choice means or starts. */
  readonly about?: string;
}

interface Asked {
  readonly name: string;
  /** The label of the field. */
  readonly ask: string;
  readonly needed?: boolean;
  readonly initial?: (view: View) => string;
  /** The label and the choices or text share one row. */
  readonly inline?: true;
}
export type Field =
  | (Asked & { readonly kind: 'choice'; readonly from: (view: View) => readonly Choice[] })
  | (Asked & { readonly kind: 'text'; readonly hint?: string })
  /** `others`: everybody but oneself. */
  | (Asked & { readonly kind: 'person'; readonly others?: true });

/** The section in help and docs. */
export type Group = 'write' | 'act' | 'look' | 'room';

interface Common {
  /** The slash name. */
  readonly name: string;
  readonly alias?: readonly string[];
  /** Function key or Ctrl. */
  readonly key?: string;
  /** The same as an Alt key. */
  readonly alt?: string;
  /** A few words, imperative: `set the severity`. */
  readonly does: string;
  /** One word for the hint line; without it the action is not listed there. */
  readonly hint?: string;
  readonly usage: string;
  readonly group: Group;
  /** Why the action is not possible now, in words; null when it is. */
  readonly whyNot?: (view: View) => string | null;
}

/** How times are written in a printed line. */
export interface PrintContext {
  readonly zone: Zone;
  /** When the command was asked for, ms since 1970. */
  readonly typedAt: number;
}
/** The non-empty parts, joined by spaces. */
export const printed = (...parts: readonly (string | undefined)[]): string => parts.filter((part) => part).join(' ');

/** An action that sends a command to the hub. Without fields it has no form. */
export interface HubAction extends Common {
  readonly title?: (view: View) => string;
  /** The verb shown for Enter in the form; the action's name if absent. */
  readonly verb?: string;
  /**
   * Typed without arguments it runs with its initial choices instead of opening the form; its key still opens the form.
   */
  readonly atOnce?: true;
  readonly fields: readonly Field[];
  /** The arguments after the slash name -> values, or a sentence about what is wrong. */
  readonly parse: (args: string, view: View) => Values | string;
  /** The reverse: a command -> the line that asks for it; null for a command of another action. */
  readonly print: (command: ConsoleCommand, context: PrintContext) => string | null;
  /** The command for these values, or a sentence about what is wrong with them. */
  readonly command: (view: View, values: Values) => ConsoleCommand | string;
  /** Text below the fields that helps the person to decide. */
  readonly advice?: (view: View, values: Values) => readonly Line[];
  readonly watch?: (view: View, values: Values) => Watched;
  /** A word the form asks to be typed before Enter, because the action is hard to undo; null: none. */
  readonly confirm?: (view: View, values: Values) => string | null;
}
/** An action on this screen only; nothing is sent. */
export interface ScreenAction extends Common {
  /** Possible first arguments, for completion. */
  readonly words?: (ui: Ui, view: View) => readonly string[];
  readonly apply: (ui: Ui, view: View, args: string) => UiChange;
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

/**
 * Why `view.me` lacks the authority for something only the commander does; null with authority. `does`: `sets the
 * severity`.
 */
export function authority(view: View, does: string): string | null {
  const { incident, me } = view;
  if (incident === null || mayCommand(incident, me)) return null;
  const { ic, deputy } = incident.roles;
  const hint = ic === null && deputy === null ? ', or take command: /role ic me' : '';
  return `${onlyTheCommander(incident, does)}${hint}`;
}
