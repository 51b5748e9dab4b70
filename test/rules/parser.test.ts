/** The language: what it reads, where it says a fault is, and that no text makes it slow or throw. */
import fc from '../support/property.ts';
import { describe, expect, it } from 'vitest';
import { parseCondition, parsePromql } from '../../src/rules/parser.ts';
import { printCondition, printExpr } from './print.ts';
import { formatDuration, parseDuration } from '../../src/incident/time.ts';
import { nearest } from '../../src/incident/fuzzy.ts';
import { condition, expression, placeless } from './arbitrary.ts';

const numRuns = Number(process.env['WARROOM_LONG'] ?? 1) * 300;
const faultsOf = (text: string): string[] => parseCondition(text).faults.map(({ at, message }) => `${at}: ${message}`);

describe('conditions', () => {
  it.each([
    'ws_connections < 100 for 2m',
    'redis_memory_usage > 0.9',
    'redis_memory_usage > 90%',
    'ws_connection_errors > 100/min',
    'db_pool_exhausted',
    'github_oauth_errors > 10/min',
    'x{target="a",db!~"t.*"} > 90% until < 85% for 1m30s keep 2m nodata alert',
    'sum by (target) (x) / max(y) by (target) > 1.5 and not z or absent(w{target="q"})',
    'errors[5m] > 3/min unless hour() < 6',
    'pg_size > 64MiB and pg_longest > 1h30m',
    'increase(errors[10m]) >= 5 # a comment',
    '.5 < x',
    'x > 5\n  and y < -3',
  ])('reads %s', (text) => {
    const { value, faults } = parseCondition(text);
    expect(faults).toEqual([]);
    const printed = printCondition(value as NonNullable<typeof value>);
    expect(placeless(parseCondition(printed).value)).toEqual(placeless(value));
  });

  it('binds not, and, or, comparisons and arithmetic in this order', () => {
    const read = (text: string): string => {
      const { value } = parseCondition(text);
      return value === null ? '' : printExpr(value.expr);
    };
    expect(read('not a > 1 and b or c')).toBe('((not (a > 1)) and b) or c');
    expect(read('a + b * c > 1')).toBe('(a + (b * c)) > 1');
    expect(read('a - b - c > 1')).toBe('((a - b) - c) > 1');
  });

  it.each([
    ['ws_connections < 100 fro 2m', '21: expected an operator, "for" or the end, found "fro"; did you mean "for"?'],
    ['x > 100/mn', '8: unknown unit "/mn"; did you mean "min"? (known: /s /min /h)'],
    ['x > 100/m', '8: unknown unit "/m"; did you mean "min"? (known: /s /min /h)'],
    ['x > 5 MB', '6: expected an operator, "for" or the end, found "MB"'],
    ['x > 5Mb', '5: unknown unit "Mb"; did you mean "MB"?'],
    ['raet(x[5m]) > 1', '0: unknown function raet(); did you mean "rate"?'],
    ['rate(x) > 1', '5: rate() needs a window: rate(errors[5m])'],
    ['x[5m] > 1', '0: a window gives many samples'],
    ['5 > 3', '2: this compares two plain numbers'],
    ['5', '0: this never changes'],
    ['x > 5/min + 3/min', '4: '],
    ['x + 5/min > 3', '4: "/min" may stand only on the right of a comparison'],
    ['(x > 1', '6: expected ) to close the parenthesis, found the end'],
    ['x{a=b} > 1', '4: expected a quoted text after a=, found "b"'],
    ['x{a="b} > 1', '4: this string is not closed with "'],
    ['x{a=~"(b"} > 1', '8: a ( is not closed'],
    ['x > 1 for 2', '10: "for" needs a duration such as 90s, 2m or 1h30m, found "2"'],
    ['x > 1 nodata maybe', '13: "nodata" takes keep, alert or ok'],
    ['x > 1 for 1m for 2m', '13: "for" is given twice'],
    ['x > 1 until 3', '12: "until" needs a comparison'],
    ['(x > 1) + 2 > 3', '3: "+" needs numbers, not a condition'],
    ['x > 1 and 3', '10: "and" needs a condition or a metric, not a plain number'],
    ['x > 1 ; y', '6: ";" means nothing here'],
    ['', '0: expected a metric or a number, found the end'],
  ])('says what is wrong with %j', (text, fault) => {
    expect(faultsOf(text)[0]).toContain(fault);
  });

  it('finds all faults of a condition at once', () => {
    expect(
      faultsOf('a > 5 parsecs and rte(x[5m]) > 3 or b >  and c{d=1} > 2 fro 3m').map((fault) => fault.split(':')[0]),
    ).toEqual(['6', '18', '41', '49', '56']);
  });

  it('prints what parses to the same tree', () => {
    fc.assert(
      fc.property(condition, (condition) => {
        const { value, faults } = parseCondition(printCondition(condition));
        expect(faults).toEqual([]);
        expect(placeless(value)).toEqual(placeless(condition));
      }),
      { numRuns },
    );
  });

  it('prints PromQL that parses to the same tree', () => {
    fc.assert(
      fc.property(expression('prometheus'), (expr) => {
        const { value, faults } = parsePromql(printExpr(expr));
        expect(faults).toEqual([]);
        expect(placeless(value)).toEqual(placeless(expr));
      }),
      { numRuns },
    );
  });

  it('never throws, and places every fault within the text', () => {
    const words = fc.constantFrom(
      'x',
      '>',
      '5',
      '5m',
      '/min',
      '%',
      '(',
      ')',
      '{',
      '}',
      '[',
      ']',
      '"',
      "'",
      'a="b"',
      'and',
      'or',
      'not',
      'unless',
      'for',
      'keep',
      'nodata',
      'until',
      'sum',
      'by',
      'rate',
      ',',
      '=~',
      '-',
      '@',
      'offset',
      '#',
      '\n',
      'é',
      '\u0000',
      '🙂',
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.array(words, { maxLength: 60 }).map((all) => all.join(' ')),
      fc.array(words, { maxLength: 60 }).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(text, (text) => {
        for (const { value, faults } of [parseCondition(text), parsePromql(text)]) {
          expect(value === null).toBe(faults.length > 0);
          expect(faults.every(({ at }) => at >= 0 && at <= text.length)).toBe(true);
        }
      }),
      { numRuns: numRuns * 3 },
    );
  });

  it.each([
    ['10,000 terms', Array.from({ length: 5_000 }, () => `x > 1`).join(' or '), 'at most 1000 terms'],
    ['10,000 parentheses', `${'('.repeat(10_000)}x${')'.repeat(10_000)} > 1`, 'nested at most 64 deep'],
    ['10,000 times not', `${'not '.repeat(10_000)}x`, 'nested at most 64 deep'],
    ['10,000 minus signs', `${'-'.repeat(10_000)}x > 1`, 'nested at most 64 deep'],
    ['10,000 powers', `${'2^'.repeat(10_000)}x`, ''],
    ['a megabyte', 'x'.repeat(1_000_000), 'longer than 100000 characters'],
    ['99,999 quotes', '"'.repeat(99_999), ''],
    ['99,999 braces', '{'.repeat(99_999), ''],
    ['99,999 dots', '.'.repeat(99_999), ''],
    ['99,999 digits', '9'.repeat(99_999), ''],
  ])('refuses %s with bounded work', (_, text, fault) => {
    for (const parse of [parseCondition, parsePromql]) {
      const { faults } = parse(text) as { faults: { message: string }[] };
      expect(faults.length).toBeGreaterThan(0);
      expect(faults.length).toBeLessThanOrEqual(41);
    }
    expect(faultsOf(text).join('\n')).toContain(fault);
  });

  it('takes a thousand terms, but no more', () => {
    const terms = (n: number): string => Array.from({ length: n / 2 }, (_, i) => `x${i} > ${i}`).join(' or ');
    expect(faultsOf(terms(1000))).toEqual([]);
    expect(faultsOf(terms(1002))).not.toEqual([]);
  });
});

describe('PromQL', () => {
  it.each([
    'sum without (host) (rate(http_total{code=~"5.."}[5m])) / on (job) group_left (team) limits > bool .10',
    '-2 ^ 2 + 1e-3 == bool 0x1F',
    'up offset 5m unless ignoring (a) {__name__="b", c=""}',
    'absent(up{job="x"}) or vector(0)',
    'nodata > 1 and for == 2 or keep',
  ])('reads %s', (text) => {
    expect(parsePromql(text).faults).toEqual([]);
  });

  it.each([
    ['rate(x[5m:1m])', 'subqueries are outside the subset'],
    ['x @ 5', 'the @ modifier is outside the subset'],
    ['histogram_quantile(0.9, x)', 'unknown function histogram_quantile()'],
    ['1 > 2', 'needs "bool"'],
    ['x > 90%', 'expected a metric or a number'],
    ['x > 5MB', 'a number has no unit in PromQL'],
    ['{a!="b"}', 'a selector needs a metric name'],
    ['{a=~".*"}', 'a selector needs a metric name'],
    ['x and 1', '"and" needs a metric on both sides'],
    ['x[5m]', 'a window gives many samples'],
    ['a and on (x) group_left () b', '"and" takes no group_left'],
    ['topk(3, x)', 'unknown function topk()'],
  ])('says what is wrong with %s', (text, fault) => {
    expect(
      parsePromql(text)
        .faults.map(({ message }) => message)
        .join('\n'),
    ).toContain(fault);
  });
});

describe('durations and words', () => {
  it('reads what it prints', () => {
    fc.assert(
      fc.property(fc.nat(100_000_000), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms);
      }),
    );
  });
  it.each(['', '5', '5x', '1m1h', '1h1h', '-1m', '1.5m', 'm'])('refuses %j', (text) => {
    expect(parseDuration(text)).toBeNull();
  });
  it('suggests only what is close, and nothing between equals', () => {
    expect(nearest('cnodition', ['condition', 'name'])).toBe('condition');
    expect(nearest('sev-1', ['SEV-0', 'SEV-1'])).toBe('SEV-1');
    expect(nearest('SEV-9', ['SEV-0', 'SEV-1'])).toBeNull();
    expect(nearest('x', ['route', 'name'])).toBeNull();
  });
});
