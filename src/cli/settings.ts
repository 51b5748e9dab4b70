/** The configuration a command works with, or exit code 1 with every fault and where it is. */
import { loadConfig, type Config } from '../config/config.ts';
import { formatFault } from '../config/fault.ts';
import { EXIT, Exit, type Context } from './command.ts';

/** The configuration, or its faults. */
export function readSettings(context: Context): ReturnType<typeof loadConfig> {
  const dir = context.text('config') ?? context.env['WARROOM_CONFIG'];
  return loadConfig({ ...(dir === undefined ? {} : { dir }), env: context.env });
}

export async function settings(context: Context): Promise<Config> {
  const loaded = await readSettings(context);
  if (!('faults' in loaded)) return loaded;
  if (context.json) context.out(JSON.stringify({ faults: loaded.faults }));
  const { length } = loaded.faults;
  throw new Exit(
    EXIT.faults,
    `the configuration has ${length} fault${length === 1 ? '' : 's'}\n${loaded.faults.map(formatFault).join('\n')}`,
  );
}
