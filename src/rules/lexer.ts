/** Text to tokens, in one pass without backtracking, and the parser's cursor over them. */
import { AGGREGATES, type Dialect, type TextFault } from './expr.ts';

type TokenKind = 'number' | 'name' | 'string' | 'op' | 'end';
export interface Token {
  readonly kind: TokenKind;
  /** As written; strings unescaped. */
  readonly text: string;
  /** Attached to a number: `%`, `MB`, `h30m`. */
  readonly suffix: string;
  readonly at: number;
  readonly end: number;
}

/** Longest expression in characters. */
export const MAX_TEXT = 100_000;

const SPACE = /(?:\s|#[^\n]*)+/y;
const NUMBER = /0[xX][0-9a-fA-F]+|(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const SUFFIX = /[A-Za-z]+(?:\d+[A-Za-z]+)*/y;
const NAME = /[A-Za-z_:][A-Za-z0-9_:]*/y;
const OP = /=~|!~|==|!=|<=|>=|[-+*/%^()<>{}[\],=@]/y;

/** The tokens, the last of kind `end`. Unknown characters become faults. */
function tokenize(text: string, dialect: Dialect): { tokens: Token[]; faults: TextFault[] } {
  const tokens: Token[] = [];
  const faults: TextFault[] = [];
  if (text.length > MAX_TEXT) {
    faults.push({ at: 0, message: `the expression is longer than ${MAX_TEXT} characters` });
    return { tokens: [endToken(0)], faults };
  }
  let at = 0;
  let inBraces = false;
  const match = (pattern: RegExp, from = at): string | null => {
    pattern.lastIndex = from;
    return pattern.exec(text)?.[0] ?? null;
  };
  const push = (kind: TokenKind, value: string, end: number, suffix = ''): void => {
    tokens.push({ kind, text: value, suffix, at, end });
    at = end;
  };
  while (true) {
    at += match(SPACE)?.length ?? 0;
    if (at >= text.length) break;
    const number = match(NUMBER);
    if (number !== null) {
      const after = at + number.length;
      const suffix = match(SUFFIX, after) ?? (dialect === 'handbook' && text[after] === '%' ? '%' : '');
      push('number', number, after + suffix.length, suffix);
      continue;
    }
    const name = match(NAME);
    if (name !== null) {
      const word = dialect === 'prometheus' && !inBraces ? lowered(name) : name;
      push('name', word, at + name.length);
      continue;
    }
    const op = match(OP);
    if (op !== null) {
      if (op === '{' || op === '}') inBraces = op === '{';
      push('op', op, at + op.length);
      continue;
    }
    const quote = text[at];
    if (quote === '"' || quote === "'" || quote === '`') {
      const string = readString(text, at, quote);
      if (string.fault !== null) faults.push(string.fault);
      push('string', string.value, string.end);
      continue;
    }
    const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
    if (faults.length < 20) faults.push({ at, message: `${JSON.stringify(character)} means nothing here` });
    at += character.length;
  }
  tokens.push(endToken(text.length));
  return { tokens, faults };
}

/** Keywords, which no metric can be called. */
export const PROMQL_WORDS = 'and or unless by without on ignoring group_left group_right bool offset'.split(' ');

/** These may be written in capitals. */
const WORDS: ReadonlySet<string> = new Set([...PROMQL_WORDS, ...AGGREGATES]);
const lowered = (name: string): string => (WORDS.has(name.toLowerCase()) ? name.toLowerCase() : name);

const endToken = (at: number): Token => ({ kind: 'end', text: '', suffix: '', at, end: at });

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\\': '\\', '"': '"', "'": "'" };

function readString(text: string, start: number, quote: string) {
  let value = '';
  let fault: TextFault | null = null;
  let at = start + 1;
  while (at < text.length && text[at] !== quote) {
    if (text[at] === '\\' && quote !== '`') {
      const escaped = ESCAPES[text[at + 1] ?? ''];
      fault ??=
        escaped === undefined ? { at, message: `no such escape in a string; write \\\\ for a backslash` } : null;
      value += escaped ?? text[at + 1] ?? '';
      at += 2;
    } else {
      value += text[at];
      at += 1;
    }
  }
  if (at >= text.length) fault ??= { at: start, message: `this string is not closed with ${quote}` };
  return { value, end: Math.min(at + 1, text.length), fault };
}

/** Most terms of an expression; deepest nesting. */
const MAX_TERMS = 1000;
const MAX_DEPTH = 64;

/** Thrown at a limit; the fault is already recorded. */
export class GiveUp extends Error {}

export class Cursor {
  readonly dialect: Dialect;
  readonly faults: TextFault[];
  private readonly tokens: readonly Token[];
  private position = 0;
  private terms = 0;
  private depth = 0;

  constructor(text: string, dialect: Dialect) {
    const { tokens, faults } = tokenize(text, dialect);
    this.tokens = tokens;
    this.faults = faults;
    this.dialect = dialect;
  }

  get token(): Token {
    return this.ahead(0);
  }

  ahead(count: number): Token {
    return (this.tokens[this.position + count] ?? this.tokens.at(-1)) as Token;
  }

  take(): Token {
    const token = this.token;
    if (token.kind !== 'end') this.position += 1;
    return token;
  }

  is(text: string): boolean {
    return (this.token.kind === 'op' || this.token.kind === 'name') && this.token.text === text;
  }

  eat(text: string): boolean {
    if (!this.is(text)) return false;
    this.position += 1;
    return true;
  }

  /** Consumes the operator, or records a fault and consumes nothing. */
  expect(text: string, why: string): boolean {
    if (this.eat(text)) return true;
    this.fault(`expected ${text} ${why}, found ${describe(this.token)}`);
    return false;
  }

  /** Records a fault; only the first at each place. */
  fault(message: string, at = this.token.at): void {
    if (this.faults.length < 20 && !this.faults.some((fault) => fault.at === at)) this.faults.push({ at, message });
  }

  term(): void {
    this.terms += 1;
    if (this.terms <= MAX_TERMS) return;
    this.fault(`an expression may have at most ${MAX_TERMS} terms`);
    throw new GiveUp();
  }

  nested<T>(parse: () => T): T {
    this.depth += 1;
    if (this.depth > MAX_DEPTH) {
      this.fault(`an expression may be nested at most ${MAX_DEPTH} deep`);
      throw new GiveUp();
    }
    const result = parse();
    this.depth -= 1;
    return result;
  }

  /** Skips to the next word that starts something new, so that later faults are found too. */
  recover(): void {
    let open = 0;
    while (this.token.kind !== 'end') {
      if (open === 0 && this.token.kind === 'name' && RESUME.has(this.token.text)) return;
      if (open === 0 && (this.is(')') || this.is(','))) return;
      if (this.is('(')) open += 1;
      if (this.is(')')) open -= 1;
      this.take();
    }
  }
}

const RESUME: ReadonlySet<string> = new Set(['and', 'or', 'unless', 'for', 'keep', 'nodata', 'until']);

/** A token as faults name it. */
export const describe = (token: Token): string =>
  token.kind === 'end' ? 'the end' : token.kind === 'string' ? 'a string' : JSON.stringify(token.text + token.suffix);
