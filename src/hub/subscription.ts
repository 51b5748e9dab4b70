/** One console following one incident: catching up from the record in chunks, then live. */
import type { EventStore } from '../log/event-store.ts';
import type { Connection } from './connection.ts';
import { eventsFrame, firstThatFit } from './frame.ts';
import type { Limits } from './limits.ts';

/** What a subscription needs of the incident it follows. */
export interface Followed {
  readonly id: string;
  readonly state: { readonly head: number };
}

/**
 * The record itself is the queue of a console that is behind: while it catches up nothing is kept for it, and it is live
 * again once it was sent the last durable event. A batch goes out only to who has all before it.
 */
export class Subscription {
  readonly connection: Connection;
  readonly #room: Followed;
  readonly #store: Pick<EventStore<never, never>, 'read'>;
  readonly #limits: Limits;
  /** The last seq written to the connection. */
  #sent: number;
  #isCatchingUp = false;
  #isStopped = false;

  constructor(
    connection: Connection,
    room: Followed,
    after: number,
    store: Pick<EventStore<never, never>, 'read'>,
    limits: Limits,
  ) {
    this.connection = connection;
    this.#room = room;
    this.#sent = after;
    this.#store = store;
    this.#limits = limits;
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** Sends what is missing, chunk by chunk, as the network takes it. */
  catchUp(): void {
    if (this.#isCatchingUp) return;
    this.#isCatchingUp = true;
    void this.#step();
  }

  /** A batch that became durable, as one frame; above the soft limit the connection falls back to catching up. */
  deliver(frame: Buffer, first: number, last: number): void {
    const { connection } = this;
    if (this.#sent === first - 1 && connection.waiting < this.#limits.softBufferBytes) {
      this.#sent = last;
      return connection.writeEvents(frame);
    }
    if (this.#sent >= last) return;
    if (last - this.#sent > this.#limits.maxLagEvents) return connection.end('slow');
    this.catchUp();
  }

  async #step(): Promise<void> {
    const { chunk, frame, chunkBelow } = this.#limits;
    for (;;) {
      if (this.#isStopped || !this.connection.open) return;
      if (this.connection.waiting >= chunkBelow) return this.connection.whenDrained(() => void this.#step());
      if (this.#sent >= this.#room.state.head) break;
      try {
        const texts = firstThatFit(await this.#store.read(this.#room.id, this.#sent, chunk, frame), frame);
        if (this.#isStopped) return;
        if (texts.length === 0) throw new Error(`#${this.#sent + 1} of ${this.#room.id} cannot be read`);
        this.connection.write(eventsFrame(this.#room.id, this.#sent + 1, texts));
        this.#sent += texts.length;
      } catch (error) {
        // The record cannot be read any more: the console is told, and stays where it is.
        this.stop();
        return this.connection.send({ type: 'fault', reason: error instanceof Error ? error.message : String(error) });
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#isCatchingUp = false;
  }
}
