/** Outbox files: lines of checksummed JSON, and taking over those of dead consoles. */
import * as v from 'valibot';
import type { AnyCommand } from '../incident/topic.ts';
import { isObject } from '../incident/event-codec.ts';
import { putFile, type JournalFs } from './disk.ts';
import { Locked, lockedBy, takeLock, type Lock } from './lock.ts';
import { checksumHolds, encodeLine, isText, jsonOf, parseJson } from './record.ts';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
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
export type Unsent = Readonly<v.InferOutput<typeof unsent>>;
/** A refused command that is not settled yet. */
export interface Refused extends Unsent {
  readonly reason: string;
}
export type Entry = Readonly<v.InferOutput<typeof entry>>;

export interface OutboxFile {
  readonly client: string;
  readonly next: number;
  readonly waiting: ReadonlyMap<number, Unsent>;
  readonly refused: ReadonlyMap<number, Refused>;
  /** Damaged lines before the end; a torn end is not counted. */
  readonly unreadable: number;
}

/** Numbers go on from here when the first line is lost. */
const BEYOND = 1_000_000_000;

export const encodeEntry = (entry: Entry): Buffer => encodeLine(JSON.stringify(entry));

/** Reads a file, skipping damaged lines. `client`: from the file's name, when its first line is damaged. */
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
    const read = v.safeParse(entry, checksumHolds(line) ? parseJson(jsonOf(line)) : null);
    if (!read.success) {
      bad++;
      continue;
    }
    const said = read.output;
    unreadable += bad;
    bad = 0;
    if ('outbox' in said) {
      header = said;
      next = Math.max(next, said.next);
    } else if ('put' in said) {
      waiting.set(said.put.n, said.put);
      next = Math.max(next, said.put.n + 1);
    } else if ('refuse' in said) {
      const put = waiting.get(said.refuse);
      if (put !== undefined) refused.set(put.n, { ...put, reason: said.reason });
      waiting.delete(said.refuse);
    } else {
      waiting.delete(said.settle);
      refused.delete(said.settle);
    }
  }
  if (header !== null) return { client: header.client, next, waiting, refused, unreadable };
  // Files are put in place with their first line: without it more than the end is damaged.
  return { client, next: next + BEYOND, waiting, refused, unreadable: Math.max(1, unreadable + bad) };
}

/** An outbox that this process took over. */
export interface Left {
  readonly name: string;
  readonly file: OutboxFile;
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
    const file = readOutbox(bytes, name);
    if (isThere && file.unreadable > 0) {
      await putFile(fs, dir, `${fileOf(name)}.damaged`, bytes);
      const lines = `${file.unreadable} ${file.unreadable === 1 ? 'line' : 'lines'}`;
      trouble(name, `${lines} of what an earlier console kept cannot be read; all of it is left in ${path}.damaged`);
    }
    if (file.waiting.size > 0 || file.refused.size > 0) return { name, file, lock };
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
    count = readOutbox(fs.readFile(`${dir}/${fileOf(name)}`), name).waiting.size;
  } catch {
    // Removed meanwhile.
  }
  if (count === 0) return;
  const what = `${count} ${count === 1 ? 'command waits' : 'commands wait'} in an outbox of ${holder}`;
  trouble(name, `${what}; if that one is gone for good, remove ${lockOf(dir, name)} and they go out from here`);
}
