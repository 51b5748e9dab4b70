/** Inspects one target on demand: slice after slice in the background, until all is seen or the time limit is reached. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Reading } from '../protocol/reading.ts';
import type { Inspection, ProbeSession } from './probe.ts';

/** Pause between two slices, ms: keeps the load on the target and on its polls small. */
const PAUSE_MS = 750;
const SLICE_MS = 5000;
/** Time limit of one inspection, ms. The next one continues where it stopped. */
const LOOK_MS = 120_000;
/** How long results are shown, ms: older ones would be mistaken for current ones. */
const KEPT_MS = 30 * 60_000;

type Inspect = NonNullable<ProbeSession['inspect']>;

export class InspectionRun {
  #running: { readonly abort: AbortController; readonly first: Promise<Inspection> } | null = null;
  #found: { readonly inspection: Inspection; readonly at: number; readonly mono: number } | null = null;
  /** The instance of the target that was inspected: after a restart its results no longer hold. */
  #instanceId: string | null = null;

  /** Begins an inspection unless one is running. Answers the latest result, or that of the first slice. */
  async start(inspect: Inspect, instanceId: string | null): Promise<Inspection> {
    if (this.#running !== null) return this.#found?.inspection ?? this.#running.first;
    this.stop();
    const abort = new AbortController();
    this.#running = { abort, first: this.#slice(inspect, abort.signal) };
    this.#instanceId = instanceId;
    const first = await this.#running.first;
    void this.#continue(inspect, abort, first);
    return first;
  }

  async #continue(inspect: Inspect, abort: AbortController, first: Inspection): Promise<void> {
    const end = performance.now() + LOOK_MS;
    let last = first;
    while (!last.isDone && last.failure === null && performance.now() < end) {
      await sleep(PAUSE_MS, null, { signal: abort.signal }).catch(() => {});
      if (abort.signal.aborted) return;
      last = await this.#slice(inspect, abort.signal);
    }
    if (this.#running?.abort === abort) this.#running = null;
  }

  async #slice(inspect: Inspect, signal: AbortSignal): Promise<Inspection> {
    const inspection = await inspect(AbortSignal.any([signal, AbortSignal.timeout(SLICE_MS)]));
    if (!signal.aborted) this.#found = { inspection, at: Date.now(), mono: performance.now() };
    return inspection;
  }

  add(reading: Reading): Reading {
    const found = this.#found;
    if (found === null || !reading.up) return reading;
    if (performance.now() - found.mono > KEPT_MS || reading.instanceId !== this.#instanceId) {
      this.stop();
      return reading;
    }
    const { failure, seen, rows } = found.inspection;
    const facts = {
      ...reading.facts,
      sampled_at: new Date(found.at).toISOString(),
      ...(failure === null ? { sampled: seen } : { unsampled: failure.message }),
      ...(this.#running !== null && { sampling: 'under way' }),
    };
    return { ...reading, facts, rows: { ...reading.rows, ...(failure === null && rows) } };
  }

  stop(): void {
    this.#running?.abort.abort();
    this.#running = null;
    this.#found = null;
  }
}
