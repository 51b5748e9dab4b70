/** The line editor: grapheme clusters, a cursor between them, and the effect of each key. A long paste is one chip. Pure. */
import { PLAIN, type SafeText, graphemes, safeText } from './text.ts';

/** A pasted block that is one piece of the text. */
interface Chip {
  readonly paste: string;
  /** What is shown for it: `[paste 21 lines, 10,020 chars]`. */
  readonly label: SafeText;
}
/** One step of the cursor: a grapheme cluster or a chip. */
export type Piece = string | Chip;

export interface EditorState {
  readonly pieces: readonly Piece[];
  /** Index of the piece after the cursor, 0 to pieces.length. */
  readonly cursor: number;
  /** The pieces that were cut last, for ctrl-y. */
  readonly killed: readonly Piece[];
}

/** A paste longer than this becomes a chip. */
const CHIP_LINES = 3;
const CHIP_CHARS = 500;

/** A draft of `text` with the cursor at its end. */
export function draftOf(text = ''): EditorState {
  const pieces = split(text);
  return { pieces, cursor: pieces.length, killed: [] };
}

function split(text: string): string[] {
  const clean = text.toWellFormed().replace(/\r\n?/g, '\n');
  return PLAIN.test(clean) ? [...clean] : [...graphemes(clean)];
}

/** The whole text, with chips expanded. */
export const editorText = ({ pieces }: EditorState): string =>
  pieces.map((piece) => (typeof piece === 'string' ? piece : piece.paste)).join('');

export const emptyDraft: EditorState = draftOf();

export const isEmptyText = ({ pieces }: EditorState): boolean => pieces.length === 0;

function insert(state: EditorState, added: readonly Piece[]): EditorState {
  const before = state.pieces.slice(0, state.cursor);
  const after = state.pieces.slice(state.cursor);
  const [last] = before.slice(-1);
  const [first] = added;
  // A combining mark joins the letter before it into one piece.
  if (typeof last === 'string' && typeof first === 'string' && first.charCodeAt(0) >= 0x80) {
    const joined = split(last + first);
    if (joined.length === 1) {
      const pieces = [...before.slice(0, -1), ...joined, ...added.slice(1)];
      return { ...state, pieces: [...pieces, ...after], cursor: pieces.length };
    }
  }
  return { ...state, pieces: [...before, ...added, ...after], cursor: state.cursor + added.length };
}

/** Colours and other control sequences that a terminal's output holds: CSI, then OSC with its end. */
const ESCAPES = /\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)/g;

/** Inserts pasted text without the colours of a terminal at the cursor, as a chip when it is long. */
export function insertPaste(state: EditorState, text: string): EditorState {
  const clean = text.toWellFormed().replace(ESCAPES, '').replace(/\r\n?/g, '\n');
  // The end of the last line begins no other.
  const lines = clean.replace(/\n$/, '').split('\n').length;
  if (lines <= CHIP_LINES && clean.length <= CHIP_CHARS) return insert(state, split(clean));
  const count = `${lines} ${lines === 1 ? 'line' : 'lines'}, ${clean.length.toLocaleString('en-US')} chars`;
  return insert(state, [{ paste: clean, label: safeText(`[paste ${count}]`) }]);
}

type Test = (piece: Piece) => boolean;

const isWord: Test = (piece) => typeof piece !== 'string' || /^[\p{L}\p{N}_]/u.test(piece);
/** Ctrl-W deletes up to a blank; the other keys for words stop at punctuation, too. */
const isNotBlank: Test = (piece) => piece !== ' ' && piece !== '\n';

/** The index at which the word before the cursor begins. */
function wordLeft({ pieces, cursor }: EditorState, isPart: Test = isWord): number {
  let at = cursor;
  while (at > 0 && !isPart(pieces[at - 1]!)) at--;
  while (at > 0 && isPart(pieces[at - 1]!)) at--;
  return at;
}

/** The index after the word behind the cursor. */
function wordRight({ pieces, cursor }: EditorState): number {
  let at = cursor;
  while (at < pieces.length && !isWord(pieces[at]!)) at++;
  while (at < pieces.length && isWord(pieces[at]!)) at++;
  return at;
}

/** lastIndexOf would count a negative start from the end. */
const rowStart = ({ pieces, cursor }: EditorState): number =>
  cursor === 0 ? 0 : pieces.lastIndexOf('\n', cursor - 1) + 1;

function rowEnd({ pieces, cursor }: EditorState): number {
  const end = pieces.indexOf('\n', cursor);
  return end < 0 ? pieces.length : end;
}

const move = (state: EditorState, cursor: number): EditorState => ({
  ...state,
  cursor: Math.min(state.pieces.length, Math.max(0, cursor)),
});

function remove(state: EditorState, from: number, to: number, keep = false): EditorState {
  if (from >= to) return state;
  const killed = keep ? state.pieces.slice(from, to) : state.killed;
  return { pieces: [...state.pieces.slice(0, from), ...state.pieces.slice(to)], cursor: from, killed };
}

/** Moves the cursor one row up or down in its column; null when there is no such row. */
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

/** A key by the decoder's name, and the text it types, if any. */
export interface Key {
  readonly name: string;
  readonly text?: string;
}

type Action = (state: EditorState) => EditorState | null;

/** readline's keys. */
const ACTIONS: readonly (readonly [keys: string, action: Action])[] = [
  ['left ctrl-b', (state) => move(state, state.cursor - 1)],
  ['right ctrl-f', (state) => move(state, state.cursor + 1)],
  ['home ctrl-a', (state) => move(state, rowStart(state))],
  ['end ctrl-e', (state) => move(state, rowEnd(state))],
  ['up', (state) => vertical(state, -1)],
  ['down', (state) => vertical(state, 1)],
  ['backspace ctrl-h shift-backspace', (state) => remove(state, Math.max(0, state.cursor - 1), state.cursor)],
  ['delete ctrl-d', (state) => remove(state, state.cursor, Math.min(state.pieces.length, state.cursor + 1))],
  ['alt-b alt-left ctrl-left', (state) => move(state, wordLeft(state))],
  ['alt-f alt-right ctrl-right', (state) => move(state, wordRight(state))],
  ['alt-d', (state) => remove(state, state.cursor, wordRight(state), true)],
  ['alt-backspace', (state) => remove(state, wordLeft(state), state.cursor, true)],
  ['ctrl-w', (state) => remove(state, wordLeft(state, isNotBlank), state.cursor, true)],
  ['ctrl-u', (state) => remove(state, rowStart(state), state.cursor, true)],
  ['ctrl-k', (state) => remove(state, state.cursor, rowEnd(state), true)],
  ['ctrl-y', (state) => insert(state, state.killed)],
  ['ctrl-t', transpose],
  ['alt-enter ctrl-j', (state) => insert(state, ['\n'])],
];
const KEYS = new Map(ACTIONS.flatMap(([keys, action]) => keys.split(' ').map((name) => [name, action] as const)));

/** The draft after a key; null for a key that is not the editor's, as are up and down at the edge of the text. */
export function edit(state: EditorState, key: Key): EditorState | null {
  const action = KEYS.get(key.name);
  if (action !== undefined) return action(state);
  return key.text === undefined ? null : insert(state, split(key.text));
}

/** The draft after a key, or after a paste (key name `paste`); unchanged for a key that is not the editor's. */
export function typeKey(draft: EditorState, key: Key): EditorState {
  if (key.name === 'paste') return insertPaste(draft, key.text ?? '');
  return edit(draft, key) ?? draft;
}
