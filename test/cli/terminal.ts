/** A command of the shell at a real terminal. */
import { spawn } from '@lydell/node-pty';
import { until } from '../support/patience.ts';
import { MAIN } from '../support/program.ts';

/** Types `answer` once the screen shows `when`; answers the exit code, and all that stood on the screen. */
export async function typed(
  env: NodeJS.ProcessEnv,
  args: readonly string[],
  when: string,
  answer: string,
): Promise<{ code: number; screen: string }> {
  const pty = spawn(process.execPath, [MAIN, ...args], { cols: 200, rows: 20, env });
  let screen = '';
  let code: number | null = null;
  pty.onData((data) => (screen += data));
  pty.onExit(({ exitCode }) => (code = exitCode));
  const seen = (): string => screen;
  await until('it asks', () => screen.includes(when), seen);
  pty.write(answer);
  await until('it ends', () => code !== null, seen);
  return { code: code ?? -1, screen };
}
