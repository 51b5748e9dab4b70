/** Token buckets by key; a token may be a message or a millisecond of work. */
import type { Clock } from '../protocol/clock.ts';

/** Buckets that are kept without looking which of them are full. */
const PRUNE_AT = 1_000;

export class RateLimiter {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #clock: Pick<Clock, 'mono'>;
  readonly #buckets = new Map<string, { left: number; at: number }>();
  #pruneAt = PRUNE_AT;

  constructor(perSecond: number, burst: number, clock: Pick<Clock, 'mono'>) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#clock = clock;
  }

  /** Takes a token. 0: taken; else the wait for one, ms. */
  take(key: string, now = this.#clock.mono()): number {
    const bucket = this.#bucket(key, now);
    if (bucket.left < 1) return this.#waitMs(1 - bucket.left);
    bucket.left--;
    return 0;
  }

  /** Takes tokens already used, even below zero. Answers the time until the bucket is not negative, ms. */
  charge(key: string, tokens: number): number {
    const bucket = this.#bucket(key, this.#clock.mono());
    bucket.left -= tokens;
    return bucket.left >= 0 ? 0 : this.#waitMs(-bucket.left);
  }

  /** Drops full buckets, which equal unused ones, so that others are at most as many again. */
  #prune(now: number): void {
    for (const [key, bucket] of this.#buckets) if (this.#leftAt(bucket, now) === this.#burst) this.#buckets.delete(key);
    this.#pruneAt = Math.max(PRUNE_AT, this.#buckets.size * 2);
  }

  #leftAt({ left, at }: { readonly left: number; readonly at: number }, now: number): number {
    return Math.min(this.#burst, left + ((now - at) * this.#perSecond) / 1000);
  }

  #bucket(key: string, now: number): { left: number; at: number } {
    let bucket = this.#buckets.get(key);
    if (bucket === undefined) {
      if (this.#buckets.size >= this.#pruneAt) this.#prune(now);
      this.#buckets.set(key, (bucket = { left: this.#burst, at: now }));
    }
    bucket.left = this.#leftAt(bucket, now);
    bucket.at = now;
    return bucket;
  }

  #waitMs(tokens: number): number {
    return Math.ceil((tokens * 1000) / this.#perSecond);
  }
}
