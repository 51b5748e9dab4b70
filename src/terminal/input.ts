/**
 * What a person did, from the bytes a terminal sends: keys, pastes, mouse, focus. The decoder is pure (chunks in, events
 * out; any split of the same bytes gives the same events); `listen` connects it to a stream and owns its timers.
 */
import { type InputEvent, altKey, controlSequence, plainKey } from './sequences.ts';

/** How long a lone Escape waits for the rest of a sequence, in milliseconds. */
export const ESCAPE_MS = 40;
/** Characters of a paste that are kept. */
export const PASTE_LIMIT = 64 * 1024;

const PASTE_END = '\x1b[201~';
/** So many printable characters with an Enter in one read were pasted, not typed. */
const UNBRACKETED = /^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]{9,}$/u;

/** A decoder with the state of one terminal. */
export interface Decoder {
  /** True while an Escape may still become a longer sequence: call `flush` after ESCAPE_MS. */
  readonly waiting: boolean;
  /** True inside a paste whose end mark has not come. */
  readonly pasting: boolean;
  /** The events that are complete with these bytes. */
  feed(chunk: Uint8Array): InputEvent[];
  /** No more bytes came: incomplete sequences become keys. A paste that has begun goes on. */
  flush(): InputEvent[];
  /** Ends a paste whose end mark did not come. */
  endPaste(): InputEvent[];
}

/** Whether a terminal brackets its pastes, by TERM: only consoles outside a window system do not. */
export function bracketsPastes(term: string | undefined): boolean {
  return !/^(?:linux|ansi|cygwin|vt\d)/.test(term ?? '');
}

/**
 * Makes a decoder. `bracketed`: the terminal brackets its pastes. When it does not, many characters with a line end in
 * one read count as a paste and never submit; which makes the events depend on the reads.
 */
export function createDecoder({ bracketed = true }: { readonly bracketed?: boolean } = {}): Decoder {
  const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
  let buffer = '';
  let paste: { text: string; dropped: number; tail: string } | null = null;

  function pasted(events: InputEvent[]): void {
    if (paste === null) return;
    const text = paste.tail + buffer;
    const end = text.indexOf(PASTE_END);
    const done = end >= 0;
    // The end mark may be split over reads: what could be its beginning is held back.
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

/** The part of a terminal's input that is used; `process.stdin` is one. */
export interface InputStream {
  setRawMode?(on: boolean): unknown;
  on(event: 'data', listener: (chunk: Uint8Array) => void): unknown;
  on(event: 'error' | 'end', listener: () => void): unknown;
  off(event: 'data', listener: (chunk: Uint8Array) => void): unknown;
  resume(): unknown;
  pause(): unknown;
}

export interface Keyboard {
  /** Discards incomplete input, as its rest will not arrive. */
  idle(): void;
  /** Stops listening. */
  stop(): void;
}

/** A paste without its end mark ends after this time; otherwise the keyboard would stay blocked. ms. */
const PASTE_MS = 3000;

/** Delivers the events of `input`. Does not change the mode of the terminal. */
export function listenToKeys(input: InputStream, bracketed: boolean, deliver: (event: InputEvent) => void): Keyboard {
  const decoder = createDecoder({ bracketed });
  let timer: NodeJS.Timeout | undefined;
  const onData = (chunk: Uint8Array) => {
    clearTimeout(timer);
    for (const event of decoder.feed(chunk)) deliver(event);
    if (decoder.pasting) timer = setTimeout(() => decoder.endPaste().forEach(deliver), PASTE_MS);
    else if (decoder.waiting) timer = setTimeout(() => decoder.flush().forEach(deliver), ESCAPE_MS);
  };
  input.on('data', onData);
  const idle = () => {
    clearTimeout(timer);
    decoder.flush();
    decoder.endPaste();
  };
  return {
    idle,
    stop() {
      idle();
      input.off('data', onData);
    },
  };
}
