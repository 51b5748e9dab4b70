/** The visible part of a draft: one row that scrolls sideways, or several wrapped rows. Pure. */
import type { EditorState, Piece } from './editor.ts';
import { type SafeText, cut, oneLine, width } from './text.ts';

/** The visible rows, and the cell of the cursor in them. */
interface EditorView {
  readonly rows: readonly SafeText[];
  readonly cursor: { readonly x: number; readonly y: number };
}

function drawn(piece: Piece, room: number): { readonly text: SafeText; readonly cols: number } {
  if (typeof piece === 'string' && piece.length === 1 && piece >= ' ' && piece <= '~')
    return { text: piece as SafeText, cols: 1 };
  const text = typeof piece === 'string' ? oneLine(piece) : cut(piece.label, room);
  return { text, cols: width(text) };
}

/**
 * The draft in `cols` cells. On one row it scrolls sideways and shows line ends as signs; on several it wraps, and the
 * last `rows` rows up to the cursor are shown.
 */
export function editorView(state: EditorState, cols: number, rows = 1): EditorView {
  const room = Math.max(1, cols);
  return rows <= 1 ? sideways(state, room) : wrapped(state, room, rows);
}

function sideways({ pieces, cursor }: EditorState, cols: number): EditorView {
  // Only the visible part is measured: leftwards from the cursor, then rightwards.
  const last = cols - 1;
  let start = cursor;
  let before = 0;
  while (start > 0) {
    const { cols: wide } = drawn(pieces[start - 1]!, last);
    if (before + wide > last) break;
    before += wide;
    start--;
  }
  let text = '';
  let used = 0;
  for (let index = start; index < pieces.length; index++) {
    const cell = drawn(pieces[index]!, cols);
    if (used + cell.cols > cols) break;
    text += cell.text;
    used += cell.cols;
  }
  return { rows: [text as SafeText], cursor: { x: before, y: 0 } };
}

function wrapped({ pieces, cursor }: EditorState, cols: number, rows: number): EditorView {
  const out: string[] = [''];
  let x = 0;
  let at = { x: 0, y: 0 };
  const next = () => {
    out.push('');
    x = 0;
  };
  for (const [index, piece] of pieces.entries()) {
    const cell = piece === '\n' ? null : drawn(piece, cols);
    if (cell !== null && x > 0 && x + cell.cols > cols) next();
    if (index === cursor) at = { x, y: out.length - 1 };
    if (cell === null) {
      next();
      continue;
    }
    // A wide character does not fit into a row of one cell.
    if (cell.cols <= cols) out[out.length - 1] += cell.text;
    x += Math.min(cell.cols, cols);
  }
  if (cursor === pieces.length) {
    // After a full row the cursor needs a cell of its own.
    if (x >= cols) next();
    at = { x, y: out.length - 1 };
  }
  const first = Math.min(Math.max(0, at.y - rows + 1), Math.max(0, out.length - rows));
  return {
    rows: out.slice(first, first + rows) as SafeText[],
    cursor: { x: Math.min(at.x, cols - 1), y: at.y - first },
  };
}
