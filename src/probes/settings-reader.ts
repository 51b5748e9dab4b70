/** Reads the keys of a map, such as a target, and collects every fault instead of stopping at the first. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseDuration } from '../incident/time.ts';
import { errorCodeOf } from './failure.ts';
import type { ParsedSettings, Raw, SettingsFault } from './probe.ts';

export type Path = readonly (string | number)[];

/** Each method reads one key, with a fallback where it is absent or invalid; `faults` has what is invalid. */
export class SettingsReader {
  readonly #raw: Raw;
  readonly path: Path;
  readonly #own: SettingsFault[] = [];
  readonly #known = new Set<string>();
  readonly #sections: SettingsReader[] = [];

  /** `path`: the keys above `raw`, for faults. */
  constructor(raw: Raw, path: Path = []) {
    this.#raw = raw;
    this.path = path;
  }

  fault(path: string | Path, message: string, more: Pick<SettingsFault, 'at' | 'isKey'> = {}): void {
    this.#own.push({ path: [...this.path, ...(typeof path === 'string' ? [path] : path)], message, ...more });
  }

  /** Whether the key has no value, as in `targets:`. */
  isBlank(key: string): boolean {
    return this.#raw[key] === null;
  }

  get keys(): readonly string[] {
    return Object.keys(this.#raw);
  }

  has(key: string): boolean {
    return this.value(key) !== undefined;
  }

  /** The map below a key; an empty one where it is absent or invalid. */
  section(key: string): SettingsReader {
    return this.#section(this.value(key) ?? {}, [key]);
  }

  /** The maps of a list below a key; none where it is absent. */
  sections(key: string): SettingsReader[] {
    const value = this.value(key) ?? [];
    if (Array.isArray(value)) return value.map((item: unknown, i) => this.#section(item, [key, i]));
    if (value !== '') this.fault(key, `${key} must be a list`);
    return [];
  }

  #section(value: unknown, path: Path): SettingsReader {
    const map = asMap(value);
    if (map === null && value !== '') this.fault(path, `${String(path.at(-1))} must be a map of keys to values`);
    const section = new SettingsReader(map ?? {}, [...this.path, ...path]);
    this.#sections.push(section);
    return section;
  }

  /** The value as it was written; undefined when the key is absent. */
  value(key: string): unknown {
    this.#known.add(key);
    return this.#raw[key] ?? undefined;
  }

  /** What `parse` makes of a value, which `must` be right; the fallback where it is absent, or null is made of it. */
  #parsed<T, F>(key: string, fallback: F, must: string, parse: (value: unknown) => T | null): T | F {
    const value = this.value(key);
    if (value === undefined) return fallback;
    const parsed = parse(value);
    if (parsed === null) this.fault(key, `${key} must be ${must}`);
    return parsed ?? fallback;
  }

  text<T extends string | null>(key: string, fallback: T): string | T {
    return this.#parsed(key, fallback, 'text', (value) => (typeof value === 'string' ? value : null));
  }

  /** Text that must not be missing or empty; null with a fault. */
  filled(key: string): string | null {
    const text = this.text(key, null);
    if (this.value(key) === undefined) this.fault(key, `"${key}" is missing`);
    else if (text?.trim() === '') this.fault(key, `"${key}" is empty`);
    return text?.trim() === '' ? null : text;
  }

  /** A URL with one of `protocols` (with the colon). Faults do not repeat it: it may contain a password. */
  url(key: string, protocols: readonly string[]): string | null {
    const text = this.text(key, null);
    if (text === null) return null;
    const allowed = protocols.map((protocol) => (protocol === 'hub:' ? protocol : `${protocol}//`)).join(' or ');
    if (!URL.canParse(text)) this.fault(key, `${key} must be a URL, such as ${protocols[0]}//host`);
    else if (!protocols.includes(new URL(text).protocol)) this.fault(key, `${key} must begin with ${allowed}`);
    return text;
  }

  /** A secret: the text under `key`, or the first line of the file that `<key>_file` names, below `dir`; null: neither is there. */
  secret(key: string, dir = ''): string | null {
    const [text, file] = [this.text(key, null), this.text(`${key}_file`, null)];
    if (text !== null && file !== null) this.fault(`${key}_file`, `give ${key} or ${key}_file, not both`);
    const secret = file === null ? text : this.#firstLine(`${key}_file`, path.resolve(dir, file));
    if (secret?.trim() === '') this.fault(file === null ? key : `${key}_file`, `"${key}" is empty`);
    return secret?.trim() || null;
  }

  /** A secret that must be there; empty with a fault. `what` it is, in words. */
  neededSecret(key: string, what: string): string {
    const secret = this.secret(key);
    if (!this.has(key) && !this.has(`${key}_file`)) this.fault(key, `"${key}" is missing: ${what}`);
    return secret ?? '';
  }

  #firstLine(key: string, file: string): string | null {
    try {
      return readFileSync(file, 'utf8').split('\n', 1)[0] ?? '';
    } catch (error) {
      this.fault(key, `the file cannot be read (${errorCodeOf(error) || 'unknown'})`);
      return null;
    }
  }

  duration<T extends number | null>(key: string, fallback: T, least = 1): number | T {
    return this.#parsed(key, fallback, 'a duration such as 500ms, 3s or 1m30s', (value) => {
      const ms = typeof value === 'string' ? parseDuration(value) : null;
      return ms !== null && ms >= least ? ms : null;
    });
  }

  oneOf<T extends string>(key: string, known: readonly T[], fallback: T): T {
    return this.#parsed(
      key,
      fallback,
      `one of ${known.join(', ')}`,
      (value) => known.find((one) => one === value) ?? null,
    );
  }

  flag(key: string, fallback: boolean): boolean {
    return this.#parsed(key, fallback, 'true or false', (value) => (typeof value === 'boolean' ? value : null));
  }

  count<T extends number | null>(key: string, least: number, fallback: T): number | T {
    const isCount = (value: unknown): value is number => Number.isInteger(value) && Number(value) >= least;
    return this.#parsed(key, fallback, `a whole number, ${least} or more`, (value) => (isCount(value) ? value : null));
  }

  list<T>(key: string, is: (value: unknown) => value is T, what: string): readonly T[] {
    const value = this.value(key);
    if (value === undefined || value === '') return [];
    const values: unknown[] = Array.isArray(value) ? value : [value];
    values.forEach((item, i) => {
      if (!is(item)) this.fault(Array.isArray(value) ? [key, i] : key, `${key} must be ${what}`);
    });
    return values.filter(is);
  }

  map(key: string): Readonly<Record<string, string>> {
    const value = this.value(key) === '' ? undefined : this.#parsed(key, null, 'a map of names to text', asMap);
    const entries = Object.entries(value ?? {});
    for (const [name, text] of entries)
      if (typeof text !== 'string') this.fault([key, name], `${key}.${name} must be text`);
    return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
  }

  done<S>(settings: S): ParsedSettings<S> {
    const { faults } = this;
    return faults.length === 0 ? settings : { faults };
  }

  /** All faults, also of sections. A key that was not read is one, too. */
  get faults(): readonly SettingsFault[] {
    const unknown = Object.keys(this.#raw)
      .filter((key) => !this.#known.has(key))
      .map((key) => ({ path: [...this.path, key], message: `unknown key ${key}`, allowed: [...this.#known] }));
    return [...this.#own, ...this.#sections.flatMap(({ faults }) => faults), ...unknown];
  }
}

const asMap = (value: unknown): Raw | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;

export const isTextSetting = (value: unknown): value is string => typeof value === 'string';
