/** Polls every target at its own interval. A target that hangs delays nobody else and is reported all the same. */
import type { Reading } from '../protocol/reading.ts';
import { InspectionRun } from './inspection.ts';
import { timedOut, unknownFailure, type Failure } from './failure.ts';
import { openTarget } from './index.ts';
import type { Probe, ProbeSession, Target } from './probe.ts';
import { readingOf } from './session.ts';

export interface PollerOptions {
  readonly targets: readonly Target[];
  /** Called once per target and interval at least, also when a poll failed or hangs. */
  readonly onReading: (reading: Reading) => void;
  /** Wall clock, ms since 1970; a reading's `at`. */
  readonly clock?: () => number;
  /** 0 to 1, for the jitter of the backoff. */
  readonly random?: () => number;
  /** Called around everything that is done for a target: one poll, or a closer look. */
  readonly around?: <T>(target: string, work: () => Promise<T>) => Promise<T>;
  /** Nothing of this target may happen between its polls: its session is closed after each. */
  readonly closesAfterPoll?: (target: string) => boolean;
}
export interface Poller {
  /** The last reading of each target that has one, in the order of the targets. */
  latest(): readonly Reading[];
  /** Begins an inspection of one target; its results come with the target's readings. Answers once it has begun. */
  inspect(target: string): Promise<PollerInspection>;
  /** Replaces the targets. A target with unchanged settings keeps its session. */
  retarget(targets: readonly Target[]): void;
  /** The client library failed on this target outside of anything that was awaited: its session is dropped and it is down. */
  crashed(target: string, error: unknown): void;
  /** Ends every session. No reading is given afterwards. */
  close(): Promise<void>;
}

export type PollerInspection = { readonly said: string } | { readonly refused: string };

export function startPoller(options: PollerOptions): Poller {
  const begin = (target: Target): Loop => {
    const loop = new Loop(target, options);
    loop.start();
    return loop;
  };
  let loops = options.targets.map(begin);
  const ending = new Set<Promise<void>>();
  return {
    latest: () => loops.map((loop) => loop.latest).filter((reading) => reading !== null),
    inspect: async (target) =>
      (await loops.find((loop) => loop.name === target)?.inspect()) ?? { refused: `there is no target ${target}` },
    retarget: (next) => {
      const before = new Map(loops.map((loop) => [loop.key, loop]));
      loops = next.map((target) => {
        const known = before.get(keyOf(target));
        before.delete(keyOf(target));
        return known ?? begin(target);
      });
      for (const loop of before.values()) {
        const ended = loop.close().catch(() => {});
        ending.add(ended);
        void ended.finally(() => ending.delete(ended));
      }
    },
    crashed: (target, error) => loops.find((loop) => loop.name === target)?.crashed(error),
    close: async () => void (await Promise.allSettled([...loops.map((loop) => loop.close()), ...ending])),
  };
}

const keyOf = (target: Target): string => JSON.stringify(target);

/** Seconds to wait after the first, second, … consecutive failure to connect. */
const BACKOFF_S = [1, 2, 4, 8, 15];
/** Time limit of a poll in intervals. A failure is reported within three: up to one until the next poll, the rest for it. */
const DEADLINE = 1.9;
class Loop {
  latest: Reading | null = null;
  readonly #target: Target;
  readonly #options: PollerOptions;
  readonly #clock: () => number;
  readonly #random: () => number;
  readonly #inspection: InspectionRun;
  #probe: Probe | null = null;
  #session: ProbeSession | null = null;
  #timer: NodeJS.Timeout | null = null;
  #abort: AbortController | null = null;
  #closed = false;
  /** A poll is running, also one that has passed its time limit and has not ended. */
  #busy = false;
  #skipped = 0;
  #isRepeated = false;
  #wasUp = false;
  #failures = 0;
  #retryAt = 0;

  /** Ends the wait for a poll whose session crashed. */
  #giveUp: (failed: Reading) => void = () => {};

  constructor(target: Target, options: PollerOptions) {
    this.#target = target;
    this.#options = options;
    this.#clock = options.clock ?? Date.now;
    this.#random = options.random ?? Math.random;
    this.#inspection = new InspectionRun(this.#clock);
  }

  get name(): string {
    return this.#target.name;
  }

  /** Identifies a target together with its settings. */
  get key(): string {
    return keyOf(this.#target);
  }

  async inspect(): Promise<PollerInspection> {
    const { name, kind } = this.#target;
    const session = this.#session;
    const inspect = session?.inspect?.bind(session);
    if (session !== null && inspect === undefined) return { refused: `${kind} targets cannot be inspected` };
    if (inspect === undefined || this.latest?.up !== true) return { refused: `${name} does not answer` };
    const { instanceId } = this.latest;
    const { failure, isDone, seen } = await this.#around(() => this.#inspection.start(inspect, instanceId));
    if (failure !== null) return { refused: `${name}: ${failure.message}` };
    const what = this.#probe?.inspects ?? 'more';
    return { said: `looked for ${what} on ${name}: ${seen}${isDone ? '' : ' so far'}; its panel, zoomed, shows them` };
  }

  /** Polls at once, then each interval, at an offset that depends on the name: targets are spread over the interval. */
  start(): void {
    const { name, intervalMs } = this.#target;
    const phase = hash(name) % intervalMs;
    const first = intervalMs - ((performance.now() + intervalMs - phase) % intervalMs);
    this.#timer = setTimeout(() => {
      this.#timer = setInterval(() => this.#tick(), intervalMs);
      if (!this.#busy) this.#tick();
    }, first);
    this.#tick();
  }

  #tick(): void {
    if (this.#closed) return;
    if (this.#busy) {
      this.#skipped++;
      return;
    }
    if (this.latest !== null && performance.now() < this.#retryAt) {
      // Of a target that may not exist every second repetition is enough to stay fresh.
      this.#isRepeated = this.latest.facts['absent'] !== undefined && !this.#isRepeated;
      return this.#isRepeated ? undefined : this.#repeat(this.latest);
    }
    this.#busy = true;
    void this.#around(() => this.#poll()).finally(() => (this.#busy = false));
  }

  #around<T>(work: () => Promise<T>): Promise<T> {
    const { around } = this.#options;
    return around === undefined ? work() : around(this.#target.name, work);
  }

  crashed(error: unknown): void {
    const why = error instanceof Error ? error.message : String(error);
    const failure = { class: 'protocol', message: `what it answers cannot be read: ${why}` } as const;
    const session = this.#session;
    this.#session = null;
    this.#inspection.stop();
    void session?.close().catch(() => {});
    const failed = this.#failed(performance.now(), failure);
    if (this.#busy) this.#giveUp(failed);
    else this.#take(failed);
  }

  /** Between two attempts to connect, repeats the last failure with the time until the next attempt. */
  #repeat(last: Reading): void {
    const seconds = Math.ceil((this.#retryAt - performance.now()) / 1000);
    this.#give({ ...last, at: this.#clock(), facts: { ...last.facts, retry: `next try in ${seconds} s` } });
  }

  async #poll(): Promise<void> {
    const session = await this.#opened();
    if (this.#closed) return;
    const startedAt = performance.now();
    const limit = DEADLINE * this.#target.intervalMs;
    const abort = new AbortController();
    this.#abort = abort;
    const polled = session.poll(abort.signal).catch((error: unknown) => this.#failed(startedAt, unknownFailure(error)));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<Reading>((done) => {
      timer = setTimeout(() => {
        abort.abort();
        done(this.#failed(startedAt, timedOut('poll', limit)));
      }, limit);
    });
    const crash = new Promise<Reading>((done) => (this.#giveUp = done));
    // Sessions have a shorter time limit and name the phase; this catches one that does not keep it.
    const settled = await Promise.race([polled, late, crash]);
    clearTimeout(timer);
    this.#take(settled);
    const ended = Promise.race([polled, crash]);
    // A poll that does not end is never run twice; each interval reports it again.
    while (!(await isSettledWithin(ended, this.#target.intervalMs)) && !this.#closed)
      this.#take(this.#failed(startedAt, timedOut('poll', performance.now() - startedAt)));
    if (this.#options.closesAfterPoll?.(this.#target.name) !== true) return;
    this.#session = null;
    await session.close().catch(() => {});
  }

  async #opened(): Promise<ProbeSession> {
    if (this.#session !== null) return this.#session;
    const { probe, session } = await openTarget(this.#target);
    this.#probe = probe;
    this.#session = session;
    return session;
  }

  #failed(startedAt: number, failure: Failure): Reading {
    return readingOf(this.#target, startedAt, { failure, samples: [] });
  }

  #take(reading: Reading): void {
    if (reading.up) this.#wasUp = true;
    const isConnect =
      reading.error?.class === 'protocol' || (this.#probe?.isHeld === true && reading.error?.phase === 'connect');
    this.#failures = isConnect ? this.#failures + 1 : 0;
    if (isConnect) {
      const seconds = BACKOFF_S[Math.min(this.#failures, BACKOFF_S.length) - 1] ?? 15;
      this.#retryAt = performance.now() + seconds * 1000 * (0.5 + this.#random() / 2);
    }
    const hint = this.#target.optional === true && !this.#wasUp ? hintOf(reading, this.#target) : null;
    const offer = this.#probe?.inspects;
    const facts = offer === undefined ? reading.facts : { ...reading.facts, inspects: offer };
    const counted = this.#withSkipped({ ...reading, facts, at: this.#clock() });
    this.#give(hint === null ? counted : absent(counted, hint));
  }

  #withSkipped(reading: Reading): Reading {
    if (this.#skipped === 0) return reading;
    const skipped = { metric: 'probe_skipped_total', labels: {}, value: this.#skipped, type: 'counter' } as const;
    return { ...reading, samples: [...reading.samples, skipped] };
  }

  #give(reading: Reading): void {
    if (this.#closed) return;
    this.latest = this.#inspection.add(reading);
    this.#options.onReading(this.latest);
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#abort?.abort();
    this.#inspection.stop();
    await this.#session?.close();
  }
}

/** An `optional` target that never answered: without samples no rule can fire; panels show the fact `absent` as a hint. */
const absent = (reading: Reading, hint: string): Reading => ({
  ...reading,
  samples: [],
  facts: { ...reading.facts, absent: hint },
});

/** What to do about an `optional` target that is not there or refuses us; null for any other failure. */
function hintOf({ error }: Reading, target: Target): string | null {
  if (error?.class === 'refused') return `no server${addressOf(target)}: name one under targets: in warroom.yaml`;
  if (error?.class === 'auth' || error?.class === 'db_missing')
    return `a server${addressOf(target)} does not let us in: give its url, with user and password, in warroom.yaml`;
  return null;
}

/** ` at host:port`, without user and password; nothing for a target without a URL. */
function addressOf({ settings }: Target): string {
  const url = typeof settings === 'object' && settings !== null && 'url' in settings ? settings.url : null;
  const host = typeof url === 'string' && URL.canParse(url) ? new URL(url).host : '';
  return host === '' ? '' : ` at ${host}`;
}

async function isSettledWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((done) => {
    timer = setTimeout(() => done(false), ms);
  });
  const settled = await Promise.race([promise.then(() => true), late]);
  clearTimeout(timer);
  return settled;
}

/** FNV-1a, so that the offset of a name is the same after a restart. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const char of text) value = Math.imul(value ^ (char.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return value;
}
