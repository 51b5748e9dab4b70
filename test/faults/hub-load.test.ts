/** A hub under load: consoles that do not read, a crowd, hours of people coming and going. */
import { readFileSync, readdirSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { startChild, type HubChild } from '../support/child.ts';
import { hello } from '../bench/peers.ts';
import { Counter } from '../bench/wire.ts';
import { Raw } from '../support/raw.ts';
import { until } from '../support/patience.ts';
import { ask, declare, Opened } from '../support/room.ts';
import { randomFrom } from '../support/random.ts';

const opened = new Opened();
afterEach(() => opened.tidy());
const long = process.env['WARROOM_LONG'] !== undefined;
const CROWD = Number(process.env['WARROOM_CROWD'] ?? (long ? 1_000 : 100));
const SOAK_MINUTES = Number(process.env['WARROOM_SOAK'] ?? 0);

async function childHub(): Promise<HubChild> {
  const hub = await startChild(await opened.folder());
  opened.later(() => hub.kill('SIGKILL'));
  return hub;
}
const health = async (hub: HubChild): Promise<Record<string, unknown>> =>
  (await (await fetch(`${hub.url.replace('ws:', 'http:')}/healthz`)).json()) as Record<string, unknown>;
const rssMiB = ({ child }: HubChild): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1024;
const openFiles = ({ child }: HubChild): number => readdirSync(`/proc/${child.pid}/fd`).length;
const follow = async (hub: HubChild, incident: string, client: string): Promise<Raw> => {
  const raw = await Raw.hello(hub, { client });
  raw.say({ type: 'follow', incident, epoch: null, after: 0 });
  await raw.hear('following');
  return raw;
};
/** One who follows and only counts entries, so that a crowd of them costs the test little. */
class Reader {
  readonly #notes = new Counter('"text":"x');
  readonly #pings = new Counter('"type":"ping"');
  /** Entries that came. */
  count = 0;

  static async follow(hub: HubChild, incident: string, name: string): Promise<Reader> {
    const wire = await hello(`${hub.url}/v1/ws`, hub.token, name);
    opened.later(async () => wire.close());
    const reader = new Reader();
    const following = wire.waitFor('"type":"following"');
    wire.send(JSON.stringify({ type: 'follow', incident, epoch: null, after: 0 }));
    await following;
    wire.onBytes = (bytes) => {
      reader.count += reader.#notes.in(bytes);
      if (reader.#pings.in(bytes) > 0) wire.send('{"type":"pong","t":0}');
    };
    return reader;
  }
}

test(
  'one that never reads and one that reads a little: the others have everything, memory stays',
  async () => {
    const hub = await childHub();
    const ana = await opened.client(hub, 'ana', { outbox: null, incident: null });
    const incident = await declare(ana);
    const others = await Promise.all(
      Array.from({ length: long ? 100 : 5 }, (_, at) => Reader.follow(hub, incident, `reader-${at}`)),
    );
    const entries = long ? 15_000 : 600;
    const text = 'x'.repeat(2_000);
    /** Writes as many entries, 500 a second; ms until half and until 99 of 100 of them were acknowledged. */
    const write = async (): Promise<readonly number[]> => {
      const took: number[] = [];
      const asked: Promise<unknown>[] = [];
      const start = performance.now();
      for (let index = 0; index < entries; index++) {
        const wait = start + index * 2 - performance.now();
        if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
        const since = performance.now();
        asked.push(ask(ana, { kind: 'note', text }, incident).then(() => took.push(performance.now() - since)));
      }
      await Promise.all(asked);
      took.sort((one, other) => one - other);
      return [0.5, 0.99].map((part) => Math.round(took[Math.floor(took.length * part)] ?? Number.NaN));
    };
    const alone = await write();
    const before = rssMiB(hub);
    const [never, trickle] = [await follow(hub, incident, 'never'), await follow(hub, incident, 'trickle')];
    never.ws.pause();
    trickle.ws.pause();
    const drip = setInterval(() => {
      trickle.ws.resume();
      setImmediate(() => trickle.ws.pause());
    }, 1_000);
    opened.later(async () => clearInterval(drip));
    const beside = await write();
    await until('the others have everything', () => others.every(({ count }) => count === 2 * entries));
    const grown = rssMiB(hub) - before;
    console.log(
      `p50, p99 to the acknowledgement: ${alone.join(', ')} ms alone, ${beside.join(', ')} ms beside slow ones; hub memory ${grown.toFixed(1)} MiB more`,
    );
    expect(grown).toBeLessThan(40);
    expect(await health(hub)).toMatchObject({ status: 'ok', journal_lag: 0 });
    if (!long) return;
    never.ws.resume();
    expect([4008, 4408, 1006]).toContain((await never.closed).code);
  },
  long ? 200_000 : 40_000,
);

test(
  `${CROWD} consoles and 256 entries in flight: the hub still answers everybody else`,
  async () => {
    const hub = await childHub();
    const ana = await opened.client(hub, 'ana', { outbox: null, incident: null });
    const incident = await declare(ana);
    const crowd: Reader[] = [];
    for (let at = 0; at < CROWD; at += 50)
      crowd.push(
        ...(await Promise.all(
          Array.from({ length: Math.min(50, CROWD - at) }, (_, i) => Reader.follow(hub, incident, `c${at + i}`)),
        )),
      );
    const total = long ? 5_000 : 512;
    let asked = 0;
    const writing = Array.from({ length: 256 }, async () => {
      for (; asked < total; asked++) await ask(ana, { kind: 'note', text: 'x'.repeat(270) }, incident);
    });
    let answers = 0;
    let slowest = 0;
    const load = Promise.all(writing).then(() => (asked = Number.POSITIVE_INFINITY));
    while (asked < Number.POSITIVE_INFINITY) {
      const start = performance.now();
      await health(hub);
      slowest = Math.max(slowest, performance.now() - start);
      answers++;
    }
    await load;
    expect(answers).toBeGreaterThan(0);
    const late = await follow(hub, incident, 'late');
    const { head } = await late.hear('following');
    await until('all have all', () => crowd.every(({ count }) => count === head - 1));
    console.log(`slowest answer of the hub under load: ${Math.round(slowest)} ms`);
  },
  long ? 300_000 : 60_000,
);

test.skipIf(SOAK_MINUTES === 0)(
  `${SOAK_MINUTES} minutes of people coming and going: memory and open files stay`,
  async () => {
    const hub = await childHub();
    const random = randomFrom(18);
    const ana = await opened.client(hub, 'ana', { outbox: null, incident: null });
    const incident = await declare(ana);
    const people: Raw[] = [];
    const minute = async (): Promise<void> => {
      for (let step = 0; step < 3_000; step++) {
        void ask(ana, { kind: 'note', text: `${step}` }, incident);
        if (step % 25 === 0) {
          people.push(await follow(hub, incident, `p${Math.floor(random() * 1e9)}`));
          if (people.length > 100) people.splice(Math.floor(random() * 100), 1)[0]?.ws.terminate();
        }
        for (const raw of people) raw.heard.length = 0;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    await minute();
    const before = { rss: rssMiB(hub), files: openFiles(hub) };
    for (let done = 1; done < SOAK_MINUTES; done++) await minute();
    const grown = rssMiB(hub) - before.rss;
    console.log(
      `after ${SOAK_MINUTES} min: ${grown.toFixed(1)} MiB more, ${openFiles(hub)} open files (${before.files} before)`,
    );
    expect(openFiles(hub)).toBeLessThan(before.files + 20);
    expect(grown).toBeLessThan(32 + SOAK_MINUTES);
  },
  120_000 + SOAK_MINUTES * 120_000,
);
