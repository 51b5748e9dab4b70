/** A command in a process group of its own, which is ended as a whole. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { errorCodeOf, ProbeFailure } from '../../probes/failure.ts';
import { StepRefusal, type StepContext } from '../native/step.ts';

/** Between the request to end and the end, ms. */
const GRACE_MS = 2_000;

interface CommandOptions {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string | null;
}

export function endGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // The group has ended.
  }
}

/** In the environment of all that a command starts, also of what has left its process group. */
const MARK = randomUUID();

/** Ends what has left the group, where /proc tells. */
export function endMarked(): void {
  let pids: readonly string[] = [];
  try {
    pids = readdirSync('/proc').filter((name) => /^[1-9]\d*$/.test(name) && Number(name) !== process.pid);
  } catch {
    // Not on this system.
  }
  for (const pid of pids)
    try {
      if (readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(`WARROOM_STEP=${MARK}`))
        process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It has ended, or is another user's.
    }
}

/** Prints both outputs as they come. Resolves with `exit code 0 in 1.2 s`; rejects for any other code. */
export async function runStepCommand(
  { file, args, env, cwd }: CommandOptions,
  { signal, write, onGroup }: Pick<StepContext, 'signal' | 'write' | 'onGroup'>,
): Promise<string> {
  const began = performance.now();
  const child = spawn(file, args, {
    env: { ...env, WARROOM_STEP: MARK },
    ...(cwd !== null && { cwd }),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<{ readonly code: number | null; readonly by: NodeJS.Signals | null }>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, by) => resolve({ code, by }));
  });
  if (child.pid !== undefined) onGroup(child.pid);
  const { pid } = child;
  let late: NodeJS.Timeout | undefined;
  const stop = (): void => {
    if (pid === undefined) return;
    endGroup(pid, 'SIGTERM');
    late = setTimeout(() => endGroup(pid, 'SIGKILL'), GRACE_MS);
  };
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  const printing = [child.stdout, child.stderr].map(async (stream) => {
    for await (const chunk of stream as AsyncIterable<Buffer>) await write(chunk);
  });
  const printed = Promise.allSettled(printing);
  try {
    const { code, by } = await ended.catch((error: unknown) => {
      const why =
        errorCodeOf(error) === 'ENOENT'
          ? `there is no ${file} where the hub runs, or no folder ${cwd ?? ''}`
          : String(error);
      throw new StepRefusal(why);
    });
    // What it left running in the background holds its output open.
    if (pid !== undefined) endGroup(pid, 'SIGKILL');
    endMarked();
    await printed;
    const took = `${((performance.now() - began) / 1000).toFixed(1)} s`;
    if (signal.aborted) throw new ProbeFailure({ class: 'timeout', message: `ended after ${took}` });
    if (code === 0) return `exit code 0 in ${took}`;
    throw new ProbeFailure({
      class: 'status',
      message: `${by === null ? `exit code ${code}` : `ended by ${by}`} after ${took}`,
    });
  } finally {
    clearTimeout(late);
    signal.removeEventListener('abort', stop);
    onGroup(null);
  }
}
