/** Hand-offs and ends of weeks: over changes of the clocks, gaps, overrides, and against the schedule itself. */
import { expect, test } from 'vitest';
import { lastHandOff, mondayBefore, nextHandOff } from '../../src/oncall/hand-offs.ts';
import type { Layer, OncallPlan } from '../../src/oncall/plan.ts';
import { shiftsWithin } from '../../src/oncall/shifts.ts';
import fc from '../support/property.ts';

const HOUR = 3_600_000;
const layer = (more: Partial<Layer> = {}): Layer => ({
  zone: 'Europe/Berlin',
  start: '2026-01-05T09:00',
  everyMs: 7 * 24 * HOUR,
  people: ['ana', 'bob'],
  only: [],
  ...more,
});
const plan = (layers: readonly Layer[], overrides: OncallPlan['overrides'] = []): OncallPlan => ({
  people: [],
  rotations: [{ name: 'primary', layers }],
  overrides,
  routes: {},
});
const ms = Date.parse;

test('a week on call keeps its hour on the wall over both changes of the clocks', () => {
  const weekly = plan([layer()]);
  // 167 hours: the clocks went forward on the 29th.
  expect(lastHandOff(weekly, 'primary', ms('2026-03-30T07:00Z'))).toEqual({
    rotation: 'primary',
    at: '2026-03-30T07:00:00.000Z',
    from: { name: 'bob', since: '2026-03-23T08:00:00.000Z' },
    to: { name: 'ana', until: '2026-04-06T07:00:00.000Z' },
  });
  expect(lastHandOff(weekly, 'primary', ms('2026-03-30T06:59:59.999Z'))?.at).toBe('2026-03-23T08:00:00.000Z');
  expect(nextHandOff(weekly, 'primary', ms('2026-03-30T06:59:59.999Z'))?.at).toBe('2026-03-30T07:00:00.000Z');
  // 169 hours.
  expect(nextHandOff(weekly, 'primary', ms('2026-10-20T12:00Z'))).toMatchObject({
    at: '2026-10-26T08:00:00.000Z',
    from: { since: '2026-10-19T07:00:00.000Z' },
  });
});

test('who has nobody to take over from, or to hand over to', () => {
  expect(lastHandOff(plan([layer()]), 'primary', ms('2026-01-06T09:00Z'))).toBeNull();
  expect(nextHandOff(plan([layer()]), 'primary', ms('2026-01-06T09:00Z'))?.at).toBe('2026-01-12T08:00:00.000Z');
  const alone = plan([layer({ people: ['ana'] })]);
  expect([
    lastHandOff(alone, 'primary', ms('2026-06-01T00:00Z')),
    nextHandOff(alone, 'primary', ms('2026-06-01T00:00Z')),
  ]).toEqual([null, null]);
  expect([lastHandOff(alone, 'other', 0), nextHandOff(alone, 'other', 0)]).toEqual([null, null]);
});

test('nights and weekends without anybody hand over nothing', () => {
  const office = plan([layer({ only: [{ days: [1, 2, 3, 4, 5], from: 9 * 60, until: 18 * 60 }] })]);
  expect(lastHandOff(office, 'primary', ms('2026-01-22T12:00Z'))).toEqual({
    rotation: 'primary',
    at: '2026-01-19T08:00:00.000Z',
    from: { name: 'bob', since: '2026-01-12T08:00:00.000Z' },
    to: { name: 'ana', until: '2026-01-26T08:00:00.000Z' },
  });
  expect(nextHandOff(office, 'primary', ms('2026-01-24T12:00Z'))?.at).toBe('2026-01-26T08:00:00.000Z');
});

test('whoever stands in takes over and hands back', () => {
  const standIn = {
    rotation: 'primary',
    name: 'cyd',
    from: '2026-01-14T10:00:00.000Z',
    until: '2026-01-15T10:00:00.000Z',
    why: '',
  };
  const weekly = plan([layer()], [standIn]);
  expect(nextHandOff(weekly, 'primary', ms('2026-01-13T00:00Z'))).toMatchObject({
    from: { name: 'bob' },
    to: { name: 'cyd', until: standIn.until },
  });
  expect(lastHandOff(weekly, 'primary', ms('2026-01-16T00:00Z'))).toMatchObject({
    at: standIn.until,
    from: { name: 'cyd', since: standIn.from },
    to: { name: 'bob' },
  });
});

test('against the schedule', () => {
  const start = ms('2026-03-20T00:00Z');
  const hours = fc.constantFrom(
    [],
    [{ days: [1, 2, 3, 4, 5], from: 9 * 60, until: 17 * 60 }],
    [{ days: [6, 7], from: 0, until: 24 * 60 }],
  );
  const people = fc.array(fc.constantFrom('ana', 'bob', 'cyd'), { minLength: 1, maxLength: 3 });
  const arbitrary = fc.tuple(
    fc.array(fc.tuple(people, fc.constantFrom(8, 12, 24, 168), hours), { minLength: 1, maxLength: 2 }),
    fc.integer({ min: 0, max: 15 * 24 }),
  );
  const check = ([layers, hour]: typeof arbitrary extends fc.Arbitrary<infer T> ? T : never): void => {
    const some = plan(layers.map(([names, every, only]) => layer({ people: names, everyMs: every * HOUR, only })));
    const at = start + hour * HOUR;
    const named = shiftsWithin(some, 'primary', start - 20 * 24 * HOUR, start + 30 * 24 * HOUR).filter(
      ({ name }) => name !== null,
    );
    const changes = named.flatMap((shift, i) => (i > 0 && named[i - 1]?.name !== shift.name ? [shift.from] : []));
    expect(lastHandOff(some, 'primary', at)?.at).toBe(changes.findLast((change) => ms(change) <= at));
    expect(nextHandOff(some, 'primary', at)?.at).toBe(changes.find((change) => ms(change) > at));
  };
  fc.assert(fc.property(arbitrary, check), { numRuns: 8 });
});

test('a week ends on Monday 09:00 of its zone', () => {
  const week = (zone: string, at: string, weeks?: number): string =>
    new Date(mondayBefore(zone, ms(at), weeks)).toISOString();
  expect(week('Europe/Berlin', '2026-03-30T07:00Z')).toBe('2026-03-30T07:00:00.000Z');
  expect(week('Europe/Berlin', '2026-03-30T06:59Z')).toBe('2026-03-23T08:00:00.000Z');
  expect(week('Europe/Berlin', '2026-03-30T06:59Z', 1)).toBe('2026-03-30T07:00:00.000Z');
  expect(week('Europe/Berlin', '2026-10-26T08:00Z', -1)).toBe('2026-10-19T07:00:00.000Z');
  expect(week('UTC', '1969-12-31T00:00Z')).toBe('1969-12-29T09:00:00.000Z');
  // Sunday evening in London is Monday morning in Auckland.
  expect(week('Pacific/Auckland', '2026-11-29T20:00Z')).toBe('2026-11-29T20:00:00.000Z');
});
