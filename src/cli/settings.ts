/** The configuration a command works with, or exit code 1 with every fault and where it is. */
import { loadConfig, type Config } from '../config/config.ts';
import { formatFault } from '../config/fault.ts';
import { EXIT, Exit, type Context } from './command.ts';

export async function settings(context: Context): Promise<Config> {
  const dir = context.text('config') ?? context.env['WARROOM_CONFIG'];
  const loaded = await loadConfig({ ...(dir === undefined ? {} : { dir }), env: context.env });
  if (!('faults' in loaded)) return loaded;
  if (context.json) context.out(JSON.stringify({ faults: loaded.faults }));
  const { length } = loaded.faults;
  throw new Exit(
    EXIT.faults,
    `the configuration has ${length} fault${length === 1 ? '' : 's'}\n${loaded.faults.map(formatFault).join('\n')}`,
  );
}
