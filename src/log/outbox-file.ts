/** The lines of an outbox file: checksummed JSON, read back strictly. Pure. */
import type { Command } from '../incident/command.ts';
import { checksumHolds, encodeLine, isCount, isObject, isText, jsonOf, parseJson } from './record.ts';

/** A command that waits for its answer. */
export interface Unsent {
  readonly n: number;
  /** The id the asker gave it (ULID); goes with every try. */
  readonly id: string;
  /** Null only for `declare`. */
  readonly incident: string | null;
  readonly command: Command;
  /** When it was put here, ms since 1970. */
  readonly at: number;
}

/** One line. The first says whose the file is; `next` keeps an n from being given out again. */
export type Entry =
  | { readonly outbox: 1; readonly client: string; readonly next: number }
  | { readonly put: Unsent }
  | { readonly settle: number };

/** What an outbox file says. */
export interface OutboxFile {
  readonly client: string;
  readonly next: number;
  readonly waiting: ReadonlyMap<number, Unsent>;
  /** Lines that could not be read although others followed: not a crash's doing. A torn end is not counted. */
  readonly unreadable: number;
}

export const encodeEntry = (entry: Entry): Buffer => encodeLine(JSON.stringify(entry));

/** Reads a whole file, skipping what is damaged: one bad line must not cost the commands after it. Null: not an outbox. */
export function readOutbox(bytes: Buffer): OutboxFile | null {
  let client: string | null = null;
  let next = 1;
  let unreadable = 0;
  let bad = 0;
  const waiting = new Map<number, Unsent>();
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
      client = entry.client;
      next = Math.max(next, entry.next);
    } else if ('put' in entry) {
      waiting.set(entry.put.n, entry.put);
      next = Math.max(next, entry.put.n + 1);
    } else {
      waiting.delete(entry.settle);
    }
  }
  return client === null ? null : { client, next, waiting, unreadable };
}

function parseEntry(value: unknown): Entry | null {
  if (!isObject(value)) return null;
  const { outbox, client, next, put, settle } = value;
  if (outbox === 1 && isText(client) && isCount(next)) return { outbox, client, next };
  if (isCount(settle)) return { settle };
  if (!isObject(put)) return null;
  const { n, id, incident, command, at } = put;
  if (!isCount(n) || !isText(id) || !(incident === null || isText(incident)) || !isCommand(command) || !isCount(at))
    return null;
  return { put: { n, id, incident, command, at } };
}

/** It was checked before it was put, and the hub checks it again in full. */
const isCommand = (value: unknown): value is Command => isObject(value) && isText(value['kind']);
