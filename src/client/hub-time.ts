/** The hub's clock as this console knows it: the offset measured with the shortest of the last round trips. */
import type { Clock } from '../protocol/clock.ts';

const KEPT = 8;
/** A larger deviation than a round trip explains plus this means that the hub's clock was set, ms. */
const SLACK_MS = 500;
/** No message takes longer, because the connection would be down, ms. */
const LATEST_MS = 60_000;
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

  /** The hub sent `now` (ms since 1970); it arrived at `arrived` (monotonic), and the round trip took `rttMs`. */
  told(now: number, arrived: number, rttMs: number): void {
    const best = this.#best();
    const offset = now + rttMs / 2 - arrived;
    if (best && Math.abs(offset - best.offset) > (rttMs + best.rttMs) / 2 + SLACK_MS) this.#samples = [];
    this.#samples = [...this.#samples.slice(1 - KEPT), { rttMs, offset }];
  }

  /** Detects by any message's time that the hub's clock was set: it lies in the future, or too far in the past. */
  heard(now: number, arrived: number): void {
    const best = this.#best();
    if (best === undefined) return;
    const ahead = now - arrived - best.offset;
    if (ahead <= best.rttMs + SLACK_MS && ahead >= -LATEST_MS) return;
    this.#samples = [{ rttMs: best.rttMs, offset: best.offset + ahead }];
  }

  /** For another or a restarted hub, whose clock is unrelated. */
  forget(): void {
    this.#samples = [];
  }

  /** Hub time, ms since 1970; this machine's time until the hub was heard. */
  now(): number {
    const best = this.#best();
    return best ? this.#clock.mono() + best.offset : this.#clock.wall();
  }

  /** What the hub's clock showed when this machine's showed `wall`; both ms since 1970. */
  at(wall: number): number {
    return this.now() - (this.#clock.wall() - wall);
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
