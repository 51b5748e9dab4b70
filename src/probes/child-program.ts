/** Programs of this package as processes of their own, named by their path in `src/` without its ending. */
import { fork, type ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const type = path.extname(import.meta.filename);
const fileOf = (program: string): string => path.join(import.meta.dirname, '..', program + type);
const loader = type === '.js' ? [] : ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href];

/** What Node runs `program` with, built or not. */
export const nodeArgs = (program: string): readonly string[] => [...loader, fileOf(program)];

/** Starts `program`, which is talked to by messages. `heapMiB`: the most that its heap may take. */
export const forkProgram = (program: string, heapMiB: number): ChildProcess =>
  fork(fileOf(program), {
    execArgv: [...loader, `--max-old-space-size=${heapMiB}`],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
