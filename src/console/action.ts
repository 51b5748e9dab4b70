/**
 * The contract of an action, from which its slash command, key, form, hint, help, palette entry and docs are made; and
 * the reasons, in words, why an action is not possible now.
 */
import { isEnded, type TriageAnswer } from '../incident/incident.ts';
import type { Zone } from '../incident/time.ts';
import type { ConsoleCommand } from '../protocol/command.ts';
import { mayCommand, onlyTheCommander } from '../incident/authority.ts';
import type { Line } from '../terminal/text.ts';
import type { ModalSize } from './modal-parts.ts';
import { stay, withModal, type UiChange, type Ui, type WatchedValue } from './state.ts';
import { notKnown, type View } from './view.ts';

export type Values = Readonly<Record<string, string>>;

export interface Choice {
  readonly value: string;
  readonly label: string;
  /** Shown after the label: what the choice means or starts. */
  readonly about?: string;
  /** Shown below it while it is chosen. */
  readonly more?: string;
}

interface Asked {
  readonly name: string;
  /** The label of the field. */
  readonly ask: string;
  readonly needed?: boolean;
  /** Of a choice without it, and without advice: the first there is. Empty, a needed choice waits for a person. */
  readonly initial?: (view: View) => string;
  /** What is advised, given the other fields: the value until a person gives another; null: no advice. */
  readonly advised?: (view: View, others: Values) => string | null;
  /** What the room knows of it; Tab takes the first into an empty text field. */
  readonly known?: (view: View) => readonly string[];
  /** The answer on the record, shown while nothing is typed. */
  readonly answer?: (view: View) => Pick<TriageAnswer, 'seq' | 'text' | 'by'> | null;
  /** Label and value share one row. */
  readonly inline?: true;
  /** Whether the other fields leave something to ask here; always if absent. */
  readonly shown?: (values: Values) => boolean;
}
export type Field =
  | (Asked & { readonly kind: 'choice'; readonly from: (view: View) => readonly Choice[] })
  | (Asked & {
      readonly kind: 'text';
      readonly hint?: string;
      /** A text of many lines: it takes the rows there are, and Up and Down move in it. */
      readonly tall?: true;
    })
  /** `others`: everybody but oneself. */
  | (Asked & { readonly kind: 'person'; readonly others?: true });

/** The section in help and docs. */
export type Group = 'write' | 'act' | 'look' | 'room';

interface Common {
  readonly name: string;
  readonly alias?: readonly string[];
  /** A function or Ctrl key. */
  readonly key?: string;
  /** An Alt key that does the same. */
  readonly alt?: string;
  /** In a few words: `set the severity`. */
  readonly does: string;
  /** One word for the hint line. */
  readonly hint?: string;
  /** `/name` if absent. */
  readonly usage?: string;
  /** Why the action is not possible now, in words; null when it is. */
  readonly whyNot?: (view: View) => string | null;
}

/** How the times of a printed line are written. */
export interface PrintContext {
  readonly zone: Zone;
  /** When the command was typed, ms since 1970. */
  readonly typedAt: number;
  readonly incident?: string | null;
}
type Words = readonly (string | false | null | undefined)[];

/** The trimmed values that are not empty. */
export const filled = <Name extends string>(
  values: Readonly<Record<Name, string>>,
): { readonly [name in Name]?: string } =>
  Object.fromEntries(
    Object.entries<string>(values).flatMap(([name, value]) => (value.trim() === '' ? [] : [[name, value.trim()]])),
  ) as { [name in Name]?: string };

/** The value of the field that is added for a confirming word. */
export const CONFIRM = 'confirm';
/** A confirming word as typed -> as it is asked for: `1,500` -> `1500`. */
export const confirmed = (typed: string): string =>
  typed.trim().replace(/^\d{1,3}(?:,\d{3})+$/, (number) => number.replaceAll(',', ''));

/** Why a command may be unintended. `incident`: the one that may be meant, to which Alt-J goes. */
interface Doubt {
  readonly text: string;
  readonly incident?: string;
}

/** An action that sends a command to the hub. Without fields it has no form. */
export interface HubAction extends Common {
  readonly title?: (view: View, values: Values) => string;
  /** The verb for Enter in the form; the action's name if absent. */
  readonly verb?: string;
  /** The field that has the focus when the form opens; the first if absent. */
  readonly first?: (view: View) => string | undefined;
  /** Enter submits the field in focus alone, and goes on to the next without an answer. */
  readonly each?: true;
  /** The fields whose words Esc keeps for when the form is opened again for this incident. */
  readonly keeps?: readonly string[];
  /** The field by which these words are told apart, where there is one draft for each of its values. */
  readonly keptBy?: string;
  /** Typed without arguments it runs with its initial choices; only its key opens the form. */
  readonly atOnce?: true;
  /** Where this holds its key alone does it, without the form. */
  readonly alone?: (ui: Ui, view: View) => boolean;
  readonly fields: readonly Field[];
  /** The trimmed arguments after the slash name -> values, or a sentence about what is wrong. Absent: they are the first field. */
  readonly parse?: (args: string, view: View) => Values | string;
  /** By the kind of a command, the words after the slash name that ask for it again; null: another action asks for it. */
  readonly print?: {
    readonly [Kind in ConsoleCommand['kind']]?: (
      command: Extract<ConsoleCommand, { kind: Kind }>,
      context: PrintContext,
    ) => Words | null;
  };
  /** The command for these values, or a sentence about what is wrong with them. */
  readonly command: (view: View, values: Values) => ConsoleCommand | string;
  /** Text below the fields that helps to decide. */
  readonly advice?: (view: View, values: Values, place: ModalSize) => readonly Line[];
  readonly watch?: (view: View, values: Values) => WatchedValue;
  /** What a second Enter has to confirm; a typed line with a doubt opens the form. Null: nothing. */
  readonly doubt?: (view: View, values: Values) => Doubt | null;
  /** A word to be typed before Enter, as the action is hard to undo; null: none. As typed it is the value `CONFIRM`. */
  readonly confirm?: (view: View, values: Values) => string | null;
}
/** An action on this screen only; nothing is sent. */
export interface ScreenAction extends Common {
  /** Possible first arguments, for completion. */
  readonly words?: (ui: Ui, view: View) => readonly string[];
  /** What it changes, or a sentence about what is wrong. */
  readonly apply: (ui: Ui, view: View, args: string) => UiChange | string;
}
export type Action = HubAction | ScreenAction;

export const isHubAction = (action: Action): action is HubAction => 'fields' in action;

/** An action that opens `modal`. */
export const opens = (modal: Parameters<typeof withModal>[1], action: Common): ScreenAction => ({
  ...action,
  apply: (ui, view) => stay(withModal(ui, modal, view)),
});

export const usageOf = ({ name, usage = `/${name}` }: Action): string => usage;

/** What a field begins with. */
export function initialOf(field: Field, view: View): string {
  const start = field.initial?.(view) ?? '';
  const isLeftToPerson = field.advised !== undefined || (field.needed && field.initial !== undefined);
  return start !== '' || field.kind !== 'choice' || isLeftToPerson ? start : (field.from(view)[0]?.value ?? '');
}

/** Why nothing can be written in an incident now; null when it can. */
export const noIncident = (view: View): string | null => notShown(view) ?? mayNotWrite(view);

/** The line that asks for `command` by `action`; null: it is another action's. */
export function printed({ name, print }: HubAction, command: ConsoleCommand, context: PrintContext): string | null {
  // The lookup loses that kind and fields belong together.
  const words = print?.[command.kind]?.(command as never, context) ?? null;
  return words === null ? null : [`/${name}`, ...words].filter(Boolean).join(' ');
}

/** The arguments after the slash name as values, or a sentence about what is wrong. */
export const parsed = ({ fields, parse }: HubAction, args: string, view: View): Values | string =>
  parse === undefined ? (fields[0] === undefined ? {} : { [fields[0].name]: args }) : parse(args, view);

/** The first word, and what follows it. */
export function firstWord(args: string): readonly [word: string, rest: string] {
  const [, word = '', rest = ''] = /^(\S*)\s*([\s\S]*)$/.exec(args.trim()) ?? [];
  return [word, rest];
}

/** `#38 rest`: the number, where it is one, and the rest. `bare`: it may stand without its sign. */
export function leadingRef(args: string, bare = true): { readonly ref: string | null; readonly rest: string } {
  const [, sign, seq = '', rest = ''] = /^(#?)(\d{1,9})\b\s*([\s\S]*)$/.exec(args) ?? [];
  return seq === '' || (sign === '' && !bare) ? { ref: null, rest: args } : { ref: `#${seq}`, rest };
}

/** Why nothing can be changed in the incident any more or now; null when it can. */
export const notOpen = (view: View): string | null =>
  view.incident !== null && isEnded(view.incident) ? `the incident is ${view.incident.status}` : noIncident(view);

/** Why no incident is shown; null when one is. Only a hub that answers knows that none is open. */
export function notShown(view: Pick<View, 'incident' | 'incidents' | 'link'>): string | null {
  if (view.incident !== null) return null;
  const unknown = notKnown(view, 'which incident is open');
  if (unknown !== null) return unknown;
  const open = view.incidents.filter((each) => !isEnded(each)).length;
  if (open === 0) return 'no incident is open: /declare one, or /list those there are';
  return `no incident is shown yet: /list picks ${open === 1 ? 'the open one' : `one of the ${open} open ones`}`;
}

/** Why nothing is done in the past. */
export const notNow = ({ past }: Pick<View, 'past'>): string =>
  past?.isRunning === true
    ? 'this is the past, nothing is written: Esc returns to now'
    : 'this is a replay, nothing is written';

export const mayNotWrite = (view: View): string | null =>
  view.past !== undefined
    ? notNow(view)
    : view.observer
      ? 'you are here as an observer: you can read, not write'
      : null;

/** Why `view.me` lacks the commander's authority; null with it. `does`: `sets the severity`. */
export function authority(view: View, does: string): string | null {
  const { incident, me } = view;
  if (incident === null || mayCommand(incident, me)) return null;
  const { ic, deputy } = incident.roles;
  const hint = ic === null && deputy === null ? ', or take command: /role ic me' : '';
  return `${onlyTheCommander(incident, does)}${hint}`;
}

/** A thing with a number on the record, as a choice. */
interface Numbered {
  readonly seq: number;
  readonly label?: string;
  readonly about: string;
}

export const refField = (ask: string, items: (view: View) => readonly Numbered[]): Field => ({
  kind: 'choice',
  name: 'ref',
  ask,
  needed: true,
  from: (view) =>
    items(view).map(({ seq, label, about }) => ({
      value: `#${seq}`,
      label: label === undefined ? `#${seq}` : `#${seq} ${label}`,
      about,
    })),
});
export const refOf = ({ ref = '' }: Values): number => Number(ref.replace('#', ''));

type OnOne = Omit<HubAction, 'fields' | 'command' | 'whyNot'> & {
  readonly ask: string;
  readonly items: (view: View) => readonly Numbered[];
  /** Why it is not possible where there are no items. */
  readonly none: string;
  /** What only the commander does: `settles decisions`. */
  readonly commander?: string;
  /** The field of the words after the number. */
  readonly words?: Field;
  /** Whether `38` names an item as `#38` does; default: true. */
  readonly bare?: boolean;
  readonly asks: (ref: number, words: string, view: View, values: Values) => ConsoleCommand | string;
};

/** An action on one of the numbered `items`: the first, unless the line or a person names another. */
export function onOneOf({ ask, items, none, commander, words, bare, asks, ...more }: OnOne): HubAction {
  return {
    fields: [refField(ask, items), ...(words === undefined ? [] : [words])],
    first: () => words?.name,
    whyNot(view) {
      const why = noIncident(view) ?? (items(view).length === 0 ? none : null);
      return why ?? (commander === undefined ? null : authority(view, commander));
    },
    parse(args, view) {
      const { ref, rest } = leadingRef(args, bare);
      return { ref: ref ?? `#${items(view)[0]?.seq ?? ''}`, ...(words && { [words.name]: rest }) };
    },
    command(view, values) {
      const text = (values[words?.name ?? ''] ?? '').trim();
      return words?.needed && text === '' ? 'say why' : asks(refOf(values), text, view, values);
    },
    ...more,
  };
}
