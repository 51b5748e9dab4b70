/** One console following one incident: catching up from the record in chunks, then live. */
import type { Log } from '../log/log.ts';
import type { Connection } from './connection.ts';
import { eventsFrame, firstThatFit } from './frame.ts';
import type { Limits } from './limits.ts';

/**
 * The record itself is the queue of a console that is behind: while it catches up nothing is kept for it, and it
 * is live again once it was sent the last durable event. A batch goes out only to who has all before it.
 */
export class Subscription {
  readonly connection: Connection;
  readonly #incident: string;
  readonly #log: Log;
  readonly #limits: Limits;
  /** The last seq written to them. */
  sent: number;
  #pumping = false;
  #stopped = false;

  constructor(connection: Connection, incident: string, after: number, log: Log, limits: Limits) {
    this.connection = connection;
    this.#incident = incident;
    this.sent = after;
    this.#log = log;
    this.#limits = limits;
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Sends what is missing, chunk by chunk, as the network takes it. */
  pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    this.#step();
  }

  /**
   * A batch that became durable, as one frame, with `first` and `last` its seqs; `extra` are this console's own acks.
   * Above the soft limit it falls back to catching up.
   */
  deliver(frame: Buffer, first: number, last: number, extra: Buffer | undefined): void {
    const { connection } = this;
    if (this.sent === first - 1 && connection.waiting < this.#limits.softBufferBytes) {
      this.sent = last;
      return connection.write(extra ? Buffer.concat([frame, extra]) : frame);
    }
    if (extra) connection.write(extra);
    if (this.sent >= last) return;
    if (last - this.sent > this.#limits.maxLagEvents) return connection.end('slow');
    this.pump();
  }

  #step(): void {
    if (this.#stopped || !this.connection.open) return;
    if (this.connection.waiting >= this.#limits.chunkBelow) return this.connection.whenDrained(() => this.#step());
    const texts = this.#next();
    if (texts === null) return;
    if (texts.length > 0) {
      this.connection.write(eventsFrame(this.#incident, this.sent + 1, texts));
      this.sent += texts.length;
    }
    if (this.sent >= this.#log.head(this.#incident)) {
      this.#pumping = false;
      return;
    }
    setImmediate(() => this.#step());
  }

  /** Null: the record cannot be read any more; they are told, and stay where they are. */
  #next(): readonly string[] | null {
    try {
      const { chunk, frame } = this.#limits;
      return firstThatFit(this.#log.texts(this.#incident, this.sent, chunk, frame), frame);
    } catch (error) {
      this.stop();
      this.connection.send({ type: 'fault', reason: error instanceof Error ? error.message : String(error) });
      return null;
    }
  }
}
