/** The laws of the three-valued logic. */
import fc from '../support/property.ts';
import { describe, expect, it } from 'vitest';
import { and, not, or, unless } from '../../src/rules/three-valued.ts';

const truth = fc.constantFrom(true, false, null);

describe('three-valued logic', () => {
  it('keeps the laws of Kleene', () => {
    fc.assert(
      fc.property(truth, truth, truth, (a, b, c) => {
        expect(and(a, b)).toBe(and(b, a));
        expect(or(a, b)).toBe(or(b, a));
        expect(and(a, and(b, c))).toBe(and(and(a, b), c));
        expect(or(a, or(b, c))).toBe(or(or(a, b), c));
        expect(and(a, or(b, c))).toBe(or(and(a, b), and(a, c)));
        expect(not(and(a, b))).toBe(or(not(a), not(b)));
        expect(not(not(a))).toBe(a);
        expect(and(a, a)).toBe(a);
      }),
    );
  });
  it('is monotonic: learning what was unknown never turns a known answer', () => {
    fc.assert(
      fc.property(truth, fc.boolean(), (a, learned) => {
        for (const op of [and, or]) if (op(a, null) !== null) expect(op(a, learned)).toBe(op(a, null));
      }),
    );
  });
  it('excuses only by what is known', () => {
    expect([unless(true, true), unless(true, null), unless(true, false), unless(null, true)]).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });
});
