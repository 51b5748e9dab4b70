/** What polling at 1 Hz costs the patient, measured from the patient's side: its own CPU clock, not ours. Linux only. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import pg from 'pg';
import { startPoller } from '../../src/probes/poller.ts';
import { endSupervisor, privatePostgres, privateRedis } from '../services/services.ts';
import { target } from '../probes/ask.ts';
import { shippedDir } from '../../src/config/config.ts';
import { Place } from '../support/program.ts';
import { cpuMs, family, machine, rssMiB, round } from './measure.ts';

export interface ProbesBench {
  readonly machine: string;
  readonly seconds: number;
  /** Percent of a core that the probe's backend used, among that many connections. */
  readonly postgres: { readonly backendCpuPercent: number; readonly connections: number; readonly polls: number };
  /** Percent of a core in the probe's commands; `processCpuPercent`: all of the server's, less what it uses unasked. */
  readonly redis: { readonly cpuPercent: number; readonly processCpuPercent: number; readonly polls: number };
  /** Percent of a core of this process, for both targets and the host. */
  readonly self: { readonly cpuPercent: number };
  /** A whole hub, with its probe process, on the shipped configuration and nobody attached, by the scheduler's own count. */
  readonly idleHub: { readonly cpuPercent: number; readonly rssMiB: number; readonly seconds: number };
}
export interface ProbesBenchOptions {
  readonly connections: number;
  readonly seconds: number;
}

export async function benchProbes({ connections, seconds }: ProbesBenchOptions): Promise<ProbesBench> {
  const [postgres, redis] = await Promise.all([
    privatePostgres({ settings: { max_connections: String(connections + 20) } }),
    privateRedis(),
  ]);
  const crowd = Array.from({ length: connections }, () => new pg.Client(postgres.url));
  const admin = new Redis(redis.url);
  try {
    for (const client of crowd) await client.connect();
    const quietBefore = cpuSeconds(redis.pid);
    await sleep(seconds * 1000);
    const quiet = cpuSeconds(redis.pid) - quietBefore;

    const targets = await Promise.all([
      target('db', 'postgres', { url: postgres.url }),
      target('cache', 'redis', { url: redis.url }),
      target('here', 'host'),
    ]);
    const polls = { db: 0, cache: 0, here: 0 };
    const poller = startPoller({
      targets,
      onReading: ({ target, up }) => {
        if (up) polls[target as keyof typeof polls]++;
      },
    });
    // The first polls also connect, plan and fill caches; what lasts is what counts.
    await sleep(3000);
    const backend = await backendPid(crowd[0]);
    const before = { ...polls, ...(await spent(backend, redis.pid, admin)), self: process.cpuUsage() };
    await sleep(seconds * 1000);
    const after = await spent(backend, redis.pid, admin);
    const self = process.cpuUsage(before.self);
    const counted = { db: polls.db - before.db, cache: polls.cache - before.cache };
    await poller.close();
    const percent = (cpu: number): number => round((100 * cpu) / seconds, 4);
    return {
      machine: machine(),
      seconds,
      postgres: { backendCpuPercent: percent(after.backend - before.backend), connections, polls: counted.db },
      redis: {
        cpuPercent: percent(after.commands - before.commands),
        processCpuPercent: percent(after.redis - before.redis - quiet),
        polls: counted.cache,
      },
      self: { cpuPercent: percent((self.user + self.system) / 1e6) },
      idleHub: await idleHub(Math.max(60, seconds)),
    };
  } finally {
    admin.disconnect();
    await Promise.allSettled(crowd.map((client) => client.end()));
    await endSupervisor();
  }
}

/** Until what runs every second has been compiled, and the garbage of the start is collected, ms. */
const SETTLE_MS = 30_000;

async function idleHub(seconds: number): Promise<ProbesBench['idleHub']> {
  const place = new Place();
  try {
    const { child } = await place.hub(['--config', shippedDir()]);
    await sleep(SETTLE_MS);
    const pids = family(child.pid ?? 0);
    const sum = (of: (pid: number) => number): number => pids.reduce((total, pid) => total + of(pid), 0);
    const [before, since] = [sum(cpuMs), performance.now()];
    await sleep(seconds * 1000);
    const cpuPercent = round((100 * (sum(cpuMs) - before)) / (performance.now() - since));
    return { cpuPercent, rssMiB: round(sum(rssMiB), 1), seconds };
  } finally {
    await place.close();
  }
}

const spent = async (backend: number, redis: number, admin: Redis) => ({
  backend: cpuSeconds(backend),
  redis: cpuSeconds(redis),
  commands: await commandSeconds(admin),
});

/** First field of schedstat: nanoseconds on a CPU. */
const cpuSeconds = (pid: number): number => Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e9;

async function backendPid(client: pg.Client | undefined): Promise<number> {
  const found = await client?.query<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity WHERE application_name = 'warroom'`,
  );
  const pid = found?.rows[0]?.pid;
  if (pid === undefined) throw new Error('the probe is not connected to PostgreSQL');
  return pid;
}

/** What the server counts for all commands; this measurement's own INFO is among them, once. */
async function commandSeconds(admin: Redis): Promise<number> {
  const stats = await admin.info('commandstats');
  return [...stats.matchAll(/,usec=(\d+)/g)].reduce((sum, [, usec]) => sum + Number(usec), 0) / 1e6;
}
