/** A YAML file as plain data, whose faults are located by the path of a value. */
import {
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type Node,
  type Pair,
  type Scalar,
} from 'yaml';
import { nearest } from '../incident/fuzzy.ts';
import { errorMessage } from '../incident/words.ts';
import type { SettingsFault } from '../probes/probe.ts';
import { SettingsReader, type Path } from '../probes/settings-reader.ts';
import type { SourceLocation } from '../rules/rule.ts';
import { shownSource, type ConfigFault } from './fault.ts';
import type { TextFile } from './text-file.ts';

const MAX_FILE = 2_000_000;
const MAX_FAULTS = 200;
const EMPTY = 'the file is empty: take it away for the shipped one, or say what differs';

/** Collects the faults found while it is read. */
export class YamlFile {
  readonly path: string;
  /** Null: the file is empty or is no YAML. */
  readonly #data: unknown = null;
  readonly #text: string;
  readonly #lines = new LineCounter();
  readonly #faults: ConfigFault[] = [];
  #root: Node | null = null;

  /** `env`: the values for `${NAME}`. Null: no variables, and every scalar is text as it was typed, even a number. */
  constructor({ path, text, unread }: TextFile, env: NodeJS.ProcessEnv | null) {
    this.path = path;
    this.#text = text.length > MAX_FILE ? '' : text;
    if (unread !== undefined) this.#faultAt(0, `the file cannot be read (${unread})`);
    if (text.length > MAX_FILE) this.#faultAt(0, `the file is larger than ${MAX_FILE} characters`);
    try {
      const document = parseDocument(this.#text, {
        lineCounter: this.#lines,
        prettyErrors: false,
        uniqueKeys: false,
        ...(env === null && { schema: 'failsafe', merge: true }),
      });
      for (const { pos, message } of document.errors)
        this.#faultAt(pos[0], message.startsWith('Maximum call stack') ? 'this is nested too deeply' : message);
      if (document.errors.length > 0) return;
      this.#root = document.contents as Node | null;
      this.#refuseKeysGivenTwice(document);
      if (this.hasFaults) return;
      // Throws on aliases that would expand into millions of values.
      const data: unknown = document.toJS() ?? null;
      this.#data = env === null ? data : this.#filled(data, env, []);
    } catch (error) {
      this.#faultAt(0, errorMessage(error));
    }
  }

  get faults(): readonly ConfigFault[] {
    return this.#faults.toSorted((a, b) => a.line - b.line || a.column - b.column);
  }

  get hasFaults(): boolean {
    return this.#faults.length > 0;
  }

  /** A fault of the value at `path`, or of its parent where it is missing. `at`: the offset inside its text. */
  fault(path: Path, message: string, at = 0): void {
    this.#faultAt(this.#offset(path, 'value', at), message);
  }

  /** The location of character `at` of the text at `path`; for other values, of their beginning. */
  location(path: Path, at = 0): SourceLocation {
    return this.#locationAt(this.#offset(path, 'value', at));
  }

  /** Reads the file as a map, collecting its faults. Null, with a fault, when it is none; `empty` is that of an empty file. */
  read<T>(read: (map: SettingsReader) => T, empty = EMPTY): T | null {
    const value = this.#data;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      const map = new SettingsReader(value as Readonly<Record<string, unknown>>);
      const found = read(map);
      this.faultsOf(map.faults);
      return found;
    }
    if (value !== null) this.fault([], 'the file must be a map of keys to values');
    else if (!this.hasFaults) this.fault([], empty);
    return null;
  }

  /** Collects faults with paths from the top of the file. An unknown key is reported with the nearest known one. */
  faultsOf(faults: readonly SettingsFault[]): void {
    for (const { path, message, at = 0, isKey = false, allowed } of faults) {
      const close = allowed === undefined ? null : nearest(String(path.at(-1)), allowed);
      const hint = close === null ? `allowed are ${allowed?.join(', ')}` : `did you mean ${close}?`;
      const offset = this.#offset(path, isKey || allowed !== undefined ? 'key' : 'value', at);
      this.#faultAt(offset, allowed === undefined ? message : `${message}; ${hint}`);
    }
  }

  /** Replaces `${NAME}` and `${NAME:-default}` in text. The values may be secret: no fault repeats them. */
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

  #offset(path: Path, what: 'key' | 'value', at: number): number {
    let node: unknown = this.#root;
    let offset = startOf(node, 0);
    for (const [i, step] of path.entries()) {
      const isLast = i === path.length - 1;
      if (isMap(node)) {
        const pair = node.items.find((item: Pair) => isScalar(item.key) && String(item.key.value) === String(step));
        if (pair === undefined) return offset;
        const key = startOf(pair.key, offset);
        if (isLast && what === 'key') return key;
        node = pair.value;
        offset = startOf(node, key);
      } else if (isSeq(node)) {
        node = node.items[Number(step)];
        offset = startOf(node, offset);
      } else return offset;
    }
    const isText = at > 0 && isScalar(node) && typeof node.value === 'string';
    return isText ? this.#inside(node as Scalar<string>, offset, at) : offset;
  }

  /** The offset in the file of a character of a scalar: skips quotes, escapes, indentation and block headers. */
  #inside(node: Scalar<string>, start: number, offset: number): number {
    let at = start;
    if (node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED') at = this.#text.indexOf('\n', start) + 1;
    else if (node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE') at += 1;
    const end = node.range?.[1] ?? this.#text.length;
    const blank = (character: string | undefined): boolean =>
      character === ' ' || character === '\n' || character === '\r';
    // The end of the text is after its last character, not where the next node begins.
    const past = offset >= node.value.trimEnd().length;
    const target = past ? node.value.trimEnd().length - 1 : offset;
    for (let i = 0; i <= target; i++) {
      const wanted = node.value[i];
      const same = (): boolean => this.#text[at] === wanted || (blank(wanted) && blank(this.#text[at]));
      while (at < end && !same()) at += 1;
      if (i < target) at += 1;
    }
    return Math.min(past ? at + 1 : at, end);
  }

  /** Replaces the parser's own check, which is quadratic. */
  #refuseKeysGivenTwice(document: Document): void {
    visit(document, {
      Map: (_, { items }) => {
        const seen = new Set<unknown>();
        for (const { key } of items as Pair<Node>[]) {
          if (!isScalar(key)) continue;
          if (seen.has(key.value)) this.#faultAt(startOf(key, 0), `the key "${String(key.value)}" is given twice`);
          seen.add(key.value);
        }
      },
    });
  }

  #faultAt(offset: number, message: string): void {
    if (this.#faults.length >= MAX_FAULTS) return;
    const location = this.#locationAt(offset);
    const { line, column } = location;
    const isKnown = this.#faults.some((one) => one.line === line && one.column === column && one.message === message);
    if (!isKnown) this.#faults.push({ ...location, message });
  }

  #locationAt(offset: number): SourceLocation {
    const { line, col } = this.#lines.linePos(Math.min(offset, this.#text.length));
    const source = shownSource(this.#text.split('\n', Math.max(1, line))[Math.max(1, line) - 1]?.replace(/\r$/, ''));
    return { file: this.path, line: Math.max(1, line), column: Math.max(1, col), source };
  }
}

const startOf = (node: unknown, otherwise: number): number => (node as Node | null)?.range?.[0] ?? otherwise;
