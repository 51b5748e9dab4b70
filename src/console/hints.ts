/** The hints at the bottom: what the keys do where one is now, by need. With the mouse on each can be clicked. Pure. */
import { cutLine, lineWidth, span, type Line, type Span } from '../terminal/text.ts';
import { actionNamed } from './actions/index.ts';
import { isEmpty, type Key } from './draft.ts';
import { KEYS, keyLabel, keysOf, type KeyLine } from './keymap.ts';
import { place } from './place.ts';
import type { Ui } from './state.ts';
import type { View } from './view.ts';

interface Hint {
  /** As people read it: `F1`, `Esc`, `/d`. */
  readonly key: string;
  readonly word: string;
}

/** Actions by need, for the hint line; those that cannot be done now are left out there. */
const HINTED = ['sev', 'status', 'role', 'search', 'palette', 'handover', 'update', 'panels'];
/** With an incident open a second one is the last thing one needs; without one it is the first. */
const hinted = ({ incident }: View): readonly string[] =>
  incident === null ? ['help', 'declare', ...HINTED] : ['help', ...HINTED, 'declare'];

/** Hints for what has the keys now, row by row. */
function hints(ui: Ui, view: View, rows: number): readonly (readonly Hint[])[] {
  // A list says its own keys in its last row.
  if (ui.modal !== null) return [ui.modal.kind === 'form' ? hintsFor('form') : CLOSE];
  const acts = hinted(view).flatMap((name) => {
    const { hint, key, whyNot } = actionNamed(name) ?? {};
    const can = (whyNot?.(view) ?? null) === null;
    return can && hint !== undefined && key !== undefined ? [{ key: keyLabel(key), word: hint }] : [];
  });
  if (ui.focus !== 'line') return [hintsFor('timeline and panels'), acts].slice(0, rows);
  // Where no entry can be written, no hint says so.
  const cannot = [...(view.incident === null ? NEED_INCIDENT : []), ...(view.observer ? NEED_VOICE : [])];
  const all = hintsFor('input line').filter(({ key }) => !cannot.includes(key));
  const write = isEmpty(ui.draft)
    ? view.incident === null || view.observer
      ? all
      : [...all.slice(0, 4), ...FORMS, ...all.slice(4)]
    : isCommand(ui)
      ? COMMANDING
      : [...all.filter(({ key }) => WRITING.includes(key)), { key: 'Esc', word: 'clear' }];
  return rows === 1 ? [[...acts.slice(0, 1), ...write]] : [write, acts];
}

/** What is typed is a command: Enter does it and logs nothing. */
const isCommand = (ui: Ui): boolean => ui.draft.pieces[0] === '/' && ui.draft.pieces[1] !== '/';
const CLOSE: readonly Hint[] = [
  { key: 'Esc', word: 'close' },
  { key: 'F1', word: 'help' },
];
const COMMANDING: readonly Hint[] = [
  { key: 'Enter', word: 'do it' },
  { key: 'Tab', word: 'complete' },
  { key: 'Up, Down', word: 'pick' },
  { key: 'Esc', word: 'clear' },
];

/** Keys of the line that are of no use until an incident is there. */
const NEED_INCIDENT = ['Enter', 'Up', 'PgUp', 'End', 'Alt-Enter'];
/** Those that write. */
const NEED_VOICE = ['Enter', 'Up', 'Alt-Enter'];

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

interface Spot extends Hint {
  readonly from: number;
  /** The cell after it. */
  readonly to: number;
}
interface Row {
  readonly line: Line;
  readonly spots: readonly Spot[];
}

/** The hints that fit on a row, by need; the others give way to `…more`. */
function laid(all: readonly Hint[], cols: number): Row {
  const more = span('  …more', 'dim');
  const line: Span[] = [span(' ')];
  const spots: Spot[] = [];
  for (const [i, { key, word }] of all.entries()) {
    const gap = span(i === 0 ? '' : '  ');
    const next = [span(key, 'key', { bold: true }), span(` ${word}`, 'dim')];
    const from = lineWidth([...line, gap]);
    const to = from + lineWidth(next);
    const last = i === all.length - 1;
    if (to + (last ? 0 : lineWidth([more])) > cols) return { line: cutLine([...line, more], cols), spots };
    line.push(gap, ...next);
    spots.push({ key, word, from, to });
  }
  return { line, spots };
}

const rowsOf = (ui: Ui, view: View, rows: number, cols: number): readonly Row[] =>
  hints(ui, view, rows).map((each) => laid(each, cols));

export const hintLines = (ui: Ui, view: View, rows: number, cols: number): readonly Line[] =>
  rowsOf(ui, view, rows, cols).map(({ line }) => line);

/** The keys that the hint on this cell of the screen stands for; none where there is no hint. */
export function hintAt(ui: Ui, view: View, at: { readonly x: number; readonly y: number }): readonly Key[] {
  const { hints: rect } = place(ui);
  if (rect === null) return [];
  const row = rowsOf(ui, view, rect.rows, rect.cols)[at.y - rect.y];
  const spot = row?.spots.find(({ from, to }) => at.x >= from && at.x < to);
  return spot === undefined ? [] : keysOf(spot.key);
}
