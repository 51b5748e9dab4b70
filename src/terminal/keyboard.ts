/** The decoder on a real input: chunks in, events out, and the two timers that decide when waiting is over. */
import { createDecoder, ESCAPE_MS } from './input.ts';
import type { InputEvent } from './sequences.ts';

/** The part of a terminal's input that is used; `process.stdin` is one. */
export interface Input {
  setRawMode?(on: boolean): unknown;
  on(event: 'data', listener: (chunk: Uint8Array) => void): unknown;
  on(event: 'error' | 'end', listener: () => void): unknown;
  off(event: 'data', listener: (chunk: Uint8Array) => void): unknown;
  resume(): unknown;
  pause(): unknown;
}

export interface Keyboard {
  /** Forgets what waits: its rest would arrive in another life of the terminal. */
  idle(): void;
  /** Listens no more. */
  stop(): void;
}

/** A paste whose end mark has not come for this long ends by itself, or the keyboard would be dead. */
const PASTE_MS = 3000;

/** Delivers what a person does on `input`. Does not touch the mode of the terminal. */
export function listen(input: Input, bracketed: boolean, deliver: (event: InputEvent) => void): Keyboard {
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
