/** The rows below the panels: alarm line, input line with suggestions above it, hints. Pure. */
import { editorView } from '../terminal/editor-view.ts';
import { type Line, type Span, cutLine, glyphs, joinLines, lineWidth, padLine, span, width } from '../terminal/text.ts';
import { actionNamed } from './actions/index.ts';
import { type Alarm, alarm } from './alarm.ts';
import { ruled } from './panel-view.ts';
import { suggestions } from './completion.ts';
import { type Key, isEmptyText } from '../terminal/editor.ts';
import { KEYS, type KeyLine, keyLabel, keysOf } from './keymap.ts';
import { type Layout } from './layout.ts';
import { textLines } from './modal-parts.ts';
import { type Ui, draftCols, currentLayout, promptOf } from './state.ts';
import type { View } from './view.ts';
import { runningClock } from '../incident/time.ts';

/** The notice for this person, else the most urgent alarm. */
export function alarmLine(ui: Ui, view: View, cols: number): Line {
  const said = noticeWords(ui, view);
  return lined(said === null || isAbove(ui, view, cols) ? standing(ui, view) : said, ui, view, cols);
}

function lined(words: Line, ui: Ui, view: View, cols: number): Line {
  const update = view.clocks?.due.find(({ what }) => what === 'update');
  const edge = span(glyphs(ui.ascii).horizontal.repeat(2), 'border');
  const left: Line = [edge, span(' '), ...words];
  // The words come before the edges and the clock of the next update, which the header shows, too.
  if (lineWidth(left) + 4 > cols) return padLine(lineWidth(left) > cols ? left.slice(1) : left, cols);
  if (update === undefined || cols < 80 || words.some(({ text }) => /update/i.test(text)))
    return ruled(left, [edge], cols, ui.ascii);
  const late = update.leftMs < 0;
  const clock = `${late ? 'update late' : 'update due'} ${runningClock(Math.abs(update.leftMs))}`;
  const due: Line = [span(` ${clock} `, late ? 'crit' : 'dim'), edge];
  return ruled(left, lineWidth(left) + lineWidth(due) + 3 <= cols ? due : [edge], cols, ui.ascii);
}

/** The most urgent alarm; empty when the notice above says the same. */
function standing(ui: Ui, view: View): Line {
  const { text, tone } = unanswered(ui, view) ?? alarm(view);
  if (text === ui.notice?.text) return [];
  return [span(text, tone, tone === 'dim' ? {} : { bold: true })];
}

function noticeWords(ui: Ui, view: View): Line | null {
  if (ui.notice === null) return null;
  const said = span(ui.notice.text, ui.notice.bad ? 'warn' : 'info', { bold: true });
  const silent = unanswered(ui, view);
  // A notice never hides that the link is lost or the hub cannot write.
  const { state, readOnly } = view.link;
  if (silent === null && state !== 'lost' && state !== 'refused' && readOnly === null) return [said];
  const { text, tone } = silent ?? alarm(view);
  return [span(`${text.split(' · ')[0] ?? ''} · `, tone, { bold: true }), said];
}

/** The notice is too long for the alarm line, and there is room above it. */
function isAbove(ui: Ui, view: View, cols: number): boolean {
  const words = noticeWords(ui, view);
  if (words === null || ui.notice === null || ui.modal !== null) return false;
  const { text } = span(ui.notice.text);
  const fits = lined(words, ui, view, cols).some((part) => part.text.includes(text));
  return !fits && suggestionLines(ui, view, cols).length === 0;
}

/** A hub that works answers within this time; ms. */
const ANSWER_MS = 4000;

/** A command has no answer although the link is live: shown before any other alarm. */
function unanswered({ waiting }: Ui, view: View): Alarm | null {
  if (waiting === null || view.link.state !== 'live' || view.link.readOnly !== null) return null;
  const ms = view.mono - waiting.at;
  if (ms < ANSWER_MS) return null;
  const kept = view.pending.filter(({ state }) => state !== 'refused').length;
  const what = `${kept === 1 ? '1 entry' : `${kept} entries`} kept, not on the record yet`;
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
export function inputLines(ui: Ui, view: View, { input, hints }: Layout): InputLines {
  const prompt = promptOf(ui.me, ui.size.cols);
  const above = input.rows > 1 ? setAsideLines(ui, input.cols) : [];
  const { rows: texts, cursor } = editorView(ui.draft, draftCols(ui), input.rows - above.length);
  const tone = ui.rejected === ui.draft ? 'warn' : 'plain';
  const indent = ' '.repeat(width(prompt));
  const isBare = isEmptyText(ui.draft) && hints === null;
  const faint = isBare ? hintLines(ui, view, 1, draftCols(ui)).flat() : [];
  const lines = texts.map((text, i): Line => [
    span(i === 0 ? prompt : indent, 'own', { bold: true }),
    span(text, tone),
    ...faint.map((part) => span(part.text, 'dim')),
  ]);
  return { lines: [...above, ...lines], cursor: { x: cursor.x + width(prompt), y: cursor.y + above.length } };
}

/** `not done: 14:99 pool exhausted (+2 more)   Up takes it back`. */
function setAsideLines({ setAside, draft }: Ui, cols: number): readonly Line[] {
  const newest = setAside.at(-1);
  if (newest === undefined) return [];
  const more = setAside.length === 1 ? '' : ` (+${setAside.length - 1} more)`;
  const how = isEmptyText(draft) ? 'Up takes it back, Esc puts it away ' : 'waits for an empty line ';
  const right = [span(more, 'warn'), span(cols < 60 ? ' ' : `  ${how}`, 'dim')];
  return [joinLines([span(' not done: ', 'warn', { bold: true }), span(newest, 'warn')], right, cols)];
}

/** Rows for a notice that is too long for the alarm line, at most. */
const NOTICE_ROWS = 3;

/** Rows over the end of the timeline: suggestions, else a notice that is too long for the alarm line. */
export function menuLines(ui: Ui, view: View, cols: number): readonly Line[] {
  const offered = suggestionLines(ui, view, cols);
  if (offered.length > 0 || ui.notice === null || !isAbove(ui, view, cols)) return offered;
  return textLines(ui.notice.text, Math.max(1, cols - 2), ui.notice.bad ? 'warn' : 'info')
    .slice(0, NOTICE_ROWS)
    .map((row) => padLine([span(' '), ...row], cols));
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
  // A list shows its keys in its last row.
  if (ui.modal !== null) return [ui.modal.kind === 'form' ? hintsFor('form') : CLOSE];
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

const hintsFor = (where: KeyLine['where']): readonly Hint[] =>
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

const rowsOf = (ui: Ui, view: View, rows: number, cols: number): readonly Row[] =>
  hints(ui, view, rows).map((each) => laid(each, cols));

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
