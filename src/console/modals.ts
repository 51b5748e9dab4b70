/** Keys and pastes while a modal is open: what all modals share, and the lists; forms have a file of their own. Pure. */
import type { Action } from './action.ts';
import { ACTIONS, actionNamed, actionOnKey } from './actions/index.ts';
import { copyAction } from './actions/look.ts';
import { perform } from './dispatch.ts';
import {
  type EditorState,
  type Key,
  emptyDraft,
  draftOf,
  isEmptyText,
  editorText,
  typeKey,
} from '../terminal/editor.ts';
import { SWALLOW_MS, formKey, formPaste } from './form.ts';
import { best, closeness } from '../incident/fuzzy.ts';
import { helpTopics } from './help.ts';
import { jump } from './scroll.ts';
import {
  type Form,
  type Help,
  type Keys,
  type Listing,
  type Modal,
  type Palette,
  type TypedBefore,
  type Search,
  type UiChange,
  type Ui,
  stay,
  withEffect,
} from './state.ts';
import { type View, found } from './view.ts';

/** A key while `modal` is on top. */
export function modalKey(ui: Ui, modal: Modal, key: Key, view: View): UiChange {
  if (key.name === 'f1' && modal.kind !== 'help' && modal.kind !== 'keys') {
    const help = { kind: 'help', query: emptyDraft, at: 0, over: modal, openedAt: view.mono } as const;
    return stay({ ...ui, modal: help });
  }
  if (modal.kind === 'form') return formKey(ui, modal, key, view);
  if (key.name === 'escape' || (key.name === 'ctrl-c' && modal.kind !== 'keys'))
    return stay({ ...ui, modal: modal.kind === 'help' ? modal.over : null });
  const early = view.mono - modal.openedAt < SWALLOW_MS;
  return key.name === 'enter' && early ? stay(ui) : listKey(ui, modal, key, view);
}

/** A pasted text goes to the field that is being typed in. */
export function modalPaste(ui: Ui, modal: Modal, text: string): Ui {
  if (modal.kind === 'form') return { ...ui, modal: formPaste(modal, text) };
  if (!('query' in modal)) return ui;
  return {
    ...ui,
    modal: { ...modal, query: typeKey(modal.query, { name: 'paste', text: text.replaceAll('\n', ' ') }) },
  };
}

/** A key while a list, or anything else that is no form, is on top. */
export function listKey(ui: Ui, modal: Exclude<Modal, Form>, key: Key, view: View): UiChange {
  const by = step(key, 'scroll' in modal ? 10 : 8);
  if (modal.kind === 'keys') return stay({ ...ui, modal: keysKey(modal, key) });
  if ('scroll' in modal) {
    if (by !== 0) return stay({ ...ui, modal: { ...modal, scroll: Math.max(0, modal.scroll + by) } });
    if (modal.kind === 'brief') return stay(ui);
    if (key.name === 'ctrl-y') return copyAction.apply(ui, view, `#${modal.seq}`);
    return stay(key.name === 'enter' ? { ...ui, modal: null } : ui);
  }
  const { at, count, enter, other } = listOf(ui, modal, view);
  if (by !== 0) return stay({ ...ui, modal: { ...modal, at: clamp(at + by, count) } });
  if (key.name === 'enter' && enter !== null) return enter();
  const done = other?.(key) ?? null;
  if (done !== null || !('query' in modal)) return done ?? stay(ui);
  return stay({ ...ui, modal: { ...modal, query: typeKey(modal.query, key), at: modal.kind === 'search' ? -1 : 0 } });
}

/** A list as its keys see it. */
interface OpenList {
  readonly at: number;
  readonly count: number;
  /** What Enter does; null: nothing, as the list is empty. */
  readonly enter: (() => UiChange) | null;
  /** Other keys than those that move and type; null: not one of them. */
  readonly other?: (key: Key) => UiChange | null;
}

function listOf(ui: Ui, modal: Palette | Search | Help | Listing | TypedBefore, view: View): OpenList {
  const closed: Ui = { ...ui, modal: null };
  /** Does an action; one that cannot be done leaves the list open. */
  const run =
    (action: Action, byKey = false) =>
    (): UiChange => {
      const { done, ...next } = perform(closed, action, '', view, byKey);
      return done ? next : { ...next, ui: { ...next.ui, modal } };
    };
  switch (modal.kind) {
    case 'palette': {
      const actions = offered(modal.query, view, ui.recent);
      const action = actions[clamp(modal.at, actions.length)];
      if (action === undefined) return { at: modal.at, count: 0, enter: null };
      const toLine = (): UiChange => stay({ ...closed, focus: 'line', draft: draftOf(`/${action.name} `) });
      const other = (key: Key): UiChange | null => (key.name === 'tab' && isEmptyText(ui.draft) ? toLine() : null);
      return { at: modal.at, count: actions.length, enter: run(action), other };
    }
    case 'search': {
      const hits = found(editorText(modal.query), view);
      const at = modal.at < 0 ? hits.length - 1 : Math.min(modal.at, hits.length - 1);
      const hit = hits[at];
      const next: Ui = { ...closed, sought: editorText(modal.query) };
      return {
        at,
        count: hits.length,
        enter: () => stay(hit === undefined ? next : jump(next, hit.seq, view)),
        other: (key) => (key.name === 'ctrl-y' && hit !== undefined ? copyAction.apply(ui, view, `#${hit.seq}`) : null),
      };
    }
    case 'help': {
      const { all, at, action } = helpTopics(modal, ui, view);
      return { at, count: all.length, enter: action === null ? null : run(action, true) };
    }
    case 'incidents':
    case 'people': {
      const picked = modal.kind === 'incidents' ? view.incidents[modal.at] : undefined;
      return {
        at: modal.at,
        count: modal.kind === 'incidents' ? view.incidents.length : view.people.length,
        enter: () => (picked === undefined ? stay(closed) : withEffect(closed, { do: 'follow', incident: picked.id })),
      };
    }
    case 'history': {
      const lines = typedBefore(ui, modal.query);
      const line = lines[clamp(modal.at, lines.length)];
      const older = (): UiChange => stay({ ...ui, modal: { ...modal, at: clamp(modal.at + 1, lines.length) } });
      return {
        at: modal.at,
        count: lines.length,
        enter: () => stay({ ...closed, focus: 'line', draft: line === undefined ? ui.draft : draftOf(line) }),
        other: (key) => (key.name === 'ctrl-r' ? older() : null),
      };
    }
    default:
      return modal satisfies never;
  }
}

/** Lines sent from here that fit what is typed, the newest first. */
export const typedBefore = (ui: Ui, query: EditorState): readonly string[] =>
  best(editorText(query), [...new Set(ui.history.toReversed())], (line) => line);

/**
 * Actions that match the text typed in the palette. Those in which a word begins with it come first, and among equals
 * those that are possible now. An impossible one still comes before those that merely contain the letters, so that
 * Enter does not run another action. While nothing is typed the actions used last come first.
 */
export function offered(query: EditorState, view: View, recent: readonly string[] = []): readonly Action[] {
  const typed = editorText(query);
  const words = (action: Action): string => `${action.does} /${action.name} ${(action.alias ?? []).join(' ')}`;
  if (typed.trim() === '')
    return [
      ...recent.flatMap((name) => actionNamed(name) ?? []),
      ...ACTIONS.filter(({ name }) => !recent.includes(name)),
    ];
  const rank = (action: Action): number => {
    const names = [action.name, ...(action.alias ?? [])];
    const named = names.includes(typed.trim().toLowerCase()) ? 0 : 1;
    const barred = (action.whyNot?.(view) ?? null) === null ? 0 : 1;
    return (closeness(typed, words(action)) ?? 3) * 4 + barred * 2 + named;
  };
  return best(typed, ACTIONS, words).toSorted((a, b) => rank(a) - rank(b));
}

const step = (key: Key, page = 8): number => ({ up: -1, down: 1, pageup: -page, pagedown: page })[key.name] ?? 0;

const clamp = (at: number, count: number): number => Math.max(0, Math.min(at, count - 1));

function keysKey(modal: Keys, key: Key): Keys {
  const typed = key.text === undefined ? '' : ` types ${JSON.stringify(key.text)}`;
  const action = actionOnKey(key.name);
  const does = action === undefined ? '' : `: ${action.does}`;
  return { ...modal, seen: [...modal.seen, `${key.name}${typed}${does}`].slice(-8) };
}
