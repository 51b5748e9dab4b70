/** Commands that a console which died had not sent: they go over a line of their own, under that console's identity. */
import type { FromHub } from '../protocol/messages.ts';
import { Link, type LinkOptions } from './link.ts';
import { Sender, type Keep } from './sender.ts';

export class Inherited {
  readonly sender: Sender;
  readonly #link: Link;

  /** `onChange`: something was answered; once all is, the line closes by itself. */
  constructor(keep: Keep, options: Omit<LinkOptions, 'client'>, onChange: () => void) {
    this.#link = new Link(
      { ...options, client: keep.client, live: false },
      { onMessage: (message) => this.#onMessage(message), onState: () => this.#onState() },
    );
    this.sender = new Sender(
      keep,
      (message) => this.#link.send(message),
      () => {
        if (this.sender.idle) void this.#link.close();
        onChange();
      },
    );
  }

  start(): void {
    if (!this.sender.idle) this.#link.start();
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
