/** Polls targets once from this process. */
import { findHub } from '../client/hub-process.ts';
import { atHub } from '../probes/hub-target.ts';
import type { CliContext } from './command.ts';
import { dataDir } from './paths.ts';
import { NO_HUB } from './runtime.ts';
import { startIsolatedPoller } from '../probes/isolated-poller.ts';
import type { Target } from '../probes/probe.ts';
import type { Reading } from '../protocol/reading.ts';
import { oneLine } from '../terminal/text.ts';

/** The longest a poll may take, ms; every probe has shorter limits of its own. */
export const LIMIT_MS = 10_000;

/** `cache (redis) up in 2.1 ms`, or what is wrong. */
export function summary({ target, kind, up, error, durationMs }: Reading): string {
  const how = up
    ? `up in ${durationMs.toFixed(1)} ms`
    : `DOWN: ${error === null ? 'unknown' : `${error.class}: ${oneLine(error.message)}`}`;
  return `${target} (${kind}) ${how}`;
}

/** The first reading of each target, in order, polled as the hub does it. A target that is down does not reject. */
export async function pollOnce(targets: readonly Target[], onReading = () => {}): Promise<readonly Reading[]> {
  if (targets.length === 0) return [];
  const first = new Map<string, Reading>();
  let done: () => void = () => {};
  const all = new Promise<void>((resolve) => (done = resolve));
  const poller = startIsolatedPoller({
    // Optional targets are polled like all others, because their answer is shown.
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

/** The targets with `hub:` replaced by this machine's hub. */
export async function hubTargets(context: CliContext, targets: readonly Target[]): Promise<readonly Target[]> {
  const hub = await findHub(dataDir(context));
  const { url: ws, http, fingerprint } = hub ?? { ...NO_HUB, http: 'http://127.0.0.1:1', fingerprint: null };
  return atHub(targets, { http, ws, fingerprint });
}
