/** The prefixes of a typed entry: `!` pins, `14:02` or `-5m` backdates, `#38` replies; and `@name` and `due 30m`. */
import type { Command } from '../incident/command.ts';
import { clockTime, DAY, isoTime, type Zone } from '../incident/time.ts';
import type { ConsoleCommand } from '../protocol/command.ts';
import type { PrintContext } from './action.ts';
import { leadingTime, readFuture, type TimeContext, type Trouble } from '../incident/time-input.ts';
import type { Instant, NoteForm } from '../incident/vocabulary.ts';

interface Written {
  readonly text: string;
  readonly pin?: true;
  readonly at?: Instant;
  readonly re?: number;
}

const REPLY = /^(?:re\s+)?#(\d{1,9})\b:?\s+(?=\S)/i;

/** Reads the prefixes, each at most once, in any order. Text after a leading space has none. */
export function readEntry(line: string, context: TimeContext): Written | Trouble {
  let text = line;
  let found: Omit<Written, 'text'> = {};
  for (;;) {
    if (!found.pin && /^!\s*\S/.test(text)) {
      found = { ...found, pin: true };
      text = text.slice(1).trimStart();
      continue;
    }
    // A single word is the text, even when it is a time.
    const time = found.at === undefined && /\s/.test(text.trim()) ? leadingTime(text, context) : null;
    if (time !== null && 'trouble' in time) return time;
    if (time !== null && time.at !== null && time.text !== '') {
      found = { ...found, at: time.at };
      text = time.text;
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

/** An entry as a command, or a sentence about what is wrong with it. */
export function noteCommand(line: string, form: NoteForm, context: TimeContext): ConsoleCommand | string {
  const written = readEntry(line, context);
  if ('trouble' in written) return written.trouble;
  if (written.text === '') return 'an entry needs words';
  const addressed = form === 'action' || form === 'question' ? address(written, context) : {};
  return { kind: 'note', ...(form === 'note' ? {} : { form }), ...written, ...addressed };
}

/** `@carol check the pool due 30m`: to whom and until when, counted from the entry's time. */
function address({ text, at }: Written, context: TimeContext): { to?: string; due?: Instant } {
  const to = /^@([\p{L}\p{N}][\p{L}\p{N}\p{M}._'-]*)/u.exec(text)?.[1]?.replace(/[.']+$/, '');
  const until = /\b(?:due|by)\s+(\S+)$/i.exec(text)?.[1];
  const from = at === undefined ? context : { ...context, now: Date.parse(at) };
  const due = until === undefined ? null : readFuture(until, from);
  return { ...(to === undefined ? {} : { to }), ...(typeof due === 'string' ? { due } : {}) };
}

/**
 * Several lines as entries. A date holds for the lines after it, and a line of a date alone is no entry. Returns a
 * sentence when a line cannot be read.
 */
export function noteCommands(rows: readonly string[], context: TimeContext): readonly ConsoleCommand[] | string {
  const commands: ConsoleCommand[] = [];
  let { date = null } = context;
  for (const [i, row] of rows.entries()) {
    const time = leadingTime(row.replace(/^!\s*/, ''), { ...context, date });
    if (time !== null && 'date' in time && time.date !== null) date = time.date;
    if (time !== null && 'at' in time && time.at === null) continue;
    const command = noteCommand(row, 'note', { ...context, date });
    if (typeof command === 'string') return `line ${i + 1}: ${command}`;
    commands.push(command);
  }
  return commands;
}

/** The line that `noteCommand` reads as `note`. */
export function noteLine(note: Extract<Command, { kind: 'note' }>, { zone, typedAt }: PrintContext): string {
  const { text, form, at, re, pin } = note;
  const before = [
    pin ? '!' : '',
    at === undefined ? '' : `${timeText(Date.parse(at), zone, typedAt)} `,
    re === undefined ? '' : `#${re} `,
  ];
  const plain = before.join('') === '';
  if (form !== undefined && form !== 'note') return `/${form} ${before.join('')}${text}`;
  if (text.startsWith('/') && plain) return `/${text}`;
  // A leading space keeps words that look like a prefix.
  const bare = readEntry(text, { now: at === undefined ? 0 : Date.parse(at), zone });
  const means = 'trouble' in bare || bare.text !== text;
  return plain && means ? ` ${text}` : `${before.join('')}${text}`;
}

/** The time of day where that is read as the same moment, else with its date. */
const timeText = (at: number, zone: Zone, typedAt: number): string =>
  Math.abs(typedAt - at) < DAY / 2 ? clockTime(at, zone) : isoTime(at, zone);
