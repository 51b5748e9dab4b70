/** Where things are on this machine: data, configuration, and who is asking. */
import os from 'node:os';
import path from 'node:path';
import type { Context } from './command.ts';

/** `--data`, else `$WARROOM_DATA`, else `$XDG_STATE_HOME/warroom` (`~/.local/state/warroom`). */
export function dataDir(context: Pick<Context, 'text' | 'env'>): string {
  const given = named(context, 'data', 'WARROOM_DATA');
  if (given !== undefined) return path.resolve(given);
  const state = context.env['XDG_STATE_HOME'] || path.join(os.homedir(), '.local', 'state');
  return path.join(state, 'warroom');
}

/** An option, else a variable of the environment; a variable that is set to nothing is not set. */
export function named(context: Pick<Context, 'text' | 'env'>, option: string, variable: string): string | undefined {
  return context.text(option) ?? (context.env[variable] || undefined);
}

/** Where unsent commands for the hub `key` wait; each person's apart, so that nobody's words go out under another name. */
export const outboxDir = (dir: string, key: string, name: string): string =>
  path.join(dir, 'outbox', key, Buffer.from(name).toString('hex'));

/** `--as`, else `$WARROOM_NAME`, else the name of the user who runs this. */
export function myName(context: Pick<Context, 'text' | 'env'>): string {
  const given = named(context, 'as', 'WARROOM_NAME');
  if (given !== undefined) return given;
  try {
    return os.userInfo().username;
  } catch {
    return context.env['USER'] ?? 'me';
  }
}
