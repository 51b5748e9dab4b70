/** Keys in the modals that are lists: palette, help, search, incidents, people, an entry in full, key names. Pure. */
import type { Action } from './action.ts';
import { actionNamed, actionOnKey, ACTIONS } from './actions/index.ts';
import { draftOf, textOf, typeKey, type Draft, type Key } from './draft.ts';
import { best, closeness } from './fuzzy.ts';
import { helpTopics } from './help.ts';
import { perform } from './perform.ts';
import { jump } from './scroll.ts';
import { found } from './search.ts';
import {
  stay,
  withEffect,
  type Detail,
  type Form,
  type Help,
  type Keys,
  type Listing,
  type Modal,
  type Past,
  type Palette,
  type Search,
  type Step,
  type Ui,
} from './state.ts';
import type { View } from './view.ts';
import { copy } from './actions/look.ts';

/** A key while a list, or anything else that is no form, is on top. */
export function listKey(ui: Ui, modal: Exclude<Modal, Form>, key: Key, view: View): Step {
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

function paletteKey(ui: Ui, modal: Palette, key: Key, view: View): Step {
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

function searchKey(ui: Ui, modal: Search, key: Key, view: View): Step {
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

function helpKey(ui: Ui, modal: Help, key: Key, view: View): Step {
  const { all, at, action } = helpTopics(modal, ui, view);
  const by = step(key);
  if (by !== 0) return stay({ ...ui, modal: { ...modal, at: clamp(at + by, all.length) } });
  if (key.name === 'enter' && action !== null) {
    const { done, ...next } = perform({ ...ui, modal: null }, action, '', view, true);
    return done ? next : { ...next, ui: { ...next.ui, modal } };
  }
  return stay({ ...ui, modal: { ...modal, query: typeKey(modal.query, key), at: 0 } });
}

function detailKey(ui: Ui, modal: Detail, key: Key, view: View): Step {
  const by = step(key, 10);
  if (by !== 0) return stay({ ...ui, modal: { ...modal, scroll: Math.max(0, modal.scroll + by) } });
  if (key.name === 'ctrl-y') return copy.apply(ui, view, `#${modal.seq}`);
  return stay(key.name === 'enter' ? { ...ui, modal: null } : ui);
}

function pickKey(ui: Ui, modal: Listing, key: Key, view: View): Step {
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

function pastKey(ui: Ui, modal: Past, key: Key): Step {
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
