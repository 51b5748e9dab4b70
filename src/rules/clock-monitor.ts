/** The two clocks from step to step: was the wall clock set, and did nothing run for a while. */

/** Something happened to time itself. `slept`: nothing ran for that long; `jumped`: the wall clock was set by so much. */
export interface ClockEvent {
  readonly kind: 'slept' | 'jumped';
  readonly ms: number;
}

/** A gap between steps beyond three ticks, and never below this, is a sleep. */
const MIN_SLEEP_MS = 5_000;
/** Difference between wall and monotonic clock worth telling; ms. */
export const JUMP_MS = 2_000;
/** Below what the monotonic clock tells apart. */
const CLOCK_GRAIN_MS = 0.001;

export class ClockMonitor {
  /** What was sampled before this monotonic time says nothing: it began then, or slept until then. */
  since: number;
  private lastMono: number;
  private lastWall: number;
  private readonly tickMs: number;

  constructor(tickMs: number, nowMono: number, nowWall: number) {
    this.tickMs = tickMs;
    this.since = nowMono;
    this.lastMono = nowMono;
    this.lastWall = nowWall;
  }

  /** Once a step. `nowMono` never goes back. */
  look(nowMono: number, nowWall: number): ClockEvent[] {
    const gap = nowMono - this.lastMono;
    const drift = nowWall - this.lastWall - gap;
    const events: ClockEvent[] = [];
    if (Math.abs(drift) > JUMP_MS) events.push({ kind: 'jumped', ms: Math.round(drift) });
    // Suspended machines stop the monotonic clock: only the wall clock shows that time went by.
    const away = Math.max(gap, gap + drift);
    if (away > Math.max(MIN_SLEEP_MS, 3 * this.tickMs)) {
      events.push({ kind: 'slept', ms: Math.round(away) });
      // Just behind the last step: a suspended machine's clock may not have moved at all.
      this.since = this.lastMono + CLOCK_GRAIN_MS;
    }
    this.lastMono = nowMono;
    this.lastWall = nowWall;
    return events;
  }
}
