/** Runs a step in a child process with bounded memory and time, which ends with the hub and takes its commands with it. */
import { forkProgram } from '../../probes/child-program.ts';
import type { Preview, Progress } from '../native/step.ts';
import { endGroup } from '../steps/command.ts';
import {
  APPLY_MS,
  HEAP_MIB,
  MOST_OUTPUT,
  PREVIEW_LIMIT_MS,
  STOP_MS,
  VERIFY_MS,
  type FromStep,
  type Task,
  type ToStep,
} from './task.ts';

export type StepEnd =
  | { readonly type: 'done' | 'refused' | 'failed' | 'stopped'; readonly text: string }
  /** The process ended without a word. */
  | { readonly type: 'lost'; readonly text: string };

/** Called one after the other: the next waits for the promise of the one before. */
interface StepListener {
  onOutput(text: string): Promise<void>;
  /** `batch`: the most that changes between two calls of `onBatch`. */
  onPreview(preview: Preview, batch: number): Promise<void>;
  /** Resolves once it is in the record. Rejects: the step is ended. */
  onBatch(soFar: Progress): Promise<void>;
  onApplied(total: Progress): Promise<void>;
  onVerified(ok: boolean, text: string): Promise<void>;
  /** Exactly once, last. */
  onEnd(end: StepEnd): Promise<void>;
}

export interface RunningStep {
  /** Ends it between two batches, or soon after. */
  stop(): void;
  /** Ends it at once. */
  kill(): void;
  /** Resolves after `onEnd`. */
  readonly ended: Promise<void>;
}

/** For the start of the process and its last words, ms. */
const GRACE_MS = 20_000;

export function startStep(task: Task, listener: StepListener): RunningStep {
  const child = forkProgram('runbooks/runner/step-process', HEAP_MIB);
  const send = (message: ToStep): void => void (child.connected && child.send(message, () => {}));
  let group: number | null = null;
  let printed = 0;
  let end: StepEnd | null = null;
  let late: NodeJS.Timeout | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  const kill = (): void => {
    child.kill('SIGKILL');
    if (group !== null) endGroup(group, 'SIGKILL');
  };
  const stop = (): void => {
    send({ type: 'stop' });
    clearTimeout(late);
    late = setTimeout(kill, 2 * STOP_MS);
  };
  const { mode, step } = task;
  const limitMs = mode === 'observe' ? step.timeoutMs : mode === 'preview' ? PREVIEW_LIMIT_MS : APPLY_MS + VERIFY_MS;
  late = setTimeout(stop, limitMs + GRACE_MS);

  async function hear(message: FromStep): Promise<void> {
    switch (message.type) {
      case 'group':
        group = message.pid;
        return;
      case 'output':
        printed += message.text.length;
        return printed > 2 * MOST_OUTPUT ? kill() : listener.onOutput(message.text);
      case 'preview':
        return listener.onPreview(message.preview, message.batch);
      case 'batch':
        await listener.onBatch(message);
        return send({ type: 'go' });
      case 'applied':
        return listener.onApplied(message);
      case 'verified':
        return listener.onVerified(message.ok, message.text);
      case 'done':
      case 'refused':
      case 'failed':
      case 'stopped':
        end = { type: message.type, text: message.text };
        return;
      default:
        return message satisfies never;
    }
  }
  child.on('message', (message) => {
    // The child is this program itself.
    turn = turn.then(() => hear(message as FromStep)).catch(kill);
  });
  const ended = new Promise<void>((resolve) => {
    const close = (how: string): void => {
      clearTimeout(late);
      if (group !== null) endGroup(group, 'SIGKILL');
      turn = turn
        .then(() => listener.onEnd(end ?? { type: 'lost', text: `the process that ran it ${how}` }))
        .catch(() => {})
        .then(resolve);
    };
    child.once('error', () => close('could not be started'));
    // The channel is read to its end, which may be after the process has ended.
    const isRead = new Promise((done) => child.once('disconnect', done));
    child.once('exit', (code, signal) => void isRead.then(() => close(`ended (${signal ?? `exit code ${code}`})`)));
  });
  send({ type: 'task', task });
  return { stop, kill, ended };
}
