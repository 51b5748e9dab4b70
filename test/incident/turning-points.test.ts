/** Turning points are few and right: a passed limit, a clear change; no noise, no flapping, no ramp. */
import { expect, test } from 'vitest';
import { MINUTE } from '../../src/incident/time.ts';
import { turningPoints, type Course } from '../../src/incident/turning-points.ts';
import fc from '../support/property.ts';

const BEGIN = Date.UTC(2026, 10, 23, 12);
const percent = (value: number): string => `${Math.round(value * 100)}%`;
/** One value in 10 s; the same noise each time. */
const course = (valueAt: (minute: number) => number | null, more: Partial<Course> = {}, minutes = 60): Course => ({
  target: 'cache',
  metric: 'memory',
  as: percent,
  points: Array.from({ length: minutes * 6 }, (_, i) => ({ at: BEGIN + i * 10_000, value: valueAt(i / 6) })),
  ...more,
});
const noise = (minute: number): number => ((Math.sin(minute * 1e4) * 1e4) % 1) / 10;
const said = (...courses: readonly Course[]): readonly string[] =>
  turningPoints(courses).map(({ at, target, text }) => `${(at - BEGIN) / MINUTE} ${target} ${text}`);

test('a limit that is passed, with how bad it became, and its end', () => {
  const memory = course((minute) => (minute < 20 ? 0.6 : minute < 40 ? 0.85 + (minute - 20) / 200 : 0.5), {
    warn: 0.8,
    crit: 0.9,
  });
  // From warning to critical while it rises, and at once back to well.
  expect(said(memory)).toEqual([
    '20 cache memory 90%, over 80%',
    '30.166666666666668 cache memory 95%, over 90%',
    '40 cache memory 50%, under 90% again',
  ]);
  const few = course((minute) => (minute < 10 ? 1204 : 40), { crit: 100, below: true, as: String, metric: 'open' });
  expect(said(few)).toEqual(['10 cache open 40, under 100']);
});

test('what flaps is one time, a single spike is none, a gap is no change', () => {
  const limits = { warn: 0.8 } as const;
  const flaps = course((minute) => (minute > 20 && minute < 40 && Math.floor(minute) % 2 === 0 ? 0.9 : 0.5), limits);
  expect(said(flaps).length).toBeLessThanOrEqual(2);
  expect(said(course((minute) => (minute === 30 ? 0.99 : 0.5), limits))).toEqual([]);
  expect(said(course((minute) => (minute > 20 && minute < 30 ? null : 0.5), limits))).toEqual([]);
});

test('a clear change of course without a limit; not noise, a slow rise, or what the numbers do not show', () => {
  const open = { metric: 'open', as: (value: number) => String(Math.round(value)) };
  const drops = course((minute) => (minute < 30 ? 1200 : 80) * (1 + noise(minute)), open);
  expect(said(drops)).toEqual([expect.stringMatching(/^30 cache open 1[12]\d\d > (7|8)\d$/)]);
  expect(said(course((minute) => 1000 * (1 + noise(minute)), open))).toEqual([]);
  expect(said(course((minute) => 100 + minute * 2, open))).toEqual([]);
  expect(said(course((minute) => (minute < 30 ? 0.1 : 0.3), open))).toEqual([]);
  // 1 ms instead of 4 ms is nothing where the limit is 1 s.
  const took = { warn: 1, as: (value: number) => `${value * 1000}ms` };
  expect(said(course((minute) => (minute < 30 ? 0.001 : 0.004), took))).toEqual([]);
});

test('words for what has no number, and no more than asked for', () => {
  const words = ['no answer', 'answers again'] as const;
  const up = course((minute) => (minute > 10 && minute < 14 ? 0 : 1), { crit: 1, below: true, words, metric: 'up' });
  expect(said(up).map((line) => line.replace(/^[\d.]+ /, ''))).toEqual(['cache no answer', 'cache answers again']);
  const many = Array.from({ length: 20 }, (_, i) => course((minute) => (minute < 10 + i ? 0.5 : 0.95), { warn: 0.8 }));
  expect(turningPoints(many, 5)).toHaveLength(5);
});

test('any course has few turning points, in order, within its time', () =>
  fc.assert(
    fc.property(
      fc.array(fc.option(fc.double({ min: -1e9, max: 1e9, noNaN: true }), { freq: 5 }), { maxLength: 300 }),
      (values) => {
        const points = values.map((value, i) => ({ at: BEGIN + i * 10_000, value }));
        const found = turningPoints([{ ...course(() => 0), warn: 0, points }]);
        expect(found.length).toBeLessThanOrEqual(12);
        expect(found.map(({ at }) => at)).toEqual(found.map(({ at }) => at).toSorted((a, b) => a - b));
        for (const { at } of found) expect(points.some((point) => point.at === at)).toBe(true);
      },
    ),
    { numRuns: 100 },
  ));
