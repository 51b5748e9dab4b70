/** The keys of one map in a YAML file: each read as what it must be, each fault at its place. */
import { isScalar, type Node } from 'yaml';
import { parseDuration } from '../incident/time.ts';
import type { TextFault } from '../rules/expr.ts';
import type { SourceLocation } from '../rules/rule.ts';
import { parseTemplate, type Template } from '../rules/template.ts';
import type { Entry, YamlFile } from './yaml-file.ts';

export class Fields {
  readonly file: YamlFile;
  /** The map itself: where what is missing is told. */
  readonly node: Node | null;
  private readonly entries: ReadonlyMap<string, Entry>;

  /** `what` names the map in faults; keys that are not `known` are faults. */
  constructor(file: YamlFile, node: Node | null, what: string, known: readonly string[]) {
    this.file = file;
    this.node = node;
    this.entries = new Map(file.entries(node, what, known).map((entry) => [entry.key, entry]));
  }

  has(key: string): boolean {
    return this.entries.has(key);
  }

  /** What stands behind a key, else the key, else the map: the place for a fault about it. */
  place(key: string): Node | null {
    const entry = this.entries.get(key);
    return entry?.value ?? entry?.keyNode ?? this.node;
  }

  fault(key: string, message: string): void {
    this.file.fault(this.place(key), message);
  }

  /** The key itself, not what stands behind it, is the fault. */
  faultKey(key: string, message: string): void {
    this.file.fault(this.entries.get(key)?.keyNode ?? this.node, message);
  }

  /** Null when the key is not there, or, with a fault, when it holds no text. */
  text(key: string): string | null {
    const entry = this.entries.get(key);
    return entry === undefined ? null : this.file.string(entry.value, `"${key}"`, entry.keyNode);
  }

  /** A name: text that YAML does not read as a number or a truth value. Null as `text`. */
  name(key: string): string | null {
    const value = this.entries.get(key)?.value ?? null;
    if (!isScalar(value) || value.value === null || typeof value.value === 'string') return this.text(key);
    this.fault(key, `"${key}" must be a name, not ${String(value.source ?? value.value)}`);
    return null;
  }

  /** A fault when the key is not there. */
  required(key: string): string | null {
    if (!this.has(key)) this.fault(key, `"${key}" is missing`);
    return this.text(key);
  }

  /** A fault when the key is not there, or says nothing. */
  filled(key: string, text = this.required(key)): string | null {
    if (text?.trim() !== '') return text;
    this.fault(key, `"${key}" is empty`);
    return null;
  }

  /** As `filled`, for a name. */
  filledName(key: string): string | null {
    return this.filled(key, this.has(key) ? this.name(key) : this.required(key));
  }

  /** An expression that must be there; its faults stand where they are in the file. */
  parsed<T>(
    key: string,
    parse: (text: string) => { readonly value: T | null; readonly faults: readonly TextFault[] },
  ): { readonly text: string; readonly value: T; locate(at: number): SourceLocation } | null {
    const text = this.filled(key);
    if (text === null) return null;
    const { value, faults } = parse(text);
    const place = this.place(key);
    for (const { at, message } of faults) if (place !== null) this.file.faultInside(place, at, message);
    if (value === null) return null;
    return { text: text.trim(), value, locate: (at) => this.file.location(place, at) };
  }

  /** Milliseconds; null when the key is not there. */
  duration(key: string): number | null {
    const text = this.text(key);
    if (text === null) return null;
    const ms = parseDuration(text.trim());
    if (ms === null) this.fault(key, `"${key}" needs a duration such as 90s, 2m or 1h30m, not ${JSON.stringify(text)}`);
    return ms ?? 0;
  }

  list(key: string): (Node | null)[] {
    return this.file.items(this.entries.get(key)?.value ?? null, `"${key}"`);
  }

  texts(key: string): Record<string, string> {
    const all = this.file.strings(this.entries.get(key)?.value ?? null, `"${key}"`);
    return Object.fromEntries(all.map(([name, text]) => [name, text]));
  }

  templates(key: string): Record<string, Template> {
    const templates: Record<string, Template> = {};
    for (const [name, text, node] of this.file.strings(this.entries.get(key)?.value ?? null, `"${key}"`)) {
      const template = parseTemplate(text);
      if (typeof template === 'string') this.file.fault(node, template);
      else templates[name] = template;
    }
    return templates;
  }

  template(key: string): Template | null {
    const text = this.text(key);
    const template = text === null ? null : parseTemplate(text);
    if (typeof template !== 'string') return template;
    this.fault(key, template);
    return null;
  }
}
