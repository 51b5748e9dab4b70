/** Rows of the timeline as it is looked at now: what scrolling counts in. */
import type { Model } from '../../panels/model.ts';
import { timelineRows, shownSeqs as seqsOf, type TimelineRow } from '../../panels/rows.ts';
import { place } from './place.ts';
import type { Ui } from './state.ts';
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

const cols = (ui: Ui): number => place(ui).timeline?.cols ?? ui.size.cols;

export const rowsOf = (ui: Ui, view: View): readonly TimelineRow[] => timelineRows(unscrolled(ui, view), cols(ui));

/** Seqs of the entries the timeline shows, in order. */
export const shownSeqs = (ui: Ui, view: View): readonly number[] => seqsOf(unscrolled(ui, view), cols(ui));

/** Rows after the last one of entry `seq`, and of all before it. */
export function rowsBelow(rows: readonly TimelineRow[], seq: number): number {
  let at = rows.length;
  while (at > 0 && (rows[at - 1]?.seq ?? Infinity) > seq) at--;
  return rows.length - at;
}
