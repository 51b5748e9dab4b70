/**
 * The hub against a bare, non-durable `ws` broadcast and socket.io: how long until every screen has an entry
 * (paced), and how many entries a second with 256 in flight (sustained). Servers are processes of their own; the
 * runs of the contestants alternate, figures are medians over the rounds.
 */
import { fork, type ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import path from 'node:path';
import type { WebSocket } from 'ws';
import { machine, median, quantile, round } from './measure.ts';
import { CONTESTANTS, count, type Contestant } from './peers.ts';

const FILLER = 'x'.repeat(270);
const IN_FLIGHT = 256;

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

/** Entries a second of the paced phase: what a busy room writes, less where one write to all takes long. */
const rate = (subscribers: number): number => (subscribers <= 10 ? 200 : subscribers <= 100 ? 100 : 25);

interface Round {
  readonly p50: number;
  readonly p99: number;
  readonly perSecond: number;
  readonly rssMiB: number;
}

async function oneRound(contestant: Contestant, options: HubBenchOptions): Promise<Round> {
  const { child, url, token } = await serve(contestant.server);
  const sockets: WebSocket[] = [];
  try {
    const { socket: writer, room } = await contestant.publisher(url, token);
    sockets.push(writer);
    for (let at = 0; at < options.subscribers; at += 50)
      sockets.push(
        ...(await Promise.all(
          Array.from({ length: Math.min(50, options.subscribers - at) }, (_, i) =>
            contestant.join(url, token, at + i, room),
          ),
        )),
      );
    const readers = sockets.slice(1);
    const load = new Load(contestant, writer, readers, room);
    const latencies = await load.paced(rate(options.subscribers), options.pacedMs);
    const perSecond = await load.sustained(options.sustainedMs);
    return { p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99), perSecond, rssMiB: rss(child.pid) };
  } finally {
    for (const socket of sockets) socket.terminate();
    child.disconnect();
    await new Promise((resolve) => child.once('exit', resolve));
  }
}

function serve(script: string): Promise<{ child: ChildProcess; url: string; token: string }> {
  const child = fork(path.join(import.meta.dirname, 'servers', script), {
    execArgv: [
      ...(process.env['BENCH_PROF'] ? ['--cpu-prof', '--cpu-prof-dir', process.env['BENCH_PROF']] : []),
      '--import',
      'tsx',
    ],
  });
  return new Promise((resolve, reject) => {
    child.once('message', (message) => {
      const { url, token } = message as { url: string; token: string };
      resolve({ child, url, token });
    });
    child.once('exit', (code) => reject(new Error(`${script} ended with ${code}`)));
  });
}

/** Sends entries and sees when the last reader has each. */
class Load {
  private readonly contestant: Contestant;
  private readonly writer: WebSocket;
  private readonly room: string | null;
  private readonly readers: number;
  private n = 0;
  private done = 0;
  private delivered = 0;
  private readonly sentAt: number[] = [];
  private readonly got: number[] = [];
  private latencies: number[] = [];
  private pacing = false;

  constructor(contestant: Contestant, writer: WebSocket, readers: readonly WebSocket[], room: string | null) {
    Object.assign(this, { contestant, writer, room });
    this.contestant = contestant;
    this.writer = writer;
    this.room = room;
    this.readers = readers.length;
    writer.on('message', (data: Buffer) => {
      this.done += contestant.done(data);
      this.refill();
    });
    for (const reader of readers) reader.on('message', (data: Buffer) => this.received(data));
  }

  private refill: () => void = () => {};

  private received(data: Buffer): void {
    if (!this.pacing) {
      this.delivered += count(data, '"text":"e');
      return;
    }
    const text = data.toString();
    for (let at = text.indexOf('"text":"e'); at !== -1; at = text.indexOf('"text":"e', at + 9)) {
      const n = Number.parseInt(text.slice(at + 9, at + 18), 10);
      const got = (this.got[n] ?? 0) + 1;
      this.got[n] = got;
      if (got === this.readers) this.latencies.push(performance.now() - (this.sentAt[n] ?? 0));
    }
  }

  private send(): void {
    const n = this.n++;
    this.sentAt[n] = performance.now();
    this.writer.send(this.contestant.frame(n, `e${n} ${FILLER}`, this.room));
  }

  /** Open loop; milliseconds from sending to the last reader. */
  async paced(perSecond: number, ms: number): Promise<readonly number[]> {
    this.pacing = true;
    this.latencies = [];
    const start = performance.now();
    const total = Math.round((perSecond * ms) / 1000);
    for (let sent = 0; sent < total; sent++) {
      const due = start + (sent * 1000) / perSecond;
      const wait = due - performance.now();
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      this.send();
    }
    await until(() => this.latencies.length >= total, 5_000);
    this.pacing = false;
    return this.latencies;
  }

  /** Closed loop, IN_FLIGHT at a time; entries a second that reached every reader. */
  async sustained(ms: number): Promise<number> {
    const first = this.n;
    this.done = 0;
    this.delivered = 0;
    let running = true;
    // One write for what is sent in one turn, for every contestant: the generator must not be the bottleneck.
    const stream = (this.writer as unknown as { readonly _socket: Socket })._socket;
    this.refill = () => {
      stream.cork();
      while (running && this.n - first - this.done < IN_FLIGHT) this.send();
      process.nextTick(() => stream.uncork());
    };
    const start = performance.now();
    this.refill();
    await new Promise((resolve) => setTimeout(resolve, ms));
    running = false;
    const sent = this.n - first;
    await until(() => this.delivered >= sent * this.readers, 20_000);
    return (this.delivered / this.readers / (performance.now() - start)) * 1000;
  }
}

async function until(good: () => boolean, ms: number): Promise<void> {
  const end = performance.now() + ms;
  while (!good() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 5));
}

function rss(pid: number | undefined): number {
  try {
    const status = process.getBuiltinModule('node:fs').readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1024;
  } catch {
    return Number.NaN;
  }
}
