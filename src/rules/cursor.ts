/** The parser's position, the faults found, and limits on its work. */
import type { Dialect, TextFault } from './expr.ts';
import { tokenize, type Token } from './lexer.ts';

/** Most terms of an expression; deepest nesting. */
const MAX_TERMS = 1000;
export const MAX_DEPTH = 64;

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
