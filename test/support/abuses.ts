/**
 * What one person can do to a hub so that everybody else suffers. Each goes on until its signal is aborted, as fast as
 * the hub lets it. Used by `npm run bench -- abuse` and by test/faults.
 */
import { connect, type Socket } from 'node:net';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { ulid } from 'ulid';
import { WebSocket } from 'ws';
import { PROTOCOL } from '../../src/protocol/messages.ts';

export interface Scene {
  readonly url: string;
  /** An invitation that may write, and one that only reads. */
  readonly writer: { readonly name: string; readonly token: string };
  readonly reader: { readonly name: string; readonly token: string };
  /** Many people who may write: what one person may do is metered, and a large state must come from somewhere. */
  readonly crowd: readonly Scene['writer'][];
  /** Everybody's incident. */
  readonly incident: string;
}
/** `ready` is called when all is prepared and the abuse itself begins. */
export type Abuse = (scene: Scene, signal: AbortSignal, ready: () => void) => Promise<void>;

/** Bytes that may wait in a socket of the abuser: enough to keep the hub busy. */
const WAITING = 256 * 1024;

/** One connection of an abuser. It reads and forgets. */
export class Hand {
  readonly ws: WebSocket;
  /** How many commands were acknowledged, refused for good, and put off. */
  readonly answers = { ack: 0, done: 0, nack: 0, later: 0 };
  #n = 0;

  private constructor(url: string) {
    this.ws = new WebSocket(`${url}/v1/ws`, { perMessageDeflate: false });
    this.ws.on('error', () => {});
    this.ws.on('message', (data: Buffer) => {
      const head = data.toString('latin1', 0, 400);
      const type = /"type":"(\w+)"/.exec(head)?.[1];
      if (type === 'ping') this.say({ type: 'pong', t: 0 });
      if (type === 'nack') this.answers[head.includes('retryAfter') ? 'later' : 'nack']++;
      if (type === 'ack' || type === 'done') this.answers[type]++;
    });
  }

  /** Connects and says hello; null when the hub lets nobody in. */
  static async open(
    { url }: Scene,
    { name, token }: Scene['writer'],
    more: Readonly<Record<string, unknown>> = {},
  ): Promise<Hand | null> {
    const hand = new Hand(url);
    const open = new Promise<boolean>((resolve) => {
      hand.ws.once('message', (data: Buffer) => resolve(data.includes('"welcome"')));
      hand.ws.once('close', () => resolve(false));
    });
    hand.ws.once('open', () =>
      hand.say({
        type: 'hello',
        version: PROTOCOL.min,
        token,
        name,
        client: ulid(),
        via: 'cli',
        live: false,
        ...more,
      }),
    );
    return (await open) ? hand : null;
  }

  say(message: object | string): void {
    if (this.ws.readyState === this.ws.OPEN)
      this.ws.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  ask(command: { readonly kind: string; readonly [field: string]: unknown }, incident: string | null): void {
    this.say({ type: 'command', n: ++this.#n, id: ulid(), incident, command });
  }

  /** Waits while much of what was said is still here. */
  async drained(signal: AbortSignal): Promise<void> {
    while (this.ws.bufferedAmount > WAITING && this.ws.readyState === this.ws.OPEN && !signal.aborted) await sleep(2);
  }
}

/** So many hands, one after the other. */
export async function hands(
  scene: Scene,
  who: Scene['writer'],
  count: number,
  more: Readonly<Record<string, unknown>> = {},
): Promise<readonly Hand[]> {
  const all: Hand[] = [];
  for (let at = 0; at < count; at++) {
    const hand = await Hand.open(scene, who, more);
    if (hand === null) break;
    all.push(hand);
  }
  return all;
}

const rest = async (signal: AbortSignal): Promise<void> => {
  while (!signal.aborted) await sleep(20);
};

/** `say` by each hand in turn, as fast as the sockets take it. */
async function flood(
  all: readonly Hand[],
  signal: AbortSignal,
  say: (hand: Hand, round: number) => void,
): Promise<void> {
  for (let round = 0; !signal.aborted; round++) {
    for (const hand of all) {
      say(hand, round);
      await hand.drained(signal);
    }
    await turn();
  }
}

/** The crowd asks `count` questions of `length` letters; answers how many are recorded. */
export async function manyQuestions(scene: Scene, count: number, length: number): Promise<number> {
  const each = 90;
  let recorded = 0;
  for (let at = 0; at * each < count; at++) {
    const hand = await Hand.open(scene, scene.crowd[at % scene.crowd.length] ?? scene.writer);
    if (hand === null) continue;
    const mine = Math.min(each, count - at * each);
    for (let one = 0; one < mine; one++)
      hand.ask({ kind: 'note', form: 'question', text: `${at}.${one} ${'?'.repeat(length)}` }, scene.incident);
    for (let tries = 0; tries < 500; tries++) {
      const { ack, nack, later } = hand.answers;
      if (ack + nack + later >= mine) break;
      await sleep(10);
    }
    recorded += hand.answers.ack;
    hand.ws.terminate();
  }
  return recorded;
}

/** `count` followers of the incident that read nothing any more once they have said what they follow. */
export async function deafFollowers(scene: Scene, count: number): Promise<readonly Hand[]> {
  const all = await hands(scene, scene.reader, count);
  for (const hand of all) {
    hand.ws.pause();
    hand.say({ type: 'follow', incident: scene.incident, epoch: null, after: 0 });
  }
  return all;
}

/** Lines to the hub that say nothing: `upgraded` to a WebSocket, or not even that. */
export async function muteLines(
  { url }: Pick<Scene, 'url'>,
  count: number,
  upgraded: boolean,
): Promise<readonly Socket[]> {
  const { hostname, port } = new URL(url);
  const key = 'dGhlIHNhbXBsZSBub25jZQ==';
  const head = `GET /v1/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`;
  const all: Socket[] = [];
  for (let at = 0; at < count; at++) {
    const socket = connect(Number(port), hostname);
    socket.on('error', () => {});
    socket.resume();
    if (upgraded) socket.write(head);
    all.push(socket);
    if (at % 100 === 99) await sleep(1);
  }
  return all;
}

/** A message as long as one may be that says nothing, and costs far more to parse than to send. */
export const NESTED = `{"type":"pong","t":0,"more":${'['.repeat(32_000)}${']'.repeat(32_000)}}`;
export const tomorrow = (): string => new Date(Date.now() + 86_400_000).toISOString();

export const ABUSES: Readonly<Record<string, Abuse>> = {
  'nobody does anything': (_scene, signal, ready) => {
    ready();
    return rest(signal);
  },

  'a state of 9 MB, followed by 150 who read nothing': async (scene, signal, ready) => {
    // Above 2,000 entries a console that comes gets the state as a whole.
    await manyQuestions(scene, 2_250, 4_000);
    ready();
    while (!signal.aborted) {
      const all = await deafFollowers(scene, 150);
      await Promise.race([sleep(2_000), rest(signal)]);
      for (const { ws } of all) ws.terminate();
    }
  },

  '4,400 open questions': async (scene, signal, ready) => {
    await manyQuestions(scene, 4_400, 200);
    const all = await hands(scene, scene.reader, 10);
    ready();
    await flood(all, signal, (hand) => hand.say({ type: 'follow', incident: scene.incident, epoch: null, after: 0 }));
  },

  '2,000 silences from 20 consoles': async (scene, signal, ready) => {
    const all = await hands(scene, scene.writer, 20);
    ready();
    for (let one = 0; one < 100; one++)
      for (const [at, hand] of all.entries())
        hand.ask({ kind: 'silence', matcher: `{target="t${at}-${one}"}`, why: 'because', until: tomorrow() }, null);
    await rest(signal);
  },

  'pongs full of nested arrays, from a guest': async (scene, signal, ready) => {
    const all = await hands(scene, scene.reader, 20);
    ready();
    await flood(all, signal, (hand) => hand.say(NESTED));
  },

  'declarations, 20 a second and a hundred at once': async (scene, signal, ready) => {
    const all = await hands(scene, scene.writer, 10);
    ready();
    await flood(all, signal, (hand, round) => {
      if (round < 100 || round % 50 === 0) hand.ask({ kind: 'declare', title: `x${round}`, severity: 'SEV-3' }, null);
    });
  },

  '8,000 lines that never say hello': async (scene, signal, ready) => {
    ready();
    while (!signal.aborted) {
      const all = await muteLines(scene, 8_000, true);
      await Promise.race([sleep(3_000), rest(signal)]);
      for (const socket of all) socket.destroy();
    }
  },

  'pages of long entries, asked for without end': async (scene, signal, ready) => {
    await manyQuestions(scene, 90, 15_000);
    const all = await hands(scene, scene.reader, 20);
    ready();
    await flood(all, signal, (hand) => hand.say({ type: 'page', incident: scene.incident, from: 1, to: 1_000_000 }));
  },

  '100 consoles that begin and stop to type': async (scene, signal, ready) => {
    const all = await hands(scene, scene.writer, 100, { live: true, via: 'console' });
    ready();
    await flood(all, signal, (hand, round) => hand.say({ type: 'typing', on: round % 2 === 0 }));
  },
};
