/** Patterns of label matchers: the same answers as JavaScript's engine, without its worst cases. */
import fc from '../support/property.ts';
import { describe, expect, it } from 'vitest';
import { compilePattern, PatternError } from '../../src/rules/regex.ts';

describe('patterns', () => {
  const piece = fc.constantFrom(
    'a',
    'b',
    'c',
    '.',
    '\\d',
    '\\w',
    '[a-c]',
    '[^a]',
    '[-x]',
    '[\\d-]',
    'a|b',
    '(a|b)',
    '(?:ab)',
    '()',
    '\\.',
  );
  const repeat = fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{1,3}', '{0,2}', '{1,}', '+?');
  const pattern = fc
    .array(fc.tuple(piece, repeat), { maxLength: 5 })
    .map((all) =>
      all
        .map(([part, times]) =>
          part.length > 1 && times !== '' && !/^[[(\\]/.test(part) ? `(?:${part})${times}` : part + times,
        )
        .join(''),
    );
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'x', '-', '.', '1', '\n', '🙂'), maxLength: 8 });

  it('answer as an anchored RegExp does', () => {
    fc.assert(
      fc.property(pattern, text, (pattern, text) => {
        expect(compilePattern(pattern)(text)).toBe(new RegExp(`^(?:${pattern})$`, 'u').test(text));
      }),
      { numRuns: 1000 },
    );
  });

  it('take upper and lower case for the same where (?i) says so', () => {
    const mixed = fc.string({ unit: fc.constantFrom('a', 'A', 'b', 'C', 'x', '-', '1'), maxLength: 8 });
    fc.assert(
      fc.property(pattern, mixed, (pattern, text) => {
        const wanted = new RegExp(`^(?:${pattern})$`, 'iu').test(text);
        expect(compilePattern(`(?i)${pattern}`)(text)).toBe(wanted);
        expect(compilePattern(`(?i:${pattern})`)(text)).toBe(wanted);
        expect(compilePattern(`((?i)${pattern})`)(text)).toBe(wanted);
      }),
      { numRuns: 500 },
    );
    const half = compilePattern('((?i)ab)c|d');
    expect(['ABc', 'aBc', 'abC', 'D', 'd'].filter(half)).toEqual(['ABc', 'aBc', 'd']);
  });

  it.each([
    ['(a+)+b', `${'a'.repeat(5000)}`],
    ['(a|a)*b', `${'a'.repeat(5000)}`],
    ['(.*)*x', `${'a'.repeat(5000)}`],
    ['(a?){100}a{100}', 'a'.repeat(100)],
  ])('%s is no trap', (pattern, text) => {
    compilePattern(pattern)(text);
  });

  it.each([
    '(',
    ')',
    '[a',
    '*',
    'a{3,2}',
    '\\k',
    '(?=a)',
    '(?i',
    '(?m)a',
    '[b-a]',
    'a\\',
    'a^b',
    'x'.repeat(201),
    '((((a{999}){999}){999}){999})',
    '(((){999}){999}){999}',
  ])('refuses %s', (pattern) => {
    expect(() => compilePattern(pattern)).toThrow(PatternError);
  });

  it('never throws anything else', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab()[]{}|*+?.^$\\-,12'), maxLength: 30 }), (pattern) => {
        try {
          compilePattern(pattern)('ab12');
        } catch (error) {
          expect(error).toBeInstanceOf(PatternError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
