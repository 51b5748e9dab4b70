/**
 * How long a test waits for what must come, ms. Far longer than it takes: a busy machine is no fault, and what never
 * comes fails just as surely later. `testTimeout` in vitest.config.ts is longer still, so that the sentence of the one
 * who waited is what is printed.
 */
export const PATIENCE_MS = 45_000;
