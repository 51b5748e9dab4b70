/** Identifies a process so that a later one with the same pid is not taken for it. */
import fs from 'node:fs';
import { hostname } from 'node:os';
import * as v from 'valibot';
import { readAs, whole, type Fields } from '../incident/shapes.ts';
import { hasCode } from './disk.ts';

const identityShape = v.object({
  pid: whole(1),
  /** `starttime` of /proc/PID/stat; null without /proc. */
  start: v.nullable(v.string()),
  /** The machine's boot that `start` counts from; null where unknown. */
  boot: v.nullish(v.string(), null),
  /** The machine's name; null where it was not recorded. */
  host: v.nullish(v.string(), null),
});
export type ProcessIdentity = Fields<typeof identityShape>;

/** Null: not there. */
function procFile(name: string): string | null {
  try {
    return fs.readFileSync(`/proc/${name}`, 'latin1').trim();
  } catch {
    return null;
  }
}
/** The fields of /proc/PID/stat after the name, which may hold brackets itself. */
function statOf(pid: number): readonly string[] | undefined {
  const stat = procFile(`${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
}
const bootOf = (): string | null => procFile('sys/kernel/random/boot_id');

export const thisProcessIdentity = (): ProcessIdentity => ({
  pid: process.pid,
  start: statOf(process.pid)?.[19] ?? null,
  boot: bootOf(),
  host: hostname(),
});

/** Is it on another machine, so that nobody here can tell whether it runs? Of the same name: this one booted again. */
export function isElsewhere({ boot, host }: ProcessIdentity): boolean {
  const now = bootOf();
  return boot !== null && now !== null && boot !== now && host !== null && host !== hostname();
}

/** Does it run, on this machine? A zombie does not. */
export function isAlive({ pid, start, boot }: Omit<ProcessIdentity, 'host'>): boolean {
  const now = bootOf();
  if (boot !== null && now !== null && boot !== now) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (hasCode(error, 'ESRCH')) return false;
  }
  const stat = statOf(pid);
  if (stat === undefined) return true;
  return (start === null || stat[19] === start) && !/^[ZX]/.test(stat[0] ?? '');
}

/** Null when the JSON is none. */
export const readProcessIdentity = (value: unknown): ProcessIdentity | null => readAs(identityShape, value);
