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
  #asked = Number.NEGATIVE_INFINITY;
  #asking: Promise<void> | null = null;

  constructor(disk: JournalFs, dir: string, min: number, now: () => number) {
    this.#disk = disk;
    this.#dir = dir;
    this.#min = min;
    this.#now = now;
  }

  /** A sentence when `bytes` more would leave too little; else null. */
  async fault(bytes: number): Promise<string | null> {
    const age = this.#now() - this.#asked;
    if (age >= TRUST_MS || age < 0 || this.#free - bytes < this.#min) await this.#ask();
    if (this.#free - bytes < this.#min) {
      this.#refused = Math.max(this.#refused, bytes);
      return this.#words();
    }
    this.#free -= bytes;
    return null;
  }

  /** The same sentence while what was refused would be refused again. */
  async low(): Promise<string | null> {
    await this.#ask();
    if (this.#free - this.#refused < this.#min) return this.#words();
    this.#refused = 0;
    return null;
  }

  #words(): string {
    return `only ${(this.#free / MB).toFixed(1)} MB are free in ${this.#dir}; nothing is written below ${(this.#min / MB).toFixed(1)} MB. Free some space; reading goes on`;
  }

  /** One measurement at a time. */
  #ask(): Promise<void> {
    this.#asking ??= this.#disk
      .free(this.#dir)
      // Unknown: the write itself will fail.
      .catch(() => Number.POSITIVE_INFINITY)
      .then((free) => {
        this.#free = free;
        this.#asked = this.#now();
        this.#asking = null;
      });
    return this.#asking;
  }
}
