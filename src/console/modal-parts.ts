/** The parts that modals are made of. Pure. */
import { editorView } from '../terminal/editor-view.ts';
import { type Line, type Size, type Tone, cutLine, padLine, span, width, wrapText } from '../terminal/text.ts';
import type { EditorState } from '../terminal/editor.ts';

/** The contents of a modal; `cursor` is the cell of the typing cursor in them. */
export interface ModalView {
  readonly title: string;
  readonly lines: readonly Line[];
  readonly cursor: { readonly x: number; readonly y: number } | null;
  /** By how much of what was asked for it is scrolled; absent: it does not scroll. */
  readonly scroll?: number;
}
export interface ModalSize extends Size {
  readonly ascii: boolean;
}

export const textLine = (text: string, tone: Tone = 'plain'): Line => [span(text, tone)];
export const textLines = (text: string, cols: number, tone: Tone = 'plain'): readonly Line[] =>
  wrapText(text, cols).map((row) => [span(row, tone)]);

/** The last row of a modal that is not a form; it shows at every width how to leave. */
export function closingRow(also: string, cols: number, leave = 'Esc close'): Line {
  const room = Math.max(0, cols - width(leave) - 3);
  const before = also.trim() === '' || room < 8 ? [] : [...cutLine(textLine(also.trim(), 'dim'), room), span('   ')];
  return [...before, span(leave, 'dim')];
}

/** A field, `> draft` while it is typed in, in at most `rows` rows. */
export function textField(draft: EditorState, label: string, cols: number, focused: boolean, rows = 1): ModalView {
  const shown = editorView(draft, Math.max(1, cols - width(label) - 1), rows);
  const indent = ' '.repeat(width(label));
  const lines = shown.rows.map((text, i): Line => [span(i === 0 && focused ? label : indent, 'key'), span(text)]);
  return { title: '', lines, cursor: focused ? { x: shown.cursor.x + width(label), y: shown.cursor.y } : null };
}

/** An item of a list, marked when it is the one Enter takes. */
export function listItem(picked: boolean, line: Line, cols: number): Line {
  const mark = span(picked ? '> ' : '  ', 'key', picked ? { bold: true } : {});
  return cutLine([mark, ...(picked ? line.map((part) => ({ ...part, bold: true as const })) : line)], cols);
}

export const twoColumns = (left: Line, leftCols: number, right: Line): Line => [...padLine(left, leftCols), ...right];

/** An empty row, left out of small modals. */
export const gapRows = (rows: number): readonly Line[] => (rows < 9 ? [] : [[]]);

/** A modal with a line to type in, a list below it, and closing rows. */
export const queryModal = (
  title: string,
  query: ModalView,
  list: readonly Line[],
  foot: readonly Line[],
  rows: number,
): ModalView => ({
  ...query,
  title,
  lines: [...query.lines, ...gapRows(rows), ...list, ...gapRows(rows), ...foot],
});

/** Rows left for a list when `taken` rows and the gaps are subtracted. */
export const listRows = (rows: number, taken: number): number => Math.max(1, rows - taken - 2 * gapRows(rows).length);
