/** What is over the panels: a runbook, the time axis, the postmortem. Its keys, its lines, and where its keys are described. Pure. */
import type { Line } from '../terminal/text.ts';
import { isEmptyText, type Key } from '../terminal/editor.ts';
import { axisKey, axisLines } from './axis-page.ts';
import type { KeyContext } from './keymap.ts';
import { postmortemKey, postmortemLines } from './postmortem-page.ts';
import { runbookKey, runbookLines } from './runbook-page.ts';
import type { Ui, UiChange } from './state.ts';
import type { View } from './view.ts';

/** Keys go to the page while nothing is typed. */
const takesKeys = (ui: Ui): boolean => ui.focus === 'line' && isEmptyText(ui.draft);

/** Null: the key is not for the page. */
export function overKey(ui: Ui, key: Key, view: View): UiChange | null {
  if (ui.over === null || !takesKeys(ui)) return runbookKey(ui, key, view);
  return ui.over.kind === 'axis' ? axisKey(ui, ui.over, key, view) : postmortemKey(ui, ui.over, key, view);
}

/** The page in a border; null: there is none. */
export function overLines(ui: Ui, view: View, cols: number, rows: number): readonly Line[] | null {
  if (ui.over === null) return runbookLines(ui, view, cols, rows);
  return ui.over.kind === 'axis'
    ? axisLines(ui, ui.over, view, cols, rows)
    : postmortemLines(ui, ui.over, view, cols, rows);
}

/** Where the keys of the page are described; null: they do not go to it now. */
export function overContext(ui: Ui): KeyContext | null {
  if (!takesKeys(ui)) return null;
  if (ui.over === null) return ui.runbook?.isShown === true ? 'runbook' : null;
  return ui.over.kind === 'axis' ? 'time axis' : 'postmortem';
}
