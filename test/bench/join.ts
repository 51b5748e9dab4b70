/** A long incident: joining and coming back to it, one more entry in it, and starting the hub on it again. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Client } from '../../src/client/client.ts';
import { systemClock } from '../../src/protocol/clock.ts';
import { serve, type Server } from './hub.ts';
import { cpuMs, machine, median, quantile, round, rssMiB } from './measure.ts';
import { hello, ours } from './peers.ts';
import { Counter, entryText, Numbers, type Wire } from './wire.ts';

const IN_FLIGHT = 256;
/** How much a console that comes back has missed. */
const MISSED = 1_000;

/** Milliseconds and MiB; times are medians of ten. */
export interface JoinRow {
  readonly events: number;
  /** A real client, from connecting until it has the incident and the newest entry. */
  readonly joinMs: number;
  /** Processor time of the hub for one such join, all threads. */
  readonly hubMsPerJoin: number;
  /** From asking until the last of the entries it missed is there. */
  readonly resumeMs: number;
  /** One entry at a time, from sending it until it is acknowledged: the median and the 99th in 100 of 300. */
  readonly appendP50Ms: number;
  readonly appendP99Ms: number;
  readonly hubRssMiB: number;
  /** A new hub on this record: until it listens. The first time it has no snapshot yet. */
  readonly startMs: number;
  readonly startAgainMs: number;
  readonly startedRssMiB: number;
}

/** Fills an incident with each number of events, then joins and resumes. */
export async function benchJoin(sizes: readonly number[]): Promise<{ machine: string; rows: readonly JoinRow[] }> {
  const rows: JoinRow[] = [];
  for (const events of sizes) {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'warroom-bench-'));
    const { child, url, token } = await serve(ours.server, [dir]);
    try {
      const { wire, room } = await ours.publisher(url, token);
      await fill(wire, room, events - 1);
      const before = cpuMs(child.pid);
      const joins: number[] = [];
      for (let index = 0; index < 10; index++) joins.push(await join(url, token, room, events));
      const hubMsPerJoin = (cpuMs(child.pid) - before) / joins.length;
      const resumes: number[] = [];
      for (let index = 0; index < 10; index++) resumes.push(await resume(url, token, room, events));
      const appends = await oneByOne(wire, room, events);
      const hubRssMiB = round(rssMiB(child.pid), 0);
      wire.close();
      await ended(child);
      fs.rmSync(`${dir}/incidents/${room}/snapshot.json`, { force: true });
      const first = await restart(dir);
      const second = await restart(dir);
      rows.push({
        events,
        joinMs: round(median(joins), 1),
        hubMsPerJoin: round(hubMsPerJoin, 1),
        resumeMs: round(median(resumes), 1),
        appendP50Ms: round(median(appends)),
        appendP99Ms: round(quantile(appends, 0.99)),
        hubRssMiB,
        startMs: round(first.startMs, 0),
        startAgainMs: round(second.startMs, 0),
        startedRssMiB: round(second.rssMiB, 0),
      });
    } finally {
      child.kill();
      fs.rmSync(dir, { recursive: true, force: true });
    }
  }
  return { machine: machine(), rows };
}

/** Ends the hub as one that is told to: it keeps what the next start needs. */
async function ended(child: Server['child']): Promise<void> {
  child.disconnect();
  await new Promise((resolve) => child.once('exit', resolve));
}

async function restart(dir: string): Promise<{ startMs: number; rssMiB: number }> {
  const { child, startMs = Number.NaN } = await serve(ours.server, [dir]);
  const rss = rssMiB(child.pid);
  await ended(child);
  return { startMs, rssMiB: rss };
}

async function oneByOne(wire: Wire, room: string | null, from: number): Promise<readonly number[]> {
  const took: number[] = [];
  for (let n = from; n < from + 300; n++) {
    const ack = wire.waitFor(ours.done);
    const start = performance.now();
    wire.send(ours.frame(n, entryText(n, TEXT), room));
    await ack;
    took.push(performance.now() - start);
  }
  return took;
}

async function fill(wire: Wire, room: string | null, count: number): Promise<void> {
  const acks = new Counter(ours.done);
  let [sent, done] = [0, 0];
  await new Promise<void>((resolve) => {
    const refill = (): void => {
      const free = Math.min(IN_FLIGHT - (sent - done), count - sent);
      if (free > 0) wire.send(...Array.from({ length: free }, () => ours.frame(sent, entryText(sent++, TEXT), room)));
      if (done >= count) resolve();
    };
    wire.onBytes = (bytes) => {
      done += acks.in(bytes);
      refill();
    };
    refill();
  });
}

const TEXT = 'Checkout error rate is back under 1 % after the rollback of 4f2c1 on web-3; watching p99 for ten minutes';

async function join(url: string, token: string, incident: string | null, events: number): Promise<number> {
  const start = performance.now();
  const client = new Client({
    url: url.replace('/v1/ws', ''),
    token,
    name: 'joiner',
    via: 'console',
    live: true,
    outbox: null,
    incident,
    clock: systemClock,
    random: () => 0,
  });
  await new Promise<void>((resolve) => {
    const stop = client.onChange(() => {
      if (client.view.events.at(-1)?.seq !== events) return;
      stop();
      resolve();
    });
  });
  const took = performance.now() - start;
  await client.close();
  return took;
}

/** The epoch of the record, which a console that was there knows. */
async function epochOf(url: string, token: string, incident: string | null): Promise<string> {
  const wire = await hello(url, token, 'epoch');
  const following = wire.waitFor('"epoch":"');
  wire.send(JSON.stringify({ type: 'follow', incident, epoch: null, after: 0 }));
  const epoch = /"epoch":"([^"]+)"/.exec(await following)?.[1];
  wire.close();
  if (epoch === undefined) throw new Error('the hub names no epoch');
  return epoch;
}

/** The console was there until `MISSED` entries ago. */
async function resume(url: string, token: string, incident: string | null, events: number): Promise<number> {
  const epoch = await epochOf(url, token, incident);
  const wire = await hello(url, token, 'resumer');
  const numbers = new Numbers();
  const start = performance.now();
  await new Promise<void>((resolve) => {
    wire.onBytes = (bytes) => {
      // Entry n is event n + 2: the declaration came first.
      if (numbers.in(bytes).includes(events - 2)) resolve();
    };
    wire.send(JSON.stringify({ type: 'follow', incident, epoch, after: Math.max(1, events - MISSED) }));
  });
  const took = performance.now() - start;
  wire.close();
  return took;
}
