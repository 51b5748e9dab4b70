/** A YAML file as plain data, with the environment filled in, whose faults are told by the path of a value. */
import { isMap, isScalar, isSeq, type Node, type Pair } from 'yaml';
import type { Fault } from '../probes/probe.ts';
import { SettingsReader } from '../probes/settings-reader.ts';
import { nearest } from '../incident/fuzzy.ts';
import type { ConfigFault } from './fault.ts';
import { readText } from './text-file.ts';
import { YamlFile } from './yaml-file.ts';

export type Path = readonly (string | number)[];

/** Collects faults while it is read. */
export class ConfigFile {
  readonly path: string;
  /** The whole file; null when it is empty or is no YAML. */
  readonly data: unknown;
  readonly #yaml: YamlFile;

  private constructor(yaml: YamlFile, env: NodeJS.ProcessEnv) {
    this.path = yaml.path;
    this.#yaml = yaml;
    const data = yaml.faults.length > 0 ? null : yaml.data();
    this.data = yaml.faults.length > 0 ? null : this.#filled(data, env, []);
    if (data === null && yaml.faults.length === 0)
      yaml.faultAt(0, 'the file is empty: take it away for the shipped one, or say what differs');
  }

  /** Null when there is no such file. */
  static read(path: string, env: NodeJS.ProcessEnv): ConfigFile | null {
    const text = readText(path);
    return text === null ? null : new ConfigFile(new YamlFile(text), env);
  }

  /** From top to bottom. */
  get faults(): readonly ConfigFault[] {
    return this.#yaml.sorted();
  }

  /** A fault about the value at `path`, or about what stands above it where it is missing. */
  fault(path: Path, message: string): void {
    this.#yaml.faultAt(this.#offset(path, 'value'), message);
  }

  /** Reads the map at `path` of `value`; every fault of what is read stands at its place. Null when it is no map. */
  section<T>(value: unknown, path: Path, read: (map: SettingsReader) => T): T | null {
    // Of an empty file this was said when it was read.
    if (value === null && path.length === 0) return null;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.fault(path, `${String(path.at(-1) ?? 'the file')} must be a map of keys to values`);
      return null;
    }
    const map = new SettingsReader(value as Readonly<Record<string, unknown>>, path);
    const found = read(map);
    this.faultsOf(map.faults);
    return found;
  }

  /** Faults with paths from the top of the file. */
  faultsOf(faults: readonly Fault[]): void {
    for (const { path, message, allowed } of faults) {
      const key = String(path.at(-1));
      const close = allowed === undefined ? null : nearest(key, allowed);
      const hint = close === null ? `allowed are ${allowed?.join(', ')}` : `did you mean ${close}?`;
      if (allowed === undefined) this.fault(path, message);
      else this.#yaml.faultAt(this.#offset(path, 'key'), `${message}; ${hint}`);
    }
  }

  /** `${NAME}` and `${NAME:-default}` in text. Values come in here and never go out in a message. */
  #filled(value: unknown, env: NodeJS.ProcessEnv, path: Path): unknown {
    if (typeof value === 'string')
      return value.replace(/\$\{([A-Za-z_]\w*)(?::-([^}]*))?\}/g, (_, name: string, otherwise?: string) => {
        const found = env[name] === '' ? undefined : env[name];
        if (found === undefined && otherwise === undefined) this.fault(path, `the environment has no ${name}`);
        return found ?? otherwise ?? '';
      });
    if (Array.isArray(value)) return value.map((item, i) => this.#filled(item, env, [...path, i]));
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).map(([key, item]) => [key, this.#filled(item, env, [...path, key])] as const);
    return Object.fromEntries(entries);
  }

  #offset(path: Path, at: 'key' | 'value'): number {
    let node: unknown = this.#yaml.root;
    let offset = 0;
    for (const [i, step] of path.entries()) {
      const isLast = i === path.length - 1;
      if (isMap(node)) {
        const pair = node.items.find((item: Pair) => isScalar(item.key) && String(item.key.value) === String(step));
        if (pair === undefined) return offset;
        const key = (pair.key as Node).range?.[0] ?? offset;
        node = pair.value;
        offset = isLast && at === 'key' ? key : startOf(node, key);
      } else if (isSeq(node)) {
        node = node.items[Number(step)];
        offset = startOf(node, offset);
      } else return offset;
    }
    return offset;
  }
}

const startOf = (node: unknown, otherwise: number): number => (node as Node | null)?.range?.[0] ?? otherwise;
