/** The bottom of the screen: alarm line, input line with the suggestions above it, hints. Pure. */
import { view as draftView } from '../terminal/editor.ts';
import { cutLine, glyphs, lineWidth, padLine, span, width, type Line, type Span } from '../terminal/text.ts';
import { alarm, type Alarm } from './alarm.ts';
import { actionNamed } from './actions/index.ts';
import { suggestions } from './complete.ts';
import { isEmpty } from './draft.ts';
import { ruled } from './box.ts';
import { wrapped } from './drawn.ts';
import { KEYS, keyLabel, type KeyLine } from './keymap.ts';
import { draftCols, promptOf } from './place.ts';
import type { Ui } from './state.ts';
import type { View } from './view.ts';
import { running } from './when.ts';

/** The alarm line, or what was just said to this person. */
export function alarmLine(ui: Ui, view: View, cols: number): Line {
  const sign = glyphs(ui.ascii).horizontal;
  const update = view.clocks?.due.find(({ what }) => what === 'update');
  const clock =
    update === undefined
      ? ''
      : update.leftMs < 0
        ? `update late ${running(-update.leftMs)}`
        : `update due ${running(update.leftMs)}`;
  const edge = span(sign.repeat(2), 'border');
  const right: Line =
    clock === '' || cols < 80 ? [edge] : [span(` ${clock} `, update && update.leftMs < 0 ? 'crit' : 'dim'), edge];
  return ruled([edge, span(' '), ...alarmWords(ui, view)], right, cols, ui.ascii);
}

function alarmWords(ui: Ui, view: View): Line {
  const silent = unanswered(ui, view);
  const { text, tone } = silent ?? alarm(view);
  if (ui.notice !== null) {
    const said = span(ui.notice.text, ui.notice.bad ? 'warn' : 'info', { bold: true });
    // An answer to this person never hides that the hub is gone or cannot write.
    const isLost =
      silent !== null || view.link.state === 'lost' || view.link.state === 'refused' || view.link.readOnly !== null;
    return isLost ? [span(`${text.split(' · ')[0] ?? ''} · `, tone, { bold: true }), said] : [said];
  }
  return [span(text, tone, tone === 'dim' ? {} : { bold: true })];
}

/** A hub that is there answers sooner; ms. */
const ANSWER_MS = 4000;

/** The line looks alive and yet what was typed is not on the record: said before anything else. */
function unanswered({ waiting }: Ui, view: View): Alarm | null {
  if (waiting === null || view.link.state !== 'live' || view.link.readOnly !== null) return null;
  const ms = view.mono - waiting.at;
  if (ms < ANSWER_MS) return null;
  const kept = view.pending.filter(({ state }) => state !== 'refused').length;
  return {
    text: `NO ANSWER FROM THE HUB for ${running(ms)} · ${kept === 1 ? '1 entry' : `${kept} entries`} kept, not on the record yet`,
    tone: 'crit',
  };
}

export interface Input {
  readonly lines: readonly Line[];
  readonly cursor: { readonly x: number; readonly y: number };
}

/** The draft behind its prompt, in `rows` rows. */
export function inputLines(ui: Ui, rows: number): Input {
  const prompt = promptOf(ui.me, ui.size.cols);
  const { rows: texts, cursor } = draftView(ui.draft, draftCols(ui), rows);
  const indent = ' '.repeat(width(prompt));
  const lines = texts.map((text, i): Line => [span(i === 0 ? prompt : indent, 'own', { bold: true }), span(text)]);
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
  if (ui.notice === null || ui.modal !== null) return [];
  const line = alarmLine(ui, view, cols);
  if (line.some(({ text }) => text.includes(ui.notice?.text ?? ''))) return [];
  const tone = ui.notice.bad ? 'warn' : 'info';
  return wrapped(ui.notice.text, Math.max(1, cols - 2), tone)
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

interface Hint {
  readonly key: string;
  readonly word: string;
}

/** Actions by need, for the hint line; those that cannot be done now are left out there. */
const HINTED = ['help', 'sev', 'status', 'role', 'declare', 'search', 'handover', 'panels', 'palette'];

/** Hints for what has the keys now, by need; what does not fit gives way to `...more`, and F1 help is always first. */
export function hintLines(ui: Ui, view: View, rows: number, cols: number): readonly Line[] {
  // A list says its own keys in its last row.
  if (ui.modal !== null) return [row(ui.modal.kind === 'form' ? hintsFor('modal') : CLOSE, cols)];
  const acts = HINTED.flatMap((name) => {
    const { hint, key, whyNot } = actionNamed(name) ?? {};
    const can = (whyNot?.(view) ?? null) === null;
    return can && hint !== undefined && key !== undefined ? [{ key: keyLabel(key), word: hint }] : [];
  });
  if (ui.focus !== 'line') return [row(hintsFor('timeline and panels'), cols), row(acts, cols)].slice(0, rows);
  // Where no entry can be written, no hint says so.
  const all = hintsFor('input line').filter(({ key }) => view.incident !== null || !NEED_INCIDENT.includes(key));
  const write = isEmpty(ui.draft)
    ? view.incident === null || view.observer
      ? all
      : [...all.slice(0, 4), ...FORMS, ...all.slice(4)]
    : isCommand(ui)
      ? COMMANDING
      : [...all.filter(({ key }) => WRITING.includes(key)), { key: 'Esc', word: 'clear' }];
  if (rows === 1) return [row([...acts.slice(0, 1), ...write], cols)];
  return [row(write, cols), row(acts, cols)];
}

/** What is typed is a command: Enter does it and logs nothing. */
const isCommand = (ui: Ui): boolean => ui.draft.pieces[0] === '/' && ui.draft.pieces[1] !== '/';
const CLOSE: readonly Hint[] = [{ key: 'Esc', word: 'close' }];
const COMMANDING: readonly Hint[] = [
  { key: 'Enter', word: 'do it' },
  { key: 'Tab', word: 'complete' },
  { key: 'Up, Down', word: 'pick' },
  { key: 'Esc', word: 'clear' },
];

/** Keys of the line that are of no use until an incident is there. */
const NEED_INCIDENT = ['Enter', 'Up', 'PgUp', 'End'];

/** What one needs while something is typed. */
const WRITING = ['Enter', 'Alt-Enter', 'PgUp', 'Ctrl-C'];

const FORMS: readonly Hint[] = [
  { key: '/d', word: 'decision' },
  { key: '/q', word: 'question' },
  { key: '/a', word: 'action' },
  { key: '!', word: 'pin' },
];

const hintsFor = (where: KeyLine['where']): readonly Hint[] =>
  KEYS.flatMap((line) =>
    line.where === where && line.hint !== undefined
      ? [{ key: line.keys.split(',')[0] ?? line.keys, word: line.hint }]
      : [],
  );

function row(hints: readonly Hint[], cols: number): Line {
  const more = span('  …more', 'dim');
  const out: Span[] = [span(' ')];
  for (const [i, { key, word }] of hints.entries()) {
    const next = [span(i === 0 ? '' : '  '), span(key, 'key', { bold: true }), span(` ${word}`, 'dim')];
    const last = i === hints.length - 1;
    if (lineWidth([...out, ...next]) + (last ? 0 : lineWidth([more])) > cols) return cutLine([...out, more], cols);
    out.push(...next);
  }
  return out;
}
