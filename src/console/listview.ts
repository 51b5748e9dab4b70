/** The modals that are lists, as lines: palette, search, an entry in full, incidents, people, key names. Pure. */
import { joinLines, span, type Line } from '../terminal/text.ts';
import { rolesOf } from '../incident/incident.ts';
import { SEVERITY_NAME } from '../incident/severity.ts';
import { textOf } from './draft.ts';
import { close, gap, item, listRows, pair, typing, windowed, words, type Drawn, type Place } from './drawn.ts';
import { keyLabel } from './keymap.ts';
import { offered, past } from './lists.ts';
import { found } from './search.ts';
import type { Brief, Detail, Keys, Listing, Palette, Past, Search, Ui } from './state.ts';
import { entry, type View } from './view.ts';
import { briefLines, entryHistory, entryLine, writtenBy } from './entries.ts';
import { clockTime, spanInWords, zoneName } from '../incident/time.ts';

export function drawPalette(modal: Palette, view: View, { recent }: Ui, { cols, rows }: Place): Drawn {
  const query = typing(modal.query, '> ', cols, true);
  const tagged = cols >= 60 && textOf(modal.query).trim() === '' ? recent : [];
  const actions = offered(modal.query, view, recent);
  const { from, shown } = windowed(actions, modal.at, listRows(rows, 2));
  const lines = shown.map((action, i): Line => {
    const why = action.whyNot?.(view) ?? null;
    const keys = [action.key, action.alt].flatMap((key) => (key === undefined ? [] : [keyLabel(key)])).join(' ');
    if (why !== null)
      return item(from + i === modal.at, [span(action.does, 'dim'), span(`   not now: ${why}`, 'dim')], cols);
    const name = [span(action.does), span(tagged.includes(action.name) ? '  recent' : '', 'dim')];
    return item(from + i === modal.at, joinLines(name, [span(`${keys}  /${action.name}`, 'key')], cols - 2), cols);
  });
  const none = lines.length === 0 ? [words('nothing of that name', 'dim')] : lines;
  return {
    ...query,
    title: 'COMMANDS',
    lines: [...query.lines, ...gap(rows), ...none, ...gap(rows), close('Enter run   Tab complete as /command', cols)],
  };
}

export function drawSearch(modal: Search, view: View, ui: Ui, { cols, rows }: Place): Drawn {
  const hits = found(textOf(modal.query), view);
  const at = modal.at < 0 ? hits.length - 1 : Math.min(modal.at, hits.length - 1);
  const query = typing(modal.query, '> ', cols, true);
  const { from, shown } = windowed(hits, Math.max(0, at), listRows(rows, 3));
  const lines = shown.map((event, i) => item(from + i === at, entryLine(event, view, ui, cols - 2), cols));
  return {
    ...query,
    title: `SEARCH TIMELINE   ${hits.length} of ${view.events.length}${olderThere(view)}`,
    lines: [
      ...query.lines,
      ...gap(rows),
      ...lines,
      ...gap(rows),
      words('by:NAME  kind:decision|question|alert  since:12:50  #38  "phrase"', 'dim'),
      close('Enter jump (the view stays there)   Ctrl-Y copy', cols),
    ],
  };
}

/** What of the record is not held here, and so not searched. */
function olderThere({ events }: View): string {
  const before = (events[0]?.seq ?? 1) - 1;
  return before === 0 ? '' : `   ${before} older not here yet`;
}

export function drawDetail(modal: Detail, view: View, ui: Ui, { cols, rows }: Place): Drawn {
  const event = entry(view, modal.seq);
  const lines =
    event === undefined
      ? [words(`#${modal.seq} is not held here: it is asked of the hub`, 'dim')]
      : entryHistory(event, view, ui, cols);
  const room = Math.max(1, rows - 1 - gap(rows).length);
  const from = Math.max(0, Math.min(modal.scroll, lines.length - room));
  return {
    title: `ENTRY #${modal.seq}${event === undefined ? '' : `   ${writtenBy(event)}`}`,
    lines: [
      ...lines.slice(from, from + room),
      ...gap(rows),
      close(`Ctrl-Y copy   on the line: #${modal.seq} replies, /amend #${modal.seq}`, cols),
    ],
    cursor: null,
  };
}

export function drawListing(modal: Listing, view: View, ui: Ui, place: Place): Drawn {
  return modal.kind === 'incidents' ? incidents(modal, view, ui, place) : people(modal, view, ui, place);
}

function incidents(modal: Listing, view: View, ui: Ui, { cols, rows }: Place): Drawn {
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
    return item(from + i === modal.at, joinLines(left, right, cols - 2), cols);
  });
  return { title: 'OPEN INCIDENTS', lines: [...lines, [], close('Enter look at it', cols)], cursor: null };
}

function people(modal: Listing, view: View, _ui: Ui, { cols, rows }: Place): Drawn {
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
    const left = pair([span(person.name)], 18, words(about.join(', '), 'info'));
    return item(from + i === modal.at, joinLines(left, words(`${since}${where}`, 'dim'), cols - 2), cols);
  });
  const known = lines.length > 0 ? lines : [words('the hub has not said yet who is here', 'dim')];
  const title = `WHO IS HERE   ${lines.length > 0 ? view.people.length : ''}`.trimEnd();
  return { title, lines: [...known, [], close('', cols)], cursor: null };
}

export function drawKeys(modal: Keys, { cols, rows }: Place): Drawn {
  return {
    title: 'KEYS',
    lines: [
      words('Press any key to see what this program understands.'),
      [],
      ...modal.seen.slice(-Math.max(1, rows - 4)).map((name) => words(name, 'key')),
      [],
      close('', cols),
    ],
    cursor: null,
  };
}

export function drawBrief(modal: Brief, view: View, { cols, rows }: Place): Drawn {
  const lines = view.incident === null ? [] : briefLines(view.incident, view.now, cols);
  const room = Math.max(1, rows - 2);
  const from = Math.max(0, Math.min(modal.scroll, lines.length - room));
  const more = lines.length > room ? `Up Down ${from + 1}-${from + room} of ${lines.length}` : '';
  return {
    title: 'BRIEF   what we know',
    lines: [...lines.slice(from, from + room), [], close(more, cols)],
    cursor: null,
  };
}

export function drawPast(modal: Past, ui: Ui, { cols, rows }: Place): Drawn {
  const query = typing(modal.query, '> ', cols, true);
  const { from, shown } = windowed(past(ui, modal.query), modal.at, listRows(rows, 2));
  const lines = shown.map((line, i) => item(from + i === modal.at, words(line), cols));
  const none = lines.length === 0 ? [words('nothing like it was typed here', 'dim')] : lines;
  return {
    ...query,
    title: 'TYPED BEFORE',
    lines: [...query.lines, ...gap(rows), ...none, ...gap(rows), close('Enter take it to the line', cols)],
  };
}
