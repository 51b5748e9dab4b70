/** Chance that can be repeated. */

/** The seed of this run. vitest.config.ts chooses one and the run prints it; `WARROOM_SEED=N npx vitest run FILE` repeats it. */
export const SEED = Number(process.env['WARROOM_SEED'] ?? 1);

/** Small and fast random numbers in [0, 1) from a seed (mulberry32), so that a failure can be repeated. */
export function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Random numbers from the seed of this run, for whatever needs no sequence of its own. */
export const chance = randomFrom(SEED);
