/** Keeps a second process out of a folder or file: a lock file with the holder's pid and the moment it started. */
import fs from 'node:fs';
import { parseJson } from './record.ts';

interface Holder {
  readonly pid: number;
  /** `starttime` of /proc/PID/stat: another process with the same pid has another one. Null where there is no /proc. */
  readonly start: string | null;
}
/** A lock that is held. */
export interface Lock {
  /** Did the holder before die without releasing it? */
  readonly takenOver: boolean;
  /** `clean` false: whoever takes it next finds it `takenOver`. */
  release(clean?: boolean): void;
}
/** Thrown by `takeLock` while a living process holds it. */
export class Locked extends Error {
  readonly pid: number;
  constructor(pid: number, what: string, path: string) {
    super(`${what} is in use by process ${pid}. Stop that one first (its lock: ${path})`);
    this.name = 'Locked';
    this.pid = pid;
  }
}

/** Field 22 of /proc/PID/stat; the name in field 2 may hold spaces and brackets, so count after the last one. */
function startOf(pid: number): string | null {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

function isAlive({ pid, start }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
  }
  const now = startOf(pid);
  return start === null || now === null || now === start;
}

function readHolder(path: string): Holder | null {
  try {
    const value = parseJson(fs.readFileSync(path, 'utf8'));
    if (typeof value !== 'object' || value === null || !('pid' in value) || !('start' in value)) return null;
    const { pid, start } = value;
    if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid < 1) return null;
    return { pid, start: typeof start === 'string' ? start : null };
  } catch {
    return null;
  }
}

/** Is the lock at `path` held by a living process? */
export function isLocked(path: string): boolean {
  const holder = readHolder(path);
  return holder !== null && isAlive(holder);
}

/**
 * Takes the lock at `path` for this process; a dead holder's is taken over. Throws Locked, which names
 * `what` ("the data folder …") and the process that has it.
 */
export function takeLock(path: string, what: string): Lock {
  const mine = `${path}.${process.pid}.${process.hrtime.bigint()}`;
  const text = JSON.stringify({ pid: process.pid, start: startOf(process.pid) });
  fs.writeFileSync(mine, text, { mode: 0o600 });
  let takenOver = false;
  try {
    for (let tries = 0; tries < 20; tries++) {
      try {
        // A link appears whole or not at all, and fails when the name is there.
        fs.linkSync(mine, path);
        return { takenOver, release: (clean = true) => release(path, text, clean) };
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      }
      const holder = readHolder(path);
      if (holder !== null && isAlive(holder)) throw new Locked(holder.pid, what, path);
      takenOver = clearDead(path, `${mine}.dead`) || takenOver;
    }
    throw new Error(`the lock ${path} cannot be taken: others keep taking it`);
  } finally {
    fs.rmSync(mine, { force: true });
  }
}

/** Takes a dead holder's lock away; puts it back when meanwhile a living one had taken it. */
function clearDead(path: string, aside: string): boolean {
  try {
    fs.renameSync(path, aside);
  } catch {
    return false;
  }
  const holder = readHolder(aside);
  const living = holder !== null && isAlive(holder);
  try {
    if (living) fs.linkSync(aside, path);
  } finally {
    fs.rmSync(aside, { force: true });
  }
  return !living;
}

function release(path: string, text: string, clean: boolean): void {
  try {
    if (fs.readFileSync(path, 'utf8') !== text) return;
    if (clean) fs.rmSync(path);
    else fs.writeFileSync(path, 'nobody, and not in good order');
  } catch {
    // Somebody removed it already.
  }
}
