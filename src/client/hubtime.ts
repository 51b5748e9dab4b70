/** The hub's clock as this console knows it: the offset told with the shortest round trip of the last few. */
import type { Clock } from '../protocol/clock.ts';

const KEPT = 8;
interface Sample {
  readonly rttMs: number;
  readonly offset: number;
}

export class HubTime {
  readonly #clock: Clock;
  #samples: Sample[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The hub said `now` (ms since 1970) in a message that arrived at `arrived` (monotonic) over a line with this round trip. */
  told(now: number, arrived: number, rttMs: number): void {
    this.#samples = [...this.#samples.slice(1 - KEPT), { rttMs, offset: now + rttMs / 2 - arrived }];
  }

  /** Another hub, or the same one restarted: what was measured before says nothing. */
  forget(): void {
    this.#samples = [];
  }

  /** Hub time, ms since 1970; this machine's own until the hub was heard. */
  now(): number {
    const best = this.#best();
    return best ? this.#clock.mono() + best.offset : this.#clock.wall();
  }

  /** The last round trip, ms; null before the first. */
  get rttMs(): number | null {
    return this.#samples.at(-1)?.rttMs ?? null;
  }

  #best(): Sample | undefined {
    let best: Sample | undefined;
    for (const sample of this.#samples) if (best === undefined || sample.rttMs <= best.rttMs) best = sample;
    return best;
  }
}
