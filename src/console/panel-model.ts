/**
 * What the panels are given, made from the view and the state of the screen; and the rows of the timeline that scrolling
 * counts in. Pure.
 */
import type { Model } from '../../panels/model.ts';
import { type TimelineRow, shownSeqs as seqsOf, timelineRows } from '../../panels/rows.ts';
import { currentLayout, type Ui } from './state.ts';
import type { View } from './view.ts';

/** The model without the scroll, which is counted from these rows. */
export const unscrolled = (ui: Ui, view: View): Model => ({
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
  },
});

const cols = (ui: Ui): number => currentLayout(ui).timeline?.cols ?? ui.size.cols;

export const rowsOf = (ui: Ui, view: View): readonly TimelineRow[] => timelineRows(unscrolled(ui, view), cols(ui));

/** Seqs of the entries the timeline shows, in order. */
export const shownSeqs = (ui: Ui, view: View): readonly number[] => seqsOf(unscrolled(ui, view), cols(ui));

/** Rows after the last one of entry `seq`, and of all before it. */
export function rowsBelow(rows: readonly TimelineRow[], seq: number): number {
  let at = rows.length;
  while (at > 0 && (rows[at - 1]?.seq ?? Infinity) > seq) at--;
  return rows.length - at;
}

export function modelOf(ui: Ui, view: View): Model {
  const model = unscrolled(ui, view);
  return ui.scroll === null ? model : { ...model, timeline: { ...model.timeline, scroll: scrolled(ui, view) } };
}

/** Rows the end of the timeline is away. What came since counts too, so the place one reads does not move. */
export function scrolled(ui: Ui, view: View): number {
  return ui.scroll === null ? 0 : ui.scroll.rows + rowsBelow(rowsOf(ui, view), ui.scroll.seq);
}
