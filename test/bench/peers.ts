/** How the load generator speaks to each contestant: raw WebSocket frames in its own protocol. */
import { WebSocket } from 'ws';
import { ulid } from 'ulid';

export interface Contestant {
  readonly name: 'ours' | 'bareWs' | 'socketIo';
  readonly server: string;
  /** Opens a console that will receive every entry; resolves when it is attached. */
  join(url: string, token: string, at: number, room: string | null): Promise<WebSocket>;
  /** Opens whoever writes; resolves with what others follow. */
  publisher(url: string, token: string): Promise<{ readonly socket: WebSocket; readonly room: string | null }>;
  /** One entry with this text as a frame. */
  frame(n: number, text: string, room: string | null): string;
  /** How many of the publisher's entries this frame says are done. */
  done(frame: Buffer): number;
}

const opened = (url: string): Promise<WebSocket> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: 64 * 2 ** 20 });
    socket.once('open', () => resolve(socket));
    socket.once('error', reject);
  });

/** Resolves with the first frame that begins or contains `mark`. */
const waitFor = (socket: WebSocket, mark: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const look = (data: Buffer): void => {
      const text = data.toString();
      if (!text.includes(mark)) return;
      socket.off('message', look);
      resolve(text);
    };
    socket.on('message', look);
    socket.once('close', (code, reason) =>
      reject(new Error(`closed ${code} ${reason.toString()} waiting for ${mark}`)),
    );
  });

/** How often `mark` stands in `text`. */
export function count(text: Buffer, mark: string): number {
  let found = 0;
  for (let at = text.indexOf(mark); at !== -1; at = text.indexOf(mark, at + mark.length)) found++;
  return found;
}

const hello = async (url: string, token: string, name: string): Promise<WebSocket> => {
  const socket = await opened(url);
  const welcome = waitFor(socket, '"type":"welcome"');
  const client = `bench-${name}-${ulid()}`;
  socket.send(JSON.stringify({ type: 'hello', version: 1, token, name, client, via: 'cli', live: false }));
  await welcome;
  socket.on('message', (data: Buffer) => {
    const text = data.toString();
    if (text.startsWith('{"type":"ping"')) {
      const { t } = JSON.parse(text) as { t: number };
      socket.send(JSON.stringify({ type: 'pong', t }));
    }
  });
  return socket;
};

/** A ULID made by counting: the generator must not cost more than what it measures. */
const idOf = (n: number): string => `01J${String(n).padStart(23, '0')}`;

const command = (n: number, incident: string | null, what: object): string =>
  JSON.stringify({ type: 'command', n, id: idOf(n), incident, command: what });

export const CONTESTANTS: readonly Contestant[] = [
  {
    name: 'bareWs',
    server: 'bare.ts',
    join: (url) => opened(url),
    publisher: async (url) => ({ socket: await opened(url), room: null }),
    frame: (n, text) => JSON.stringify({ n, text }),
    done: (frame) => count(frame, '"text":"'),
  },
  {
    name: 'ours',
    server: 'ours.ts',
    async join(url, token, at, room) {
      const socket = await hello(url, token, `s${at}`);
      const following = waitFor(socket, '"type":"following"');
      socket.send(JSON.stringify({ type: 'follow', incident: room, epoch: null, after: 0 }));
      await following;
      return socket;
    },
    async publisher(url, token) {
      const socket = await hello(url, token, 'publisher');
      const ack = waitFor(socket, '"type":"ack"');
      socket.send(command(1, null, { kind: 'declare', title: 'bench', severity: 'SEV-1' }));
      const { incident } = JSON.parse(await ack) as { incident: string };
      return { socket, room: incident };
    },
    frame: (n, text, room) => command(n + 2, room, { kind: 'note', text }),
    done: (frame) => count(frame, '"type":"ack"'),
  },
  {
    name: 'socketIo',
    server: 'socketio.ts',
    async join(url) {
      const socket = await opened(url);
      const ready = waitFor(socket, '40{');
      socket.on('message', (data: Buffer) => {
        if (data.length === 1 && data.toString() === '2') socket.send('3');
      });
      socket.send('40');
      await ready;
      return socket;
    },
    async publisher(url, token) {
      return { socket: await this.join(url, token, 0, null), room: null };
    },
    frame: (n, text) => `42${JSON.stringify(['entry', { n, text }])}`,
    done: (frame) => count(frame, '"text":"'),
  },
];
