/** Compares the wall clock with the monotonic one at each step: detects that the clock was set or the process slept. */

/** `slept`: the process did not run for that long. `jumped`: the wall clock was set by that much. */
export interface ClockEvent {
  readonly kind: 'slept' | 'jumped';
  readonly ms: number;
}

/** A gap between steps of more than three ticks, and at least this long, counts as sleep. */
const MIN_SLEEP_MS = 5_000;
/** A smaller difference between the clocks is not reported, ms. */
export const JUMP_MS = 2_000;
/** Less than the resolution of the monotonic clock, ms. */
const CLOCK_GRAIN_MS = 0.001;

export class ClockMonitor {
  /** Samples from before this monotonic time are not used: the process started or slept then. */
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
    // The monotonic clock stops while a machine is suspended; the wall clock does not.
    const away = Math.max(gap, gap + drift);
    if (away > Math.max(MIN_SLEEP_MS, 3 * this.tickMs)) {
      events.push({ kind: 'slept', ms: Math.round(away) });
      // Just after the last step: the monotonic clock may not have advanced since.
      this.since = this.lastMono + CLOCK_GRAIN_MS;
    }
    this.lastMono = nowMono;
    this.lastWall = nowWall;
    return events;
  }
}
