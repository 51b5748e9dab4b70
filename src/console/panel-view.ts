/** The panels in their places: bordered, folded, or all of them on one row. Pure. */
import type { Model } from '../../panels/model.ts';
import { HEALTH_STYLE } from '../../panels/health-style.ts';
import type { Panel } from '../../panels/panel.ts';
import { type Line, type Tone, cutLine, glyphs, padLine, span } from '../terminal/text.ts';
import { bordered, ruled } from './border.ts';
import { CONTEXT_COLS, type PlacedPanel, type Wish, stripCell } from './layout.ts';
import { modelOf } from './panel-model.ts';
import type { Wishes } from './update.ts';

/** The panels of this screen: the two with a place of their own, those in slots, those beside the timeline. */
export interface Panels {
  readonly header: Panel;
  readonly timeline: Panel;
  readonly slotted: readonly Panel[];
  readonly context: readonly Panel[];
}

/** Sorts out the panels by their place. */
export function panelsOf(all: readonly Panel[], context: readonly Panel[] = []): Panels {
  const named = (id: string): Panel => {
    const found = all.find((panel) => panel.id === id);
    if (found === undefined) throw new Error(`there is no panel "${id}"`);
    return found;
  };
  const slotted = all.filter(({ id }) => id !== 'header' && id !== 'timeline').sort((a, b) => a.order - b.order);
  return { header: named('header'), timeline: named('timeline'), slotted, context };
}

/** What the panels wish when slots are decided. */
export const wishesOf =
  ({ slotted, context }: Panels): Wishes =>
  (ui, view, cols) => {
    const model = modelOf(ui, view);
    const wish =
      (width: number) =>
      (panel: Panel): Wish => {
        const { id, order } = panel;
        return { id, order, health: panel.health(model), rows: panel.wants(model, width) };
      };
    return { panels: slotted.map(wish(cols)), context: context.map(wish(CONTEXT_COLS)) };
  };

function healthOf(panel: Panel, model: Model): Line {
  const health = panel.health(model);
  const { glyph, word, tone } = HEALTH_STYLE[health];
  return health === 'none' ? [] : [span('  '), span(`${glyphs(model.ascii)[glyph]} ${word}`, tone, { bold: true })];
}

/** All panels on one row, each in its cell: its summary, or where there is no room a letter and a sign. */
export function stripLine(slotted: readonly Panel[], model: Model, cols: number): Line {
  const cell = stripCell(cols, slotted.length);
  const cells = slotted.flatMap((panel): Line => {
    const health = panel.health(model);
    const { glyph, tone } = HEALTH_STYLE[health];
    const sign = health === 'none' ? 'gap' : glyph;
    const letter = [span(`${panel.letter}${glyphs(model.ascii)[sign]}`, tone, { bold: true })];
    return padLine([span(' '), ...(cell.words ? panel.summary(model, cell.cols - 2) : letter)], cell.cols);
  });
  return cutLine(cells, cols);
}

/** One panel in its place: bordered, or folded to one row. */
export function panelLines(
  { id, rect, folded }: PlacedPanel,
  { slotted, context }: Panels,
  model: Model,
  focused: boolean,
): readonly Line[] {
  const all = [...slotted, ...context];
  const at = all.findIndex((panel) => panel.id === id);
  const panel = all[at];
  if (panel === undefined) return [];
  const { cols, rows } = rect;
  const { ascii } = model;
  const tone: Tone = focused ? 'key' : 'border';
  if (folded) {
    const left = [span(`${glyphs(ascii).horizontal} `, tone), ...panel.summary(model, cols - 4)];
    return [ruled(left, [], cols, ascii, tone)];
  }
  const title: Line = [span(panel.title.toUpperCase(), 'title', { bold: true }), ...healthOf(panel, model)];
  const lines = panel.render(model, { cols: Math.max(0, cols - 4), rows: Math.max(0, rows - 2) });
  return bordered({ title, right: [span(` ${at + 1} `, 'dim')], lines, cols, rows, ascii, tone });
}
