/** When a delivery is tried again. Pure. */

/** The first times within 10 s; ms. */
const FIRST_MS = 2_000;
const LONGEST_MS = 5 * 60_000;
const LEAST_MS = 250;
/** What a receiver asks for at most; ms. */
const ASKED_MS = 3_600_000;
/** What is no page is given up after this long; ms. */
const GIVEN_UP_MS = 24 * 3_600_000;

/** Full jitter over a span that doubles; never sooner than the receiver asks. `random`: from 0 to 1. `attempts`: so far. */
export function retryDelay(attempts: number, askedMs: number | undefined, random: number): number {
  const span = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempts - 1, 20));
  return Math.round(Math.max(LEAST_MS, random * span, Math.min(askedMs ?? 0, ASKED_MS)));
}

export const isTooOld = ({ kind, at }: { readonly kind: string; readonly at: string }, now: number): boolean =>
  kind !== 'page' && now - Date.parse(at) > GIVEN_UP_MS;
