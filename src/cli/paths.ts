/** Where things are on this machine: data, configuration, and who is asking. */
import { mkdir } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { counted, errorMessage } from '../incident/words.ts';
import { Exit, UsageError, EXIT, type OptionSource } from './command.ts';
import type { Config, ConfigRequest } from '../config/config.ts';
import type { ConfigFault } from '../config/fault.ts';

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

/** A file that tells the folder of drills from one of real incidents. */
export const DRILLS_MARK = 'drills-only';

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

export const unusable = (dir: string, fault: unknown): string =>
  `the data folder ${dir} cannot be used: ${errorMessage(fault)}; mend it, or --data DIR`;

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

export const request = (context: OptionSource): ConfigRequest => ({
  dir: named(context, 'config', 'WARROOM_CONFIG'),
  drill: context.text('drill'),
  env: context.env,
});

export async function readSettings(
  context: OptionSource,
): Promise<Config | { readonly faults: readonly ConfigFault[] }> {
  const { loadConfig } = await import('../config/config.ts');
  return loadConfig(request(context));
}

/** The configuration; every fault is listed, and ends the command with exit code 1. */
export async function settings(context: OptionSource): Promise<Config> {
  const loaded = await readSettings(context);
  if (!('faults' in loaded)) return loaded;
  const { formatFault } = await import('../config/fault.ts');
  const { faults } = loaded;
  const message = `the configuration has ${counted(faults.length, 'fault')}\n${faults.map(formatFault).join('\n')}`;
  throw new Exit(EXIT.faults, message, undefined, { faults });
}
