/** Time as a dependency: the wall for people and records, the monotonic clock for every span. */
import os from 'node:os';

export interface Clock {
  /** Milliseconds since 1970; may jump. */
  wall(): number;
  /** Milliseconds since some start; never jumps back, and goes on while the machine sleeps. */
  mono(): number;
}

/** The time since boot is looked at when this much of the wall's went by, ms. */
const LOOK_MS = 1000;
/** A shorter sleep is none: two clocks cannot be read at once, ms. */
const SLEEP_MS = 2000;

/**
 * A suspended machine stops its monotonic clock, and a screen that wakes would show what is an hour old as fresh. The
 * time since boot goes on: what it gained is added.
 */
export function sleepless(clock: Clock, uptimeMs: () => number): Clock {
  const base = uptimeMs() - clock.mono();
  let lookedAt = clock.wall();
  let slept = 0;
  return {
    wall: () => clock.wall(),
    mono() {
      const wall = clock.wall();
      if (Math.abs(wall - lookedAt) >= LOOK_MS) {
        lookedAt = wall;
        const away = uptimeMs() - clock.mono() - base;
        if (away - slept >= SLEEP_MS) slept = away;
      }
      return clock.mono() + slept;
    },
  };
}

/** The machine's own clocks. */
export const systemClock: Clock = sleepless(
  { wall: () => Date.now(), mono: () => performance.now() },
  () => os.uptime() * 1000,
);
