/** Runs built-in steps as the runner does, without its record: preview, apply, verify. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { probeOf } from '../../src/probes/index.ts';
import type { Target } from '../../src/probes/probe.ts';
import { NATIVE } from '../../src/runbooks/native/index.ts';
import type { MutateStep, ObserveStep, Preview, Progress, StepContext } from '../../src/runbooks/native/step.ts';

/** The lines of a page of docs/ that give a user its rights, from its code block in `language`. */
export function rightsIn(page: string, language: 'redis' | 'sql'): string[] {
  const text = readFileSync(path.join(import.meta.dirname, '../../docs', page), 'utf8');
  const block = new RegExp(`\`\`\`${language}\\n((?:ACL|CREATE ROLE)[^\`]+)\`\`\``).exec(text);
  return (block?.[1] ?? '').trim().split('\n');
}

/** A target of warroom.yaml. */
export async function targetOf(kind: string, raw: Readonly<Record<string, unknown>>, name = kind): Promise<Target> {
  const settings = (await probeOf(kind))?.parse(raw);
  if (settings === undefined || (typeof settings === 'object' && settings !== null && 'faults' in settings))
    throw new Error(JSON.stringify(settings));
  return { name, kind, intervalMs: 1000, settings };
}

export interface Ran {
  readonly preview: Preview;
  readonly progress: Progress;
  readonly batches: readonly Progress[];
  readonly said: readonly string[];
}

const PLAIN = {
  language: null,
  uses: null,
  timeoutMs: 10_000,
  sinceMs: null,
  cwd: null,
  interpreter: null,
  undo: null,
};

export function contextOf(
  targets: readonly Target[],
  params: Readonly<Record<string, string>>,
  { text = '', ...more }: Partial<StepContext> & { readonly text?: string } = {},
): StepContext & { readonly said: string[] } {
  const said: string[] = [];
  const signal = more.signal ?? AbortSignal.timeout(30_000);
  return {
    step: { ...PLAIN, text },
    targets,
    logs: [],
    params,
    signal,
    write: async (chunk) => void said.push(String(chunk)),
    onGroup: () => {},
    say: (line) => void said.push(line),
    pause: (ms) => sleep(ms, undefined, { signal }),
    ...more,
    said,
  };
}

export async function mutation(uses: string): Promise<MutateStep> {
  const step = await NATIVE[uses]?.();
  if (typeof step !== 'object') throw new Error(`${uses} changes nothing`);
  return step;
}

export async function observation(uses: string): Promise<ObserveStep> {
  const step = await NATIVE[uses]?.();
  if (typeof step !== 'function') throw new Error(`${uses} does not observe`);
  return step;
}

/** `between` runs after the preview, as what happens while people decide. */
export async function run(
  uses: string | MutateStep,
  context: StepContext & { readonly said: string[] },
  between: (preview: Preview) => Promise<unknown> = async () => {},
): Promise<Ran> {
  const step = typeof uses === 'string' ? await mutation(uses) : uses;
  const preview = JSON.parse(JSON.stringify(await step.preview(context))) as Preview;
  await between(preview);
  const batches: Progress[] = [];
  const progress = await step.apply(context, preview, async (soFar) => void batches.push({ ...soFar }));
  return { preview, progress, batches, said: context.said };
}
