/** A small chat service to look at: WebSockets, a health endpoint, a page of metrics. It can be made to fail. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';

/** `well` answers; `sick` answers 503 with its numbers; `hangs` answers nothing over HTTP, the sockets live on. */
export type Mood = 'well' | 'sick' | 'hangs';

export interface App {
  /** `host:port`. */
  readonly address: string;
  mood: Mood;
  close(): Promise<void>;
}

export async function startApp(): Promise<App> {
  const startedAt = Date.now() / 1000;
  let errors = 0;
  const server = http.createServer((request, response) => {
    if (app.mood === 'hangs') return;
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
        websocket_connection_errors: errors,
        process_start_time_seconds: startedAt,
      }),
    );
  });
  const sockets = new WebSocketServer({ server, path: '/ws' });
  sockets.on('connection', (socket) => {
    socket.on('error', () => errors++);
    socket.on('message', (data) => socket.send(data));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const app: App = {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    mood: 'well',
    close: () =>
      new Promise((done) => {
        for (const client of sockets.clients) client.terminate();
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
  return app;
}
