/** A YAML file that knows where its parts stand: typed access, each fault with file, line, column and the line itself. */
import {
  isAlias,
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
import { suggestion } from '../incident/fuzzy.ts';
import type { SourceLocation } from '../rules/rule.ts';
import type { ConfigFault } from './fault.ts';
import type { TextFile } from './text-file.ts';

/** One entry of a map: its key as text, where the key stands, and its value. */
export interface Entry {
  readonly key: string;
  readonly keyNode: Node;
  readonly value: Node | null;
}

const MAX_FILE = 2_000_000;
const MAX_FAULTS = 200;
const MAX_SHOWN = 400;

export class YamlFile {
  readonly path: string;
  readonly root: Node | null = null;
  readonly faults: ConfigFault[] = [];
  private readonly text: string;
  private readonly lines = new LineCounter();
  private document: Document | null = null;

  constructor({ path, text, unread }: TextFile) {
    this.path = path;
    this.text = text.length > MAX_FILE ? '' : text;
    if (unread !== undefined) this.faultAt(0, `the file cannot be read (${unread})`);
    if (text.length > MAX_FILE) this.faultAt(0, `the file is larger than ${MAX_FILE} characters`);
    try {
      const document = parseDocument(this.text, { lineCounter: this.lines, prettyErrors: false, uniqueKeys: false });
      for (const { pos, message } of document.errors) {
        this.faultAt(pos[0], message.startsWith('Maximum call stack') ? 'this is nested too deeply' : message);
      }
      if (document.errors.length > 0) return;
      this.document = document;
      this.root = document.contents as Node | null;
      this.refuseKeysGivenTwice(document);
    } catch (error) {
      this.faultAt(0, `this is no YAML: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** The whole file as plain data. An alias that would unfold into millions of values is a fault. */
  data(): unknown {
    try {
      return this.document?.toJS() ?? null;
    } catch (error) {
      this.faultAt(0, error instanceof Error ? error.message : String(error));
      return null;
    }
  }

  /** Entries of a map; anything else is a fault and gives none. Keys must be among `known`. */
  entries(node: Node | null, what: string, known: readonly string[] | null): Entry[] {
    if (!isMap(node)) {
      if (node !== null) this.fault(node, `${what} must be a map of keys and values`);
      return [];
    }
    return (node.items as Pair<Node, Node | null>[]).flatMap(({ key, value }) => {
      const name = isScalar(key) ? String(key.value) : null;
      if (name === null) this.fault(key, `a key of ${what} must be a word`);
      else if (known === null || known.includes(name)) return [{ key: name, keyNode: key, value }];
      else this.fault(key, `${what} has no "${name}"${suggestion(name, known)} (known: ${known.join(' ')})`);
      return [];
    });
  }

  /** Items of a list; anything else is a fault and gives none. */
  items(node: Node | null, what: string): (Node | null)[] {
    if (isSeq(node)) return node.items as (Node | null)[];
    if (node !== null && !(isScalar(node) && node.value === null)) this.fault(node, `${what} must be a list`);
    return [];
  }

  /** A text as written (a number stays as it was typed); null, with a fault, when it is none. */
  string(node: Node | null, what: string, place: Node | null = node): string | null {
    if (isScalar(node) && node.value !== null && typeof node.value !== 'object') {
      return typeof node.value === 'string' ? node.value : (node.source ?? String(node.value));
    }
    const found = isAlias(node) ? 'an alias' : node === null || isScalar(node) ? 'nothing' : 'a structure';
    this.fault(node ?? place, `${what} must be a text, not ${found}`);
    return null;
  }

  /** A map of texts. */
  strings(node: Node | null, what: string): [string, string, Node][] {
    return this.entries(node, what, null).flatMap(({ key, keyNode, value }) => {
      const text = this.string(value, `${what}.${key}`, keyNode);
      return text === null ? [] : [[key, text, value ?? keyNode] as [string, string, Node]];
    });
  }

  /** Records a fault at the beginning of a node. */
  fault(node: Node | null, message: string): void {
    this.faultAt(node?.range?.[0] ?? 0, message);
  }

  /** Where character `offset` of the text that a scalar stands for is in the file; of any other node, its beginning. */
  location(node: Node | null, offset = 0): SourceLocation {
    return this.locationAt(this.offsetIn(node, offset));
  }

  /** Records a fault at character `offset` of the text a scalar stands for. */
  faultInside(node: Node, offset: number, message: string): void {
    this.faultAt(this.offsetIn(node, offset), message);
  }

  /** The faults from top to bottom. */
  sorted(): ConfigFault[] {
    return this.faults.toSorted((a, b) => a.line - b.line || a.column - b.column);
  }

  private offsetIn(node: Node | null, offset: number): number {
    const start = node?.range?.[0] ?? 0;
    const isText = isScalar(node) && typeof node.value === 'string';
    return isText ? this.place(node as Scalar<string>, start, offset) : start + offset;
  }

  /**
   * Where a character of a scalar's value stands in the file: follows both texts and skips in the file what the value
   * does not have (quotes, escapes, indentation, the header of a block).
   */
  private place(node: Scalar<string>, start: number, offset: number): number {
    let at = start;
    if (node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED') at = this.text.indexOf('\n', start) + 1;
    else if (node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE') at += 1;
    const end = node.range?.[1] ?? this.text.length;
    const blank = (character: string | undefined): boolean =>
      character === ' ' || character === '\n' || character === '\r';
    // The place behind the last character is right behind it, not where the next part of the file begins.
    const past = offset >= node.value.trimEnd().length;
    const target = past ? node.value.trimEnd().length - 1 : offset;
    for (let i = 0; i <= target; i++) {
      const wanted = node.value[i];
      const same = (): boolean => this.text[at] === wanted || (blank(wanted) && blank(this.text[at]));
      while (at < end && !same()) at += 1;
      if (i < target) at += 1;
    }
    return Math.min(past ? at + 1 : at, end);
  }

  /** The parser's own search compares every key with every other. */
  private refuseKeysGivenTwice(document: Document): void {
    visit(document, {
      Map: (_, { items }) => {
        const seen = new Set<unknown>();
        for (const { key } of items as Pair<Node>[]) {
          if (!isScalar(key)) continue;
          if (seen.has(key.value)) this.fault(key, `the key "${String(key.value)}" is given twice`);
          seen.add(key.value);
        }
      },
    });
  }

  /** Records a fault at a character of the file, once. */
  faultAt(offset: number, message: string): void {
    if (this.faults.length >= MAX_FAULTS) return;
    const location = this.locationAt(offset);
    const { line, column } = location;
    if (this.faults.some((fault) => fault.line === line && fault.column === column && fault.message === message))
      return;
    this.faults.push({ ...location, message });
  }

  private locationAt(offset: number): SourceLocation {
    const { line, col } = this.lines.linePos(Math.min(offset, this.text.length));
    const source = this.text.split('\n', Math.max(1, line))[Math.max(1, line) - 1]?.replace(/\r$/, '') ?? null;
    // A line nobody can read helps nobody.
    const shown = source !== null && source.length <= MAX_SHOWN && source.trim() !== '' ? masked(source) : null;
    return { file: this.path, line: Math.max(1, line), column: Math.max(1, col), source: shown };
  }
}

/** A fault is printed and pasted: `://user:password@` must not be. */
const masked = (source: string): string =>
  source.replace(
    /(:\/\/[^\s:/@]*:)([^\s@]+)(@)/g,
    (_, before: string, secret: string, after: string) => before + '*'.repeat(secret.length) + after,
  );
