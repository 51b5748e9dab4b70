/** Keeps a second process out of a folder or file: a lock file with the holder's pid and the moment it started. */
import fs from 'node:fs';
import { isAlive, readHolder, thisProcess } from './holder.ts';
import type { Holder } from './holder.ts';
import { parseJson } from './record.ts';

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

function holderOf(path: string): Holder | null {
  try {
    return readHolder(parseJson(fs.readFileSync(path, 'utf8')));
  } catch {
    return null;
  }
}

/** Does a living process hold the lock at `path`? */
export function isLocked(path: string): boolean {
  const holder = holderOf(path);
  return holder !== null && isAlive(holder);
}

/**
 * Takes the lock at `path` for this process; a dead holder's is taken over. Throws Locked, which names
 * `what` ("the data folder …") and the process that has it.
 */
export function takeLock(path: string, what: string): Lock {
  const mine = `${path}.${process.pid}.${process.hrtime.bigint()}`;
  const text = JSON.stringify(thisProcess());
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
      const holder = holderOf(path);
      if (holder !== null && isAlive(holder)) throw new Locked(holder.pid, what, path);
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
    if (!fs.existsSync(path) || (holder !== null && isAlive(holder))) return false;
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

function release(path: string, text: string, clean: boolean): void {
  try {
    if (fs.readFileSync(path, 'utf8') !== text) return;
    if (clean) fs.rmSync(path);
    else fs.writeFileSync(path, 'nobody, and not in good order');
  } catch {
    // Somebody removed it already.
  }
}
