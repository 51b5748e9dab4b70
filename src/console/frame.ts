/** State and view -> one frame: header, panels, timeline, alarm line, input, hints, a modal on top. Pure. */
import type { Health, Panel } from '../../panels/panel.ts';
import type { Model } from '../../panels/model.ts';
import type { Frame, Region } from '../terminal/screen.ts';
import { cutLine, glyphs, lineWidth, padLine, span, type Line, type Tone } from '../terminal/text.ts';
import { alarmLine, hintLines, inputLines, menuLines } from './bottom.ts';
import { box, ruled } from './box.ts';
import type { Layout, Placed, Rect, Wish } from './layout.ts';
import { modelOf } from './model.ts';
import { drawModal, MODAL_COLS } from './modalview.ts';
import { place } from './place.ts';
import type { Ui } from './state.ts';
import type { View } from './view.ts';

/** The panels of this screen: the two with a place of their own, and those in slots. */
export interface Panels {
  readonly header: Panel;
  readonly timeline: Panel;
  readonly slotted: readonly Panel[];
}

/** Sorts out the panels by their place. */
export function panelsOf(all: readonly Panel[]): Panels {
  const named = (id: string): Panel => {
    const found = all.find((panel) => panel.id === id);
    if (found === undefined) throw new Error(`there is no panel "${id}"`);
    return found;
  };
  const slotted = all.filter(({ id }) => id !== 'header' && id !== 'timeline').sort((a, b) => a.order - b.order);
  return { header: named('header'), timeline: named('timeline'), slotted };
}

/** What the panels wish when slots are decided. */
export const wishesOf =
  ({ slotted }: Panels) =>
  (ui: Ui, view: View, cols: number): readonly Wish[] => {
    const model = modelOf(ui, view);
    return slotted.map((panel) => ({
      id: panel.id,
      order: panel.order,
      health: panel.health(model),
      rows: panel.wants(model, cols),
    }));
  };

/** What a health looks like: shape, word and tone, never colour alone. */
export const HEALTH: Readonly<
  Record<
    Health,
    {
      readonly sign: 'ok' | 'warn' | 'crit' | 'stale' | 'noData' | 'partial' | 'gap';
      readonly word: string;
      readonly tone: Tone;
    }
  >
> = {
  crit: { sign: 'crit', word: 'CRIT', tone: 'crit' },
  warn: { sign: 'warn', word: 'WARN', tone: 'warn' },
  stale: { sign: 'stale', word: 'STALE', tone: 'stale' },
  'no-data': { sign: 'noData', word: 'NO DATA', tone: 'stale' },
  partial: { sign: 'partial', word: 'PARTIAL', tone: 'warn' },
  ok: { sign: 'ok', word: 'ok', tone: 'ok' },
  none: { sign: 'gap', word: '', tone: 'dim' },
};

/** The frame of this moment. */
export function frame(ui: Ui, view: View, panels: Panels): Frame {
  const model = modelOf(ui, view);
  const where = place(ui);
  const input = inputLines(ui, where.input.rows);
  const regions: Region[] = [
    region('header', where.header, headerLines(panels.header, model, where)),
    ...(where.strip === null ? [] : [region('strip', where.strip, [stripLine(panels.slotted, model, where)])]),
    ...where.panels.map((placed) => panelRegion(placed, panels, model, ui)),
    ...(where.timeline === null
      ? []
      : [region('timeline', where.timeline, timelineLines(panels.timeline, model, where, ui))]),
    ...(where.alarm === null ? [] : [region('alarm', where.alarm, [alarmLine(ui, view, where.alarm.cols)])]),
    region('input', where.input, input.lines),
    ...(where.hints === null ? [] : [region('hints', where.hints, hintLines(ui, where.hints.rows, where.hints.cols))]),
  ];
  const menu = menuLines(ui, view, where.input.cols).slice(0, Math.max(0, where.main.rows));
  if (menu.length > 0) {
    const y = where.input.y - menu.length - (where.alarm === null ? 0 : 1);
    regions.push(region('menu', { x: 0, y, cols: where.input.cols, rows: menu.length }, menu));
  }
  const cursor = ui.focus === 'line' ? { x: input.cursor.x, y: where.input.y + input.cursor.y } : null;
  if (ui.modal === null) return { regions, cursor };
  const modal = modalRegion(ui, view, where);
  return { regions: [...regions, modal.region], cursor: modal.cursor };
}

const region = (id: string, rect: Rect, lines: readonly Line[]): Region => ({ id, ...rect, lines });

function headerLines(header: Panel, model: Model, where: Layout): readonly Line[] {
  const { cols, rows } = where.header;
  return rows === 0 ? [] : header.render(model, { cols, rows });
}

function healthOf(panel: Panel, model: Model): Line {
  const { sign, word, tone } = HEALTH[panel.health(model)];
  return [span(`${glyphs(model.ascii)[sign]} ${word}`, tone, { bold: true })];
}

/** All panels on one row: their summaries where they fit, else letters with signs. */
function stripLine(slotted: readonly Panel[], model: Model, where: Layout): Line {
  const cols = where.strip?.cols ?? 0;
  const glyph = slotted.flatMap((panel, i): Line => {
    const { sign, tone } = HEALTH[panel.health(model)];
    return [span(i === 0 ? ' ' : '  '), span(`${panel.letter}${glyphs(model.ascii)[sign]}`, tone, { bold: true })];
  });
  if (where.mode === 'narrow' && cols < 80) return cutLine(glyph, cols);
  const each = Math.floor(cols / Math.max(1, slotted.length)) - 2;
  const summaries = slotted.map((panel) => panel.summary(model, each));
  const taken = summaries.reduce((sum, line) => sum + lineWidth(line) + 2, 0);
  if (taken > cols + 1) return cutLine(glyph, cols);
  return summaries.flatMap((line, i): Line => [span(i === 0 ? ' ' : '  '), ...line]);
}

function panelRegion({ id, rect, folded }: Placed, { slotted }: Panels, model: Model, ui: Ui): Region {
  const at = slotted.findIndex((panel) => panel.id === id);
  const panel = slotted[at];
  if (panel === undefined) return region(id, rect, []);
  const focused = ui.focus === id;
  const tone: Tone = focused ? 'key' : 'border';
  if (folded)
    return region(`panel ${id}`, rect, [
      ruled(
        [span(`${glyphs(model.ascii).horizontal} `, tone), ...panel.summary(model, rect.cols - 4)],
        [],
        rect.cols,
        model.ascii,
        tone,
      ),
    ]);
  const title: Line = [span(panel.title.toUpperCase(), 'title', { bold: true }), span('  '), ...healthOf(panel, model)];
  const lines = panel.render(model, { cols: Math.max(0, rect.cols - 4), rows: Math.max(0, rect.rows - 2) });
  const right = [span(` ${at + 1} `, 'dim')];
  return region(
    `panel ${id}`,
    rect,
    box({ title, right, lines, cols: rect.cols, rows: rect.rows, ascii: model.ascii, tone }),
  );
}

/** The timeline under its title, which says whether it is live. */
function timelineLines(timeline: Panel, model: Model, where: Layout, ui: Ui): readonly Line[] {
  const rect = where.timeline;
  if (rect === null) return [];
  const { cols, rows } = rect;
  const focused = ui.focus === 'timeline';
  if (where.mode === 'tiny') return timeline.render(model, { cols, rows });
  const tone: Tone = focused ? 'key' : 'border';
  const title: Line = [
    span(glyphs(model.ascii).horizontal.repeat(2), tone),
    span(' '),
    span('TIMELINE', 'title', { bold: true }),
    span(` ${timelineWords(model, ui)}`, 'dim'),
  ];
  const body = timeline.render(model, { cols, rows: Math.max(0, rows - 1) });
  return [
    ruled(
      title,
      [span(' '), ...liveWords(model, ui), span(` ${glyphs(model.ascii).horizontal.repeat(2)}`, tone)],
      cols,
      model.ascii,
      tone,
    ),
    ...body,
  ];
}

function timelineWords(model: Model, ui: Ui): string {
  const zone = ui.zone === 'utc' ? 'UTC' : 'local time';
  const level = ui.level === 'normal' ? '' : ui.level === 'key' ? ', key entries only' : ', with system entries';
  const filter = ui.filter === '' ? '' : `, only ${ui.filter}`;
  return `${model.incident?.head ?? 0} entries, ${zone}${level}${filter}`;
}

/** `live`, unless one reads further up or the hub is away. */
function liveWords(model: Model, ui: Ui): Line {
  if (ui.scroll !== null) return [span('scrolled up, End: live', 'info', { bold: true })];
  return model.link.state === 'live' ? [span('live', 'ok')] : [span(model.link.state, 'stale')];
}

function modalRegion(ui: Ui, view: View, where: Layout): { readonly region: Region; readonly cursor: Frame['cursor'] } {
  const cols = Math.min(MODAL_COLS, ui.size.cols);
  const room =
    where.main.rows > 3 ? where.main : { x: 0, y: 0, cols: ui.size.cols, rows: Math.max(1, ui.size.rows - 1) };
  const most = room.rows >= 20 ? room.rows - 3 : room.rows;
  const bare = cols < 24 || most < 3;
  const inner = bare ? { cols, rows: most } : { cols: cols - 4, rows: most - 2 };
  const drawn = ui.modal === null ? null : drawModal(ui, ui.modal, view, { ...inner, ascii: ui.ascii });
  if (drawn === null) return { region: region('modal', { ...room, rows: 0 }, []), cursor: null };
  const rows = bare ? most : Math.min(most, drawn.lines.length + 2);
  const x = Math.max(0, Math.floor((ui.size.cols - cols) / 2));
  const y = room.y + Math.max(0, Math.floor((most - rows) / 2));
  const title = [span(drawn.title, 'title', { bold: true })];
  const lines = bare
    ? drawn.lines.map((line) => padLine(line, cols))
    : box({ title, lines: drawn.lines, cols, rows, ascii: ui.ascii, tone: 'key' });
  const inset = bare ? { x: 0, y: 0 } : { x: 2, y: 1 };
  const cursor = drawn.cursor === null ? null : { x: x + inset.x + drawn.cursor.x, y: y + inset.y + drawn.cursor.y };
  return { region: region('modal', { x, y, cols, rows }, lines), cursor };
}
