/** The ratio of two counters over the last seconds: totals since the start hide what happens now. */

const WINDOW_MS = 10_000;

export class RatioWindow {
  readonly #least: number;
  #instanceId: string | null = null;
  #points: { readonly at: number; readonly hits: number; readonly misses: number }[] = [];

  /** `least`: number of events in the window below which there is no ratio. */
  constructor(least: number) {
    this.#least = least;
  }

  /** Hits / (hits + misses) in the window that ends at `at` (ms, monotonic); null when it is too short or too empty. */
  add(at: number, instanceId: string | null, hits: number | null, misses: number | null): number | null {
    if (hits === null || misses === null) return null;
    const last = this.#points.at(-1);
    const isReset = last !== undefined && (hits < last.hits || misses < last.misses);
    if (isReset || instanceId !== this.#instanceId) this.#points = [];
    this.#instanceId = instanceId;
    this.#points.push({ at, hits, misses });
    while ((this.#points[1]?.at ?? Infinity) <= at - WINDOW_MS) this.#points.shift();
    const first = this.#points[0];
    if (first === undefined || first.at > at - WINDOW_MS) return null;
    const total = hits - first.hits + misses - first.misses;
    return total < this.#least ? null : (hits - first.hits) / total;
  }
}
