/** Which process holds something, told so that a later one with the same number is not taken for it. */
import fs from 'node:fs';
import { hostname } from 'node:os';
import { hasCode } from './disk.ts';

export interface ProcessIdentity {
  readonly pid: number;
  /** `starttime` of /proc/PID/stat: another process with the same pid has another one. Null where there is no /proc. */
  readonly start: string | null;
  /** Which start of the machine `start` counts from. Null where that is not told. */
  readonly boot: string | null;
  /** The name of the machine. Null where it was not written down. */
  readonly host: string | null;
}

/** What /proc/PID/stat says after the name in brackets, which may hold spaces and brackets itself. Null: not there. */
function statOf(pid: number): readonly string[] | null {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}
function bootOf(): string | null {
  try {
    return fs.readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  } catch {
    return null;
  }
}

/** This process, as a holder. */
export const thisProcessIdentity = (): ProcessIdentity => ({
  pid: process.pid,
  start: statOf(process.pid)?.[19] ?? null,
  boot: bootOf(),
  host: hostname(),
});

/**
 * Is it on another machine, which shares a folder with this one? Then nobody here can tell whether it still runs. A
 * machine of the same name that was started again is this one; so is any where starts cannot be told apart.
 */
export function isElsewhere({ boot, host }: ProcessIdentity): boolean {
  const now = bootOf();
  return boot !== null && now !== null && boot !== now && host !== null && host !== hostname();
}

/** Does it still run, on this machine? One that ended and that nobody has waited for yet (a zombie) holds nothing any more. */
export function isAlive({ pid, start, boot }: Omit<ProcessIdentity, 'host'>): boolean {
  const now = bootOf();
  if (boot !== null && now !== null && boot !== now) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (hasCode(error, 'ESRCH')) return false;
  }
  const stat = statOf(pid);
  if (stat === null) return true;
  return (start === null || stat[19] === start) && !/^[ZX]/.test(stat[0] ?? '');
}

/** Reads a holder back from JSON; null when it is none. */
export function readProcessIdentity(value: unknown): ProcessIdentity | null {
  if (typeof value !== 'object' || value === null || !('pid' in value) || !('start' in value)) return null;
  const { pid, start } = value;
  const boot = 'boot' in value && typeof value.boot === 'string' ? value.boot : null;
  const host = 'host' in value && typeof value.host === 'string' ? value.host : null;
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid < 1) return null;
  return { pid, start: typeof start === 'string' ? start : null, boot, host };
}
