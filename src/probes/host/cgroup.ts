/** Usage and limits of a container by cgroup v2. Outside a container the files are missing. */
import type { Samples } from '../session.ts';
import { fieldOf, parseLimit } from './procfs.ts';

export class Cgroup {
  readonly #file: (path: string) => string;
  #before: { readonly at: number; readonly usedMs: number } | null = null;

  /** `file`: the text below /sys/fs/cgroup, empty when it is not there. */
  constructor(file: (path: string) => string) {
    this.#file = file;
  }

  read(samples: Samples): void {
    const used = parseLimit(this.#file('memory.current'));
    const most = parseLimit(this.#file('memory.max'));
    samples.gauge('host_cgroup_memory_bytes', used);
    if (used !== null && most !== null && most > 0) {
      samples.gauge('host_cgroup_memory_max_bytes', most);
      samples.gauge('host_cgroup_memory_ratio', used / most);
    }
    const stat = this.#file('cpu.stat');
    const throttled = fieldOf(stat, 'throttled_usec');
    samples.counter('host_cgroup_cpu_throttled_seconds', throttled === null ? null : throttled / 1e6);
    const [quota, period] = this.#file('cpu.max').trim().split(' ').map(Number);
    if (quota === undefined || period === undefined || !(quota > 0)) return;
    samples.gauge('host_cgroup_cpus', quota / period);
    this.#cpu(samples, fieldOf(stat, 'usage_usec'), quota / period);
  }

  /** The used share of the allowed processor time. */
  #cpu(samples: Samples, usedUsec: number | null, cpus: number): void {
    if (usedUsec === null) return;
    const now = { at: performance.now(), usedMs: usedUsec / 1000 };
    const before = this.#before;
    this.#before = now;
    if (before !== null && now.at > before.at && now.usedMs >= before.usedMs)
      samples.gauge('host_cgroup_cpu_ratio', (now.usedMs - before.usedMs) / (now.at - before.at) / cpus);
  }
}
