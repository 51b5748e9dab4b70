/** Commands waiting for their turn in a room: bounded in number and in characters. */
import type { Limits } from './limits.ts';
import { sizeOf, type Result, type Submission } from './submission.ts';

/** A submitted command and who waits for its result. */
export interface Pending<C> {
  readonly submission: Submission<C>;
  readonly size: number;
  readonly settle: (result: Result) => void;
}

export class CommandQueue<C extends object> {
  readonly #limits: Pick<Limits, 'queue' | 'queueLength' | 'perTurn' | 'frame'>;
  #pending: Pending<C>[] = [];
  #size = 0;

  constructor(limits: Pick<Limits, 'queue' | 'queueLength' | 'perTurn' | 'frame'>) {
    this.#limits = limits;
  }

  get length(): number {
    return this.#pending.length;
  }

  /** False: there is no room for one more. */
  add(submission: Submission<C>, settle: Pending<C>['settle']): boolean {
    if (this.#pending.length >= this.#limits.queue || this.#size >= this.#limits.queueLength) return false;
    const size = sizeOf(submission.command);
    this.#size += size;
    this.#pending.push({ submission, size, settle });
    return true;
  }

  /** Puts back at the front what has to be decided again. */
  putBack(pending: readonly Pending<C>[]): void {
    this.#pending = [...pending, ...this.#pending];
    for (const { size } of pending) this.#size += size;
  }

  /** What one turn decides: few enough and short enough that nobody else waits long. */
  takeTurn(): readonly Pending<C>[] {
    let [count, size] = [0, 0];
    for (const pending of this.#pending) {
      if (count >= this.#limits.perTurn || size >= this.#limits.frame) break;
      size += pending.size;
      count++;
    }
    this.#size -= size;
    return this.#pending.splice(0, count);
  }

  takeAll(): readonly Pending<C>[] {
    this.#size = 0;
    return this.#pending.splice(0);
  }
}
