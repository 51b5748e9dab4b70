/** Keeps a second process out of a folder or file: a lock file with the holder's pid and the moment it started. */
import fs from 'node:fs';
import { hasCode } from './disk.ts';
import {
  isAlive,
  isElsewhere,
  readProcessIdentity,
  thisProcessIdentity,
  type ProcessIdentity,
} from './process-identity.ts';
import { parseJson } from './record.ts';

/** A lock that is held. */
export interface Lock {
  /** Did the holder before die without releasing it? */
  readonly takenOver: boolean;
  /** False when somebody took the lock file away: another process may have the place by now. */
  isHeld(): boolean;
  /** `clean` false: whoever takes it next finds it `takenOver`. */
  release(clean?: boolean): void;
}
/** Thrown by `takeLock` while a living process holds it, or one on another machine. */
export class Locked extends Error {
  readonly pid: number;
  constructor(holder: ProcessIdentity, what: string, path: string) {
    const how = isElsewhere(holder)
      ? `Two machines must not share it. Stop that one first; if it is gone for good, remove ${path} and start again`
      : `Stop that one first (its lock: ${path})`;
    super(`${what} is in use by ${wordsOf(holder)}. ${how}`);
    this.name = 'Locked';
    this.pid = holder.pid;
  }
}

const wordsOf = (holder: ProcessIdentity): string =>
  `process ${holder.pid}${isElsewhere(holder) ? ` on another machine, ${holder.host ?? ''}` : ''}`;

function holderOf(path: string): ProcessIdentity | null {
  try {
    return readProcessIdentity(parseJson(fs.readFileSync(path, 'utf8')));
  } catch {
    return null;
  }
}

/** Who holds the lock at `path`: a living process of this machine, or one of another. Null: nobody. */
export function lockedBy(path: string): { readonly words: string; readonly isElsewhere: boolean } | null {
  const holder = holderOf(path);
  if (holder === null || !holds(holder)) return null;
  return { words: wordsOf(holder), isElsewhere: isElsewhere(holder) };
}

/** Was it left behind by a process of this machine that died? */
export function isLeftBehind(path: string): boolean {
  const holder = holderOf(path);
  return holder !== null && !holds(holder);
}

const holds = (holder: ProcessIdentity): boolean => isElsewhere(holder) || isAlive(holder);

/**
 * Takes the lock at `path` for this process; a dead holder's is taken over. Throws Locked, which names
 * `what` ("the data folder …") and the process that has it.
 */
export function takeLock(path: string, what: string): Lock {
  const mine = `${path}.${process.pid}.${process.hrtime.bigint()}`;
  const text = JSON.stringify(thisProcessIdentity());
  let takenOver = false;
  try {
    fs.writeFileSync(mine, text, { mode: 0o600 });
    const { ino, mtimeMs } = fs.statSync(mine);
    for (let tries = 0; tries < 20; tries++) {
      try {
        // A link appears whole or not at all, and fails when the name is there.
        fs.linkSync(mine, path);
        const isHeld = (): boolean => isSame(path, ino, mtimeMs);
        return { takenOver, isHeld, release: (clean = true) => release(path, text, clean) };
      } catch (error) {
        if (!hasCode(error, 'EEXIST')) throw error;
      }
      const holder = holderOf(path);
      if (holder !== null && holds(holder)) throw new Locked(holder, what, path);
      takenOver = clearDead(path) || takenOver;
    }
    throw new Error(`the lock ${path} cannot be taken: others keep taking it`);
  } finally {
    fs.rmSync(mine, { force: true });
  }
}

/**
 * Takes a dead holder's lock away. One process at a time may do so, and looks again first: else the lock that a third
 * one took meanwhile would go. True: it was taken away.
 */
function clearDead(path: string): boolean {
  const guard = `${path}.clearing`;
  try {
    fs.mkdirSync(guard);
  } catch {
    waitForGuard(guard);
    return false;
  }
  try {
    const holder = holderOf(path);
    if (!fs.existsSync(path) || (holder !== null && holds(holder))) return false;
    fs.rmSync(path);
    return true;
  } finally {
    fs.rmdirSync(guard);
  }
}

/** Gives the other one a moment; the guard of one that died inside is taken away. */
function waitForGuard(guard: string): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
  try {
    if (Date.now() - fs.statSync(guard).mtimeMs > GUARD_MS) fs.rmdirSync(guard);
  } catch {
    // It is gone: the other one is done.
  }
}
/** Clearing takes a moment; who takes longer died in it. */
const GUARD_MS = 5_000;

/** A number may be given out again; the moment it was written tells the two apart. */
function isSame(path: string, ino: number, mtimeMs: number): boolean {
  try {
    const there = fs.statSync(path, { throwIfNoEntry: false });
    return there?.ino === ino && there.mtimeMs === mtimeMs;
  } catch {
    // A disk that cannot say has not taken it away.
    return true;
  }
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
