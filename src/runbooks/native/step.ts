/**
 * What a step does. It runs in a child process of the hub and knows neither the record nor who asked for it: the runner
 * checks the preview, asks people, writes down the progress and ends the process when it must.
 */
import type { LogSource } from '../../logs/source.ts';
import type { Target } from '../../probes/probe.ts';
import type { RunnableStep } from '../runbook.ts';

export interface StepContext {
  /** The block, its parameters not filled in. */
  readonly step: RunnableStep;
  /** One, or none for a step that needs none; several only for a step that `takesMany` by the table USES. Their settings are those of warroom.yaml, as the probe read them. */
  readonly targets: readonly Target[];
  readonly logs: readonly LogSource[];
  /** What stands in the block as `${{name}}`, so all that the step takes by the table USES; each is given. */
  readonly params: Readonly<Record<string, string>>;
  /** Aborts when somebody stops the step, or its time is over. */
  readonly signal: AbortSignal;
  /** Prints what people see while it comes, and which need not be safe to draw; resolves when more may come. */
  write(chunk: Buffer | string): Promise<void>;
  /** Prints a line. */
  say(line: string): void;
  /** Waits, for a pause between batches; rejects when `signal` aborts. */
  pause(ms: number): Promise<void>;
  /** A process group was started, or has ended (null). */
  onGroup(pid: number | null): void;
}

/** What is about to change. As JSON it has at most 1 MB. */
export interface Preview {
  /** How many would change. */
  readonly count: number;
  /** Of what, in the plural: `keys`, `sessions`. */
  readonly unit: string;
  /** At most 10, the most telling first. */
  readonly samples: readonly string[];
  /** Where: `127.0.0.1:6379`, and of several all. */
  readonly node: string;
  /** `master`, `primary`; null: the kind has none. */
  readonly role: string | null;
  /** False: not everything was looked at, so `count` is too small, and the step is refused. */
  readonly complete: boolean;
  /** Memory that is at stake. */
  readonly bytes?: number;
  /** How to take it back, as a person would do it; null: there is no way back. */
  readonly undo: string | null;
  /** True: even one is confirmed by typing. */
  readonly irreversible: boolean;
  /** What `apply` needs of it besides, such as the identities of sessions. */
  readonly items?: unknown;
}

export interface Progress {
  /** Changed so far, for certain. */
  readonly applied: number;
  /** Left alone so far, because the guard found that they had changed since the preview. */
  readonly skipped: number;
}

export interface Verification {
  /** `pending`: asked again after a while, for half a minute at most. */
  readonly state: 'ok' | 'pending' | 'failed';
  /** What was measured: `memory 71 % of 4 GB, 0 keys without expiry`. */
  readonly text: string;
}

/** A step that changes something. It rejects with StepRefusal or ProbeFailure; any other error counts as a fault of its own. */
export interface MutateStep {
  /** The most that changes between two calls of `onBatch`. */
  readonly batch: number;
  /** Changes nothing. */
  preview(context: StepContext): Promise<Preview>;
  /**
   * Each item is guarded by its identity at the moment it is changed. After each batch `onBatch` must be awaited: it resolves
   * once the progress is in the record, and rejects when the step is to end, which `apply` lets pass.
   */
  apply(context: StepContext, preview: Preview, onBatch: (soFar: Progress) => Promise<void>): Promise<Progress>;
  /** Measures what the step was for. */
  verify(context: StepContext, preview: Preview): Promise<Verification>;
}

/** A step that only looks: prints what it finds, and resolves with its finding in one sentence. */
export type ObserveStep = (context: StepContext) => Promise<string>;

export type NativeStep = MutateStep | ObserveStep;

/** Thrown where the step must not go on: a replica, a missing right with the grant that mends it, a wrong parameter. */
export class StepRefusal extends Error {}

/** The settings of the target that a step works on, as the probe of its kind read them. */
export function settingsOfTarget<T>({ targets: [target] }: Pick<StepContext, 'targets'>): T {
  if (target === undefined) throw new StepRefusal('there is no target to run it on');
  return target.settings as T;
}

/** Works with what `open` opens, and closes it. */
export async function withServer<S extends { close(): void }, T>(
  open: (context: StepContext) => Promise<S>,
  context: StepContext,
  work: (server: S) => Promise<T>,
): Promise<T> {
  const server = await open(context);
  try {
    return await work(server);
  } finally {
    server.close();
  }
}

type OnServer<S, M extends (context: StepContext, ...more: never[]) => unknown> = (
  server: S,
  ...given: Parameters<M>
) => ReturnType<M>;

/** A change on one server, which is connected to anew for each part. */
export const serverStep = <S extends { close(): void }>(
  open: (context: StepContext) => Promise<S>,
  step: {
    readonly batch?: number;
    readonly preview: OnServer<S, MutateStep['preview']>;
    readonly apply: OnServer<S, MutateStep['apply']>;
    readonly verify: OnServer<S, MutateStep['verify']>;
  },
): MutateStep => ({
  batch: step.batch ?? 1,
  preview: (context) => withServer(open, context, (server) => step.preview(server, context)),
  apply: (context, ...more) => withServer(open, context, (server) => step.apply(server, context, ...more)),
  verify: (context, preview) => withServer(open, context, (server) => step.verify(server, context, preview)),
});
