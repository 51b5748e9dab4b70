/** Tells the hub whether this person types an entry. */
import { isEmptyText } from '../terminal/editor.ts';
import type { Ui } from './state.ts';
import type { View } from './view.ts';

/** The hub forgets that somebody types after twice this time; ms. */
const AGAIN_MS = 4000;

/** The draft becomes an entry of this incident when it is sent. */
const isEntry = ({ draft }: Ui, { incident, observer }: View): boolean =>
  incident !== null && !observer && !isEmptyText(draft) && (draft.pieces[0] !== '/' || draft.pieces[1] === '/');

/** Tells the hub whether this person types; to be called after every key. `at`: monotonic ms. */
export function typingTeller(tell: (on: boolean) => void): (ui: Ui, view: View, at: number) => void {
  let told = { on: false, at: 0, draft: null as Ui['draft'] | null };
  return (ui, view, at) => {
    const on = isEntry(ui, view);
    if (ui.draft === told.draft || (on === told.on && (!on || at - told.at < AGAIN_MS))) return;
    told = { on, at, draft: ui.draft };
    tell(on);
  };
}
