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

export class Subscribers {
  readonly #subscribers: readonly Subscriber[];
  readonly #context: SubscribersContext;
  /** Checkpoints of failed subscribers, by subscriber and stream. */
  readonly #behind = new Map<string, number>();

  constructor(subscribers: readonly Subscriber[], context: SubscribersContext) {
    this.#subscribers = subscribers;
    this.#context = context;
  }

  committed(stream: string, batch: Batch): void {
    for (const subscriber of this.#subscribers) {
      if (!this.#behind.has(`${subscriber.name} ${stream}`)) this.#handle(subscriber, stream, batch);
    }
  }

  #handle(subscriber: Subscriber, stream: string, batch: Batch): boolean {
    try {
      subscriber.handle(stream, batch);
      return true;
    } catch (error) {
      const checkpoint = (batch.events[0]?.seq ?? 1) - 1;
      this.#behind.set(`${subscriber.name} ${stream}`, checkpoint);
      const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#context.say(`${subscriber.name} failed after #${checkpoint} of ${stream} and is called again: ${why}`);
      setTimeout(() => void this.#catchUp(subscriber, stream), this.#context.retryMs).unref();
      return false;
    }
  }

  async #catchUp(subscriber: Subscriber, stream: string): Promise<void> {
    const key = `${subscriber.name} ${stream}`;
    for (;;) {
      const checkpoint = this.#behind.get(key) ?? 0;
      const texts = await this.#context.store.read(stream, checkpoint, CATCH_UP).catch(() => []);
      const events = texts.flatMap((text, index) => parseEvent(text, stream, checkpoint + 1 + index) ?? []);
      this.#behind.delete(key);
      if (events.length === 0 || !this.#handle(subscriber, stream, { events, texts })) return;
      this.#behind.set(key, checkpoint + events.length);
    }
  }
}
