/** The syntax tree of both dialects. */

/** `handbook`: three-valued conditions. `prometheus`: PromQL's filtering vectors. */
export type Dialect = 'handbook' | 'prometheus';

export const MATCH_OPS = ['=', '!=', '=~', '!~'] as const;
export type MatchOp = (typeof MATCH_OPS)[number];
export interface Matcher {
  readonly name: string;
  readonly op: MatchOp;
  readonly value: string;
}

export const COMPARISONS = ['<', '<=', '>', '>=', '==', '!='] as const;
export type Comparison = (typeof COMPARISONS)[number];
export type Arithmetic = '+' | '-' | '*' | '/' | '%' | '^';
export type SetOp = 'and' | 'or' | 'unless';
export type BinaryOp = Comparison | Arithmetic | SetOp;

export const AGGREGATES = ['sum', 'avg', 'min', 'max', 'count'] as const;
export type Aggregation = (typeof AGGREGATES)[number];
export interface Grouping {
  readonly mode: 'by' | 'without';
  readonly labels: readonly string[];
}
/** PromQL's `on()`/`ignoring()` with `group_left`/`group_right`. */
export interface Matching {
  readonly mode: 'on' | 'ignoring';
  readonly labels: readonly string[];
  readonly group: 'left' | 'right' | null;
  readonly include: readonly string[];
}

interface Placed {
  /** Offset in the text. */
  readonly at: number;
}
export interface NumberNode extends Placed {
  readonly kind: 'number';
  readonly amount: number;
  /** A key of UNITS, or '' for none. */
  readonly unit: string;
  /** A key of RATE_UNITS. */
  readonly per: string | null;
}
export interface SelectorNode extends Placed {
  readonly kind: 'selector';
  /** Empty when only matchers are given. */
  readonly name: string;
  readonly matchers: readonly Matcher[];
  readonly rangeMs: number | null;
  readonly offsetMs: number;
}
export interface CallNode extends Placed {
  readonly kind: 'call';
  readonly fn: string;
  readonly args: readonly Expr[];
}
export interface AggregateNode extends Placed {
  readonly kind: 'aggregate';
  readonly op: Aggregation;
  readonly grouping: Grouping | null;
  readonly expr: Expr;
}
interface UnaryNode extends Placed {
  readonly kind: 'not' | 'negate';
  readonly expr: Expr;
}
export interface BinaryNode extends Placed {
  readonly kind: 'binary';
  readonly op: BinaryOp;
  readonly left: Expr;
  readonly right: Expr;
  /** PromQL's `bool`: yields 1 or 0 instead of filtering. */
  readonly bool: boolean;
  readonly matching: Matching | null;
  /** `> 90% until < 85%`: stays true until this holds. */
  readonly until: { readonly op: Comparison; readonly expr: Expr } | null;
}
export type Expr = NumberNode | SelectorNode | CallNode | AggregateNode | UnaryNode | BinaryNode;

/** A fault at an offset of the text, with what to do. */
export interface TextFault {
  readonly at: number;
  readonly message: string;
}

/** The parts of an expression directly below it. */
export function children(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'number':
    case 'selector':
      return [];
    case 'call':
      return expr.args;
    case 'aggregate':
    case 'not':
    case 'negate':
      return [expr.expr];
    case 'binary':
      return expr.until === null ? [expr.left, expr.right] : [expr.left, expr.right, expr.until.expr];
    default:
      return expr satisfies never;
  }
}

/** Equal for equal expressions wherever they stand. */
export const expressionKey = (expr: Expr): string =>
  JSON.stringify(expr, (key, value: unknown) =>
    key === 'at' ? undefined : typeof value === 'number' ? String(value) : value,
  );

/** The expression and all its parts, in reading order. */
export const nodes = (expr: Expr): Expr[] => [expr, ...children(expr).flatMap(nodes)];
export const selectors = (expr: Expr): SelectorNode[] => nodes(expr).filter((node) => node.kind === 'selector');

/** How far the expression looks back, windows and offsets together; ms. */
export const lookback = (expr: Expr): number =>
  Math.max(0, ...selectors(expr).map(({ rangeMs, offsetMs }) => (rangeMs ?? 0) + Math.max(0, offsetMs)));

export const isComparison = (op: BinaryOp): op is Comparison => (COMPARISONS as readonly string[]).includes(op);
export const isSetOp = (op: BinaryOp): op is SetOp => op === 'and' || op === 'or' || op === 'unless';

export const COMPARE: Readonly<Record<Comparison, (left: number, right: number) => boolean>> = {
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
  '==': (left, right) => left === right,
  '!=': (left, right) => left !== right,
};

/** Division by zero follows IEEE 754. */
export const CALCULATE: Readonly<Record<Arithmetic, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  '%': (left, right) => left % right,
  '^': (left, right) => left ** right,
};
