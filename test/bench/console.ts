/**
 * The console as a whole process in a pty: first frame against an empty node, key to echo while entries and readings
 * pour in, and what it costs while nobody types. Against a real hub with six real targets.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { spawn, type IPty } from '@lydell/node-pty';
import { startServices } from '../services/services.ts';
import { MAIN, Place } from '../support/program.ts';
import { cpuMs, machine, median, quantile, round, rssMiB } from './measure.ts';

export interface ConsoleBench {
  readonly machine: string;
  readonly firstFrame: { readonly medianMs: number; readonly emptyNodeMs: number; readonly vsEmptyNode: number };
  readonly keyEcho: { readonly p50Ms: number; readonly p95Ms: number; readonly keys: number };
  readonly idle: Cost;
  /** Growth after 10,000 frames and 1,000 modals. */
  readonly heap: { readonly frames: number; readonly modals: number; readonly growthMiB: number };
  /** Others on the same servers, same terminal size, refreshing once a second; null: not installed here. */
  readonly others: Readonly<Record<string, Cost | null>>;
}
interface Cost {
  readonly cpuPercent: number;
  readonly rssMiB: number;
  readonly bytesPerSecond: number;
}
export interface ConsoleBenchOptions {
  readonly starts: number;
  readonly keys: number;
  readonly idleMs: number;
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export async function benchConsole(options: ConsoleBenchOptions): Promise<ConsoleBench> {
  const services = await startServices();
  const place = new Place();
  try {
    const config = writeConfig(place, services);
    await place.hub(['--config', config]);
    await place.json(['declare', 'benchmark', '--sev', '1']);
    const firstFrame = await measureStarts(place, options.starts);
    const idle = await measureIdle(place, options.idleMs);
    const echoes = await echoTimes(place, options.keys);
    const keyEcho = {
      p50Ms: round(quantile(echoes, 0.5)),
      p95Ms: round(quantile(echoes, 0.95)),
      keys: echoes.length,
    };
    const others = await measureOthers(place, services, options.idleMs);
    return { machine: machine(), firstFrame, keyEcho, idle, heap: measureHeap(), others };
  } finally {
    await place.close();
    await services.stop();
  }
}

/** Six targets, each polled every second. */
function writeConfig(place: Place, { redisUrl, databaseUrl }: { redisUrl: string; databaseUrl: string }): string {
  const targets = [
    { name: 'machine', kind: 'host' },
    { name: 'hub', kind: 'http', url: 'hub:/healthz' },
    { name: 'metrics', kind: 'http', url: 'hub:/metrics' },
    { name: 'sockets', kind: 'websocket', health: 'hub:/healthz', url: 'hub:/v1/ws' },
    { name: 'cache', kind: 'redis', url: redisUrl },
    { name: 'orders', kind: 'postgres', url: databaseUrl },
  ];
  writeFileSync(path.join(place.data, 'warroom.yaml'), JSON.stringify({ targets }));
  return place.data;
}

const open = (place: Place, args: readonly string[], cols = 160, rows = 45): IPty =>
  spawn(process.execPath, [...args], { cols, rows, name: 'xterm-256color', env: place.env as Record<string, string> });

/** From spawn to the first frame on the pty, in turn with an empty node from spawn to its end. */
async function measureStarts(place: Place, starts: number): Promise<ConsoleBench['firstFrame']> {
  const frames: number[] = [];
  const empty: number[] = [];
  for (let at = 0; at <= starts; at++) {
    const began = performance.now();
    const nothing = open(place, ['-e', '0']);
    await new Promise<void>((resolve) => nothing.onExit(() => resolve()));
    const none = performance.now() - began;
    const since = performance.now();
    const console = open(place, [MAIN]);
    const first = await seen(console, 'WARROOM').then(() => performance.now() - since);
    await seen(console, 'benchmark');
    console.kill('SIGTERM');
    await new Promise<void>((resolve) => console.onExit(() => resolve()));
    // The first of each warms the disk cache.
    if (at === 0) continue;
    frames.push(first);
    empty.push(none);
  }
  const [medianMs, emptyNodeMs] = [median(frames), median(empty)];
  return {
    medianMs: round(medianMs, 1),
    emptyNodeMs: round(emptyNodeMs, 1),
    vsEmptyNode: round(medianMs / emptyNodeMs),
  };
}

function seen(pty: IPty, what: string): Promise<void> {
  return new Promise((resolve) => {
    let screen = '';
    const listening = pty.onData((data) => {
      screen = (screen + data).slice(-20_000);
      if (!screen.includes(what)) return;
      listening.dispose();
      resolve();
    });
  });
}

/** With an incident open, six targets a second, and nobody typing. */
async function measureIdle(place: Place, ms: number): Promise<Cost> {
  const console = open(place, [MAIN]);
  await seen(console, 'benchmark');
  return watch(console, ms);
}

/** Until what runs once a second has been compiled, ms. */
const SETTLE_MS = 10_000;

/** What a process in a pty costs over `ms`, once it has settled; ended afterwards. */
async function watch(pty: IPty, ms: number): Promise<Cost> {
  let bytes = 0;
  pty.onData((data) => (bytes += Buffer.byteLength(data)));
  await sleep(SETTLE_MS);
  bytes = 0;
  const [cpu, since] = [cpuMs(pty.pid), performance.now()];
  await sleep(ms);
  const span = performance.now() - since;
  const cpuPercent = ((cpuMs(pty.pid) - cpu) / span) * 100;
  const memory = rssMiB(pty.pid);
  pty.kill('SIGTERM');
  return {
    cpuPercent: round(cpuPercent),
    rssMiB: round(memory, 1),
    bytesPerSecond: Math.round(bytes / (span / 1000)),
  };
}

function measureHeap(): ConsoleBench['heap'] {
  const script = path.join(import.meta.dirname, 'heap.ts');
  const run = spawnSync(process.execPath, ['--expose-gc', '--import', 'tsx', script], { encoding: 'utf8' });
  const { frames, modals, growthMiB } = JSON.parse(run.stdout) as ConsoleBench['heap'];
  return { frames, modals, growthMiB: round(growthMiB) };
}

/** One after the other, each where it is installed. */
async function measureOthers(
  place: Place,
  { databaseUrl }: { databaseUrl: string },
  ms: number,
): Promise<ConsoleBench['others']> {
  const url = new URL(databaseUrl);
  mkdirSync(path.join(place.data, 'btop'), { recursive: true });
  writeFileSync(path.join(place.data, 'btop', 'btop.conf'), 'update_ms = 1000\n');
  const tools: Readonly<Record<string, readonly string[]>> = {
    pg_activity: [
      '--refresh',
      '1',
      '-h',
      url.hostname,
      '-p',
      url.port,
      '-U',
      url.username,
      '-d',
      url.pathname.slice(1),
    ],
    btop: ['--utf-force'],
    glances: ['-t', '1'],
  };
  const others: Record<string, Cost | null> = {};
  for (const [name, args] of Object.entries(tools)) {
    const isThere = spawnSync('which', [name]).status === 0;
    const env = { ...place.env, XDG_CONFIG_HOME: place.data } as Record<string, string>;
    others[name] = isThere
      ? await watch(spawn(name, [...args], { cols: 160, rows: 45, name: 'xterm-256color', env }), ms)
      : null;
  }
  return others;
}

/** One key at a time while 50 entries a second arrive; ms from the write to the echo. */
export async function echoTimes(place: Place, keys: number): Promise<readonly number[]> {
  const console = open(place, [MAIN]);
  await seen(console, 'benchmark');
  await sleep(1_500);
  // Three writers, each below the hub's 20 commands a second.
  const writers = ['dan', 'eve', 'fay'].map((name) => {
    const child = place.start(['note', '--stdin', '--as', name]);
    child.stdout?.resume();
    const timer = setInterval(() => child.stdin?.write(`traffic of ${name} at ${Date.now()}\n`), 60);
    return { child, timer };
  });
  await sleep(1_000);
  const times: number[] = [];
  // Letters nothing else on the screen has.
  const letters = 'ЖФЩЮЯДЛЙЦЭ';
  for (let at = 0; at < keys; at++) {
    const letter = letters[at % letters.length] as string;
    const since = performance.now();
    const echoed = seenKey(console, letter);
    console.write(letter);
    if (await Promise.race([echoed, sleep(500).then(() => false)])) times.push(performance.now() - since);
    if (at % letters.length === letters.length - 1) {
      console.write('\x15');
      await sleep(60);
    }
    await sleep(35);
  }
  for (const { child, timer } of writers) {
    clearInterval(timer);
    child.kill();
  }
  console.kill('SIGTERM');
  return times;
}

/** The echo is the letter, written where the cursor is, on its own or before the cursor is placed again. */
function seenKey(pty: IPty, letter: string): Promise<boolean> {
  return new Promise((resolve) => {
    const listening = pty.onData((data) => {
      if (!data.replaceAll(/\x1b\[[\d;?]*[A-Za-z]/g, '\0').includes(letter)) return;
      listening.dispose();
      resolve(true);
    });
  });
}
