/**
 * Consoles that do not read: 100 readers and 500 entries a second, first alone, then beside one that never reads and
 * one that reads a kilobyte a second. How much later do the others have each entry, and what does it cost the hub.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Load } from './load.ts';
import { machine, quantile, round, rssMiB } from './measure.ts';
import { helloText, ours } from './peers.ts';
import { serve } from './hub.ts';
import { framesOf, upgradeOf, type Wire } from './wire.ts';

export interface SlowBench {
  readonly machine: string;
  readonly readers: number;
  readonly perSecond: number;
  readonly alone: Phase;
  readonly besideSlow: Phase;
  readonly ratioP99: number;
  /** MiB more of the hub's memory at its largest beside the slow ones, against the largest before. */
  readonly hubGrewMiB: number;
  /** How many of the two the hub had let go by the end. */
  readonly letGo: number;
}
type Server = Awaited<ReturnType<typeof serve>>;
interface Phase {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly largestRssMiB: number;
}

const READERS = 100;
const PER_SECOND = 500;
/** Long entries: what a console does not read must be more than the buffers of the network hide. */
const FILLER = 'x'.repeat(2_000);

export async function benchSlow(seconds: number): Promise<SlowBench> {
  const server = await serve(ours.server);
  const wires: Wire[] = [];
  // Its ping comes each ten seconds; an answer too many harms nobody.
  const alive = setInterval(() => wires.forEach((wire) => wire.send(ours.alive ?? '')), 5_000);
  try {
    const { wire: writer, room } = await ours.publisher(server.url, server.token);
    wires.push(writer);
    for (let at = 0; at < READERS; at++) wires.push(await ours.join(server.url, server.token, at, room));
    const load = new Load(ours, writer, wires.slice(1), room, FILLER);
    const phase = async (): Promise<Phase> => {
      let largest = 0;
      const look = setInterval(() => (largest = Math.max(largest, rssMiB(server.child.pid))), 50);
      const took = await load.paced(PER_SECOND, seconds * 1000);
      clearInterval(look);
      return {
        p50Ms: round(quantile(took, 0.5)),
        p99Ms: round(quantile(took, 0.99)),
        largestRssMiB: round(largest, 1),
      };
    };
    // The heap grows to its size in the first phase, which is not what is asked for.
    await phase();
    const alone = await phase();
    const never = await slowOne(server, room, 0);
    const trickle = await slowOne(server, room, 1024);
    const besideSlow = await phase();
    const letGo = READERS + 3 - (await connections(server));
    for (const one of [never, trickle]) one.destroy();
    return {
      machine: machine(),
      readers: READERS,
      perSecond: PER_SECOND,
      alone,
      besideSlow,
      ratioP99: round(besideSlow.p99Ms / alone.p99Ms),
      hubGrewMiB: round(besideSlow.largestRssMiB - alone.largestRssMiB, 1),
      letGo,
    };
  } finally {
    clearInterval(alive);
    for (const wire of wires) wire.close();
    server.child.disconnect();
  }
}

async function connections({ url }: Server): Promise<number> {
  const health = (await (await fetch(new URL('/healthz', url.replace('ws', 'http')))).json()) as object;
  return 'websocket_connections' in health ? Number(health.websocket_connections) : Number.NaN;
}

/** A console that follows and then reads so many bytes a second, or none. */
async function slowOne({ url, token }: Server, room: string | null, perSecond: number): Promise<Socket> {
  const { hostname, port, pathname } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  await once(socket, 'connect');
  socket.on('error', () => {});
  const follow = JSON.stringify({ type: 'follow', incident: room, epoch: null, after: 0 });
  const texts = [helloText(token, `slow${perSecond}`), follow];
  socket.write(Buffer.concat([Buffer.from(upgradeOf(pathname, `${hostname}:${port}`)), framesOf(texts)]));
  // Without a listener for data nothing is read but what fills the first buffer.
  const drip = setInterval(() => socket.read(perSecond), 1_000);
  socket.on('close', () => clearInterval(drip));
  return socket;
}
