/** Tells the consoles that follow an incident what was recorded: one frame for all of them, one write per console. */
import type { EventStore } from '../log/event-store.ts';
import type { Connection } from './connection.ts';
import { eventsFrame } from './frame.ts';
import type { Limits } from './limits.ts';
import type { Batch } from './room.ts';
import type { Subscriber } from './subscribers.ts';
import { Subscription, type Followed } from './subscription.ts';

export class FanOut implements Subscriber {
  readonly name = 'fan-out';
  readonly #subscriptions = new Map<string, Map<Connection, Subscription>>();
  readonly #store: Pick<EventStore<never, never>, 'read'>;
  readonly #limits: Limits;

  constructor(store: Pick<EventStore<never, never>, 'read'>, limits: Limits) {
    this.#store = store;
    this.#limits = limits;
  }

  /** The connection gets everything of `room` after `after`, and stays live. It follows one incident at a time. */
  follow(connection: Connection, room: Followed, after: number): void {
    this.unfollow(connection);
    const subscription = new Subscription(connection, room, after, this.#store, this.#limits);
    const others = this.#subscriptions.get(room.id) ?? new Map<Connection, Subscription>();
    this.#subscriptions.set(room.id, others.set(connection, subscription));
    connection.incident = room.id;
    subscription.catchUp();
  }

  /** Also when the connection is gone. */
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
