/** Small arithmetic of the benchmarks, and what machine they ran on. */
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
