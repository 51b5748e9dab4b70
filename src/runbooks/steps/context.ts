/** What a step that observes works with. */
import type { LogSource } from '../../logs/source.ts';
import type { Target } from '../../probes/probe.ts';
import type { Params } from '../runner/bind.ts';
import type { Task } from '../runner/task.ts';

export interface ObserveContext {
  readonly step: Task['step'];
  /** Undefined: the step needs none. */
  readonly target: Target | undefined;
  readonly logs: readonly LogSource[];
  readonly params: Params;
  /** Aborts when the time of the step is over, or somebody stops it. */
  readonly signal: AbortSignal;
  /** Prints; resolves when more may come. */
  write(chunk: Buffer | string): Promise<void>;
  /** A process group was started, or has ended (null). */
  onGroup(pid: number | null): void;
}

/** Prints what it finds, and resolves with a sentence. */
export type Observe = (context: ObserveContext) => Promise<string>;
