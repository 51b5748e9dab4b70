import fc from '../support/property.ts';
import { describe, expect, test } from 'vitest';
import { bar, lineChart, sparkline } from '../../src/terminal/chart.ts';
import { lineWidth, width, type Line } from '../../src/terminal/text.ts';

const texts = (lines: readonly Line[]) => lines.map((line) => line.map((part) => part.text).join(''));
const value = () =>
  fc.oneof(
    fc.constantFrom(null, 0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -5),
    fc.double({ noNaN: true, min: -1e12, max: 1e12 }),
  );

describe('bar', () => {
  test('is empty only at nothing and full only at all', () => {
    expect(bar(0, 5, false)).toBe('░░░░░');
    expect(bar(0.001, 5, false)).toBe('█░░░░');
    expect(bar(0.999, 5, false)).toBe('████░');
    expect(bar(1, 5, false)).toBe('█████');
    expect(bar(7, 5, true)).toBe('=====');
    expect(bar(null, 5, false)).toBe('?    ');
    expect(bar(Number.NaN, 5, true)).toBe('?    ');
  });
});

describe('sparkline', () => {
  test('zero is the lowest block, a gap is no block, the newest is at the right', () => {
    expect(sparkline([0, 4, null, 8], 6, { ascii: false })).toBe('  ▁▅·█');
    expect(sparkline([0, 0, 0], 3, { ascii: false })).toBe('▁▁▁');
    expect(sparkline([1, 2, 3, 8], 2, { ascii: false })).toBe('▄█');
    expect(sparkline([0, 8, null], 3, { ascii: true })).toBe('_# ');
  });
  test('a small value never looks like zero', () => {
    expect(sparkline([0, 0.01, 1000], 3, { ascii: false })).toBe('▁▂█');
  });
  test('draws nothing when nothing is known', () => {
    expect(sparkline([null, null], 4, { ascii: false })).toBe('');
    expect(sparkline([], 4, { ascii: false })).toBe('');
  });
});

describe('lineChart', () => {
  const LOOK = { ascii: true, tone: 'info', format: String, markers: [], ends: ['', ''] } as const;
  const size = { cols: 20, rows: 5 };
  test('has a scale, gaps, and markers on its time axis; few values reach from edge to edge', () => {
    const markers = [{ index: 2, glyph: '^', label: 'deployed', tone: 'info' }] as const;
    const ends = ['13:05', ''] as const;
    expect(texts(lineChart([0, 2, null, 8], { cols: 26, rows: 4 }, { ...LOOK, markers, ends }))).toEqual([
      '8|                  ######',
      ' |                  ######',
      '0|______******      ######',
      ' +13:05-------^deployed---',
    ]);
  });
  test('all zero is a flat line at the bottom, which is not "no data"', () => {
    for (const [ascii, line] of [
      [true, '____'],
      [false, '⣀⣀⣀'],
    ] as const) {
      const zero = texts(lineChart([0, 0, 0, 0], size, { ...LOOK, ascii }));
      expect(zero[3]).toContain(line);
      expect(zero.join('')).not.toContain('no data');
    }
    expect(texts(lineChart([null, null], size, LOOK)).join('')).toContain('no data');
  });
  test('keeps peaks when there are more values than columns', () => {
    const values = Array.from({ length: 400 }, (_, index) => (index === 137 ? 9 : 0));
    expect(texts(lineChart(values, { cols: 30, rows: 3 }, LOOK))[0]).toContain('#');
  });
  test('fills exactly its size, whatever the values and the size', () => {
    const sizes = fc.record({ cols: fc.integer({ min: 0, max: 60 }), rows: fc.integer({ min: 0, max: 9 }) });
    fc.assert(
      fc.property(fc.array(value(), { maxLength: 90 }), sizes, fc.boolean(), (values, size, ascii) => {
        const markers = [
          { index: Math.min(3, values.length - 1), glyph: '!', label: 'sev 日本', tone: 'info' },
        ] as const;
        const lines = lineChart(values, size, { ...LOOK, ascii, markers, ends: ['-5m', 'now'] });
        expect(lines.length).toBe(size.cols === 0 ? 0 : size.rows);
        for (const line of lines) expect(lineWidth(line)).toBe(size.cols);
        expect([0, size.cols]).toContain(width(sparkline(values, size.cols, { ascii })));
        if (ascii) expect(texts(lines).join('').replaceAll('…', '')).toMatch(/^[\x20-\x7e]*$/);
      }),
    );
  });
});
