/** The servers behind websocket targets, and what they count within a moment. */
import { isHub } from '../../probes/hub-target.ts';
import { openTarget } from '../../probes/index.ts';
import type { ProbeSession, Target } from '../../probes/probe.ts';
import { httpSettings } from '../http-request.ts';
import { StepRefusal, type StepContext } from './step.ts';

/** The hub is a websocket target, too, and no server that anybody connects to. Its URLs have its certificate, or none. */
const isOurs = (target: Target): boolean =>
  isHub(target) || Object.hasOwn(httpSettings(target.settings), 'fingerprint');

export function serversOf({ targets }: StepContext): readonly Target[] {
  const servers = targets.filter((target) => target.kind === 'websocket' && !isOurs(target));
  if (servers.length === 0)
    throw new StepRefusal('there is no websocket target but the hub itself: name each server in warroom.yaml');
  return servers;
}

type Reading = Awaited<ReturnType<ProbeSession['poll']>>;

export interface ServerReadings {
  readonly target: Target;
  readonly last: Reading;
  /** Seconds between the two readings. */
  readonly seconds: number;
  /** How much a counter grew; null: the server does not count it. */
  grown(metric: string): number | null;
  value(metric: string): number | null;
}

/** Polls each server twice. */
export async function watch(
  { signal, pause }: Pick<StepContext, 'signal' | 'pause'>,
  servers: readonly Target[],
  ms: number,
): Promise<readonly ServerReadings[]> {
  const opened = await Promise.all(servers.map(openTarget));
  try {
    const poll = () =>
      Promise.all(opened.map(async ({ session }) => ({ reading: await session.poll(signal), at: performance.now() })));
    const before = await poll();
    await pause(ms);
    const after = await poll();
    return servers.map((target, i) => watched(target, before[i], after[i]));
  } finally {
    await Promise.all(opened.map(({ session }) => session.close()));
  }
}

type Polled = { readonly reading: Reading; readonly at: number };

function watched(target: Target, before: Polled | undefined, after: Polled | undefined): ServerReadings {
  if (before === undefined || after === undefined) throw new Error('each server was polled twice');
  const sum = ({ samples }: Reading, metric: string): number | null => {
    const found = samples.filter((sample) => sample.metric === metric);
    return found.length === 0 ? null : found.reduce((all, { value }) => all + value, 0);
  };
  return {
    target,
    last: after.reading,
    seconds: (after.at - before.at) / 1000,
    value: (metric) => sum(after.reading, metric),
    grown(metric) {
      const [first, last] = [sum(before.reading, metric), sum(after.reading, metric)];
      // Less than before: it was started again, and counts from zero.
      return first === null || last === null ? null : last < first ? last : last - first;
    },
  };
}

export const ratePerSecond = (one: ServerReadings, metric: string): number | null => {
  const grown = one.grown(metric);
  return grown === null ? null : grown / one.seconds;
};

/** Null when one of them does not say: a sum without it would be too small. */
export function total(seen: readonly ServerReadings[], of: (one: ServerReadings) => number | null): number | null {
  const values = seen.map(of);
  return values.includes(null) ? null : values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
}
