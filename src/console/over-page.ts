/** What is over the panels: a runbook, the time axis, the postmortem. Its keys, its lines, and where its keys are described. Pure. */
import type { Line, Size } from '../terminal/text.ts';
import { isEmptyText, type Key } from '../terminal/editor.ts';
import { axisKey, drawAxis } from './axis-page.ts';
import type { KeyContext } from './keymap.ts';
import { overRect, type Layout } from './layout.ts';
import { closingRow } from './modal-parts.ts';
import { bordered, type OverView } from './panel-view.ts';
import { postmortemKey, drawPostmortem } from './postmortem-page.ts';
import { runbookKey, drawRunbook } from './runbook-page.ts';
import { currentLayout, stay, type Ui, type UiChange } from './state.ts';
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

/** The cells for the page, and how many rows of the timeline stand below it. */
export function overPlace(where: Layout): Size & { readonly below: number } {
  const { cols, rows } = overRect(where);
  const below = rows >= 16 ? 3 : 0;
  return { cols, rows: rows - below, below };
}
const innerOf = ({ cols, rows }: Size): Size => ({ cols: Math.max(1, cols - 4), rows: Math.max(1, rows - 2) });

/** `ui` with the text of a runbook scrolled no further than to its end. */
export function overWithin(ui: Ui, view: View): Ui {
  const { over } = ui;
  if (over?.kind !== 'runbook' || !over.scroll) return ui;
  const { scroll = over.scroll } = drawn(ui, over, view, innerOf(overPlace(currentLayout(ui))));
  return { ...ui, over: { ...over, scroll } };
}

/** The page in a border; null: there is none. */
export function overLines(ui: Ui, view: View, cols: number, rows: number): readonly Line[] | null {
  if (ui.over === null) return null;
  const inner = innerOf({ cols, rows });
  const { foot, lines, scroll: _, ...box } = drawn(ui, ui.over, view, inner);
  const last = foot === undefined ? [] : [closingRow(foot, inner.cols)];
  const body = Array.from({ length: inner.rows - last.length }, (_, i) => lines[i] ?? []);
  return bordered({ ...box, lines: [...body, ...last], cols, rows, ascii: ui.ascii, tone: 'key' });
}

function drawn(ui: Ui, over: NonNullable<Ui['over']>, view: View, inner: Size): OverView {
  switch (over.kind) {
    case 'runbook':
      return drawRunbook(ui, over, view, inner);
    case 'time axis':
      return drawAxis(ui, over, view, inner);
    case 'postmortem':
      return drawPostmortem(ui, over, view, inner);
    default:
      return over satisfies never;
  }
}
