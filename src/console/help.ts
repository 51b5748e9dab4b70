/** What help knows: what there is to know where one is, first; all of it by search. Pure. */
import type { Action, Field } from './action.ts';
import { ACTIONS } from './actions/index.ts';
import { textOf } from './draft.ts';
import { formAction } from './form.ts';
import { best, closeness } from './fuzzy.ts';
import { KEYS, keyLabel, PREFIXES, SIGNS, type Place } from './keymap.ts';
import type { Help, Ui } from './state.ts';
import type { View } from './view.ts';

export interface Topic {
  readonly head: string;
  /** What is pressed, typed or asked. */
  readonly keys: string;
  readonly text: string;
  /** What Enter does of it. */
  readonly action?: Action;
}

/** Everything help knows, each with the words it is found by. */
function topics(view: View): readonly Topic[] {
  return [
    ...KEYS.map(({ where, keys, does }) => ({ head: where, keys, text: does })),
    ...PREFIXES.map(({ typed, does }) => ({ head: 'at the start of an entry', keys: typed, text: does })),
    ...ACTIONS.map((action) => commandTopic(action, view)),
    { head: 'signs', keys: SIGNS, text: '' },
  ];
}

function commandTopic(action: Action, view: View): Topic {
  const { key, alt, usage, does } = action;
  const why = action.whyNot?.(view) ?? null;
  return {
    head: 'commands',
    keys: [usage, ...[key, alt].flatMap((each) => (each === undefined ? [] : [keyLabel(each)]))].join('  '),
    text: why === null ? does : `${does} (not now: ${why})`,
    action,
  };
}

/** What has the keys below the help. */
export function helpedPlace({ over }: Help, ui: Ui): Place {
  if (over === null) return ui.focus === 'line' ? 'input line' : 'timeline and panels';
  return over.kind === 'form' ? 'form' : 'list';
}

/** What the form below the help asks for. */
function formTopics({ over }: Help, view: View): readonly Topic[] {
  const action = over?.kind === 'form' ? formAction(over) : null;
  if (action === null) return [];
  const asked = action.fields.map((field) => ({ keys: field.ask, text: about(field, view) }));
  return [...asked, { keys: action.usage, text: 'the same on the input line, without the form' }].map((topic) => ({
    head: 'this form',
    ...topic,
  }));
}

function about(field: Field, view: View): string {
  const need = field.needed ? 'needed' : 'optional';
  if (field.kind === 'person') return `${need}; type a few letters of the name, the arrows pick`;
  if (field.kind === 'text') return field.hint === undefined ? need : `${need}; ${field.hint}`;
  return `${need}; ${field
    .from(view)
    .map(({ label }) => label)
    .join(', ')}`;
}

/** Those that have what was typed; when none has, those that have its letters. */
function searched(asked: string, all: readonly Topic[]): readonly Topic[] {
  const words = ({ keys, text }: Topic): string => `${keys} ${text}`;
  const near = all.filter((topic) => (closeness(asked, words(topic)) ?? 2) < 2);
  return best(asked, near.length > 0 ? near : all, words);
}

/** The topics listed now, the marked one, and the action that Enter does: none while help stands over something else. */
export function helpTopics(
  modal: Help,
  ui: Ui,
  view: View,
): { readonly all: readonly Topic[]; readonly at: number; readonly action: Action | null } {
  const asked = textOf(modal.query);
  const where = helpedPlace(modal, ui);
  const known = [...formTopics(modal, view), ...topics(view)];
  const isHere = ({ head }: Topic): boolean => head === where || head === 'this form';
  const all =
    asked.trim() === '' ? known.toSorted((a, b) => Number(isHere(b)) - Number(isHere(a))) : searched(asked, known);
  const at = Math.max(0, Math.min(modal.at, all.length - 1));
  return { all, at, action: modal.over === null ? (all[at]?.action ?? null) : null };
}
