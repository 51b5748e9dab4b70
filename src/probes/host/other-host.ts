/** This machine on systems without /proc, by systeminformation and node:os. Disks are read rarely: that starts programs. */
import os from 'node:os';
import type { Samples } from '../session.ts';

const DISKS_EVERY_MS = 30_000;

interface Disk {
  readonly mount: string;
  readonly use: number;
  readonly available: number;
}

export class OtherHost {
  #disksAt = -Infinity;
  #disks: readonly Disk[] = [];

  async read(samples: Samples): Promise<void> {
    const { default: si } = await import('systeminformation');
    const [load, memory] = await Promise.all([si.currentLoad(), si.mem()]);
    samples.gauge('host_cpu_busy_ratio', load.currentLoad / 100);
    samples.gauge('host_cpus', os.cpus().length);
    const [one, five, fifteen] = os.loadavg();
    // Windows has no load average and Node says 0 there.
    if (process.platform !== 'win32') {
      samples.gauge('host_load1', one);
      samples.gauge('host_load5', five);
      samples.gauge('host_load15', fifteen);
    }
    samples.gauge('host_memory_total_bytes', memory.total);
    samples.gauge('host_memory_available_bytes', memory.available);
    samples.gauge('host_memory_used_ratio', 1 - memory.available / memory.total);
    if (memory.swaptotal > 0) samples.gauge('host_swap_used_ratio', memory.swapused / memory.swaptotal);
    if (performance.now() - this.#disksAt > DISKS_EVERY_MS) {
      this.#disksAt = performance.now();
      this.#disks = await si.fsSize();
    }
    for (const { mount, use, available } of this.#disks) {
      samples.gauge('host_disk_used_ratio', use / 100, { mount });
      samples.gauge('host_disk_available_bytes', available, { mount });
    }
  }

  bootTime(): number {
    return Math.round(Date.now() / 1000 - os.uptime());
  }
}
