/** The child process of the hub in which one step runs: what a server answers or a command prints can only hurt this one. */
import { hostname } from 'node:os';
import { errorMessage } from '../../incident/words.ts';
import { ProbeFailure } from '../../probes/failure.ts';
import type { Target } from '../../probes/probe.ts';
import {
  StepRefusal,
  type MutateStep,
  type NativeStep,
  type Preview,
  type Progress,
  type StepContext,
} from '../native/step.ts';
import type { Observe, ObserveContext } from '../steps/context.ts';
import { endGroup, endMarked } from '../steps/command.ts';
import { maskable, masked, MASK, Output } from './output.ts';
import {
  APPLY_MS,
  COMMANDS,
  MOST_OUTPUT,
  PREVIEW_LIMIT_MS,
  STOP_MS,
  VERIFY_EVERY_MS,
  VERIFY_MS,
  type FromStep,
  type Task,
  type ToStep,
} from './task.ts';

const OBSERVE: Readonly<Record<string, () => Promise<Observe>>> = {
  sql: async () => (await import('../steps/sql.ts')).sql,
  redis: async () => (await import('../steps/redis.ts')).redisStep,
  log: async () => (await import('../steps/log.ts')).log,
  http: async () => (await import('../steps/http.ts')).httpStep,
  docker: async () => (await import('../steps/docker.ts')).docker,
  sh: async () => (await import('../steps/sh.ts')).sh,
};
/** Stands in where a step needs no target. */
const HERE: Target = { name: '', kind: '', intervalMs: 0, settings: {} };
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
  const { mode, step } = task;
  const limitMs = mode === 'observe' ? step.timeoutMs : mode === 'preview' ? PREVIEW_LIMIT_MS : APPLY_MS;
  const late = AbortSignal.timeout(limitMs);
  const signal = AbortSignal.any([late, mode === 'apply' ? ending.signal : stopping.signal]);
  const native = step.uses === null ? null : await nativeStep(task, step.uses);
  const [first, ...others] = task.targets;
  const context = { ...observing(task, output), signal };
  if (mode === 'observe' && native === null) {
    const observe = OBSERVE[step.language ?? ''];
    if (observe === undefined) throw new StepRefusal(`steps in ${step.language} are not run here`);
    return { type: 'done', text: safe(await inTime(async () => (await observe())(context), late, step.timeoutMs)) };
  }
  // One over HTTP has its address in its block, or looks at its targets itself.
  if (native !== null && first === undefined && step.language !== 'http')
    throw new StepRefusal('there is no target to run it on');
  const ours: StepContext = {
    targets: [first ?? HERE, ...others],
    params: task.params,
    text: step.text,
    signal,
    say: (line) => void output.write(`${line}\n`),
    pause,
  };
  if (native?.kind === 'observe')
    return { type: 'done', text: safe(await inTime(() => native.observe(ours), late, step.timeoutMs)) };
  const change = native ?? shell(context);
  if (mode === 'preview') {
    const preview = await change.preview(ours);
    if (JSON.stringify(preview).length > MOST_PREVIEW)
      throw new StepRefusal('what would change is too much to be shown');
    await tell({
      type: 'preview',
      preview: { ...preview, samples: preview.samples.slice(0, 10).map(safe) },
      batch: change.batch,
    });
    return { type: 'done', text: '' };
  }
  if (task.preview === undefined) throw new Error('nothing was previewed');
  const done = await change.apply(ours, task.preview, (soFar) => batch(soFar, task.preview));
  await tell({ type: 'applied', ...done });
  await verify(change, ours, task.preview, safe);
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

async function nativeStep({ native }: Task, name: string): Promise<NativeStep> {
  // The path is the hub's own.
  const module = (await import(native)) as { NATIVE: Readonly<Record<string, () => Promise<NativeStep>>> };
  const load = Object.hasOwn(module.NATIVE, name) ? module.NATIVE[name] : undefined;
  if (load === undefined) throw new StepRefusal(`${name} is not built in yet`);
  return load();
}

const observing = ({ step, targets, logs, params }: Task, output: Output): Omit<ObserveContext, 'signal'> => ({
  step,
  target: targets[0],
  logs,
  params,
  write: (chunk) => output.write(chunk),
  onGroup(pid) {
    group = pid;
    void tell({ type: 'group', pid });
  },
});

/** Commands that change something: no preview can say what, so the commands themselves are what is confirmed. */
function shell(context: ObserveContext): MutateStep {
  const { step } = context;
  return {
    kind: 'mutate',
    batch: 1,
    preview: async () => ({
      count: 1,
      unit: COMMANDS,
      samples: step.text.trim().split('\n').slice(0, 10),
      node: hostname(),
      role: null,
      complete: true,
      undo: step.undo === 'none' ? null : step.undo,
      irreversible: true,
    }),
    async apply() {
      const { sh } = await import('../steps/sh.ts');
      await sh({ ...context, signal: AbortSignal.any([context.signal, stopping.signal]) });
      return { applied: 1, skipped: 0 };
    },
    verify: async () => ({ state: 'ok', text: '' }),
  };
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
