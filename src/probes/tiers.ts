/** Values that are read less often than each poll, and repeated in the readings in between. */
import type { Row, Sample } from '../protocol/reading.ts';
import { ProbeFailure } from './failure.ts';

/** What one answer adds to a reading. */
export interface Part {
  readonly samples?: readonly Sample[];
  readonly rows?: Readonly<Record<string, readonly Row[]>>;
}
export interface Tier<Answer> {
  /** Shown to people when it could not be read. */
  readonly name: string;
  readonly everyMs: number;
  readonly part: (answer: Answer) => Part;
}

export class Tiers<Answer, T extends Tier<Answer>> {
  readonly #tiers: readonly T[];
  readonly #dueAt = new Map<T, number>();
  readonly #read = new Map<T, Part | ProbeFailure>();

  constructor(tiers: readonly T[]) {
    this.#tiers = tiers;
  }

  /** Reads with `ask` the tiers that are due and `isWanted`. Answers all values, and in `unread` the tiers that failed. */
  async read(
    ask: (due: readonly T[]) => Promise<readonly (Answer | ProbeFailure)[]>,
    isWanted: (tier: T) => boolean = () => true,
  ): Promise<Required<Part> & { readonly facts: Readonly<Record<string, string>> }> {
    const now = performance.now();
    const due = this.#tiers.filter((tier) => (this.#dueAt.get(tier) ?? 0) <= now && isWanted(tier));
    const answers = due.length === 0 ? [] : await ask(due);
    for (const [i, answer] of answers.entries()) {
      const tier = due[i]!;
      this.#dueAt.set(tier, performance.now() + tier.everyMs);
      this.#read.set(tier, answer instanceof ProbeFailure ? answer : tier.part(answer));
    }
    const parts = [...this.#read.values()].filter((part): part is Part => !(part instanceof ProbeFailure));
    const unread = [...this.#read].flatMap(([{ name }, part]) =>
      part instanceof ProbeFailure ? [`${name} (${part.failure.message})`] : [],
    );
    return {
      samples: parts.flatMap((part) => part.samples ?? []),
      rows: Object.fromEntries(parts.flatMap((part) => Object.entries(part.rows ?? {}))),
      facts: unread.length === 0 ? {} : { unread: unread.join('; ') },
    };
  }
}
