/** Every modal as lines; forms and help are drawn in files of their own. Pure. */
import { clockTime, spanInWords, zoneName } from '../incident/time.ts';
import { rolesOf } from '../incident/incident.ts';
import { SEVERITY_NAME } from '../incident/severity.ts';
import { type Line, joinLines, span } from '../terminal/text.ts';
import { editorText } from '../terminal/editor.ts';
import { briefLines, entryHistory, entryLine, writtenBy } from './entry-lines.ts';
import { drawForm } from './form-view.ts';
import { drawHelp } from './help.ts';
import { keyLabel } from './keymap.ts';
import {
  queryModal,
  type ModalView,
  type ModalSize,
  closingRow,
  gapRows,
  listItem,
  listRows,
  twoColumns,
  textField,
  windowed,
  textLine,
} from './modal-parts.ts';
import { offered, typedBefore } from './modals.ts';
import type { Brief, Detail, Keys, Listing, Modal, Palette, Search, TypedBefore, Ui } from './state.ts';
import { type View, entry, found } from './view.ts';

/** The width of a modal, border included, where the screen is wide enough. */
export const MODAL_COLS = 74;
/** The least width in which a modal shows everything. */
export const MODAL_LEAST = 60;

export function drawModal(ui: Ui, modal: Modal, view: View, place: ModalSize): ModalView {
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
      return drawTypedBefore(modal, ui, place);
    case 'keys':
      return drawKeys(modal, place);
    default:
      return modal satisfies never;
  }
}

function drawPalette(modal: Palette, view: View, { recent }: Ui, { cols, rows }: ModalSize): ModalView {
  const query = textField(modal.query, '> ', cols, true);
  const tagged = cols >= 60 && editorText(modal.query).trim() === '' ? recent : [];
  const actions = offered(modal.query, view, recent);
  const { from, shown } = windowed(actions, modal.at, listRows(rows, 2));
  const lines = shown.map((action, i): Line => {
    const why = action.whyNot?.(view) ?? null;
    const keys = [action.key, action.alt].flatMap((key) => (key === undefined ? [] : [keyLabel(key)])).join(' ');
    if (why !== null)
      return listItem(from + i === modal.at, [span(action.does, 'dim'), span(`   not now: ${why}`, 'dim')], cols);
    const name = [span(action.does), span(tagged.includes(action.name) ? '  recent' : '', 'dim')];
    return listItem(from + i === modal.at, joinLines(name, [span(`${keys}  /${action.name}`, 'key')], cols - 2), cols);
  });
  const none = lines.length === 0 ? [textLine('nothing of that name', 'dim')] : lines;
  return queryModal('COMMANDS', query, none, [closingRow('Enter run   Tab complete as /command', cols)], rows);
}

function drawSearch(modal: Search, view: View, ui: Ui, { cols, rows }: ModalSize): ModalView {
  const hits = found(editorText(modal.query), view);
  const at = modal.at < 0 ? hits.length - 1 : Math.min(modal.at, hits.length - 1);
  const query = textField(modal.query, '> ', cols, true);
  const { from, shown } = windowed(hits, Math.max(0, at), listRows(rows, 3));
  const lines = shown.map((event, i) => listItem(from + i === at, entryLine(event, view, ui, cols - 2), cols));
  const title = `SEARCH TIMELINE   ${hits.length} of ${view.events.length}${olderThere(view)}`;
  const foot = [
    textLine('by:NAME  kind:decision|question|alert  since:12:50  #38  "phrase"', 'dim'),
    closingRow('Enter jump (the view stays there)   Ctrl-Y copy', cols),
  ];
  return queryModal(title, query, lines, foot, rows);
}

/** How many entries are not held here, and so not searched. */
function olderThere({ events }: View): string {
  const before = (events[0]?.seq ?? 1) - 1;
  return before === 0 ? '' : `   ${before} older not here yet`;
}

function drawDetail(modal: Detail, view: View, ui: Ui, { cols, rows }: ModalSize): ModalView {
  const event = entry(view, modal.seq);
  const lines =
    event === undefined
      ? [textLine(`#${modal.seq} is not held here: it is asked of the hub`, 'dim')]
      : entryHistory(event, view, ui, cols);
  const room = Math.max(1, rows - 1 - gapRows(rows).length);
  const from = Math.max(0, Math.min(modal.scroll, lines.length - room));
  return {
    title: `ENTRY #${modal.seq}${event === undefined ? '' : `   ${writtenBy(event)}`}`,
    lines: [
      ...lines.slice(from, from + room),
      ...gapRows(rows),
      closingRow(`Ctrl-Y copy   on the line: #${modal.seq} replies, /amend #${modal.seq}`, cols),
    ],
    cursor: null,
  };
}

function drawListing(modal: Listing, view: View, ui: Ui, place: ModalSize): ModalView {
  return modal.kind === 'incidents' ? incidents(modal, view, ui, place) : people(modal, view, ui, place);
}

function incidents(modal: Listing, view: View, ui: Ui, { cols, rows }: ModalSize): ModalView {
  const { from, shown } = windowed(view.incidents, modal.at, Math.max(1, rows - 2));
  const lines = shown.map((one, i) => {
    const here = one.id === view.incident?.id ? ' (shown now)' : '';
    const left = [
      span(
        `${one.severity} ${SEVERITY_NAME[one.severity].padEnd(8)}  ${one.title}${one.drill ? ' [drill]' : ''}${here}`,
      ),
    ];
    const since = clockTime(Date.parse(one.declaredAt), ui.zone);
    const right = [span(`${one.status}  ${one.lead ?? 'no lead'}  ${since} ${zoneName(ui.zone)}`, 'dim')];
    return listItem(from + i === modal.at, joinLines(left, right, cols - 2), cols);
  });
  return { title: 'OPEN INCIDENTS', lines: [...lines, [], closingRow('Enter look at it', cols)], cursor: null };
}

function people(modal: Listing, view: View, _ui: Ui, { cols, rows }: ModalSize): ModalView {
  const { from, shown } = windowed(view.people, modal.at, Math.max(1, rows - 2));
  const lines = shown.map((person, i) => {
    const about = [
      ...(person.name === view.me ? ['you'] : []),
      ...(person.observer ? ['observer'] : []),
      ...rolesOf(view.incident, person.name),
    ];
    const since = `here since ${spanInWords(view.now - Date.parse(person.since))}`;
    const where =
      person.incident === (view.incident?.id ?? null) ? '' : `  looks at ${person.incident ?? 'no incident'}`;
    const left = twoColumns([span(person.name)], 18, textLine(about.join(', '), 'info'));
    return listItem(from + i === modal.at, joinLines(left, textLine(`${since}${where}`, 'dim'), cols - 2), cols);
  });
  const known = lines.length > 0 ? lines : [textLine('the hub has not said yet who is here', 'dim')];
  const title = `WHO IS HERE   ${lines.length > 0 ? view.people.length : ''}`.trimEnd();
  return { title, lines: [...known, [], closingRow('', cols)], cursor: null };
}

function drawKeys(modal: Keys, { cols, rows }: ModalSize): ModalView {
  return {
    title: 'KEYS',
    lines: [
      textLine('Press any key to see what this program understands.'),
      [],
      ...modal.seen.slice(-Math.max(1, rows - 4)).map((name) => textLine(name, 'key')),
      [],
      closingRow('', cols),
    ],
    cursor: null,
  };
}

function drawBrief(modal: Brief, view: View, { cols, rows }: ModalSize): ModalView {
  const lines = view.incident === null ? [] : briefLines(view.incident, view.now, cols);
  const room = Math.max(1, rows - 2);
  const from = Math.max(0, Math.min(modal.scroll, lines.length - room));
  const more = lines.length > room ? `Up Down ${from + 1}-${from + room} of ${lines.length}` : '';
  return {
    title: 'BRIEF   what we know',
    lines: [...lines.slice(from, from + room), [], closingRow(more, cols)],
    cursor: null,
  };
}

function drawTypedBefore(modal: TypedBefore, ui: Ui, { cols, rows }: ModalSize): ModalView {
  const query = textField(modal.query, '> ', cols, true);
  const { from, shown } = windowed(typedBefore(ui, modal.query), modal.at, listRows(rows, 2));
  const lines = shown.map((line, i) => listItem(from + i === modal.at, textLine(line), cols));
  const none = lines.length === 0 ? [textLine('nothing like it was typed here', 'dim')] : lines;
  return queryModal('TYPED BEFORE', query, none, [closingRow('Enter take it to the line', cols)], rows);
}
