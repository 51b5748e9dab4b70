/** When a delivery is tried again. Pure. */

/** The first times within 10 s; ms. */
const FIRST_MS = 2_000;
const LONGEST_MS = 5 * 60_000;
const LEAST_MS = 250;
/** What a receiver asks for at most; ms. */
const ASKED_MS = 3_600_000;
/** Pages are given up after a week, anything else after a day. */
const GIVEN_UP = {
  page: { ms: 7 * 24 * 3_600_000, words: '7 days' },
  other: { ms: 24 * 3_600_000, words: '24 hours' },
};

/** Full jitter over a span that doubles; never sooner than the receiver asks. `random`: from 0 to 1. `attempts`: so far. */
export function retryDelay(attempts: number, askedMs: number | undefined, random: number): number {
  const span = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempts - 1, 20));
  return Math.round(Math.max(LEAST_MS, random * span, Math.min(askedMs ?? 0, ASKED_MS)));
}

/** Why it is given up by now, in words; null: it is tried again. */
export function tooOld({ kind, at }: { readonly kind: string; readonly at: string }, now: number): string | null {
  const { ms, words } = GIVEN_UP[kind === 'page' ? 'page' : 'other'];
  return now - Date.parse(at) > ms ? `given up after ${words}` : null;
}
