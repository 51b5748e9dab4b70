/** Token buckets by key: each refills at a steady rate up to a burst. What a token is, a message or a millisecond of work, the caller says. */
import type { Clock } from '../protocol/clock.ts';

export class RateLimiter {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #clock: Pick<Clock, 'mono'>;
  readonly #buckets = new Map<string, { left: number; at: number }>();

  constructor(perSecond: number, burst: number, clock: Pick<Clock, 'mono'>) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#clock = clock;
  }

  /** Takes a token. 0: go ahead. Otherwise nothing was taken; how long to wait for one, ms. */
  take(key: string, now = this.#clock.mono()): number {
    const bucket = this.#bucket(key, now);
    if (bucket.left < 1) return this.#waitMs(1 - bucket.left);
    bucket.left--;
    return 0;
  }

  /** Takes what was used already, however much it was. How long until the bucket is not overdrawn any more, ms. */
  charge(key: string, tokens: number): number {
    const bucket = this.#bucket(key, this.#clock.mono());
    bucket.left -= tokens;
    return bucket.left >= 0 ? 0 : this.#waitMs(-bucket.left);
  }

  /** Drops the buckets that are full again, which are as if they had never been used. */
  prune(): void {
    const fullMs = (this.#burst * 1000) / this.#perSecond;
    for (const [key, { left, at }] of this.#buckets)
      if (left >= 0 && this.#clock.mono() - at > fullMs) this.#buckets.delete(key);
  }

  #bucket(key: string, now: number): { left: number; at: number } {
    let bucket = this.#buckets.get(key);
    if (bucket === undefined) this.#buckets.set(key, (bucket = { left: this.#burst, at: now }));
    bucket.left = Math.min(this.#burst, bucket.left + ((now - bucket.at) * this.#perSecond) / 1000);
    bucket.at = now;
    return bucket;
  }

  #waitMs(tokens: number): number {
    return Math.ceil((tokens * 1000) / this.#perSecond);
  }
}
