/** Text to tokens, in one pass without backtracking. */
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
export function tokenize(text: string, dialect: Dialect): { tokens: Token[]; faults: TextFault[] } {
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
export const PROMQL_WORDS = [
  'and',
  'or',
  'unless',
  'by',
  'without',
  'on',
  'ignoring',
  'group_left',
  'group_right',
  'bool',
  'offset',
] as const;

/** These may be written in capitals. */
const WORDS: ReadonlySet<string> = new Set([...PROMQL_WORDS, ...AGGREGATES]);
const lowered = (name: string): string => (WORDS.has(name.toLowerCase()) ? name.toLowerCase() : name);

const endToken = (at: number): Token => ({ kind: 'end', text: '', suffix: '', at, end: at });

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\\': '\\', '"': '"', "'": "'" };

function readString(
  text: string,
  start: number,
  quote: string,
): { value: string; end: number; fault: TextFault | null } {
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
