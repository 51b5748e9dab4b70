/** Shared by the sessions of all probes: samples, the health metrics of every reading, held connections. */
import type { Socket } from 'node:net';
import type { Reading, Row, Sample } from '../protocol/reading.ts';
import { upMetric } from './index.ts';
import { ProbeFailure, unknownFailure, type Failure } from './failure.ts';
import type { ProbeSession, Target } from './probe.ts';

type Values = Readonly<Record<string, number | null | undefined>>;

/** Metric -> value, as samples. A value that was not read (null, undefined, not finite) gives no sample. */
const samplesOf =
  (type: Sample['type']) =>
  (values: Values, labels: Sample['labels'] = {}): readonly Sample[] =>
    Object.entries(values).flatMap(([metric, value]) =>
      typeof value === 'number' && Number.isFinite(value) ? [{ metric, labels, value, type }] : [],
    );
export const gauges = samplesOf('gauge');
export const counters = samplesOf('counter');

/** The outcome of a poll. A failed one has only the samples that were read. */
export interface PollResult {
  readonly failure: Failure | null;
  readonly samples: readonly Sample[];
  readonly instanceId?: string | null;
  readonly facts?: Readonly<Record<string, string>>;
  readonly rows?: Readonly<Record<string, readonly Row[]>>;
}

export const failedPoll = (error: unknown): PollResult =>
  error instanceof ProbeFailure
    ? { failure: error.failure, samples: error.samples }
    : { failure: unknownFailure(error), samples: [] };

/** The reading of a poll that began at `startedAt` (of `performance.now()`). */
export function readingOf(target: Target, startedAt: number, found: PollResult): Reading {
  const durationMs = Math.round((performance.now() - startedAt) * 1000) / 1000;
  const { failure } = found;
  const health = gauges({
    [upMetric(target.kind)]: failure === null ? 1 : 0,
    probe_duration_seconds: durationMs / 1000,
  });
  const error = failure === null ? [] : gauges({ probe_error: 1 }, { class: failure.class });
  return {
    target: target.name,
    kind: target.kind,
    at: Date.now(),
    up: failure === null,
    error: failure,
    durationMs,
    instanceId: found.instanceId ?? null,
    samples: [...health, ...error, ...found.samples],
    facts: found.facts ?? {},
    ...(found.rows !== undefined && { rows: found.rows }),
  };
}

export abstract class PollSession<Settings> implements ProbeSession {
  protected readonly target: Target<Settings>;
  /** Time limit of one poll: the kind's own, but shorter than the poller's, so that the failure names its phase. */
  protected readonly timeoutMs: number;

  constructor(target: Target<Settings>, limitMs: number) {
    this.target = target;
    this.timeoutMs = Math.min(limitMs, 1.8 * target.intervalMs);
  }

  protected abstract find(signal: AbortSignal): Promise<PollResult>;

  async poll(signal: AbortSignal): Promise<Reading> {
    const startedAt = performance.now();
    return readingOf(this.target, startedAt, await this.find(signal).catch(failedPoll));
  }

  async close(): Promise<void> {}
}

/** A session that holds a connection: a poll opens one when there is none. */
export abstract class HeldSession<
  Settings,
  Connection extends { readonly isOpen: boolean; close(): void },
> extends PollSession<Settings> {
  protected connection: Connection | null = null;

  /** Must drop all state of the previous connection: the new one may be to another server, version or role. */
  protected abstract connect(signal: AbortSignal): Promise<Connection>;

  protected async connected(signal: AbortSignal): Promise<Connection> {
    if (this.connection?.isOpen) return this.connection;
    await this.close();
    return (this.connection = await this.connect(signal));
  }

  override async close(): Promise<void> {
    this.connection?.close();
    this.connection = null;
  }
}

/** Limit of an answer, bytes: far more than any that a probe asks for. */
const MOST_BYTES = 8 * 2 ** 20;

/** Closes a connection whose answer is too large: client libraries buffer an answer until it is complete. */
export class ResponseLimit {
  #bytes = 0;
  #isOver = false;

  watch(socket: Pick<Socket, 'on' | 'destroy'>): void {
    socket.on('data', (data: Buffer) => {
      this.#bytes += data.length;
      if (this.#bytes <= MOST_BYTES) return;
      this.#isOver = true;
      socket.destroy();
    });
  }

  /** Must be called when an answer is complete: counts from zero again. */
  answered(): void {
    this.#bytes = 0;
  }

  failure(phase: string): ProbeFailure | null {
    const message = `an answer of more than ${MOST_BYTES / 2 ** 20} MiB: what answers there is not what it should be`;
    return this.#isOver ? new ProbeFailure({ class: 'protocol', phase, message }) : null;
  }
}
