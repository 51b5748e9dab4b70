/**
 * How long a test waits for what must come, ms. Far longer than it takes: a busy machine is no fault, and what never
 * comes fails just as surely later. `testTimeout` in vitest.config.ts is longer still, so that the sentence of the one
 * who waited is what is printed.
 */
export const PATIENCE_MS = 45_000;

type Nothing = false | null | undefined;

/** Looks again and again until there is something; rejects when patience ends, saying `what` and what `there` is instead. */
export async function until<T>(
  what: string,
  look: () => T | Nothing | Promise<T | Nothing>,
  there: () => string = () => '',
): Promise<T> {
  for (const end = Date.now() + PATIENCE_MS; ;) {
    const found = await look();
    if (found !== false && found !== null && found !== undefined) return found;
    if (Date.now() > end) throw new Error(`never so: ${what}${there() && `; there is:\n${there()}`}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
