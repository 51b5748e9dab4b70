/** What one console asks to read: answered in order, one a turn, as fast as its network takes the answers. */
import type { Connection } from './connection.ts';
import type { Limits } from './limits.ts';

export class ReadQueue {
  readonly #connection: Connection;
  readonly #limits: Limits;
  readonly #waiting: (() => void)[] = [];
  #answering = false;

  constructor(connection: Connection, limits: Limits) {
    this.#connection = connection;
    this.#limits = limits;
  }

  /** Many that came in one piece must not keep the others waiting; more than anybody needs end the connection. */
  ask(answer: () => void): void {
    if (this.#waiting.length >= this.#limits.questions)
      return this.#connection.end('malformed', 'too many questions at once');
    this.#waiting.push(answer);
    if (this.#answering) return;
    this.#answering = true;
    setImmediate(() => this.#step());
  }

  #step(): void {
    const connection = this.#connection;
    if (!connection.open) return;
    if (connection.waiting >= this.#limits.chunkBelow) return connection.whenDrained(() => this.#step());
    const answer = this.#waiting.shift();
    if (answer === undefined) {
      this.#answering = false;
      return;
    }
    try {
      answer();
    } catch (error) {
      connection.send({ type: 'fault', reason: error instanceof Error ? error.message : String(error) });
    }
    setImmediate(() => this.#step());
  }
}
