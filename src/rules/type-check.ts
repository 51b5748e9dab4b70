/** Checks what each part of an expression gives against what its place needs. */
import {
  isComparison,
  isSetOp,
  type BinaryNode,
  type CallNode,
  type Dialect,
  type Expr,
  type TextFault,
} from './expr.ts';
import { FUNCTIONS, type ArgumentKind } from './functions.ts';

/** One number, one per series, samples of a window, one truth per series. */
type Gives = 'scalar' | 'vector' | 'range' | 'condition';

const WORDS: Readonly<Record<Gives, string>> = {
  scalar: 'a plain number',
  vector: 'a metric',
  range: 'a window of samples',
  condition: 'a condition',
};

const MANY_SAMPLES = 'a window gives many samples; use a function such as increase(x[5m])';

/** The rate unit of a comparison's right side: `100/min`. */
export function perOf(expr: Expr): string | null {
  if (expr.kind === 'number') return expr.per;
  return expr.kind === 'negate' ? perOf(expr.expr) : null;
}

/** The faults of the whole expression. */
export function check(root: Expr, dialect: Dialect): TextFault[] {
  const faults: TextFault[] = [];
  const gives = visit(root, false);
  if (gives === 'range') fault(root, MANY_SAMPLES);
  if (gives === 'scalar' && dialect === 'handbook') fault(root, 'this never changes; a condition needs a metric');
  return faults;

  /** `rated`: a comparison with `/min` makes rates of the metrics. */
  function visit(expr: Expr, rated: boolean): Gives {
    switch (expr.kind) {
      case 'number':
        if (expr.per !== null && !rated) {
          fault(expr, `"/${expr.per}" may stand only on the right of a comparison: errors > 100/${expr.per}`);
        }
        return 'scalar';
      case 'selector':
        return expr.rangeMs === null || rated ? 'vector' : 'range';
      case 'negate':
        return numeric(expr.expr, rated, 'a minus sign');
      case 'not':
        truth(expr.expr, 'not');
        return 'condition';
      case 'aggregate': {
        const inside = visit(expr.expr, rated);
        const counts = inside === 'condition' && expr.op === 'count';
        if (inside !== 'vector' && !counts) fault(expr, `${expr.op}() needs a metric, not ${WORDS[inside]}`);
        return 'vector';
      }
      case 'call':
        return call(expr);
      case 'binary':
        return dialect === 'handbook' ? binary(expr, rated) : promBinary(expr);
      default:
        return expr satisfies never;
    }
  }

  function binary(expr: BinaryNode, rated: boolean): Gives {
    const { op, left, right, until } = expr;
    if (isSetOp(op)) {
      truth(left, op);
      truth(right, op);
      return 'condition';
    }
    const per = isComparison(op) ? perOf(right) !== null : rated;
    const a = numeric(left, per, op);
    const b = numeric(right, per, op);
    const isScalar = a === 'scalar' && b === 'scalar';
    if (!isComparison(op)) return isScalar ? 'scalar' : 'vector';
    if (isScalar) fault(expr, 'this compares two plain numbers; one side needs a metric');
    if (until !== null) {
      numeric(until.expr, per, 'until');
      if (per !== (perOf(until.expr) !== null)) fault(until.expr, 'both limits need the same rate unit');
    }
    return 'condition';
  }

  function promBinary(expr: BinaryNode): Gives {
    const { op, left, right } = expr;
    const a = numeric(left, false, op);
    const b = numeric(right, false, op);
    const scalar = a === 'scalar' || b === 'scalar';
    if (isSetOp(op) && scalar) fault(expr, `"${op}" needs a metric on both sides`);
    if (isSetOp(op) && (expr.matching?.group ?? null) !== null)
      fault(expr, `"${op}" takes no group_left or group_right`);
    if (expr.matching !== null && scalar) fault(expr, 'on() and ignoring() need a metric on both sides');
    if (isComparison(op) && a === 'scalar' && b === 'scalar' && !expr.bool) {
      fault(expr, 'a comparison of two plain numbers needs "bool"');
    }
    return a === 'scalar' && b === 'scalar' ? 'scalar' : 'vector';
  }

  function call(expr: CallNode): Gives {
    const shape = FUNCTIONS.get(expr.fn);
    if (shape === undefined) return 'vector';
    const { args } = expr;
    if (args.length < shape.least || args.length > shape.args.length) {
      const count = shape.args.length === 0 ? 'no argument' : `${shape.args.length} argument(s)`;
      fault(expr, `${expr.fn}() takes ${count}, not ${args.length}`);
    }
    args.forEach((arg, i) => argument(expr.fn, arg, shape.args[i] ?? 'scalar'));
    return expr.fn === 'absent' && dialect === 'handbook' ? 'condition' : shape.gives;
  }

  function argument(fn: string, arg: Expr, needs: ArgumentKind): void {
    const gives = visit(arg, false);
    if (gives === needs) return;
    if (needs === 'range') fault(arg, `${fn}() needs a window: ${fn}(errors[5m])`);
    else fault(arg, `${fn}() needs ${WORDS[needs]}, not ${WORDS[gives]}`);
  }

  function numeric(expr: Expr, rated: boolean, where: string): Gives {
    const gives = visit(expr, rated);
    if (gives === 'condition') fault(expr, `"${where}" needs numbers, not a condition`);
    if (gives === 'range') fault(expr, MANY_SAMPLES);
    return gives;
  }

  function truth(expr: Expr, where: string): void {
    const gives = visit(expr, false);
    if (gives === 'scalar') fault(expr, `"${where}" needs a condition or a metric, not a plain number`);
    if (gives === 'range') fault(expr, MANY_SAMPLES);
  }

  function fault(expr: Expr, message: string): void {
    faults.push({ at: expr.at, message });
  }
}
