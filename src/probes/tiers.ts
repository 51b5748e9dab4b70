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
/** All parts together; `facts.unread` names the tiers that could not be read, and why. */
export interface Slow {
  readonly samples: readonly Sample[];
  readonly rows: Readonly<Record<string, readonly Row[]>>;
  readonly facts: Readonly<Record<string, string>>;
}

/** The tiers of one connection. */
export class Tiers<Answer, T extends Tier<Answer> = Tier<Answer>> {
  readonly #tiers: readonly T[];
  readonly #dueAt = new Map<T, number>();
  readonly #kept = new Map<T, Part | ProbeFailure>();

  constructor(tiers: readonly T[]) {
    this.#tiers = tiers;
  }

  due(): readonly T[] {
    const now = performance.now();
    return this.#tiers.filter((tier) => (this.#dueAt.get(tier) ?? 0) <= now);
  }

  /** Stores the answer until the tier is due again. A failure replaces earlier values. */
  keep(tier: T, answer: Answer | ProbeFailure): void {
    this.#dueAt.set(tier, performance.now() + tier.everyMs);
    this.#kept.set(tier, answer instanceof ProbeFailure ? answer : tier.part(answer));
  }

  known(): Slow {
    const parts = this.#tiers.map((tier) => [tier, this.#kept.get(tier)] as const);
    const read = parts.flatMap(([, part]) => (part === undefined || part instanceof ProbeFailure ? [] : [part]));
    const unread = parts.flatMap(([{ name }, part]) =>
      part instanceof ProbeFailure ? [`${name} (${part.failure.message})`] : [],
    );
    return {
      samples: read.flatMap((part) => part.samples ?? []),
      rows: Object.assign({}, ...read.map((part) => part.rows ?? {})) as Slow['rows'],
      facts: unread.length === 0 ? {} : { unread: unread.join('; ') },
    };
  }
}
