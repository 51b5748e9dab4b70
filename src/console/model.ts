/** What the panels may know, made from the view and the state of the screen. */
import type { Model } from '../../panels/model.ts';
import { scrolled } from './scroll.ts';
import type { Ui } from './state.ts';
import type { View } from './view.ts';

export const modelOf = (ui: Ui, view: View): Model => ({
  ...view,
  zone: ui.zone,
  ascii: ui.ascii,
  timeline: {
    scroll: scrolled(ui, view),
    level: ui.level,
    readMark: ui.readMark,
    selected: ui.selected,
    filter: ui.filter,
  },
});
