/** The configuration a command works with, or exit code 1 with every fault and where it is. */
import type { Config, ConfigRequest } from '../config/config.ts';
import type { ConfigFault } from '../config/fault.ts';
import { count, EXIT, Exit, type CliContext } from './command.ts';
import { named } from './paths.ts';

/** The configuration, or its faults. */
export async function readSettings(
  context: Pick<CliContext, 'text' | 'env'>,
): Promise<Config | { readonly faults: readonly ConfigFault[] }> {
  const { loadConfig } = await import('../config/config.ts');
  return loadConfig(request(context));
}

/** Where the configuration is to be looked for. */
export const request = (context: Pick<CliContext, 'text' | 'env'>): ConfigRequest => ({
  dir: named(context, 'config', 'WARROOM_CONFIG'),
  env: context.env,
});

/** How this person's consoles copy. */
export async function clipboard(context: Pick<CliContext, 'text' | 'env'>): Promise<string> {
  const { loadClipboard } = await import('../config/config.ts');
  return loadClipboard(request(context));
}

/** The configuration; ends the command when it has faults. */
export async function settings(context: Pick<CliContext, 'text' | 'env'>): Promise<Config> {
  const loaded = await readSettings(context);
  if (!('faults' in loaded)) return loaded;
  const { formatFault } = await import('../config/fault.ts');
  const { faults } = loaded;
  const message = `the configuration has ${count(faults.length, 'fault')}\n${faults.map(formatFault).join('\n')}`;
  throw new Exit(EXIT.faults, message, undefined, { faults });
}
