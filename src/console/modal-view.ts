/** Every modal as lines; forms, help and lists are drawn in files of their own. Pure. */
import type { Line } from '../terminal/text.ts';
import { canReport } from '../incident/brief.ts';
import { briefLines, entryHistory, idsIn, partLines, writtenBy } from './entry-lines.ts';
import { drawForm } from './form-view.ts';
import { drawHelp } from './help.ts';
import { drawList } from './lists.ts';
import { type ModalSize, type ModalView, closingRow, gapRows, textLine } from './modal-parts.ts';
import { idLinkLines } from './links.ts';
import { nextOfView } from './next.ts';
import { NO_ONCALL, oncallLines } from './oncall-lines.ts';
import type { Modal, Ui } from './state.ts';
import { traceLines } from './trace-lines.ts';
import { type View, entry } from './view.ts';

/** The width of a modal, border included, where the screen is wide enough. */
export const MODAL_COLS = 74;
/** The least width in which a modal shows everything. */
export const MODAL_LEAST = 60;

export function drawModal(ui: Ui, modal: Modal, view: View, place: ModalSize): ModalView {
  const { cols, rows } = place;
  switch (modal.kind) {
    case 'form':
      return drawForm(modal, view, place);
    case 'help':
      return drawHelp(modal, view, ui, place);
    case 'detail': {
      const event = entry(view, modal.seq);
      const lines =
        event === undefined
          ? [textLine(`#${modal.seq} is not held here: it is asked of the hub`, 'dim')]
          : [...entryHistory(event, view, ui, cols), ...idLinkLines(idsIn(event), view, cols)];
      const gap = gapRows(rows);
      const ids = event === undefined ? [] : idsIn(event);
      const keys = `Ctrl-Y copy${ids.length === 0 ? '' : '   t trace'}   on the line: #${modal.seq} replies, /amend #${modal.seq}`;
      const { shown } = scrolled(lines, modal.scroll, rows - 1 - gap.length);
      const title = `ENTRY #${modal.seq}${event === undefined ? '' : `   ${writtenBy(event)}`}`;
      return { title, lines: [...shown, ...gap, closingRow(keys, cols)], cursor: null };
    }
    case 'brief': {
      const { offer } = view.incident ?? {};
      const title = modal.offered ? `${offer?.from ?? 'somebody'} OFFERS YOU COMMAND` : 'BRIEF   what we know';
      return pageOf(title, knownLines(view, cols), modal.scroll, place, modal.offered ? ANSWERS : 'any key closes');
    }
    case 'can': {
      const parts = view.incident === null ? [] : canReport(view.incident, view.now, nextOfView(view));
      return pageOf('CAN   conditions, actions, needs', partLines(parts, cols), modal.scroll, place);
    }
    case 'oncall':
      return pageOf('ON CALL', oncallModalLines(view, ui, cols), modal.scroll, place);
    case 'trace': {
      const leave = modal.answer?.trace === undefined ? undefined : 'Enter log it as a finding   Esc close';
      const lines = [...traceLines(modal.answer, ui.zone, cols), ...idLinkLines([modal.id], view, cols)];
      return pageOf(`TRACE ${modal.id}`, lines, modal.scroll, place, leave);
    }
    case 'keys': {
      const seen = modal.seen.slice(-Math.max(1, rows - 4)).map((name) => textLine(name, 'key'));
      const says = textLine('Press any key to see what this program understands.');
      return { title: 'KEYS', lines: [says, [], ...seen, [], closingRow('', cols)], cursor: null };
    }
    default:
      return drawList(ui, modal, view, place);
  }
}

const ANSWERS = 'Enter accept   Alt-D decline   Esc later';

/** Lines that are scrolled, and a last row that says how far and which keys there are. */
function pageOf(
  title: string,
  lines: readonly Line[],
  scroll: number,
  { cols, rows }: ModalSize,
  leave?: string,
): ModalView {
  const { from, shown } = scrolled(lines, scroll, rows - 2);
  const more = shown.length < lines.length ? `Up Down ${from + 1}-${from + shown.length} of ${lines.length}` : '';
  return { title, lines: [...shown, [], closingRow(more, cols, leave)], cursor: null };
}

const knownLines = (view: View, cols: number): readonly Line[] =>
  view.incident === null ? [] : briefLines(view.incident, view.now, cols, nextOfView(view));

const oncallModalLines = ({ oncall, now }: View, { zone }: Ui, cols: number): readonly Line[] =>
  oncall ? oncallLines(oncall, { now, zone }, cols) : [textLine(NO_ONCALL)];

/** The lines in view when `scroll` are scrolled over, and the index of the first. */
function scrolled(
  lines: readonly Line[],
  scroll: number,
  rows: number,
): { readonly from: number; readonly shown: readonly Line[] } {
  const room = Math.max(1, rows);
  const from = Math.max(0, Math.min(scroll, lines.length - room));
  return { from, shown: lines.slice(from, from + room) };
}
