/** The rows below the panels: alarm line, input line with suggestions above it, hints. Pure. */
import { counted } from '../incident/words.ts';
import { editorView } from '../terminal/editor-view.ts';
import { type Line, type Span, cutLine, glyphs, joinLines, lineWidth, padLine, span, width } from '../terminal/text.ts';
import { actionNamed } from './actions/index.ts';
import { type Alarm, alarm, linkAlarm } from './alarm.ts';
import { ruled } from './panel-view.ts';
import { suggestions } from './completion.ts';
import { type Key, isEmptyText } from '../terminal/editor.ts';
import { KEYS, type KeyContext, keyLabel, keysOf } from './keymap.ts';
import { type Layout } from './layout.ts';
import { textLines } from './modal-parts.ts';
import { overContext } from './over-page.ts';
import { type Ui, draftCols, currentLayout, promptOf, refusedRows } from './state.ts';
import { signOf } from '../../panels/next.ts';
import type { View } from './view.ts';
import { runningClock } from '../incident/time.ts';

/** The most urgent alarm with the key that does it, and how much more there is to do. */
export function alarmLine(ui: Ui, view: View, cols: number): Line {
  const held = ui.held !== null && view.mono < ui.held.until ? ui.held.id : null;
  const silent = held === null ? unanswered(ui, view) : null;
  const { text, tone, due, key, who, more = 0 } = linkAlarm(view) ?? silent ?? alarm(view, held);
  const bold = tone === 'dim' ? {} : ({ bold: true } as const);
  const when: Line = due === undefined ? [] : [span(` · ${due}`, tone, bold)];
  const does: Line = key ? [span(' · ', 'dim'), span(key, 'key', { bold: true })] : [];
  const others: Line = more < 1 ? [] : [span(cols < 60 ? ` +${more} ` : ` +${more} more: Alt-N `, 'dim')];
  const words = span(`${signOf(tone, ui.ascii)} ${text}`.trim(), tone, bold);
  const edge = span(glyphs(ui.ascii).horizontal.repeat(2), 'border');
  for (const about of who === undefined ? [[]] : [[span(` · ${who}`)], []]) {
    const left: Line = [edge, span(' '), words, ...when, ...about, ...does];
    if (lineWidth(left) + lineWidth(others) + 4 <= cols) return ruled(left, [...others, edge], cols, ui.ascii);
  }
  // The words come before the edges; the deadline, and then the key, before the end of the words.
  for (const after of [[...when, ...does], when]) {
    const room = cols - lineWidth(after) - lineWidth(others) - 1;
    if (room >= MIN_WORDS) return joinLines([...cutLine([words], room), ...after], others, cols);
  }
  return padLine([words], cols);
}

/** With less room than this for its words the alarm stands alone. */
const MIN_WORDS = 10;

/** A hub that works answers within this time; ms. */
const ANSWER_MS = 4000;

/** A command has no answer although the link is live: shown before any other alarm. */
function unanswered({ waiting }: Ui, view: View): Alarm | null {
  if (waiting === null || view.link.state !== 'live' || view.link.readOnly !== null) return null;
  const ms = view.mono - waiting.at;
  if (ms < ANSWER_MS) return null;
  const kept = view.pending.filter(({ state }) => state !== 'refused').length;
  const what = `${counted(kept, 'entry', 'entries')} kept, not on the record yet`;
  const later = view.pending.find(({ state, reason }) => state === 'waiting' && reason !== undefined);
  return later?.reason === undefined
    ? { text: `NO ANSWER FROM THE HUB for ${runningClock(ms)} · ${what}`, tone: 'crit' }
    : { text: `THE HUB SAYS LATER: ${later.reason} · ${what}`, tone: 'warn' };
}

interface InputLines {
  readonly lines: readonly Line[];
  readonly cursor: { readonly x: number; readonly y: number };
}

/** The draft after its prompt, below rejected lines. Without a row for hints an empty draft shows the first of them. */
export function inputLines(ui: Ui, view: View, { input, hints: rect }: Layout): InputLines {
  const prompt = promptOf(ui.me, ui.size.cols);
  const above = input.rows > 1 ? setAsideLines(ui, input.cols) : [];
  const { rows: texts, cursor } = editorView(ui.draft, draftCols(ui), input.rows - above.length);
  const tone = ui.rejected === ui.draft ? 'warn' : 'plain';
  const indent = ' '.repeat(width(prompt));
  const isBare = isEmptyText(ui.draft) && rect === null;
  const faint = isBare ? laid(hints(ui, view, 1)[0] ?? [], draftCols(ui)).line : [];
  const lines = texts.map((text, i): Line => [
    span(i === 0 ? prompt : indent, 'own', { bold: true }),
    span(text, tone),
    ...faint.map((part) => span(part.text, 'dim')),
  ]);
  return { lines: [...above, ...lines], cursor: { x: cursor.x + width(prompt), y: cursor.y + above.length } };
}

/** `not done: 14:99 pool exhausted (+2 more)   Up takes it back`: lines of this console, then what the hub refused. */
function setAsideLines({ setAside, draft, refused, ascii }: Ui, cols: number): readonly Line[] {
  const how = isEmptyText(draft) ? 'Up takes it back, Esc puts it away ' : 'waits for an empty line ';
  const newest = setAside.at(-1);
  const more = setAside.length < 2 ? '' : ` (+${setAside.length - 1} more)`;
  const right = [span(more, 'warn'), span(cols < 60 ? ' ' : `  ${how}`, 'dim')];
  const aside =
    newest === undefined
      ? []
      : [joinLines([span(' not done: ', 'warn', { bold: true }), span(newest, 'warn')], right, cols)];
  const told = refused === null ? [] : refusedRows(refused, cols);
  return [
    ...aside,
    ...told.map((row, i): Line => {
      const line: Line = [span(i === 0 ? ` ${glyphs(ascii).warn} ` : '   ', 'warn'), span(row, 'warn')];
      const isRoom = i === told.length - 1 && lineWidth(line) + how.length + 2 <= cols;
      return isRoom ? joinLines(line, [span(how, 'dim')], cols) : cutLine(line, cols);
    }),
  ];
}

/** A notice in rows of the screen. */
const noticeRows = ({ notice }: Ui, cols: number): readonly Line[] =>
  notice === null
    ? []
    : textLines(notice.text, Math.max(1, cols - 2), notice.bad ? 'warn' : 'info').map((row) => [span(' '), ...row]);

/** Rows for a notice above the alarm line, at most. */
const NOTICE_ROWS = 3;

/** Rows over the end of the timeline: suggestions, else a notice for which there is no room below the input. */
export function menuLines(ui: Ui, view: View, { input, hints }: Layout): readonly Line[] {
  const rows = noticeRows(ui, input.cols);
  const told =
    rows.length <= (hints?.rows ?? 0) ? [] : rows.slice(0, NOTICE_ROWS).map((row) => padLine(row, input.cols));
  // Why a line was not accepted comes before what else it could be.
  if (told.length > 0 && ui.rejected === ui.draft && ui.picked === null) return told;
  const offered = suggestionLines(ui, view, input.cols);
  return offered.length > 0 ? offered : told;
}

function suggestionLines(ui: Ui, view: View, cols: number): readonly Line[] {
  if (ui.focus !== 'line' || ui.modal !== null || ui.recall !== null) return [];
  const all = suggestions(ui, view);
  const left = Math.min(Math.floor(cols / 2), Math.max(0, ...all.map(({ label }) => width(label))) + 2);
  return all.map(({ label, about, whyNot }, i): Line => {
    const picked = i === ui.picked;
    const mark = span(picked ? ' > ' : '   ', 'key', picked ? { bold: true } : {});
    const name = span(label, whyNot === null ? 'plain' : 'dim', picked ? { inverse: true } : {});
    const words = span(whyNot === null ? about : `${about} (not now: ${whyNot})`, 'dim');
    return padLine([mark, ...padLine(cutLine([name], left - 2), left), words], cols);
  });
}

interface Hint {
  /** As people read it: `F1`, `Esc`, `/d`. */
  readonly key: string;
  readonly word: string;
}

/** Actions for the hint line, the most needed first. */
const HINTED = ['sev', 'status', 'role', 'search', 'palette', 'handover', 'update', 'panels'];

/** The hints for what has the focus, row by row; what is not possible now is left out. */
function hints(ui: Ui, view: View, rows: number): readonly (readonly Hint[])[] {
  const { past } = view;
  if (past !== undefined && ui.modal === null && isEmptyText(ui.draft))
    return [hintsFor('past').filter(({ key }) => past.isRunning || key !== 'Esc')];
  // A list shows its keys in its last row.
  if (ui.modal !== null) return [ui.modal.kind === 'form' ? hintsFor('form') : CLOSE];
  const over = overContext(ui);
  if (over !== null) return [hintsFor(over)];
  const isShown = view.incident !== null;
  const names = isShown ? ['help', ...HINTED, 'declare'] : ['help', 'declare', ...HINTED];
  const acts = names.flatMap((name) => {
    const { hint, key, whyNot } = actionNamed(name) ?? {};
    const can = (whyNot?.(view) ?? null) === null;
    return can && hint !== undefined && key !== undefined ? [{ key: keyLabel(key), word: hint }] : [];
  });
  if (ui.focus !== 'line') return [hintsFor('timeline and panels'), acts].slice(0, rows);
  const cannot = [...(isShown ? [] : NEED_INCIDENT), ...(view.observer ? NEED_VOICE : [])];
  const all = hintsFor('input line').filter(({ key }) => !cannot.includes(key));
  const draft = draftHints(ui, isShown && !view.observer, all);
  return rows === 1 ? [[...acts.slice(0, 1), ...draft]] : [draft, acts];
}

/** `all`: the keys of the input line that are possible now. */
function draftHints({ draft }: Ui, canWrite: boolean, all: readonly Hint[]): readonly Hint[] {
  if (isEmptyText(draft)) return canWrite ? [...all.slice(0, 4), ...FORMS, ...all.slice(4)] : all;
  if (draft.pieces[0] === '/' && draft.pieces[1] !== '/') return COMMANDING;
  return [...all.filter(({ key }) => WRITING.includes(key)), { key: 'Esc', word: 'clear' }];
}

const hintsOf = (words: Readonly<Record<string, string>>): readonly Hint[] =>
  Object.entries(words).map(([key, word]) => ({ key, word }));
const CLOSE = hintsOf({ Esc: 'close', F1: 'help' });
const COMMANDING = hintsOf({ Enter: 'do it', Tab: 'complete', 'Up, Down': 'pick', Esc: 'clear' });
const FORMS = hintsOf({ '/d': 'decision', '/q': 'question', '/a': 'action', '!': 'pin' });

/** Keys of the input line that do nothing without an incident, and those that write. */
const NEED_INCIDENT = ['Enter', 'Up', 'PgUp', 'End', 'Alt-Enter'];
const NEED_VOICE = ['Enter', 'Up', 'Alt-Enter'];
/** Keys shown while something is typed. */
const WRITING = ['Enter', 'Alt-Enter', 'PgUp', 'Ctrl-C'];

const hintsFor = (where: KeyContext): readonly Hint[] =>
  KEYS.flatMap((line) =>
    line.where === where && line.hint ? [{ key: line.keys.split(',')[0] ?? line.keys, word: line.hint }] : [],
  );

/** A row of hints, and the cells of each, from `from` to before `to`. */
interface Row {
  readonly line: Line;
  readonly spots: readonly { readonly key: string; readonly from: number; readonly to: number }[];
}

/** The hints that fit on a row; the others are replaced by `…more`. */
function laid(all: readonly Hint[], cols: number): Row {
  const more = span('  …more', 'dim');
  const line: Span[] = [span(' ')];
  const spots: Row['spots'][number][] = [];
  for (const [i, { key, word }] of all.entries()) {
    const gap = span(i === 0 ? '' : '  ');
    const next = [span(key, 'key', { bold: true }), span(` ${word}`, 'dim')];
    const from = lineWidth([...line, gap]);
    const to = from + lineWidth(next);
    const last = i === all.length - 1;
    if (to + (last ? 0 : lineWidth([more])) > cols) return { line: cutLine([...line, more], cols), spots };
    line.push(gap, ...next);
    spots.push({ key, from, to });
  }
  return { line, spots };
}

/** The rows below the input: a notice that fits, then hints. */
function rowsOf(ui: Ui, view: View, rows: number, cols: number): readonly Row[] {
  const said = noticeRows(ui, cols).map((line): Row => ({ line, spots: [] }));
  const all = hints(ui, view, rows).map((each) => laid(each, cols));
  return said.length <= rows ? [...said, ...all].slice(0, rows) : all;
}

export const hintLines = (ui: Ui, view: View, rows: number, cols: number): readonly Line[] =>
  rowsOf(ui, view, rows, cols).map(({ line }) => line);

/** The keys of the hint on this cell of the screen. */
export function hintAt(ui: Ui, view: View, at: { readonly x: number; readonly y: number }): readonly Key[] {
  const { hints: rect } = currentLayout(ui);
  if (rect === null) return [];
  const row = rowsOf(ui, view, rect.rows, rect.cols)[at.y - rect.y];
  const spot = row?.spots.find(({ from, to }) => at.x >= from && at.x < to);
  return spot === undefined ? [] : keysOf(spot.key);
}
