/** Keys and pastes while a modal is open: what all modals share, and the lists; forms have a file of their own. Pure. */
import type { Action } from './action.ts';
import { ACTIONS, actionNamed, actionOnKey } from './actions/index.ts';
import { copy } from './actions/look.ts';
import { perform } from './dispatch.ts';
import { type Draft, type Key, emptyDraft, draftOf, textOf, typeKey } from '../terminal/editor.ts';
import { SWALLOW_MS, formKey, formPaste } from './form.ts';
import { best, closeness } from '../incident/fuzzy.ts';
import { helpTopics } from './help.ts';
import { jump } from './scroll.ts';
import {
  type Detail,
  type Form,
  type Help,
  type Keys,
  type Listing,
  type Modal,
  type Palette,
  type Past,
  type Search,
  type Transition,
  type Ui,
  stay,
  withEffect,
} from './state.ts';
import { type View, found } from './view.ts';

/** A key while `modal` is on top. */
export function modalKey(ui: Ui, modal: Modal, key: Key, view: View): Transition {
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
export function listKey(ui: Ui, modal: Exclude<Modal, Form>, key: Key, view: View): Transition {
  switch (modal.kind) {
    case 'palette':
      return paletteKey(ui, modal, key, view);
    case 'search':
      return searchKey(ui, modal, key, view);
    case 'help':
      return helpKey(ui, modal, key, view);
    case 'detail':
      return detailKey(ui, modal, key, view);
    case 'incidents':
    case 'people':
      return pickKey(ui, modal, key, view);
    case 'brief':
      return stay({ ...ui, modal: { ...modal, scroll: Math.max(0, modal.scroll + step(key, 10)) } });
    case 'history':
      return pastKey(ui, modal, key);
    case 'keys':
      return stay({ ...ui, modal: keysKey(modal, key) });
    default:
      return modal satisfies never;
  }
}

/**
 * Actions that fit what is typed in the palette: where a word begins with it first, and among equals those that can be
 * done now. One that cannot be done still stands before those that merely have its letters: Enter must not do another.
 * While nothing is typed those done last come first.
 */
export function offered(query: Draft, view: View, recent: readonly string[] = []): readonly Action[] {
  const typed = textOf(query);
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

function paletteKey(ui: Ui, modal: Palette, key: Key, view: View): Transition {
  const actions = offered(modal.query, view, ui.recent);
  const by = step(key);
  if (by !== 0) return stay({ ...ui, modal: { ...modal, at: clamp(modal.at + by, actions.length) } });
  const action = actions[clamp(modal.at, actions.length)];
  if (key.name === 'enter' && action !== undefined) {
    const { done, ...next } = perform({ ...ui, modal: null }, action, '', view);
    return done ? next : { ...next, ui: { ...next.ui, modal } };
  }
  if (key.name === 'tab' && action !== undefined && textOf(ui.draft) === '')
    return stay({ ...ui, modal: null, focus: 'line', draft: draftOf(`/${action.name} `) });
  return stay({ ...ui, modal: { ...modal, query: typeKey(modal.query, key), at: 0 } });
}

function searchKey(ui: Ui, modal: Search, key: Key, view: View): Transition {
  const hits = found(textOf(modal.query), view);
  const last = hits.length - 1;
  const at = modal.at < 0 ? last : Math.min(modal.at, last);
  const by = step(key);
  if (by !== 0) return stay({ ...ui, modal: { ...modal, at: clamp(at + by, hits.length) } });
  const hit = hits[at];
  if (key.name === 'enter') {
    const closed: Ui = { ...ui, modal: null, sought: textOf(modal.query) };
    return stay(hit === undefined ? closed : jump(closed, hit.seq, view));
  }
  if (key.name === 'ctrl-y' && hit !== undefined) return copy.apply(ui, view, `#${hit.seq}`);
  return stay({ ...ui, modal: { ...modal, query: typeKey(modal.query, key), at: -1 } });
}

function helpKey(ui: Ui, modal: Help, key: Key, view: View): Transition {
  const { all, at, action } = helpTopics(modal, ui, view);
  const by = step(key);
  if (by !== 0) return stay({ ...ui, modal: { ...modal, at: clamp(at + by, all.length) } });
  if (key.name === 'enter' && action !== null) {
    const { done, ...next } = perform({ ...ui, modal: null }, action, '', view, true);
    return done ? next : { ...next, ui: { ...next.ui, modal } };
  }
  return stay({ ...ui, modal: { ...modal, query: typeKey(modal.query, key), at: 0 } });
}

function detailKey(ui: Ui, modal: Detail, key: Key, view: View): Transition {
  const by = step(key, 10);
  if (by !== 0) return stay({ ...ui, modal: { ...modal, scroll: Math.max(0, modal.scroll + by) } });
  if (key.name === 'ctrl-y') return copy.apply(ui, view, `#${modal.seq}`);
  return stay(key.name === 'enter' ? { ...ui, modal: null } : ui);
}

function pickKey(ui: Ui, modal: Listing, key: Key, view: View): Transition {
  const count = modal.kind === 'incidents' ? view.incidents.length : view.people.length;
  const by = step(key);
  if (by !== 0) return stay({ ...ui, modal: { ...modal, at: clamp(modal.at + by, count) } });
  if (key.name !== 'enter') return stay(ui);
  const closed: Ui = { ...ui, modal: null };
  const picked = modal.kind === 'incidents' ? view.incidents[modal.at] : undefined;
  return picked === undefined ? stay(closed) : withEffect(closed, { do: 'follow', incident: picked.id });
}

/** Lines sent from here that fit what is typed, the newest first. */
export const past = (ui: Ui, query: Draft): readonly string[] =>
  best(textOf(query), [...new Set(ui.history.toReversed())], (line) => line);

function pastKey(ui: Ui, modal: Past, key: Key): Transition {
  const lines = past(ui, modal.query);
  const by = step(key);
  if (by !== 0 || key.name === 'ctrl-r')
    return stay({ ...ui, modal: { ...modal, at: clamp(modal.at + (by === 0 ? 1 : by), lines.length) } });
  const line = lines[clamp(modal.at, lines.length)];
  if (key.name !== 'enter') return stay({ ...ui, modal: { ...modal, query: typeKey(modal.query, key), at: 0 } });
  return stay({ ...ui, modal: null, focus: 'line', draft: line === undefined ? ui.draft : draftOf(line) });
}

function keysKey(modal: Keys, key: Key): Keys {
  const typed = key.text === undefined ? '' : ` types ${JSON.stringify(key.text)}`;
  const action = actionOnKey(key.name);
  const does = action === undefined ? '' : `: ${action.does}`;
  return { ...modal, seen: [...modal.seen, `${key.name}${typed}${does}`].slice(-8) };
}
