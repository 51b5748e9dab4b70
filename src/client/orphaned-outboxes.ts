/**
 * Commands that consoles left unsent when they died. Each console's go over a line of their own, under its identity,
 * one console after the other, so that the record stores the order they were written in.
 */
import type { FromHub } from '../protocol/messages.ts';
import { Link, type LinkOptions } from './link.ts';
import { Sender, type CommandStore, type Sending } from './sender.ts';

type Line = Omit<LinkOptions, 'client'>;

/** Finds the outboxes of consoles that have ended; this console's own outbox does. */
export interface OutboxSource {
  /** The outboxes found so far. */
  others(): readonly CommandStore[];
  /** Looks again; resolves with the outboxes found since. */
  adopt(): Promise<readonly CommandStore[]>;
}

/** How often it is asked whether somebody left commands since, such as a shell command while the hub was away; ms. */
const ADOPT = 2_000;

export class OrphanedOutboxes {
  readonly #lines: OrphanedOutbox[] = [];
  readonly #options: Line;
  readonly #onChange: () => void;
  readonly #looking: NodeJS.Timeout | null;
  #closed = false;

  /** `onChange`: something was found or answered. */
  constructor(source: OutboxSource | null, options: Line, onChange: () => void) {
    this.#options = options;
    this.#onChange = onChange;
    this.#take(source?.others() ?? []);
    this.#looking = source === null ? null : setInterval(() => void this.#look(source), ADOPT);
  }

  /** Opens the line of the first that has something to send; the next follows when all of it was answered. */
  start(): void {
    this.#lines.find(({ idle }) => !idle)?.start();
  }

  #take(stores: readonly CommandStore[]): void {
    const begun = (store: CommandStore): number => [...store.refused(), ...store.waiting()][0]?.at ?? 0;
    for (const store of stores.toSorted((a, b) => begun(a) - begun(b)))
      this.#lines.push(
        new OrphanedOutbox(store, this.#options, () => {
          this.start();
          this.#onChange();
        }),
      );
  }

  async #look(source: OutboxSource): Promise<void> {
    // A folder that cannot be read now may be later.
    const found = await source.adopt().catch((): readonly CommandStore[] => []);
    if (this.#closed || found.length === 0) return;
    this.#take(found);
    this.start();
    this.#onChange();
  }

  /** What is not done, in the order it goes out. */
  items(): readonly Sending[] {
    return this.#lines.flatMap(({ sender }) => sender.items().filter(({ state }) => state !== 'done'));
  }

  dismiss(id: string): void {
    for (const { sender } of this.#lines) sender.dismiss(id);
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#looking !== null) clearInterval(this.#looking);
    await Promise.all(this.#lines.map((line) => line.close()));
  }
}

class OrphanedOutbox {
  readonly sender: Sender;
  readonly #link: Link;
  #started = false;

  constructor(store: CommandStore, options: Line, onChange: () => void) {
    this.#link = new Link(
      { ...options, client: store.client, live: false },
      { onMessage: (message) => this.#onMessage(message), onState: () => this.#onState() },
    );
    this.sender = new Sender(
      store,
      (message) => this.#link.send(message),
      () => {
        if (this.idle) void this.#link.close();
        onChange();
      },
    );
  }

  /** All was answered. */
  get idle(): boolean {
    return this.sender.idle;
  }

  start(): void {
    if (!this.#started) this.#link.start();
    this.#started = true;
  }

  close(): Promise<void> {
    this.sender.close();
    return this.#link.close();
  }

  #onMessage(message: FromHub): void {
    if (message.type === 'ack' || message.type === 'nack' || message.type === 'done') this.sender.answered(message);
  }

  #onState(): void {
    if (this.#link.state === 'live') this.sender.resume();
    else this.sender.suspend();
  }
}
