/** The configuration a command works with. */
import type { Config, ConfigRequest } from '../config/config.ts';
import type { ConfigFault } from '../config/fault.ts';
import { count, EXIT, Exit, type OptionSource } from './command.ts';
import { named } from './paths.ts';

/** Where the configuration is looked for. */
export const request = (context: OptionSource): ConfigRequest => ({
  dir: named(context, 'config', 'WARROOM_CONFIG'),
  env: context.env,
});

/** The configuration, or its faults. */
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
  const message = `the configuration has ${count(faults.length, 'fault')}\n${faults.map(formatFault).join('\n')}`;
  throw new Exit(EXIT.faults, message, undefined, { faults });
}
