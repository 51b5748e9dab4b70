/** The free space of the disk, measured at most once a second. */
import type { JournalFs } from './disk.ts';

const TRUST_MS = 1000;
const MB = 1024 * 1024;

export class Space {
  readonly #disk: JournalFs;
  readonly #dir: string;
  readonly #min: number;
  readonly #now: () => number;
  #free = 0;
  /** The most bytes refused since there was room. */
  #refused = 0;
  #measuredAt = Number.NEGATIVE_INFINITY;

  constructor(disk: JournalFs, dir: string, min: number, now: () => number) {
    this.#disk = disk;
    this.#dir = dir;
    this.#min = min;
    this.#now = now;
  }

  /** A sentence when `bytes` more would leave too little; else null. */
  fault(bytes: number): string | null {
    const age = this.#now() - this.#measuredAt;
    if (age >= TRUST_MS || age < 0 || this.#free - bytes < this.#min) this.#measure();
    if (this.#free - bytes < this.#min) {
      this.#refused = Math.max(this.#refused, bytes);
      return this.#words();
    }
    this.#free -= bytes;
    return null;
  }

  /** The same sentence while what was refused would be refused again. */
  low(): string | null {
    this.#measure();
    if (this.#free - this.#refused < this.#min) return this.#words();
    this.#refused = 0;
    return null;
  }

  #words(): string {
    return `only ${(this.#free / MB).toFixed(1)} MB are free in ${this.#dir}; nothing is written below ${(this.#min / MB).toFixed(1)} MB. Free some space; reading goes on`;
  }

  #measure(): void {
    this.#measuredAt = this.#now();
    try {
      this.#free = this.#disk.free(this.#dir);
    } catch {
      // Unknown: the write itself will fail.
      this.#free = Number.POSITIVE_INFINITY;
    }
  }
}
