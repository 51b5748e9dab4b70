/** Looks for a correlation id in the logs on the hub's machine. */
import type { ScreenAction } from '../action.ts';
import { idsIn } from '../entry-lines.ts';
import { withEffect, withModal, type Ui, type UiChange } from '../state.ts';
import { entry, notKnown, type View } from '../view.ts';

/** Entries in which ids are looked for. */
const RECENT = 200;

/** The ids of the selected entry, then those of the newest entries. */
function knownIds(ui: Ui, view: View): readonly string[] {
  const selected = ui.selected === null ? undefined : entry(view, ui.selected);
  const all = [...(selected === undefined ? [] : [selected]), ...view.events.slice(-RECENT).toReversed()];
  return [...new Set(all.flatMap(idsIn))];
}

export const openTrace = (ui: Ui, id: string, view: View): UiChange =>
  withEffect(withModal(ui, { kind: 'trace', id, answer: null, scroll: 0 }, view), {
    do: 'ask',
    about: { what: 'trace', id },
  });

export const traceAction: ScreenAction = {
  name: 'trace',
  does: 'what the logs have of a correlation id; without one, of the last that was written',
  usage: '/trace [ID]',
  words: knownIds,
  whyNot: (view) => notKnown(view, 'what the logs have'),
  apply(ui, view, args) {
    const id = args.trim() || knownIds(ui, view)[0];
    if (id === undefined) return 'no entry has a correlation id: /trace ID';
    if (id.length < 3 || id.length > 200) return 'an id has 3 to 200 characters';
    return openTrace(ui, id, view);
  },
};
