/** Where things are on this machine: data, configuration, and who is asking. */
import { mkdir } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Exit, UsageError, type CliContext } from './command.ts';

/** `--data`, else `$WARROOM_DATA`, else `$XDG_STATE_HOME/warroom` (`~/.local/state/warroom`). */
export function dataDir(context: Pick<CliContext, 'text' | 'env'>): string {
  const given = named(context, 'data', 'WARROOM_DATA');
  if (given !== undefined) return path.resolve(given);
  const state = context.env['XDG_STATE_HOME'] || path.join(home(), '.local', 'state');
  return path.join(state, 'warroom');
}

function home(): string {
  try {
    return os.homedir();
  } catch {
    // A user without a line in the list of users, as in many containers.
    throw new UsageError('this user has no home folder; say where the data is to be: --data DIR');
  }
}

/** The same, made when it is not there; where that cannot be, the command ends with `code` and what to do. */
export async function madeDataDir(context: Pick<CliContext, 'text' | 'env'>, code: number): Promise<string> {
  const dir = dataDir(context);
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    return dir;
  } catch (fault) {
    throw new Exit(code, unusable(dir, fault));
  }
}

/** What is said of a data folder that is there and cannot be used, or cannot be made. */
export const unusable = (dir: string, fault: unknown): string =>
  `the data folder ${dir} cannot be used: ${fault instanceof Error ? fault.message : String(fault)}; mend it, or --data DIR`;

/** An option, else a variable of the environment; a variable that is set to nothing is not set. */
export function named(context: Pick<CliContext, 'text' | 'env'>, option: string, variable: string): string | undefined {
  return context.text(option) ?? (context.env[variable] || undefined);
}

/** Where unsent commands for the hub `key` wait; each person's apart, so that nobody's words go out under another name. */
export const outboxDir = (dir: string, key: string, name: string): string =>
  path.join(dir, 'outbox', key, Buffer.from(name).toString('hex'));

/** `--as`, else `$WARROOM_NAME`, else the name of the user who runs this. */
export function myName(context: Pick<CliContext, 'text' | 'env'>): string {
  const given = named(context, 'as', 'WARROOM_NAME');
  if (given !== undefined) return given;
  try {
    return os.userInfo().username;
  } catch {
    return context.env['USER'] ?? 'me';
  }
}
