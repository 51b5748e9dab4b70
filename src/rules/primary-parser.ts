/** Parses operands: numbers with units, metrics with matchers, calls, aggregates, parentheses. */
import {
  AGGREGATES,
  MATCH_OPS,
  type Aggregation,
  type Dialect,
  type Expr,
  type Grouping,
  type Matcher,
  type MatchOp,
  type NumberNode,
} from './expr.ts';
import { functionsOf } from './functions.ts';
import { matches, NO_LABELS } from './labels.ts';
import { describe, PROMQL_WORDS, type Cursor } from './lexer.ts';
import { compilePattern, PatternError } from './regex.ts';
import { parseDuration } from '../incident/time.ts';
import { suggestion } from '../incident/fuzzy.ts';
import { RATE_UNITS, UNITS } from './units.ts';

/** The handbook's keywords, which are valid metrics in PromQL. */
const OWN_WORDS = ['not', 'for', 'keep', 'nodata', 'until'] as const;
const KEYWORDS: Readonly<Record<Dialect, ReadonlySet<string>>> = {
  prometheus: new Set(PROMQL_WORDS),
  handbook: new Set([...PROMQL_WORDS, ...OWN_WORDS]),
};

/** One operand; a stand-in after a fault. */
export function parsePrimary(cursor: Cursor, parseExpr: () => Expr): Expr {
  cursor.term();
  const token = cursor.token;
  if (token.kind === 'number') return parseNumber(cursor);
  if (cursor.eat('(')) {
    const inside = cursor.nested(parseExpr);
    cursor.expect(')', 'to close the parenthesis');
    return suffixes(cursor, inside);
  }
  if (cursor.is('{')) return parseSelector(cursor, '');
  if (token.kind === 'name' && !isKeyword(cursor, token.text)) {
    cursor.take();
    const special = /^(?:inf|nan)$/i.test(token.text) && !cursor.is('{');
    if (special) return number(token.at, token.text.toLowerCase() === 'nan' ? NaN : Infinity);
    const opens = cursor.is('(') || ((cursor.is('by') || cursor.is('without')) && isAggregate(token.text));
    if (!opens) return parseSelector(cursor, token.text, token.at);
    if (isAggregate(token.text)) return parseAggregate(cursor, token.text, token.at, parseExpr);
    return parseCall(cursor, token.text, token.at, parseExpr);
  }
  cursor.fault(`expected a metric or a number, found ${describe(token)}`);
  cursor.recover();
  return number(token.at, NaN);
}

const number = (at: number, amount: number): NumberNode => ({ kind: 'number', amount, unit: '', per: null, at });

const isAggregate = (name: string): name is Aggregation => (AGGREGATES as readonly string[]).includes(name);

const isKeyword = (cursor: Cursor, name: string): boolean => KEYWORDS[cursor.dialect].has(name);

function parseNumber(cursor: Cursor): Expr {
  const token = cursor.take();
  const amount = Number(token.text);
  if (!Number.isFinite(amount)) cursor.fault('this number is too large', token.at);
  if (cursor.dialect === 'prometheus') {
    if (token.suffix !== '') cursor.fault(`a number has no unit in PromQL: ${describe(token)}`, token.at);
    return number(token.at, amount);
  }
  let unit = token.suffix;
  if (unit === '' && cursor.eat('%')) unit = '%';
  if (unit !== '' && !Object.hasOwn(UNITS, unit)) {
    const whole = parseDuration(token.text + unit);
    if (whole !== null)
      return { kind: 'number', amount: whole / 1000, unit: 's', per: parseRate(cursor), at: token.at };
    const known = Object.keys(UNITS).join(' ');
    cursor.fault(
      `unknown unit ${JSON.stringify(unit)}${suggestion(unit, Object.keys(UNITS))} (known: ${known})`,
      token.at + token.text.length,
    );
    unit = '';
  }
  return { kind: 'number', amount, unit, per: parseRate(cursor), at: token.at };
}

/** `/min` behind a number; any other `/` is a division. */
function parseRate(cursor: Cursor): string | null {
  const unit = cursor.ahead(1);
  if (!cursor.is('/') || unit.kind !== 'name') return null;
  const next = cursor.ahead(2);
  const names = next.kind === 'op' && (next.text === '(' || next.text === '{' || next.text === '[');
  if (names || unit.text.includes('_')) return null;
  if (!Object.hasOwn(RATE_UNITS, unit.text)) {
    const known = Object.keys(RATE_UNITS);
    const close = unit.text === 'm' ? '; did you mean "min"?' : suggestion(unit.text, known);
    cursor.fault(`unknown unit "/${unit.text}"${close} (known: /s /min /h)`, unit.at);
  }
  cursor.take();
  return cursor.take().text;
}

function parseCall(cursor: Cursor, fn: string, at: number, parseExpr: () => Expr): Expr {
  const known = functionsOf(cursor.dialect);
  if (!known.includes(fn)) {
    cursor.fault(
      `unknown function ${fn}()${suggestion(fn, [...known, ...AGGREGATES])} (known: ${known.join(' ')})`,
      at,
    );
  }
  return suffixes(cursor, { kind: 'call', fn, args: parseArguments(cursor, parseExpr), at });
}

function parseArguments(cursor: Cursor, parseExpr: () => Expr): Expr[] {
  const args: Expr[] = [];
  cursor.expect('(', 'before the arguments');
  if (cursor.eat(')')) return args;
  do {
    args.push(cursor.nested(parseExpr));
  } while (cursor.eat(','));
  cursor.expect(')', 'after the arguments');
  return args;
}

function parseAggregate(cursor: Cursor, op: Aggregation, at: number, parseExpr: () => Expr): Expr {
  const before = parseGrouping(cursor);
  const args = parseArguments(cursor, parseExpr);
  const grouping = before ?? parseGrouping(cursor);
  const expr = args[0];
  if (args.length !== 1) cursor.fault(`${op}() takes one argument`, at);
  return suffixes(cursor, { kind: 'aggregate', op, grouping, expr: expr ?? number(at, NaN), at });
}

function parseGrouping(cursor: Cursor): Grouping | null {
  if (!cursor.is('by') && !cursor.is('without')) return null;
  const mode = cursor.take().text as Grouping['mode'];
  return { mode, labels: parseLabelNames(cursor, mode) };
}

/** `(a, b)` */
export function parseLabelNames(cursor: Cursor, after: string): string[] {
  const names: string[] = [];
  if (!cursor.expect('(', `after ${after}`)) return names;
  while (cursor.token.kind === 'name') {
    names.push(cursor.take().text);
    if (!cursor.eat(',')) break;
  }
  cursor.expect(')', 'after the label names');
  return names;
}

function parseSelector(cursor: Cursor, name: string, at = cursor.token.at): Expr {
  const matchers = cursor.is('{') ? parseMatchers(cursor) : [];
  if (name === '' && matchers.every((matcher) => matches(matcher, NO_LABELS))) {
    cursor.fault('a selector needs a metric name, or a matcher that not everything passes', at);
  }
  return suffixes(cursor, { kind: 'selector', name, matchers, rangeMs: null, offsetMs: 0, at });
}

function parseMatchers(cursor: Cursor): Matcher[] {
  const matchers: Matcher[] = [];
  cursor.take();
  while (cursor.token.kind === 'name') {
    const name = cursor.take().text;
    const op = cursor.token;
    if (op.kind !== 'op' || !(MATCH_OPS as readonly string[]).includes(op.text)) {
      cursor.fault(`expected = != =~ or !~ after the label ${name}, found ${describe(op)}`);
      break;
    }
    cursor.take();
    const value = cursor.token;
    if (value.kind !== 'string') {
      cursor.fault(`expected a quoted text after ${name}${op.text}, found ${describe(value)}`);
      break;
    }
    cursor.take();
    matchers.push({ name, op: op.text as MatchOp, value: checkPattern(cursor, op.text, value.text, value.at) });
    if (!cursor.eat(',')) break;
  }
  if (!cursor.expect('}', 'to close the labels')) {
    while (cursor.token.kind !== 'end' && !cursor.eat('}')) cursor.take();
  }
  return matchers;
}

/** The pattern; '' with a fault when it is malformed. */
function checkPattern(cursor: Cursor, op: string, value: string, at: number): string {
  if (op !== '=~' && op !== '!~') return value;
  try {
    compilePattern(value);
    return value;
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    cursor.fault(error.message, at + 1 + error.at);
    return '';
  }
}

/** `[5m]` and `offset 1h`: faults except behind a selector. */
function suffixes(cursor: Cursor, expr: Expr): Expr {
  let node = expr;
  while (cursor.is('[') || (cursor.is('offset') && cursor.dialect === 'prometheus') || cursor.is('@')) {
    const token = cursor.take();
    if (token.text === '@') {
      cursor.fault('the @ modifier is outside the subset', token.at);
      cursor.take();
      continue;
    }
    const [key, what] = token.text === '[' ? (['rangeMs', 'a window'] as const) : (['offsetMs', 'an offset'] as const);
    const sign = key === 'offsetMs' && cursor.eat('-') ? -1 : 1;
    const ms = sign * readDuration(cursor, what);
    if (key === 'rangeMs') closeWindow(cursor, token.at);
    if (node.kind === 'selector') node = { ...node, [key]: ms };
    else cursor.fault(`${what} may stand only behind a metric`, token.at);
  }
  return node;
}

function closeWindow(cursor: Cursor, at: number): void {
  if (cursor.eat(']')) return;
  const text = cursor.token.text.startsWith(':') ? 'subqueries are outside the subset' : 'expected ] after the window';
  cursor.fault(text, at);
  while (cursor.token.kind !== 'end' && !cursor.eat(']')) cursor.take();
}

/** A duration in ms; 0 only where that makes sense. */
export function readDuration(cursor: Cursor, what: string): number {
  const token = cursor.token;
  const ms = token.kind === 'number' ? parseDuration(token.text + token.suffix) : null;
  if (ms === null) {
    cursor.fault(`${what} needs a duration such as 90s, 2m or 1h30m, found ${describe(token)}`);
    if (token.kind === 'number') cursor.take();
    return 60_000;
  }
  cursor.take();
  if (ms === 0 && what !== '"for"' && what !== '"keep"' && what !== 'an offset') {
    cursor.fault(`${what} must be longer than 0`, token.at);
    return 60_000;
  }
  return ms;
}
