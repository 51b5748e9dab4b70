/**
 * The hub against a bare, non-durable `ws` broadcast and socket.io: how long until every screen has an entry
 * (paced), and how many entries a second with 256 in flight (sustained). Servers are processes of their own; the
 * runs of the contestants alternate, figures are medians over the rounds.
 */
import { fork, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { Load } from './load.ts';
import { cpuMs, machine, median, quantile, round, rssMiB } from './measure.ts';
import { CONTESTANTS, type Contestant } from './peers.ts';
import type { Wire } from './wire.ts';

export interface HubBench {
  readonly machine: string;
  readonly rows: readonly Row[];
  readonly ratios: Readonly<Record<string, number>>;
}
interface Row {
  readonly hub: string;
  readonly subscribers: number;
  readonly durable: boolean;
  readonly pacedPerSecond: number;
  readonly pacedP50Ms: number;
  readonly pacedP99Ms: number;
  readonly sustainedPerSecond: number;
  readonly rssMiB: number;
  /** Cores used while sustained: by the server, and by the load generator. */
  readonly serverCores: number;
  /** Processor time of the server for each sustained entry, microseconds: other work on the machine changes it little. */
  readonly cpuPerEntryUs: number;
  readonly loadCores: number;
}

export interface HubBenchOptions {
  readonly subscribers: number;
  readonly rounds: number;
  readonly pacedMs: number;
  readonly sustainedMs: number;
}

/** Medians over `rounds`, contestants in turn. */
export async function benchHub(options: HubBenchOptions): Promise<HubBench> {
  const runs = new Map<string, Round[]>();
  for (let at = 0; at < options.rounds; at++)
    for (const contestant of CONTESTANTS) {
      const done = await oneRound(contestant, options);
      runs.set(contestant.name, [...(runs.get(contestant.name) ?? []), done]);
    }
  const rows = CONTESTANTS.map(({ name }): Row => {
    const all = runs.get(name) ?? [];
    const of = (pick: (one: Round) => number): number => round(median(all.map(pick)), 3);
    return {
      hub: name,
      subscribers: options.subscribers,
      durable: name === 'ours',
      pacedPerSecond: rate(options.subscribers),
      pacedP50Ms: of((one) => one.p50),
      pacedP99Ms: of((one) => one.p99),
      sustainedPerSecond: of((one) => one.perSecond),
      rssMiB: of((one) => one.rssMiB),
      serverCores: of((one) => one.busy),
      cpuPerEntryUs: of((one) => (one.busy * 1e6) / one.perSecond),
      loadCores: of((one) => one.loadBusy),
    };
  });
  const by = (name: string): Row => rows.find((row) => row.hub === name) as Row;
  const [ours, bare, io] = [by('ours'), by('bareWs'), by('socketIo')];
  return {
    machine: machine(),
    rows,
    ratios: {
      sustainedVsBareWs: round(ours.sustainedPerSecond / bare.sustainedPerSecond),
      sustainedVsSocketIo: round(ours.sustainedPerSecond / io.sustainedPerSecond),
      pacedP50VsBareWs: round(ours.pacedP50Ms / bare.pacedP50Ms),
    },
  };
}

/** So long each server is at full load before anything counts: node compiles what is used much, ms. */
const WARM_MS = 1_000;

/** Entries a second of the paced phase: what a busy room writes, less where one write to all takes long. */
const rate = (subscribers: number): number => (subscribers <= 10 ? 200 : subscribers <= 100 ? 100 : 25);

interface Round {
  readonly p50: number;
  readonly p99: number;
  readonly perSecond: number;
  readonly rssMiB: number;
  readonly busy: number;
  readonly loadBusy: number;
}

async function oneRound(contestant: Contestant, options: HubBenchOptions): Promise<Round> {
  const { child, url, token } = await serve(contestant.server);
  const wires: Wire[] = [];
  const alive = setInterval(() => {
    if (contestant.alive !== null) for (const wire of wires) wire.send(contestant.alive);
  }, 5_000);
  try {
    const { wire: writer, room } = await contestant.publisher(url, token);
    wires.push(writer);
    for (let at = 0; at < options.subscribers; at += 50) {
      const size = Math.min(50, options.subscribers - at);
      const join = (_: unknown, i: number): Promise<Wire> => contestant.join(url, token, at + i, room);
      wires.push(...(await Promise.all(Array.from({ length: size }, join))));
    }
    const load = new Load(contestant, writer, wires.slice(1), room);
    await load.sustained(WARM_MS);
    const latencies = await load.paced(rate(options.subscribers), options.pacedMs);
    const [start, server, own] = [performance.now(), cpuMs(child.pid), process.cpuUsage()];
    const perSecond = await load.sustained(options.sustainedMs);
    const ms = performance.now() - start;
    const { user, system } = process.cpuUsage(own);
    return {
      p50: quantile(latencies, 0.5),
      p99: quantile(latencies, 0.99),
      perSecond,
      rssMiB: rssMiB(child.pid),
      busy: (cpuMs(child.pid) - server) / ms,
      loadBusy: (user + system) / 1000 / ms,
    };
  } finally {
    clearInterval(alive);
    for (const wire of wires) wire.close();
    child.disconnect();
    await new Promise((resolve) => child.once('exit', resolve));
  }
}

export interface Server {
  readonly child: ChildProcess;
  readonly url: string;
  readonly token: string;
  /** From nothing open until it listens; ours only. */
  readonly startMs?: number;
}

/** Starts one of the servers; resolves with its address once it listens. */
export function serve(script: string, args: readonly string[] = []): Promise<Server> {
  const child = fork(path.join(import.meta.dirname, 'servers', script), args, {
    execArgv: [
      ...(process.env['BENCH_PROF'] ? ['--cpu-prof', '--cpu-prof-dir', process.env['BENCH_PROF']] : []),
      '--import',
      'tsx',
    ],
  });
  return new Promise((resolve, reject) => {
    child.once('message', (message) => {
      resolve({ child, ...(message as Omit<Server, 'child'>) });
    });
    child.once('exit', (code) => reject(new Error(`${script} ended with ${code}`)));
  });
}
