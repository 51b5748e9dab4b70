/** Reads warroom.yaml: the hub and the targets. */
import { unknownKind } from './fault.ts';
import path from 'node:path';
import { readHttpUrl } from '../delivery/connection-settings.ts';
import { suggestion } from '../incident/fuzzy.ts';
import { DEFAULT_ROUTE } from '../incident/paging.ts';
import { parseSeverity } from '../incident/severity.ts';
import { parseDuration } from '../incident/time.ts';
import { KIND_NAMES, probeOf } from '../probes/index.ts';
import type { SettingsFault, Target } from '../probes/probe.ts';
import { SettingsReader, type Path } from '../probes/settings-reader.ts';
import type { IntakeSettings } from '../incident/intake.ts';
import { readLinks } from './links.ts';
import type { YamlFile } from './yaml-file.ts';

interface HubConfig {
  readonly listen: { readonly host: string; readonly port: number };
  /** Files, absolute. */
  readonly tls: { readonly cert: string; readonly key: string } | null;
  /** The origins of web pages that may connect, exactly as browsers send them. */
  readonly origins: readonly string[];
  /** Where people outside reach the hub, as through a proxy; null: nowhere. */
  readonly publicUrl: string | null;
}

/** What systems outside sign their requests with; null: they send none. */
type WebhookSecrets = Readonly<Record<'slack' | 'pagerduty' | 'github', string | null>>;

const DEFAULT_HUB: HubConfig = {
  listen: { host: '127.0.0.1', port: 7420 },
  tls: null,
  origins: [],
  publicUrl: null,
};

export interface WarroomConfig {
  readonly hub: HubConfig;
  readonly secrets: WebhookSecrets;
  readonly intake: IntakeSettings;
  /** To dashboards, traces and logs: names with templates of URLs. */
  readonly links: ReadonlyMap<string, string>;
  readonly targets: readonly Target[];
}
const DEFAULT_INTAKE: IntakeSettings = { route: DEFAULT_ROUTE, severities: new Map() };

/** Without the file. */
export const NO_WARROOM: WarroomConfig = {
  hub: DEFAULT_HUB,
  secrets: { slack: null, pagerduty: null, github: null },
  intake: DEFAULT_INTAKE,
  links: new Map(),
  targets: [],
};

/** Faults are left in `file`. Relative paths are relative to the file. `routes`: those there are; absent: any may be named. */
export async function readWarroom(file: YamlFile, routes: readonly string[] | undefined): Promise<WarroomConfig> {
  const read = file.read((top) => {
    readClipboard(top);
    readNotify(top);
    if (top.isBlank('targets')) top.fault('targets', 'targets: stands without any; write targets: [] for none');
    return {
      hub: readHub(file, top.section('hub')),
      secrets: readSecrets(file, top),
      intake: readIntake(top.section('intake'), routes),
      links: readLinks(top.section('links')),
      targets: top.value('targets'),
    };
  });
  const { targets, ...rest } = read ?? { ...NO_WARROOM };
  return { ...rest, targets: await readTargets(file, targets ?? []) };
}

function readSecrets(file: YamlFile, top: SettingsReader): WebhookSecrets {
  const secretOf = (name: string, key: string): string | null => {
    if (!top.has(name)) return null;
    const section = top.section(name);
    const secret = section.secret(key, path.dirname(file.path));
    if (secret === null && !section.has(key) && !section.has(`${key}_file`))
      section.fault(key, `"${key}" is missing, or ${key}_file, the file that has it`);
    return secret;
  };
  return {
    slack: secretOf('slack', 'signing_secret'),
    pagerduty: secretOf('pagerduty', 'webhook_secret'),
    github: secretOf('github', 'webhook_secret'),
  };
}

/** What becomes of alerts that other systems report. */
function readIntake(intake: SettingsReader, routes: readonly string[] | undefined): IntakeSettings {
  const route = intake.text('route', DEFAULT_ROUTE);
  const severities = Object.entries(intake.map('severities')).flatMap(([word, text]) => {
    const severity = parseSeverity(text);
    if (severity === null) intake.fault(['severities', word], `${word} stands for SEV-0, SEV-1, SEV-2 or SEV-3`);
    return severity === null ? [] : [[word.trim().toLowerCase(), severity] as const];
  });
  if (route !== 'none' && routes?.includes(route) === false)
    intake.fault('route', `unknown route ${JSON.stringify(route)}${suggestion(route, routes)}`);
  return { route: route === 'none' ? null : route, severities: new Map(severities) };
}

/** How consoles copy: `raw` to the terminal, `tmux`, `off`, or a program. */
export const DEFAULT_CLIPBOARD = 'raw';

export function readClipboard(top: SettingsReader): string {
  const value = top.value('clipboard') ?? DEFAULT_CLIPBOARD;
  if (typeof value === 'string' && value.trim() !== '') return value.trim();
  top.fault('clipboard', 'clipboard is raw, tmux, off, or the command that takes the text, such as wl-copy');
  return DEFAULT_CLIPBOARD;
}

/** How a terminal is told of a page besides its bell: not at all, or with the sequence it understands. */
const NOTIFY = ['bell', 'osc9', 'osc777'] as const;
export type Notify = (typeof NOTIFY)[number];

export function readNotify(top: SettingsReader): Notify {
  const value = top.value('notify') ?? 'bell';
  const found = NOTIFY.find((one) => one === value);
  if (found === undefined) top.fault('notify', `notify is ${NOTIFY.join(', ')}; tmux lets only the bell out`);
  return found ?? 'bell';
}

function readHub(file: YamlFile, hub: SettingsReader): HubConfig {
  const listen = hub.has('listen') ? parseListen(String(hub.value('listen'))) : DEFAULT_HUB.listen;
  if (listen === null) hub.fault('listen', 'listen must be host:port, such as 127.0.0.1:7420');
  const tls = hub.section('tls');
  const [cert, key] = [tls.text('cert', null), tls.text('key', null)];
  if ((cert === null) !== (key === null)) hub.fault('tls', 'tls needs both cert and key: files in PEM');
  const isOrigin = (value: unknown): value is string =>
    typeof value === 'string' && URL.canParse(value) && new URL(value).origin === value;
  return {
    listen: listen ?? DEFAULT_HUB.listen,
    tls: cert === null || key === null ? null : { cert: beside(file, cert), key: beside(file, key) },
    origins: hub.list('origins', isOrigin, 'scheme, host and port, such as https://status.example.com'),
    publicUrl: readPublicUrl(hub),
  };
}

/** Without a slash at its end. */
function readPublicUrl(hub: SettingsReader): string | null {
  if (!hub.has('public_url')) return null;
  const text = readHttpUrl(hub, 'public_url');
  if (!URL.canParse(text)) return null;
  const { origin, pathname, search, hash } = new URL(text);
  const plain = `${origin}${pathname}`;
  if (search !== '' || hash !== '')
    hub.fault('public_url', 'public_url has a host and a path at most, as in https://war.example.com');
  return plain.replace(/\/+$/, '');
}

/** `host:port`, or a port alone; null when it is neither. An IPv6 address stands in brackets. */
export function parseListen(text: string): HubConfig['listen'] | null {
  const parts = /^(?:\[([\da-f:]+)\]:|([\w.-]+):)?(\d{1,5})$/i.exec(text);
  const port = Number(parts?.[3]);
  if (parts === null || port > 65_535) return null;
  return { host: parts[1] ?? parts[2] ?? DEFAULT_HUB.listen.host, port };
}

const COMMON_KEYS = ['name', 'kind', 'every', 'optional'];

/** `value`: what stands under `targets`. Faults are left in `file`. */
export async function readTargets(file: YamlFile, value: unknown): Promise<readonly Target[]> {
  if (!Array.isArray(value)) {
    file.fault(['targets'], 'targets must be a list; each begins with "- name:"');
    return [];
  }
  const targets: Target[] = [];
  const names = new Set<string>();
  for (const [i, item] of value.entries()) {
    const target = await readTarget(file, item, ['targets', i], names);
    if (target !== null) targets.push(target);
  }
  return targets;
}

/** `taken`: the names of the targets before it. */
async function readTarget(file: YamlFile, value: unknown, at: Path, taken: Set<string>): Promise<Target | null> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    file.fault(at, 'a target must be a map of keys to values');
    return null;
  }
  const raw = Object.entries(value);
  const common = new SettingsReader(Object.fromEntries(raw.filter(([key]) => COMMON_KEYS.includes(key))), at);
  const name = readName(common);
  if (taken.has(name)) common.fault('name', `there is a target named ${name} already`);
  if (name !== '') taken.add(name);
  const [intervalMs, optional] = [readInterval(common), common.flag('optional', false)];
  const kind = common.text('kind', null);
  const probe = kind === null ? null : await probeOf(kind);
  if (probe === null) common.fault('kind', unknownKind('target', kind, KIND_NAMES));
  file.faultsOf(common.faults);
  if (kind === null || probe === null) return null;
  const own = raw.filter(([key, item]) => !COMMON_KEYS.includes(key) && item !== null);
  const settings = probe.parse(Object.fromEntries(own.map(([key, item]) => [key, besideIfFile(file, key, item)])));
  if (typeof settings !== 'object' || settings === null || !('faults' in settings))
    return { name, kind, intervalMs, optional, settings };
  const faults = settings.faults as readonly SettingsFault[];
  file.faultsOf(
    faults.map(({ path, message, allowed }) => ({
      path: [...at, ...path],
      message,
      ...(allowed !== undefined && { allowed: [...COMMON_KEYS, ...allowed] }),
    })),
  );
  return null;
}

function readName(target: SettingsReader): string {
  const value = target.value('name');
  if (typeof value === 'string' && /^[\p{L}\p{N}][\p{L}\p{N} ._:/-]{0,39}$/u.test(value)) return value;
  const what = value === undefined ? 'a target needs a name' : 'a name begins with a letter or digit';
  target.fault('name', `${what}: up to 40 letters, digits, spaces and . _ : / -`);
  return '';
}

function readInterval(target: SettingsReader): number {
  const ms = target.has('every') ? parseDuration(String(target.value('every'))) : 1000;
  if (ms !== null && ms >= 100 && ms <= 3_600_000) return ms;
  target.fault('every', 'every must be a duration from 100ms to 1h, such as 1s, 30s or 1m30s');
  return 1000;
}

const beside = (file: YamlFile, name: string): string => path.resolve(path.dirname(file.path), name);
const besideIfFile = (file: YamlFile, key: string, value: unknown): unknown =>
  ['ca', 'cert', 'key'].includes(key) && typeof value === 'string' ? beside(file, value) : value;
