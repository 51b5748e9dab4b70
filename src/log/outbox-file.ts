/** Outbox files: lines of checksummed JSON, and taking over those of dead consoles. */
import * as v from 'valibot';
import type { AnyCommand } from '../incident/topic.ts';
import { isObject } from '../incident/event-codec.ts';
import { parseJson, readAs, whole } from '../incident/shapes.ts';
import { counted } from '../incident/words.ts';
import { putFile, type JournalFs } from './disk.ts';
import { Locked, lockedBy, takeLock, type Lock } from './lock.ts';
import { checksumHolds, encodeLine, isText, jsonOf } from './record.ts';

const count = whole(0);
/** The hub checks it again in full. */
const command = v.custom<AnyCommand>((value) => isObject(value) && isText(value['kind']));
/** `id`: a ULID sent with every try. `incident`: null for `declare`. `at`: ms since 1970. */
const unsent = v.object({ n: count, id: v.string(), incident: v.nullable(v.string()), command, at: count });
/** One line. The first names the client; `next` prevents an n from being used twice. */
const entry = v.union([
  v.object({ outbox: v.literal(1), client: v.string(), next: count }),
  v.object({ put: unsent }),
  v.object({ refuse: count, reason: v.string() }),
  v.object({ settle: count }),
]);

/** A command without an answer. */
export type UnansweredCommand = Readonly<v.InferOutput<typeof unsent>>;
/** A refused command that is not settled yet. */
export interface RefusedCommand extends UnansweredCommand {
  readonly reason: string;
}
export type OutboxLine = Readonly<v.InferOutput<typeof entry>>;

/** What the entries of an outbox amount to. */
export class OutboxState {
  client: string;
  next = 1;
  readonly waiting = new Map<number, UnansweredCommand>();
  readonly refused = new Map<number, RefusedCommand>();

  constructor(client: string) {
    this.client = client;
  }

  get isEmpty(): boolean {
    return this.waiting.size === 0 && this.refused.size === 0;
  }

  apply(entry: OutboxLine): void {
    if ('outbox' in entry) {
      this.client = entry.client;
      this.next = Math.max(this.next, entry.next);
    } else if ('put' in entry) {
      this.waiting.set(entry.put.n, entry.put);
      this.next = Math.max(this.next, entry.put.n + 1);
    } else if ('refuse' in entry) {
      const put = this.waiting.get(entry.refuse);
      if (put !== undefined) this.refused.set(put.n, { ...put, reason: entry.reason });
      this.waiting.delete(entry.refuse);
    } else {
      this.waiting.delete(entry.settle);
      this.refused.delete(entry.settle);
    }
  }
}

/** Numbers go on from here when the first line is lost. */
const BEYOND = 1_000_000_000;

export const encodeEntry = (entry: OutboxLine): Buffer => encodeLine(JSON.stringify(entry));

/**
 * Reads a file, skipping damaged lines. `client`: from the file's name, when its first line is damaged. `unreadable`:
 * damaged lines before the end; a torn end is not counted.
 */
function readOutbox(bytes: Buffer, client: string): { readonly state: OutboxState; readonly unreadable: number } {
  const state = new OutboxState(client);
  let hasHeader = false;
  let unreadable = 0;
  let bad = 0;
  for (let at = 0, newline = bytes.indexOf(10); newline >= 0; at = newline + 1, newline = bytes.indexOf(10, at)) {
    const line = bytes.subarray(at, newline);
    const read = checksumHolds(line) ? readAs(entry, parseJson(jsonOf(line))) : null;
    if (read === null) {
      bad++;
      continue;
    }
    unreadable += bad;
    bad = 0;
    hasHeader ||= 'outbox' in read;
    state.apply(read);
  }
  if (hasHeader) return { state, unreadable };
  // Files are put in place with their first line: without it more than the end is damaged.
  state.next += BEYOND;
  return { state, unreadable: Math.max(1, unreadable + bad) };
}

/** An outbox that this process took over. */
export interface Left {
  readonly name: string;
  readonly state: OutboxState;
  readonly lock: Lock;
}

/** Told what cannot be taken over. */
type Trouble = (name: string, words: string) => void;

const NAME = /^([\w-]{1,100})\.outbox$/;
export const fileOf = (name: string): string => `${name}.outbox`;
export const lockOf = (dir: string, name: string): string => `${dir}/${name}.lock`;

/** Takes over the outboxes of dead processes; empty ones are removed. */
export async function takeOrphans(fs: JournalFs, dir: string, trouble: Trouble): Promise<readonly Left[]> {
  const taken: Left[] = [];
  for (const each of fs.list(dir)) {
    const name = NAME.exec(each)?.[1];
    if (name === undefined) continue;
    const holder = lockedBy(lockOf(dir, name));
    if (holder?.isElsewhere) seeElsewhere(fs, dir, name, holder.words, trouble);
    if (holder !== null) continue;
    // What fails now (a full disk) is tried later.
    const left = await take(fs, dir, name, trouble).catch(() => null);
    if (left !== null) taken.push(left);
  }
  return taken;
}

async function take(fs: JournalFs, dir: string, name: string, trouble: Trouble): Promise<Left | null> {
  const path = `${dir}/${fileOf(name)}`;
  let lock: Lock;
  try {
    lock = takeLock(lockOf(dir, name), `the outbox ${path}`);
  } catch (error) {
    if (error instanceof Locked) return null;
    throw error;
  }
  try {
    // Its process may have removed it since the folder was listed.
    const isThere = fs.list(dir).includes(fileOf(name));
    const bytes = isThere ? fs.readFile(path) : Buffer.alloc(0);
    const { state, unreadable } = readOutbox(bytes, name);
    if (isThere && unreadable > 0) {
      await putFile(fs, dir, `${fileOf(name)}.damaged`, bytes);
      const lines = counted(unreadable, 'line');
      trouble(name, `${lines} of what an earlier console kept cannot be read; all of it is left in ${path}.damaged`);
    }
    if (!state.isEmpty) return { name, state, lock };
    fs.remove(path);
  } catch (error) {
    lock.release();
    throw error;
  }
  lock.release();
  return null;
}

/** Its console may run on another machine that shares this folder: it is left alone. */
function seeElsewhere(fs: JournalFs, dir: string, name: string, holder: string, trouble: Trouble): void {
  let count = 0;
  try {
    count = readOutbox(fs.readFile(`${dir}/${fileOf(name)}`), name).state.waiting.size;
  } catch {
    // Removed meanwhile.
  }
  if (count === 0) return;
  const what = `${counted(count, 'command waits', 'commands wait')} in an outbox of ${holder}`;
  trouble(name, `${what}; if that one is gone for good, remove ${lockOf(dir, name)} and they go out from here`);
}
