/** What the sessions of all probes share: samples, the health metrics of every reading, and held connections. */
import type { Reading, Row, Sample } from '../protocol/reading.ts';
import { upMetric } from './index.ts';
import { ProbeFailure, unknownFailure, type Failure } from './failure.ts';
import type { ProbeSession, Target } from './probe.ts';

/** Collects samples; what is null, undefined or no finite number was not read and is left out. */
export class Samples {
  readonly list: Sample[] = [];

  gauge(metric: string, value: number | null | undefined, labels: Sample['labels'] = {}): void {
    this.#add('gauge', metric, value, labels);
  }
  counter(metric: string, value: number | null | undefined, labels: Sample['labels'] = {}): void {
    this.#add('counter', metric, value, labels);
  }
  #add(type: Sample['type'], metric: string, value: number | null | undefined, labels: Sample['labels']): void {
    if (typeof value === 'number' && Number.isFinite(value)) this.list.push({ metric, labels, value, type });
  }
}

/** What a poll found. A failed one has only the samples that were truly read. */
export interface PollResult {
  readonly failure: Failure | null;
  readonly samples: readonly Sample[];
  readonly instanceId?: string | null;
  readonly facts?: Readonly<Record<string, string>>;
  readonly rows?: Readonly<Record<string, readonly Row[]>>;
}

/** The result of a poll that threw. */
export const failedPoll = (error: unknown): PollResult =>
  error instanceof ProbeFailure
    ? { failure: error.failure, samples: error.samples }
    : { failure: unknownFailure(error), samples: [] };

/** The reading of a poll that began at `startedAt` (of `performance.now()`). */
export function readingOf(target: Target, startedAt: number, found: PollResult): Reading {
  const durationMs = Math.round((performance.now() - startedAt) * 1000) / 1000;
  const { failure } = found;
  const health = new Samples();
  health.gauge(upMetric(target.kind), failure === null ? 1 : 0);
  health.gauge('probe_duration_seconds', durationMs / 1000);
  if (failure !== null) health.gauge('probe_error', 1, { class: failure.class });
  return {
    target: target.name,
    kind: target.kind,
    at: Date.now(),
    up: failure === null,
    error: failure,
    durationMs,
    instanceId: found.instanceId ?? null,
    samples: [...health.list, ...found.samples],
    facts: found.facts ?? {},
    ...(found.rows !== undefined && { rows: found.rows }),
  };
}

/** A session whose polls find something or throw. */
export abstract class PollSession<Settings> implements ProbeSession {
  protected readonly target: Target<Settings>;
  /** How long one poll may take: the kind's own limit, but never so long that a hung target is told too late. */
  protected readonly timeoutMs: number;

  constructor(target: Target<Settings>, limitMs: number) {
    this.target = target;
    this.timeoutMs = Math.min(limitMs, 1.8 * target.intervalMs);
  }

  /** Rejects with a ProbeFailure, or whatever went wrong. */
  protected abstract find(signal: AbortSignal): Promise<PollResult>;

  async poll(signal: AbortSignal): Promise<Reading> {
    const startedAt = performance.now();
    return readingOf(this.target, startedAt, await this.find(signal).catch(failedPoll));
  }

  async close(): Promise<void> {}
}

/** A session that holds a connection: a poll opens one when there is none. */
export abstract class HeldSession<Settings, Connection extends HeldConnection> extends PollSession<Settings> {
  protected connection: Connection | null = null;

  /** Resets all state of the previous connection: the new one may be to another server, version or role. */
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
interface HeldConnection {
  readonly isOpen: boolean;
  close(): void;
}
