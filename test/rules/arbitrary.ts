/** Random expressions for property tests. */
import fc from '../support/property.ts';
import { COMPARISONS, type Dialect, type Expr } from '../../src/rules/expr.ts';
import type { Condition } from '../../src/rules/parser.ts';

const name = fc.constantFrom('ws_connections', 'redis_memory_usage', 'errors_total', 'a', 'b:c');
const label = fc.constantFrom('target', 'job', 'db');
const matcher = fc.oneof(
  fc.record({ name: label, op: fc.constantFrom('=' as const, '!=' as const), value: fc.string({ maxLength: 8 }) }),
  fc.record({
    name: label,
    op: fc.constantFrom('=~' as const, '!~' as const),
    value: fc.constantFrom('a|b', 'x.*', '[a-c]+\\d'),
  }),
);
const duration = fc.constantFrom(1_000, 90_000, 120_000, 5_400_000, 86_400_000, 1_500);
const at = fc.constant(0);
const kind = <K extends string>(word: K) => fc.constant(word);

const selector = fc.record({
  kind: kind('selector'),
  name,
  matchers: fc.array(matcher, { maxLength: 2 }),
  rangeMs: fc.constant(null),
  offsetMs: fc.constant(0),
  at,
});
const amount = fc.oneof(fc.nat(1000), fc.double({ min: 0, max: 1e12, noNaN: true }));
const number = (units: readonly string[]) =>
  fc.record({ kind: kind('number'), amount, unit: fc.constantFrom(...units), per: fc.constant(null), at });

const numeric = (dialect: Dialect) =>
  fc.letrec<{ vector: Expr; operand: Expr }>((tie) => ({
    vector: fc.oneof(
      { depthSize: 'small' },
      selector,
      fc.record({
        kind: kind('call'),
        fn: fc.constantFrom('rate', 'increase', 'delta'),
        args: fc.tuple(selector.chain((node) => duration.map((rangeMs) => ({ ...node, rangeMs })))),
        at,
      }),
      fc.record({
        kind: kind('aggregate'),
        op: fc.constantFrom('sum' as const, 'avg' as const, 'min' as const, 'max' as const, 'count' as const),
        grouping: fc.option(
          fc.record({
            mode: fc.constantFrom('by' as const, 'without' as const),
            labels: fc.array(label, { maxLength: 2 }),
          }),
        ),
        expr: tie('vector'),
        at,
      }),
      fc.record({ kind: kind('negate'), expr: tie('vector'), at }),
      fc.record({
        kind: kind('binary'),
        op: fc.constantFrom('+' as const, '-' as const, '*' as const, '/' as const),
        left: tie('vector'),
        right: tie('operand'),
        bool: fc.constant(false),
        matching: fc.constant(null),
        until: fc.constant(null),
        at,
      }),
    ),
    operand: fc.oneof(tie('vector'), number(dialect === 'handbook' ? ['', '%', 'MB', 's', 'KiB'] : [''])),
  }));

/** Expressions that pass the check, in either dialect. `at` is always 0. */
export function expression(dialect: Dialect): fc.Arbitrary<Expr> {
  const { vector, operand } = numeric(dialect);
  const comparison = fc.record({
    kind: kind('binary'),
    op: fc.constantFrom(...COMPARISONS),
    left: vector,
    right: operand,
    bool: fc.constant(false),
    matching: fc.constant(null),
    until:
      dialect === 'handbook'
        ? fc.option(fc.record({ op: fc.constantFrom('<' as const, '>' as const), expr: operand }))
        : fc.constant(null),
    at,
  });
  return fc.letrec<{ condition: Expr }>((tie) => ({
    condition: fc.oneof(
      { depthSize: 'small' },
      comparison,
      vector,
      ...(dialect === 'handbook' ? [fc.record({ kind: kind('not'), expr: tie('condition'), at })] : []),
      fc.record({
        kind: kind('binary'),
        op: fc.constantFrom('and' as const, 'or' as const, 'unless' as const),
        left: tie('condition'),
        right: tie('condition'),
        bool: fc.constant(false),
        matching: fc.constant(null),
        until: fc.constant(null),
        at,
      }),
    ),
  })).condition;
}

export const condition: fc.Arbitrary<Condition> = fc.record({
  expr: expression('handbook'),
  forMs: fc.option(duration),
  keepMs: fc.option(duration),
  nodata: fc.option(fc.constantFrom('keep' as const, 'alert' as const, 'ok' as const)),
});

/** The tree without places, to compare what was printed with what was read. */
export const placeless = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (key, part) => (key === 'at' ? 0 : part)));
