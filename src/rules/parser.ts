/** Text to conditions and expressions. Never throws; its work is bounded. */
import { parsePrimary, parseLabelNames, readDuration } from './primary-parser.ts';
import { check } from './type-check.ts';
import { Cursor, describe, GiveUp } from './lexer.ts';
import {
  COMPARISONS,
  isComparison,
  type BinaryNode,
  type BinaryOp,
  type Expr,
  type Matching,
  type TextFault,
} from './expr.ts';
import { suggestion } from '../incident/fuzzy.ts';

export const NODATA = ['keep', 'alert', 'ok'] as const;
/** While data is unknown: freeze, count as true, count as false. */
export type NoData = (typeof NODATA)[number];

/** A condition; null for clauses that are not given. */
export interface Condition {
  readonly expr: Expr;
  readonly forMs: number | null;
  readonly keepMs: number | null;
  readonly nodata: NoData | null;
}
export type ParsedText<T> =
  { readonly value: T; readonly faults: [] } | { readonly value: null; readonly faults: TextFault[] };

/** Parses `ws_connections < 100 for 2m`, `x > 90% until < 85% keep 1m nodata alert`. */
export function parseCondition(text: string): ParsedText<Condition> {
  const cursor = new Cursor(text, 'handbook');
  return finish(cursor, () => ({ expr: parseBinary(cursor, 0), ...parseClauses(cursor) }));
}

/** An expression of the Prometheus subset. */
export function parsePromql(text: string): ParsedText<Expr> {
  const cursor = new Cursor(text, 'prometheus');
  const { value, faults } = finish(cursor, () => ({ expr: parseBinary(cursor, 0) }));
  return value === null ? { value, faults } : { value: value.expr, faults };
}

function finish<T extends { readonly expr: Expr }>(cursor: Cursor, parse: () => T): ParsedText<T> {
  let value: T | null = null;
  try {
    value = parse();
    readOn(cursor);
    if (cursor.faults.length === 0)
      for (const { message, at } of check(value.expr, cursor.dialect)) cursor.fault(message, at);
  } catch (error) {
    if (!(error instanceof GiveUp)) throw error;
  }
  if (value !== null && cursor.faults.length === 0) return { value, faults: [] };
  return { value: null, faults: cursor.faults.toSorted((a, b) => a.at - b.at) };
}

/** Left-over text is a fault; it is parsed all the same, for its own faults. */
function readOn(cursor: Cursor): void {
  while (cursor.token.kind !== 'end') {
    cursor.fault(leftOver(cursor));
    cursor.take();
    cursor.recover();
    if (cursor.eat('and') || cursor.eat('or') || cursor.eat('unless')) parseBinary(cursor, 0);
    parseClauses(cursor);
  }
}

const CLAUSES = ['for', 'keep', 'nodata', 'until', 'and', 'or', 'unless'];

function leftOver(cursor: Cursor): string {
  const { token } = cursor;
  const found = describe(token);
  if (token.kind !== 'name') return `expected an operator or the end, found ${found}`;
  return `expected an operator, "for" or the end, found ${found}${suggestion(token.text, CLAUSES)}`;
}

function parseClauses(cursor: Cursor): Omit<Condition, 'expr'> {
  let forMs: number | null = null;
  let keepMs: number | null = null;
  let nodata: NoData | null = null;
  while (cursor.is('for') || cursor.is('keep') || cursor.is('nodata')) {
    const word = cursor.take();
    const again = { for: forMs, keep: keepMs, nodata }[word.text as 'for' | 'keep' | 'nodata'] !== null;
    if (again) cursor.fault(`"${word.text}" is given twice`, word.at);
    if (word.text === 'for') forMs = readDuration(cursor, '"for"');
    else if (word.text === 'keep') keepMs = readDuration(cursor, '"keep"');
    else nodata = readNoData(cursor);
  }
  return { forMs, keepMs, nodata };
}

function readNoData(cursor: Cursor): NoData {
  const token = cursor.take();
  const found = NODATA.find((word) => word === token.text);
  if (found === undefined) {
    const close = suggestion(token.text, NODATA);
    cursor.fault(`"nodata" takes keep, alert or ok, found ${describe(token)}${close}`, token.at);
  }
  return found ?? 'keep';
}

/** Precedences; `not` is between `and` and comparisons. */
const BINDING: Readonly<Record<string, number>> = {
  or: 1,
  and: 2,
  unless: 2,
  ...Object.fromEntries(COMPARISONS.map((op) => [op, 4])),
  '+': 5,
  '-': 5,
  '*': 6,
  '/': 6,
  '%': 6,
  '^': 8,
};
const NOT_BINDING = 3;
const UNARY_BINDING = 7;

function parseBinary(cursor: Cursor, least: number): Expr {
  let left = parseUnary(cursor);
  while (true) {
    const { token } = cursor;
    const binding = token.kind === 'op' || token.kind === 'name' ? operator(cursor, token.text) : 0;
    if (binding === 0 || binding < least) return left;
    cursor.take();
    const op = token.text as BinaryOp;
    const bool = cursor.dialect === 'prometheus' && cursor.eat('bool');
    if (bool && !isComparison(op)) cursor.fault('"bool" may stand only behind a comparison', token.at);
    const matching = cursor.dialect === 'prometheus' ? parseMatching(cursor) : null;
    // `^` alone binds to the right.
    const right = cursor.nested(() => parseBinary(cursor, op === '^' ? binding : binding + 1));
    const until = isComparison(op) && cursor.dialect === 'handbook' ? parseUntil(cursor) : null;
    left = { kind: 'binary', op, left, right, bool, matching, until, at: token.at };
  }
}

function operator(cursor: Cursor, text: string): number {
  if ((text === '%' || text === '^') && cursor.dialect === 'handbook') return 0;
  return Object.hasOwn(BINDING, text) ? (BINDING[text] ?? 0) : 0;
}

function parseUnary(cursor: Cursor): Expr {
  const { token } = cursor;
  if (cursor.dialect === 'handbook' && cursor.eat('not')) {
    return { kind: 'not', expr: cursor.nested(() => parseBinary(cursor, NOT_BINDING)), at: token.at };
  }
  if (cursor.eat('-')) {
    return { kind: 'negate', expr: cursor.nested(() => parseBinary(cursor, UNARY_BINDING)), at: token.at };
  }
  if (cursor.eat('+')) return cursor.nested(() => parseBinary(cursor, UNARY_BINDING));
  return parsePrimary(cursor, () => parseBinary(cursor, 0));
}

function parseUntil(cursor: Cursor): BinaryNode['until'] {
  if (!cursor.eat('until')) return null;
  const op = COMPARISONS.find((each) => each === cursor.token.text);
  if (op === undefined) {
    cursor.fault(`"until" needs a comparison such as until < 85%, found ${describe(cursor.token)}`);
    cursor.recover();
    return null;
  }
  cursor.take();
  return { op, expr: cursor.nested(() => parseBinary(cursor, 5)) };
}

function parseMatching(cursor: Cursor): Matching | null {
  if (!cursor.is('on') && !cursor.is('ignoring')) return null;
  const mode = cursor.take().text as Matching['mode'];
  const labels = parseLabelNames(cursor, mode);
  if (!cursor.is('group_left') && !cursor.is('group_right')) return { mode, labels, group: null, include: [] };
  const group = cursor.take().text === 'group_left' ? 'left' : 'right';
  return { mode, labels, group, include: cursor.is('(') ? parseLabelNames(cursor, `group_${group}`) : [] };
}
