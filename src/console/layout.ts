/** Screen size and panels -> rectangles; which panels fold when room is short. Pure. */
import type { Health } from '../../panels/panel.ts';
import type { Size } from '../terminal/text.ts';

export interface Rect extends Size {
  readonly x: number;
  readonly y: number;
}

/**
 * `tiny`: one line and the input. `narrow`: a strip of signs over the timeline. `strip`: a line of summaries over the
 * timeline. `columns`: panels left, timeline right. `wide`: a third column.
 */
export type Mode = 'tiny' | 'narrow' | 'strip' | 'columns' | 'wide';

export interface PlacedPanel {
  readonly id: string;
  readonly rect: Rect;
  readonly folded: boolean;
}
export interface Layout {
  readonly mode: Mode;
  readonly header: Rect;
  /** One line of health for all panels; null where the panels are shown. */
  readonly strip: Rect | null;
  readonly panels: readonly PlacedPanel[];
  readonly timeline: Rect | null;
  /** Where a page is shown; null: there is none. */
  readonly page: Rect | null;
  /** The panels of the third column; without one, what is next and the open items below the timeline. */
  readonly context: readonly PlacedPanel[];
  readonly alarm: Rect | null;
  readonly input: Rect;
  readonly hints: Rect | null;
  /** Between header and alarm line, where a modal may be drawn. */
  readonly main: Rect;
}

export const PRESETS = ['panels and timeline', 'the timeline only', 'the panels only', 'panels take half'] as const;

const WIDE = { left: 66, right: 48, most: 60, from: 170 };
const COLUMNS = { left: 40, from: 110 };
/** What a wider third column leaves to the timeline, gaps included. */
const TIMELINE_COLS = 74;

/** The third column is as wide as its longest row asks, within bounds. `cols`: those of the rows. */
export const contextColsFor = (cols: readonly number[]): number =>
  Math.max(WIDE.right, Math.min(WIDE.most, Math.max(0, ...cols) + 4));

export function layoutMode(cols: number, rows: number): Mode {
  if (cols < 40 || rows < 8) return 'tiny';
  if (cols < 80 || rows < 24) return 'narrow';
  if (cols < COLUMNS.from) return 'strip';
  return cols < WIDE.from ? 'columns' : 'wide';
}

/** Columns inside a panel's border in the third column. */
export const CONTEXT_COLS = WIDE.right - 4;

/** Columns inside a panel's border at this width of the screen. */
export function panelCols(cols: number, rows: number): number {
  const mode = layoutMode(cols, rows);
  if (mode === 'columns') return COLUMNS.left - 4;
  return mode === 'wide' ? WIDE.left - 4 : Math.max(1, cols - 4);
}

/** The cell of each of `count` panels in the strip; without `words` there is only room for a letter and a sign. */
export function stripCell(cols: number, count: number): { readonly cols: number; readonly words: boolean } {
  const each = Math.floor(cols / Math.max(1, count));
  return cols < 80 || each < 12 ? { cols: 4, words: false } : { cols: each, words: true };
}

/** Rows of the column of panels on a screen of this size. */
export function columnRows(cols: number, rows: number): number {
  const mode = layoutMode(cols, rows);
  if (mode !== 'columns' && mode !== 'wide') return 0;
  return layout({ cols, rows }, NO_SLOTS, { zoom: null, preset: 0, lines: 1, incident: true }).main.rows;
}

/** Slots of the panels, and of those beside the timeline. */
export interface Slots {
  /** Columns of those beside the timeline, border included. */
  readonly contextCols?: number;
  readonly slots: readonly PanelSlot[];
  readonly contextSlots: readonly PanelSlot[];
}
export const NO_SLOTS: Slots = { slots: [], contextSlots: [] };

interface LayoutOptions {
  readonly zoom: string | null;
  readonly preset: number;
  /** Rows the draft needs. */
  readonly lines: number;
  /** An incident is shown. */
  readonly incident: boolean;
}

/** The rectangles of one frame. */
export function layout({ cols, rows }: Size, slots: Slots, look: LayoutOptions): Layout {
  const mode = layoutMode(cols, rows);
  const full = (y: number, height: number): Rect => ({ x: 0, y, cols, rows: height });
  if (mode === 'tiny') {
    const timeline = rows >= 5 ? full(1, rows - 3) : null;
    return {
      ...NOTHING,
      mode,
      header: full(0, rows >= 2 ? 1 : 0),
      timeline,
      page: null,
      alarm: rows >= 3 ? full(rows - 2, 1) : null,
      input: full(Math.max(0, rows - 1), Math.min(1, rows)),
      hints: null,
      main: timeline ?? full(0, 0),
    };
  }
  const headerRows = mode === 'narrow' ? 1 : 2;
  const hintRows = mode === 'narrow' ? (rows >= 16 ? 1 : 0) : 2;
  const inputRows = Math.max(1, Math.min(look.lines, rows - 7));
  const bottom = rows - hintRows - inputRows - 1;
  const main = full(headerRows, bottom - headerRows);
  return {
    mode,
    header: full(0, headerRows),
    ...middle(mode, main, slots, look),
    page: null,
    alarm: full(bottom, 1),
    input: full(bottom + 1, inputRows),
    hints: hintRows === 0 ? null : full(bottom + 1 + inputRows, hintRows),
    main,
  };
}

/** Rows of a page with its border; below that many rows of the timeline it has none. */
const PAGE = { rows: 6, cols: 90, borderFrom: 12 };
export const hasBorder = ({ rows }: Rect): boolean => rows >= PAGE.rows;

/** With a page above the timeline, which it covers nothing of; without a timeline, over the top of the panels. */
export function withPage(placed: Layout): Layout {
  const { timeline, main } = placed;
  const over = timeline ?? main;
  const rows = over.rows >= PAGE.borderFrom ? PAGE.rows : Math.min(PAGE.rows - 1, Math.ceil(over.rows / 2));
  return {
    ...placed,
    page: { ...over, cols: Math.min(over.cols, PAGE.cols), rows },
    timeline: timeline && { ...timeline, y: timeline.y + rows, rows: timeline.rows - rows },
  };
}

/** Where a runbook, an axis or a postmortem is shown: over the panels, but those of a third column. */
export function overRect({ main, mode, context }: Layout): Rect {
  return mode === 'wide' ? { ...main, cols: Math.min(main.cols, ...context.map(({ rect }) => rect.x)) } : main;
}

type Middle = Pick<Layout, 'strip' | 'panels' | 'timeline' | 'context'>;

const NOTHING: Middle = { strip: null, panels: [], timeline: null, context: [] };

/** What stands between header and alarm line. */
function middle(
  mode: Mode,
  main: Rect,
  { slots, contextSlots, contextCols = WIDE.right }: Slots,
  look: LayoutOptions,
): Middle {
  const { zoom, preset, incident } = look;
  const context = contextSlots.filter(({ id }) => incident || ![...BELOW.ids, BAND.id].includes(id));
  const zoomed = [...slots, ...contextSlots].find(({ id }) => id === zoom);
  if (zoomed !== undefined) return zoomedMiddle(main, zoomed.id);
  if (mode === 'narrow' || mode === 'strip') {
    const strip = { ...main, rows: 1 };
    const rest = { ...main, y: main.y + 1, rows: main.rows - 1 };
    if (preset === 1) return { ...NOTHING, timeline: main };
    if (preset === 2) return { ...NOTHING, strip, panels: stack(rest, slots) };
    return { ...NOTHING, strip, timeline: rest };
  }
  if (preset === 2) return { ...NOTHING, panels: columns(main, slots) };
  const usual = mode === 'wide' ? WIDE.left : COLUMNS.left;
  const left = preset === 1 || slots.length === 0 ? 0 : preset === 3 ? Math.floor(main.cols / 2) : usual;
  const right =
    mode === 'wide' && preset !== 3 && context.length > 0
      ? Math.min(contextCols, Math.max(WIDE.right, main.cols - left - TIMELINE_COLS))
      : 0;
  // A panel's border must not touch the first word of an entry.
  const gap = left === 0 ? 0 : 1;
  const panels = left === 0 ? [] : stack({ ...main, cols: left }, slots);
  const timeline = { ...main, x: left + gap, cols: main.cols - left - gap - right - (right === 0 ? 0 : 1) };
  if (right > 0)
    return { ...NOTHING, panels, timeline, context: stack({ ...main, x: main.cols - right, cols: right }, context) };
  const below = main.rows < BELOW.from ? [] : context.filter(({ id }) => BELOW.ids.includes(id));
  if (below.length === 0) return { ...NOTHING, panels, timeline };
  const wished = Math.max(...below.map((slot) => slot.rows)) + 2;
  const band = preset === 1 || main.rows < BAND.from ? undefined : context.find(({ id }) => id === BAND.id);
  const bandRows = band === undefined ? 0 : BAND.rows;
  const most = Math.min(Math.floor(main.rows / 3), Math.floor(main.rows / 2) - bandRows);
  const rows = Math.max(BELOW.least, Math.min(wished, most));
  const y = timeline.y + timeline.rows - rows;
  const each = Math.floor(timeline.cols / below.length);
  const placed = below.map(({ id }, i) => {
    const isLast = i === below.length - 1;
    const rect = { x: timeline.x + i * each, y, rows, cols: isLast ? timeline.cols - i * each : each };
    return { id, rect, folded: false };
  });
  const rest = { ...timeline, rows: timeline.rows - rows - bandRows };
  const above = band && { id: band.id, rect: { ...timeline, y: y - bandRows, rows: bandRows }, folded: false };
  return { ...NOTHING, panels, timeline: rest, context: above === undefined ? placed : [above, ...placed] };
}

/** Without a third column these panels stand side by side below the timeline, where `from` rows and more are left to them. */
const BELOW = { ids: ['next', 'open'], least: 5, from: 28 };

/** Above those, with a row or two more, the five questions, one on each of its rows. */
const BAND = { id: 'triage', rows: 7, from: 30 };

/** Rows, border included, from which on a zoomed panel has charts. */
const CHARTS_FROM = 18;

/** One panel over everything, and the end of the timeline where the panel keeps its charts. */
function zoomedMiddle(main: Rect, id: string): Middle {
  const tail = main.rows - 5 >= CHARTS_FROM ? 5 : 0;
  const panel = { id, rect: { ...main, rows: main.rows - tail }, folded: false };
  const timeline = tail === 0 ? null : { ...main, y: main.y + main.rows - tail, rows: tail };
  return { ...NOTHING, panels: [panel], timeline };
}

/** Panels one above the other; a folded one takes one row. */
function stack(rect: Rect, slots: readonly PanelSlot[]): readonly PlacedPanel[] {
  const heights = share(
    rect.rows,
    slots.map(({ rows, folded }) => (folded ? 1 : rows + 2)),
    slots.map(({ folded }) => (folded ? 1 : 3)),
  );
  const placed: PlacedPanel[] = [];
  let y = rect.y;
  for (const [i, slot] of slots.entries()) {
    const rows = heights[i] ?? 0;
    if (rows > 0) placed.push({ id: slot.id, rect: { ...rect, y, rows }, folded: rows < 3 });
    y += rows;
  }
  return placed;
}

/** Two columns of panels, for the preset that shows only them. */
function columns(main: Rect, slots: readonly PanelSlot[]): readonly PlacedPanel[] {
  const half = Math.ceil(slots.length / 2);
  const left = Math.floor(main.cols / 2);
  const open = slots.map((slot) => ({ ...slot, folded: false }));
  return [
    ...stack({ ...main, cols: left }, open.slice(0, half)),
    ...stack({ ...main, x: left, cols: main.cols - left }, open.slice(half)),
  ];
}

/** The wished heights, plus the rest of `room` evenly; when they exceed it, the tallest shrink first. */
function share(room: number, wishes: readonly number[], least: readonly number[]): readonly number[] {
  const heights = [...wishes];
  const growing = heights.flatMap((height, i) => (height > 1 ? [i] : []));
  let over = room - heights.reduce((sum, height) => sum + height, 0);
  for (let i = 0; over > 0 && growing.length > 0; i = (i + 1) % growing.length, over--) {
    const at = growing[i] ?? 0;
    heights[at] = (heights[at] ?? 0) + 1;
  }
  while (over < 0) {
    const spare = heights.map((height, i) => height - (least[i] ?? 1));
    const tallest = spare.indexOf(Math.max(...spare));
    if (tallest < 0 || (spare[tallest] ?? 0) <= 0) break;
    heights[tallest] = (heights[tallest] ?? 0) - 1;
    over++;
  }
  // When that is not enough, the last panels shrink to one row, and are then left out.
  for (let i = heights.length - 1; over < 0 && i >= 0; i--) {
    const give = Math.min(-over, heights[i] ?? 0);
    const left = (heights[i] ?? 0) - give;
    heights[i] = left === 2 ? 1 : left;
    over += give;
  }
  return heights;
}

/** The place of a panel; decided at resize or by a key, never because a value changed. */
export interface PanelSlot {
  readonly id: string;
  /** Rows it has inside its border. */
  readonly rows: number;
  readonly folded: boolean;
}
/** The health of a panel and the rows it wants, when slots are decided. */
export interface Wish {
  readonly id: string;
  readonly health: Health;
  /** 0: one row, folded, is all it ever needs. */
  readonly rows: number;
  /** The cells its longest row asks for. */
  readonly cols?: number;
}

const inTrouble = ({ health }: Wish): boolean => health === 'crit' || health === 'warn';
/** Below this many rows inside its border a panel folds. */
const leastOf = (wish: Wish): number => Math.max(1, Math.min(wish.rows, inTrouble(wish) ? 5 : 3));

/**
 * Shares `rows` among the panels, those in trouble first. When the least heights do not fit, panels fold: the healthiest
 * first, among equals the last in order. CRIT never folds.
 */
export function plan(wishes: readonly Wish[], rows: number): readonly PanelSlot[] {
  const folded = new Set(wishes.filter((wish) => wish.rows === 0).map(({ id }) => id));
  const least = (): number => wishes.reduce((sum, wish) => sum + (folded.has(wish.id) ? 1 : leastOf(wish) + 2), 0);
  for (const mild of [['ok', 'none'], ['partial', 'no-data', 'stale'], ['warn']] as const)
    for (const wish of wishes.toReversed())
      if (least() > rows && (mild as readonly Health[]).includes(wish.health)) folded.add(wish.id);
  const given = new Map(wishes.map((wish) => [wish.id, leastOf(wish)]));
  const open = wishes.filter(({ id }) => !folded.has(id));
  let over = rows - least();
  for (const some of [open.filter(inTrouble), open.filter((wish) => !inTrouble(wish))])
    while (over > 0) {
      const hungry = some.filter(({ id, rows: wished }) => (given.get(id) ?? 0) < wished);
      const [next] = hungry.toSorted((a, b) => (given.get(a.id) ?? 0) - (given.get(b.id) ?? 0));
      if (next === undefined) break;
      given.set(next.id, (given.get(next.id) ?? 0) + 1);
      over--;
    }
  return wishes.map(({ id }) => ({ id, rows: given.get(id) ?? 1, folded: folded.has(id) }));
}
