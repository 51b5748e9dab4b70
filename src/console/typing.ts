/** Tells the others while an entry is being written here: at once, then every few seconds as long as keys are pressed. */
import { isEmpty } from '../terminal/editor.ts';
import type { Ui } from './state.ts';
import type { View } from './view.ts';

/** Said again this often; the hub forgets after twice that. ms. */
const AGAIN_MS = 4000;

/** What stands in the line will be an entry of this incident. */
const isEntry = ({ draft }: Ui, { incident, observer }: View): boolean =>
  incident !== null && !observer && !isEmpty(draft) && (draft.pieces[0] !== '/' || draft.pieces[1] === '/');

/** To be called after every key; `tell` goes to the hub. `at`: monotonic ms. */
export function typingTeller(tell: (on: boolean) => void): (ui: Ui, view: View, at: number) => void {
  let told: { readonly on: boolean; readonly at: number; readonly draft: Ui['draft'] | null } = {
    on: false,
    at: 0,
    draft: null,
  };
  return (ui, view, at) => {
    const on = isEntry(ui, view);
    if (ui.draft === told.draft || (on === told.on && (!on || at - told.at < AGAIN_MS))) return;
    told = { on, at, draft: ui.draft };
    tell(on);
  };
}
