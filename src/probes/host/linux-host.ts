/** A Linux machine, from /proc and cgroup v2. Reads synchronously, which is eight times cheaper: the files are in memory. */
import { statfs } from 'node:fs/promises';
import type { Sample } from '../../protocol/reading.ts';
import { within } from '../failure.ts';
import { counters, gauges } from '../session.ts';
import * as proc from './procfs.ts';

const MOUNTS_EVERY_MS = 30_000;
/** Interval of statfs, which occupies a thread of Node's pool. */
const FILE_SYSTEMS_EVERY_MS = 5000;
const MISSING_EVERY_MS = 30_000;
/** Time limit of statfs; a file system that exceeds it is left out until it answers. */
const STATFS_MS = 2000;

export class LinuxHost {
  readonly #root: string;
  #cpu: ReturnType<typeof proc.parseCpu> = null;
  #busy: { readonly at: number; readonly disks: ReadonlyMap<string, number> } | null = null;
  #cgroupCpu: { readonly at: number; readonly usedMs: number } | null = null;
  #mounts: { readonly at: number; readonly dirs: readonly string[] } | null = null;
  /** Mounts with a statfs in progress: each that hangs occupies one of Node's four file threads. */
  readonly #asking = new Set<string>();
  #fileSystems: { readonly at: number; readonly samples: readonly Sample[] } = { at: -Infinity, samples: [] };
  readonly #missing = new Map<string, number>();
  #bootTime: number | null = null;

  /** `root`: where proc and sys are, for tests. */
  constructor(root = '') {
    this.#root = root;
  }

  async read(): Promise<readonly Sample[]> {
    const stat = this.#file('/proc/stat');
    return [
      ...this.#cpuSamples(stat),
      ...memorySamples(proc.parseMeminfo(this.#file('/proc/meminfo'))),
      ...loadSamples(this.#file('/proc/loadavg'), proc.cpuCount(stat)),
      ...['cpu', 'memory', 'io'].flatMap((resource) => this.#pressure(resource)),
      ...[...proc.parseNetDev(this.#file('/proc/net/dev'))].flatMap(([device, net]) =>
        counters(
          {
            host_network_received_bytes: net.receivedBytes,
            host_network_sent_bytes: net.sentBytes,
            host_network_packets: net.packets,
            host_network_errors: net.errors,
          },
          { device },
        ),
      ),
      ...this.#diskBusy(),
      ...counters({ host_oom_kills: proc.fieldOf(this.#file('/proc/vmstat'), 'oom_kill') }),
      ...this.#limits(),
      ...this.#cgroup(),
      ...(await this.#fileSystemSamples()),
    ];
  }

  bootTime(): number | null {
    // Kept from the first read: the kernel adjusts it when the clock is set.
    return (this.#bootTime ??= proc.bootTime(this.#file('/proc/stat')));
  }

  #cpuSamples(stat: string): readonly Sample[] {
    const now = proc.parseCpu(stat);
    const before = this.#cpu;
    this.#cpu = now;
    if (now === null || before === null || now.total <= before.total) return [];
    const share = (field: 'idle' | 'iowait' | 'steal'): number =>
      Math.max(0, now[field] - before[field]) / (now.total - before.total);
    return gauges({
      host_cpu_busy_ratio: Math.max(0, 1 - share('idle') - share('iowait')),
      host_cpu_iowait_ratio: share('iowait'),
      host_cpu_steal_ratio: share('steal'),
    });
  }

  #pressure(resource: string): readonly Sample[] {
    const { some, full } = proc.parsePressure(this.#file(`/proc/pressure/${resource}`));
    // The kernel writes a full share for the CPU of the whole machine, too, which is always zero.
    const known = resource === 'cpu' ? { some } : { some, full };
    return Object.entries(known).flatMap(([share, value]) =>
      gauges({ host_pressure_avg10: value }, { resource, share }),
    );
  }

  #diskBusy(): readonly Sample[] {
    const now = { at: performance.now(), disks: proc.parseDiskstats(this.#file('/proc/diskstats')) };
    const before = this.#busy;
    this.#busy = now;
    if (before === null) return [];
    return [...now.disks].flatMap(([device, ms]) => {
      const busyMs = ms - (before.disks.get(device) ?? Infinity);
      return busyMs < 0 ? [] : gauges({ host_disk_busy_ratio: Math.min(1, busyMs / (now.at - before.at)) }, { device });
    });
  }

  #limits(): readonly Sample[] {
    const [open, , most] = this.#file('/proc/sys/fs/file-nr').split('\t').map(Number);
    const entries = proc.parseLimit(this.#file('/proc/sys/net/netfilter/nf_conntrack_count'));
    const table = proc.parseLimit(this.#file('/proc/sys/net/netfilter/nf_conntrack_max'));
    return gauges({ host_open_files_ratio: ratio(open, most), host_conntrack_ratio: ratio(entries, table) });
  }

  /** Usage and limits of the container. Outside of one the files are missing. */
  #cgroup(): readonly Sample[] {
    const file = (name: string): string => this.#file(`/sys/fs/cgroup/${name}`);
    const [used, most] = [proc.parseLimit(file('memory.current')), proc.parseLimit(file('memory.max'))];
    const stat = file('cpu.stat');
    const [throttledUsec, usedUsec] = [proc.fieldOf(stat, 'throttled_usec'), proc.fieldOf(stat, 'usage_usec')];
    const [quota, period] = file('cpu.max').trim().split(' ').map(Number);
    const cpus = ratio(quota, period);
    const usage = ratio(used, most);
    return [
      ...gauges({
        host_cgroup_memory_bytes: used,
        host_cgroup_memory_max_bytes: usage === null ? null : most,
        host_cgroup_memory_ratio: usage,
        host_cgroup_cpus: cpus,
        host_cgroup_cpu_ratio: cpus === null || usedUsec === null ? null : this.#cgroupCpuRatio(usedUsec / 1000, cpus),
      }),
      ...counters({ host_cgroup_cpu_throttled_seconds: throttledUsec === null ? null : throttledUsec / 1e6 }),
    ];
  }

  #cgroupCpuRatio(usedMs: number, cpus: number): number | null {
    const now = { at: performance.now(), usedMs };
    const before = this.#cgroupCpu;
    this.#cgroupCpu = now;
    if (before === null || now.at <= before.at || usedMs < before.usedMs) return null;
    return (usedMs - before.usedMs) / (now.at - before.at) / cpus;
  }

  async #fileSystemSamples(): Promise<readonly Sample[]> {
    const at = performance.now();
    if (at - this.#fileSystems.at < FILE_SYSTEMS_EVERY_MS) return this.#fileSystems.samples;
    if (this.#mounts === null || at - this.#mounts.at > MOUNTS_EVERY_MS)
      this.#mounts = { at, dirs: proc.parseMounts(this.#file('/proc/mounts')) };
    const read = await Promise.all(this.#mounts.dirs.map((dir) => this.#fileSystem(dir)));
    this.#fileSystems = { at, samples: read.flat() };
    return this.#fileSystems.samples;
  }

  async #fileSystem(mount: string): Promise<readonly Sample[]> {
    if (this.#asking.has(mount)) return [];
    this.#asking.add(mount);
    const asked = statfs(mount).finally(() => this.#asking.delete(mount));
    const found = await within(asked, () => 'statfs', STATFS_MS).catch(() => null);
    if (found === null || found.blocks === 0) return [];
    const { blocks, bfree, bavail, bsize, files, ffree } = found;
    const values = {
      // Without the blocks that are reserved for root.
      host_disk_used_ratio: 1 - bavail / Math.max(1, blocks - bfree + bavail),
      host_disk_available_bytes: bavail * bsize,
      host_disk_inodes_used_ratio: files > 0 ? 1 - ffree / files : null,
    };
    return gauges(values, { mount });
  }

  #file(path: string): string {
    if (performance.now() < (this.#missing.get(path) ?? 0)) return '';
    const text = proc.textOf(this.#root + path);
    if (text === '') this.#missing.set(path, performance.now() + MISSING_EVERY_MS);
    return text;
  }
}

/** `part / whole`; null when one of them was not read, or `whole` is no limit. */
const ratio = (part: number | null | undefined, whole: number | null | undefined): number | null =>
  part != null && whole != null && whole > 0 ? part / whole : null;

function memorySamples(memory: ReadonlyMap<string, number>): readonly Sample[] {
  const [total, available] = [memory.get('MemTotal'), memory.get('MemAvailable')];
  const free = { memory: ratio(available, total), swap: ratio(memory.get('SwapFree'), memory.get('SwapTotal')) };
  return gauges({
    host_memory_total_bytes: total,
    host_memory_available_bytes: available,
    host_memory_used_ratio: free.memory === null ? null : 1 - free.memory,
    host_swap_used_ratio: free.swap === null ? null : 1 - free.swap,
  });
}

function loadSamples(loadavg: string, cpus: number): readonly Sample[] {
  if (loadavg === '') return [];
  const [host_load1, host_load5, host_load15] = loadavg.split(' ').map(Number);
  return gauges({ host_load1, host_load5, host_load15, host_cpus: cpus > 0 ? cpus : null });
}
