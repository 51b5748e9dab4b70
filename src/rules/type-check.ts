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

export function check(expr: Expr, dialect: Dialect): TextFault[] {
  const checker = new Checker(dialect);
  checker.root(expr);
  return checker.faults;
}

/** The rate unit of a comparison's right side: `100/min`. */
export function perOf(expr: Expr): string | null {
  if (expr.kind === 'number') return expr.per;
  return expr.kind === 'negate' ? perOf(expr.expr) : null;
}

class Checker {
  readonly faults: TextFault[] = [];
  private readonly dialect: Dialect;

  constructor(dialect: Dialect) {
    this.dialect = dialect;
  }

  root(expr: Expr): void {
    const gives = this.visit(expr, false);
    if (gives === 'range') this.fault(expr, 'a window gives many samples; use a function such as increase(x[5m])');
    if (gives === 'scalar' && this.dialect === 'handbook') {
      this.fault(expr, 'this never changes; a condition needs a metric');
    }
  }

  /** `rated`: a comparison with `/min` makes rates of the metrics. */
  private visit(expr: Expr, rated: boolean): Gives {
    switch (expr.kind) {
      case 'number':
        if (expr.per !== null && !rated) {
          this.fault(expr, `"/${expr.per}" may stand only on the right of a comparison: errors > 100/${expr.per}`);
        }
        return 'scalar';
      case 'selector':
        return expr.rangeMs === null || rated ? 'vector' : 'range';
      case 'negate':
        return this.numeric(expr.expr, rated, 'a minus sign');
      case 'not':
        this.truth(expr.expr, 'not');
        return 'condition';
      case 'aggregate': {
        const inside = this.visit(expr.expr, rated);
        const counts = inside === 'condition' && expr.op === 'count';
        if (inside !== 'vector' && !counts) this.fault(expr, `${expr.op}() needs a metric, not ${WORDS[inside]}`);
        return 'vector';
      }
      case 'call':
        return this.call(expr);
      case 'binary':
        return this.dialect === 'handbook' ? this.binary(expr, rated) : this.promBinary(expr);
      default:
        return expr satisfies never;
    }
  }

  private binary(expr: BinaryNode, rated: boolean): Gives {
    const { op, left, right, until } = expr;
    if (isSetOp(op)) {
      this.truth(left, op);
      this.truth(right, op);
      return 'condition';
    }
    const per = isComparison(op) ? perOf(right) !== null : rated;
    const a = this.numeric(left, per, op);
    const b = this.numeric(right, per, op);
    const isScalar = a === 'scalar' && b === 'scalar';
    if (!isComparison(op)) return isScalar ? 'scalar' : 'vector';
    if (isScalar) this.fault(expr, 'this compares two plain numbers; one side needs a metric');
    if (until !== null) {
      this.numeric(until.expr, per, 'until');
      if (per !== (perOf(until.expr) !== null)) this.fault(until.expr, 'both limits need the same rate unit');
    }
    return 'condition';
  }

  private promBinary(expr: BinaryNode): Gives {
    const { op, left, right } = expr;
    const a = this.numeric(left, false, op);
    const b = this.numeric(right, false, op);
    const scalar = a === 'scalar' || b === 'scalar';
    if (isSetOp(op) && scalar) this.fault(expr, `"${op}" needs a metric on both sides`);
    if (isSetOp(op) && (expr.matching?.group ?? null) !== null)
      this.fault(expr, `"${op}" takes no group_left or group_right`);
    if (expr.matching !== null && scalar) this.fault(expr, 'on() and ignoring() need a metric on both sides');
    if (isComparison(op) && a === 'scalar' && b === 'scalar' && !expr.bool) {
      this.fault(expr, 'a comparison of two plain numbers needs "bool"');
    }
    return a === 'scalar' && b === 'scalar' ? 'scalar' : 'vector';
  }

  private call(expr: CallNode): Gives {
    const shape = FUNCTIONS.get(expr.fn);
    if (shape === undefined) return 'vector';
    const { args } = expr;
    if (args.length < shape.least || args.length > shape.args.length) {
      const count = shape.args.length === 0 ? 'no argument' : `${shape.args.length} argument(s)`;
      this.fault(expr, `${expr.fn}() takes ${count}, not ${args.length}`);
    }
    args.forEach((arg, i) => this.argument(expr.fn, arg, shape.args[i] ?? 'scalar'));
    return expr.fn === 'absent' && this.dialect === 'handbook' ? 'condition' : shape.gives;
  }

  private argument(fn: string, arg: Expr, needs: ArgumentKind): void {
    const gives = this.visit(arg, false);
    if (gives === needs) return;
    if (needs === 'range') this.fault(arg, `${fn}() needs a window: ${fn}(errors[5m])`);
    else this.fault(arg, `${fn}() needs ${WORDS[needs]}, not ${WORDS[gives]}`);
  }

  private numeric(expr: Expr, rated: boolean, where: string): Gives {
    const gives = this.visit(expr, rated);
    if (gives === 'condition') this.fault(expr, `"${where}" needs numbers, not a condition`);
    if (gives === 'range') this.fault(expr, 'a window gives many samples; use a function such as increase(x[5m])');
    return gives;
  }

  private truth(expr: Expr, where: string): void {
    const gives = this.visit(expr, false);
    if (gives === 'scalar') this.fault(expr, `"${where}" needs a condition or a metric, not a plain number`);
    if (gives === 'range') this.fault(expr, 'a window gives many samples; use a function such as increase(x[5m])');
  }

  private fault(expr: Expr, message: string): void {
    this.faults.push({ at: expr.at, message });
  }
}
