/** Reads a timeline that was kept elsewhere: lines that begin with a time, a table (CSV), or a chat's export (JSON). Pure. */
import { leadingTime, readTime, withColon, type TimeContext } from './time-input.ts';
import { DAY } from './time.ts';
import type { Instant } from './vocabulary.ts';

export interface TimelineEntry {
  /** Of the file, from 1. */
  readonly line: number;
  readonly at: Instant;
  readonly text: string;
}
export interface TimelineFile {
  readonly entries: readonly TimelineEntry[];
  /** What stands before the first time. */
  readonly leftOut: readonly { readonly line: number; readonly text: string }[];
  /** Times that cannot be read; with any of them nothing should be imported. */
  readonly troubles: readonly { readonly line: number; readonly trouble: string }[];
  /** The first time that has no date, nor one above it: it was taken for today's. */
  readonly undated?: number;
}

/** `context.date` is not looked at: a file has its own dates. */
export function readTimeline(text: string, context: TimeContext): TimelineFile {
  const body = text.replace(/^\ufeff/, '').replaceAll(/\r\n?/g, '\n');
  const messages = chatOf(body);
  if (messages !== null) return fromChat(messages);
  const table = tableOf(body);
  return table === null ? fromLines(body.split('\n'), context) : fromTable(table, context);
}

/** A bullet before a time. */
const BULLET = /^\s*(?:[-*•]\s+)?/;

function fromLines(lines: readonly string[], context: TimeContext): TimelineFile {
  const entries: TimelineEntry[] = [];
  const leftOut: TimelineFile['leftOut'][number][] = [];
  const troubles: TimelineFile['troubles'][number][] = [];
  let date: string | null = null;
  let undated: number | undefined;
  for (const [i, raw] of lines.entries()) {
    const line = i + 1;
    if (raw.trim() === '') continue;
    const own = withColon(raw.replace(BULLET, ''));
    const found = leadingTime(own, { ...context, date });
    const before = entries.at(-1);
    if (found === null) {
      // The next line of an entry of several.
      if (before === undefined) leftOut.push({ line, text: raw });
      else entries[entries.length - 1] = { ...before, text: `${before.text}\n${raw.trimEnd()}` };
    } else if ('trouble' in found) troubles.push({ line, trouble: found.trouble });
    else if (found.at === null) date = found.date;
    else {
      const at: Instant = found.date === null && date !== null ? afterMidnight(found.at, before?.at) : found.at;
      if (found.date === null && date === null) undated ??= line;
      // What follows a time after midnight without a date is of that day, too.
      date = found.date ?? (at === found.at ? date : dayAfter(date));
      const said = found.text.trim() === '' ? own.trim() : found.text.trimEnd();
      entries.push({ line, at, text: said });
    }
  }
  return { entries, leftOut, troubles, ...(undated !== undefined && { undated }) };
}

/** A time of day that lies half a day before the entry above is of the next day. */
function afterMidnight(at: Instant, before: Instant | undefined): Instant {
  const isNext = before !== undefined && Date.parse(before) - Date.parse(at) > DAY / 2;
  return isNext ? new Date(Date.parse(at) + DAY).toISOString() : at;
}
const dayAfter = (date: string | null): string | null =>
  date === null ? null : new Date(Date.parse(`${date}T00:00:00Z`) + DAY).toISOString().slice(0, 10);

const NAMES = {
  at: /^(?:at|time|timestamp|date|datetime|when|occurred.?at|created.?at)(?: \(?utc\)?)?$/i,
  text: /^(?:text|message|summary|description|what|entry|event|note|content)$/i,
  by: /^(?:by|author|user|name|who|from)$/i,
};

interface Row {
  readonly line: number;
  readonly cells: readonly string[];
}

/** The rows of a table whose first line names a time and a text; null: it is none. */
function tableOf(text: string): readonly Row[] | null {
  const head = text.split('\n', 1)[0] ?? '';
  const separator = [',', ';', '\t'].find((each) => {
    const [row] = rowsOf(head, each);
    return (
      row?.cells.some((cell) => NAMES.at.test(cell.trim())) && row.cells.some((cell) => NAMES.text.test(cell.trim()))
    );
  });
  return separator === undefined ? null : rowsOf(text, separator);
}

/** RFC 4180 with any separator; the last row may lack its end. */
function rowsOf(text: string, separator: string): readonly Row[] {
  const rows: Row[] = [];
  let [cells, cell, quoted, line, begun]: [string[], string, boolean, number, number] = [[], '', false, 1, 1];
  for (let i = 0; i <= text.length; i++) {
    const char = text[i] ?? '\n';
    const isEnd = i === text.length;
    if (quoted && !isEnd) {
      if (char !== '"') cell += char;
      else if (text[i + 1] === '"') cell += text[i++];
      else quoted = false;
    } else if (char === '"' && cell === '') quoted = true;
    else if (char === separator) {
      cells.push(cell);
      cell = '';
    } else if (char === '\n' || isEnd) {
      if (cells.length > 0 || cell !== '') rows.push({ line: begun, cells: [...cells, cell] });
      [cells, cell, quoted, begun] = [[], '', false, line + 1];
    } else cell += char;
    if (char === '\n') line++;
  }
  return rows;
}

function fromTable([head, ...rows]: readonly Row[], context: TimeContext): TimelineFile {
  const column = (name: keyof typeof NAMES): number =>
    head?.cells.findIndex((cell) => NAMES[name].test(cell.trim())) ?? -1;
  const [atColumn, textColumn, byColumn] = [column('at'), column('text'), column('by')];
  const entries: TimelineEntry[] = [];
  const troubles: TimelineFile['troubles'][number][] = [];
  let date: string | null = null;
  let undated: number | undefined;
  for (const { line, cells } of rows) {
    const said = (cells[textColumn] ?? '').trim().replace(/^'(?=[=+\-@\t\n])/, '');
    const by = (byColumn < 0 ? '' : (cells[byColumn] ?? '')).trim();
    const typed = (cells[atColumn] ?? '').trim();
    if (said === '' && typed === '') continue;
    const time = readTime(typed, { ...context, date });
    if (time === null) troubles.push({ line, trouble: `"${typed.slice(0, 40)}" is no time` });
    else if ('trouble' in time) troubles.push({ line, trouble: time.trouble });
    else {
      date = time.date ?? date;
      if (date === null) undated ??= line;
      entries.push({ line, at: time.at, text: by === '' || said.startsWith(by) ? said : `${by}: ${said}` });
    }
  }
  return { entries, leftOut: [], troubles, ...(undated !== undefined && { undated }) };
}

interface Message {
  readonly ts: number;
  readonly by: string;
  readonly text: string;
}

/** Messages with `ts` in seconds, as chats export them; null: it is no such file. */
function chatOf(text: string): readonly Message[] | null {
  if (!/^\s*[[{]/.test(text)) return null;
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return null;
  }
  const list: unknown = Array.isArray(raw) ? raw : field(raw, 'messages');
  if (!Array.isArray(list)) return null;
  return list.flatMap((each: unknown): readonly Message[] => {
    const [ts, said] = [Number(field(each, 'ts')), field(each, 'text')];
    if (!(ts > 0 && ts < 1e11) || typeof said !== 'string' || said.trim() === '') return [];
    const profile = field(each, 'user_profile');
    const names = [
      field(profile, 'display_name'),
      field(profile, 'real_name'),
      field(each, 'username'),
      field(each, 'user'),
    ];
    return [{ ts, by: String(names.find((name) => typeof name === 'string' && name !== '') ?? ''), text: said }];
  });
}
const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;

const fromChat = (messages: readonly Message[]): TimelineFile => ({
  entries: messages
    .toSorted((a, b) => a.ts - b.ts)
    .map(({ ts, by, text }, i) => ({
      line: i + 1,
      at: new Date(Math.round(ts * 1000)).toISOString(),
      text: by === '' ? text.trimEnd() : `${by}: ${text.trimEnd()}`,
    })),
  leftOut: [],
  troubles: [],
});
