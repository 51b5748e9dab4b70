/**
 * Commands that consoles which died had not sent: each console's go over a line of their own, under its identity, and
 * one console's after the other's, so that the record keeps the order they were written in.
 */
import type { FromHub } from '../protocol/messages.ts';
import { Link, type LinkOptions } from './link.ts';
import { Sender, type Keep, type Sending } from './sender.ts';

type Line = Omit<LinkOptions, 'client'>;

export class Inheritance {
  readonly #lines: readonly Inherited[];

  /** `onChange`: something was answered. */
  constructor(keeps: readonly Keep[], options: Line, onChange: () => void) {
    const begun = (keep: Keep): number => keep.waiting()[0]?.at ?? 0;
    this.#lines = keeps
      .toSorted((a, b) => begun(a) - begun(b))
      .map(
        (keep) =>
          new Inherited(keep, options, () => {
            this.start();
            onChange();
          }),
      );
  }

  /** Opens the line of the first that has something to send; the next follows when all of it was answered. */
  start(): void {
    this.#lines.find(({ idle }) => !idle)?.start();
  }

  /** What is not done, in the order it goes out. */
  items(): readonly Sending[] {
    return this.#lines.flatMap(({ sender }) => sender.items().filter(({ state }) => state !== 'done'));
  }

  dismiss(id: string): void {
    for (const { sender } of this.#lines) sender.dismiss(id);
  }

  async close(): Promise<void> {
    await Promise.all(this.#lines.map((line) => line.close()));
  }
}

class Inherited {
  readonly sender: Sender;
  readonly #link: Link;
  #started = false;

  constructor(keep: Keep, options: Line, onChange: () => void) {
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
