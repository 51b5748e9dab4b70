/** Small arithmetic of the benchmarks, and what machine they ran on. */
import fs from 'node:fs';
import os from 'node:os';

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** The value below which the fraction `q` of `values` lies; NaN for none. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}

export const round = (value: number, digits = 2): number => Math.round(value * 10 ** digits) / 10 ** digits;

export const machine = (): string =>
  `${os.cpus().length} x ${os.cpus()[0]?.model.trim() ?? 'cpu'}, ${Math.round(os.totalmem() / 2 ** 30)} GiB, ${os.type()} ${os.release()}, node ${process.version}, load ${round(os.loadavg()[0] ?? 0)}`;

/** Memory of a process in MiB; NaN when it is gone. */
export function rssMiB(pid: number | undefined): number {
  return Number(/VmRSS:\s+(\d+)/.exec(proc(pid, 'status'))?.[1] ?? Number.NaN) / 1024;
}

/**
 * Processor time of a process and its threads so far, ms; NaN when it is gone. From the scheduler, to the nanosecond:
 * counted in ticks, a program that wakes with the clock is charged ticks it did not use (proc(5), `schedstat`).
 */
export function cpuMs(pid: number | undefined): number {
  const ns = tasks(pid)
    .map((task) => Number(proc(pid, `task/${task}/schedstat`).split(' ')[0]))
    .reduce((sum, each) => sum + each, 0);
  if (ns > 0) return ns / 1e6;
  // A kernel without scheduler statistics.
  const fields = proc(pid, 'stat')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** A process and its children. */
export const family = (pid: number): readonly number[] => [
  pid,
  ...tasks(pid)
    .flatMap((task) => proc(pid, `task/${task}/children`).trim().split(' '))
    .filter((child) => child !== '')
    .map(Number),
];

function tasks(pid: number | undefined): readonly string[] {
  try {
    return fs.readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

function proc(pid: number | undefined, file: string): string {
  try {
    return fs.readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
