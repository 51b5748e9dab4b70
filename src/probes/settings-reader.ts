/** Reads the keys of a map, such as a target, collecting every fault instead of stopping at the first. */
import { parseDuration } from '../incident/time.ts';
import type { Parsed, Raw, SettingsFault } from './probe.ts';

export type Path = readonly (string | number)[];

/** Each method reads one key, with a fallback where it is absent or wrong; `faults` has all that is wrong. */
export class SettingsReader {
  readonly #raw: Raw;
  readonly path: Path;
  readonly #own: SettingsFault[] = [];
  readonly #known = new Set<string>();
  readonly #sections: SettingsReader[] = [];

  /** `path`: where `raw` stands below what faults are about. */
  constructor(raw: Raw, path: Path = []) {
    this.#raw = raw;
    this.path = path;
  }

  fault(path: string | Path, message: string, more: Pick<SettingsFault, 'at' | 'isKey'> = {}): void {
    this.#own.push({ path: [...this.path, ...(typeof path === 'string' ? [path] : path)], message, ...more });
  }

  /** The key stands there and says nothing, as in `targets:`. */
  isBlank(key: string): boolean {
    return this.#raw[key] === null;
  }

  /** All keys there are. */
  get keys(): readonly string[] {
    return Object.keys(this.#raw);
  }

  has(key: string): boolean {
    return this.value(key) !== undefined;
  }

  /** A map of its own below a key; an empty one where it is absent or no map. */
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
    const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (!isMap && value !== '') this.fault(path, `${String(path.at(-1))} must be a map of keys to values`);
    const section = new SettingsReader(isMap ? (value as Raw) : {}, [...this.path, ...path]);
    this.#sections.push(section);
    return section;
  }

  /** The value as it stands; undefined when the key is absent. */
  value(key: string): unknown {
    this.#known.add(key);
    return this.#raw[key] ?? undefined;
  }

  text<T extends string | null>(key: string, fallback: T): string | T {
    const value = this.value(key);
    if (value === undefined || typeof value === 'string') return value ?? fallback;
    this.fault(key, `${key} must be text`);
    return fallback;
  }

  /** Text that must be there and say something; null with a fault. */
  filled(key: string): string | null {
    const text = this.text(key, null);
    if (this.value(key) === undefined) this.fault(key, `"${key}" is missing`);
    else if (text?.trim() === '') this.fault(key, `"${key}" is empty`);
    return text?.trim() === '' ? null : text;
  }

  /** A URL with one of `protocols` (with the colon). Its text is never repeated in a fault: it may hold a password. */
  url(key: string, protocols: readonly string[]): string | null {
    const text = this.text(key, null);
    if (text === null) return null;
    const allowed = protocols.map((protocol) => (protocol === 'hub:' ? protocol : `${protocol}//`)).join(' or ');
    if (!URL.canParse(text)) this.fault(key, `${key} must be a URL, such as ${protocols[0]}//host`);
    else if (!protocols.includes(new URL(text).protocol)) this.fault(key, `${key} must begin with ${allowed}`);
    return text;
  }

  /** Milliseconds, `least` or more. */
  duration<T extends number | null>(key: string, fallback: T, least = 1): number | T {
    const value = this.value(key);
    if (value === undefined) return fallback;
    const ms = typeof value === 'string' ? parseDuration(value) : null;
    if (ms !== null && ms >= least) return ms;
    this.fault(key, `${key} must be a duration such as 500ms, 3s or 1m30s`);
    return fallback;
  }

  flag(key: string, fallback: boolean): boolean {
    const value = this.value(key);
    if (value === undefined || typeof value === 'boolean') return value ?? fallback;
    this.fault(key, `${key} must be true or false`);
    return fallback;
  }

  /** A whole number of at least `least`. */
  count<T extends number | null>(key: string, least: number, fallback: T): number | T {
    const value = this.value(key);
    if (value === undefined) return fallback;
    if (typeof value === 'number' && Number.isInteger(value) && value >= least) return value;
    this.fault(key, `${key} must be a whole number, ${least} or more`);
    return fallback;
  }

  /** One value or a list of them. */
  list<T>(key: string, is: (value: unknown) => value is T, what: string): readonly T[] {
    const value = this.value(key);
    if (value === undefined || value === '') return [];
    const values: unknown[] = Array.isArray(value) ? value : [value];
    values.forEach((item, i) => {
      if (!is(item)) this.fault(Array.isArray(value) ? [key, i] : key, `${key} must be ${what}`);
    });
    return values.filter(is);
  }

  /** A map of names to text. */
  map(key: string): Readonly<Record<string, string>> {
    const value = this.value(key);
    if (value === undefined || value === '') return {};
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.fault(key, `${key} must be a map of names to text`);
      return {};
    }
    for (const [name, text] of Object.entries(value))
      if (typeof text !== 'string') this.fault([key, name], `${key}.${name} must be text`);
    return Object.fromEntries(
      Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    );
  }

  done<S>(settings: S): Parsed<S> {
    const { faults } = this;
    return faults.length === 0 ? settings : { faults };
  }

  /** All of them, also of sections; keys that nothing asked for are faults, too. */
  get faults(): readonly SettingsFault[] {
    const unknown = Object.keys(this.#raw)
      .filter((key) => !this.#known.has(key))
      .map((key) => ({ path: [...this.path, key], message: `unknown key ${key}`, allowed: [...this.#known] }));
    return [...this.#own, ...this.#sections.flatMap(({ faults }) => faults), ...unknown];
  }
}

export const isTextSetting = (value: unknown): value is string => typeof value === 'string';
