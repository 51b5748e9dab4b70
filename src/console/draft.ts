/** A piece of text being written: the terminal room's line editor, and the few things this room asks of it. */
import { edit, editorOf, insertPaste, isEmpty, textOf, type EditorState } from '../terminal/editor.ts';

export type Draft = EditorState;
export interface Key {
  readonly name: string;
  readonly text?: string;
}

export { isEmpty, textOf };
export const blankDraft: Draft = editorOf();
export const draftOf = (text: string): Draft => editorOf(text);

/** The draft after a key or, with the name `paste`, after a pasted text; unchanged when it is no key of an editor. */
export function typeKey(draft: Draft, key: Key): Draft {
  if (key.name === 'paste') return insertPaste(draft, key.text ?? '');
  return edit(draft, key) ?? draft;
}

/** The key as the editor alone sees it, null when it has no use for it. */
export const editKey = (draft: Draft, key: Key): Draft | null => edit(draft, key);
