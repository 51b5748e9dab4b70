/** Questions to the hub that wait for their answers. */
import type { FromHub, ToHub } from '../protocol/messages.ts';
import type { Answer, Question } from '../protocol/questions.ts';

/** Longer than the hub takes for any of them, ms. */
const PATIENCE_MS = 20_000;

export class Asking {
  readonly #send: (message: ToHub) => boolean;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #n = 0;

  constructor(send: (message: ToHub) => boolean) {
    this.#send = send;
  }

  /** Never rejects: why there is no answer is its `fault`. */
  ask(about: Question): Promise<Answer> {
    const n = ++this.#n;
    if (!this.#send({ type: 'ask', n, about })) return Promise.resolve({ fault: 'the hub does not answer now' });
    return new Promise((resolve) => {
      const timer = setTimeout(
        () => this.answered({ type: 'answer', n, fault: 'the hub does not answer this; it may be an older version' }),
        PATIENCE_MS,
      );
      this.#waiting.set(n, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
    });
  }

  answered({ n, ...answer }: Extract<FromHub, { type: 'answer' }>): void {
    this.#waiting.get(n)?.(answer);
    this.#waiting.delete(n);
  }

  /** The connection ended: its questions will not be answered. */
  drop(): void {
    for (const n of this.#waiting.keys())
      this.answered({ type: 'answer', n, fault: 'the connection to the hub was lost' });
  }
}
