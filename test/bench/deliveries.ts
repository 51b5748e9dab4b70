/**
 * What 1,000 deliveries that nobody takes cost the room: the built hub with two receivers, one that refuses and one that
 * never answers, against the same hub without receivers. In turn, so that the ratios are of one moment.
 */
import { createServer } from 'node:net';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Client } from '../../src/client/client.ts';
import { systemClock } from '../../src/protocol/clock.ts';
import { Place, type Ready } from '../support/program.ts';
import { echoTimes } from './console.ts';
import { cpuMs, machine, median, quantile, round } from './measure.ts';
import { chance } from '../support/random.ts';

export interface DeliveryRow {
  readonly what: string;
  readonly without: number;
  readonly queued: number;
  readonly ratio: number;
}
interface Side {
  readonly place: Place;
  readonly ready: Ready;
  readonly incident: string;
}

const NOTES = 250;
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Two incidents with as many decisions, so that both sides hold the same entries. */
async function open(place: Place, receivers: readonly object[]): Promise<Side> {
  const config = path.join(place.data, 'config');
  mkdirSync(config);
  writeFileSync(path.join(config, 'warroom.yaml'), 'targets: []\n');
  if (receivers.length > 0) writeFileSync(path.join(config, 'receivers.yaml'), JSON.stringify({ receivers }));
  const { ready } = await place.hub(['--config', config]);
  const declare = async (title: string): Promise<string> =>
    ((await place.json(['declare', title, '--sev', '1'])) as { incident: string }).incident;
  const [incident, other] = [await declare('benchmark'), await declare('another')];
  const fill = (to: string, name: string): Promise<unknown> =>
    place.run(['note', '--stdin', '--kind', 'decision', '--incident', to, '--as', name], {
      input: Array.from({ length: NOTES }, (_, at) => `decided ${at}\n`).join(''),
    });
  await Promise.all([fill(incident, 'dan'), fill(other, 'eve')]);
  await place.json(['status', 'cancelled', '--incident', other]);
  return { place, ready, incident };
}

/** Milliseconds until each of so many notes is durable, one at a time. */
async function append({ ready, incident }: Side, notes: number): Promise<readonly number[]> {
  const client = new Client({
    url: ready.url,
    token: ready.token,
    name: 'fay',
    via: 'console',
    live: true,
    outbox: null,
    clock: systemClock,
    random: chance,
    incident,
  });
  while (client.view.link.state !== 'live') await sleep(5);
  const times: number[] = [];
  for (let at = 0; at < notes; at++) {
    const since = performance.now();
    const { n } = await client.submit({ kind: 'note', text: `entry ${at}` }, incident);
    await client.settled(n);
    times.push(performance.now() - since);
    // Below the hub's 20 commands a second.
    await sleep(60);
  }
  await client.close();
  return times;
}

/** Processor time of the hub while nothing happens, percent of a core. */
async function idle({ ready }: Side, ms: number): Promise<number> {
  const [cpu, since] = [cpuMs(ready.pid), performance.now()];
  await sleep(ms);
  return ((cpuMs(ready.pid) - cpu) / (performance.now() - since)) * 100;
}

export async function benchDeliveries(rounds: number): Promise<object> {
  const hole = createServer((socket) => socket.on('error', () => {}));
  await new Promise<void>((resolve) => hole.listen(0, '127.0.0.1', resolve));
  const address = hole.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const receivers = [
    { name: 'refuses', kind: 'webhook', url: 'http://127.0.0.1:1', events: ['decision'] },
    { name: 'hangs', kind: 'webhook', url: `http://127.0.0.1:${port}`, events: ['decision'] },
  ];
  const places = [new Place(), new Place()] as const;
  try {
    const sides = [await open(places[0], []), await open(places[1], receivers)] as const;
    const shown = (await places[1].json(['deliveries'])) as readonly { readonly state: string }[];
    const health = (await (await fetch(`${sides[1].ready.http}/metrics`)).text()).match(
      /deliveries\{state="waiting"\} (\d+)/,
    );
    const times: [number[], number[]] = [[], []];
    const echoes: [number[], number[]] = [[], []];
    const cpu: [number[], number[]] = [[], []];
    for (let round = 0; round < rounds; round++)
      for (const side of [0, 1] as const) {
        times[side].push(...(await append(sides[side], 100)));
        cpu[side].push(await idle(sides[side], 3_000));
        echoes[side].push(...(await echoTimes(places[side], 100)));
      }
    const row = (what: string, of: readonly [readonly number[], readonly number[]], q: number): DeliveryRow => {
      const [without, queued] = [quantile(of[0], q), quantile(of[1], q)];
      return { what, without: round(without), queued: round(queued), ratio: round(queued / without) };
    };
    return {
      machine: machine(),
      waiting: Number(health?.[1]),
      shown: shown.length,
      hubCpuPercent: { without: round(median(cpu[0])), queued: round(median(cpu[1])) },
      rows: [
        row('append p50, ms', times, 0.5),
        row('append p95, ms', times, 0.95),
        row('key to echo p50, ms', echoes, 0.5),
        row('key to echo p95, ms', echoes, 0.95),
      ],
    };
  } finally {
    hole.close();
    for (const place of places) await place.close();
  }
}
