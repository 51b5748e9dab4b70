/** Inspects one target on demand: slice after slice in the background, until all is seen or the time limit is reached. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Reading } from '../protocol/reading.ts';
import type { Inspection, ProbeSession } from './probe.ts';

/** Pause between two slices, ms: keeps the load on the target and on its polls small. */
const PAUSE_MS = 750;
/** Time limit of one slice, ms. */
const SLICE_MS = 5000;
/** Time limit of one inspection, ms. The next one continues where it stopped. */
const LOOK_MS = 120_000;
/** How long results are shown, ms: older ones would be mistaken for current ones. */
const KEPT_MS = 30 * 60_000;

export class InspectionRun {
  readonly #clock: () => number;
  #running: AbortController | null = null;
  #first: Promise<Inspection> | null = null;
  #found: { readonly inspection: Inspection; readonly at: number; readonly mono: number } | null = null;
  /** The instance of the target that was inspected: after a restart its results no longer hold. */
  #instanceId: string | null = null;

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** Begins an inspection unless one is running. Answers the result of its first slice, or the latest one. */
  async start(inspect: NonNullable<ProbeSession['inspect']>, instanceId: string | null): Promise<Inspection> {
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
    inspect: NonNullable<ProbeSession['inspect']>,
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

  async #slice(inspect: NonNullable<ProbeSession['inspect']>, running: AbortController): Promise<Inspection> {
    const inspection = await inspect(AbortSignal.any([running.signal, AbortSignal.timeout(SLICE_MS)]));
    if (!running.signal.aborted) this.#found = { inspection, at: this.#clock(), mono: performance.now() };
    return inspection;
  }

  /** Adds the results of the inspection to a reading of the target. */
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

  /** Ends a running inspection and drops all results. */
  stop(): void {
    this.#running?.abort();
    this.#running = null;
    this.#found = null;
  }
}
