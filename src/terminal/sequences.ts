/** What one sequence of a terminal means: which key, where the mouse, whether the window has the focus. Pure. */

/** One thing a person did. Names are lower case: `a`, `enter`, `f2`, `ctrl-p`, `alt-enter`, `shift-tab`, `pageup`. */
export type InputEvent =
  | { readonly type: 'key'; readonly name: string; /** What it types, if anything. */ readonly text?: string }
  /** `dropped`: characters beyond the limit that were not kept. */
  | { readonly type: 'paste'; readonly text: string; readonly dropped: number }
  | {
      readonly type: 'mouse';
      readonly kind: 'press' | 'wheelup' | 'wheeldown';
      /** Cell, from 0. */
      readonly x: number;
      readonly y: number;
      readonly button: 'left' | 'middle' | 'right' | 'none';
    }
  | { readonly type: 'focus'; readonly on: boolean };

type KeyNames = Readonly<Record<string, string>>;
const CURSOR_KEYS: KeyNames = { A: 'up', B: 'down', C: 'right', D: 'left', E: 'clear', F: 'end', H: 'home' };
const LETTERS: KeyNames = { ...CURSOR_KEYS, M: 'enter', P: 'f1', Q: 'f2', R: 'f3', S: 'f4', Z: 'shift-tab' };
/** The keys of `ESC [ 1 ~` to `ESC [ 8 ~`, and the numbers of F1 to F12 in the same sequence. */
const EDITING_KEYS = ['home', 'insert', 'delete', 'end', 'pageup', 'pagedown', 'home', 'end'];
const FUNCTION_KEYS = [11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 23, 24];
const CODES: KeyNames = { 9: 'tab', 13: 'enter', 27: 'escape', 32: 'space', 127: 'backspace', 57414: 'enter' };
const CONTROLS: KeyNames = { '\0': 'ctrl-space', '\b': 'backspace', '\t': 'tab', '\r': 'enter', '\x7f': 'backspace' };

function withModifiers(name: string, code: number): string {
  // xterm's and kitty's modifier parameter: 1 + shift 1 + alt 2 + ctrl 4; lock keys above that do not matter.
  const bits = code - 1;
  const prefix = (bits & 4 ? 'ctrl-' : '') + (bits & 2 ? 'alt-' : '') + (bits & 1 ? 'shift-' : '');
  if (name === 'shift-tab' && bits & 1) return withModifiers('tab', code);
  return prefix + name;
}

function numbered(number: number): string | undefined {
  const at = FUNCTION_KEYS.indexOf(number);
  return at < 0 ? EDITING_KEYS[number - 1] : `f${at + 1}`;
}

/** A character as the key that types it. */
export function plainKey(char: string): InputEvent {
  const control = CONTROLS[char];
  if (control !== undefined) return { type: 'key', name: control };
  if (char < ' ') return { type: 'key', name: `ctrl-${String.fromCharCode(char.charCodeAt(0) + 64).toLowerCase()}` };
  return { type: 'key', name: char === ' ' ? 'space' : char, text: char };
}

/** A character typed with Alt, as a key. */
export function altKey(char: string): InputEvent {
  const plain = plainKey(char);
  return { type: 'key', name: plain.type === 'key' ? `alt-${plain.name}` : char };
}

function mouseEvent(code: number, column: number, row: number, final: string): InputEvent | null {
  const place = { x: Math.max(0, column - 1), y: Math.max(0, row - 1) };
  const low = code & 3;
  if (code & 64) {
    if (low > 1) return null;
    return { type: 'mouse', kind: low === 0 ? 'wheelup' : 'wheeldown', ...place, button: 'none' };
  }
  // Releases and motion are not acted upon.
  if (final === 'm' || code & 32 || low === 3) return null;
  return { type: 'mouse', kind: 'press', ...place, button: low === 0 ? 'left' : low === 1 ? 'middle' : 'right' };
}

/** A kitty key report: `code;modifiers[:event]u`. */
function kittyKey(params: string): InputEvent | null {
  const [codes = '', modifiers = ''] = params.split(';');
  const [modifier = '', event = ''] = modifiers.split(':');
  const code = Number.parseInt(codes, 10);
  if (event === '3' || !(code >= 0 && code <= 0x10ffff)) return null;
  const bits = Number.parseInt(modifier, 10) || 1;
  const named = CODES[code];
  if (named !== undefined) {
    const name = withModifiers(named, bits);
    return name === 'space' || name === 'shift-space'
      ? { type: 'key', name: 'space', text: ' ' }
      : { type: 'key', name };
  }
  // Kitty's private range holds keys that type nothing: media keys, lone modifiers.
  if (code < 32 || (code >= 57344 && code <= 63743) || (code >= 0xd800 && code <= 0xdfff)) return null;
  const char = String.fromCodePoint(code);
  if (((bits - 1) & 6) === 0) return plainKey((bits - 1) & 1 ? char.toUpperCase() : char);
  return { type: 'key', name: withModifiers(char, bits) };
}

/** `ESC [ params final`; null when it is no key, mouse or focus report we know. */
export function controlSequence(params: string, final: string): InputEvent | null {
  if (params.startsWith('<') && (final === 'M' || final === 'm')) {
    const [code = 0, column = 1, row = 1] = params.slice(1).split(';').map(Number);
    return mouseEvent(code || 0, column || 1, row || 1, final);
  }
  if (/[<=>?]/.test(params)) return null;
  if (final === 'u') return kittyKey(params);
  if (params === '' && (final === 'I' || final === 'O')) return { type: 'focus', on: final === 'I' };
  const [first = '', second = ''] = params.split(';');
  const modifier = Number.parseInt(second, 10) || 1;
  if (final === '~' && first === '27') {
    // xterm's modifyOtherKeys: 27;modifiers;code~
    return kittyKey(`${params.split(';')[2] ?? ''};${second}`);
  }
  // Other numbers before a letter are reports (where the cursor is), and a bare M is an old mouse, not a key.
  const letter = (first === '' || first === '1') && !(final === 'M' && params === '') ? LETTERS[final] : undefined;
  const name = final === '~' ? numbered(Number.parseInt(first, 10)) : letter;
  return name === undefined ? null : { type: 'key', name: withModifiers(name, modifier) };
}
