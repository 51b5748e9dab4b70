/** Polls every target at its own interval. A target that hangs delays no other and is reported at each interval. */
import { errorMessage } from '../incident/words.ts';
import { crc32 } from 'node:zlib';
import type { Reading } from '../protocol/reading.ts';
import { timedOut, unknownFailure, within, type Failure } from './failure.ts';
import { openTarget } from './index.ts';
import { InspectionRun } from './inspection.ts';
import type { Probe, ProbeSession, Target } from './probe.ts';
import { counters, readingOf } from './session.ts';

export interface PollerOptions {
  readonly targets: readonly Target[];
  /** Called at least once per target and interval, also when a poll failed or hangs. */
  readonly onReading: (reading: Reading) => void;
  readonly random?: () => number;
  /** Called around all work for a target: a poll, or the start of an inspection. */
  readonly around?: <T>(target: string, work: () => Promise<T>) => Promise<T>;
  /** Whether a target's session is closed after each poll, so that nothing happens in between. */
  readonly closesAfterPoll?: (target: string) => boolean;
}
export interface Poller {
  /** Begins an inspection of one target and answers in words; its results come with the target's readings. */
  inspect(target: string): Promise<PollerInspection>;
  /** Replaces the targets. A target with unchanged settings keeps its session. */
  retarget(targets: readonly Target[]): void;
  /** Drops the session of a target whose client library threw an error that nothing awaited, and reports it as down. */
  crashed(target: string, error: unknown): void;
  /** Ends every session. No reading is given afterwards. */
  close(): Promise<void>;
}

export type PollerInspection = { readonly said: string } | { readonly refused: string };

export function startPoller(options: PollerOptions): Poller {
  let loops = options.targets.map((target) => new Loop(target, options));
  const ending = new Set<Promise<void>>();
  const named = (name: string): Loop | undefined => loops.find((loop) => loop.target.name === name);
  return {
    inspect: async (target) => (await named(target)?.inspect()) ?? { refused: `there is no target ${target}` },
    retarget: (targets) => {
      const before = new Map(loops.map((loop) => [JSON.stringify(loop.target), loop]));
      loops = targets.map((target) => {
        const key = JSON.stringify(target);
        const known = before.get(key);
        before.delete(key);
        return known ?? new Loop(target, options);
      });
      for (const loop of before.values()) {
        const ended = loop.close().catch(() => {});
        ending.add(ended);
        void ended.finally(() => ending.delete(ended));
      }
    },
    crashed: (target, error) => named(target)?.crashed(error),
    close: async () => void (await Promise.allSettled([...loops.map((loop) => loop.close()), ...ending])),
  };
}

const BACKOFF_S = [1, 2, 4, 8, 15];
/** Time limit of a poll in intervals. A failure is reported within three: up to one until the next poll, the rest for it. */
const DEADLINE = 1.9;

class Loop {
  readonly target: Target;
  readonly #options: PollerOptions;
  readonly #inspection = new InspectionRun();
  #probe: Probe | null = null;
  #session: ProbeSession | null = null;
  #timer: NodeJS.Timeout;
  #abort: AbortController | null = null;
  #latest: Reading | null = null;
  #isClosed = false;
  /** A poll is running, also one that has exceeded its time limit. */
  #isBusy = false;
  #skipped = 0;
  #isRepeated = false;
  #wasUp = false;
  #failures = 0;
  #retryAt = 0;
  /** Ends the wait for a poll whose session crashed. */
  #giveUp: (failed: Reading) => void = () => {};

  /** Polls at once, then each interval, at an offset that depends on the name: targets are spread over the interval. */
  constructor(target: Target, options: PollerOptions) {
    this.target = target;
    this.#options = options;
    const { name, intervalMs } = target;
    const phase = crc32(name) % intervalMs;
    const first = intervalMs - ((performance.now() + intervalMs - phase) % intervalMs);
    this.#timer = setTimeout(() => {
      this.#timer = setInterval(() => this.#tick(), intervalMs);
      if (!this.#isBusy) this.#tick();
    }, first);
    this.#tick();
  }

  async inspect(): Promise<PollerInspection> {
    const { name, kind } = this.target;
    const session = this.#session;
    const inspect = session?.inspect?.bind(session);
    if (session !== null && inspect === undefined) return { refused: `${kind} targets cannot be inspected` };
    if (inspect === undefined || this.#latest?.up !== true) return { refused: `${name} does not answer` };
    const { instanceId } = this.#latest;
    const { failure, isDone, seen } = await this.#around(() => this.#inspection.start(inspect, instanceId));
    if (failure !== null) return { refused: `${name}: ${failure.message}` };
    const what = this.#probe?.inspects ?? 'more';
    return { said: `looked for ${what} on ${name}: ${seen}${isDone ? '' : ' so far'}; its panel, zoomed, shows them` };
  }

  #tick(): void {
    if (this.#isClosed) return;
    if (this.#isBusy) {
      this.#skipped++;
      return;
    }
    if (this.#latest !== null && performance.now() < this.#retryAt) {
      // For a target that may not exist every second repetition is enough to keep it from becoming stale.
      this.#isRepeated = this.#latest.facts['absent'] !== undefined && !this.#isRepeated;
      if (this.#isRepeated) return;
      const retry = `next try in ${Math.ceil((this.#retryAt - performance.now()) / 1000)} s`;
      return this.#give({ ...this.#latest, at: Date.now(), facts: { ...this.#latest.facts, retry } });
    }
    this.#isBusy = true;
    void this.#around(() => this.#poll()).finally(() => (this.#isBusy = false));
  }

  #around<T>(work: () => Promise<T>): Promise<T> {
    const { around } = this.#options;
    return around === undefined ? work() : around(this.target.name, work);
  }

  crashed(error: unknown): void {
    const why = errorMessage(error);
    const failure = { class: 'protocol', message: `what it answers cannot be read: ${why}` } as const;
    this.#inspection.stop();
    void this.#closeSession().catch(() => {});
    const failed = this.#failed(performance.now(), failure);
    if (this.#isBusy) this.#giveUp(failed);
    else this.#take(failed);
  }

  async #poll(): Promise<void> {
    const { name, intervalMs } = this.target;
    if (this.#session === null) ({ probe: this.#probe, session: this.#session } = await openTarget(this.target));
    const session = this.#session;
    if (this.#isClosed) return;
    const startedAt = performance.now();
    const abort = (this.#abort = new AbortController());
    const polled = session.poll(abort.signal).catch((error: unknown) => this.#failed(startedAt, unknownFailure(error)));
    const crash = new Promise<Reading>((done) => (this.#giveUp = done));
    const ended = Promise.race([polled, crash]);
    const endedWithin = (ms: number): Promise<Reading | null> => within(ended, () => 'poll', ms).catch(() => null);
    const late = (): Reading => this.#failed(startedAt, timedOut('poll', performance.now() - startedAt));
    // Sessions have a shorter time limit and name the phase; this is for one that does not keep it.
    let reading = await endedWithin(DEADLINE * intervalMs);
    if (reading === null) abort.abort();
    this.#take(reading ?? late());
    // A poll that does not end is not started again; each interval reports it.
    while (reading === null && !this.#isClosed) {
      reading = await endedWithin(intervalMs);
      if (reading === null) this.#take(late());
    }
    if (this.#options.closesAfterPoll?.(name) === true) await this.#closeSession().catch(() => {});
  }

  async #closeSession(): Promise<void> {
    const session = this.#session;
    this.#session = null;
    await session?.close();
  }

  #failed(startedAt: number, failure: Failure): Reading {
    return readingOf(this.target, startedAt, { failure, samples: [] });
  }

  #take(reading: Reading): void {
    const { up, error } = reading;
    if (up) this.#wasUp = true;
    const isBackoff = error?.class === 'protocol' || (this.#probe?.isHeld === true && error?.phase === 'connect');
    this.#failures = isBackoff ? this.#failures + 1 : 0;
    if (isBackoff) {
      const seconds = BACKOFF_S[Math.min(this.#failures, BACKOFF_S.length) - 1] ?? 15;
      this.#retryAt = performance.now() + seconds * 1000 * (0.5 + (this.#options.random ?? Math.random)() / 2);
    }
    const inspects = this.#probe?.inspects;
    const absent = this.target.optional === true && !this.#wasUp ? hintOf(reading, this.target) : null;
    const facts = { ...reading.facts, ...(inspects !== undefined && { inspects }), ...(absent !== null && { absent }) };
    const skipped = this.#skipped === 0 ? [] : counters({ probe_skipped_total: this.#skipped });
    // Without samples no rule can fire for a target that may not exist; panels show the fact `absent`.
    const samples = absent === null ? [...reading.samples, ...skipped] : [];
    this.#give({ ...reading, facts, samples, at: Date.now() });
  }

  #give(reading: Reading): void {
    if (this.#isClosed) return;
    this.#latest = this.#inspection.add(reading);
    this.#options.onReading(this.#latest);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#abort?.abort();
    this.#inspection.stop();
    await this.#session?.close();
  }
}

/** Advice for an `optional` target that does not exist or refuses us; null for any other failure. */
function hintOf({ error }: Reading, target: Target): string | null {
  if (error?.class === 'refused') return `no server${addressOf(target)}: name one under targets: in warroom.yaml`;
  if (error?.class === 'auth' || error?.class === 'db_missing')
    return `a server${addressOf(target)} does not let us in: give its url, with user and password, in warroom.yaml`;
  return null;
}

/** ` at host:port`, without user and password; empty for a target without a URL. */
function addressOf({ settings }: Target): string {
  const url = typeof settings === 'object' && settings !== null && 'url' in settings ? settings.url : null;
  const host = typeof url === 'string' && URL.canParse(url) ? new URL(url).host : '';
  return host === '' ? '' : ` at ${host}`;
}
