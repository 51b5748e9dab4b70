/** Looks at other processes: who is alive, what they run, who their children are. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';

/** True while the process exists (a zombie does too). */
export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The command line, empty where it cannot be known. */
export function commandLine(pid: number): string {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/** The folder it works in, empty where it cannot be known. */
export function workingDir(pid: number): string {
  try {
    return fs.readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
}

/** A process and all below it. PostgreSQL's backends lead their own process groups, so a group signal misses them. */
export function family(pid: number): number[] {
  const parents = parentOf();
  const members = [pid];
  for (let i = 0; i < members.length; i++)
    for (const [child, parent] of parents) if (parent === members[i]) members.push(child);
  return members;
}

/** Sends a signal to a process and all below it; the parent first, so that it starts no more. */
export function signalFamily(pid: number, signal: NodeJS.Signals): void {
  for (const member of family(pid)) {
    try {
      process.kill(member, signal);
    } catch {
      // It has ended in between.
    }
  }
}

function parentOf(): Map<number, number> {
  if (process.platform !== 'linux') {
    const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
    return new Map(lines.map((line) => line.trim().split(/\s+/).map(Number) as [number, number]));
  }
  const parents = new Map<number, number>();
  for (const name of fs.readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = fs.readFileSync(`/proc/${name}/stat`, 'utf8');
      // The program's name stands in parentheses and may hold spaces: fields count from the last one.
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // It has ended in between.
    }
  }
  return parents;
}
