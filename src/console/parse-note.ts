/** What a typed entry says about itself: `!` pins, `14:02` or `-5m` backdates, `#38` replies, `@name` and `due 30m`. */
import type { ConsoleCommand } from '../protocol/command.ts';
import type { Instant, NoteForm } from '../incident/vocabulary.ts';
import { parseFuture, parsePast, type Trouble } from './time-input.ts';
import type { Zone } from '../incident/time.ts';

export interface Written {
  readonly text: string;
  readonly pin?: true;
  readonly at?: Instant;
  readonly re?: number;
}

const TIME = /^(-\w+|\d{1,2}:\d{2}(?::\d{2})?)\s+(?=\S)/;
const REPLY = /^(?:re\s+)?#(\d{1,9})\b:?\s+(?=\S)/i;

/** Reads the prefixes of an entry, each at most once, in any order. Text after a leading space is taken as it is. */
export function readEntry(line: string, now: number, zone: Zone): Written | Trouble {
  let text = line;
  let found: Omit<Written, 'text'> = {};
  for (;;) {
    if (!found.pin && /^!\s*\S/.test(text)) {
      found = { ...found, pin: true };
      text = text.slice(1).trimStart();
      continue;
    }
    const time = found.at === undefined ? TIME.exec(text) : null;
    const past = time === null ? null : parsePast(time[1] ?? '', now, zone);
    if (time !== null && past !== null) {
      if ('trouble' in past) return past;
      found = { ...found, at: past.at };
      text = text.slice(time[0].length);
      continue;
    }
    const reply = found.re === undefined ? REPLY.exec(text) : null;
    if (reply !== null) {
      found = { ...found, re: Number(reply[1]) };
      text = text.slice(reply[0].length);
      continue;
    }
    return { text: text.trim(), ...found };
  }
}

/** An entry of the given form as a command, or the sentence that says what is wrong with it. */
export function noteCommand(line: string, form: NoteForm, now: number, zone: Zone): ConsoleCommand | string {
  const written = readEntry(line, now, zone);
  if ('trouble' in written) return written.trouble;
  if (written.text === '') return 'an entry needs words';
  const addressed = form === 'action' || form === 'question' ? address(written.text, now, zone) : {};
  return { kind: 'note', ...(form === 'note' ? {} : { form }), ...written, ...addressed };
}

/** `@carol check the pool due 30m`: to whom, and until when. The words stay as they were typed. */
function address(text: string, now: number, zone: Zone): { to?: string; due?: Instant } {
  const to = /^@([\p{L}\p{N}][\p{L}\p{N}\p{M}._'-]*)/u.exec(text)?.[1]?.replace(/[.']+$/, '');
  const until = /\b(?:due|by)\s+(\S+)$/i.exec(text)?.[1];
  const due = until === undefined ? null : parseFuture(until, now, zone);
  return { ...(to === undefined ? {} : { to }), ...(due === null ? {} : { due }) };
}
