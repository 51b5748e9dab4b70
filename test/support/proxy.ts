/** A line that goes wrong on purpose: a TCP proxy that delays, cuts, resets, or falls silent without closing. */
import { connect, createServer, type Socket } from 'node:net';

export class Proxy {
  /** Pieces arrive late. */
  slow = false;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  /** Half open: nothing passes any more, ever, and nobody is told. */
  readonly #silent = new Set<Socket>();
  readonly #random: () => number;
  #close: () => void = () => {};
  url = '';

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Listens in front of `target` (a ws:// URL); answers its own. */
  async open(target: string): Promise<string> {
    const { hostname, port } = new URL(target);
    const server = createServer((near) => {
      const far = connect(Number(port), hostname);
      const pair = [near, far] as const;
      this.#pairs.add(pair);
      this.#pass(near, far);
      this.#pass(far, near);
      const end = (): void => {
        this.#pairs.delete(pair);
        near.destroy();
        far.destroy();
      };
      for (const socket of pair) socket.on('close', end).on('error', end);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const bound = server.address();
    this.url = `ws://127.0.0.1:${typeof bound === 'object' && bound ? bound.port : 0}`;
    this.#close = () => {
      server.close();
      this.cut();
    };
    return this.url;
  }

  /** Ends every connection: politely, or with a reset. */
  cut(reset = false): void {
    for (const [near, far] of this.#pairs) {
      if (reset) near.resetAndDestroy();
      else near.destroy();
      far.destroy();
    }
  }

  /** Makes the present connections half open. */
  silence(): void {
    for (const socket of [...this.#pairs].flat()) this.#silent.add(socket);
  }

  close(): void {
    this.#close();
  }

  /** Order is kept: a delayed piece delays those behind it. */
  #pass(from: Socket, to: Socket): void {
    let before = Promise.resolve();
    from.on('data', (data) => {
      if (this.#silent.has(from)) return;
      const wait = this.slow ? this.#random() * 60 : 0;
      before = before.then(async () => {
        if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
        if (to.writable && !this.#silent.has(from)) to.write(data);
      });
    });
  }
}
