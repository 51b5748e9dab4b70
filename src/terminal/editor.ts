/**
 * The line editor: text as grapheme clusters, a cursor between them, and what each key does to them. Pure; it knows
 * neither the screen nor the clock. Long pastes are kept whole, as one chip in the text.
 */
import { type SafeText, graphemes, safeText } from './text.ts';

/** A pasted block that stands in the text as one piece. */
interface Chip {
  readonly paste: string;
  /** What is shown for it: `[paste 21 lines, 10,020 chars]`. */
  readonly label: SafeText;
}
/** What the cursor moves over: a grapheme cluster or a chip. */
export type Piece = string | Chip;

/** A text being written. */
export interface EditorState {
  readonly pieces: readonly Piece[];
  /** 0 to pieces.length: before which piece it stands. */
  readonly cursor: number;
  /** What was cut last, for ctrl-y. */
  readonly killed: readonly Piece[];
}

/** A paste longer than this becomes a chip. */
const CHIP_LINES = 3;
const CHIP_CHARS = 500;

/** An empty text, or one that begins with `text`, the cursor at its end. */
export function draftOf(text = ''): EditorState {
  const pieces = split(text);
  return { pieces, cursor: pieces.length, killed: [] };
}

function split(text: string): string[] {
  const clean = text.toWellFormed().replace(/\r\n?/g, '\n');
  return /^[\x20-\x7e\n]*$/.test(clean) ? [...clean] : [...graphemes(clean)];
}

/** The whole text, chips expanded: what is submitted. */
export function editorText(state: EditorState): string {
  return state.pieces.map((piece) => (typeof piece === 'string' ? piece : piece.paste)).join('');
}

export const emptyDraft: EditorState = draftOf();

/** True when there is nothing to submit and nothing to lose. */
export function isEmptyText(state: EditorState): boolean {
  return state.pieces.length === 0;
}

function insert(state: EditorState, added: readonly Piece[]): EditorState {
  const before = state.pieces.slice(0, state.cursor);
  const after = state.pieces.slice(state.cursor);
  const [last] = before.slice(-1);
  const [first] = added;
  // A combining mark typed after its letter joins it: the cluster becomes one piece.
  if (typeof last === 'string' && typeof first === 'string' && !isAscii(first)) {
    const joined = split(last + first);
    if (joined.length === 1) {
      const pieces = [...before.slice(0, -1), ...joined, ...added.slice(1)];
      return { ...state, pieces: [...pieces, ...after], cursor: pieces.length };
    }
  }
  return { ...state, pieces: [...before, ...added, ...after], cursor: state.cursor + added.length };
}

function isAscii(text: string): boolean {
  return text.charCodeAt(0) < 0x80;
}

/** The text with a paste put in at the cursor: as it is, or as a chip when it is long. */
export function insertPaste(state: EditorState, text: string): EditorState {
  const clean = text.toWellFormed().replace(/\r\n?/g, '\n');
  const lines = clean.split('\n').length;
  if (lines <= CHIP_LINES && clean.length <= CHIP_CHARS) return insert(state, split(clean));
  const count = `${lines} ${lines === 1 ? 'line' : 'lines'}, ${clean.length.toLocaleString('en-US')} chars`;
  return insert(state, [{ paste: clean, label: safeText(`[paste ${count}]`) }]);
}

const isWord = (piece: Piece | undefined): boolean =>
  piece !== undefined && (typeof piece !== 'string' || /^[\p{L}\p{N}_]/u.test(piece));

function wordLeft({ pieces }: EditorState, from: number): number {
  let at = from;
  while (at > 0 && !isWord(pieces[at - 1])) at--;
  while (at > 0 && isWord(pieces[at - 1])) at--;
  return at;
}

function wordRight({ pieces }: EditorState, from: number): number {
  let at = from;
  while (at < pieces.length && !isWord(pieces[at])) at++;
  while (at < pieces.length && isWord(pieces[at])) at++;
  return at;
}

/** Where Ctrl-W stops: after the blank before the word, whatever the word is made of. */
function blankLeft({ pieces }: EditorState, from: number): number {
  let at = from;
  while (at > 0 && isBlank(pieces[at - 1])) at--;
  while (at > 0 && !isBlank(pieces[at - 1])) at--;
  return at;
}

const isBlank = (piece: Piece | undefined): boolean => piece === ' ' || piece === '\n';

function lineStart({ pieces, cursor }: EditorState): number {
  return pieces.lastIndexOf('\n', cursor - 1) + 1;
}

function rowStart(state: EditorState): number {
  // lastIndexOf counts a negative start from the end.
  return state.cursor === 0 ? 0 : lineStart(state);
}

function rowEnd({ pieces, cursor }: EditorState): number {
  const end = pieces.indexOf('\n', cursor);
  return end < 0 ? pieces.length : end;
}

function move(state: EditorState, cursor: number): EditorState {
  return { ...state, cursor: Math.min(state.pieces.length, Math.max(0, cursor)) };
}

function remove(state: EditorState, from: number, to: number, keep = false): EditorState {
  if (from >= to) return state;
  const killed = keep ? state.pieces.slice(from, to) : state.killed;
  return { pieces: [...state.pieces.slice(0, from), ...state.pieces.slice(to)], cursor: from, killed };
}

/** The cursor one row up or down in the same column; null when there is no such row. */
function vertical(state: EditorState, step: -1 | 1): EditorState | null {
  const start = rowStart(state);
  const column = state.cursor - start;
  if (step === -1) {
    if (start === 0) return null;
    const above = rowStart({ ...state, cursor: start - 1 });
    return move(state, Math.min(above + column, start - 1));
  }
  const end = rowEnd(state);
  if (end === state.pieces.length) return null;
  return move(state, Math.min(end + 1 + column, rowEnd({ ...state, cursor: end + 1 })));
}

function transpose(state: EditorState): EditorState {
  const at = state.cursor === state.pieces.length ? state.cursor - 1 : state.cursor;
  if (at < 1) return state;
  const pieces = state.pieces.with(at - 1, state.pieces[at]!).with(at, state.pieces[at - 1]!);
  return { ...state, pieces, cursor: at + 1 };
}

/** A key as the decoder names it, and the text it types, if any. */
export interface Key {
  readonly name: string;
  readonly text?: string;
}

type Action = (state: EditorState) => EditorState | null;

const left: Action = (state) => move(state, state.cursor - 1);
const right: Action = (state) => move(state, state.cursor + 1);
const home: Action = (state) => move(state, rowStart(state));
const end: Action = (state) => move(state, rowEnd(state));
const backspace: Action = (state) => remove(state, Math.max(0, state.cursor - 1), state.cursor);
const del: Action = (state) => remove(state, state.cursor, Math.min(state.pieces.length, state.cursor + 1));
const newline: Action = (state) => insert(state, ['\n']);
const previousWord: Action = (state) => move(state, wordLeft(state, state.cursor));
const nextWord: Action = (state) => move(state, wordRight(state, state.cursor));
const killWordLeft: Action = (state) => remove(state, wordLeft(state, state.cursor), state.cursor, true);

/** What each key does. The keys are readline's. */
const KEYS: Readonly<Record<string, Action>> = {
  left,
  'ctrl-b': left,
  right,
  'ctrl-f': right,
  home,
  'ctrl-a': home,
  end,
  'ctrl-e': end,
  up: (state) => vertical(state, -1),
  down: (state) => vertical(state, 1),
  backspace,
  'ctrl-h': backspace,
  'shift-backspace': backspace,
  delete: del,
  'ctrl-d': del,
  'alt-b': previousWord,
  'alt-left': previousWord,
  'ctrl-left': previousWord,
  'alt-f': nextWord,
  'alt-right': nextWord,
  'ctrl-right': nextWord,
  'alt-d': (state) => remove(state, state.cursor, wordRight(state, state.cursor), true),
  'alt-backspace': killWordLeft,
  'ctrl-w': (state) => remove(state, blankLeft(state, state.cursor), state.cursor, true),
  'ctrl-u': (state) => remove(state, rowStart(state), state.cursor, true),
  'ctrl-k': (state) => remove(state, state.cursor, rowEnd(state), true),
  'ctrl-y': (state) => insert(state, state.killed),
  'ctrl-t': transpose,
  'alt-enter': newline,
  'ctrl-j': newline,
};

/**
 * The text after a key, or null when the key is none of the editor's (then somebody else may have it). A key that has
 * nothing to do, such as left at the beginning, is still the editor's; up and down at the edge are not.
 */
export function edit(state: EditorState, key: Key): EditorState | null {
  const action = KEYS[key.name];
  if (action !== undefined) return action(state);
  return key.text === undefined ? null : insert(state, split(key.text));
}

/** The draft after a key or, with the name `paste`, after a pasted text; unchanged when it is no key of an editor. */
export function typeKey(draft: EditorState, key: Key): EditorState {
  if (key.name === 'paste') return insertPaste(draft, key.text ?? '');
  return edit(draft, key) ?? draft;
}
