/** The modals that are lists: their rows, and what their keys do. Pure. */
import { best, closeness } from '../incident/fuzzy.ts';
import { isEnded, rolesOf } from '../incident/incident.ts';
import { SEVERITY_NAME } from '../incident/severity.ts';
import { dayedTime, spanInWords, zoneName } from '../incident/time.ts';
import { type EditorState, type Key, draftOf, editorText, isEmptyText } from '../terminal/editor.ts';
import { joinLines, span } from '../terminal/text.ts';
import { nextRows } from '../../panels/next.ts';
import { type Action, type Values, isHubAction } from './action.ts';
import { ACTIONS, actionNamed } from './actions/index.ts';
import { copyAction } from './actions/look.ts';
import { perform } from './dispatch.ts';
import { openForm } from './form.ts';
import { deliveryLine, whyNotDelivered } from './delivery-lines.ts';
import { entryLine } from './entry-lines.ts';
import { keyLabel } from './keymap.ts';
import {
  type ModalSize,
  type ModalView,
  closingRow,
  listItem,
  listRows,
  queryModal,
  textField,
  textLine,
  twoColumns,
} from './modal-parts.ts';
import { clamp, type OpenList } from './open-list.ts';
import { links, runbookList } from './runbook-lists.ts';
import { beginItem, nextOfView } from './next.ts';
import { owedList } from './owed.ts';
import { visibleSeqs } from './panel-view.ts';
import { jump } from './scroll.ts';
import { type ListModal, type Listing, type Queried, type Ui, type UiChange, stay, withEffect } from './state.ts';
import { type View, found, listed } from './view.ts';
import type { IncidentSummary } from '../protocol/summary.ts';

/** Performs an action from a list; a list stays open when the action cannot be performed. */
export function runFrom(ui: Ui, action: Action, view: View, byKey: boolean): UiChange {
  const { done, ...next } = perform({ ...ui, modal: null }, action, '', view, byKey);
  return done ? next : { ...next, ui: { ...next.ui, modal: ui.modal } };
}

/** The keys of a list, and its rows. */
export function listOf(ui: Ui, modal: ListModal, view: View): OpenList {
  switch (modal.kind) {
    case 'palette':
      return palette(ui, modal, view);
    case 'search':
      return search(ui, modal, view);
    case 'history':
      return history(ui, modal);
    case 'incidents':
      return incidents(ui, modal, view);
    case 'people':
      return people(ui, modal, view);
    case 'next':
      return next(ui, modal, view);
    case 'deliveries':
      return deliveries(ui, modal, view);
    case 'owed':
      return owedList(ui, modal, view);
    case 'links':
      return links(ui, modal, view);
    case 'runbooks':
      return runbookList(ui, modal, view);
    default:
      return modal satisfies never;
  }
}

function palette(ui: Ui, modal: Queried<'palette'>, view: View): OpenList {
  const actions = offered(modal.query, view, ui.recent);
  const at = clamp(modal.at, actions.length);
  const marked = actions[at];
  const toLine = (name: string): UiChange => stay({ ...ui, modal: null, focus: 'line', draft: draftOf(`/${name} `) });
  return {
    title: 'COMMANDS',
    at,
    count: actions.length,
    row(i, cols) {
      const { name = '', does = '', key, alt, whyNot } = actions[i] ?? {};
      const why = whyNot?.(view) ?? null;
      if (why !== null) return [span(does, 'dim'), span(`   not now: ${why}`, 'dim')];
      const keys = [key, alt].flatMap((each) => (each === undefined ? [] : [keyLabel(each)])).join(' ');
      const isRecent = cols >= 58 && editorText(modal.query).trim() === '' && ui.recent.includes(name);
      return joinLines([span(does), span(isRecent ? '  recent' : '', 'dim')], [span(`${keys}  /${name}`, 'key')], cols);
    },
    none: 'nothing of that name',
    keys: 'Enter run   Tab complete as /command',
    enter: marked === undefined ? null : () => runFrom(ui, marked, view, false),
    other: (key) => (key.name === 'tab' && marked !== undefined && isEmptyText(ui.draft) ? toLine(marked.name) : null),
  };
}

function search(ui: Ui, modal: Queried<'search'>, view: View): OpenList {
  const hits = found(editorText(modal.query), view);
  const at = modal.at < 0 ? hits.length - 1 : Math.min(modal.at, hits.length - 1);
  const hit = hits[at];
  const next: Ui = { ...ui, modal: null, sought: editorText(modal.query) };
  const older = (view.events[0]?.seq ?? 1) - 1;
  return {
    title: `SEARCH TIMELINE   ${hits.length} of ${view.events.length}${older === 0 ? '' : `   ${older} older not here yet`}`,
    at,
    count: hits.length,
    row: (i, cols) => (hits[i] === undefined ? [] : entryLine(hits[i], view, ui, cols)),
    none: '',
    hint: 'by:NAME  kind:decision|question|alert  since:12:50  #38  "phrase"',
    keys: 'Enter jump (the view stays there)   Ctrl-Y copy',
    enter() {
      if (hit === undefined) return stay(next);
      // What filter or level hides is shown, as it was asked for.
      const isShown = visibleSeqs(next, view).includes(hit.seq);
      return stay(jump(isShown ? next : { ...next, filter: '', level: 'system' }, hit.seq, view));
    },
    other: (key) => (key.name === 'ctrl-y' && hit !== undefined ? copyAction.apply(ui, view, `#${hit.seq}`) : null),
  };
}

/** Lines sent from here that match the query, the newest first. */
function history(ui: Ui, modal: Queried<'history'>): OpenList {
  const lines = best(editorText(modal.query), [...new Set(ui.history.toReversed())], (line) => line);
  const at = clamp(modal.at, lines.length);
  const line = lines[at];
  const older = (): UiChange => stay({ ...ui, modal: { ...modal, at: clamp(modal.at + 1, lines.length) } });
  return {
    title: 'TYPED BEFORE',
    at,
    count: lines.length,
    row: (i) => textLine(lines[i] ?? ''),
    none: 'nothing like it was typed here',
    keys: 'Enter take it to the line',
    enter: () => stay({ ...ui, modal: null, focus: 'line', draft: line === undefined ? ui.draft : draftOf(line) }),
    other: (key) => (key.name === 'ctrl-r' ? older() : null),
  };
}

/** What is done with the marked incident: its name, and the action with the values that its form begins with. */
const WITH_MARKED: Readonly<Record<string, readonly [name: string, action: string, values: (id: string) => Values]>> = {
  l: ['link', 'link', (other) => ({ other })],
  m: ['merge into', 'merge', (other) => ({ other })],
  c: ['cancel', 'status', () => ({ to: 'cancelled' })],
  r: ['reopen', 'status', () => ({ to: 'investigating' })],
};

/** Whether that key does something with `marked`: two incidents are related, or the status of the marked one is set. */
function isUseful(key: string, marked: IncidentSummary, { incident }: View): boolean {
  if (actionNamed(WITH_MARKED[key]?.[1] ?? '') === undefined) return false;
  if (key === 'l' || key === 'm') return incident !== null && incident.id !== marked.id;
  return (key === 'r') === isEnded(marked);
}

function incidents(ui: Ui, { at }: Listing, view: View): OpenList {
  const closed: Ui = { ...ui, modal: null };
  const all = listed(view);
  const marked = all[at];
  const useful = Object.keys(WITH_MARKED).filter((key) => marked !== undefined && isUseful(key, marked, view));
  function other({ name }: Key): UiChange | null {
    const [, word = '', values] = WITH_MARKED[name] ?? [];
    const action = actionNamed(word);
    if (marked === undefined || values === undefined || !useful.includes(name)) return null;
    if (action === undefined || !isHubAction(action)) return null;
    const { modal, ...open } = openForm(closed, action, view, values(marked.id));
    // The form of a status is about the marked incident, which is shown from now on.
    if (word !== 'status' || modal?.kind !== 'form') return stay({ ...open, modal });
    return withEffect({ ...open, modal: { ...modal, seen: null } }, { do: 'follow', incident: marked.id });
  }
  return {
    title: 'INCIDENTS   the open ones first',
    at,
    count: all.length,
    other,
    row(i, cols) {
      const one = all[i];
      if (one === undefined) return [];
      const here = one.id === view.incident?.id ? ' (shown now)' : '';
      // The title comes before all else where there is little room.
      if (cols < 60) return textLine(`${one.severity} ${one.title}  ${one.status}`);
      const severity = `${one.severity} ${SEVERITY_NAME[one.severity].padEnd(8)}`;
      const since = `${dayedTime(Date.parse(one.declaredAt), view.now, ui.zone)} ${zoneName(ui.zone)}`;
      const right = textLine(`${one.status}  ${one.lead ?? 'no lead'}  ${since}`, 'dim');
      return joinLines(textLine(`${severity}  ${one.title}${one.drill ? ' [drill]' : ''}${here}`), right, cols);
    },
    none: '',
    keys: `Enter look at it   ${useful.map((key) => `${key} ${WITH_MARKED[key]?.[0] ?? ''}`).join('   ')}`,
    enter: () => (marked === undefined ? stay(closed) : withEffect(closed, { do: 'follow', incident: marked.id })),
  };
}

function people(ui: Ui, { at }: Listing, view: View): OpenList {
  const count = view.people.length;
  return {
    title: `WHO IS HERE   ${count > 0 ? count : ''}`.trimEnd(),
    at,
    count,
    row(i, cols) {
      const person = view.people[i];
      if (person === undefined) return [];
      const { name, observer, since, incident } = person;
      const about = [
        ...(name === view.me ? ['you'] : []),
        ...(observer ? ['observer'] : []),
        ...rolesOf(view.incident, name),
      ];
      const where = incident === (view.incident?.id ?? null) ? '' : `  looks at ${incident ?? 'no incident'}`;
      const right = `here since ${spanInWords(view.now - Date.parse(since))}${where}`;
      return joinLines(twoColumns([span(name)], 18, textLine(about.join(', '), 'info')), textLine(right, 'dim'), cols);
    },
    none: 'the hub has not said yet who is here',
    keys: '',
    enter: () => stay({ ...ui, modal: null }),
  };
}

function next(ui: Ui, { at }: Listing, view: View): OpenList {
  const items = nextOfView(view);
  const marked = items[at];
  const { now } = view;
  return {
    title: `NEXT   ${items.length > 0 ? items.length : ''}`.trimEnd(),
    at,
    count: items.length,
    row: (i, cols) => nextRows(items, { now, ascii: ui.ascii }, cols)[i] ?? [],
    none: view.link.state === 'live' ? 'nothing: what the handbook asks for is done' : 'not known now',
    keys: marked === undefined ? '' : 'Enter opens its form, filled in',
    enter: () => (marked === undefined ? stay({ ...ui, modal: null }) : beginItem(ui, marked, view)),
  };
}

/** Those not delivered first. */
function deliveries(ui: Ui, { at }: Listing, view: View): OpenList {
  const all = view.deliveries ?? [];
  const marked = all[clamp(at, all.length)];
  const mayRetry = marked !== undefined && marked.state !== 'delivered' && !view.observer;
  const ask = (kind: 'retry_delivery' | 'confirm_delivery', id: string): UiChange =>
    withEffect(ui, { do: 'submit', command: { kind, id }, incident: marked?.incident ?? null });
  return {
    title: `DELIVERIES   ${all.length > 0 ? all.length : ''}`.trimEnd(),
    at: clamp(at, all.length),
    count: all.length,
    row: (i, cols) => (all[i] === undefined ? [] : deliveryLine(all[i], view.now, cols)),
    none: 'nothing was told to anybody outside',
    ...(marked && { hint: whyNotDelivered(marked, view.now) }),
    keys: mayRetry ? 'Enter delivers it again   d it got there' : '',
    enter: mayRetry ? () => ask('retry_delivery', marked.id) : null,
    other: ({ name }) => (name === 'd' && mayRetry ? ask('confirm_delivery', marked.id) : null),
  };
}

/** A list as lines, with the line to type in where it has one. */
export function drawList(ui: Ui, modal: ListModal, view: View, { cols, rows }: ModalSize): ModalView {
  const { title, at, count, row, none, keys, hint } = listOf(ui, modal, view);
  const foot = [...(hint === undefined ? [] : [textLine(hint, 'dim')]), closingRow(keys, cols)];
  const room = 'query' in modal ? listRows(rows, 1 + foot.length) : Math.max(1, rows - 2);
  const from = Math.max(0, Math.min(at - Math.floor(room / 2), count - room));
  const lines = Array.from({ length: Math.min(room, count - from) }, (_, i) =>
    listItem(from + i === at, row(from + i, cols - 2), cols),
  );
  const shown = count === 0 && none !== '' ? [textLine(none, 'dim')] : lines;
  if ('query' in modal) return queryModal(title, textField(modal.query, '> ', cols, true), shown, foot, rows);
  return { title, lines: [...shown, [], ...foot], cursor: null };
}

/**
 * Actions that match the query: those in which a word begins with it first, and among equals those that are possible
 * now. An impossible one still precedes those that only contain the letters, so that Enter does not run another action.
 * For an empty query the actions used last come first.
 */
export function offered(query: EditorState, view: View, recent: readonly string[] = []): readonly Action[] {
  const typed = editorText(query);
  const namesOf = (action: Action): readonly string[] => [action.name, ...(action.alias ?? [])];
  const words = (action: Action): string => `${action.does} /${namesOf(action).join(' ')}`;
  if (typed.trim() === '')
    return [
      ...recent.flatMap((name) => actionNamed(name) ?? []),
      ...ACTIONS.filter(({ name }) => !recent.includes(name)),
    ];
  const rank = (action: Action): number => {
    const named = namesOf(action).includes(typed.trim().toLowerCase()) ? 0 : 1;
    const barred = (action.whyNot?.(view) ?? null) === null ? 0 : 1;
    return (closeness(typed, words(action)) ?? 3) * 4 + barred * 2 + named;
  };
  return best(typed, ACTIONS, words).toSorted((a, b) => rank(a) - rank(b));
}
