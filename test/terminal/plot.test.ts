import fc from '../support/property.ts';
import { expect, test } from 'vitest';
import { plot } from '../../src/terminal/plot.ts';

const SCALE = { min: 0, max: 10 };
const size = (cols: number, rows: number) => ({ cols, rows });

test('a line from the foot to the top', () => {
  expect(plot([0, 10], size(8, 4), SCALE)).toEqual(['      ⡠⠊', '    ⡠⠊  ', '  ⡠⠊    ', '⡠⠊      ']);
});

test('zeros are a line on the axis, not an empty chart', () => {
  expect(plot([0, 0, 0], size(6, 2), { min: 0, max: 1 })).toEqual(['      ', '⣀⣀⣀⣀⣀⣀']);
});

test('a gap is a gap, and differs from zero', () => {
  const values = [5, 5, 5, 5, null, null, null, null, 5, 5, 5, 5];
  expect(plot(values, size(6, 2), SCALE)).toEqual(['      ', '⠉⠉  ⠉⠉']);
  expect(plot([null, null], size(4, 1), SCALE)).toEqual(['    ']);
});

test('a value alone between gaps is seen', () => {
  const values = [null, null, null, 10, null, null, null, null];
  expect(plot(values, size(4, 1), SCALE)[0]).toMatch(/[⠁-⣿]/);
  const newest = Array.from({ length: 900 }, (_, i) => (i > 895 ? 10 : null));
  expect(plot(newest, size(20, 2), SCALE)[0]).toMatch(/[⠁-⣿]$/);
  const alone = Array.from({ length: 1000 }, (_, i) => (i === 500 ? 10 : null));
  expect(plot(alone, size(20, 2), SCALE)[0]).toMatch(/[⠁-⣿]/);
});

test('the highest of many values stays at the top', () => {
  const values = Array.from({ length: 21_600 }, (_, i) => (i === 7000 ? 10 : 1));
  expect(plot(values, size(40, 5), SCALE)[0]).toMatch(/[⠁-⣿]/);
});

test('next to nothing is above nothing', () => {
  const [row] = plot([0, 0, 0.001, 0.001, 0.001], size(6, 1), { min: 0, max: 1000 });
  expect(row?.[0]).toBe('⣀');
  expect(row?.at(-1)).toBe('⠤');
});

test('every size is filled exactly, whatever the values', () => {
  const value = fc.option(fc.oneof(fc.double(), fc.constant(0), fc.constant(Number.POSITIVE_INFINITY)));
  fc.assert(
    fc.property(fc.array(value, { maxLength: 80 }), fc.nat(40), fc.nat(8), (values, cols, rows) => {
      const drawn = plot(values, size(cols + 1, rows + 1), { min: 0, max: 7 });
      expect(drawn).toHaveLength(rows + 1);
      for (const row of drawn) {
        expect([...row]).toHaveLength(cols + 1);
        expect(row).toMatch(/^[ ⠁-⣿]*$/);
      }
    }),
    { numRuns: 200 },
  );
});
