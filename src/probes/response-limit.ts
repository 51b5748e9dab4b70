/** Closes a connection whose answer is too large: client libraries buffer an answer until it is complete. */
import type { Socket } from 'node:net';

/** Far more than any answer a probe asks for, bytes. */
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

  /** To be called when an answer is complete: counts from zero again. */
  answered(): void {
    this.#bytes = 0;
  }

  /** The reason in words when the limit was exceeded, else null. */
  get exceeded(): string | null {
    return this.#isOver
      ? `an answer of more than ${MOST / 2 ** 20} MiB: what answers there is not what it should be`
      : null;
  }
}
