/** Which entries the timeline shows, and how many rows they take: what scrolling counts in. */
import type { Event } from '../incident/event.ts';
import { LEVELS } from '../incident/event.ts';
import type { Ui } from './state.ts';
import type { View } from './view.ts';

const shows = (ui: Ui, event: Event): boolean => LEVELS.indexOf(event.level) <= LEVELS.indexOf(ui.level);

/** Seqs of the entries the timeline shows, in order. */
export const shownSeqs = (ui: Ui, view: View): readonly number[] =>
  view.events.filter((event) => shows(ui, event)).map(({ seq }) => seq);

/** Rows of the shown entries after `seq`. */
export function rowsBelow(ui: Ui, view: View, seq: number): number {
  let rows = 0;
  for (let i = view.events.length - 1; i >= 0; i--) {
    const event = view.events[i];
    if (event === undefined || event.seq <= seq) break;
    if (shows(ui, event)) rows++;
  }
  return rows;
}

/** Rows of all shown entries. */
export const rowsIn = (ui: Ui, view: View): number => rowsBelow(ui, view, -1);
