/** Readings over time: gaps stay gaps, a restart is no drop, ages are by this console's own clock. */
import { expect, test } from 'vitest';
import { TargetSeries } from '../../src/client/series.ts';
import type { Reading } from '../../src/protocol/reading.ts';

const info = { name: 'cache', kind: 'redis', intervalMs: 1_000 };
function book() {
  const time = { mono: 0, hub: 1_000_000 };
  const series = new TargetSeries({ wall: () => 0, mono: () => time.mono });
  series.targets([info]);
  return {
    time,
    series,
    /** A reading taken `ageMs` ago. */
    add(values: Record<string, number> | null, instanceId = 'a', ageMs = 0): void {
      const reading: Reading = {
        target: 'cache',
        kind: 'redis',
        at: time.hub - ageMs,
        up: values !== null,
        error: values === null ? { class: 'refused', message: 'nobody listens' } : null,
        durationMs: 1,
        instanceId: values === null ? null : instanceId,
        samples: Object.entries(values ?? {}).map(([metric, value]) => ({
          metric,
          labels: {},
          value,
          type: 'counter',
        })),
        facts: {},
      };
      series.add([reading], time.hub);
    },
    pass(ms: number): void {
      time.mono += ms;
      time.hub += ms;
    },
    get view() {
      const [view] = series.views();
      if (view === undefined) throw new Error('no target');
      return view;
    },
  };
}

test('a target before its first reading, and a reading that was old when it arrived', () => {
  const it = book();
  expect(it.view).toMatchObject({ name: 'cache', reading: null, lastGood: null, takenAt: null });
  expect(it.view.history('x', 3, it.time.mono)).toEqual([null, null, null]);
  it.pass(60_000);
  it.add({ x: 1 }, 'a', 9_000);
  expect(it.time.mono - (it.view.takenAt ?? 0)).toBe(9_000);
});

test('history: zero is zero, a failed poll and silence are gaps', () => {
  const it = book();
  it.pass(1_000_000);
  for (const values of [{ x: 0 }, { x: 5 }, null, { x: 7 }]) {
    it.add(values);
    it.pass(1_000);
  }
  it.pass(2_000);
  expect(it.view.history('x', 8, it.time.mono)).toEqual([null, 0, 5, null, 7, null, null, null]);
  expect(it.view.lastGood?.samples[0]?.value).toBe(7);
});

test('rate: per second, over a restart and a reset without inventing a drop', () => {
  const it = book();
  it.pass(1_000_000);
  expect(it.view.rate('x', 60_000, it.time.mono)).toBeNull();
  it.add({ x: 100 });
  expect(it.view.rate('x', 60_000, it.time.mono)).toBeNull();
  it.pass(1_000);
  it.add({ x: 110 });
  expect(it.view.rate('x', 60_000, it.time.mono)).toBe(10);
  it.pass(1_000);
  it.add(null);
  it.pass(1_000);
  it.add({ x: 500 }, 'b');
  expect(it.view.rate('x', 60_000, it.time.mono)).toBeCloseTo(510 / 3);
  it.pass(1_000);
  it.add({ x: 4 }, 'b');
  expect(it.view.rate('x', 60_000, it.time.mono)).toBeCloseTo(514 / 4);
  expect(it.view.rate('y', 60_000, it.time.mono)).toBeNull();
});

test('six hours are kept, thinner than the last ten minutes', () => {
  const it = book();
  it.pass(1_000_000);
  for (let second = 0; second < 7 * 3_600; second++) {
    it.add({ x: second });
    it.pass(1_000);
  }
  const hour = it.view.history('x', 3_600, it.time.mono);
  expect(hour.every((value) => value !== null)).toBe(true);
  const all = it.view.history('x', 6 * 3_600, it.time.mono);
  expect(all.filter((value) => value === null).length).toBeLessThan(30);
  expect(it.view.history('x', 8 * 3_600, it.time.mono)[0]).toBeNull();
});

test('label sets add up and can be asked for one by one', () => {
  const it = book();
  it.pass(1_000_000);
  const sample = (state: string, value: number) => ({ metric: 'c', labels: { state }, value, type: 'gauge' as const });
  it.series.add(
    [
      {
        target: 'cache',
        kind: 'redis',
        at: it.time.hub,
        up: true,
        error: null,
        durationMs: 1,
        instanceId: null,
        samples: [sample('active', 2), sample('idle', 3)],
        facts: {},
      },
    ],
    it.time.hub,
  );
  expect(it.view.history('c', 1, it.time.mono)).toEqual([5]);
  expect(it.view.history('c{state="idle"}', 1, it.time.mono)).toEqual([3]);
});

test('hours later nothing of an earlier lap is taken for news, and the rate is of now', () => {
  const it = book();
  it.pass(1_000_000);
  for (let i = 0; i < 2_000; i++) {
    it.add(i < 1_300 ? { x: i, once: 7 } : { x: i });
    it.pass(1_000);
  }
  expect(it.view.history('once', 10, it.time.mono)).toEqual(Array.from({ length: 10 }, () => null));
  expect(it.view.history('x', 2, it.time.mono)).toEqual([1_998, 1_999]);
  expect(it.view.rate('x', 60_000, it.time.mono)).toBe(1);
  expect(it.view.rate('once', 60_000, it.time.mono)).toBeNull();
});

test('labels that never end do not fill the memory', () => {
  const it = book();
  it.pass(1_000_000);
  it.add({ x: 1 });
  for (let i = 0; i < 400; i++) {
    it.pass(1_000);
    it.add({ x: i, [`client_${i}`]: 1 });
  }
  expect(it.view.history('x', 1, it.time.mono)).toEqual([399]);
  expect(it.view.history('client_399', 1, it.time.mono)).toEqual([null]);
});
