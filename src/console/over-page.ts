/** What is over the panels: a runbook, the time axis, the postmortem. Its keys, its lines, and where its keys are described. Pure. */
import type { Line } from '../terminal/text.ts';
import { isEmptyText, type Key } from '../terminal/editor.ts';
import { axisKey, axisLines } from './axis-page.ts';
import type { KeyContext } from './keymap.ts';
import { postmortemKey, postmortemLines } from './postmortem-page.ts';
import { runbookKey, runbookLines } from './runbook-page.ts';
import { stay, type Ui, type UiChange } from './state.ts';
import type { View } from './view.ts';

/** Where the keys of the page are described; null: they do not go to it now, as something is typed. */
export const overContext = ({ over, focus, draft }: Ui): KeyContext | null =>
  over !== null && focus === 'line' && isEmptyText(draft) ? over.kind : null;

/** Null: the key is not for the page. */
export function overKey(ui: Ui, key: Key, view: View): UiChange | null {
  const { over } = ui;
  if (over === null || overContext(ui) === null) return null;
  if (key.name === 'escape') return stay({ ...ui, over: null });
  switch (over.kind) {
    case 'runbook':
      return runbookKey(ui, over, key, view);
    case 'time axis':
      return axisKey(ui, over, key, view);
    case 'postmortem':
      return postmortemKey(ui, over, key, view);
    default:
      return over satisfies never;
  }
}

/** The page in a border; null: there is none. */
export function overLines(ui: Ui, view: View, cols: number, rows: number): readonly Line[] | null {
  const { over } = ui;
  if (over === null) return null;
  switch (over.kind) {
    case 'runbook':
      return runbookLines(ui, over, view, cols, rows);
    case 'time axis':
      return axisLines(ui, over, view, cols, rows);
    case 'postmortem':
      return postmortemLines(ui, over, view, cols, rows);
    default:
      return over satisfies never;
  }
}
