/** Finds and reads the configuration: all of it, or all of its faults. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { HANDBOOK_POLICY } from '../incident/policy.ts';
import type { Policy } from '../incident/policy.ts';
import type { Target } from '../probes/probe.ts';
import type { Rule } from '../rules/rule.ts';
import { ConfigFile } from './document.ts';
import type { ConfigFault } from './fault.ts';
import { readText } from './rulefiles.ts';
import { loadRules } from './rules.ts';
import { readSeverities } from './severities.ts';
import { DEFAULT_HUB, readWarroom } from './warroom.ts';
import type { HubConfig } from './warroom.ts';

/** Plain data: it replaces the one before it as a whole or not at all. */
export interface Config {
  /** The folder it was read from. */
  readonly dir: string;
  /** Every file that was read. */
  readonly files: readonly string[];
  readonly hub: HubConfig;
  readonly targets: readonly Target[];
  readonly policy: Policy;
  readonly rules: readonly Rule[];
}
export interface ConfigRequest {
  /** `--config`; without it the usual places are searched. */
  readonly dir?: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  /** Where `./config` is looked for. */
  readonly cwd?: string;
}

/** Files that are missing in the folder are the shipped ones, so that a folder needs to hold only what differs. */
export async function loadConfig(
  request: ConfigRequest,
): Promise<Config | { readonly faults: readonly ConfigFault[] }> {
  const { env } = request;
  if (request.dir !== undefined && !existsSync(request.dir))
    return { faults: [{ file: request.dir, line: 1, column: 1, message: 'there is no such folder', source: null }] };
  const dir = request.dir ?? findDir(request);
  const read = async (name: string): Promise<ConfigFile | null> =>
    (await ConfigFile.read(path.join(dir, name), env)) ?? (await ConfigFile.read(path.join(shippedDir(), name), env));

  const [warroom, severities] = await Promise.all([read('warroom.yaml'), read('severities.yaml')]);
  const { hub, targets } = warroom === null ? { hub: DEFAULT_HUB, targets: [] } : await readWarroom(warroom);
  const policy = severities === null ? HANDBOOK_POLICY : readSeverities(severities);
  const files = [warroom, severities].filter((file) => file !== null);
  const alerts = readAlerts(dir);
  const faults = [
    ...files.flatMap((file) => file.faults.toSorted((a, b) => a.line - b.line || a.column - b.column)),
    ...alerts.faults,
  ];
  if (faults.length > 0) return { faults };
  const names = [...files.map((file) => file.file), alerts.file];
  return { dir, files: names, hub, targets, policy, rules: alerts.rules };
}

function readAlerts(dir: string): ReturnType<typeof loadRules> & { readonly file: string } {
  const own = path.join(dir, 'alerts.yaml');
  const file = existsSync(own) ? own : path.join(shippedDir(), 'alerts.yaml');
  const text = readText(file);
  if (text !== null) return { ...loadRules([text]), file };
  return { rules: [], faults: [{ file, line: 1, column: 1, message: 'the file cannot be read', source: null }], file };
}

/** The first of the usual places that has a warroom.yaml. */
function findDir({ env, cwd = process.cwd() }: ConfigRequest): string {
  const home = env['XDG_CONFIG_HOME'] ?? (env['HOME'] === undefined ? null : path.join(env['HOME'], '.config'));
  const places = [...(home === null ? [] : [path.join(home, 'warroom')]), path.join(cwd, 'config')];
  return places.find((place) => existsSync(path.join(place, 'warroom.yaml'))) ?? shippedDir();
}

/** The `config` folder of this package, from the sources as well as from `dist`. */
export function shippedDir(): string {
  let dir = import.meta.dirname;
  while (!existsSync(path.join(dir, 'config', 'warroom.yaml')) && path.dirname(dir) !== dir) dir = path.dirname(dir);
  return path.join(dir, 'config');
}
