import fc from '../support/property.ts';
import { describe, expect, test } from 'vitest';
import { edit, draftOf, insertPaste, isEmptyText, editorText, type EditorState } from '../../src/terminal/editor.ts';
import { editorView } from '../../src/terminal/editor-view.ts';
import { width } from '../../src/terminal/text.ts';

/** Types keys: a name in angle brackets is a key, everything else is typed. */
function typed(script: string, start: EditorState = draftOf()): EditorState {
  let state = start;
  for (const [, name, char] of script.matchAll(/<([a-z-]+)>|([\s\S])/gu)) {
    const next = edit(state, name === undefined ? { name: char!, text: char! } : { name });
    if (next !== null) state = next;
  }
  return state;
}
/** The text with a bar where the cursor is. */
const shown = (state: EditorState) =>
  editorText({ ...state, pieces: [...state.pieces.slice(0, state.cursor), '|', ...state.pieces.slice(state.cursor)] });

describe('keys', () => {
  test.each([
    ['abc<left>X', 'abX|c'],
    ['abc<ctrl-a>X<ctrl-e>Y', 'XabcY|'],
    ['abc<home><delete><right><backspace>', '|c'],
    ['abc<ctrl-b><ctrl-b><ctrl-f><ctrl-d>', 'ab|'],
    ['one two three<ctrl-w>', 'one two |'],
    ['one two-three<alt-backspace>', 'one two-|'],
    ['one two<ctrl-w><home><ctrl-y>', 'two|one '],
    ['one two<home><alt-f><ctrl-k>', 'one|'],
    ['one two<alt-b><ctrl-u>', '|two'],
    ['one two three<alt-b><alt-b><alt-d>', 'one | three'],
    ['one<alt-enter>two<up>X', 'oneX|\ntwo'],
    ['one<ctrl-j>three<up><down>X', 'one\nthrX|ee'],
    ['one<ctrl-j>two<ctrl-a>X<ctrl-k>', 'one\nX|'],
    ['ab<ctrl-t>', 'ba|'],
    ['abc<ctrl-h><ctrl-h>', 'a|'],
    ['a b<ctrl-left>X', 'a X|b'],
  ])('%j', (script, expected) => {
    expect(shown(typed(script))).toBe(expected);
  });

  test('keys of others are left to them', () => {
    for (const name of ['enter', 'escape', 'f2', 'ctrl-p', 'tab', 'pageup', 'alt-s', 'up', 'down']) {
      expect(edit(draftOf('one line'), { name })).toBeNull();
    }
  });

  test('one key takes away what a person sees as one character', () => {
    expect(shown(typed('<backspace>', draftOf('ok 👩‍🚒')))).toBe('ok |');
    expect(shown(typed('<backspace>', draftOf('e\u0301')))).toBe('|');
    expect(shown(typed('<left><left>', draftOf('नमस्ते')))).not.toContain('्|');
    expect(shown(typed('👩\u200d🚒<backspace>'))).toBe('|');
    expect(typed('e\u0301').pieces).toEqual(['e\u0301']);
  });
});

describe('paste', () => {
  test('short ones are text, long ones a chip that is expanded when submitted', () => {
    expect(shown(insertPaste(draftOf('ab'), 'x\r\ny'))).toBe('abx\ny|');
    const log = 'error line\n'.repeat(20).concat('end');
    const state = typed('!', insertPaste(draftOf('see: '), log));
    expect(editorView(state, 60).rows).toEqual(['see: [paste 21 lines, 223 chars]!']);
    expect(editorText(state)).toBe(`see: ${log}!`);
    expect(editorView(insertPaste(draftOf(''), `${log}\n`), 60).rows).toEqual(['[paste 21 lines, 224 chars]']);
    expect(state.pieces.length).toBe(7);
    expect(shown(typed('<left><backspace>', state))).toBe('see: |!');
  });
  test('500 characters on one line are still text, 501 are not', () => {
    expect(insertPaste(draftOf(), 'x'.repeat(500)).pieces.length).toBe(500);
    expect(editorView(insertPaste(draftOf(), 'x'.repeat(10_020)), 40).rows).toEqual(['[paste 1 line, 10,020 chars]']);
  });
});

describe('view', () => {
  test('scrolls sideways so that the cursor is seen', () => {
    const state = draftOf('0123456789');
    expect(editorView(state, 5)).toEqual({ rows: ['6789'], cursor: { x: 4, y: 0 } });
    expect(editorView(typed('<home>', state), 5)).toEqual({ rows: ['01234'], cursor: { x: 0, y: 0 } });
    expect(editorView(draftOf('日本語'), 5)).toEqual({ rows: ['本語'], cursor: { x: 4, y: 0 } });
    expect(editorView(draftOf('a\nb'), 9).rows).toEqual(['a ⏎ b']);
  });
  test('wraps into rows, and shows those around the cursor', () => {
    const state = draftOf('abcdefgh\nij');
    expect(editorView(state, 4, 5)).toEqual({ rows: ['abcd', 'efgh', 'ij'], cursor: { x: 2, y: 2 } });
    expect(editorView(state, 4, 2)).toEqual({ rows: ['efgh', 'ij'], cursor: { x: 2, y: 1 } });
    expect(editorView(typed('<up><up>', draftOf('a\nb\nc')), 4, 2)).toEqual({
      rows: ['a', 'b'],
      cursor: { x: 1, y: 0 },
    });
    expect(editorView(draftOf('abcd'), 4, 3)).toEqual({ rows: ['abcd', ''], cursor: { x: 0, y: 1 } });
  });
});

test('whatever is typed, the cursor stays inside, the view fits, nothing raw is shown', () => {
  const key = fc.oneof(
    fc
      .constantFrom(
        'left',
        'right',
        'home',
        'end',
        'backspace',
        'delete',
        'ctrl-w',
        'ctrl-u',
        'ctrl-k',
        'ctrl-y',
        'up',
        'down',
      )
      .map((name) => ({ name })),
    fc.constantFrom('ctrl-t', 'alt-b', 'alt-f', 'alt-d', 'alt-enter', 'alt-backspace').map((name) => ({ name })),
    fc
      .oneof(
        fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
        fc.constantFrom('a', ' ', '日', '👩', '\u200d', '\u0301'),
      )
      .map((text) => ({ name: text, text })),
    fc.oneof(fc.string({ maxLength: 6 }), fc.constant('log\n'.repeat(9))).map((paste) => ({ paste })),
  );
  fc.assert(
    fc.property(
      fc.array(key, { maxLength: 40 }),
      fc.integer({ min: 1, max: 30 }),
      fc.integer({ min: 1, max: 4 }),
      (keys, cols, rows) => {
        let state = draftOf();
        for (const one of keys) state = 'paste' in one ? insertPaste(state, one.paste) : (edit(state, one) ?? state);
        expect(state.cursor).toBeGreaterThanOrEqual(0);
        expect(state.cursor).toBeLessThanOrEqual(state.pieces.length);
        const seen = editorView(state, cols, rows);
        expect(seen.rows.length).toBeLessThanOrEqual(rows);
        for (const row of seen.rows) {
          expect(width(row)).toBeLessThanOrEqual(cols);
          expect(row).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202e]/);
        }
        expect(seen.cursor.x).toBeLessThan(cols);
        expect(seen.cursor.y).toBeLessThan(seen.rows.length);
        expect(isEmptyText(state)).toBe(editorText(state) === '' && state.pieces.length === 0);
      },
    ),
    { numRuns: process.env['WARROOM_LONG'] ? 50_000 : 1000 },
  );
}, 300_000);
