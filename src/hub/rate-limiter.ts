/** Token buckets by key, which spread over time what comes at once. */
import type { Clock } from '../protocol/clock.ts';

export class RateLimiter {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #clock: Clock;
  readonly #rateLimiter = new Map<string, { left: number; at: number }>();

  constructor(perSecond: number, burst: number, clock: Clock) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#clock = clock;
  }

  /** 0: go ahead. Otherwise how long to wait, ms. */
  take(key: string): number {
    const now = this.#clock.mono();
    let bucket = this.#rateLimiter.get(key);
    if (bucket === undefined) this.#rateLimiter.set(key, (bucket = { left: this.#burst, at: now }));
    bucket.left = Math.min(this.#burst, bucket.left + ((now - bucket.at) * this.#perSecond) / 1000);
    bucket.at = now;
    if (bucket.left < 1) return Math.ceil(((1 - bucket.left) * 1000) / this.#perSecond);
    bucket.left--;
    return 0;
  }

  /** Forgets the buckets that are full again. */
  prune(): void {
    const full = (this.#burst * 1000) / this.#perSecond;
    for (const [key, { at }] of this.#rateLimiter) if (this.#clock.mono() - at > full) this.#rateLimiter.delete(key);
  }
}
