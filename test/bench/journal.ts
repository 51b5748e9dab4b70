/** How the journal grows: opening, appending, reading and memory at 1k, 10k, 100k and 1M events. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Fold } from '../../src/log/event-store.ts';
import { openJournal, type Journal } from '../../src/log/journal.ts';
import type { JournalStore } from '../../src/log/journal-store.ts';
import { note, origin } from '../log/sample.ts';

/** Milliseconds and MiB; medians where something was done more than once. */
export interface JournalRow {
  readonly events: number;
  readonly fileMiB: number;
  /** Opening with every checksum and the whole chain checked, in a process of its own; the median of the runs. */
  readonly openMs: number;
  /** The processor time of that, all threads: steadier than `openMs` on a busy machine. */
  readonly openCpuMs: number;
  /** One append at a time, durable: the median and the 99th in 100. */
  readonly appendP50Ms: number;
  readonly appendP99Ms: number;
  /** Durable appends a second with 256 under way. */
  readonly appendsPerSecond: number;
  /** A page of 500 texts from the middle. */
  readonly page500Ms: number;
  /** RSS of the process that has it open, after a collection, and by how much opening made it grow. */
  readonly rssMiB: number;
  readonly grownMiB: number;
}

/** A fold that costs nothing: the record itself is measured. */
const count: Fold<number, number> = {
  version: 1,
  blank: () => 0,
  evolve: (seqs) => seqs + 1,
  read: (raw) => (typeof raw === 'number' ? raw : null),
  isCold: () => false,
  summary: (seqs) => seqs,
  isSummary: (raw) => typeof raw === 'number',
};

async function opened(dir: string): Promise<{ journal: Journal; store: JournalStore<number, number> }> {
  const journal = await openJournal({ dir, checkEveryMs: 0 });
  return { journal, store: journal.incidentStore(count) };
}

const MB = 1024 * 1024;
const SELF = import.meta.filename;
const middle = (values: readonly number[], at = 0.5): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * at)] ?? Number.NaN;

/** Measures at each of `sizes` (default 1k to 1M), in a folder under `root`. About a minute for the four. */
export async function benchJournal(
  sizes: readonly number[] = [1_000, 10_000, 100_000, 1_000_000],
  root: string = os.tmpdir(),
): Promise<readonly JournalRow[]> {
  const rows: JournalRow[] = [];
  for (const events of sizes) {
    const dir = fs.mkdtempSync(path.join(root, 'warroom-bench-'));
    try {
      const appendsPerSecond = await fill(dir, events);
      const runs = Array.from({ length: events > 200_000 ? 3 : 5 }, () => inOwnProcess(dir));
      const of = (key: keyof Opened): number => middle(runs.map((run) => run[key]));
      const record = `${dir}/incidents/bench`;
      const bytes = fs.readdirSync(record).reduce((sum, name) => sum + fs.statSync(`${record}/${name}`).size, 0);
      rows.push({
        events,
        fileMiB: bytes / MB,
        openMs: of('openMs'),
        openCpuMs: of('openCpuMs'),
        appendP50Ms: of('appendP50Ms'),
        appendP99Ms: of('appendP99Ms'),
        appendsPerSecond,
        page500Ms: of('page500Ms'),
        rssMiB: of('rssMiB'),
        grownMiB: of('grownMiB'),
      });
    } finally {
      fs.rmSync(dir, { recursive: true, force: true });
    }
  }
  return rows;
}

const TEXT = 'Checkout error rate is back under 1 % after the rollback of 4f2c1 on web-3; watching p99 for ten minutes';

/** Appends `events` notes, 256 under way; answers how many a second. */
async function fill(dir: string, events: number): Promise<number> {
  const { journal, store } = await opened(dir);
  const start = performance.now();
  let seq = 0;
  const appendOn = async (): Promise<void> => {
    while (seq < events) {
      const mine = ++seq;
      await store.append('bench', mine - 1, [
        { events: [note('bench', mine, TEXT)], origin: origin(mine, `console-${mine % 8}`) },
      ]);
    }
  };
  await Promise.all(Array.from({ length: 256 }, appendOn));
  const seconds = (performance.now() - start) / 1000;
  await journal.close();
  return events / seconds;
}

type Opened = Pick<
  JournalRow,
  'openMs' | 'openCpuMs' | 'appendP50Ms' | 'appendP99Ms' | 'page500Ms' | 'rssMiB' | 'grownMiB'
>;

function inOwnProcess(dir: string): Opened {
  const run = spawnSync(process.execPath, ['--import', 'tsx', '--expose-gc', SELF, dir], { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`the measured process failed: ${run.stderr}`);
  return JSON.parse(run.stdout);
}

async function measure(dir: string): Promise<Opened> {
  const rss = async (): Promise<number> => {
    // What the last turn had on its stack is free only in the next one.
    await setImmediate();
    globalThis.gc?.();
    await setImmediate();
    return process.memoryUsage().rss / MB;
  };
  const before = await rss();
  const cpu = process.cpuUsage();
  const start = performance.now();
  const { journal, store } = await opened(dir);
  const head = (await store.open('bench'))?.head ?? 0;
  const openMs = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  const rssMiB = await rss();
  const pages = await timed(20, () => store.read('bench', Math.floor(head / 2), 500));
  const appends: number[] = [];
  for (let k = 1; k <= 200; k++) {
    const begin = performance.now();
    await store.append('bench', head + k - 1, [
      { events: [note('bench', head + k, TEXT)], origin: origin(head + k, 'measured') },
    ]);
    appends.push(performance.now() - begin);
  }
  await journal.close();
  return {
    openMs,
    openCpuMs: (user + system) / 1000,
    appendP50Ms: middle(appends),
    appendP99Ms: middle(appends, 0.99),
    page500Ms: middle(pages),
    rssMiB,
    grownMiB: rssMiB - before,
  };
}

async function timed(times: number, work: () => Promise<unknown>): Promise<readonly number[]> {
  const took: number[] = [];
  for (let time = 0; time < times; time++) {
    const start = performance.now();
    await work();
    took.push(performance.now() - start);
  }
  return took;
}

const [, script, folder] = process.argv;
if (script === SELF && folder !== undefined) console.log(JSON.stringify(await measure(folder)));
