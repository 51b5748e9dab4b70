/** One poll of one target from the shell, and what is said of it. */
import { openTarget } from '../probes/index.ts';
import type { Target } from '../probes/probe.ts';
import type { Reading } from '../protocol/reading.ts';
import { oneLine } from '../terminal/text.ts';

/** One poll may take this long, ms; every probe has shorter limits of its own. */
export const LIMIT_MS = 10_000;

/** `redis up in 2.1 ms`, or what is wrong. */
export function summary({ target, kind, up, error, durationMs }: Reading): string {
  const how = up
    ? `up in ${durationMs.toFixed(1)} ms`
    : `DOWN: ${error === null ? 'unknown' : `${error.class}: ${oneLine(error.message)}`}`;
  return `${target} (${kind}) ${how}`;
}

/** Opens a session, polls, closes. Never rejects for a target that is down. */
export async function pollOnce(target: Target): Promise<Reading> {
  const { session } = await openTarget(target);
  try {
    return await session.poll(AbortSignal.timeout(LIMIT_MS));
  } finally {
    await session.close();
  }
}
