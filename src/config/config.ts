/** Finds and reads the configuration, or reports all of its faults. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { HANDBOOK_POLICY, type Policy } from '../incident/policy.ts';
import { DEFAULT_ROUTE } from '../incident/paging.ts';
import type { Templates } from '../incident/public-words.ts';
import type { SettingsReader } from '../probes/settings-reader.ts';
import type { Rule } from '../rules/rule.ts';
import { YamlFile } from './yaml-file.ts';
import { fileFault, type ConfigFault } from './fault.ts';
import { loadRules, type KnownNames } from './load-rules.ts';
import type { OncallConfig } from './oncall.ts';
import type { Receiver } from '../delivery/receiver.ts';
import type { LogSource } from '../logs/source.ts';
import { readSeverities } from './severities.ts';
import { readTemplates } from './templates.ts';
import { findRuleFiles, readText, type TextFile } from './text-file.ts';
import {
  DEFAULT_CLIPBOARD,
  NO_WARROOM,
  readClipboard,
  readNotify,
  readWarroom,
  type Notify,
  type WarroomConfig,
} from './warroom.ts';

export interface Config extends WarroomConfig {
  readonly dir: string;
  readonly files: readonly string[];
  readonly policy: Policy;
  readonly rules: readonly Rule[];
  /** Null: nobody is ever on call. */
  readonly oncall: OncallConfig | null;
  readonly templates: Templates;
  /** Who is told outside. */
  readonly receivers: readonly Receiver[];
  /** What is searched for correlation ids, and by the `log` steps of runbooks. */
  readonly logs: readonly LogSource[];
}
export interface ConfigRequest {
  /** `--config`; without it the default places are searched. */
  readonly dir?: string | undefined;
  /** The file of a drill, which then stands for warroom.yaml and alerts.yaml; empty: no drill runs, and those before are looked at. */
  readonly drill?: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  /** Where `./config` is looked for. */
  readonly cwd?: string;
}

/** Files missing in the folder are replaced by the shipped ones, so that a folder holds only what differs. */
export async function loadConfig(
  request: ConfigRequest,
): Promise<Config | { readonly faults: readonly ConfigFault[] }> {
  if (request.dir !== undefined && !existsSync(request.dir))
    return { faults: [fileFault(request.dir, 'there is no such folder')] };
  const dir = configDir(request);
  const files: YamlFile[] = [];
  /** What `read` makes of a file; `otherwise` where there is none. */
  async function loaded<T>(
    text: TextFile | null,
    read: (file: YamlFile) => T | Promise<T>,
    otherwise: T,
    env: NodeJS.ProcessEnv | null = request.env,
  ): Promise<T> {
    if (text === null) return otherwise;
    const file = new YamlFile(text, env);
    files.push(file);
    return read(file);
  }
  const isDrill = request.drill !== undefined;
  // The shipped oncall.yaml names nobody, so only a folder's own is read; the calendar library is loaded with it.
  const readPlan = async (file: YamlFile) => (await import('./oncall.ts')).readOncall(file);
  const oncall = await loaded<OncallConfig | null>(readText(path.join(dir, 'oncall.yaml')), readPlan, null, null);
  // The shipped rules name the default route, which an organisation need not have.
  const known: KnownNames =
    oncall === null ? {} : { routes: [...new Set([...Object.keys(oncall.plan.routes), DEFAULT_ROUTE])] };
  const warroom = isDrill ? null : textNamed('warroom.yaml', dir);
  const ofWarroom = await loaded(warroom, (file) => readWarroom(file, known.routes), NO_WARROOM);
  const policy = await loaded(textNamed('severities.yaml', dir), readSeverities, HANDBOOK_POLICY);
  const alerts = isDrill ? [] : alertFiles(dir);
  const { rules, faults: ruleFaults } = loadRules(alerts, known);
  const script = request.drill ? (readText(request.drill) ?? missing(request.drill)) : null;
  const readDrill = async (file: YamlFile) => (await import('./drill-world.ts')).readDrillWorld(file, known);
  const drill = await loaded(script, readDrill, { targets: [], rules: [] });
  const readAll = async (file: YamlFile) => (await import('./receivers.ts')).readReceivers(file, known.routes ?? null);
  const receivers = await loaded(textNamed('receivers.yaml', dir), readAll, []);
  const readSources = async (file: YamlFile) => (await import('./logs.ts')).readLogs(file);
  const logs = await loaded(textNamed('logs.yaml', dir), readSources, []);
  const { templates, files: templateFiles, faults: templateFaults } = readTemplates([dir, shippedDir()]);
  const faults = [...files.flatMap((file) => file.faults), ...ruleFaults, ...templateFaults];
  if (faults.length > 0) return { faults };
  const paths = (read: readonly { readonly path: string }[]): string[] => read.map((file) => file.path);
  const used = [...paths(files), ...templateFiles, ...paths(alerts)];
  const always = { ...ofWarroom, dir, files: used, policy, oncall, templates, logs };
  if (!isDrill) return { ...always, rules, receivers };
  return { ...always, ...drill, receivers: receivers.filter(({ drills }) => drills) };
}

const missing = (file: string): TextFile => ({ path: file, text: '', unread: 'ENOENT' });

const textNamed = (name: string, dir: string): TextFile | null =>
  readText(path.join(dir, name)) ?? readText(path.join(shippedDir(), name));

/** A setting of consoles alone, despite faults in the rest of the file. */
function loadAlone<T>(request: ConfigRequest, read: (top: SettingsReader) => T): T | null {
  const text = textNamed('warroom.yaml', configDir(request));
  return text && new YamlFile(text, request.env).read(read);
}
export const loadClipboard = (request: ConfigRequest): string => loadAlone(request, readClipboard) ?? DEFAULT_CLIPBOARD;
export const loadNotify = (request: ConfigRequest): Notify => loadAlone(request, readNotify) ?? 'bell';

/** `alerts.yaml` of the folder, else the shipped one, and all YAML files in its folder `alerts`. */
export function alertFiles(dir: string): readonly TextFile[] {
  const main = textNamed('alerts.yaml', dir);
  const more = ['yaml', 'yml'].flatMap((ending) => findRuleFiles(path.join(dir, 'alerts.yaml'), `alerts/*.${ending}`));
  return [...(main === null ? [] : [main]), ...more];
}

/** `--config`, else the first default place with a configuration of ours. */
export function configDir({ dir, env, cwd = process.cwd() }: ConfigRequest): string {
  if (dir !== undefined) return dir;
  // An empty variable counts as unset.
  const home = env['XDG_CONFIG_HOME'] || (env['HOME'] ? path.join(env['HOME'], '.config') : null);
  const own = home === null ? null : path.join(home, 'warroom');
  if (own !== null && OURS.some((name) => existsSync(path.join(own, name)))) return own;
  // Many programs have a folder `config`; only one with a warroom.yaml is ours.
  const here = path.join(cwd, 'config');
  return existsSync(path.join(here, 'warroom.yaml')) ? here : shippedDir();
}
const OURS = [
  'warroom.yaml',
  'severities.yaml',
  'alerts.yaml',
  'oncall.yaml',
  'receivers.yaml',
  'logs.yaml',
  'alerts',
  'templates',
  'runbooks',
];

/** The `config` folder of this package, found from `src` and from `dist`. */
export function shippedDir(): string {
  let dir = import.meta.dirname;
  while (!existsSync(path.join(dir, 'config', 'warroom.yaml')) && path.dirname(dir) !== dir) dir = path.dirname(dir);
  return path.join(dir, 'config');
}
