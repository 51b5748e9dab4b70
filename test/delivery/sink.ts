/** A receiver on this machine that takes what comes when the test says so. */
import { createServer as createHttp, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** `answer`: 200 "ok" · `busy`: 429, come back in ten minutes · `hold`: the request is taken, the answer waits for `release` · `gate`: bytes are lost before anybody reads them. */
export type SinkMode = 'answer' | 'busy' | 'hold' | 'gate';

export class Sink {
  mode: SinkMode = 'answer';
  readonly requests: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = [];
  /** Connections whose bytes were lost. */
  lost = 0;
  readonly #held: ServerResponse[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  private constructor() {
    const http = createHttp(async (request, response) => {
      const body = (await request.setEncoding('utf8').toArray()).join('');
      this.requests.push({ headers: request.headers, body });
      if (this.mode === 'hold') this.#held.push(response);
      else if (this.mode === 'busy') response.writeHead(429, { 'retry-after': '600' }).end();
      else response.end('ok');
    });
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket));
      if (this.mode === 'gate') socket.once('data', () => this.lost++);
      else http.emit('connection', socket);
    });
  }

  static async open(): Promise<Sink> {
    const sink = new Sink();
    await new Promise<void>((resolve) => sink.#server.listen(0, '127.0.0.1', resolve));
    return sink;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hook`;
  }

  /** Answers what is held. */
  release(): void {
    for (const response of this.#held.splice(0)) response.end('ok');
  }

  /** A field of each body. */
  field(name: string): readonly unknown[] {
    return this.requests.map(({ body }) => (JSON.parse(body) as Record<string, unknown>)[name]);
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}
