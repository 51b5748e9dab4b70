/** What the hub hands the process that runs a step, and what the two say to each other. */
import type { LogSource } from '../../logs/source.ts';
import type { Target } from '../../probes/probe.ts';
import type { Preview, Progress } from '../native/step.ts';
import type { RunnableStep } from '../runbook.ts';

export interface Task {
  readonly mode: 'observe' | 'preview' | 'apply';
  readonly step: RunnableStep;
  readonly targets: readonly Target[];
  readonly logs: readonly LogSource[];
  /** With the values of secrets. */
  readonly params: Readonly<Record<string, string>>;
  /** Masked wherever they are printed. */
  readonly secrets: readonly string[];
  /** With `apply`: what was confirmed. */
  readonly preview?: Preview;
  /** The module with the built-in steps. */
  readonly native: string;
}

export type ToStep =
  | { readonly type: 'task'; readonly task: Task }
  /** The progress of a batch is in the record. */
  | { readonly type: 'go' }
  /** Somebody stopped it, or its time is over. */
  | { readonly type: 'stop' };

export type FromStep =
  | { readonly type: 'output'; readonly text: string }
  /** The process group that a command runs in: it is ended with the step. */
  | { readonly type: 'group'; readonly pid: number | null }
  | { readonly type: 'preview'; readonly preview: Preview; readonly batch: number }
  | ({ readonly type: 'batch' | 'applied' } & Progress)
  | { readonly type: 'verified'; readonly ok: boolean; readonly text: string }
  /** The end: what came of it, in a sentence. */
  | { readonly type: 'done' | 'refused' | 'failed' | 'stopped'; readonly text: string };

/** The unit of a preview of commands in a shell: what they do is not measured afterwards. */
export const COMMANDS = 'block of commands';
/** Memory that the process may take for its heap, MiB. */
export const HEAP_MIB = 192;
/** Output that is kept of one run, bytes; what is printed beyond that is counted. */
export const MOST_OUTPUT = 10 * 2 ** 20;
/** How long a verification is tried, and how often, ms. */
export const VERIFY_MS = 30_000;
export const VERIFY_EVERY_MS = 2_000;
/** A preview looks at everything, however short the time of the step is; ms. */
export const PREVIEW_LIMIT_MS = 60_000;
export const APPLY_MS = 600_000;
/** How long a batch may go on after a stop, ms. */
export const STOP_MS = 5_000;
