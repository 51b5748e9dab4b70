/**
 * Sends the commands of consoles that died, each console's over its own connection and identity, one console after the
 * other, so that the record keeps the order in which they were written.
 */
import type { Outbox } from '../log/outbox.ts';
import { Link, type LinkOptions } from './link.ts';
import { Sender, type CommandStore, type Sending } from './sender.ts';

/** How often new orphans are looked for, such as those of shell commands while the hub was away, ms. */
const ADOPT = 2_000;

export class OrphanedOutboxes {
  readonly #lines: ReturnType<typeof lineOf>[] = [];
  readonly #options: Omit<LinkOptions, 'client'>;
  readonly #onChange: () => void;
  readonly #looking: NodeJS.Timeout | null;
  #closed = false;

  constructor(
    source: Pick<Outbox, 'others' | 'adopt'> | null,
    options: Omit<LinkOptions, 'client'>,
    onChange: () => void,
  ) {
    this.#options = options;
    this.#onChange = onChange;
    this.#take(source?.others() ?? []);
    this.#looking = source === null ? null : setInterval(() => void this.#look(source), ADOPT);
  }

  /** Connects for the first that has something to send; the next follows when all of it is answered. */
  start(): void {
    this.#lines.find(({ sender }) => !sender.idle)?.link.start();
  }

  #take(stores: readonly CommandStore[]): void {
    const begun = (store: CommandStore): number => [...store.refused(), ...store.waiting()][0]?.at ?? 0;
    for (const store of stores.toSorted((a, b) => begun(a) - begun(b)))
      this.#lines.push(
        lineOf(store, this.#options, () => {
          this.start();
          this.#onChange();
        }),
      );
  }

  async #look(source: Pick<Outbox, 'adopt'>): Promise<void> {
    // A folder that cannot be read now is tried again later.
    const found = await source.adopt().catch((): readonly CommandStore[] => []);
    if (this.#closed || found.length === 0) return;
    this.#take(found);
    this.start();
    this.#onChange();
  }

  /** What is not acknowledged, in the order of sending. */
  items(): readonly Sending[] {
    return this.#lines.flatMap(({ sender }) => sender.items().filter(({ state }) => state !== 'done'));
  }

  dismiss(id: string): void {
    for (const { sender } of this.#lines) sender.dismiss(id);
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#looking !== null) clearInterval(this.#looking);
    for (const { sender } of this.#lines) sender.close();
    await Promise.all(this.#lines.map(({ link }) => link.close()));
  }
}

/** Sends the commands of one store over its own connection, which closes when all are answered. */
function lineOf(store: CommandStore, options: Omit<LinkOptions, 'client'>, onChange: () => void) {
  const link = new Link(
    { ...options, client: store.client, live: false },
    {
      onMessage(message) {
        if (message.type === 'ack' || message.type === 'nack' || message.type === 'done') sender.answered(message);
      },
      onState: () => (link.status.state === 'live' ? sender.resume() : sender.suspend()),
    },
  );
  const sender = new Sender(
    store,
    (message) => link.send(message),
    () => {
      if (sender.idle) void link.close();
      onChange();
    },
  );
  return { sender, link };
}
