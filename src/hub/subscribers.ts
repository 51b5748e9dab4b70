/** Subscribers of commits, called in order. A failed one gets the events since its checkpoint again. */
import { parseEvent } from '../log/record.ts';
import type { EventStore } from '../log/event-store.ts';
import type { Event } from '../incident/event.ts';

/** Durable events, and their JSON as it is stored. */
export interface Batch {
  readonly events: readonly Event[];
  readonly texts: readonly string[];
}

export interface Subscriber {
  readonly name: string;
  handle(stream: string, batch: Batch): void;
}

interface SubscribersContext {
  readonly store: Pick<EventStore<never, never>, 'read'>;
  readonly say: (line: string) => void;
  /** Delay before a failed subscriber is called again, ms. */
  readonly retryMs: number;
}

const CATCH_UP = 500;

/** What a failed subscriber has still to be given of a stream: what comes after seq `after`, until `last`. */
interface Missed {
  after: number;
  last: number;
}

export class Subscribers {
  readonly #subscribers: readonly Subscriber[];
  readonly #context: SubscribersContext;
  /** By subscriber and stream. */
  readonly #missed = new Map<string, Missed>();

  constructor(subscribers: readonly Subscriber[], context: SubscribersContext) {
    this.#subscribers = subscribers;
    this.#context = context;
  }

  committed(stream: string, batch: Batch): void {
    const first = batch.events[0]?.seq ?? 1;
    const last = first + batch.events.length - 1;
    for (const subscriber of this.#subscribers) {
      const key = `${subscriber.name} ${stream}`;
      const missed = this.#missed.get(key);
      if (missed !== undefined) missed.last = last;
      else
        try {
          subscriber.handle(stream, batch);
        } catch (error) {
          const begun = { after: first - 1, last };
          this.#missed.set(key, begun);
          this.#callAgain(subscriber, stream, begun, error);
        }
    }
  }

  #callAgain(subscriber: Subscriber, stream: string, missed: Missed, error: unknown): void {
    const { say, retryMs } = this.#context;
    const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
    say(`${subscriber.name} failed after #${missed.after} of ${stream} and is called again: ${why}`);
    setTimeout(() => void this.#catchUp(subscriber, stream, missed), retryMs).unref();
  }

  /** What is committed meanwhile is missed, too. */
  async #catchUp(subscriber: Subscriber, stream: string, missed: Missed): Promise<void> {
    try {
      while (missed.after < missed.last) {
        const first = missed.after + 1;
        const texts = await this.#context.store.read(stream, missed.after, CATCH_UP);
        const events = texts.map((text, index) => parseEvent(text, stream, first + index));
        if (events.length === 0) throw new Error(`#${first} cannot be read`);
        subscriber.handle(stream, { events: events.filter((event) => event !== null), texts });
        missed.after += texts.length;
      }
      this.#missed.delete(`${subscriber.name} ${stream}`);
    } catch (error) {
      this.#callAgain(subscriber, stream, missed, error);
    }
  }
}
