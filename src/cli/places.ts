/** Where things are on this machine: data, configuration, and who is asking. */
import os from 'node:os';
import path from 'node:path';
import type { Context } from './command.ts';

/** `--data`, else `$WARROOM_DATA`, else `$XDG_STATE_HOME/warroom` (`~/.local/state/warroom`). */
export function dataDir(context: Pick<Context, 'text' | 'env'>): string {
  const given = context.text('data') ?? context.env['WARROOM_DATA'];
  if (given) return path.resolve(given);
  const state = context.env['XDG_STATE_HOME'] || path.join(os.homedir(), '.local', 'state');
  return path.join(state, 'warroom');
}

/** `--as`, else `$WARROOM_NAME`, else the name of the user who runs this. */
export function myName(context: Pick<Context, 'text' | 'env'>): string {
  const given = context.text('as') ?? context.env['WARROOM_NAME'];
  if (given) return given;
  try {
    return os.userInfo().username;
  } catch {
    return context.env['USER'] ?? 'me';
  }
}
