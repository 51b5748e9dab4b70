/** State and view -> one frame. Pure. */
import type { Panels } from '../../panels/panel.ts';
import type { Region, Frame } from '../terminal/paint.ts';
import { cutLine, padLine, span, type Line, type Size } from '../terminal/text.ts';
import { alarmLine, inputLines, menuLines, hintLines } from './input-area.ts';
import { bordered, modelOf, panelLines, stripLine } from './panel-view.ts';
import { hasBorder, overRect, type Layout, type PlacedPanel, type Rect } from './layout.ts';
import { drawModal, modalPlace } from './modal-view.ts';
import { nextOfView } from './next.ts';
import { pageLines } from './page.ts';
import { overLines, overPlace } from './over-page.ts';
import { type Ui, currentLayout, panelIds } from './state.ts';
import { timelineLines } from './timeline-view.ts';
import type { View } from './view.ts';

export function frame(ui: Ui, view: View, panels: Panels): Frame {
  const model = modelOf(ui, { ...view, next: nextOfView(view) });
  const where = currentLayout(ui);
  const input = inputLines(ui, view, where);
  const { header, strip, timeline, alarm, hints } = where;
  const once = (id: string, rect: Rect, make: () => readonly Line[], look = ''): Region => {
    const key = `${id} ${rect.cols}x${rect.rows} ${ui.zone} ${ui.ascii} ${ui.chartMs} ${ui.paged} ${look}`;
    return region(id, rect, remembered(view, key, make));
  };
  const panel = (placed: PlacedPanel): Region => {
    const focused = ui.focus === placed.id;
    const at = panelIds(ui).indexOf(placed.id) + 1;
    const make = (): readonly Line[] => panelLines(placed, panels, model, focused, at);
    return once(`panel ${placed.id}`, placed.rect, make, focused ? 'focused' : '');
  };
  const regions: Region[] = [
    ...(header.rows === 0 ? [] : [once('header', header, () => panels.header.render(model, header))]),
    ...(strip === null ? [] : [once('strip', strip, () => [stripLine(panels.slotted, model, strip.cols)])]),
    ...[...where.panels, ...where.context].map(panel),
    ...(timeline === null
      ? []
      : [region('timeline', timeline, timelineLines(panels.timeline, model, timeline, where.mode, ui))]),
    ...(alarm === null ? [] : [region('alarm', alarm, [alarmLine(ui, view, alarm.cols)])]),
    region('input', where.input, input.lines),
    ...(hints === null ? [] : [region('hints', hints, hintLines(ui, view, hints.rows, hints.cols))]),
  ];
  regions.push(...overRegions(ui, view, where, (size) => panels.timeline.render(model, size)));
  const menu = menuLines(ui, view, where).slice(0, Math.max(0, where.main.rows));
  if (menu.length > 0) {
    const y = where.input.y - menu.length - (where.alarm === null ? 0 : 1);
    regions.push(region('menu', { x: 0, y, cols: where.input.cols, rows: menu.length }, menu));
  }
  const cursor = ui.focus === 'line' ? { x: input.cursor.x, y: where.input.y + input.cursor.y } : null;
  regions.push(...pageRegion(ui, view, where.page));
  if (ui.modal === null) return { regions, cursor };
  const modal = modalRegion(ui, view, where);
  // What is typed while the brief is shown goes to the input line.
  return { regions: [...regions, modal.region], cursor: ui.modal.kind === 'brief' ? cursor : modal.cursor };
}

const region = (id: string, rect: Rect, lines: readonly Line[]): Region => ({ id, ...rect, lines });

/**
 * Lines that depend on the view alone, made once for each view: a key redraws the input line, not the panels. The view is
 * replaced with every change, so the lines are never out of date.
 */
const drawn = new WeakMap<View, Map<string, readonly Line[]>>();

function remembered(view: View, key: string, make: () => readonly Line[]): readonly Line[] {
  const known = drawn.get(view) ?? new Map<string, readonly Line[]>();
  drawn.set(view, known);
  const lines = known.get(key) ?? make();
  known.set(key, lines);
  return lines;
}

/** The page, and below it the last rows of the timeline. */
function overRegions(ui: Ui, view: View, where: Layout, timeline: Lines): readonly Region[] {
  const main = overRect(where);
  const { cols, rows, below } = overPlace(where);
  const lines = rows < 1 ? null : overLines(ui, view, cols, rows);
  if (lines === null) return [];
  const last = below === 0 ? [] : timeline({ cols, rows: below });
  const all = [...lines, ...Array.from({ length: below }, (_, i) => last[i] ?? [])];
  const drawn = all.map((line) => padLine(cutLine(line, cols), cols));
  return [region('over', main, drawn)];
}
type Lines = (size: Size) => readonly Line[];

function pageRegion(ui: Ui, view: View, page: Rect | null): readonly Region[] {
  const found = page && pageLines(ui, view, hasBorder(page) ? page.cols - 4 : page.cols);
  if (page === null || !found) return [];
  const { title, lines } = found;
  // Without a border there are few rows: what became of it outside stands beside the title.
  const outside = lines.at(-1) ?? [];
  const shown = hasBorder(page)
    ? bordered({ title, lines, ...page, ascii: ui.ascii, tone: 'crit' })
    : [[...title, span('  '), ...outside], ...lines.slice(0, -1)]
        .slice(0, page.rows)
        .map((line) => padLine(cutLine(line, page.cols), page.cols));
  return [region('page', page, shown)];
}

function modalRegion(ui: Ui, view: View, where: Layout): { readonly region: Region; readonly cursor: Frame['cursor'] } {
  const { over, room, cols, most, bare, inner } = modalPlace(ui, where);
  const drawn = ui.modal === null ? null : drawModal(ui, ui.modal, view, inner);
  if (drawn === null) return { region: region('modal', { ...room, rows: 0 }, []), cursor: null };
  const rows = bare ? most : Math.min(most, drawn.lines.length + 2);
  const x = Math.max(0, Math.floor((over - cols) / 2));
  const y = room.y + Math.max(0, Math.floor((most - rows) / 2));
  const title = [span(drawn.title, 'title', { bold: true })];
  const lines = bare
    ? drawn.lines.slice(0, rows).map((line) => padLine(line, cols))
    : bordered({ title, lines: drawn.lines, cols, rows, ascii: ui.ascii, tone: 'key' });
  const inset = bare ? { x: 0, y: 0 } : { x: 2, y: 1 };
  const at = drawn.cursor;
  const hidden = at === null || at.y + inset.y >= rows || at.x + inset.x >= cols;
  const cursor = hidden ? null : { x: x + inset.x + at.x, y: y + inset.y + at.y };
  return { region: region('modal', { x, y, cols, rows }, lines), cursor };
}
