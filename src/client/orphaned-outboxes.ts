/**
 * Commands that consoles left unsent when they died. Each console's go over a line of their own, under its identity,
 * one console after the other, so that the record keeps the order they were written in.
 */
import type { FromHub } from '../protocol/messages.ts';
import { Link, type LinkOptions } from './link.ts';
import { Sender, type CommandStore, type Sending } from './sender.ts';

type Line = Omit<LinkOptions, 'client'>;

/** Where what the dead left is found: the outbox of this console. */
export interface Estate {
  /** What was found so far. */
  others(): readonly CommandStore[];
  /** Looks again; answers what is new. */
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
  constructor(estate: Estate | null, options: Line, onChange: () => void) {
    this.#options = options;
    this.#onChange = onChange;
    this.#take(estate?.others() ?? []);
    this.#looking = estate === null ? null : setInterval(() => void this.#look(estate), ADOPT);
  }

  /** Opens the line of the first that has something to send; the next follows when all of it was answered. */
  start(): void {
    this.#lines.find(({ idle }) => !idle)?.start();
  }

  #take(keeps: readonly CommandStore[]): void {
    const begun = (keep: CommandStore): number => [...keep.refused(), ...keep.waiting()][0]?.at ?? 0;
    for (const keep of keeps.toSorted((a, b) => begun(a) - begun(b)))
      this.#lines.push(
        new OrphanedOutbox(keep, this.#options, () => {
          this.start();
          this.#onChange();
        }),
      );
  }

  async #look(estate: Estate): Promise<void> {
    // A folder that cannot be read now may be later.
    const found = await estate.adopt().catch((): readonly CommandStore[] => []);
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

  constructor(keep: CommandStore, options: Line, onChange: () => void) {
    this.#link = new Link(
      { ...options, client: keep.client, live: false },
      { onMessage: (message) => this.#onMessage(message), onState: () => this.#onState() },
    );
    this.sender = new Sender(
      keep,
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
