/** What consoles that are gone left in the folder of outboxes: a file each, and the lock of the process that had it. */
import { putFile, type JournalFs } from './disk.ts';
import { Locked, lockedBy, takeLock, type Lock } from './lock.ts';
import { readOutbox, type OutboxFile } from './outbox-file.ts';

/** An outbox that is this process's now. */
export interface Left {
  readonly name: string;
  readonly file: OutboxFile;
  readonly lock: Lock;
}

const NAME = /^([\w-]{1,100})\.outbox$/;
export const fileOf = (name: string): string => `${name}.outbox`;
export const lockOf = (dir: string, name: string): string => `${dir}/${name}.lock`;

/**
 * Takes over each outbox in `dir` whose process is gone and in which something is left; one in which nothing is left is
 * removed. `trouble`: what cannot be taken over, in words, and of which outbox.
 */
export async function takeOrphans(
  fs: JournalFs,
  dir: string,
  trouble: (name: string, words: string) => void,
): Promise<readonly Left[]> {
  const taken: Left[] = [];
  for (const each of fs.list(dir)) {
    const name = NAME.exec(each)?.[1];
    if (name === undefined) continue;
    const holder = lockedBy(lockOf(dir, name));
    if (holder?.isElsewhere) seeElsewhere(fs, dir, name, holder.words, trouble);
    if (holder !== null) continue;
    // What cannot be taken over now (a full disk) stays where it is, for later.
    const left = await take(fs, dir, name, trouble).catch(() => null);
    if (left !== null) taken.push(left);
  }
  return taken;
}

async function take(
  fs: JournalFs,
  dir: string,
  name: string,
  trouble: (name: string, words: string) => void,
): Promise<Left | null> {
  const path = `${dir}/${fileOf(name)}`;
  let lock: Lock;
  try {
    lock = takeLock(lockOf(dir, name), `the outbox ${path}`);
  } catch (error) {
    if (error instanceof Locked) return null;
    throw error;
  }
  try {
    // Its process may have ended, and taken the file with it, since the folder was listed.
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

/** Its console may be at work on another machine that shares this folder: it is left alone, and told. */
function seeElsewhere(
  fs: JournalFs,
  dir: string,
  name: string,
  holder: string,
  trouble: (name: string, words: string) => void,
): void {
  let count = 0;
  try {
    count = readOutbox(fs.readFile(`${dir}/${fileOf(name)}`), name).waiting.size;
  } catch {
    // It went meanwhile.
  }
  if (count === 0) return;
  const what = `${count} ${count === 1 ? 'command waits' : 'commands wait'} in an outbox of ${holder}`;
  trouble(name, `${what}; if that one is gone for good, remove ${lockOf(dir, name)} and they go out from here`);
}
