/** The panels' model, the timeline's rows, and panels drawn bordered, folded to a row or as a cell of the strip. Pure. */
import { HEALTH_STYLE } from '../../panels/health-style.ts';
import type { Model } from '../../panels/model.ts';
import type { Panel, Panels } from '../../panels/panel.ts';
import { type TimelineRow, shownSeqs as seqsOf, timelineRows } from '../../panels/timeline.ts';
import {
  type Line,
  type Span,
  type Tone,
  cutLine,
  glyphs,
  joinLines,
  lineWidth,
  padLine,
  span,
  width,
} from '../terminal/text.ts';
import { CONTEXT_COLS, type PlacedPanel, type Wish, stripCell } from './layout.ts';
import { type Ui, currentLayout } from './state.ts';
import type { View } from './view.ts';

interface Boxed {
  readonly title: Line;
  readonly right?: Line;
  readonly lines: readonly Line[];
  readonly cols: number;
  readonly rows: number;
  readonly ascii: boolean;
  readonly tone?: Tone;
  /** Its lines are doubled: what is in it is not now. */
  readonly isPast?: boolean | undefined;
}

/** A page over the panels. `foot`: what its last row says besides how to close it; `scroll`: the first line of a text. */
export interface OverView extends Pick<Boxed, 'title' | 'right' | 'lines'> {
  readonly foot?: string;
  readonly scroll?: number;
}

type Edge = 'horizontal' | 'vertical' | 'topLeft' | 'topRight' | 'bottomLeft' | 'bottomRight';
const edges = (ascii: boolean, isPast = false): Readonly<Record<Edge, string>> => {
  const sign = glyphs(ascii);
  if (!isPast) return sign;
  const { horizontal2: horizontal, vertical2: vertical, topLeft2: topLeft, topRight2: topRight } = sign;
  return { horizontal, vertical, topLeft, topRight, bottomLeft: sign.bottomLeft2, bottomRight: sign.bottomRight2 };
};

/** `lines` in a border of `cols` x `rows` cells, with title and right-hand words in its upper edge. */
export function bordered(box: Boxed): readonly Line[] {
  const { title, right = [], lines, cols, rows, ascii, tone = 'border', isPast } = box;
  const sign = edges(ascii, isPast);
  const edge = (text: string): Span => span(text, tone);
  const inner = Math.max(0, cols - 4);
  const body = Array.from({ length: Math.max(0, rows - 2) }, (_, i): Line => [
    edge(`${sign.vertical} `),
    ...padLine(lines[i] ?? [], inner),
    edge(` ${sign.vertical}`),
  ]);
  const bottom: Line = [edge(sign.bottomLeft + sign.horizontal.repeat(Math.max(0, cols - 2)) + sign.bottomRight)];
  const corner = edge(sign.horizontal + sign.topRight);
  const left = [edge(`${sign.topLeft}${sign.horizontal} `), ...title];
  const top = ruled(left, [...right, corner], cols, ascii, tone, isPast);
  return rows < 2 ? [top] : [top, ...body, bottom];
}

/** `left ──── right`, of exactly `cols` cells. */
export function ruled(
  left: Line,
  right: Line,
  cols: number,
  ascii: boolean,
  tone: Tone = 'border',
  isPast?: boolean,
): Line {
  const sign = edges(ascii, isPast);
  const tail = lineWidth(right) === 0 ? [] : right;
  const room = cols - lineWidth(tail) - 1;
  const head = cutLine(left, Math.max(0, room - 1));
  const fill = cols - lineWidth(head) - lineWidth(tail) - 1;
  if (fill < 1) return joinLines(left, right, cols);
  return [...head, span(' ', tone), span(sign.horizontal.repeat(fill), tone), ...tail];
}

/** A rule over the whole width. */
export const rule = (cols: number, ascii: boolean): Line => [span(glyphs(ascii).horizontal.repeat(cols), 'border')];

/** The panels' model without the scroll position, which is counted in rows made from it. */
const unscrolled = (ui: Ui, view: View): Model => ({
  ...view,
  zone: ui.zone,
  ascii: ui.ascii,
  chart: { spanMs: ui.chartMs },
  ...(ui.zoom === null ? {} : { paged: ui.paged }),
  timeline: {
    scroll: 0,
    level: ui.level,
    readMark: ui.readMark,
    left: ui.left,
    selected: ui.selected,
    filter: ui.filter,
    ownAfter: ui.ownAfter,
  },
});

const cols = (ui: Ui): number => currentLayout(ui).timeline?.cols ?? ui.size.cols;

export const rowsOf = (ui: Ui, view: View): readonly TimelineRow[] => timelineRows(unscrolled(ui, view), cols(ui));

/** Seqs of the entries the timeline shows, in order. */
export const visibleSeqs = (ui: Ui, view: View): readonly number[] => seqsOf(unscrolled(ui, view), cols(ui));

/** The number of rows after the last row of entry `seq`. */
export function rowsBelow(rows: readonly TimelineRow[], seq: number): number {
  let at = rows.length;
  while (at > 0 && (rows[at - 1]?.seq ?? Infinity) > seq) at--;
  return rows.length - at;
}

export function modelOf(ui: Ui, view: View): Model {
  const model = unscrolled(ui, view);
  return ui.scroll === null ? model : { ...model, timeline: { ...model.timeline, scroll: scrolled(ui, view) } };
}

/** Rows scrolled up from the end, counting those that arrived since, so that the text in view stays in place. */
export const scrolled = (ui: Ui, view: View): number =>
  ui.scroll === null ? 0 : ui.scroll.rows + rowsBelow(rowsOf(ui, view), ui.scroll.seq);

type Placed<T> = { readonly panels: readonly T[]; readonly context: readonly T[] };
/** The health of the panels and the rows they want; asked only when slots are decided. */
export type Wishes = (ui: Ui, view: View, cols: number) => Placed<Wish>;

/** Cells that a row asks for: without those that only hold its end at the right. */
const asked = (line: Line): number =>
  width(
    line
      .map(({ text }) => text)
      .join('')
      .replace(/ {3,}/g, '  '),
  );
/** Room in which no row of a panel is cut. */
const WIDEST = 80;

export const wishesOf =
  ({ slotted, context }: Panels): Wishes =>
  (ui, view, cols) => {
    const model = modelOf(ui, view);
    const beside = (panel: Panel): Wish => {
      const lines = panel.render(model, { cols: WIDEST, rows: WIDEST });
      return { ...wish(panel, CONTEXT_COLS), cols: Math.max(0, ...lines.map(asked)) };
    };
    const wish = (panel: Panel, width: number): Wish => {
      const health = panel.health(model);
      // A panel of servers of which there are none is one row.
      const isFolded = panel.needs !== undefined && health === 'none';
      return { id: panel.id, health, rows: isFolded ? 0 : panel.wants(model, width) };
    };
    return {
      panels: slotted.map((panel) => wish(panel, cols)),
      context: context.map(beside),
    };
  };

function healthOf(panel: Panel, model: Model): Line {
  const health = panel.health(model);
  const { glyph, word, tone } = HEALTH_STYLE[health];
  return health === 'none' ? [] : [span('  '), span(`${glyphs(model.ascii)[glyph]} ${word}`, tone, { bold: true })];
}

function noteOf(panel: Panel, model: Model): Line {
  const note = panel.note?.(model) ?? '';
  return note === '' ? [] : [span(`  ${note}`, 'dim')];
}

/** All panels on one row, each as its summary, or as a letter and a sign where there is no room. */
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

export function panelLines(
  { id, rect, folded }: PlacedPanel,
  { slotted, context }: Panels,
  model: Model,
  focused: boolean,
  number: number,
): readonly Line[] {
  const panel = [...slotted, ...context].find((each) => each.id === id);
  if (panel === undefined) return [];
  const { cols, rows } = rect;
  const { ascii } = model;
  const isPast = model.past !== undefined;
  const tone: Tone = focused ? 'key' : 'border';
  if (folded) {
    const left = [span(`${edges(ascii, isPast).horizontal} `, tone), ...panel.summary(model, cols - 4)];
    return [ruled(left, [], cols, ascii, tone, isPast)];
  }
  const title: Line = [
    span(panel.title.toUpperCase(), 'title', { bold: true, ...(focused ? { inverse: true } : {}) }),
    ...noteOf(panel, model),
    ...healthOf(panel, model),
  ];
  const inner = { cols: cols - 4, rows: rows - 2 };
  const lines = inner.cols < 1 || inner.rows < 1 ? [] : panel.render(model, inner);
  return bordered({
    title,
    right: number > 9 ? [] : [span(` ${number} `, 'dim')],
    lines,
    cols,
    rows,
    ascii,
    tone,
    isPast,
  });
}
