/** The hub as a child process, to be killed. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { built } from './built.ts';

/** How to run hub-program.ts, built. */
export const hubProgram: readonly [string, ...string[]] = [process.execPath, built('test/support/hub-program.ts')];

export interface HubChild {
  readonly url: string;
  readonly token: string;
  readonly child: ChildProcess;
  /** Sends `signal` and waits for the end. */
  kill(signal: NodeJS.Signals): Promise<void>;
}

/** Starts a hub on `dataDir`; rejects with what it printed when it ends before it listens. */
export async function startChild(dataDir: string, port = 0, more: readonly string[] = []): Promise<HubChild> {
  const [file, ...args] = hubProgram;
  const child = spawn(file, [...args, 'hub', '--data', dataDir, '--port', String(port), ...more], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const line = await Promise.race([
    new Promise<string>((resolve) => createInterface(child.stdout).once('line', resolve)),
    ended.then(() => Promise.reject(new Error(`the hub ended: ${errors}`))),
  ]);
  const { url, token } = JSON.parse(line) as { url: string; token: string };
  return {
    url,
    token,
    child,
    kill: (signal) => {
      child.kill(signal);
      return ended;
    },
  };
}
