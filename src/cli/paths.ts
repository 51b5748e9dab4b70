/** Where things are on this machine: data, configuration, and who is asking. */
import { mkdir } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Exit, messageOf, UsageError, type OptionSource } from './command.ts';

/** `--data`, else `$WARROOM_DATA`, else `$XDG_STATE_HOME/warroom` (`~/.local/state/warroom`). */
export function dataDir(context: OptionSource): string {
  const given = named(context, 'data', 'WARROOM_DATA');
  if (given !== undefined) return path.resolve(given);
  const state = context.env['XDG_STATE_HOME'] || path.join(home(), '.local', 'state');
  return path.join(state, 'warroom');
}

function home(): string {
  try {
    return os.homedir();
  } catch {
    // The user is missing from the user database, as in many containers.
    throw new UsageError('this user has no home folder; say where the data is to be: --data DIR');
  }
}

/** The data folder, created if missing; the command ends with `code` where that fails. */
export async function madeDataDir(context: OptionSource, code: number): Promise<string> {
  const dir = dataDir(context);
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    return dir;
  } catch (fault) {
    throw new Exit(code, unusable(dir, fault));
  }
}

/** Why the data folder cannot be used, in words. */
export const unusable = (dir: string, fault: unknown): string =>
  `the data folder ${dir} cannot be used: ${messageOf(fault)}; mend it, or --data DIR`;

/** An option, else an environment variable; an empty variable counts as unset. */
export function named(context: OptionSource, option: string, variable: string): string | undefined {
  return context.text(option) ?? (context.env[variable] || undefined);
}

/** Where unsent commands for the hub `key` wait. One folder per person, so that nothing is sent under another name. */
export const outboxDir = (dir: string, key: string, name: string): string =>
  path.join(dir, 'outbox', key, Buffer.from(name).toString('hex'));

/** `--as`, else `$WARROOM_NAME`, else the name of the user who runs this. */
export function myName(context: OptionSource): string {
  const given = named(context, 'as', 'WARROOM_NAME');
  if (given !== undefined) return given;
  try {
    return os.userInfo().username;
  } catch {
    return context.env['USER'] ?? 'me';
  }
}
