/** Keys and pastes while a modal is open; forms have a file of their own. Pure. */
import { type Key, emptyDraft, typeKey } from '../terminal/editor.ts';
import { actionOnKey } from './actions/index.ts';
import { begin } from './dispatch.ts';
import { SWALLOW_MS, formKey, formPaste } from './form.ts';
import { helpTopics } from './help.ts';
import { listOf, runFrom } from './lists.ts';
import { clamp, type ListKeys } from './open-list.ts';
import { offerKey } from './announce.ts';
import { noIncident } from './action.ts';
import { openTrace } from './actions/trace.ts';
import { idsIn } from './entry-lines.ts';
import { findingOf } from './trace-lines.ts';
import {
  type Brief,
  type Form,
  type Help,
  type Keys,
  type Modal,
  type TraceModal,
  type UiChange,
  type Ui,
  say,
  stay,
  submitting,
  withEffect,
} from './state.ts';
import { entry, type View } from './view.ts';

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

/** A key while the brief is shown: it scrolls, closes or answers the offer; null: it closes the brief and does more. */
export function briefKey(ui: Ui, modal: Brief, key: Key, view: View): UiChange | null {
  const by = { up: -1, down: 1, pageup: -10, pagedown: 10 }[key.name] ?? 0;
  if (by !== 0) return stay({ ...ui, modal: { ...modal, scroll: Math.max(0, modal.scroll + by) } });
  if (modal.offered) return offerKey(ui, modal.openedAt, key, view);
  return ['escape', 'enter', 'alt-i'].includes(key.name) ? stay({ ...ui, modal: null }) : null;
}

/** A pasted text goes to the field that is being typed in. */
export function modalPaste(ui: Ui, modal: Modal, text: string, view: View): Ui {
  if (modal.kind === 'form') return { ...ui, modal: formPaste(modal, text, view) };
  if (!('query' in modal)) return ui;
  const query = typeKey(modal.query, { name: 'paste', text: text.replaceAll('\n', ' ') });
  return { ...ui, modal: { ...modal, query } };
}

/** A key in any modal but a form. */
function listKey(ui: Ui, modal: Exclude<Modal, Form>, key: Key, view: View): UiChange {
  if (modal.kind === 'keys') return stay({ ...ui, modal: keysKey(modal, key) });
  const page = 'scroll' in modal ? 10 : 8;
  const by = { up: -1, down: 1, pageup: -page, pagedown: page }[key.name] ?? 0;
  if ('scroll' in modal) {
    if (by !== 0) return stay({ ...ui, modal: { ...modal, scroll: Math.max(0, modal.scroll + by) } });
    if (modal.kind === 'trace') return key.name === 'enter' ? logTrace(ui, modal, view) : stay(ui);
    if (modal.kind !== 'detail') return stay(ui);
    const [id] = key.name === 't' ? idsOf(modal.seq, view) : [];
    if (id !== undefined) return openTrace(ui, id, view);
    if (key.name === 'ctrl-y') return begin(ui, 'copy', view, { args: `#${modal.seq}` });
    return stay(key.name === 'enter' ? { ...ui, modal: null } : ui);
  }
  const list = modal.kind === 'help' ? helpKeys(ui, modal, view) : listOf(ui, modal, view);
  if (by !== 0) {
    const at = clamp(list.at + by, list.count);
    return stay({ ...ui, modal: 'query' in modal ? { ...modal, at } : { ...modal, at, marked: list.idOf?.(at) } });
  }
  if (key.name === 'enter' && list.count === 0 && !('query' in modal)) return stay({ ...ui, modal: null });
  if (key.name === 'enter' && list.enter !== null) return list.enter();
  const done = list.other?.(key) ?? null;
  if (done !== null || !('query' in modal)) return done ?? stay(ui);
  return stay({ ...ui, modal: { ...modal, query: typeKey(modal.query, key), at: modal.kind === 'search' ? -1 : 0 } });
}

const idsOf = (seq: number, view: View): readonly string[] => {
  const event = entry(view, seq);
  return event === undefined ? [] : idsIn(event);
};

/** Enter logs what was found as a finding, also that nothing was. */
function logTrace(ui: Ui, { id, answer }: TraceModal, view: View): UiChange {
  if (answer?.trace === undefined) return stay(ui);
  const why = noIncident(view);
  if (why !== null) return stay(say(ui, why, view.mono, true));
  const command = { kind: 'note', form: 'finding', text: findingOf(id, answer.trace, ui.zone) } as const;
  return withEffect({ ...ui, modal: null }, submitting(command, view));
}

function helpKeys(ui: Ui, modal: Help, view: View): ListKeys {
  const { all, at, action } = helpTopics(modal, ui, view);
  return { at, count: all.length, enter: action === null ? null : () => runFrom(ui, action, view, true) };
}

function keysKey(modal: Keys, key: Key): Keys {
  const typed = key.text === undefined ? '' : ` types ${JSON.stringify(key.text)}`;
  const action = actionOnKey(key.name);
  const does = action === undefined ? '' : `: ${action.does}`;
  return { ...modal, seen: [...modal.seen, `${key.name}${typed}${does}`].slice(-8) };
}
