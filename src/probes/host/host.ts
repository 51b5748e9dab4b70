/** Polls the machine this runs on. */
import os from 'node:os';
import type { Sample } from '../../protocol/reading.ts';
import { metricTypes, type Inspection, type Probe } from '../probe.ts';
import { gauges, PollSession, type PollResult } from '../session.ts';
import { SettingsReader } from '../settings-reader.ts';
import { LinuxHost } from './linux-host.ts';
import { ProcessInspection } from './processes.ts';

const isLinux = process.platform === 'linux';

export const host: Probe<object> = {
  metrics: metricTypes({
    gauge: `host_up host_cpu_busy_ratio host_cpu_iowait_ratio host_cpu_steal_ratio host_cpus host_load1 host_load5
      host_load15 host_memory_used_ratio host_memory_total_bytes host_memory_available_bytes host_swap_used_ratio
      host_pressure_avg10 host_disk_used_ratio host_disk_available_bytes host_disk_inodes_used_ratio
      host_disk_busy_ratio host_cgroup_memory_bytes host_cgroup_memory_max_bytes host_cgroup_memory_ratio
      host_cgroup_cpus host_cgroup_cpu_ratio host_open_files_ratio host_conntrack_ratio host_uptime_seconds
      warroom_self_cpu_ratio warroom_self_memory_bytes`,
    counter: `host_network_received_bytes host_network_sent_bytes host_network_packets host_network_errors
      host_cgroup_cpu_throttled_seconds host_oom_kills`,
  }),
  parse: (raw) => new SettingsReader(raw).done({}),
  ...(isLinux && { inspects: 'the busiest and the biggest processes' }),
  open: (target) => new (isLinux ? LinuxSession : HostSession)(target, Infinity),
};

class HostSession extends PollSession<object> {
  /** Read once: os.cpus() parses all of /proc/cpuinfo. */
  readonly #cpu = os.cpus()[0]?.model.trim() ?? '';
  readonly #host = isLinux ? new LinuxHost() : new OtherHost();
  #before: { readonly at: number; readonly cpuMs: number } | null = null;

  protected async find(): Promise<PollResult> {
    const samples = await this.#host.read();
    const boot = this.#host.bootTime();
    return {
      failure: null,
      samples: [...samples, ...this.#self(), ...gauges({ host_uptime_seconds: Math.round(os.uptime()) })],
      instanceId: boot === null ? null : String(boot),
      facts: { name: os.hostname(), system: `${os.type()} ${os.release()}`, cpu: this.#cpu },
    };
  }

  #self(): readonly Sample[] {
    const { user, system } = process.cpuUsage();
    const now = { at: performance.now(), cpuMs: (user + system) / 1000 };
    const before = this.#before;
    this.#before = now;
    return gauges({
      warroom_self_memory_bytes: process.memoryUsage.rss(),
      warroom_self_cpu_ratio: before && (now.cpuMs - before.cpuMs) / (now.at - before.at),
    });
  }
}

class LinuxSession extends HostSession {
  readonly #processes = new ProcessInspection();

  inspect(): Promise<Inspection> {
    return this.#processes.slice();
  }
}

/** Interval of reading the disks, which starts programs. */
const DISKS_EVERY_MS = 30_000;

/** A machine without /proc, read with systeminformation and node:os. */
export class OtherHost {
  #disksAt = -Infinity;
  #disks: readonly { readonly mount: string; readonly use: number; readonly available: number }[] = [];

  async read(): Promise<readonly Sample[]> {
    const { default: si } = await import('systeminformation');
    const [load, memory] = await Promise.all([si.currentLoad(), si.mem()]);
    // Windows has no load average: Node answers 0.
    const [host_load1, host_load5, host_load15] = process.platform === 'win32' ? [] : os.loadavg();
    if (performance.now() - this.#disksAt > DISKS_EVERY_MS) {
      this.#disksAt = performance.now();
      this.#disks = await si.fsSize();
    }
    return [
      ...gauges({
        host_cpu_busy_ratio: load.currentLoad / 100,
        host_cpus: os.cpus().length,
        host_load1,
        host_load5,
        host_load15,
        host_memory_total_bytes: memory.total,
        host_memory_available_bytes: memory.available,
        host_memory_used_ratio: 1 - memory.available / memory.total,
        host_swap_used_ratio: memory.swaptotal > 0 ? memory.swapused / memory.swaptotal : null,
      }),
      ...this.#disks.flatMap(({ mount, use, available }) =>
        gauges({ host_disk_used_ratio: use / 100, host_disk_available_bytes: available }, { mount }),
      ),
    ];
  }

  bootTime(): number {
    return Math.round(Date.now() / 1000 - os.uptime());
  }
}
