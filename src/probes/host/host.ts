/** Polls the machine this runs on. */
import os from 'node:os';
import type { Reading } from '../../protocol/reading.ts';
import type { Inspection, Probe, Session, Target } from '../probe.ts';
import { failedPoll, reading, Samples, type PollResult } from '../build-reading.ts';
import { SettingsReader } from '../settings-reader.ts';
import { OtherHost } from './other-host.ts';
import { LinuxHost } from './linux-host.ts';
import { ProcessInspection } from './processes.ts';

export const host: Probe<object> = {
  kind: 'host',
  about: "the hub's own machine: CPU, memory, disks, network",
  parse: (raw) => new SettingsReader(raw).done({}),
  ...(process.platform === 'linux' && { inspects: 'the busiest and the biggest processes' }),
  open: (target) => (process.platform === 'linux' ? new LinuxSession(target) : new HostSession(target)),
};

class HostSession implements Session {
  readonly #target: Target;
  /** Asking it reads all of /proc/cpuinfo; a model does not change. */
  readonly #cpu = os.cpus()[0]?.model.trim() ?? '';
  readonly #host = process.platform === 'linux' ? new LinuxHost() : new OtherHost();
  #before: { readonly at: number; readonly cpuMs: number } | null = null;

  constructor(target: Target) {
    this.#target = target;
  }

  async poll(): Promise<Reading> {
    const startedAt = performance.now();
    return reading(this.#target, startedAt, await this.#find().catch(failedPoll));
  }

  async #find(): Promise<PollResult> {
    const samples = new Samples();
    await this.#host.read(samples);
    const boot = this.#host.bootTime();
    this.#self(samples);
    samples.gauge('host_uptime_seconds', Math.round(os.uptime()));
    const facts = {
      name: os.hostname(),
      system: `${os.type()} ${os.release()}`,
      cpu: this.#cpu,
    };
    return { failure: null, samples: samples.list, instanceId: boot === null ? null : String(boot), facts };
  }

  /** What this very process costs: the one thing here that looking makes worse. */
  #self(samples: Samples): void {
    const { user, system } = process.cpuUsage();
    const now = { at: performance.now(), cpuMs: (user + system) / 1000 };
    const before = this.#before;
    this.#before = now;
    samples.gauge('warroom_self_memory_bytes', process.memoryUsage.rss());
    if (before !== null) samples.gauge('warroom_self_cpu_ratio', (now.cpuMs - before.cpuMs) / (now.at - before.at));
  }

  async close(): Promise<void> {}
}

class LinuxSession extends HostSession {
  readonly #processes = new ProcessInspection();

  inspect(): Promise<Inspection> {
    return this.#processes.slice();
  }
}
