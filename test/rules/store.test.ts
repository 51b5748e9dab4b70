/** Series, staleness and windows: known cases, and a naive model of increases to compare with. */
import fc from '../support/property.ts';
import { describe, expect, it } from 'vitest';
import { known, type EvaluationContext, type Series } from '../../src/rules/series.ts';
import { Store, type RuleReading } from '../../src/rules/store.ts';
import { countedIncrease, extrapolated } from '../../src/rules/window.ts';

const numRuns = Number(process.env['WARROOM_LONG'] ?? 1) * 300;
const store = (keepMs = 3_600_000): Store => new Store({ keepMs: () => keepMs, kindOf: () => null });
const at = (source: Store, now: number, since = -Infinity): EvaluationContext => ({
  source,
  now,
  wall: now,
  since,
  lookbackMs: null,
});
const only = (source: Store, name = 'm'): Series => [...source.select(name, [])][0] as Series;
const reading = (value: number | null, more: Partial<RuleReading> = {}): RuleReading => ({
  target: 't',
  kind: 'redis',
  at: 0,
  up: value !== null,
  durationMs: 2,
  instanceId: 'a',
  samples: value === null ? [] : [{ metric: 'm', labels: { db: '0' }, value, type: 'counter' }],
  ...more,
});

describe('the store', () => {
  it('names the target, and always says whether it is up', () => {
    const one = store();
    one.ingest(reading(5), 1000, 100);
    expect(only(one).labels).toEqual({ db: '0', target: 't' });
    expect([only(one, 'redis_up').value(0), only(one, 'probe_duration_seconds').value(0)]).toEqual([1, 0.002]);
    one.ingest(reading(null), 1000, 1100);
    expect(only(one, 'redis_up').value(1)).toBe(0);
    expect(only(one).length).toBe(1);
  });

  it('forgets a value after three intervals, never before five seconds', () => {
    const one = store();
    one.ingest(reading(5), 1000, 0);
    expect(known(only(one), at(one, 4999))).toBe(0);
    expect(known(only(one), at(one, 5000))).toBe(-1);
    const slow = store();
    slow.ingest(reading(5), 10_000, 0);
    expect(known(only(slow), at(slow, 29_999))).toBe(0);
    expect(known(only(slow), at(slow, 30_000))).toBe(-1);
  });

  it('does not know what a failed poll did not read, from that moment on', () => {
    const one = store();
    one.ingest(reading(5), 1000, 0);
    one.ingest(reading(null), 1000, 1000);
    expect(known(only(one), at(one, 1000))).toBe(-1);
    expect(known(only(one, 'redis_up'), at(one, 1000))).toBe(1);
    one.ingest(reading(6), 1000, 2000);
    expect(known(only(one), at(one, 2000))).toBe(1);
  });

  it('keeps what a failed poll did read: a server that answers 503 still has numbers', () => {
    const one = store();
    one.ingest(reading(7, { up: false }), 1000, 0);
    expect(known(only(one), at(one, 0))).toBe(0);
  });

  it('learns how slow a metric is, and learns nothing from one outage', () => {
    const one = store();
    for (const time of [0, 10_000, 20_000]) one.ingest(reading(time), 1000, time);
    expect(only(one).staleMs).toBe(30_000);
    const fast = store();
    for (const time of [0, 1000, 61_000]) fast.ingest(reading(time), 1000, time);
    expect(only(fast).staleMs).toBe(5000);
  });

  it('keeps what rules look back at and one sample more, and not a series that is long silent', () => {
    const one = store(10_000);
    for (let time = 0; time <= 100_000; time += 1000) one.ingest(reading(time), 1000, time);
    expect([only(one).length, only(one).time(0)]).toEqual([11, 90_000]);
    one.forget(100_000 + 15 * 60_000 + 1);
    expect([...one.select('m', [])]).toEqual([]);
  });

  it('does not forget series of a target that is asked and fails', () => {
    const one = store(10_000);
    one.ingest(reading(1), 1000, 0);
    for (let time = 1000; time <= 3_600_000; time += 60_000) one.ingest(reading(null), 60_000, time);
    one.forget(3_600_000);
    expect(known(only(one), at(one, 3_600_000))).toBe(-1);
    expect([...one.select('m', [])]).toHaveLength(1);
  });

  it('is bounded: a page of a million series does not fill memory', () => {
    const one = store();
    for (let i = 0; i < 30_000; i++) one.add('m', { i: String(i) }, 1, 'gauge', null, 1000, 0);
    expect([[...one.select('m', [])].length, one.dropped]).toEqual([20_000, 10_000]);
  });

  it('ignores samples that are not newer', () => {
    const one = store();
    for (const [time, value] of [
      [1000, 1],
      [1000, 2],
      [500, 3],
    ] as const)
      one.add('m', {}, value, 'gauge', null, 1000, time);
    expect([only(one).length, only(one).value(0)]).toEqual([1, 1]);
  });
});

describe('increases', () => {
  const fed = (
    values: readonly (readonly [time: number, value: number, instanceId?: string])[],
  ): { store: Store; series: Series } => {
    const one = store();
    for (const [time, value, instanceId] of values) one.add('m', {}, value, 'counter', instanceId ?? 'a', 1000, time);
    return { store: one, series: only(one) };
  };
  const increase = (values: Parameters<typeof fed>[0], windowMs: number, now: number, since?: number): unknown => {
    const { store, series } = fed(values);
    return countedIncrease(series, windowMs, at(store, now, since));
  };

  it('counts whole events: ten in a minute are ten, not twelve', () => {
    const minute = Array.from({ length: 61 }, (_, i) => [i * 1000, Math.floor(i / 6)] as const);
    expect(increase(minute, 60_000, 60_000)).toEqual({ increase: 10, ms: 60_000, atLeast: false });
  });
  it('takes a drop for a reset', () => {
    expect(
      increase(
        [
          [0, 3],
          [2000, 2],
          [4000, 5],
        ],
        4000,
        4000,
      ),
    ).toEqual({ increase: 5, ms: 4000, atLeast: false });
  });
  it('takes another life for a reset even when the value grew', () => {
    expect(
      increase(
        [
          [0, 3],
          [2000, 50, 'b'],
          [4000, 51, 'b'],
        ],
        4000,
        4000,
      ),
    ).toEqual({ increase: 51, ms: 4000, atLeast: false });
  });
  it('knows nothing from one sample or a stale series, and from part of a window only a lower bound', () => {
    expect(increase([[0, 3]], 4000, 0)).toBeNull();
    expect(
      increase(
        [
          [56_000, 3],
          [60_000, 9],
        ],
        60_000,
        60_000,
      ),
    ).toEqual({ increase: 6, ms: 60_000, atLeast: true });
    expect(
      increase(
        [
          [0, 3],
          [4000, 9],
        ],
        4000,
        9001,
      ),
    ).toBeNull();
  });
  it('uses nothing from before a sleep', () => {
    const values = [
      [0, 3],
      [4000, 900],
      [5000, 901],
      [8000, 902],
    ] as const;
    expect(increase(values, 4000, 8000, 4500)).toEqual({ increase: 1, ms: 4000, atLeast: true });
  });

  const walk = fc
    .array(fc.tuple(fc.integer({ min: 1, max: 4000 }), fc.integer({ min: -5, max: 20 }), fc.boolean()), {
      minLength: 1,
      maxLength: 80,
    })
    .map((steps) => {
      let [time, value, instanceId] = [0, 10, 0];
      return steps.map(([dt, dv, restart]) => {
        time += dt;
        instanceId += restart && dv > 15 ? 1 : 0;
        value = dv < 0 ? 0 : value + dv;
        return { time, value, instanceId: String(instanceId) };
      });
    });

  it('are what a naive count gives', () => {
    fc.assert(
      fc.property(walk, fc.integer({ min: 1000, max: 60_000 }), (samples, windowMs) => {
        const one = store(windowMs);
        for (const { time, value, instanceId } of samples) one.add('m', {}, value, 'counter', instanceId, 1000, time);
        const now = samples.at(-1)?.time as number;
        const before = samples.filter(({ time }) => time <= now - windowMs).at(-1);
        const used = samples.filter(({ time }) => time >= (before?.time ?? now - windowMs + 1e-9));
        let sum = 0;
        used.slice(1).forEach(({ value, instanceId }, i) => {
          const last = used[i] as (typeof used)[number];
          sum += value < last.value || instanceId !== last.instanceId ? value : value - last.value;
        });
        const ms = now - (used[0]?.time as number);
        const expected = used.length < 2 ? null : { increase: sum, ms: Math.max(ms, windowMs), atLeast: ms < windowMs };
        expect(countedIncrease(only(one), windowMs, at(one, now))).toEqual(expected);
      }),
      { numRuns },
    );
  });

  it('are never negative, whatever happens to the counter', () => {
    let known = 0;
    fc.assert(
      fc.property(walk, fc.integer({ min: 1000, max: 60_000 }), (samples, windowMs) => {
        const one = store();
        for (const { time, value, instanceId } of samples) one.add('m', {}, value, 'counter', instanceId, 1000, time);
        const moment = at(one, samples.at(-1)?.time as number);
        const increases = [
          countedIncrease(only(one), windowMs, moment)?.increase,
          extrapolated(only(one), windowMs, 0, moment, 'increase'),
        ].filter((increase) => typeof increase === 'number');
        known += increases.filter((increase) => increase > 0).length;
        expect(increases.filter((increase) => !(increase >= 0))).toEqual([]);
      }),
      { numRuns },
    );
    expect(known).toBeGreaterThan(numRuns / 10);
  });
});
