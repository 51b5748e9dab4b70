/** A tree back to text that parses to the same tree. */
import { formatDuration } from '../../src/incident/time.ts';
import { RATE_UNITS } from '../../src/rules/units.ts';
import type { Condition } from '../../src/rules/parser.ts';
import type { Expr, Grouping, Matching, NumberNode, SelectorNode } from '../../src/rules/expr.ts';

/** Every compound operand stands in parentheses, so no knowledge of precedence is needed to read it. */
export function printExpr(expr: Expr): string {
  switch (expr.kind) {
    case 'number':
      return printNumber(expr);
    case 'selector':
      return printSelector(expr);
    case 'call':
      return `${expr.fn}(${expr.args.map(printExpr).join(', ')})`;
    case 'aggregate':
      return `${expr.op}${printLabels(expr.grouping)}(${printExpr(expr.expr)})`;
    case 'not':
      return `not ${operand(expr.expr)}`;
    case 'negate':
      return `-${operand(expr.expr)}`;
    case 'binary': {
      const words = [operand(expr.left), expr.op + (expr.bool ? ' bool' : '')];
      if (expr.matching !== null) words.push(printMatching(expr.matching));
      words.push(operand(expr.right));
      if (expr.until !== null) words.push('until', expr.until.op, operand(expr.until.expr));
      return words.join(' ');
    }
    default:
      return expr satisfies never;
  }
}

export function printCondition({ expr, forMs, keepMs, nodata }: Condition): string {
  const clauses = [
    ...(forMs === null ? [] : [`for ${formatDuration(forMs)}`]),
    ...(keepMs === null ? [] : [`keep ${formatDuration(keepMs)}`]),
    ...(nodata === null ? [] : [`nodata ${nodata}`]),
  ];
  return [printExpr(expr), ...clauses].join(' ');
}

function operand(expr: Expr): string {
  const compound = expr.kind === 'binary' || expr.kind === 'not' || expr.kind === 'negate';
  return compound ? `(${printExpr(expr)})` : printExpr(expr);
}

function printNumber({ amount, unit, per }: NumberNode): string {
  const digits = Number.isNaN(amount) ? 'NaN' : amount === Infinity ? 'Inf' : String(amount);
  return digits + unit + (per !== null && Object.hasOwn(RATE_UNITS, per) ? `/${per}` : '');
}

function printSelector({ name, matchers, rangeMs, offsetMs }: SelectorNode): string {
  const labels = matchers.map((matcher) => `${matcher.name}${matcher.op}${quote(matcher.value)}`).join(',');
  const braces = labels === '' && name !== '' ? '' : `{${labels}}`;
  const window = rangeMs === null ? '' : `[${formatDuration(rangeMs)}]`;
  const sign = offsetMs < 0 ? '-' : '';
  const offset = offsetMs === 0 ? '' : ` offset ${sign}${formatDuration(Math.abs(offsetMs))}`;
  return name + braces + window + offset;
}

const quote = (text: string): string =>
  `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n').replaceAll('\r', '\\r')}"`;

const printLabels = (grouping: Grouping | null): string =>
  grouping === null ? '' : ` ${grouping.mode} (${grouping.labels.join(', ')}) `;

function printMatching({ mode, labels, group, include }: Matching): string {
  const on = `${mode} (${labels.join(', ')})`;
  if (group === null) return on;
  return `${on} group_${group} (${include.join(', ')})`;
}
