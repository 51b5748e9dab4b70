/** Detects, from the wall and the monotonic clock, that the clock was set or the process slept. */

/** `slept`: the process did not run for that long; `jumped`: the wall clock was set by that much. */
export interface ClockEvent {
  readonly kind: 'slept' | 'jumped';
  readonly ms: number;
}

/** A gap of more than three ticks, and of at least this, counts as sleep. */
const MIN_SLEEP_MS = 5_000;
/** Smaller differences between the clocks are ignored, ms. */
export const JUMP_MS = 2_000;
const CLOCK_GRAIN_MS = 0.001;

export class ClockMonitor {
  /** Samples from before this monotonic time are ignored: the process started or slept then. */
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

  /** To be called once a step. `nowMono` never goes back. */
  look(nowMono: number, nowWall: number): ClockEvent[] {
    const gap = nowMono - this.lastMono;
    const drift = nowWall - this.lastWall - gap;
    const events: ClockEvent[] = [];
    if (Math.abs(drift) > JUMP_MS) events.push({ kind: 'jumped', ms: Math.round(drift) });
    // The monotonic clock stops while a machine is suspended; the wall clock does not.
    const away = Math.max(gap, gap + drift);
    if (away > Math.max(MIN_SLEEP_MS, 3 * this.tickMs)) {
      events.push({ kind: 'slept', ms: Math.round(away) });
      // Just after the last step.
      this.since = this.lastMono + CLOCK_GRAIN_MS;
    }
    this.lastMono = nowMono;
    this.lastWall = nowWall;
    return events;
  }
}
