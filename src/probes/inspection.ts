/** A closer look at one target, on demand: slice after slice in the background, until all is seen or its time is up. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Reading } from '../protocol/reading.ts';
import type { Inspection, Session } from './probe.ts';

/** Between two slices, so that the target and its polls hardly notice. */
const PAUSE_MS = 750;
/** One slice may take this long. */
const SLICE_MS = 5000;
/** A look ends then, with what it has; another goes on where it stopped. */
const LOOK_MS = 120_000;
/** What was found is shown this long: later it would pass for news. */
const KEPT_MS = 30 * 60_000;

export class InspectionRun {
  readonly #clock: () => number;
  #running: AbortController | null = null;
  #first: Promise<Inspection> | null = null;
  #found: { readonly inspection: Inspection; readonly at: number; readonly mono: number } | null = null;
  /** Of which life of the target it is: after a restart its keys are others. */
  #instanceId: string | null = null;

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** Begins, unless one is under way, and answers what the first slice, or the last one, found. */
  async start(inspect: NonNullable<Session['inspect']>, instanceId: string | null): Promise<Inspection> {
    if (this.#running !== null && this.#first !== null) return this.#found?.inspection ?? this.#first;
    this.stop();
    const running = new AbortController();
    this.#running = running;
    this.#instanceId = instanceId;
    this.#first = this.#slice(inspect, running);
    const first = await this.#first;
    void this.#goOn(inspect, running, first, performance.now() + LOOK_MS);
    return first;
  }

  async #goOn(
    inspect: NonNullable<Session['inspect']>,
    running: AbortController,
    first: Inspection,
    end: number,
  ): Promise<void> {
    let last = first;
    while (!last.isDone && last.failure === null && performance.now() < end) {
      await sleep(PAUSE_MS, null, { signal: running.signal }).catch(() => {});
      if (running.signal.aborted) return;
      last = await this.#slice(inspect, running);
    }
    if (this.#running === running) this.#running = null;
  }

  async #slice(inspect: NonNullable<Session['inspect']>, running: AbortController): Promise<Inspection> {
    const inspection = await inspect(AbortSignal.any([running.signal, AbortSignal.timeout(SLICE_MS)]));
    if (!running.signal.aborted) this.#found = { inspection, at: this.#clock(), mono: performance.now() };
    return inspection;
  }

  /** The reading with what is known of the closer look beside it. */
  add(reading: Reading): Reading {
    const found = this.#found;
    if (found === null || !reading.up) return reading;
    const isOld = performance.now() - found.mono > KEPT_MS;
    if (isOld || reading.instanceId !== this.#instanceId) {
      this.stop();
      return reading;
    }
    const { failure, seen, rows } = found.inspection;
    const facts: Record<string, string> = { ...reading.facts, sampled_at: new Date(found.at).toISOString() };
    if (failure === null) facts['sampled'] = seen;
    else facts['unsampled'] = failure.message;
    if (this.#running !== null) facts['sampling'] = 'under way';
    return { ...reading, facts, rows: failure === null ? { ...reading.rows, ...rows } : (reading.rows ?? {}) };
  }

  /** Ends what is under way and forgets what was found. */
  stop(): void {
    this.#running?.abort();
    this.#running = null;
    this.#found = null;
  }
}
