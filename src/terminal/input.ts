/**
 * What a person did, from the bytes a terminal sends: keys, pastes, mouse, focus. Pure: chunks in, events out, any
 * split of the same bytes gives the same events. The caller owns the timer that ends a lone Escape.
 */

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

/** How long a lone Escape waits for the rest of a sequence, in milliseconds. */
export const ESCAPE_MS = 40;
/** Characters of a paste that are kept. */
export const PASTE_LIMIT = 64 * 1024;

const PASTE_END = '\x1b[201~';
/** Printable characters in one read, ending in Enter, that no hand types: a paste without brackets. */
const UNBRACKETED = /^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]{9,}$/u;

const LETTERS: Readonly<Record<string, string>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  E: 'clear',
  F: 'end',
  H: 'home',
  M: 'enter',
  P: 'f1',
  Q: 'f2',
  R: 'f3',
  S: 'f4',
  Z: 'shift-tab',
};
const NUMBERS: Readonly<Record<number, string>> = {
  1: 'home',
  2: 'insert',
  3: 'delete',
  4: 'end',
  5: 'pageup',
  6: 'pagedown',
  7: 'home',
  8: 'end',
  11: 'f1',
  12: 'f2',
  13: 'f3',
  14: 'f4',
  15: 'f5',
  17: 'f6',
  18: 'f7',
  19: 'f8',
  20: 'f9',
  21: 'f10',
  23: 'f11',
  24: 'f12',
};
const CODES: Readonly<Record<number, string>> = {
  9: 'tab',
  13: 'enter',
  27: 'escape',
  32: 'space',
  127: 'backspace',
  57414: 'enter',
};
const CONTROLS: Readonly<Record<string, string>> = {
  '\0': 'ctrl-space',
  '\b': 'backspace',
  '\t': 'tab',
  '\n': 'ctrl-j',
  '\r': 'enter',
  '\x1c': 'ctrl-\\',
  '\x1d': 'ctrl-]',
  '\x1e': 'ctrl-^',
  '\x1f': 'ctrl-_',
  '\x7f': 'backspace',
};

function withModifiers(name: string, code: number): string {
  // xterm's and kitty's modifier parameter: 1 + shift 1 + alt 2 + ctrl 4; lock keys above that do not matter.
  const bits = code - 1;
  const prefix = (bits & 4 ? 'ctrl-' : '') + (bits & 2 ? 'alt-' : '') + (bits & 1 ? 'shift-' : '');
  if (name === 'shift-tab' && bits & 1) return withModifiers('tab', code);
  return prefix + name;
}

function plainKey(char: string): InputEvent {
  const control = CONTROLS[char];
  if (control !== undefined) return { type: 'key', name: control };
  if (char < ' ') return { type: 'key', name: `ctrl-${String.fromCharCode(char.charCodeAt(0) + 96)}` };
  return { type: 'key', name: char === ' ' ? 'space' : char, text: char };
}

function altKey(char: string): InputEvent {
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

function controlSequence(params: string, final: string): InputEvent | null {
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
  const name = final === '~' ? NUMBERS[Number.parseInt(first, 10)] : letter;
  return name === undefined ? null : { type: 'key', name: withModifiers(name, modifier) };
}

/** A decoder with the state of one terminal. */
export interface Decoder {
  /** True while an Escape may still become a longer sequence: call `flush` after ESCAPE_MS. */
  readonly waiting: boolean;
  /** True inside a paste whose end mark has not come. */
  readonly pasting: boolean;
  /** The events that are complete with these bytes. */
  feed(chunk: Uint8Array): InputEvent[];
  /** No more bytes came: what waits becomes keys. A paste that is under way goes on waiting. */
  flush(): InputEvent[];
  /** The end mark will not come any more: what came of the paste is the paste. */
  endPaste(): InputEvent[];
}

/** Whether a terminal brackets its pastes, by TERM: only the consoles without windows do not. */
export function bracketsPastes(term: string | undefined): boolean {
  return !/^(?:linux|ansi|cygwin|vt\d)/.test(term ?? '');
}

/** Options of a decoder. */
export interface DecoderOptions {
  /**
   * The terminal brackets its pastes. When false, many characters with a line end in one read count as a paste and
   * never submit; which makes the events depend on the reads.
   */
  readonly bracketed?: boolean;
}

/** Makes a decoder. */
export function createDecoder({ bracketed = true }: DecoderOptions = {}): Decoder {
  const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
  let buffer = '';
  let paste: { text: string; dropped: number; tail: string } | null = null;

  function pasted(events: InputEvent[]): void {
    if (paste === null) return;
    const text = paste.tail + buffer;
    const end = text.indexOf(PASTE_END);
    const done = end >= 0;
    // The end mark may be split over reads: what could be its beginning waits.
    const keep = done ? end : text.length - beginningOf(PASTE_END, text);
    const room = Math.max(0, PASTE_LIMIT - paste.text.length);
    paste.text += text.slice(0, Math.min(keep, room));
    paste.dropped += Math.max(0, keep - room);
    paste.tail = done ? '' : text.slice(keep);
    buffer = done ? text.slice(end + PASTE_END.length) : '';
    if (!done) return;
    events.push({ type: 'paste', text: lines(paste.text), dropped: paste.dropped });
    paste = null;
  }

  /** Takes one event off the buffer; false when the rest is not complete yet. */
  function step(events: InputEvent[], ended: boolean): boolean {
    const char = String.fromCodePoint(buffer.codePointAt(0)!);
    if (char !== '\x1b') {
      buffer = buffer.slice(char.length);
      events.push(plainKey(char));
      return true;
    }
    const linux = /^\x1b\[\[([A-E])/.exec(buffer);
    if (linux !== null) {
      // The Linux console's own F1 to F5.
      buffer = buffer.slice(linux[0].length);
      events.push({ type: 'key', name: `f${linux[1]!.charCodeAt(0) - 64}` });
      return true;
    }
    if (!ended && buffer === '\x1b[[') return false;
    const sequence = /^\x1b(?:\[([0-?]*)[ -/]*([@-~])|O([0-9]*)([A-Za-z]))/.exec(buffer);
    if (sequence !== null) {
      const [all, params, final, digits, letter] = sequence;
      buffer = buffer.slice(all.length);
      if (params === '200' && final === '~') {
        paste = { text: '', dropped: 0, tail: '' };
        return true;
      }
      // An application key (ESC O) is the same key as its control sequence; `1` marks it as a key.
      const event = final === undefined ? controlSequence(`1;${digits}`, letter!) : controlSequence(params!, final);
      if (event !== null) events.push(event);
      return true;
    }
    if (!ended && /^\x1b(?:\[[0-?]{0,32}[ -/]{0,4}|O[0-9]{0,2})?$/.test(buffer)) return false;
    return escape(events);
  }

  /** An Escape that begins no sequence we know: Alt with a character, or the key itself. */
  function escape(events: InputEvent[]): boolean {
    const next = buffer.length > 1 ? String.fromCodePoint(buffer.codePointAt(1)!) : '';
    if (next === '' || next === '\x1b') {
      buffer = buffer.slice(1);
      events.push({ type: 'key', name: 'escape' });
      return true;
    }
    // A broken control sequence is dropped up to the byte that broke it: its parameters are not text.
    const broken = /^\x1b\[[0-?]+[ -/]*/.exec(buffer)?.[0];
    buffer = buffer.slice(broken === undefined ? 1 + next.length : broken.length);
    if (broken === undefined) events.push(altKey(next));
    return true;
  }

  function drain(ended: boolean): InputEvent[] {
    const events: InputEvent[] = [];
    while (buffer !== '') {
      if (paste !== null) pasted(events);
      else if (!step(events, ended)) break;
    }
    return events;
  }

  return {
    get waiting() {
      return buffer !== '';
    },
    get pasting() {
      return paste !== null;
    },
    feed(chunk) {
      const text = utf8.decode(chunk, { stream: true });
      const burst = !bracketed && buffer === '' && paste === null && text.includes('\r') && UNBRACKETED.test(text);
      if (burst) {
        const kept = text.slice(0, PASTE_LIMIT);
        return [{ type: 'paste', text: lines(kept), dropped: text.length - kept.length }];
      }
      buffer += text;
      return drain(false);
    },
    flush: () => drain(true),
    endPaste() {
      if (paste === null) return [];
      buffer = PASTE_END.slice(beginningOf(PASTE_END, paste.tail));
      return drain(true);
    },
  };
}

/** How many characters at the end of `text` could be the beginning of `mark`. */
function beginningOf(mark: string, text: string): number {
  for (let size = Math.min(mark.length - 1, text.length); size > 0; size--) {
    if (text.endsWith(mark.slice(0, size))) return size;
  }
  return 0;
}

function lines(text: string): string {
  return text.replace(/\r\n?/g, '\n');
}
