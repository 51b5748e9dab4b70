/**
 * The bytes of a terminal -> keys, pastes, mouse and focus events. The decoder is pure, and any split of the same bytes
 * gives the same events; `listenToKeys` connects it to a stream and owns its timers.
 */
import { type InputEvent, altKey, controlSequence, plainKey } from './sequences.ts';

/** How long a lone Escape waits for the rest of a sequence, ms. */
const ESCAPE_MS = 40;
/** Characters of a paste that are kept. */
export const PASTE_LIMIT = 64 * 1024;

const PASTE_END = '\x1b[201~';
/** Nobody types this many characters, with an Enter, within one read: they were pasted. */
const UNBRACKETED = /^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]{9,}$/u;

export type Decoder = ReturnType<typeof createDecoder>;

/** Whether the terminal with this TERM brackets pastes: all do but consoles outside a window system. */
export function bracketsPastes(term: string | undefined): boolean {
  return !/^(?:linux|ansi|cygwin|vt\d)/.test(term ?? '');
}

/** `bracketed`: the terminal brackets pastes. Otherwise many characters with an Enter in one read count as a paste. */
export function createDecoder({ bracketed = true }: { readonly bracketed?: boolean } = {}) {
  const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
  let buffer = '';
  let paste: { text: string; dropped: number; tail: string } | null = null;

  function pasted(events: InputEvent[]): void {
    if (paste === null) return;
    const text = paste.tail + buffer;
    const end = text.indexOf(PASTE_END);
    const done = end >= 0;
    // The end mark may be split over two reads: its possible beginning is held back.
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

  /** Takes one event off the buffer; false while the rest is incomplete. */
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

  /** An Escape that begins no known sequence: Alt with a character, or the Escape key. */
  function escape(events: InputEvent[]): boolean {
    const next = buffer.length > 1 ? String.fromCodePoint(buffer.codePointAt(1)!) : '';
    if (next === '' || next === '\x1b') {
      buffer = buffer.slice(1);
      events.push({ type: 'key', name: 'escape' });
      return true;
    }
    // Of a broken control sequence the parameters are dropped: they are not text.
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
    /** An Escape may still become a longer sequence: call `flush` after ESCAPE_MS. */
    isWaiting: (): boolean => buffer !== '',
    /** Inside a paste whose end mark has not arrived. */
    isPasting: (): boolean => paste !== null,
    feed(chunk: Uint8Array): InputEvent[] {
      const text = utf8.decode(chunk, { stream: true });
      const burst = !bracketed && buffer === '' && paste === null && text.includes('\r') && UNBRACKETED.test(text);
      if (burst) {
        const kept = text.slice(0, PASTE_LIMIT);
        return [{ type: 'paste', text: lines(kept), dropped: text.length - kept.length }];
      }
      buffer += text;
      return drain(false);
    },
    /** Turns incomplete sequences into keys. A paste goes on. */
    flush: (): InputEvent[] => drain(true),
    /** Ends a paste whose end mark did not arrive. */
    endPaste(): InputEvent[] {
      if (paste === null) return [];
      buffer = PASTE_END.slice(beginningOf(PASTE_END, paste.tail));
      return drain(true);
    },
  };
}

/** How many characters at the end of `text` could be the beginning of `mark`. */
function beginningOf(mark: string, text: string): number {
  let size = mark.length - 1;
  while (!text.endsWith(mark.slice(0, size))) size--;
  return size;
}

const lines = (text: string): string => text.replace(/\r\n?/g, '\n');

/** The part of a terminal's input that is used; `process.stdin` is one. */
export interface InputStream {
  setRawMode?(on: boolean): unknown;
  on(event: 'data', listener: (chunk: Uint8Array) => void): unknown;
  on(event: 'error' | 'end', listener: () => void): unknown;
  off(event: 'data', listener: (chunk: Uint8Array) => void): unknown;
  resume(): unknown;
  pause(): unknown;
}

/** A paste without its end mark ends after this time, as it would block the keyboard; ms. */
const PASTE_MS = 3000;

/** Delivers the events of `input`; does not change the terminal's mode. */
export function listenToKeys(input: InputStream, bracketed: boolean, deliver: (event: InputEvent) => void) {
  const decoder = createDecoder({ bracketed });
  let timer: NodeJS.Timeout | undefined;
  const onData = (chunk: Uint8Array) => {
    clearTimeout(timer);
    for (const event of decoder.feed(chunk)) deliver(event);
    if (decoder.isPasting()) timer = setTimeout(() => decoder.endPaste().forEach(deliver), PASTE_MS);
    else if (decoder.isWaiting()) timer = setTimeout(() => decoder.flush().forEach(deliver), ESCAPE_MS);
  };
  input.on('data', onData);
  /** Discards incomplete input, as its rest will not arrive. */
  const idle = (): void => {
    clearTimeout(timer);
    decoder.flush();
    decoder.endPaste();
  };
  return {
    idle,
    /** Stops listening. */
    stop(): void {
      idle();
      input.off('data', onData);
    },
  };
}
