/** Sends committed events to the consoles that follow the incident: one frame, one write per console. */
import { errorMessage } from '../incident/words.ts';
import type { Connection } from './connection.ts';
import { eventsFrame, firstThatFit } from './frame.ts';
import type { HubContext } from './hub-context.ts';
import type { IncidentRoom } from './rooms.ts';
import type { Batch, Subscriber } from './subscribers.ts';

type FanOutContext = Pick<HubContext, 'limits' | 'store'>;
type Followed = Pick<IncidentRoom, 'id' | 'state'>;

export class FanOut implements Subscriber {
  readonly name = 'fan-out';
  readonly #subscriptions = new Map<string, Map<Connection, Subscription>>();
  readonly #context: FanOutContext;

  constructor(context: FanOutContext) {
    this.#context = context;
  }

  /** Sends everything after seq `after`, then stays live. A console follows one incident at a time. */
  follow(connection: Connection, room: Followed, after: number): void {
    this.unfollow(connection);
    const subscription = new Subscription(connection, room, after, this.#context);
    const others = this.#subscriptions.get(room.id) ?? new Map<Connection, Subscription>();
    this.#subscriptions.set(room.id, others.set(connection, subscription));
    connection.incident = room.id;
    subscription.catchUp();
  }

  unfollow(connection: Connection): void {
    const { incident } = connection;
    if (incident === null) return;
    const subscriptions = this.#subscriptions.get(incident);
    subscriptions?.get(connection)?.stop();
    subscriptions?.delete(connection);
    if (subscriptions?.size === 0) this.#subscriptions.delete(incident);
    connection.incident = null;
  }

  isFollowed(incident: string): boolean {
    return this.#subscriptions.has(incident);
  }

  handle(incident: string, { events, texts }: Batch): void {
    const subscriptions = this.#subscriptions.get(incident);
    const first = events[0]?.seq;
    if (subscriptions === undefined || first === undefined) return;
    const frame = eventsFrame(incident, first, texts);
    for (const subscription of subscriptions.values()) subscription.deliver(frame, first, first + texts.length - 1);
  }
}

/** One console following one incident. One that is behind reads from the record, so nothing is queued for it. */
class Subscription {
  readonly connection: Connection;
  readonly #room: Followed;
  readonly #context: FanOutContext;
  #sent: number;
  #isCatchingUp = false;
  #isStopped = false;

  constructor(connection: Connection, room: Followed, after: number, context: FanOutContext) {
    this.connection = connection;
    this.#room = room;
    this.#sent = after;
    this.#context = context;
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** Sends what is missing in chunks, as the network takes them. */
  catchUp(): void {
    if (this.#isCatchingUp) return;
    this.#isCatchingUp = true;
    void this.#step();
  }

  /** Sends a batch; above the soft buffer limit falls back to catching up. */
  deliver(frame: Buffer, first: number, last: number): void {
    const { connection } = this;
    if (this.#sent === first - 1 && connection.waiting < this.#context.limits.softBufferBytes) {
      this.#sent = last;
      return connection.writeEvents(frame);
    }
    if (this.#sent >= last) return;
    if (last - this.#sent > this.#context.limits.maxLagEvents) return connection.end('slow');
    this.catchUp();
  }

  async #step(): Promise<void> {
    const { chunk, frame, chunkBelow } = this.#context.limits;
    for (;;) {
      if (this.#isStopped || !this.connection.open) return;
      if (this.connection.waiting >= chunkBelow) return this.connection.whenDrained(() => void this.#step());
      if (this.#sent >= this.#room.state.head) break;
      try {
        const texts = firstThatFit(await this.#context.store.read(this.#room.id, this.#sent, chunk, frame), frame);
        if (this.#isStopped) return;
        if (texts.length === 0) throw new Error(`#${this.#sent + 1} of ${this.#room.id} cannot be read`);
        this.connection.write(eventsFrame(this.#room.id, this.#sent + 1, texts));
        this.#sent += texts.length;
      } catch (error) {
        // The record is unreadable: report it and stop here.
        this.stop();
        return this.connection.send({ type: 'fault', reason: errorMessage(error) });
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#isCatchingUp = false;
  }
}
