/** Keys on the input line. Letters always type, Enter submits, Esc closes or clears one thing at a time. Pure. */
import { TEXT_LIMITS } from '../incident/shapes.ts';
import { suggestions } from './completion.ts';
import { compose, perform, submit, retyped } from './dispatch.ts';
import { type Key, emptyDraft, draftOf, edit, isEmptyText, editorText, typeKey } from '../terminal/editor.ts';
import { newestRefused, type View } from './view.ts';
import { live, nextFocus, pageBack } from './scroll.ts';
import { type UiChange, type Ui, say, stay, withEffect } from './state.ts';

/** For this long Up offers one's own last entry for correction; ms. */
const CORRECT_MS = 2 * 60_000;
/** A second Ctrl-C within this time leaves the console; ms. */
const LEAVE_MS = 2000;
const HISTORY = 200;
/** Rejected lines beside the input, at most; older ones go to the history. */
const SET_ASIDE = 20;

export function lineKey(ui: Ui, key: Key, view: View): UiChange {
  switch (key.name) {
    case 'enter':
      return enter(ui, view);
    case 'escape':
      return escape(ui, view);
    case 'ctrl-c':
      return leaving(ui, view);
    case 'ctrl-d':
      return stay(ui);
    case 'tab':
      return tab(ui, view);
    case 'shift-tab':
      return stay(nextFocus(ui, -1, view));
    case 'up':
    case 'down':
      return vertical(ui, key, view);
    case 'pageup':
    case 'pagedown':
    case 'alt-up':
    case 'alt-down':
      return pageBack(ui, key.name, view);
    case 'alt-end':
      return stay(live(ui, view));
    case 'end':
      return isEmptyText(ui.draft) ? stay(live(ui, view)) : typed(ui, key);
    default:
      return typed(ui, key);
  }
}

export function linePaste(ui: Ui, text: string, at: number): Ui {
  const { ui: next } = typed({ ...ui, focus: 'line' }, { name: 'paste', text });
  const lines = text.trim().split('\n').length;
  if (lines < 2) return next;
  const one = text.length > TEXT_LIMITS.text ? 'too long for one entry' : 'Enter logs them as one entry';
  return say(next, `${lines} lines: ${one}; Ctrl-P lines, each as its own`, at);
}

/** `ui` with another rejected line beside the input. */
export function setAside(ui: Ui, line: string): Ui {
  const all = [...ui.setAside, line];
  const passed = all.slice(0, -SET_ASIDE).reduce(remember, ui.history);
  return { ...ui, setAside: all.slice(-SET_ASIDE), history: passed };
}

function typed(from: Ui, key: Key): UiChange {
  const begins = from.rejected === from.draft && (key.text !== undefined || key.name === 'paste');
  const ui = begins ? { ...setAside(from, editorText(from.draft)), draft: emptyDraft } : from;
  const draft = key.name === 'paste' ? typeKey(ui.draft, key) : edit(ui.draft, key);
  return draft === null ? stay(ui) : stay({ ...ui, draft, recall: null, picked: null, leaveAskedAt: null });
}

function enter(ui: Ui, view: View): UiChange {
  const found = ui.picked === null ? undefined : suggestions(ui, view)[ui.picked];
  if (found !== undefined) return stay({ ...ui, draft: draftOf(found.line), picked: null });
  const line = editorText(ui.draft);
  const asked = compose(line, view);
  switch (asked.kind) {
    case 'nothing':
      return stay(ui);
    case 'trouble':
      return stay({ ...say(ui, asked.text, view.mono, true), rejected: ui.draft });
    case 'command':
      return submit(sent(ui, line), asked.command, view);
    case 'action': {
      const { done, ...step } = perform(sent(ui, line), asked.action, asked.args, view);
      // A rejected line stays until something else is typed.
      return done ? step : { ...step, ui: { ...step.ui, draft: ui.draft, rejected: ui.draft, history: ui.history } };
    }
    default:
      return asked satisfies never;
  }
}

/** `ui` after a line was accepted. */
const sent = (ui: Ui, line: string): Ui => ({ ...emptied(ui, line), unsent: false, notice: null });

/** `ui` with an empty draft and `line` in the history. */
const emptied = (ui: Ui, line: string): Ui => ({
  ...ui,
  draft: emptyDraft,
  history: remember(ui.history, line),
  recall: null,
  picked: null,
});

const remember = (history: readonly string[], line: string): readonly string[] =>
  history.at(-1) === line ? history : [...history, line].slice(-HISTORY);

function escape(ui: Ui, view: View): UiChange {
  if (ui.picked !== null) return stay({ ...ui, picked: null });
  if (!isEmptyText(ui.draft)) return stay(cleared(ui));
  if (ui.notice !== null) return stay({ ...ui, notice: null });
  const refused = view.pending.filter(({ state }) => state === 'refused');
  const away = [...ui.setAside, ...refused.map((each) => retyped(each, view.zone))];
  if (away.length > 0) {
    const kept = { ...ui, setAside: [], history: away.reduce(remember, ui.history), unsent: true };
    return withEffect(kept, ...refused.map(({ id }) => ({ do: 'dismiss' as const, id })));
  }
  return stay({ ...ui, zoom: null, scroll: null, selected: null, filter: '', focus: 'line' });
}

/** Moves the draft to the history, from where Up brings it back. */
const cleared = (ui: Ui): Ui => ({ ...emptied(ui, editorText(ui.draft)), unsent: true });

function leaving(ui: Ui, view: View): UiChange {
  if (!isEmptyText(ui.draft)) return stay(say(cleared(ui), 'cleared; Up brings it back', view.mono));
  if (ui.leaveAskedAt !== null && view.mono - ui.leaveAskedAt <= LEAVE_MS) return withEffect(ui, { do: 'quit' });
  const asked = say(ui, 'Ctrl-C again leaves; the incident stays open', view.mono);
  return stay({ ...asked, leaveAskedAt: view.mono });
}

function tab(ui: Ui, view: View): UiChange {
  const found = suggestions(ui, view);
  const one = found[ui.picked ?? 0];
  if (one !== undefined) return stay({ ...ui, draft: draftOf(one.line), picked: null });
  return isEmptyText(ui.draft) ? stay(nextFocus(ui, 1, view)) : stay(ui);
}

function vertical(ui: Ui, key: Key, view: View): UiChange {
  const by = key.name === 'up' ? -1 : 1;
  const count = ui.recall === null ? suggestions(ui, view).length : 0;
  if (count > 0) {
    const from = ui.picked ?? (by === 1 ? -1 : 0);
    return stay({ ...ui, picked: (from + by + count) % count });
  }
  const within = edit(ui.draft, key);
  if (within !== null) return stay({ ...ui, draft: within });
  return by === -1 ? older(ui, view) : stay(newer(ui));
}

/** Up brings back, in this order: rejected lines, refused commands, one's own recent entry to correct, the history. */
function older(ui: Ui, view: View): UiChange {
  if (!isEmptyText(ui.draft) || ui.recall !== null) return stay(before(ui, view));
  const waits = ui.setAside.at(-1);
  if (waits !== undefined) return stay({ ...ui, draft: draftOf(waits), setAside: ui.setAside.slice(0, -1) });
  const refused = newestRefused(view.pending);
  if (refused !== undefined)
    return withEffect({ ...ui, draft: draftOf(retyped(refused, view.zone)) }, { do: 'dismiss', id: refused.id });
  return stay(before(ui, view));
}

function before(ui: Ui, view: View): Ui {
  const own = isEmptyText(ui.draft) && ui.recall === null && !ui.unsent ? ownLast(view) : null;
  if (own !== null) return { ...ui, draft: draftOf(own), recall: { at: ui.history.length, draft: ui.draft } };
  const at = (ui.recall?.at ?? ui.history.length) - 1;
  const line = ui.history[at];
  if (line === undefined) return ui;
  return { ...ui, draft: draftOf(line), recall: { at, draft: ui.recall?.draft ?? ui.draft } };
}

function newer(ui: Ui): Ui {
  if (ui.recall === null) return ui;
  const at = ui.recall.at + 1;
  const line = ui.history[at];
  return line === undefined
    ? { ...ui, draft: ui.recall.draft, recall: null }
    : { ...ui, draft: draftOf(line), recall: { ...ui.recall, at } };
}

function ownLast(view: View): string | null {
  // While an entry is on its way it has no number, and an older one is not meant.
  if (view.pending.some(({ state }) => state !== 'refused')) return null;
  const own = view.events.findLast((event) => event.kind === 'noted' && event.by.name === view.me);
  if (own?.kind !== 'noted' || view.now - Date.parse(own.recorded) > CORRECT_MS) return null;
  return view.incident?.annotations[own.seq]?.retracted ? null : `/amend #${own.seq} ${own.data.text}`;
}
