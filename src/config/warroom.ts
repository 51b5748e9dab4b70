/** Reads warroom.yaml: the hub and the targets. */
import path from 'node:path';
import { parseDuration } from '../incident/time.ts';
import { KIND_NAMES, probeOf } from '../probes/index.ts';
import type { Target } from '../probes/probe.ts';
import { nearest } from '../rules/nearest.ts';
import type { ConfigFile, Path } from './config-file.ts';

export interface HubConfig {
  readonly listen: { readonly host: string; readonly port: number };
  /** Files, absolute. */
  readonly tls: { readonly cert: string; readonly key: string } | null;
  /** Web pages that may connect, exactly as browsers send them. */
  readonly origins: readonly string[];
}
export interface Warroom {
  readonly hub: HubConfig;
  readonly targets: readonly Target[];
}

export const DEFAULT_HUB: HubConfig = { listen: { host: '127.0.0.1', port: 7420 }, tls: null, origins: [] };

/** Faults are left in `file`. Relative paths are relative to the file. */
export async function readWarroom(file: ConfigFile): Promise<Warroom> {
  const top = file.data === null ? {} : file.map(file.data, [], ['hub', 'targets', 'clipboard']);
  if (top === null) return { hub: DEFAULT_HUB, targets: [] };
  readClipboard(file);
  const hub = top['hub'] == null ? DEFAULT_HUB : readHub(file, top['hub']);
  if (top['targets'] === null) file.fault(['targets'], 'targets: stands without any; write targets: [] for none');
  return { hub, targets: top['targets'] == null ? [] : await readTargets(file, top['targets']) };
}

/** How consoles copy: to the terminal, through tmux, not at all, or to a program. */
export const DEFAULT_CLIPBOARD = 'raw';

export function readClipboard(file: ConfigFile): string {
  const top: unknown = file.data;
  const value: unknown = typeof top === 'object' && top !== null && 'clipboard' in top ? top.clipboard : null;
  if (value === null) return DEFAULT_CLIPBOARD;
  if (typeof value === 'string' && value.trim() !== '') return value.trim();
  file.fault(['clipboard'], 'clipboard is raw, tmux, off, or the command that takes the text, such as wl-copy');
  return DEFAULT_CLIPBOARD;
}

function readHub(file: ConfigFile, value: unknown): HubConfig {
  const hub = file.map(value, ['hub'], ['listen', 'tls', 'origins']);
  if (hub === null) return DEFAULT_HUB;
  return {
    listen: hub['listen'] == null ? DEFAULT_HUB.listen : readListen(file, hub['listen']),
    tls: hub['tls'] == null ? null : readTls(file, hub['tls']),
    origins: hub['origins'] == null ? [] : readOrigins(file, hub['origins']),
  };
}

/** `host:port`, or a port alone; null when it is neither. An IPv6 address stands in brackets. */
export function parseListen(text: string): HubConfig['listen'] | null {
  const parts = /^(?:\[([\da-f:]+)\]:|([\w.-]+):)?(\d{1,5})$/i.exec(text);
  const port = Number(parts?.[3]);
  if (parts === null || port > 65_535) return null;
  return { host: parts[1] ?? parts[2] ?? DEFAULT_HUB.listen.host, port };
}

function readListen(file: ConfigFile, value: unknown): HubConfig['listen'] {
  const listen = parseListen(String(value));
  if (listen === null) file.fault(['hub', 'listen'], 'listen must be host:port, such as 127.0.0.1:7420');
  return listen ?? DEFAULT_HUB.listen;
}

function readTls(file: ConfigFile, value: unknown): HubConfig['tls'] {
  const tls = file.map(value, ['hub', 'tls'], ['cert', 'key']);
  if (tls === null) return null;
  const [cert, key] = ['cert', 'key'].map((part) => readText(file, tls[part], ['hub', 'tls', part]));
  if (cert != null && key != null) return { cert: beside(file, cert), key: beside(file, key) };
  if (file.faults.length === 0) file.fault(['hub', 'tls'], 'tls needs both cert and key: files in PEM');
  return null;
}

function readOrigins(file: ConfigFile, value: unknown): readonly string[] {
  if (!Array.isArray(value)) {
    file.fault(['hub', 'origins'], 'origins must be a list, such as [https://status.example.com]');
    return [];
  }
  return value.filter((origin: unknown, i): origin is string => {
    const isOrigin = typeof origin === 'string' && URL.canParse(origin) && new URL(origin).origin === origin;
    if (!isOrigin)
      file.fault(['hub', 'origins', i], 'an origin is scheme, host and port, such as https://status.example.com');
    return isOrigin;
  });
}

const COMMON_KEYS = ['name', 'kind', 'every', 'optional'];

async function readTargets(file: ConfigFile, value: unknown): Promise<readonly Target[]> {
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
async function readTarget(file: ConfigFile, value: unknown, at: Path, taken: Set<string>): Promise<Target | null> {
  const raw = file.map(value, at, null);
  if (raw === null) return null;
  const name = readName(file, raw['name'], [...at, 'name']);
  if (taken.has(name)) file.fault([...at, 'name'], `there is a target named ${name} already`);
  if (name !== '') taken.add(name);
  const intervalMs = readInterval(file, raw['every'], [...at, 'every']);
  if (raw['optional'] != null && typeof raw['optional'] !== 'boolean')
    file.fault([...at, 'optional'], 'optional must be true or false');
  const kind = readText(file, raw['kind'], [...at, 'kind']);
  const probe = kind === null ? null : await probeOf(kind);
  if (probe === null) {
    const close = kind === null ? null : nearest(kind, KIND_NAMES);
    const what = kind === null ? 'a target needs a kind' : `no kind of target is called ${kind}`;
    file.fault(
      [...at, 'kind'],
      close === null ? `${what}: one of ${KIND_NAMES.join(', ')}` : `${what}; did you mean ${close}?`,
    );
    return null;
  }
  const own = Object.entries(raw).filter(([key, item]) => !COMMON_KEYS.includes(key) && item !== null);
  const settings = probe.parse(Object.fromEntries(own.map(([key, item]) => [key, besideIfCa(file, key, item)])));
  if (typeof settings === 'object' && settings !== null && 'faults' in settings) {
    for (const { path, message, allowed } of settings.faults as readonly ProbeFault[]) {
      if (allowed === undefined) file.fault([...at, ...path], message);
      else file.unknownKey([...at, ...path], [...COMMON_KEYS, ...allowed]);
    }
    return null;
  }
  return { name, kind: probe.kind, intervalMs, optional: raw['optional'] === true, settings };
}
type ProbeFault = { readonly path: Path; readonly message: string; readonly allowed?: readonly string[] };

/** Shown in panel titles and matched by rules: letters, digits and a few marks, no control characters. */
function readName(file: ConfigFile, value: unknown, at: Path): string {
  if (typeof value === 'string' && /^[\p{L}\p{N}][\p{L}\p{N} ._:/-]{0,39}$/u.test(value)) return value;
  const what = value == null ? 'a target needs a name' : 'a name begins with a letter or digit';
  file.fault(at, `${what}: up to 40 letters, digits, spaces and . _ : / -`);
  return '';
}

function readInterval(file: ConfigFile, value: unknown, at: Path): number {
  if (value == null) return 1000;
  const ms = parseDuration(String(value));
  if (ms !== null && ms >= 100 && ms <= 3_600_000) return ms;
  file.fault(at, 'every must be a duration from 100ms to 1h, such as 1s, 30s or 1m30s');
  return 1000;
}

function readText(file: ConfigFile, value: unknown, at: Path): string | null {
  if (value == null || typeof value === 'string') return value ?? null;
  file.fault(at, `${String(at.at(-1))} must be text`);
  return null;
}

const beside = (file: ConfigFile, name: string): string => path.resolve(path.dirname(file.path), name);
const besideIfCa = (file: ConfigFile, key: string, value: unknown): unknown =>
  key === 'ca' && typeof value === 'string' ? beside(file, value) : value;
