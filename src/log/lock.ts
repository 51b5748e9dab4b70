/** Keeps a second process out of a folder or file, by a lock file with the holder's pid and start. */
import fs from 'node:fs';
import { parseJson } from '../incident/shapes.ts';
import { hasCode } from './disk.ts';
import {
  isAlive,
  isElsewhere,
  readProcessIdentity,
  thisProcessIdentity,
  type ProcessIdentity,
} from './process-identity.ts';

/** A lock that is held. */
export interface Lock {
  /** Did the previous holder die without releasing it? */
  readonly takenOver: boolean;
  /** False when the lock file was removed: another process may have the place. */
  isHeld(): boolean;
  /** `clean` false: the next holder finds it `takenOver`. */
  release(clean?: boolean): void;
}
/** Thrown while a living process, or one of another machine, holds the lock. */
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

/** Who holds the lock: a living process, or one of another machine. Null: nobody. */
export function lockedBy(path: string): { readonly words: string; readonly isElsewhere: boolean } | null {
  const holder = holderOf(path);
  if (holder === null || !holds(holder)) return null;
  return { words: wordsOf(holder), isElsewhere: isElsewhere(holder) };
}

/** Was it left by a dead process of this machine? */
export function isLeftBehind(path: string): boolean {
  // Read once: a hub that ends on purpose may take its lock away at this moment.
  const holder = holderOf(path);
  return holder !== null && !holds(holder);
}

const holds = (holder: ProcessIdentity): boolean => isElsewhere(holder) || isAlive(holder);

/** Takes the lock, also from a dead holder. Throws Locked, which names `what` and the holder. */
export function takeLock(path: string, what: string): Lock {
  const mine = `${path}.${process.pid}.${process.hrtime.bigint()}`;
  const text = JSON.stringify(thisProcessIdentity());
  let takenOver = false;
  try {
    fs.writeFileSync(mine, text, { mode: 0o600 });
    const { ino, mtimeMs } = fs.statSync(mine);
    for (let tries = 0; tries < 20; tries++) {
      try {
        // A link is atomic and fails when the name exists.
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

/** Removes a dead holder's lock, one process at a time, which looks again: a third one may have taken it meanwhile. */
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

/** Waits a moment; the guard of a process that died in it is removed. */
function waitForGuard(guard: string): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
  try {
    if (Date.now() - fs.statSync(guard).mtimeMs > GUARD_MS) fs.rmdirSync(guard);
  } catch {
    // The other process is done.
  }
}
/** Clearing takes a moment; a process that takes longer died in it. */
const GUARD_MS = 5_000;

/** An inode may be used again: the time tells the files apart. */
function isSame(path: string, ino: number, mtimeMs: number): boolean {
  try {
    const there = fs.statSync(path, { throwIfNoEntry: false });
    return there?.ino === ino && there.mtimeMs === mtimeMs;
  } catch {
    // An error does not show that it is gone.
    return true;
  }
}

function release(path: string, text: string, clean: boolean): void {
  try {
    if (fs.readFileSync(path, 'utf8') !== text) return;
    if (clean) fs.rmSync(path);
    else fs.writeFileSync(path, 'nobody, and not in good order');
  } catch {
    // Already removed.
  }
}
