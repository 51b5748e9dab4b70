/** How long to wait before the next attempt: full jitter, so that a crowd does not come back in step. */

const BASE = 500;
const CAP = 30_000;

/** Milliseconds before attempt number `attempt` (0 is the first after a loss). `random` is in [0, 1). */
export const backoff = (attempt: number, random: number): number => random * Math.min(CAP, BASE * 2 ** attempt);
