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

/** The wall clock is believed when it agrees with the monotonic one so far, ms; or has differed by the same for so long, ms. */
const AGREES_MS = 60_000;
const BELIEVED_MS = 60_000;

/**
 * A wall clock that is set by a day for a moment would date entries that stand for ever. A jump is followed once it has
 * lasted; until then the time goes on as the monotonic clock has it. `say` is told.
 */
export function steady(clock: Clock, say: (line: string) => void): Clock {
  let offset = clock.wall() - clock.mono();
  let jump: { readonly offset: number; readonly since: number } | null = null;
  return {
    mono: () => clock.mono(),
    wall() {
      const [wall, mono] = [clock.wall(), clock.mono()];
      const seen = wall - mono;
      if (Math.abs(seen - offset) < AGREES_MS) {
        [offset, jump] = [seen, null];
        return wall;
      }
      if (jump === null || Math.abs(seen - jump.offset) >= AGREES_MS) {
        jump = { offset: seen, since: mono };
        say(`the clock of this machine was set by ${Math.round((seen - offset) / 1000)} s; followed if it stays so`);
      }
      if (mono - jump.since < BELIEVED_MS) return Math.round(mono + offset);
      [offset, jump] = [seen, null];
      return wall;
    },
  };
}
