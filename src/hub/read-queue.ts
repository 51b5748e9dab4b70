/** Reads of one console, answered in order, one a turn, at the speed of its network. */
import type { Connection } from './connection.ts';
import type { Limits } from './limits.ts';

export class ReadQueue {
  readonly #connection: Connection;
  readonly #limits: Limits;
  readonly #waiting: (() => Promise<void> | void)[] = [];
  #isRunning = false;

  constructor(connection: Connection, limits: Limits) {
    this.#connection = connection;
    this.#limits = limits;
  }

  /** Too many waiting reads end the connection. */
  add(answer: () => Promise<void> | void): void {
    if (this.#waiting.length >= this.#limits.reads)
      return this.#connection.end('malformed', 'too many questions at once');
    this.#waiting.push(answer);
    if (this.#isRunning) return;
    this.#isRunning = true;
    setImmediate(() => void this.#next());
  }

  async #next(): Promise<void> {
    const connection = this.#connection;
    if (!connection.open) return;
    if (connection.waiting >= this.#limits.chunkBelow) return connection.whenDrained(() => void this.#next());
    const answer = this.#waiting.shift();
    if (answer === undefined) {
      this.#isRunning = false;
      return;
    }
    try {
      await answer();
    } catch (error) {
      connection.send({ type: 'fault', reason: error instanceof Error ? error.message : String(error) });
    }
    setImmediate(() => void this.#next());
  }
}
