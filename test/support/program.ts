/** Runs the program the way people and scripts do: own data folder, real exit codes, whole processes or commands in this one. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { runLine } from '../../src/cli/command-line.ts';

export const MAIN = path.join(import.meta.dirname, '../../dist/src/cli/main.js');

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}
export interface Ready {
  readonly ready: true;
  readonly url: string;
  readonly http: string;
  readonly token: string;
  readonly pid: number;
}

/** A data folder of its own, an environment without ours, and every process it started ended in `close`. */
export class Place {
  readonly data: string;
  readonly env: NodeJS.ProcessEnv;
  private readonly children = new Set<ChildProcess>();

  /** `parent`: where the folder is made. */
  constructor(parent: string = os.tmpdir()) {
    this.data = mkdtempSync(path.join(parent, 'warroom-test-'));
    this.env = {
      PATH: process.env['PATH'],
      HOME: this.data,
      LANG: 'C.UTF-8',
      TERM: 'xterm-256color',
      WARROOM_DATA: this.data,
      WARROOM_NAME: 'alice',
    };
  }

  start(args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
    const child = spawn(process.execPath, [MAIN, ...args], { env: { ...this.env, ...env }, stdio: 'pipe' });
    this.children.add(child);
    child.once('exit', () => this.children.delete(child));
    return child;
  }

  /** Runs to the end. */
  run(args: readonly string[], more: { readonly input?: string; readonly env?: NodeJS.ProcessEnv } = {}): Promise<Ran> {
    const child = this.start(args, more.env);
    let stdout = '';
    let stderr = '';
    child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.stdin?.on('error', () => {});
    child.stdin?.end(more.input ?? '');
    return new Promise((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })));
  }

  /** Runs with --json and gives the parsed answer; throws when the exit code is another. */
  async json(args: readonly string[], code = 0): Promise<unknown> {
    const ran = await this.run([...args, '--json']);
    if (ran.code !== code)
      throw new Error(`warroom ${args.join(' ')} ended with ${ran.code}: ${ran.stderr}${ran.stdout}`);
    return JSON.parse(ran.stdout);
  }

  /** A hub in the foreground on a free port, ready. */
  async hub(args: readonly string[] = []): Promise<{ readonly ready: Ready; readonly child: ChildProcess }> {
    const child = this.start(['hub', '--json', '--listen', '127.0.0.1:0', ...args]);
    let stderr = '';
    child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const line = await new Promise<string>((resolve, reject) => {
      if (child.stdout) createInterface({ input: child.stdout }).once('line', resolve);
      child.once('exit', (code) => reject(new Error(`the hub ended with ${code}: ${stderr}`)));
    });
    return { ready: JSON.parse(line) as Ready, child };
  }

  async close(): Promise<void> {
    await Promise.all(
      [...this.children].map(
        (child) =>
          new Promise<void>((resolve) => {
            child.once('exit', () => resolve());
            child.kill('SIGKILL');
          }),
      ),
    );
    rmSync(this.data, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }
}

/** Runs commands in this process: without a terminal or input, and no command that goes on until a signal. */
export class InProcess extends Place {
  override async run(args: readonly string[], more: { readonly env?: NodeJS.ProcessEnv } = {}): Promise<Ran> {
    const stdout: Buffer[] = [];
    let stderr = '';
    const code = await runLine(args, {
      env: { ...this.env, ...more.env },
      stdout: (text) => void stdout.push(Buffer.from(text)),
      stderr: (text) => void (stderr += text),
    });
    return { code, stdout: Buffer.concat(stdout).toString(), stderr };
  }

  /** Runs to the end as a process of its own. */
  readonly whole: Place['run'] = (args, more) => super.run(args, more);
}

export const ended = (child: ChildProcess): Promise<number | null> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve(child.exitCode)
    : new Promise((resolve) => child.once('exit', resolve));
