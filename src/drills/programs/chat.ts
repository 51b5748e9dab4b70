/**
 * A small chat service to look at: WebSockets, a health endpoint, a page of metrics, a limit of new connections that an
 * administrator sets. It can be made to fail.
 */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { WebSocket, WebSocketServer } from 'ws';

/** `well` answers; `sick` answers 503 with its numbers; `hangs` answers nothing over HTTP, the sockets live on. */
export type Mood = 'well' | 'sick' | 'hangs';

/** What /admin/ratelimit shows and takes as JSON, with the token of an administrator. */
export interface RateLimit {
  /** A second; null: as many as come. */
  readonly newConnections: number | null;
  readonly ttlSeconds: number;
}

export const ADMIN_TOKEN = 'admin-of-the-chat';

export interface ChatProgram {
  /** `host:port`. */
  readonly address: string;
  mood: Mood;
  rateLimit: RateLimit;
  /** Takes a limit and leaves the old one in force. */
  isForgetful: boolean;
  /** How many new connections a second it can take; beyond that they fail. Null: as many as come. */
  capacity: number | null;
  /** Clients that try to connect, a second, and leave at once; those that are told to wait try less often. */
  storm: number;
  readonly opened: number;
  close(): Promise<void>;
}

export async function startApp(port = 0): Promise<ChatProgram> {
  const startedAt = Date.now() / 1000;
  let [errors, opened, limitedAt] = [0, 0, 0];
  const recent: number[] = [];
  const shownLimit = (): RateLimit => {
    const { newConnections, ttlSeconds } = app.rateLimit;
    const left = Math.max(0, ttlSeconds - Math.floor((Date.now() - limitedAt) / 1000));
    return left === 0 && ttlSeconds > 0
      ? { newConnections: null, ttlSeconds: 0 }
      : { newConnections, ttlSeconds: left };
  };
  const server = http.createServer((request, response) => {
    if (app.mood === 'hangs') return;
    if (request.url === '/admin/ratelimit') return void admin(request, response);
    if (request.url === '/fault') return void breakIt(request, response);
    const connections = sockets.clients.size;
    if (request.url === '/metrics') {
      const page = `# TYPE ws_connections gauge\nws_connections ${connections}\n# TYPE ws_connection_errors_total counter\nws_connection_errors_total ${errors}\n`;
      return void response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(page);
    }
    const isWell = app.mood === 'well';
    response.writeHead(isWell ? 200 : 503, { 'content-type': 'application/json', 'retry-after': '30' });
    response.end(
      JSON.stringify({
        status: isWell ? 'ok' : 'error',
        websocket_connections: connections,
        websocket_connections_opened: opened,
        websocket_connection_errors: errors,
        process_start_time_seconds: startedAt,
      }),
    );
  });
  async function breakIt(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    try {
      Object.assign(app, JSON.parse(await bodyOf(request)));
      response.writeHead(204).end();
    } catch {
      response.writeHead(400).end();
    }
  }
  async function admin(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const answer = (status: number, body: unknown): void =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (request.headers.authorization !== `Bearer ${ADMIN_TOKEN}`) return answer(401, { error: 'who are you' });
    if (request.method === 'GET') return answer(200, shownLimit());
    const text = await bodyOf(request);
    if (request.headers['content-type'] !== 'application/json') return answer(415, { error: 'JSON' });
    if (!app.isForgetful) app.rateLimit = JSON.parse(text) as RateLimit;
    limitedAt = Date.now();
    answer(200, { ok: true });
  }
  /** How many have come within this second, without the one that comes now. */
  const arrived = (): number => {
    const now = Date.now();
    while (recent[0] !== undefined && recent[0] < now - 1000) recent.shift();
    return recent.length;
  };
  const verifyClient = (_info: unknown, answer: (ok: boolean, status?: number) => void): void => {
    const [count, limit] = [arrived(), shownLimit().newConnections];
    // Whoever is refused by the limit is told to wait; whoever is one too many only fails.
    if (limit !== null && count >= limit) return answer(false, 429);
    recent.push(Date.now());
    const isTooMany = app.capacity !== null && count >= app.capacity;
    if (isTooMany) errors++;
    answer(!isTooMany, 503);
  };
  /** Ten times a second a tenth of the storm. */
  let [due, patience] = [0, 1];
  const storming = setInterval(() => {
    if (app.storm > 0 && shownLimit().newConnections === null) patience = 1;
    for (due += (app.storm * patience) / 10; due >= 1; due--) {
      const client = new WebSocket(`ws://${app.address}/ws`).on('open', () => client.close());
      client.on('error', () => {});
      client.on('unexpected-response', (_, { statusCode }) => {
        if (statusCode === 429) patience = Math.max(0.05, patience * 0.95);
        client.terminate();
      });
    }
  }, 100);
  const sockets = new WebSocketServer({ server, path: '/ws', verifyClient });
  sockets.on('connection', (socket) => {
    opened++;
    socket.on('error', () => errors++);
    socket.on('message', (data) => socket.send(data));
  });
  await new Promise<void>((done, failed) => server.once('error', failed).listen(port, '127.0.0.1', done));
  const app: ChatProgram = {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    mood: 'well',
    rateLimit: { newConnections: null, ttlSeconds: 0 },
    isForgetful: false,
    capacity: null,
    storm: 0,
    get opened() {
      return opened;
    },
    close: () =>
      new Promise((done) => {
        clearInterval(storming);
        for (const client of sockets.clients) client.terminate();
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
  return app;
}

async function bodyOf(request: http.IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of request) text += String(part);
  return text;
}

/** As a program of its own, with the port it listens on. */
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { address } = await startApp(Number(process.argv[2]));
  console.log(`listening on ${address}`);
}
