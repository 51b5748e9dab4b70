/** The child process of the hub in which one step runs: what a server answers or a command prints can only hurt this one. */
import { errorMessage } from '../../incident/words.ts';
import { ProbeFailure } from '../../probes/failure.ts';
import {
  StepRefusal,
  type MutateStep,
  type NativeStep,
  type ObserveStep,
  type Preview,
  type Progress,
  type StepContext,
} from '../native/step.ts';
import { endGroup, endMarked } from '../steps/command.ts';
import { maskable, masked, MASK, Output } from './output.ts';
import {
  APPLY_MS,
  MOST_OUTPUT,
  PREVIEW_LIMIT_MS,
  STOP_MS,
  VERIFY_EVERY_MS,
  VERIFY_MS,
  type FromStep,
  type Task,
  type ToStep,
} from './task.ts';

const OBSERVE: Readonly<Record<string, () => Promise<ObserveStep>>> = {
  sql: async () => (await import('../steps/sql.ts')).sql,
  redis: async () => (await import('../steps/redis.ts')).redisStep,
  log: async () => (await import('../steps/log.ts')).log,
  http: async () => (await import('../steps/http.ts')).httpStep,
  docker: async () => (await import('../steps/docker.ts')).docker,
  sh: async () => (await import('../steps/sh.ts')).sh,
};
const MOST_PREVIEW = 1_000_000;

/** Somebody stopped it, between two batches. */
class Stopped extends Error {}

/** Aborts at once where nothing is changed; between batches, and at last in one, where something is. */
const stopping = new AbortController();
const ending = new AbortController();
let onGo: (() => void) | null = null;
let group: number | null = null;

const tell = (message: FromStep): Promise<void> =>
  new Promise((resolve) => {
    if (process.connected) process.send?.(message, () => resolve());
    else resolve();
  });

async function run(task: Task): Promise<void> {
  const secrets = maskable(task.secrets);
  const safe = (text: string): string => masked(text, secrets).slice(0, 2_000);
  const output = new Output({ secrets, most: MOST_OUTPUT, send: (text) => tell({ type: 'output', text }) });
  const end = await work(task, output, safe).catch((error: unknown): FromStep => {
    if (error instanceof Stopped) return { type: 'stopped', text: '' };
    if (error instanceof StepRefusal) return { type: 'refused', text: safe(error.message) };
    if (stopping.signal.aborted && task.mode !== 'apply') return { type: 'stopped', text: '' };
    return { type: 'failed', text: safe(errorMessage(error)) };
  });
  await output.end();
  await tell(end);
  process.exit(0);
}

async function work(task: Task, output: Output, safe: (text: string) => string): Promise<FromStep> {
  const { mode, step, targets, logs, params } = task;
  const limitMs = mode === 'observe' ? step.timeoutMs : mode === 'preview' ? PREVIEW_LIMIT_MS : APPLY_MS;
  const late = AbortSignal.timeout(limitMs);
  // Commands have no batches between which they could be stopped.
  const isInBatches = mode === 'apply' && step.uses !== null;
  const context: StepContext = {
    step,
    targets,
    logs,
    params,
    signal: AbortSignal.any([late, isInBatches ? ending.signal : stopping.signal]),
    write: (chunk) => output.write(chunk),
    say: (line) => void output.write(`${line}\n`),
    pause,
    onGroup(pid) {
      group = pid;
      void tell({ type: 'group', pid });
    },
  };
  const work = await load(task);
  if (typeof work === 'function')
    return { type: 'done', text: safe(await inTime(() => work(context), late, step.timeoutMs)) };
  if (mode === 'preview') {
    const preview = await work.preview(context);
    if (JSON.stringify(preview).length > MOST_PREVIEW)
      throw new StepRefusal('what would change is too much to be shown');
    await tell({
      type: 'preview',
      preview: { ...preview, samples: preview.samples.slice(0, 10).map(safe) },
      batch: work.batch,
    });
    return { type: 'done', text: '' };
  }
  if (task.preview === undefined) throw new Error('nothing was previewed');
  const done = await work.apply(context, task.preview, (soFar) => batch(soFar, task.preview));
  await tell({ type: 'applied', ...done });
  await verify(work, context, task.preview, safe);
  return { type: 'done', text: '' };
}

/** Its own words at its own time limit, in place of what the abort looks like inside. */
async function inTime<T>(work: () => Promise<T>, late: AbortSignal, ms: number): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (late.aborted)
      throw new ProbeFailure({ class: 'timeout', message: `ended after ${ms / 1000} s, its time limit` });
    throw error;
  }
}

async function load({ mode, step: { uses, language }, native }: Task): Promise<NativeStep> {
  if (uses === null) {
    const observe =
      mode === 'observe' ? OBSERVE[language ?? ''] : async () => (await import('../steps/sh.ts')).shChange;
    if (observe === undefined) throw new StepRefusal(`steps in ${language} are not run here`);
    return observe();
  }
  // The path is the hub's own.
  const module = (await import(native)) as { NATIVE: Readonly<Record<string, () => Promise<NativeStep>>> };
  const builtIn = Object.hasOwn(module.NATIVE, uses) ? module.NATIVE[uses] : undefined;
  if (builtIn === undefined) throw new StepRefusal(`${uses} is not built in yet`);
  return builtIn();
}

/** Resolves once the progress is in the record. */
async function batch(soFar: Progress, preview: Preview | undefined): Promise<void> {
  const { count = 0 } = preview ?? {};
  const recorded = new Promise<void>((resolve, reject) => {
    onGo = resolve;
    stopping.signal.addEventListener('abort', () => reject(new Stopped()));
  });
  recorded.catch(() => {});
  await tell({ type: 'batch', ...soFar });
  if (stopping.signal.aborted) throw new Stopped();
  await recorded;
  if (soFar.applied > count * 1.1 + 10)
    throw new StepRefusal(`more changes than the ${count} that were previewed: it was ended`);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(new Stopped());
    };
    const timer = setTimeout(() => {
      stopping.signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (stopping.signal.aborted) stop();
    else stopping.signal.addEventListener('abort', stop, { once: true });
  });
}

async function verify(
  step: MutateStep,
  context: StepContext,
  preview: Preview,
  safe: (text: string) => string,
): Promise<void> {
  const until = performance.now() + VERIFY_MS;
  for (;;) {
    const { state, text } = await step.verify(context, preview).catch((error: unknown) => ({
      state: 'pending' as const,
      text: `it could not be measured: ${errorMessage(error)}`,
    }));
    const isLast = state !== 'pending' || performance.now() + VERIFY_EVERY_MS > until;
    if (isLast && text !== '') await tell({ type: 'verified', ok: state === 'ok', text: safe(text) });
    if (isLast) return;
    await pause(VERIFY_EVERY_MS);
  }
}

process.on('message', (received) => {
  // The parent is this program itself.
  const message = received as ToStep;
  if (message.type === 'task') return void run(message.task);
  if (message.type === 'go') return onGo?.();
  stopping.abort();
  // A batch that hangs is given up, and what it did is in doubt.
  setTimeout(() => ending.abort(), STOP_MS).unref();
});
process.on('uncaughtException', (error) => {
  void tell({ type: 'failed', text: error.message.slice(0, 500).replaceAll(/\S{30,}/g, MASK) }).then(() =>
    process.exit(1),
  );
});
process.on('unhandledRejection', (error) => {
  throw error;
});
// The hub has ended.
process.on('disconnect', () => {
  if (group !== null) {
    endGroup(group, 'SIGKILL');
    endMarked();
  }
  process.exit(0);
});
for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM'] as const) process.on(signal, () => {});
