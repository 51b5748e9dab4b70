/** How the load generator speaks to each contestant: raw WebSocket frames in its own protocol. */
import { ulid } from 'ulid';
import { PROTOCOL } from '../../src/protocol/messages.ts';
import { Wire } from './wire.ts';

export interface Contestant {
  readonly name: 'ours' | 'bareWs' | 'socketIo';
  readonly server: string;
  /** Opens a console that will receive every entry; resolves when it is attached. */
  join(url: string, token: string, at: number, room: string | null): Promise<Wire>;
  /** Opens whoever writes; resolves with what others follow. */
  publisher(url: string, token: string): Promise<{ readonly wire: Wire; readonly room: string | null }>;
  /** One entry with this text as a frame. */
  frame(n: number, text: string, room: string | null): string;
  /** What the publisher hears once for each of its entries that is done. */
  readonly done: string;
  /** Said now and then by everybody, so that nobody is taken for dead; null: not needed. */
  readonly alive: string | null;
}

/** How a console of our hub begins. */
export const helloText = (token: string, name: string): string => {
  const client = `bench-${name}-${ulid()}`;
  return JSON.stringify({ type: 'hello', version: PROTOCOL.min, token, name, client, via: 'cli', live: false });
};

/** A console of our hub that follows nothing yet. */
export const hello = async (url: string, token: string, name: string): Promise<Wire> => {
  const wire = await Wire.open(url);
  const welcome = wire.waitFor('"type":"welcome"');
  wire.send(helloText(token, name));
  await welcome;
  return wire;
};

/** A ULID made by counting: the generator must not cost more than what it measures. */
const idOf = (n: number): string => `01J${String(n).padStart(23, '0')}`;

const command = (n: number, incident: string | null, what: object): string =>
  JSON.stringify({ type: 'command', n, id: idOf(n), incident, command: what });

/** The hub of this repository. */
export const ours: Contestant = {
  name: 'ours',
  server: 'ours.ts',
  async join(url, token, at, room) {
    const wire = await hello(url, token, `s${at}`);
    const following = wire.waitFor('"type":"following"');
    wire.send(JSON.stringify({ type: 'follow', incident: room, epoch: null, after: 0 }));
    await following;
    return wire;
  },
  async publisher(url, token) {
    const wire = await hello(url, token, 'publisher');
    const ack = wire.waitFor('"type":"ack"');
    wire.send(command(1, null, { kind: 'declare', title: 'bench', severity: 'SEV-1' }));
    const room = /"type":"ack"[^}]*"incident":"([^"]+)"/.exec(await ack)?.[1];
    if (room === undefined) throw new Error('the acknowledgement names no incident');
    return { wire, room };
  },
  frame: (n, text, room) => command(n + 2, room, { kind: 'note', text }),
  done: '"type":"ack"',
  alive: '{"type":"pong","t":0}',
};

/** Who is measured, in the order of the table. */
export const CONTESTANTS: readonly Contestant[] = [
  {
    name: 'bareWs',
    server: 'bare.ts',
    join: (url) => Wire.open(url),
    publisher: async (url) => ({ wire: await Wire.open(url), room: null }),
    frame: (n, text) => JSON.stringify({ n, text }),
    done: '"text":"e',
    alive: null,
  },
  ours,
  {
    name: 'socketIo',
    server: 'socketio.ts',
    async join(url) {
      const wire = await Wire.open(url);
      const ready = wire.waitFor('40{');
      wire.send('40');
      await ready;
      return wire;
    },
    async publisher(url, token) {
      return { wire: await this.join(url, token, 0, null), room: null };
    },
    frame: (n, text) => `42${JSON.stringify(['entry', { n, text }])}`,
    done: '"text":"e',
    alive: '3',
  },
];
