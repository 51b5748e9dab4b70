/** A hub with years of ended incidents: what its start costs, and how soon an old one is listed and shown. */
import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type * as IncidentStoreFile from '../../src/hub/incident-store.ts';
import type * as DiskFile from '../../src/log/disk.ts';
import type * as JournalFile from '../../src/log/journal.ts';
import type { Event } from '../../src/incident/event.ts';
import { note, origin } from '../log/sample.ts';
import { cpuMs, machine, median, round, rssMiB } from './measure.ts';
import { ended } from '../support/program.ts';
import { hello } from './peers.ts';
import type { Wire } from './wire.ts';

/** Entries of each incident. */
const ENTRIES = 60;
const STARTS = 3;

/** Medians of three starts; ms, MiB. */
export interface HistoryRow {
  readonly incidents: number;
  /** Processor time of the hub process until it says that it is ready. */
  readonly startCpuMs: number;
  /** The same over that of a hub without incidents, started in turn with it. */
  readonly vsEmpty: number;
  readonly startMs: number;
  readonly rssMiB: number;
  /** More memory, and more descriptors, than the empty hub has. */
  readonly rssMoreMiB: number;
  readonly descriptors: number;
  readonly descriptorsMore: number;
  /** From connecting until the hub has told which incidents there are. */
  readonly listMs: number;
  /** From asking for an old incident, never opened before, until it and its entries are there. */
  readonly showOldMs: number;
  /** `warroom kpi --json` over all of them, from its start to its end. */
  readonly kpiMs: number;
}

export async function benchHistory(
  sizes: readonly number[],
): Promise<{ machine: string; rows: readonly HistoryRow[] }> {
  const rows: HistoryRow[] = [];
  for (const incidents of sizes) {
    const root = fs.mkdtempSync(path.join(os.tmpdir(), 'warroom-bench-'));
    try {
      const ids = await makeHistory(`${root}/data`, incidents);
      const measured: Start[] = [];
      const empty: Start[] = [];
      for (let turn = 0; turn < STARTS; turn++) {
        empty.push(await start(root, `${root}/empty`, []));
        measured.push(await start(root, `${root}/data`, ids.slice(turn * 3, turn * 3 + 3)));
      }
      const of = (starts: readonly Start[], what: keyof Start): number => median(starts.map((one) => one[what]));
      rows.push({
        incidents,
        startCpuMs: round(of(measured, 'cpu'), 0),
        vsEmpty: round(of(measured, 'cpu') / of(empty, 'cpu')),
        startMs: round(of(measured, 'ms'), 0),
        rssMiB: round(of(measured, 'rss'), 0),
        rssMoreMiB: round(of(measured, 'rss') - of(empty, 'rss'), 1),
        descriptors: of(measured, 'descriptors'),
        descriptorsMore: of(measured, 'descriptors') - of(empty, 'descriptors'),
        listMs: round(of(measured, 'listMs'), 1),
        showOldMs: round(of(measured, 'showMs'), 1),
        kpiMs: round(of(measured, 'kpiMs'), 0),
      });
    } finally {
      fs.rmSync(root, { recursive: true, force: true });
    }
  }
  return { machine: machine(), rows };
}

/** The record of `count` ended incidents, written by the store itself without waiting for the disk. Answers their ids. */
async function makeHistory(dir: string, count: number): Promise<readonly string[]> {
  const built = new URL('../../dist/src/', import.meta.url).href;
  const { openJournal } = (await import(`${built}log/journal.js`)) as typeof JournalFile;
  const { nodeFs } = (await import(`${built}log/disk.js`)) as typeof DiskFile;
  const { incidentFold } = (await import(`${built}hub/incident-store.js`)) as typeof IncidentStoreFile;
  const disk = { ...nodeFs, sync: async () => {}, syncNow: () => {}, syncDir: async () => {} };
  const journal = await openJournal({ dir, fs: disk, checkEveryMs: 0 });
  const store = journal.incidentStore(incidentFold);
  const ids: string[] = [];
  for (let at = 0; at < count; at++) {
    const declared = Date.UTC(2016, 0, 1) + at * 3_600_000;
    const id = `${new Date(declared).toISOString().slice(0, 13).toLowerCase()}-websocket-servers-unreachable`;
    ids.push(id);
    const events = Array.from({ length: ENTRIES }, (_, i) =>
      entry(id, i + 1, new Date(declared + i * 30_000).toISOString()),
    );
    const appends = events.map((event, i) => ({ events: [event], origin: origin(at * ENTRIES + i + 1) }));
    await store.append(id, 0, appends);
    await store.release(id);
  }
  await store.close();
  await journal.close();
  return ids;
}

/** A declaration, notes, and the end. */
function entry(id: string, seq: number, at: string): Event {
  const common = {
    ...note(id, seq, `entry ${seq}: error rate at ${seq} %, watching p99 for ten minutes`),
    at,
    recorded: at,
  };
  const deadlines = { ackDueAt: null, responseDueAt: null, updateDueAt: null };
  if (seq === 1)
    return {
      ...common,
      kind: 'declared',
      level: 'key',
      data: {
        title: 'WebSocket servers unreachable',
        severity: 'SEV-1',
        drill: false,
        detectedAt: at,
        impactStartedAt: null,
        deadlines,
      },
    };
  if (seq < ENTRIES) return common;
  return {
    ...common,
    kind: 'status_set',
    level: 'key',
    data: { from: 'resolved', to: 'closed', updateDueAt: null, postmortemDueAt: null },
  };
}

interface Start {
  readonly cpu: number;
  readonly ms: number;
  readonly rss: number;
  readonly descriptors: number;
  readonly listMs: number;
  readonly showMs: number;
  readonly kpiMs: number;
}

/** Starts a hub as built on `data`, asks it for `old` incidents, and ends it. */
async function start(root: string, data: string, old: readonly string[]): Promise<Start> {
  fs.writeFileSync(`${root}/warroom.yaml`, 'targets: []\n');
  const main = path.join(import.meta.dirname, '../../dist/src/cli/main.js');
  const options = ['--json', '--data', data, '--config', root, '--listen', '127.0.0.1:0'];
  const begun = performance.now();
  const child = spawn(process.execPath, [main, 'hub', ...options], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const { url, token } = await readyLine(child);
    const ms = performance.now() - begun;
    const cpu = cpuMs(child.pid);
    const rss = rssMiB(child.pid);
    const descriptors = fs.readdirSync(`/proc/${child.pid}/fd`).length;
    const list = performance.now();
    const wire = await hello(`${url}/v1/ws`, token, 'reader');
    const listMs = performance.now() - list;
    const shown: number[] = [];
    for (const id of old) shown.push(await show(wire, id));
    wire.close();
    const kpi = performance.now();
    await ended(
      spawn(process.execPath, [main, 'kpi', '--json', '--data', data], { stdio: ['ignore', 'ignore', 'inherit'] }),
    );
    const kpiMs = performance.now() - kpi;
    return { cpu, ms, rss, descriptors, listMs, showMs: old.length === 0 ? 0 : median(shown), kpiMs };
  } finally {
    child.kill('SIGTERM');
    await ended(child);
  }
}

function readyLine(child: ChildProcess): Promise<{ readonly url: string; readonly token: string }> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the hub ended with ${code}`)));
    child.stdout?.once('data', (line: Buffer) =>
      resolve(JSON.parse(line.toString()) as { url: string; token: string }),
    );
  });
}

async function show(wire: Wire, incident: string): Promise<number> {
  const begun = performance.now();
  const last = wire.waitFor('"to":"closed"');
  wire.send(JSON.stringify({ type: 'follow', incident, epoch: null, after: 0 }));
  await last;
  return performance.now() - begun;
}
