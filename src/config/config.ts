/** Finds and reads the configuration: all of it, or all of its faults. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { HANDBOOK_POLICY, type Policy } from '../incident/policy.ts';
import type { Target } from '../probes/probe.ts';
import { runbookFile } from '../incident/runbook.ts';
import type { RuleDoubt } from '../rules/lint.ts';
import type { Rule } from '../rules/rule.ts';
import { YamlFile } from './yaml-file.ts';
import type { ConfigFault } from './fault.ts';
import { loadRules } from './load-rules.ts';
import { readSeverities } from './severities.ts';
import { findRuleFiles, readText, type TextFile } from './text-file.ts';
import { DEFAULT_CLIPBOARD, DEFAULT_HUB, readClipboard, readWarroom, type HubConfig } from './warroom.ts';

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
  const dir = configDir(request);
  const read = (name: string): YamlFile | null => fileNamed(name, dir, env);

  const [warroom, severities] = [read('warroom.yaml'), read('severities.yaml')];
  const { hub, targets } = warroom === null ? { hub: DEFAULT_HUB, targets: [] } : await readWarroom(warroom);
  const policy = severities === null ? HANDBOOK_POLICY : readSeverities(severities);
  const files = [warroom, severities].filter((file) => file !== null);
  const alerts = alertFiles(dir);
  const { rules, faults: ruleFaults } = loadRules(alerts);
  const faults = [...files.flatMap((file) => file.faults), ...ruleFaults];
  if (faults.length > 0) return { faults };
  return { dir, files: [...files, ...alerts].map((file) => file.path), hub, targets, policy, rules };
}

/** The file of that name in `dir`, else the shipped one. */
function fileNamed(name: string, dir: string, env: NodeJS.ProcessEnv): YamlFile | null {
  const text = readText(path.join(dir, name)) ?? readText(path.join(shippedDir(), name));
  if (text === null) return null;
  const file = new YamlFile(text, env);
  if (file.data === null && !file.hasFaults)
    file.fault([], 'the file is empty: take it away for the shipped one, or say what differs');
  return file;
}

/** The `clipboard` setting alone, for consoles, whatever faults the rest of the file has. */
export function loadClipboard(request: ConfigRequest): string {
  const file = fileNamed('warroom.yaml', configDir(request), request.env);
  const top = file?.data ?? null;
  return (top === null ? null : file?.section(top, [], readClipboard)) ?? DEFAULT_CLIPBOARD;
}

/** `alerts.yaml` of the folder, else the shipped one, and whatever YAML files stand in its folder `alerts`. */
export function alertFiles(dir: string): readonly TextFile[] {
  const main = readText(path.join(dir, 'alerts.yaml')) ?? readText(path.join(shippedDir(), 'alerts.yaml'));
  const more = ['yaml', 'yml'].flatMap((ending) => findRuleFiles(path.join(dir, 'alerts.yaml'), `alerts/*.${ending}`));
  return [...(main === null ? [] : [main]), ...more];
}

/** `--config`, else the first of the usual places that is ours. */
export function configDir({ dir, env, cwd = process.cwd() }: ConfigRequest): string {
  if (dir !== undefined) return dir;
  // An empty variable counts as unset.
  const home = env['XDG_CONFIG_HOME'] || (env['HOME'] ? path.join(env['HOME'], '.config') : null);
  const own = home === null ? null : path.join(home, 'warroom');
  if (own !== null && OURS.some((name) => existsSync(path.join(own, name)))) return own;
  // Any program may have a folder `config`: only one with a warroom.yaml is ours.
  const here = path.join(cwd, 'config');
  return existsSync(path.join(here, 'warroom.yaml')) ? here : shippedDir();
}
const OURS = ['warroom.yaml', 'severities.yaml', 'alerts.yaml', 'alerts'];

/** The `config` folder of this package, from the sources as well as from `dist`. */
export function shippedDir(): string {
  let dir = import.meta.dirname;
  while (!existsSync(path.join(dir, 'config', 'warroom.yaml')) && path.dirname(dir) !== dir) dir = path.dirname(dir);
  return path.join(dir, 'config');
}

/** The rules whose runbook is neither in the folder `dir` nor shipped. */
export function missingRunbooks(rules: readonly Rule[], dir: string): RuleDoubt[] {
  return rules.flatMap((rule) => {
    const file = rule.runbook === null ? null : runbookFile(rule.runbook);
    const isThere = file === null || [dir, shippedDir()].some((folder) => existsSync(path.join(folder, file)));
    const message = `its runbook is not there: ${path.join(dir, file ?? '')}`;
    return isThere ? [] : [{ rule, location: rule.runbookLocation, message }];
  });
}
