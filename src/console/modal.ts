/** Keys and pastes while a modal is on top: what all modals share; the rest is the form's or the list's. Pure. */
import { blankDraft, typeKey, type Key } from './draft.ts';
import { formKey, formPaste, SWALLOW_MS } from './form.ts';
import { listKey } from './lists.ts';
import { stay, type Modal, type Step, type Ui } from './state.ts';
import type { View } from './view.ts';

/** A key while `modal` is on top. */
export function modalKey(ui: Ui, modal: Modal, key: Key, view: View): Step {
  if (key.name === 'f1' && modal.kind !== 'help' && modal.kind !== 'keys') {
    const help = { kind: 'help', query: blankDraft, at: 0, over: modal, openedAt: view.mono } as const;
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
