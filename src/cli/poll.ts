/** Targets as this process polls them, once, and what is said of a reading. */
import { findHub } from '../client/hub-process.ts';
import { atHub } from '../probes/hub-target.ts';
import type { CliContext } from './command.ts';
import { dataDir } from './paths.ts';
import { startIsolatedPoller } from '../probes/isolated-poller.ts';
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

/** The first reading of each target, in their order, polled as the hub does it. Never rejects for a target that is down. */
export async function pollOnce(targets: readonly Target[], onReading = () => {}): Promise<readonly Reading[]> {
  if (targets.length === 0) return [];
  const first = new Map<string, Reading>();
  let done: () => void = () => {};
  const all = new Promise<void>((resolve) => (done = resolve));
  const poller = startIsolatedPoller({
    // A guess is polled like any other here: what it answers is said.
    targets: targets.map((target) => ({ ...target, optional: false })),
    onReading(reading) {
      if (first.has(reading.target)) return;
      first.set(reading.target, reading);
      onReading();
      if (first.size === targets.length) done();
    },
  });
  await all;
  await poller.close();
  return targets.flatMap(({ name }) => first.get(name) ?? []);
}

/** Where `hub:` points while no hub runs: no hub can listen there, so that no other one's answer is taken for it. */
const NOWHERE = { http: 'http://127.0.0.1:1', ws: 'ws://127.0.0.1:1', fingerprint: null };

export async function hubTargets(context: CliContext, targets: readonly Target[]): Promise<readonly Target[]> {
  const hub = await findHub(dataDir(context));
  return atHub(targets, hub === null ? NOWHERE : { http: hub.http, ws: hub.url, fingerprint: hub.fingerprint });
}
