/** The mouse: a click selects, opens or presses the hinted key; the wheel scrolls. Pure. */
import { zoomed } from './actions/look.ts';
import type { Key } from '../terminal/editor.ts';
import { hintAt } from './input-area.ts';
import { overRect, type Rect, stripCell } from './layout.ts';
import { rowsOf, scrolled } from './panel-view.ts';
import { moveZoomed, scrollBy } from './scroll.ts';
import { type UiChange, type Ui, stay, currentLayout } from './state.ts';
import type { View } from './view.ts';

const WHEEL_ROWS = 3;
/** A click within this time after the window got the focus was meant to focus it; ms. */
const FOCUS_MS = 200;

export interface Pointer {
  readonly kind: 'press' | 'wheelup' | 'wheeldown';
  readonly x: number;
  readonly y: number;
}

const holds = ({ x, y, cols, rows }: Rect, at: Pointer): boolean =>
  at.x >= x && at.x < x + cols && at.y >= y && at.y < y + rows;

/** The keys that a click on a hint, or the wheel in a list, stands for. */
export function pressed(ui: Ui, at: Pointer, view: View): readonly Key[] {
  if (at.kind === 'press') return isForWindow(ui, view) ? [] : hintAt(ui, view, at);
  const isList = ui.modal !== null && ui.modal.kind !== 'form' && ui.modal.kind !== 'keys';
  return isList ? [{ name: at.kind === 'wheelup' ? 'up' : 'down' }] : [];
}

const isForWindow = ({ focusedAt }: Ui, { mono }: View): boolean => focusedAt !== null && mono - focusedAt < FOCUS_MS;

export function point(ui: Ui, at: Pointer, view: View): UiChange {
  if (ui.modal !== null) return stay(ui);
  if (ui.over !== null && holds(overRect(currentLayout(ui)), at)) return stay(ui);
  if (at.kind !== 'press') {
    const by = at.kind === 'wheelup' ? WHEEL_ROWS : -WHEEL_ROWS;
    const over = currentLayout(ui).timeline;
    return ui.zoom === null || (over !== null && holds(over, at)) ? scrollBy(ui, by, view) : stay(moveZoomed(ui, -by));
  }
  if (isForWindow(ui, view)) return stay(ui);
  const { timeline, panels, context, input, strip } = currentLayout(ui);
  if (holds(input, at)) return stay({ ...ui, focus: 'line' });
  if (strip !== null && holds(strip, at)) {
    const slot = ui.slots[Math.floor((at.x - strip.x) / stripCell(strip.cols, ui.slots.length).cols)];
    return stay(slot === undefined ? ui : zoomed(ui, slot.id));
  }
  const panel = [...panels, ...context].find(({ rect }) => holds(rect, at));
  if (panel !== undefined) return stay(zoomed(ui, panel.id));
  if (timeline === null || view.incident === null || !holds(timeline, at)) return stay(ui);
  const seq = entryAt(ui, at.y - timeline.y - 1, timeline.rows - 1, view);
  if (seq === null) return stay(ui);
  if (seq !== ui.selected) return stay({ ...ui, selected: seq, focus: 'timeline' });
  return stay({ ...ui, modal: { kind: 'detail', seq, scroll: 0, openedAt: view.mono } });
}

/** The entry on row `y` of the timeline. */
function entryAt(ui: Ui, y: number, height: number, view: View): number | null {
  const rows = rowsOf(ui, view);
  const away = scrolled(ui, view);
  const end = Math.max(Math.min(height, rows.length), rows.length - away);
  const first = Math.max(0, end - height + (away > 0 && height > 1 ? 1 : 0));
  return y < 0 ? null : (rows[first + y]?.seq ?? null);
}
