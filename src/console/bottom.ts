/** Above the hints: alarm line, input line with the suggestions above it. Pure. */
import { editorView } from '../terminal/editorview.ts';
import { cutLine, glyphs, lineWidth, padLine, span, width, type Line } from '../terminal/text.ts';
import { alarm, type Alarm } from './alarm.ts';
import { suggestions } from './complete.ts';
import { ruled } from './box.ts';
import { wrapped } from './drawn.ts';
import { hintLines } from './hints.ts';
import { isEmpty } from './draft.ts';
import type { Layout } from './layout.ts';
import { draftCols, promptOf } from './place.ts';
import type { Ui } from './state.ts';
import type { View } from './view.ts';
import { runningClock } from '../incident/time.ts';

/** The alarm line, or what was just said to this person. */
export function alarmLine(ui: Ui, view: View, cols: number): Line {
  const said = noticeWords(ui, view);
  return lined(said === null || isAbove(ui, view, cols) ? standing(ui, view) : said, ui, view, cols);
}

function lined(words: Line, ui: Ui, view: View, cols: number): Line {
  const update = view.clocks?.due.find(({ what }) => what === 'update');
  const edge = span(glyphs(ui.ascii).horizontal.repeat(2), 'border');
  const left: Line = [edge, span(' '), ...words];
  // The header has the clock too: it gives way to the words, and says nothing twice.
  // Where every cell counts the words go to the edges.
  if (lineWidth(left) + 4 > cols) return padLine(lineWidth(left) > cols ? left.slice(1) : left, cols);
  if (update === undefined || cols < 80 || words.some(({ text }) => /update/i.test(text)))
    return ruled(left, [edge], cols, ui.ascii);
  const late = update.leftMs < 0;
  const clock = `${late ? 'update late' : 'update due'} ${runningClock(Math.abs(update.leftMs))}`;
  const due: Line = [span(` ${clock} `, late ? 'crit' : 'dim'), edge];
  return ruled(left, lineWidth(left) + lineWidth(due) + 3 <= cols ? due : [edge], cols, ui.ascii);
}

/** What is most urgent here, whatever was just said. */
function standing(ui: Ui, view: View): Line {
  const { text, tone } = unanswered(ui, view) ?? alarm(view);
  return [span(text, tone, tone === 'dim' ? {} : { bold: true })];
}

function noticeWords(ui: Ui, view: View): Line | null {
  if (ui.notice === null) return null;
  const said = span(ui.notice.text, ui.notice.bad ? 'warn' : 'info', { bold: true });
  const silent = unanswered(ui, view);
  // An answer to this person never hides that the hub is gone or cannot write.
  const { state, readOnly } = view.link;
  if (silent === null && state !== 'lost' && state !== 'refused' && readOnly === null) return [said];
  const { text, tone } = silent ?? alarm(view);
  return [span(`${text.split(' · ')[0] ?? ''} · `, tone, { bold: true }), said];
}

/** The notice is too long for the alarm line, and there is room to show it above. */
function isAbove(ui: Ui, view: View, cols: number): boolean {
  const words = noticeWords(ui, view);
  if (words === null || ui.notice === null || ui.modal !== null) return false;
  const { text } = span(ui.notice.text);
  const fits = lined(words, ui, view, cols).some((part) => part.text.includes(text));
  return !fits && suggestionLines(ui, view, cols).length === 0;
}

/** A hub that is there answers sooner; ms. */
const ANSWER_MS = 4000;

/** The line looks alive and yet what was typed is not on the record: said before anything else. */
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

export interface Input {
  readonly lines: readonly Line[];
  readonly cursor: { readonly x: number; readonly y: number };
}

/** The draft behind its prompt, in `rows` rows. Where there is no row for hints, an empty line shows the first of them. */
export function inputLines(ui: Ui, view: View, { input: { rows }, hints }: Layout): Input {
  const prompt = promptOf(ui.me, ui.size.cols);
  const { rows: texts, cursor } = editorView(ui.draft, draftCols(ui), rows);
  const indent = ' '.repeat(width(prompt));
  const isBare = isEmpty(ui.draft) && hints === null;
  const faint = isBare ? hintLines(ui, view, 1, draftCols(ui)).flat() : [];
  const lines = texts.map((text, i): Line => [
    span(i === 0 ? prompt : indent, 'own', { bold: true }),
    span(text),
    ...faint.map((part) => span(part.text, 'dim')),
  ]);
  return { lines, cursor: { x: cursor.x + width(prompt), y: cursor.y } };
}

/** Rows of a notice that does not fit into the alarm line, at most. */
const NOTICE_ROWS = 3;

/** What stands over the end of the timeline: suggestions, else a notice too long for the alarm line, in full. */
export const menuLines = (ui: Ui, view: View, cols: number): readonly Line[] => {
  const offered = suggestionLines(ui, view, cols);
  return offered.length > 0 ? offered : noticeLines(ui, view, cols);
};

function noticeLines(ui: Ui, view: View, cols: number): readonly Line[] {
  if (ui.notice === null || !isAbove(ui, view, cols)) return [];
  return wrapped(ui.notice.text, Math.max(1, cols - 2), ui.notice.bad ? 'warn' : 'info')
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
    const name = padLine(
      cutLine([span(label, whyNot === null ? 'plain' : 'dim', picked ? { inverse: true } : {})], left - 2),
      left,
    );
    return padLine([mark, ...name, span(whyNot === null ? about : `${about} (not now: ${whyNot})`, 'dim')], cols);
  });
}
