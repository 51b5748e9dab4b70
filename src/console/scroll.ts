/** Moving over the timeline and between panels. Pure. */
import type { TimelineRow } from '../../panels/timeline.ts';
import { rowsBelow, rowsOf, scrolled, visibleSeqs } from './panel-view.ts';
import { found, lastSeq, type View } from './view.ts';
import { notShown, type ScreenAction } from './action.ts';
import { panelIds, say, stay, withEffect, type UiChange, type Ui, replan, currentLayout } from './state.ts';
import { stepChartRange, zoomed } from './actions/look.ts';
import { clamp } from './open-list.ts';
import type { Key } from '../terminal/editor.ts';

/** Entries fetched when the view scrolls past the oldest one held here. */
const PAGE = 500;

/** Back to the end of the timeline; everything counts as read. */
export const live = (ui: Ui, view: View): Ui => ({
  ...ui,
  scroll: null,
  selected: null,
  readMark: view.incident?.head ?? ui.readMark,
  left: false,
});

/** PgUp and PgDn page a zoomed panel, else the timeline; Alt-Up and Alt-Down move the timeline by a line. */
export function pageBack(ui: Ui, name: string, view: View): UiChange {
  // PgUp goes to the top, as the beginning of the previous page is unknown.
  if (ui.zoom !== null && name.startsWith('page'))
    return stay(name === 'pagedown' ? moveZoomed(ui, pageOf(ui)) : { ...ui, paged: 0 });
  const page = Math.max(1, height(ui) - 2);
  const by = { pageup: page, pagedown: -page, 'alt-up': 1, 'alt-down': -1 }[name] ?? 0;
  return scrollBy(ui, by, view);
}

/** Pages of a zoomed panel, at most; the panel stops at its last row. */
const PAGES = 4;

/** `ui` with the zoomed panel moved by `by` rows, down being positive. */
export function moveZoomed(ui: Ui, by: number): Ui {
  const most = PAGES * pageOf(ui);
  return { ...ui, paged: Math.max(0, Math.min(ui.paged + by, most)) };
}

const pageOf = (ui: Ui): number =>
  Math.max(1, (currentLayout(ui).panels.find(({ id }) => id === ui.zoom)?.rect.rows ?? 0) - 4);

/** Scrolls by `by` rows, up being positive. The end is live; at the beginning older entries are fetched. */
export function scrollBy(ui: Ui, by: number, view: View): UiChange {
  if (currentLayout(ui).timeline === null) return stay(ui);
  const rows = rowsOf(ui, view);
  const most = Math.max(0, rows.length - height(ui) + 1);
  const at = Math.min(most, scrolled(ui, view) + by);
  const next = at <= 0 ? { ...ui, scroll: null } : { ...ui, scroll: anchored(rows, at) };
  const first = view.events[0]?.seq ?? 1;
  if (by <= 0 || at < most || first <= 1) return stay(next);
  return withEffect(next, { do: 'page', from: Math.max(1, first - PAGE) });
}

/** The scroll position `at` rows from the end, relative to the last entry in view. */
function anchored(rows: readonly TimelineRow[], at: number): Ui['scroll'] {
  const seq = rows.slice(0, Math.max(1, rows.length - at)).findLast((row) => row.seq !== null)?.seq ?? 0;
  return { seq, rows: at - rowsBelow(rows, seq) };
}

/** Rows of the timeline without its title. */
const height = (ui: Ui): number => Math.max(1, (currentLayout(ui).timeline?.rows ?? 2) - 1);

/** `ui` without the zoomed panel or the preset that hides the timeline. */
function withTimeline(ui: Ui): Ui {
  if (currentLayout(ui).timeline !== null) return ui;
  const small = { ...ui, zoom: null, paged: 0 };
  return currentLayout(small).timeline === null ? replan({ ...small, preset: 0 }) : small;
}

/** `ui` with entry `seq` selected and scrolled into view. */
export function jump(from: Ui, seq: number, view: View): Ui {
  const ui = withTimeline(from);
  const next = { ...ui, selected: seq };
  const rows = rowsOf(next, view);
  const below = rowsBelow(rows, seq);
  const top = rowsBelow(rows, seq - 1);
  const at = scrolled(ui, view);
  const room = height(ui);
  if (below >= at && top <= at + room - (at > 0 ? 1 : 0)) return next;
  // The first row of a long entry is in view, below it as much as there is room for.
  const to = Math.min(Math.max(0, rows.length - room + 1), Math.max(0, below - Math.floor(room / 2), top - room + 1));
  return { ...next, scroll: to === 0 ? null : anchored(rows, to) };
}

/** As `jump`, with what filter or level hides of the timeline shown, as the entry was asked for. */
export function reveal(ui: Ui, seq: number, view: View): Ui {
  const isShown = visibleSeqs(ui, view).includes(seq);
  return jump(isShown ? ui : { ...ui, filter: '', level: 'system' }, seq, view);
}

/** Tab goes to the input line, the timeline, the panels in order, and back. */
export function nextFocus(ui: Ui, by: 1 | -1, view: View): Ui {
  const stops = ['line', ...(view.incident === null ? [] : ['timeline']), ...panelIds(ui)];
  const at = Math.max(0, stops.indexOf(ui.focus));
  const focus = stops[(at + by + stops.length) % stops.length] ?? 'line';
  const { panels, context } = currentLayout({ ...ui, zoom: null });
  const isThere = [...panels, ...context].some(({ id }) => id === focus);
  // A panel that is not on the screen is zoomed while it has the focus.
  const zoom = focus === 'line' || focus === 'timeline' ? null : !isThere || ui.zoom !== null ? focus : null;
  return { ...ui, focus, zoom, paged: 0, selected: focus === 'timeline' ? (ui.selected ?? lastSeq(view)) : null };
}

/** Keys while the timeline or a panel has the focus. None of them changes data. */
export function focusKey(ui: Ui, key: Key, view: View): UiChange | null {
  switch (key.name) {
    case 'escape':
      return stay({ ...ui, focus: 'line', zoom: null, selected: null });
    case 'tab':
      return stay(nextFocus(ui, 1, view));
    case 'shift-tab':
      return stay(nextFocus(ui, -1, view));
    case 'pageup':
    case 'pagedown':
    case 'alt-up':
    case 'alt-down':
      return pageBack(ui, key.name, view);
    default:
      return ui.focus === 'timeline' ? timelineKey(ui, key, view) : panelKey(ui, key);
  }
}

function timelineKey(ui: Ui, key: Key, view: View): UiChange | null {
  const by = BY[key.name];
  if (by !== undefined) {
    const shown = visibleSeqs(ui, view);
    const at = shown.indexOf(ui.selected ?? -1);
    const seq = shown[at < 0 ? shown.length - 1 : clamp(at + by, shown.length)];
    return stay(seq === undefined ? ui : jump(ui, seq, view));
  }
  switch (key.name) {
    case 'g':
    case 'home':
      return climb(ui, view);
    case 'G':
    case 'end':
      return stay({ ...live(ui, view), selected: visibleSeqs(ui, view).at(-1) ?? null });
    case 'n':
    case 'N':
      return stay(nextMatch(ui, view, key.name === 'n' ? 1 : -1));
    case 'enter':
      if (ui.selected === null) return stay(ui);
      return stay({ ...ui, modal: { kind: 'detail', seq: ui.selected, scroll: 0, openedAt: view.mono } });
    default:
      return null;
  }
}
/** The keys that move by one. */
const BY: Readonly<Record<string, number>> = { k: -1, up: -1, j: 1, down: 1 };

/** Moves to the first entry from `seq` on, and further as older entries arrive. */
export function climb(ui: Ui, view: View, seq = 1): UiChange {
  const first = visibleSeqs(ui, view).find((each) => each >= seq);
  const up = first === undefined ? ui : jump(ui, first, view);
  if ((view.events[0]?.seq ?? 1) <= seq) return stay({ ...up, climbing: null });
  return withEffect({ ...up, climbing: seq }, { do: 'page', from: seq });
}

export const unreadAction: ScreenAction = {
  name: 'unread',
  alt: 'alt-j',
  does: 'jump to the first unread entry',
  usage: '/unread',
  whyNot: notShown,
  apply(ui, view) {
    const mark = ui.readMark ?? 0;
    const isUnread = (view.incident?.head ?? 0) > mark;
    return isUnread ? climb(ui, view, mark + 1) : stay(say(ui, 'you have read everything', view.mono));
  },
};

/** The next entry, or the one before, that the last search finds. */
function nextMatch(ui: Ui, view: View, by: 1 | -1): Ui {
  if (ui.sought === '') return ui;
  const hits = found(ui.sought, view).map(({ seq }) => seq);
  const from = ui.selected ?? lastSeq(view);
  const next = by === 1 ? hits.find((seq) => seq > from) : hits.findLast((seq) => seq < from);
  return next === undefined ? ui : jump(ui, next, view);
}

function panelKey(ui: Ui, key: Key): UiChange | null {
  if (key.name === '+' || key.name === '-') return stay(stepChartRange(ui, key.name === '+' ? 1 : -1));
  if (key.name === 'enter') return stay({ ...zoomed(ui, ui.focus), focus: ui.focus });
  const by = { ...BY, g: -Infinity, G: Infinity }[key.name];
  const ids = panelIds(ui);
  return by === undefined ? null : stay({ ...ui, focus: ids[clamp(ids.indexOf(ui.focus) + by, ids.length)] ?? 'line' });
}
