/** Finds the busiest and the biggest processes of a Linux machine by comparing two scans of /proc. */
import { readdirSync } from 'node:fs';
import { setImmediate as breath } from 'node:timers/promises';
import type { Row } from '../../protocol/reading.ts';
import type { Inspection } from '../probe.ts';
import { textOf } from './procfs.ts';

/** /proc counts CPU time in hundredths of a second, whatever the kernel's own tick. */
const TICK_MS = 10;
/** Files read before the event loop gets a turn: a thousand take 20 ms. */
const AT_ONCE = 200;
const MOST = 10;

type Process = NonNullable<ReturnType<typeof parseStat>>;
interface Scan {
  readonly at: number;
  readonly processes: ReadonlyMap<number, Process>;
}

export class ProcessInspection {
  readonly #most: number;
  #before: Scan | null = null;

  constructor(most = MOST) {
    this.#most = most;
  }

  /** The first slice scans, the second scans again and compares. */
  async slice(): Promise<Inspection> {
    const now = await scan();
    const before = this.#before;
    this.#before = before === null ? now : null;
    const seen = `${now.processes.size} processes`;
    if (before === null) return { failure: null, isDone: false, seen, rows: {} };
    const bytes = pageBytes();
    const ms = now.at - before.at;
    const rows = [...now.processes.values()].map((process) => rowOf(process, before, ms, bytes));
    const by = (column: string): readonly Row[] =>
      rows.toSorted((a, b) => Number(b[column]) - Number(a[column])).slice(0, this.#most);
    return { failure: null, isDone: true, seen: `all ${seen}`, rows: { busiest: by('cpu'), biggest: by('bytes') } };
  }
}

async function scan(): Promise<Scan> {
  const processes = new Map<number, Process>();
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  for (const [i, pid] of pids.entries()) {
    if (i % AT_ONCE === AT_ONCE - 1) await breath();
    const process = parseStat(textOf(`/proc/${pid}/stat`));
    if (process !== null) processes.set(process.pid, process);
  }
  return { at: performance.now(), processes };
}

/** The page size, bytes, from this process, whose memory is known in both units. */
function pageBytes(): number {
  const own = parseStat(textOf('/proc/self/stat'));
  const bytes = process.memoryUsage.rss();
  return own === null || own.pages <= 0 ? 4096 : 2 ** Math.round(Math.log2(bytes / own.pages));
}

/** `cpu`: share of one CPU since the scan before, or since the start of a younger process. */
function rowOf(process: Process, before: Scan, ms: number, page: number): Row {
  const earlier = before.processes.get(process.pid);
  // A pid may be used again.
  const since = earlier?.started === process.started ? earlier.cpuMs : 0;
  const { pid, name, cpuMs, pages } = process;
  return { pid, name, cpu: ms > 0 ? Math.round((1000 * (cpuMs - since)) / ms) / 1000 : null, bytes: pages * page };
}

/** Parses `/proc/PID/stat`. The name may contain spaces and parentheses; arguments, which may be secret, are not there. */
export function parseStat(stat: string) {
  const found = /^(\d+) \((.*)\) (.+)$/s.exec(stat.trim());
  if (found === null) return null;
  const fields = (found[3] ?? '').split(' ').map(Number);
  // proc(5) numbers these from 3, the state: 14 and 15 are the times, 22 the start, 24 the pages.
  const [user = 0, system = 0] = fields.slice(11, 13);
  const started = fields[19] ?? 0;
  const pages = fields[21] ?? 0;
  return { pid: Number(found[1]), name: found[2] ?? '', started, cpuMs: (user + system) * TICK_MS, pages };
}
