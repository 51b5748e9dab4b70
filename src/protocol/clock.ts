/** Time as a dependency: wall time for people and records, monotonic time for every duration. */
import os from 'node:os';

export interface Clock {
  /** Milliseconds since 1970; may jump. */
  wall(): number;
  /** Milliseconds since some start; never goes back, and counts while the machine sleeps. */
  mono(): number;
}

/** How often, in wall time, the time since boot is compared, ms. */
const LOOK_MS = 1000;
/** Shorter differences are ignored, because two clocks cannot be read at the same moment, ms. */
const SLEEP_MS = 2000;

/** Adds time asleep to the monotonic clock, so that data from before the sleep does not look fresh. */
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

export const systemClock: Clock = sleepless(
  { wall: () => Date.now(), mono: () => performance.now() },
  () => os.uptime() * 1000,
);

/** The wall clock is trusted while it keeps this close to the monotonic one, or once a jump has lasted so long; ms. */
const AGREES_MS = 60_000;
const BELIEVED_MS = 60_000;

/** Ignores a jump of the wall clock until it has lasted: a wrong date stays in the record. `say` reports it. */
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
