/** What the panels may know, made from the view and the state of the screen. */
import type { Model } from '../../panels/model.ts';
import { unscrolled } from './rows.ts';
import { scrolled } from './scroll.ts';
import type { Ui } from './state.ts';
import type { View } from './view.ts';

export function modelOf(ui: Ui, view: View): Model {
  const model = unscrolled(ui, view);
  return ui.scroll === null ? model : { ...model, timeline: { ...model.timeline, scroll: scrolled(ui, view) } };
}
