/** This machine by /proc and cgroup v2. Reads synchronously: the files are in memory, and that is eight times cheaper. */
import { readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { Samples } from '../session.ts';
import { Cgroup } from './cgroup.ts';
import * as proc from './procfs.ts';
import type { CpuTimes, Mount } from './procfs.ts';

const MOUNTS_EVERY_MS = 30_000;
/** Interval of statfs, which occupies a thread of Node's pool. */
const FILE_SYSTEMS_EVERY_MS = 5000;
/** A file that is missing is looked for again after this time. */
const MISSING_EVERY_MS = 30_000;
/** A file system that does not answer in this time is left out until it does. */
const STATFS_MS = 2000;

export class LinuxHost {
  readonly #root: string;
  readonly #cgroup = new Cgroup((path) => this.#file(`/sys/fs/cgroup/${path}`));
  #cpu: CpuTimes | null = null;
  #busy: { readonly at: number; readonly disks: ReadonlyMap<string, number> } | null = null;
  #mounts: { readonly at: number; readonly list: readonly Mount[] } | null = null;
  /** Mounts with a statfs in progress: each that hangs occupies one of Node's four file threads. */
  readonly #asking = new Set<string>();
  #fileSystemsAt = -Infinity;
  #fileSystemSamples = new Samples();
  readonly #missing = new Map<string, number>();
  #bootTime: number | null = null;

  /** `root`: where proc and sys are, for tests. */
  constructor(root = '') {
    this.#root = root;
  }

  /** Fills `samples` with what the files contain. */
  async read(samples: Samples): Promise<void> {
    const stat = this.#file('/proc/stat');
    this.#cpuSamples(samples, stat);
    memorySamples(samples, proc.parseMeminfo(this.#file('/proc/meminfo')));
    loadSamples(samples, this.#file('/proc/loadavg'), proc.cpuCount(stat));
    for (const resource of ['cpu', 'memory', 'io']) {
      const { some, full } = proc.parsePressure(this.#file(`/proc/pressure/${resource}`));
      samples.gauge('host_pressure_avg10', some, { resource, share: 'some' });
      // The kernel writes a full share for CPU too, always zero at this level.
      if (resource !== 'cpu') samples.gauge('host_pressure_avg10', full, { resource, share: 'full' });
    }
    for (const [device, net] of proc.parseNetDev(this.#file('/proc/net/dev'))) {
      samples.counter('host_network_received_bytes', net.receivedBytes, { device });
      samples.counter('host_network_sent_bytes', net.sentBytes, { device });
      samples.counter('host_network_packets', net.packets, { device });
      samples.counter('host_network_errors', net.errors, { device });
    }
    this.#diskBusy(samples);
    samples.counter('host_oom_kills', proc.fieldOf(this.#file('/proc/vmstat'), 'oom_kill'));
    this.#limits(samples);
    this.#cgroup.read(samples);
    await this.#fileSystems();
    samples.list.push(...this.#fileSystemSamples.list);
  }

  bootTime(): number | null {
    // Kept from the first read: the kernel adjusts it when the clock is set.
    return (this.#bootTime ??= proc.bootTime(this.#file('/proc/stat')));
  }

  #cpuSamples(samples: Samples, stat: string): void {
    const now = proc.parseCpu(stat);
    const before = this.#cpu;
    this.#cpu = now;
    if (now === null || before === null || now.total <= before.total) return;
    const share = (field: 'idle' | 'iowait' | 'steal'): number =>
      Math.max(0, now[field] - before[field]) / (now.total - before.total);
    samples.gauge('host_cpu_busy_ratio', Math.max(0, 1 - share('idle') - share('iowait')));
    samples.gauge('host_cpu_iowait_ratio', share('iowait'));
    samples.gauge('host_cpu_steal_ratio', share('steal'));
  }

  #diskBusy(samples: Samples): void {
    const now = { at: performance.now(), disks: proc.parseDiskstats(this.#file('/proc/diskstats')) };
    const before = this.#busy;
    this.#busy = now;
    if (before === null) return;
    for (const [device, ms] of now.disks) {
      const earlier = before.disks.get(device);
      if (earlier === undefined || ms < earlier) continue;
      samples.gauge('host_disk_busy_ratio', Math.min(1, (ms - earlier) / (now.at - before.at)), { device });
    }
  }

  #limits(samples: Samples): void {
    const [open, , most] = this.#file('/proc/sys/fs/file-nr').split('\t').map(Number);
    if (open !== undefined && most !== undefined && most > 0) samples.gauge('host_open_files_ratio', open / most);
    const entries = proc.parseLimit(this.#file('/proc/sys/net/netfilter/nf_conntrack_count'));
    const table = proc.parseLimit(this.#file('/proc/sys/net/netfilter/nf_conntrack_max'));
    if (entries !== null && table !== null && table > 0) samples.gauge('host_conntrack_ratio', entries / table);
  }

  async #fileSystems(): Promise<void> {
    const now = performance.now();
    if (now - this.#fileSystemsAt < FILE_SYSTEMS_EVERY_MS) return;
    this.#fileSystemsAt = now;
    const samples = new Samples();
    if (this.#mounts === null || now - this.#mounts.at > MOUNTS_EVERY_MS)
      this.#mounts = { at: now, list: proc.parseMounts(this.#file('/proc/mounts')) };
    await Promise.all(this.#mounts.list.map((mount) => this.#fileSystem(samples, mount)));
    this.#fileSystemSamples = samples;
  }

  async #fileSystem(samples: Samples, { dir }: Mount): Promise<void> {
    if (this.#asking.has(dir)) return;
    this.#asking.add(dir);
    const asked = statfs(dir).finally(() => this.#asking.delete(dir));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<null>((done) => {
      timer = setTimeout(() => done(null), STATFS_MS);
    });
    const found = await Promise.race([asked, late]).catch(() => null);
    clearTimeout(timer);
    if (found === null || found.blocks === 0) return;
    const labels = { mount: dir };
    // Without the blocks that are reserved for root.
    const usable = found.blocks - found.bfree + found.bavail;
    samples.gauge('host_disk_used_ratio', 1 - found.bavail / Math.max(1, usable), labels);
    samples.gauge('host_disk_available_bytes', found.bavail * found.bsize, labels);
    if (found.files > 0) samples.gauge('host_disk_inodes_used_ratio', 1 - found.ffree / found.files, labels);
  }

  /** The text of a file; empty when it is not there. */
  #file(path: string): string {
    if (performance.now() < (this.#missing.get(path) ?? 0)) return '';
    try {
      return readFileSync(this.#root + path, 'utf8');
    } catch {
      this.#missing.set(path, performance.now() + MISSING_EVERY_MS);
      return '';
    }
  }
}

function memorySamples(samples: Samples, memory: ReadonlyMap<string, number>): void {
  const [total, available] = [memory.get('MemTotal'), memory.get('MemAvailable')];
  samples.gauge('host_memory_total_bytes', total);
  samples.gauge('host_memory_available_bytes', available);
  if (total !== undefined && available !== undefined) samples.gauge('host_memory_used_ratio', 1 - available / total);
  const [swap, free] = [memory.get('SwapTotal'), memory.get('SwapFree')];
  if (swap !== undefined && free !== undefined && swap > 0) samples.gauge('host_swap_used_ratio', 1 - free / swap);
}

function loadSamples(samples: Samples, loadavg: string, cpus: number): void {
  const [one, five, fifteen] = loadavg.split(' ').map(Number);
  if (loadavg === '') return;
  samples.gauge('host_load1', one);
  samples.gauge('host_load5', five);
  samples.gauge('host_load15', fifteen);
  if (cpus > 0) samples.gauge('host_cpus', cpus);
}
