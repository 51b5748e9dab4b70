/** The modals that are lists: their rows, and what their keys do. Pure. */
import { best, closeness } from '../incident/fuzzy.ts';
import { isEnded, rolesOf } from '../incident/incident.ts';
import { isDone } from '../incident/runs.ts';
import { SEVERITY_NAME } from '../incident/severity.ts';
import { dayedTime, spanInWords, zoneName } from '../incident/time.ts';
import { counted } from '../incident/words.ts';
import { type EditorState, draftOf, editorText, isEmptyText } from '../terminal/editor.ts';
import { glyphs, joinLines, span } from '../terminal/text.ts';
import { nextRows } from '../../panels/next.ts';
import type { Action, Values } from './action.ts';
import { ACTIONS, actionNamed, hubAction } from './actions/index.ts';
import { openRunbook } from './actions/runbook.ts';
import { begin, perform } from './dispatch.ts';
import { openForm } from './form.ts';
import { deliveryLine, whyNotDelivered } from './delivery-lines.ts';
import { entryLine } from './entry-lines.ts';
import { keyLabel } from './keymap.ts';
import { linkItems } from './links.ts';
import {
  type ModalSize,
  type ModalView,
  closingRow,
  gapRows,
  listItem,
  listRows,
  queryModal,
  textField,
  textLine,
  twoColumns,
} from './modal-parts.ts';
import { clamp, listOver, titled, type OpenList } from './open-list.ts';
import { beginItem, nextOfView } from './next.ts';
import { owedList } from './owed.ts';
import { reveal } from './scroll.ts';
import {
  type ListModal,
  type Listing,
  type Queried,
  type RunbookList,
  type Ui,
  type UiChange,
  stay,
  withEffect,
} from './state.ts';
import { type View, found, listed } from './view.ts';
import type { RunbookSummary } from '../protocol/questions.ts';
import type { IncidentSummary } from '../protocol/summary.ts';

/** Performs an action from a list; a list stays open when the action cannot be performed. */
export function runFrom(ui: Ui, action: Action, view: View, byKey: boolean): UiChange {
  const { done, ...next } = perform({ ...ui, modal: null }, action, '', view, byKey);
  return done ? next : { ...next, ui: { ...next.ui, modal: ui.modal } };
}

/** The keys of a list, and its rows. */
const LISTS: Readonly<Record<ListModal['kind'], (ui: Ui, modal: never, view: View) => OpenList>> = {
  palette,
  search,
  history,
  incidents,
  people,
  next,
  deliveries,
  owed: owedList,
  links,
  runbooks,
};
export const listOf = (ui: Ui, modal: ListModal, view: View): OpenList => LISTS[modal.kind](ui, modal as never, view);

function palette(ui: Ui, modal: Queried<'palette'>, view: View): OpenList {
  return listOver(offered(modal.query, view, ui.recent), modal, {
    title: 'COMMANDS',
    row({ name, does, key, alt, whyNot }, cols) {
      const why = whyNot?.(view) ?? null;
      if (why !== null) return [span(does, 'dim'), span(`   not now: ${why}`, 'dim')];
      const keys = [key, alt].flatMap((each) => (each === undefined ? [] : [keyLabel(each)])).join(' ');
      const isRecent = cols >= 58 && editorText(modal.query).trim() === '' && ui.recent.includes(name);
      return joinLines([span(does), span(isRecent ? '  recent' : '', 'dim')], [span(`${keys}  /${name}`, 'key')], cols);
    },
    none: 'nothing of that name',
    keys: 'Enter run   Tab complete as /command',
    does: (action) => ({
      enter: () => runFrom(ui, action, view, false),
      other: ({ name }) =>
        name === 'tab' && isEmptyText(ui.draft)
          ? stay({ ...ui, modal: null, focus: 'line', draft: draftOf(`/${action.name} `) })
          : null,
    }),
  });
}

function search(ui: Ui, modal: Queried<'search'>, view: View): OpenList {
  const sought = editorText(modal.query);
  const hits = found(sought, view);
  const closed: Ui = { ...ui, modal: null, sought };
  const older = (view.events[0]?.seq ?? 1) - 1;
  const title = `SEARCH TIMELINE   ${hits.length} of ${view.events.length}`;
  return listOver(hits, modal, {
    title: older === 0 ? title : `${title}   ${older} older not here yet`,
    row: (hit, cols) => entryLine(hit, view, ui, cols),
    none: '',
    hint: 'by:NAME  kind:decision|question|alert  since:12:50  #38  "phrase"',
    keys: 'Enter jump (the view stays there)   Ctrl-Y copy',
    enter: () => stay(closed),
    does: ({ seq }) => ({
      enter: () => stay(reveal(closed, seq, view)),
      other: ({ name }) => (name === 'ctrl-y' ? begin(ui, 'copy', view, { args: `#${seq}` }) : null),
    }),
  });
}

/** Lines sent from here that match the query, the newest first. */
function history(ui: Ui, modal: Queried<'history'>): OpenList {
  const lines = best(editorText(modal.query), [...new Set(ui.history.toReversed())], (line) => line);
  const closed: Ui = { ...ui, modal: null, focus: 'line' };
  return listOver(lines, modal, {
    title: 'TYPED BEFORE',
    row: (line) => textLine(line),
    none: 'nothing like it was typed here',
    keys: 'Enter take it to the line',
    enter: () => stay(closed),
    does: (line) => ({
      enter: () => stay({ ...closed, draft: draftOf(line) }),
      other: ({ name }) =>
        name === 'ctrl-r' ? stay({ ...ui, modal: { ...modal, at: clamp(modal.at + 1, lines.length) } }) : null,
    }),
  });
}

/** What is done with the marked incident: its name, and the action with the values that its form begins with. */
const WITH_MARKED: Readonly<Record<string, readonly [name: string, action: string, values: (id: string) => Values]>> = {
  l: ['link', 'link', (other) => ({ other })],
  m: ['merge into', 'merge', (other) => ({ other })],
  c: ['cancel', 'status', () => ({ to: 'cancelled' })],
  r: ['reopen', 'status', () => ({ to: 'investigating' })],
};

/** Whether that key does something with `marked`: two incidents are related, or the status of the marked one is set. */
const isUseful = (key: string, marked: IncidentSummary, { incident }: View): boolean =>
  key === 'l' || key === 'm' ? incident !== null && incident.id !== marked.id : (key === 'r') === isEnded(marked);

function incidents(ui: Ui, listing: Listing, view: View): OpenList {
  const closed: Ui = { ...ui, modal: null };
  return listOver(listed(view), listing, {
    title: 'INCIDENTS   the open ones first',
    id: ({ id }) => id,
    row(one, cols) {
      const here = one.id === view.incident?.id ? ' (shown now)' : '';
      // The title comes before all else where there is little room.
      if (cols < 60) return textLine(`${one.severity} ${one.title}  ${one.status}`);
      const severity = `${one.severity} ${SEVERITY_NAME[one.severity].padEnd(8)}`;
      const since = `${dayedTime(Date.parse(one.declaredAt), view.now, ui.zone)} ${zoneName(ui.zone)}`;
      const right = textLine(`${one.status}  ${one.lead ?? 'no lead'}  ${since}`, 'dim');
      return joinLines(textLine(`${severity}  ${one.title}${one.drill ? ' [drill]' : ''}${here}`), right, cols);
    },
    none: '',
    does(marked) {
      const useful = Object.entries(WITH_MARKED).filter(([key]) => isUseful(key, marked, view));
      return {
        keys: `Enter look at it   ${useful.map(([key, [name]]) => `${key} ${name}`).join('   ')}`,
        enter: () => withEffect(closed, { do: 'follow', incident: marked.id }),
        other({ name }) {
          const [, [, action = '', values] = []] = useful.find(([key]) => key === name) ?? [];
          if (values === undefined) return null;
          const { modal, ...open } = openForm(closed, hubAction(action), view, values(marked.id));
          // The form of a status is about the marked incident, which is shown from now on.
          if (action !== 'status' || modal?.kind !== 'form') return stay({ ...open, modal });
          return withEffect({ ...open, modal: { ...modal, seen: null } }, { do: 'follow', incident: marked.id });
        },
      };
    },
  });
}

function people(ui: Ui, listing: Listing, view: View): OpenList {
  return listOver(view.people, listing, {
    title: titled('WHO IS HERE', view.people.length),
    row({ name, observer, since, incident }, cols) {
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
    does: () => ({ enter: () => stay({ ...ui, modal: null }) }),
  });
}

function next(ui: Ui, listing: Listing, view: View): OpenList {
  const items = nextOfView(view);
  return listOver(items, listing, {
    title: titled('NEXT', items.length),
    row: (_, cols, i) => nextRows(items, { now: view.now, ascii: ui.ascii }, cols)[i] ?? [],
    none: view.link.state === 'live' ? 'nothing: what the handbook asks for is done' : 'not known now',
    does: (item) => ({ keys: 'Enter opens its form, filled in', enter: () => beginItem(ui, item, view) }),
  });
}

/** Those not delivered first. */
function deliveries(ui: Ui, listing: Listing, view: View): OpenList {
  const all = view.deliveries ?? [];
  return listOver(all, listing, {
    title: titled('DELIVERIES', all.length),
    id: ({ id }) => id,
    row: (one, cols) => deliveryLine(one, view.now, cols),
    none: 'nothing was told to anybody outside',
    does(one) {
      const { id, incident, state } = one;
      const hint = whyNotDelivered(one, view.now);
      if (state === 'delivered' || view.observer) return { hint };
      const ask = (kind: 'retry_delivery' | 'confirm_delivery'): UiChange =>
        withEffect(ui, { do: 'submit', command: { kind, id }, incident });
      return {
        hint,
        keys: 'Enter delivers it again   d it got there',
        enter: () => ask('retry_delivery'),
        other: ({ name }) => (name === 'd' ? ask('confirm_delivery') : null),
      };
    },
  });
}

/** To dashboards, traces and logs. A terminal opens none, so Enter copies. */
function links(ui: Ui, listing: Listing, view: View): OpenList {
  return listOver(linkItems(view.links ?? [], view), listing, {
    title: 'LINKS',
    row: ({ name, url }) => [span(`${name}  `, 'title'), span(url, 'dim')],
    none: 'none stand in warroom.yaml under links:',
    does: ({ name, url, missing }) => ({
      hint: missing.length > 0 ? `not known: ${missing.join(', ')}` : undefined,
      keys: 'Enter copy it',
      enter: () => withEffect(ui, { do: 'copy', what: name, text: url }),
    }),
  });
}

/** Those that are begun in this incident first, then those of alerts that fire. */
function runbooks(ui: Ui, modal: RunbookList, view: View): OpenList {
  const runs = view.incident?.runs ?? [];
  const doneIn = (name: string): number =>
    new Set(runs.flatMap((run) => (run.runbook === name && isDone(run) ? [run.step] : []))).size;
  const isBegun = ({ name }: RunbookSummary): boolean => runs.some(({ runbook }) => runbook === name);
  const rank = (one: RunbookSummary): number => (isBegun(one) ? 0 : one.rules.length > 0 ? 1 : 2);
  const all = (modal.answer?.runbooks ?? []).toSorted((a, b) => rank(a) - rank(b));
  const near = best(editorText(modal.query), all, ({ name, title, alerts }) => `${name} ${title} ${alerts.join(' ')}`);
  return listOver(near, modal, {
    title: titled('RUNBOOKS', all.length),
    row(runbook, cols) {
      const { name, title, rules, runs: runnable } = runbook;
      const sign = rules.length > 0 ? span(`${glyphs(ui.ascii).crit} `, 'crit', { bold: true }) : span('  ');
      const done = isBegun(runbook) ? `${doneIn(name)} of ${runnable} steps done  ` : '';
      const why =
        rules.length > 0
          ? `for ${rules.join(', ')}`
          : runnable === 0
            ? 'to read'
            : `${counted(runnable, 'step')} to run`;
      const right = [span(done, 'info'), span(why, rules.length > 0 ? 'warn' : 'dim')];
      return joinLines([sign, span(title)], cols < 60 ? [] : right, cols);
    },
    none: modal.answer === null ? 'the hub is asked for them' : (modal.answer.fault ?? 'there is none like it'),
    does: ({ name }) => ({ keys: 'Enter open it', enter: () => openRunbook(ui, name) }),
  });
}

/** A list as lines, with the line to type in where it has one. */
export function drawList(ui: Ui, modal: ListModal, view: View, { cols, rows }: ModalSize): ModalView {
  const { title, at, count, row, none, keys, hint } = listOf(ui, modal, view);
  const gap = gapRows(rows);
  // Of a small modal no row stays empty.
  const isLeftOut = hint === undefined || (hint === '' && gap.length === 0);
  const foot = [...(isLeftOut ? [] : [textLine(hint, 'dim')]), closingRow(keys, cols)];
  const room = 'query' in modal ? listRows(rows, 1 + foot.length) : Math.max(1, rows - gap.length - foot.length);
  const from = Math.max(0, Math.min(at - Math.floor(room / 2), count - room));
  const lines = Array.from({ length: Math.min(room, count - from) }, (_, i) =>
    listItem(from + i === at, row(from + i, cols - 2), cols),
  );
  const shown = count === 0 && none !== '' ? [textLine(none, 'dim')] : lines;
  if ('query' in modal) return queryModal(title, textField(modal.query, '> ', cols, true), shown, foot, rows);
  return { title, lines: [...shown, ...gap, ...foot], cursor: null };
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
