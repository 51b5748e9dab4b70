/** Closes a connection that sends without end: a client library would keep it all until the answer is complete. */
import type { Socket } from 'node:net';

/** No answer a probe asks for is nearly as large, bytes. */
const MOST = 8 * 2 ** 20;

export class ResponseLimit {
  #bytes = 0;
  #isOver = false;

  /** Ends `socket` once it has sent too much for one answer. */
  watch(socket: Pick<Socket, 'on' | 'destroy'>): void {
    socket.on('data', (data: Buffer) => {
      this.#bytes += data.length;
      if (this.#bytes <= MOST) return;
      this.#isOver = true;
      socket.destroy();
    });
  }

  /** An answer is complete; the next one is counted anew. */
  answered(): void {
    this.#bytes = 0;
  }

  /** In words, when it was closed for that. */
  get exceeded(): string | null {
    return this.#isOver
      ? `an answer of more than ${MOST / 2 ** 20} MiB: what answers there is not what it should be`
      : null;
  }
}
