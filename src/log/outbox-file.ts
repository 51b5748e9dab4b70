/** The lines of an outbox file: checksummed JSON, read back strictly. Pure. */
import type { AnyCommand } from '../incident/topic.ts';
import { isObject } from '../incident/event-codec.ts';
import { checksumHolds, encodeLine, isCount, isText, jsonOf, parseJson } from './record.ts';

/** A command that waits for its answer. */
export interface Unsent {
  readonly n: number;
  /** The id the asker gave it (ULID); goes with every try. */
  readonly id: string;
  /** Null only for `declare`. */
  readonly incident: string | null;
  readonly command: AnyCommand;
  /** When it was put here, ms since 1970. */
  readonly at: number;
}
/** A command that was refused for good, and that nobody has taken back or forgotten yet. */
export interface Refused extends Unsent {
  readonly reason: string;
}

/** One line. The first says whose the file is; `next` keeps an n from being given out again. */
export type Entry =
  | { readonly outbox: 1; readonly client: string; readonly next: number }
  | { readonly put: Unsent }
  | { readonly refuse: number; readonly reason: string }
  | { readonly settle: number };

/** What an outbox file says. */
export interface OutboxFile {
  readonly client: string;
  readonly next: number;
  readonly waiting: ReadonlyMap<number, Unsent>;
  readonly refused: ReadonlyMap<number, Refused>;
  /** Lines that could not be read although others followed: not a crash's doing. A torn end is not counted. */
  readonly unreadable: number;
}

/** Where numbers go on when the line that says where is lost: no console ever came so far. */
const BEYOND = 1_000_000_000;

export const encodeEntry = (entry: Entry): Buffer => encodeLine(JSON.stringify(entry));

/**
 * Reads a whole file, skipping what is damaged: one bad line must not cost the commands after it. `client`: whose the
 * file is by its name, where its first line cannot say.
 */
export function readOutbox(bytes: Buffer, client: string): OutboxFile {
  let header: Extract<Entry, { outbox: 1 }> | null = null;
  let next = 1;
  let unreadable = 0;
  let bad = 0;
  const waiting = new Map<number, Unsent>();
  const refused = new Map<number, Refused>();
  for (let at = 0; at < bytes.length;) {
    const newline = bytes.indexOf(10, at);
    if (newline < 0) break;
    const line = bytes.subarray(at, newline);
    at = newline + 1;
    const entry = checksumHolds(line) ? parseEntry(parseJson(jsonOf(line))) : null;
    if (entry === null) {
      bad++;
      continue;
    }
    unreadable += bad;
    bad = 0;
    if ('outbox' in entry) {
      header = entry;
      next = Math.max(next, entry.next);
    } else if ('put' in entry) {
      waiting.set(entry.put.n, entry.put);
      next = Math.max(next, entry.put.n + 1);
    } else if ('refuse' in entry) {
      const put = waiting.get(entry.refuse);
      if (put !== undefined) refused.set(put.n, { ...put, reason: entry.reason });
      waiting.delete(entry.refuse);
    } else {
      waiting.delete(entry.settle);
      refused.delete(entry.settle);
    }
  }
  if (header !== null) return { client: header.client, next, waiting, refused, unreadable };
  // A file is put in place with its first line: where that is not there, more is wrong than its end.
  return { client, next: next + BEYOND, waiting, refused, unreadable: Math.max(1, unreadable + bad) };
}

function parseEntry(value: unknown): Entry | null {
  if (!isObject(value)) return null;
  const { outbox, client, next, put, refuse, reason, settle } = value;
  if (outbox === 1 && isText(client) && isCount(next)) return { outbox, client, next };
  if (isCount(refuse) && isText(reason)) return { refuse, reason };
  if (isCount(settle)) return { settle };
  if (!isObject(put)) return null;
  const { n, id, incident, command, at } = put;
  if (!isCount(n) || !isText(id) || !(incident === null || isText(incident)) || !isCommand(command) || !isCount(at))
    return null;
  return { put: { n, id, incident, command, at } };
}

/** It was checked before it was put, and the hub checks it again in full. */
const isCommand = (value: unknown): value is AnyCommand => isObject(value) && isText(value['kind']);
