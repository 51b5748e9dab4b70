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
import type { Layout } from './layout.ts';
import { currentLayout, type Modal, type Ui } from './state.ts';
import { traceLines } from './trace-lines.ts';
import { type View, entry } from './view.ts';

/** The width of a modal, border included, where the screen is wide enough. */
const MODAL_COLS = 74;
/** The least width in which a modal shows everything. */
const MODAL_LEAST = 60;

/** The cells for a modal: `cols` by `most` of `room`, in the middle of the first `over` columns; `bare`: without a border. */
export function modalPlace({ size, ascii }: Ui, { main, timeline }: Layout) {
  // Over the panels where they are wide enough, so that the timeline stays readable. A modal that is almost as wide as
  // that space takes all of it.
  const panels = (timeline?.x ?? 0) - 1;
  const over = panels >= MODAL_LEAST ? panels : size.cols;
  const cols = over < MODAL_COLS + 12 ? over : MODAL_COLS;
  const room = main.rows > 3 ? main : { x: 0, y: 0, cols: size.cols, rows: Math.max(1, size.rows - 1) };
  const most = room.rows >= 20 ? room.rows - 3 : room.rows;
  const bare = cols < 24 || most < 3;
  const inner: ModalSize = { cols: bare ? cols : cols - 4, rows: bare ? most : most - 2, ascii };
  return { over, room, cols, most, bare, inner };
}

/** `ui` with its modal scrolled no further than there is more of it, so that one key back shows. */
export function scrolledWithin(ui: Ui, view: View): Ui {
  const { modal } = ui;
  if (modal === null || !('scroll' in modal) || modal.scroll === 0) return ui;
  const { scroll = 0 } = drawModal(ui, modal, view, modalPlace(ui, currentLayout(ui)).inner);
  return { ...ui, modal: { ...modal, scroll } };
}

export function drawModal(ui: Ui, modal: Modal, view: View, place: ModalSize): ModalView {
  const { cols, rows } = place;
  const { incident, now, oncall } = view;
  switch (modal.kind) {
    case 'form':
      return drawForm(modal, view, place);
    case 'help':
      return drawHelp(modal, view, ui, place);
    case 'detail': {
      const { seq } = modal;
      const event = entry(view, seq);
      const ids = event === undefined ? [] : idsIn(event);
      const lines =
        event === undefined
          ? [textLine(`#${seq} is not held here: it is asked of the hub`, 'dim')]
          : [...entryHistory(event, view, ui, cols), ...idLinkLines(ids, view, cols)];
      const amend = event?.kind === 'noted' ? `, /amend #${seq}` : '';
      const write = view.observer ? '' : `   on the line: #${seq} replies${amend}`;
      const keys = `Ctrl-Y copy${ids.length === 0 ? '' : '   t trace'}${write}`;
      const title = `ENTRY #${seq}${event === undefined ? '' : `   ${writtenBy(event)}`}`;
      return pageOf(title, lines, modal.scroll, place, { keys });
    }
    case 'brief': {
      const lines = incident === null ? [] : briefLines(incident, now, cols, nextOfView(view));
      if (!modal.offered)
        return pageOf('BRIEF   what we know', lines, modal.scroll, place, { leave: 'any key closes' });
      const title = `${incident?.offer?.from ?? 'somebody'} OFFERS YOU COMMAND`;
      return pageOf(title, lines, modal.scroll, place, { leave: 'Enter accept   Alt-D decline   Esc later' });
    }
    case 'can': {
      const parts = incident === null ? [] : canReport(incident, now, nextOfView(view));
      return pageOf('CAN   conditions, actions, needs', partLines(parts, cols), modal.scroll, place);
    }
    case 'oncall': {
      const lines = oncall ? oncallLines(oncall, { now, zone: ui.zone }, cols) : [textLine(NO_ONCALL)];
      return pageOf('ON CALL', lines, modal.scroll, place);
    }
    case 'trace': {
      const lines = [...traceLines(modal.answer, ui.zone, cols), ...idLinkLines([modal.id], view, cols)];
      const canLog = modal.answer?.trace !== undefined;
      return pageOf(`TRACE ${modal.id}`, lines, modal.scroll, place, {
        leave: canLog ? 'Enter log it as a finding   Esc close' : undefined,
      });
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

/** Lines that are scrolled, and a last row that says how far, which keys there are, and how to leave. */
function pageOf(
  title: string,
  lines: readonly Line[],
  scroll: number,
  { cols, rows }: ModalSize,
  { keys = '', leave }: { readonly keys?: string; readonly leave?: string | undefined } = {},
): ModalView {
  const gap = gapRows(rows);
  const room = Math.max(1, rows - gap.length - 1);
  const from = Math.max(0, Math.min(scroll, lines.length - room));
  const shown = lines.slice(from, from + room);
  const more = shown.length < lines.length ? `Up Down ${from + 1}-${from + shown.length} of ${lines.length}   ` : '';
  const last = closingRow(`${more}${keys}`, cols, leave);
  return { title, lines: [...shown, ...gap, last], cursor: null, scroll: from };
}
