/** Any modal as lines. */
import type { Drawn, Place } from './drawn.ts';
import { drawForm } from './formview.ts';
import { drawHelp } from './helpview.ts';
import { drawBrief, drawDetail, drawKeys, drawListing, drawPalette, drawPast, drawSearch } from './listview.ts';
import type { Modal, Ui } from './state.ts';
import type { View } from './view.ts';

/** The width modals like, border included; a smaller screen gives what it has. */
export const MODAL_COLS = 74;
/** Columns in which they still say everything. */
export const MODAL_LEAST = 60;

export function drawModal(ui: Ui, modal: Modal, view: View, place: Place): Drawn {
  switch (modal.kind) {
    case 'form':
      return drawForm(modal, view, place);
    case 'palette':
      return drawPalette(modal, view, ui, place);
    case 'search':
      return drawSearch(modal, view, ui, place);
    case 'help':
      return drawHelp(modal, view, ui, place);
    case 'detail':
      return drawDetail(modal, view, ui, place);
    case 'incidents':
    case 'people':
      return drawListing(modal, view, ui, place);
    case 'brief':
      return drawBrief(modal, view, place);
    case 'history':
      return drawPast(modal, ui, place);
    case 'keys':
      return drawKeys(modal, place);
    default:
      return modal satisfies never;
  }
}
