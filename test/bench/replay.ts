/** What a day's readings of 20 targets take: space, processor time of keeping them, and time to open replay at any minute. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import pg from 'pg';
import { Past } from '../../src/client/past.ts';
import { Recording } from '../../src/client/recording.ts';
import { Recorder } from '../../src/hub/recorder.ts';
import type { Event } from '../../src/incident/event.ts';
import { blankIncident } from '../../src/incident/incident.ts';
import { HANDBOOK_POLICY } from '../../src/incident/policy.ts';
import { HOUR } from '../../src/incident/time.ts';
import { nodeFs } from '../../src/log/disk.ts';
import { DENSITIES } from '../../src/log/recording.ts';
import { filesIn, readingsDir, type RecordingFile } from '../../src/log/recording-folder.ts';
import { startPoller } from '../../src/probes/poller.ts';
import type { Reading, Row } from '../../src/protocol/reading.ts';
import { target } from '../probes/ask.ts';
import { endSupervisor, privatePostgres, privateRedis } from '../services/services.ts';
import { chance } from '../support/random.ts';
import { folder } from '../support/room.ts';
import { machine, median, round } from './measure.ts';

const ID = '2026-11-23-bench';
/** Of each kind that is really polled. */
const EACH = 5;
/** Different readings of each target: no two in a block are the same. */
const VARIANTS = 307;
/** Key entries and changes of alerts in a day. */
const MOMENTS = 40;

export async function benchReplay(hours: number): Promise<object> {
  const polled = await polledReadings(25);
  const targets = polled.flatMap((readings) => {
    const moving = movingIn(readings);
    const variant = (i: number, n: number): Reading =>
      varied(readings[n % readings.length]!, `${readings[0]!.target}-${i}`, moving);
    return Array.from({ length: EACH }, (_, i) => Array.from({ length: VARIANTS }, (_, n) => variant(i, n)));
  });
  const dataDir = await folder();
  // Readings are kept beside a record only.
  mkdirSync(`${dataDir}/incidents/${ID}`, { recursive: true });
  writeFileSync(`${dataDir}/incidents/${ID}/000001.log`, '');
  const begin = Date.UTC(2026, 10, 23);
  let now = begin;
  const said: string[] = [];
  const recorder = new Recorder({
    dataDir,
    clock: { wall: () => now, mono: () => now },
    say: (line) => void said.push(line),
    rooms: { get: () => ({ state: { ...blankIncident(ID), head: 1, status: 'declared' } }) },
    connections: { tell: () => {} },
  });
  const happens = (kind: Event['kind']): void =>
    recorder.handle(ID, { events: [{ kind, level: 'key' } as Event], texts: [] });
  recorder.told({
    type: 'settings',
    policy: HANDBOOK_POLICY,
    targets: targets.map(([one]) => ({ name: one!.target, kind: one!.kind, intervalMs: 1000 })),
  });
  happens('declared');
  const moments = new Set(
    Array.from({ length: Math.ceil((MOMENTS * hours) / 24) }, () => Math.floor(chance() * hours * 3600)),
  );
  let allReach = 0;
  const cpu = process.cpuUsage();
  for (let second = 0; second < hours * 3600; second++) {
    now = begin + second * 1000;
    for (const variants of targets) recorder.reading({ ...variants[second % VARIANTS]!, at: now });
    if (moments.has(second)) happens('noted');
    recorder.tick();
    if (second % 30 === 0) await recorder.idle();
    if (second === 6 * 3600) allReach = reachOf(dataDir, 'all', now);
  }
  await recorder.close();
  const { user, system } = process.cpuUsage(cpu);
  const files = filesIn(nodeFs, readingsDir(dataDir, ID));
  const bytesOf = (density: string): number =>
    files.filter(({ name }) => name.startsWith(`${density}-`)).reduce((sum, { size }) => sum + size, 0);
  const meanBytes =
    targets.flat().reduce((sum, reading) => sum + JSON.stringify(reading).length, 0) / targets.flat().length;
  const rows = Object.keys(DENSITIES).map((density) => ({
    density,
    MB: round(bytesOf(density) / 1024 / 1024),
    reachHours: round(reachOf(dataDir, density, now) / HOUR, 1),
  }));
  const opening = await openings(dataDir, begin, now);
  rmSync(dataDir, { recursive: true, force: true });
  return {
    machine: machine(),
    hours,
    targets: targets.length,
    bytesPerReading: round(meanBytes, 0),
    totalMB: round(files.reduce((sum, { size }) => sum + size, 0) / 1024 / 1024),
    cpuPercentOfACore: round((100 * (user + system)) / 1e6 / (hours * 3600), 3),
    allReachesBackAfter6Hours: `${round(allReach / HOUR, 1)} h`,
    /** Of 40 moments of the day, chosen at random: from the files to everything that the panels show, ms. */
    openMs: { median: round(median(opening), 0), worst: round(Math.max(...opening), 0) },
    said,
    rows,
  };
}

async function openings(dataDir: string, begin: number, end: number): Promise<readonly number[]> {
  const dir = readingsDir(dataDir, ID);
  const took: number[] = [];
  for (let i = 0; i < 40; i++) {
    const since = performance.now();
    const read = ({ name }: RecordingFile): Promise<Buffer> => readFile(path.join(dir, name));
    const past = new Past([], new Recording({ files: filesIn(nodeFs, dir), read }), end);
    // In the first minute there may be nothing yet where one reading a minute is kept.
    const at = begin + 60_000 + chance() * (end - begin - 60_000);
    await past.show(at);
    if (past.density === null || past.view.readings.length === 0)
      throw new Error(`${(at - begin) / 1000} s after the begin nothing is kept (${past.density})`);
    took.push(performance.now() - since);
  }
  return took;
}

/** How far back readings of that density go. */
function reachOf(dataDir: string, density: string, now: number): number {
  const [first] = filesIn(nodeFs, readingsDir(dataDir, ID)).filter(({ name }) => name.startsWith(`${density}-`));
  return first === undefined ? 0 : now - Number(/-(\d+)/.exec(first.name)?.[1]);
}

/** What real servers say under some load, by target. */
async function polledReadings(seconds: number): Promise<readonly (readonly Reading[])[]> {
  const [postgres, redis] = await Promise.all([privatePostgres({}), privateRedis()]);
  const crowd = Array.from({ length: 30 }, () => new pg.Client(postgres.url));
  const load = new Redis(redis.url);
  try {
    for (const client of crowd) {
      client.on('error', () => {});
      await client.connect();
    }
    await crowd[0]?.query('create table t (id int primary key, v text)');
    await crowd[0]?.query(`insert into t select g, 'v' from generate_series(1, 1000) g`);
    await crowd[1]?.query('begin; update t set v = 1 where id = 1');
    for (const client of crowd.slice(2, 8)) client.query('update t set v = 2 where id = 1').catch(() => {});
    const targets = await Promise.all([
      target('db', 'postgres', { url: postgres.url }),
      target('cache', 'redis', { url: redis.url }),
      target('here', 'host'),
    ]);
    const readings: Reading[] = [];
    const poller = startPoller({ targets, onReading: (reading) => void readings.push(reading) });
    for (let i = 0; i < seconds * 10; i++) {
      for (let n = 0; n < 20; n++) await load.set(`session:${i}:${n}`, 'x'.repeat(100), 'EX', 100);
      await sleep(100);
    }
    await poller.close();
    const of = (name: string): readonly Reading[] =>
      readings.filter((reading) => reading.target === name && reading.up).slice(3);
    // Of four kinds; a smaller one stands for HTTP endpoints and WebSockets.
    const http = of('here').map((reading) => ({
      ...reading,
      target: 'web',
      kind: 'http',
      samples: reading.samples.slice(0, 10),
      rows: {},
    }));
    return [of('db'), of('cache'), of('here'), http];
  } finally {
    load.disconnect();
    await Promise.allSettled(crowd.map((client) => client.end()));
    await endSupervisor();
  }
}

/** Numbers that change from poll to poll, by where they stand. */
function movingIn(readings: readonly Reading[]): ReadonlySet<string> {
  const moving = new Set<string>();
  const first = new Map<string, number>();
  const see = (place: string, value: unknown): void => {
    if (typeof value !== 'number') return;
    if ((first.get(place) ?? value) !== value) moving.add(place);
    first.set(place, first.get(place) ?? value);
  };
  for (const reading of readings) {
    for (const [i, { value }] of reading.samples.entries()) see(`s${i}`, value);
    for (const [name, rows] of Object.entries(reading.rows ?? {}))
      for (const [i, row] of rows.entries())
        for (const [key, value] of Object.entries(row)) see(`${name}${i}${key}`, value);
  }
  return moving;
}

/** The same reading of another target: what moves has other numbers, with as many digits. */
function varied(reading: Reading, name: string, moving: ReadonlySet<string>): Reading {
  const other = (place: string, value: number): number => {
    if (!moving.has(place)) return value;
    const scaled = value * (1 + (chance() - 0.5) / 20);
    return Number.isInteger(value) ? Math.round(scaled) : scaled;
  };
  const row = (place: string, one: Row): Row =>
    Object.fromEntries(
      Object.entries(one).map(([key, value]) => [
        key,
        typeof value === 'number' ? other(`${place}${key}`, value) : value,
      ]),
    );
  return {
    ...reading,
    target: name,
    durationMs: reading.durationMs * (0.8 + chance() / 2),
    samples: reading.samples.map((sample, i) => ({ ...sample, value: other(`s${i}`, sample.value) })),
    ...(reading.rows && {
      rows: Object.fromEntries(
        Object.entries(reading.rows).map(([key, rows]) => [key, rows.map((one, i) => row(`${key}${i}`, one))]),
      ),
    }),
  };
}
