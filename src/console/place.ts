/** The layout of the screen as it stands now. */
import { editorView } from '../terminal/editorview.ts';
import { layout, type Layout } from './layout.ts';
import type { Ui } from './state.ts';
import { width } from '../terminal/text.ts';

/** What stands before the draft: ` bob > `; shorter where there is little room. */
export function promptOf(me: string, cols: number): string {
  if (cols < 12) return '';
  return cols < 40 || width(me) > cols / 4 ? '> ' : ` ${me} > `;
}

/** Columns the draft has beside its prompt. */
export const draftCols = (ui: Ui): number =>
  Math.max(1, ui.size.cols - width(promptOf(ui.me, ui.size.cols)) - (ui.size.cols > 1 ? 1 : 0));

/** Rows of a draft shown at once; a longer one scrolls. */
const DRAFT_ROWS = 5;

export const place = (ui: Ui): Layout =>
  layout(ui.size, ui, {
    zoom: ui.zoom,
    preset: ui.preset,
    incident: ui.incident !== null,
    lines: editorView(ui.draft, draftCols(ui), DRAFT_ROWS).rows.length,
  });
