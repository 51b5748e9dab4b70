/** Time as a dependency: the wall for people and records, the monotonic clock for every span. */

export interface Clock {
  /** Milliseconds since 1970; may jump. */
  wall(): number;
  /** Milliseconds since some start; never jumps. */
  mono(): number;
}

/** The machine's own clocks. */
export const systemClock: Clock = { wall: () => Date.now(), mono: () => performance.now() };
