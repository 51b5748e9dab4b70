/** A YAML file that knows where each of its values stands. */
import { readFile } from 'node:fs/promises';
import { isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Document, Node, Pair } from 'yaml';
import { nearest } from '../rules/nearest.ts';
import type { ConfigFault } from './fault.ts';

export type Path = readonly (string | number)[];

/** Collects faults while it is read. */
export class ConfigFile {
  readonly file: string;
  readonly faults: ConfigFault[] = [];
  /** The whole file as plain data, with the environment filled in; null when it is empty or is no YAML. */
  readonly data: unknown;
  readonly #lines: readonly string[];
  readonly #counter = new LineCounter();
  readonly #document: Document.Parsed;

  private constructor(file: string, text: string, env: NodeJS.ProcessEnv) {
    this.file = file;
    this.#lines = text.split('\n');
    this.#document = parseDocument(text, { lineCounter: this.#counter, prettyErrors: false });
    for (const error of this.#document.errors) this.#faultAt(error.pos[0], error.message);
    this.data = this.faults.length > 0 ? null : this.#filled(this.#plain(), env, []);
  }

  /** An alias that would unfold into millions of values is refused by the parser. */
  #plain(): unknown {
    try {
      return this.#document.toJS();
    } catch (error) {
      this.#faultAt(0, error instanceof Error ? error.message : String(error));
      return null;
    }
  }

  /** Null when there is no such file. */
  static async read(file: string, env: NodeJS.ProcessEnv): Promise<ConfigFile | null> {
    try {
      return new ConfigFile(file, await readFile(file, 'utf8'), env);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') return null;
      const unread = new ConfigFile(file, '', env);
      unread.#faultAt(0, `the file cannot be read (${code})`);
      return unread;
    }
  }

  /** A fault about the value at `path`, or about what stands above it where it is missing. */
  fault(path: Path, message: string): void {
    this.#faultAt(this.#offset(path, 'value'), message);
  }

  /** A fault about a key that does not belong there, with the nearest one that does. */
  unknownKey(path: Path, allowed: readonly string[]): void {
    const key = String(path.at(-1));
    const close = nearest(key, allowed);
    const hint = close === null ? `allowed are ${allowed.join(', ')}` : `did you mean ${close}?`;
    this.#faultAt(this.#offset(path, 'key'), `unknown key ${key}; ${hint}`);
  }

  /** The map at `path` of `value`; a fault and null when it is none. Unknown keys are faults. */
  map(value: unknown, path: Path, allowed: readonly string[] | null): Readonly<Record<string, unknown>> | null {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.fault(path, `${String(path.at(-1) ?? 'the file')} must be a map of keys to values`);
      return null;
    }
    if (allowed !== null)
      for (const key of Object.keys(value)) if (!allowed.includes(key)) this.unknownKey([...path, key], allowed);
    return value as Readonly<Record<string, unknown>>;
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
    let node: unknown = this.#document.contents;
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

  #faultAt(offset: number, message: string): void {
    const { line, col } = this.#counter.linePos(offset);
    const source = this.#lines[line - 1]?.trimEnd() ?? null;
    // A fault is printed and pasted: `://user:password@` must not be.
    const masked = source?.replace(
      /(:\/\/[^\s:/@]*:)([^\s@]+)(@)/g,
      (_, a: string, secret: string, b: string) => a + '*'.repeat(secret.length) + b,
    );
    this.faults.push({
      file: this.file,
      line: Math.max(1, line),
      column: Math.max(1, col),
      message,
      source: masked ?? null,
    });
  }
}

const startOf = (node: unknown, otherwise: number): number => (node as Node | null)?.range?.[0] ?? otherwise;
