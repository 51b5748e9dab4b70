/** HTTP routes, the WebSocket upgrade, TLS, and early refusals. */
import { once } from 'node:events';
import { createServer, STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Limits } from './limits.ts';

/** PEM: the certificate chain and its key. */
export interface Tls {
  readonly cert: string;
  readonly key: string;
}
export interface ServerOptions {
  readonly host: string;
  readonly port: number;
  readonly tls: Tls | null;
  /** Allowed Origin headers (exact). Programs send none. */
  readonly allowedOrigins: readonly string[];
  readonly limits: Limits;
  readonly routes: Routes;
  readonly onSocket: (ws: WebSocket, socket: Socket, address: string) => void;
}
/** `name`: the last part of the path, decoded, where the route ends in `*`. */
export type RouteHandler = (request: IncomingMessage, response: ServerResponse, name: string) => void;
/** By method and path, as in `GET /healthz`; a last part `*` stands for any. */
export type Routes = Readonly<Record<string, RouteHandler>>;

export interface Listening {
  readonly host: string;
  readonly port: number;
  /** Uses this certificate for new connections. */
  renew(tls: Tls): void;
  close(): Promise<void>;
}

/** Listens. Rejects with the system's error (EADDRINUSE, EACCES, …). */
export async function listenForConsoles(options: ServerOptions): Promise<Listening> {
  const answer = (request: IncomingMessage, response: ServerResponse): void => route(options.routes, request, response);
  const http = {
    headersTimeout: options.limits.helloMs,
    requestTimeout: options.limits.helloMs * 2,
    // Node checks these timeouts only this often.
    connectionsCheckingInterval: Math.min(1_000, options.limits.helloMs),
    maxHeaderSize: 16_384,
  };
  const secure = options.tls
    ? createTlsServer({ ...options.tls, ...http, handshakeTimeout: options.limits.helloMs }, answer)
    : null;
  const server: Server = secure ?? createServer(http, answer);
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: options.limits.message,
    maxFragments: 64,
    maxBufferedChunks: 256,
    clientTracking: false,
  } as ConstructorParameters<typeof WebSocketServer>[0]);
  sockets.on('wsClientError', (_error, socket) => refuse(socket, 400));
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    const status = mayUpgrade(request, options.allowedOrigins);
    if (status !== null) return refuse(socket, status);
    sockets.handleUpgrade(request, socket, head, (ws) => {
      // A console's socket is closed by its Connection. Under TLS the raw socket is another object with the same port.
      for (const raw of rawSockets) if (raw.remotePort === request.socket.remotePort) rawSockets.delete(raw);
      options.onSocket(ws, socket as Socket, request.socket.remoteAddress ?? '');
    });
  });
  // Before its handshake a TLS socket cannot carry an answer.
  secure?.prependListener('tlsClientError', (_error, socket) => socket.destroy());
  server.on('clientError', (_error, socket) => refuse(socket, 400));
  // Sockets that are not consoles; closing the hub does not wait for them.
  const rawSockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    rawSockets.add(socket);
    socket.on('close', () => rawSockets.delete(socket));
    // The oldest idle socket is closed, so that idle ones cannot keep others out.
    const [oldest] = rawSockets;
    if (rawSockets.size > options.limits.strangers) oldest?.destroy();
  });
  // Everything in the backlog is accepted in one turn: a short one keeps a flood from blocking the loop.
  server.listen({ port: options.port, host: options.host, backlog: 128 });
  await once(server, 'listening');
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('the hub listens on no port');
  return {
    host: options.host,
    port: bound.port,
    renew: (tls) => secure?.setSecureContext(tls),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const raw of rawSockets) raw.destroy();
      }),
  };
}

/** The HTTP status of the refusal; null: none. */
function mayUpgrade(request: IncomingMessage, allowedOrigins: readonly string[]): number | null {
  if (pathOf(request) !== '/v1/ws') return 404;
  const { origin } = request.headers;
  return origin === undefined || allowedOrigins.includes(origin) ? null : 403;
}

function refuse(socket: Duplex, status: number): void {
  if (!socket.writable) return void socket.destroy();
  const body = JSON.stringify({ error: STATUS_CODES[status] });
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
}

const pathOf = (request: IncomingMessage): string => (request.url ?? '').split('?', 1)[0] ?? '';

export const queryOf = (request: IncomingMessage): URLSearchParams =>
  new URLSearchParams((request.url ?? '').slice(pathOf(request).length));

function route(routes: Routes, request: IncomingMessage, response: ServerResponse): void {
  const path = pathOf(request);
  const [, folder = '', last = ''] = /^(.*\/)([^/]+)$/.exec(path) ?? [];
  const name = decoded(last);
  const paths = name === null ? [path] : [path, `${folder}*`];
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const key = paths.map((each) => `${method} ${each}`).find((each) => Object.hasOwn(routes, each));
  if (key !== undefined) return routes[key]?.(request, response, name ?? '');
  if (path === '/v1/ws') return json(response, 426, { error: 'connect with a WebSocket' }, { Upgrade: 'websocket' });
  const takes = Object.keys(routes).flatMap((each) => {
    const [takenBy = '', at = ''] = each.split(' ', 2);
    return paths.includes(at) ? [takenBy] : [];
  });
  if (takes.length > 0)
    return json(
      response,
      405,
      { error: `${path.slice(0, 100)} takes ${takes.join(', ')}` },
      { Allow: takes.join(', ').replace('GET', 'GET, HEAD') },
    );
  json(response, 404, { error: `there is no ${String(request.method)} ${path}`.slice(0, 200) });
}

/** Null: it is not encoded as URLs are. */
function decoded(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}

export function json(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...headers });
  response.end(text);
}
