/** Polls the machine this runs on. */
import os from 'node:os';
import { metricTable, type Inspection, type MetricTypes, type Probe } from '../probe.ts';
import { PollSession, Samples, type PollResult } from '../session.ts';
import { SettingsReader } from '../settings-reader.ts';
import { OtherHost } from './other-host.ts';
import { LinuxHost } from './linux-host.ts';
import { ProcessInspection } from './processes.ts';

const METRICS: MetricTypes = {
  ...metricTable(
    'gauge',
    `
    host_up host_cpu_busy_ratio host_cpu_iowait_ratio host_cpu_steal_ratio host_cpus host_load1 host_load5
    host_load15 host_memory_used_ratio host_memory_total_bytes host_memory_available_bytes host_swap_used_ratio
    host_pressure_avg10 host_disk_used_ratio host_disk_available_bytes host_disk_inodes_used_ratio
    host_disk_busy_ratio host_cgroup_memory_bytes host_cgroup_memory_max_bytes host_cgroup_memory_ratio
    host_cgroup_cpus host_cgroup_cpu_ratio host_open_files_ratio host_conntrack_ratio host_uptime_seconds
    warroom_self_cpu_ratio warroom_self_memory_bytes`,
  ),
  ...metricTable(
    'counter',
    `
    host_network_received_bytes host_network_sent_bytes host_network_packets host_network_errors
    host_cgroup_cpu_throttled_seconds host_oom_kills`,
  ),
};

export const host: Probe<object> = {
  kind: 'host',
  about: "the hub's own machine: CPU, memory, disks, network",
  metrics: METRICS,
  parse: (raw) => new SettingsReader(raw).done({}),
  ...(process.platform === 'linux' && { inspects: 'the busiest and the biggest processes' }),
  open: (target) =>
    process.platform === 'linux' ? new LinuxSession(target, Infinity) : new HostSession(target, Infinity),
};

class HostSession extends PollSession<object> {
  /** Read once: os.cpus() parses all of /proc/cpuinfo. */
  readonly #cpu = os.cpus()[0]?.model.trim() ?? '';
  readonly #host = process.platform === 'linux' ? new LinuxHost() : new OtherHost();
  #before: { readonly at: number; readonly cpuMs: number } | null = null;

  protected async find(): Promise<PollResult> {
    const samples = new Samples();
    await this.#host.read(samples);
    const boot = this.#host.bootTime();
    this.#self(samples);
    samples.gauge('host_uptime_seconds', Math.round(os.uptime()));
    const facts = { name: os.hostname(), system: `${os.type()} ${os.release()}`, cpu: this.#cpu };
    return { failure: null, samples: samples.list, instanceId: boot === null ? null : String(boot), facts };
  }

  /** The hub's own processor time and memory. */
  #self(samples: Samples): void {
    const { user, system } = process.cpuUsage();
    const now = { at: performance.now(), cpuMs: (user + system) / 1000 };
    const before = this.#before;
    this.#before = now;
    samples.gauge('warroom_self_memory_bytes', process.memoryUsage.rss());
    if (before !== null) samples.gauge('warroom_self_cpu_ratio', (now.cpuMs - before.cpuMs) / (now.at - before.at));
  }
}

class LinuxSession extends HostSession {
  readonly #processes = new ProcessInspection();

  inspect(): Promise<Inspection> {
    return this.#processes.slice();
  }
}
