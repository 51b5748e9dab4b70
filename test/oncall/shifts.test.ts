/** On-call calendar arithmetic against tables written by hand, whatever zone the process runs in. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HOUR, MINUTE } from '../../src/incident/time.ts';
import { calendarOf } from '../../src/oncall/ics.ts';
import { isTimeZone, oddHour } from '../../src/oncall/calendar.ts';
import { gapsOf, oddHandOffs, overlapOf } from '../../src/oncall/coverage.ts';
import { personOf, type Layer, type OncallPlan, type Override, type Shift } from '../../src/oncall/plan.ts';
import { handOff, routeAt, shiftsFrom, shiftsWithin, turnAt, whoIsOn } from '../../src/oncall/shifts.ts';
import fc from '../support/property.ts';

const at = (text: string): number => Date.parse(text);
const layer = (zone: string, start: string, hours: number, more: Partial<Layer> = {}): Layer => ({
  zone,
  start,
  everyMs: hours * HOUR,
  people: ['ana', 'bob'],
  only: [],
  ...more,
});
const plan = (layers: readonly Layer[], overrides: readonly Override[] = []): OncallPlan => ({
  people: [
    { name: 'ana', aliases: ['ana.k'], phone: '+49 151', email: 'ana@example.org', slack: null, zone: null },
    { name: 'bob', aliases: [], phone: null, email: null, slack: null, zone: null },
  ],
  rotations: [{ name: 'primary', layers }],
  overrides,
  routes: { page: { L1: { rotation: 'primary' }, L2: { person: 'bob' } } },
});
const brief = ({ name, from, until }: Shift): string =>
  `${name ?? 'nobody'} ${from.slice(0, 16)} ${until?.slice(0, 16) ?? 'on'}`;
const first = (count: number, shifts: Iterable<Shift>): string[] => {
  const found: string[] = [];
  for (const shift of shifts) if (found.push(brief(shift)) === count) break;
  return found;
};

describe.each(['UTC', 'Europe/Berlin', 'America/Los_Angeles'])('in a process of %s', (zone) => {
  const before = process.env['TZ'];
  beforeAll(() => void (process.env['TZ'] = zone));
  afterAll(() => {
    if (before === undefined) delete process.env['TZ'];
    else process.env['TZ'] = before;
  });

  test('the process is there', () => {
    expect(new Date(at('2026-07-01T00:00Z')).getTimezoneOffset()).toBe(
      { UTC: 0, 'Europe/Berlin': -120, 'America/Los_Angeles': 420 }[zone],
    );
  });

  // Zone, first hand-off, hours, which one, and when it is, worked out by hand.
  test.each([
    // Mondays 09:00 in Berlin: 08:00Z in winter, 07:00Z in summer; the clocks change on 29 March and 25 October.
    ['Europe/Berlin', '2026-03-16T09:00', 168, 1, '2026-03-23T08:00Z'],
    ['Europe/Berlin', '2026-03-16T09:00', 168, 2, '2026-03-30T07:00Z'],
    ['Europe/Berlin', '2026-03-16T09:00', 168, 31, '2026-10-19T07:00Z'],
    ['Europe/Berlin', '2026-03-16T09:00', 168, 32, '2026-10-26T08:00Z'],
    // Mondays 09:00 in New York: 14:00Z in winter, 13:00Z in summer; 8 March and 1 November.
    ['America/New_York', '2026-03-02T09:00', 168, 0, '2026-03-02T14:00Z'],
    ['America/New_York', '2026-03-02T09:00', 168, 1, '2026-03-09T13:00Z'],
    ['America/New_York', '2026-03-02T09:00', 168, 34, '2026-10-26T13:00Z'],
    ['America/New_York', '2026-03-02T09:00', 168, 35, '2026-11-02T14:00Z'],
    // Daily at 02:30 through the hour that is left out: 03:30 by the new clock, and 02:30 again the day after.
    ['Europe/Berlin', '2026-03-28T02:30', 24, 0, '2026-03-28T01:30Z'],
    ['Europe/Berlin', '2026-03-28T02:30', 24, 1, '2026-03-29T01:30Z'],
    ['Europe/Berlin', '2026-03-28T02:30', 24, 2, '2026-03-30T00:30Z'],
    ['America/New_York', '2026-03-07T02:30', 24, 1, '2026-03-08T07:30Z'],
    ['America/New_York', '2026-03-07T02:30', 24, 2, '2026-03-09T06:30Z'],
    // And through the hour that comes twice: the first of the two.
    ['Europe/Berlin', '2026-10-24T02:30', 24, 1, '2026-10-25T00:30Z'],
    ['Europe/Berlin', '2026-10-24T02:30', 24, 2, '2026-10-26T01:30Z'],
    ['America/New_York', '2026-10-31T01:30', 24, 1, '2026-11-01T05:30Z'],
    ['America/New_York', '2026-10-31T01:30', 24, 2, '2026-11-02T06:30Z'],
    // A leap day, and the same without one.
    ['Europe/Berlin', '2028-02-28T09:00', 24, 1, '2028-02-29T08:00Z'],
    ['Europe/Berlin', '2028-02-28T09:00', 24, 2, '2028-03-01T08:00Z'],
    ['Europe/Berlin', '2027-02-28T09:00', 24, 1, '2027-03-01T08:00Z'],
    ['Asia/Kathmandu', '2028-02-29T09:00', 168, 1, '2028-03-07T03:15Z'],
  ])('%s, from %s every %i hours: hand-off %i is at %s', (zone, start, hours, k, expected) => {
    const one = layer(zone, start, hours);
    expect(new Date(handOff(one, k)).toISOString()).toBe(new Date(expected).toISOString());
    // It begins the turn, and the moment before belongs to the one before.
    expect(turnAt(one, at(expected)).k).toBe(k);
    expect(turnAt(one, at(expected) - 1).k).toBe(k - 1);
  });

  test('in the hour that comes twice, who took over in the first of the two stays on in the second', () => {
    const nightly = layer('Europe/Berlin', '2026-10-24T02:30', 24);
    // 02:29, 02:30 and 02:59 in summer time, then 02:00 and 02:29 in winter time.
    const times = ['00:29Z', '00:30Z', '00:59Z', '01:00Z', '01:29Z', '01:30Z'];
    expect(times.map((time) => turnAt(nightly, at(`2026-10-25T${time}`)).k)).toEqual([0, 1, 1, 1, 1, 1]);
  });

  test('a turn is an hour shorter or longer in the week the clocks change', () => {
    const hours = (zone: string, start: string, when: string): number => {
      const { from, until } = turnAt(layer(zone, start, 168), at(when));
      return (until - from) / HOUR;
    };
    expect(hours('Europe/Berlin', '2026-01-05T09:00', '2026-03-28T12:00Z')).toBe(167);
    expect(hours('Europe/Berlin', '2026-01-05T09:00', '2026-10-24T12:00Z')).toBe(169);
    expect(hours('America/New_York', '2026-01-05T09:00', '2026-03-07T12:00Z')).toBe(167);
    expect(hours('America/New_York', '2026-01-05T09:00', '2026-10-31T12:00Z')).toBe(169);
  });

  test('duty hours are those of the wall, over the change of the clocks too', () => {
    const only = [{ days: [1, 2, 3, 4, 5], from: 9 * 60, until: 18 * 60 }];
    const office = plan([layer('Europe/Berlin', '2026-03-02T09:00', 168, { only })]);
    expect(first(4, shiftsFrom(office, 'primary', at('2026-03-27T10:00Z')))).toEqual([
      'bob 2026-03-27T08:00 2026-03-27T17:00',
      'nobody 2026-03-27T17:00 2026-03-30T07:00',
      'ana 2026-03-30T07:00 2026-03-30T16:00',
      'nobody 2026-03-30T16:00 2026-03-31T07:00',
    ]);
  });
});

test('exactly one turn holds at each moment, and turns abut', () => {
  const zones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'Africa/Casablanca'];
  fc.assert(
    fc.property(
      fc.constantFrom(...zones, 'America/St_Johns', 'Pacific/Apia', 'UTC'),
      fc.constantFrom(1, 8, 12, 24, 36, 168, 336),
      fc.integer({ min: 0, max: 7 * 24 * 2 - 1 }),
      fc.integer({ min: at('2026-01-01T00:00Z'), max: at('2028-12-31T00:00Z') }),
      (zone, hours, halfHour, moment) => {
        const start = new Date(at('2026-01-05T00:00Z') + halfHour * 30 * MINUTE).toISOString().slice(0, 16);
        const one = layer(zone, start, hours);
        const turn = turnAt(one, moment);
        expect(turn.from).toBeLessThanOrEqual(moment);
        expect(turn.until).toBeGreaterThan(moment);
        expect(turnAt(one, turn.until)).toMatchObject({ k: turn.k + 1, from: turn.until });
        expect(turnAt(one, turn.from - 1).until).toBe(turn.from);
        expect(turn.name).toBe(turn.k < 0 ? null : ['ana', 'bob'][turn.k % 2]);
      },
    ),
    { numRuns: 150 },
  );
});

/** Minutes after midnight, on the hour. */
const minute = fc.integer({ min: 0, max: 23 }).map((hour) => hour * 60);
const someLayer = fc.record({
  zone: fc.constantFrom('Europe/Berlin', 'America/New_York', 'UTC'),
  start: fc.constantFrom('2026-03-02T09:00', '2026-03-20T02:30', '2026-04-01T00:00'),
  everyMs: fc.constantFrom(12, 24, 168).map((hours) => hours * HOUR),
  people: fc.constantFrom(['ana'], ['ana', 'bob'], ['bob', 'bob', 'ana']),
  only: fc.array(
    fc.record({ days: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 }), from: minute, until: minute }),
    { maxLength: 2 },
  ),
});
const someOverride = fc
  .record({ from: fc.integer({ min: 0, max: 800 }), hours: fc.integer({ min: 1, max: 200 }) })
  .map(({ from, hours }) => ({
    rotation: 'primary',
    name: 'cyd',
    from: new Date(at('2026-03-10T00:00Z') + from * HOUR).toISOString(),
    until: new Date(at('2026-03-10T00:00Z') + (from + hours) * HOUR).toISOString(),
    why: '',
  }));

test('shifts of a rotation abut, change the person, and say at every moment what a look at the moment says', () => {
  fc.assert(
    fc.property(
      fc.array(someLayer, { minLength: 1, maxLength: 3 }),
      fc.array(someOverride, { maxLength: 3 }),
      (layers, overrides) => {
        const one = plan(layers, overrides);
        const [from, until] = [at('2026-03-10T00:00Z'), at('2026-04-10T00:00Z')];
        const shifts = shiftsWithin(one, 'primary', from, until);
        expect(at(shifts[0]?.from ?? '')).toBeLessThanOrEqual(from);
        shifts.slice(1).forEach((shift, i) => {
          expect(shift.from).toBe(shifts[i]?.until);
          expect(shift.name).not.toBe(shifts[i]?.name);
        });
        for (let moment = from; moment < until; moment += 797 * MINUTE) {
          const holding = shifts.filter((s) => at(s.from) <= moment && (s.until === null || moment < at(s.until)));
          expect(holding.map(({ name }) => name)).toEqual([whoIsOn(one, 'primary', moment)]);
        }
      },
    ),
    { numRuns: 10 },
  );
});

test('the first match wins: override, then the layers in their order', () => {
  const night = [{ days: [1, 2, 3, 4, 5, 6, 7], from: 22 * 60, until: 6 * 60 }];
  const two = plan(
    [
      layer('UTC', '2026-03-02T00:00', 24, { people: ['ana'], only: night }),
      layer('UTC', '2026-03-02T00:00', 24, { people: ['bob'] }),
    ],
    [
      { rotation: 'primary', name: 'eve', from: '2026-03-04T01:00:00Z', until: '2026-03-04T02:00:00Z', why: '' },
      { rotation: 'primary', name: 'cyd', from: '2026-03-04T00:00:00Z', until: '2026-03-04T12:00:00Z', why: '' },
    ],
  );
  expect(first(8, shiftsFrom(two, 'primary', at('2026-03-03T12:00Z')))).toEqual([
    'bob 2026-03-03T06:00 2026-03-03T22:00',
    'ana 2026-03-03T22:00 2026-03-04T00:00',
    'cyd 2026-03-04T00:00 2026-03-04T01:00',
    'eve 2026-03-04T01:00 2026-03-04T02:00',
    'cyd 2026-03-04T02:00 2026-03-04T12:00',
    'bob 2026-03-04T12:00 2026-03-04T22:00',
    'ana 2026-03-04T22:00 2026-03-05T06:00',
    'bob 2026-03-05T06:00 2026-03-05T22:00',
  ]);
});

test('before its start a rotation has nobody, and one person alone is on without end', () => {
  const one = plan([layer('UTC', '2026-03-02T09:00', 168, { people: ['ana'] })]);
  expect(first(5, shiftsFrom(one, 'primary', at('2026-03-01T00:00Z')))).toEqual([
    'nobody 2025-01-25T00:00 2026-03-02T09:00',
    'ana 2026-03-02T09:00 on',
  ]);
  expect(whoIsOn(one, 'no such rotation', at('2026-03-03T00:00Z'))).toBe(null);
});

test('two turns of one person after another are one shift, wherever in it one looks', () => {
  const one = plan([layer('UTC', '2026-03-02T09:00', 24, { people: ['bob', 'bob', 'ana'] })]);
  for (const time of ['2026-03-05T12:00Z', '2026-03-06T12:00Z'])
    expect(first(2, shiftsFrom(one, 'primary', at(time)))).toEqual([
      'bob 2026-03-05T09:00 2026-03-07T09:00',
      'ana 2026-03-07T09:00 2026-03-08T09:00',
    ]);
});

test('a route says who stands on each level', () => {
  const one = plan([layer('UTC', '2026-03-02T09:00', 168)]);
  expect(routeAt(one, 'page', at('2026-03-03T00:00Z'))).toEqual({ L1: 'ana', L2: 'bob', L3: null, L4: null });
  expect(routeAt(one, 'page', at('2026-03-01T00:00Z'))).toEqual({ L1: null, L2: 'bob', L3: null, L4: null });
  for (const unknown of ['other', '__proto__', 'constructor'])
    expect(routeAt(one, unknown, 0)).toEqual({ L1: null, L2: null, L3: null, L4: null });
  expect(personOf(one, ' ANA.K ')?.name).toBe('ana');
  expect(personOf(one, 'cyd')).toBe(null);
});

test('coverage: gaps, one person on two levels, and hand-offs at odd hours', () => {
  const weekend = plan([layer('UTC', '2026-02-02T00:00', 168, { only: [{ days: [6, 7], from: 0, until: 24 * 60 }] })]);
  const [from, until] = [at('2026-03-04T00:00Z'), at('2026-03-20T00:00Z')];
  expect(gapsOf(weekend, 'primary', from, until).map(brief)).toEqual([
    'nobody 2026-03-02T00:00 2026-03-07T00:00',
    'nobody 2026-03-09T00:00 2026-03-14T00:00',
    'nobody 2026-03-16T00:00 2026-03-21T00:00',
  ]);
  expect(overlapOf(weekend, 'page', from, until)).toEqual({
    at: at('2026-03-14T00:00Z'),
    name: 'bob',
    levels: ['L1', 'L2'],
  });
  expect(overlapOf(weekend, 'page', from, at('2026-03-10T00:00Z'))).toBe(null);
  const nightly = layer('Europe/Berlin', '2026-03-01T02:30', 24);
  const year = oddHandOffs(nightly, at('2026-03-01T00:00Z'), at('2027-03-01T00:00Z'));
  expect(year).toEqual([
    { wall: '2026-03-29T02:30', why: 'left out', at: at('2026-03-29T01:30Z') },
    { wall: '2026-10-25T02:30', why: 'twice', at: at('2026-10-25T00:30Z') },
  ]);
  expect(oddHour(at('2026-03-29T03:00Z'), 'Europe/Berlin')).toBe(null);
});

test('zones that are not known are told', () => {
  expect(['Europe/Berlin', 'UTC', 'Europe/Berln', '', 'Mars/Base'].map(isTimeZone)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});

test('the calendar has an event a shift, in UTC, with folded lines', () => {
  const one = plan([layer('Europe/Berlin', '2026-03-16T09:00', 168)]);
  const long = {
    ...one,
    rotations: [{ ...one.rotations[0]!, name: 'primary; ünïcode, and a name that goes on and on' }],
  };
  const text = calendarOf(one, at('2026-03-24T00:00Z'), at('2026-04-01T00:00Z'));
  expect(text.split('\r\n').filter((line) => /^(?:DTSTART|DTEND|SUMMARY|ATTENDEE|UID)/.test(line))).toEqual([
    'UID:primary-20260323T080000Z@warroom',
    'DTSTART:20260323T080000Z',
    'DTEND:20260330T070000Z',
    'SUMMARY:On Call - bob - primary',
    'UID:primary-20260330T070000Z@warroom',
    'DTSTART:20260330T070000Z',
    'DTEND:20260406T070000Z',
    'SUMMARY:On Call - ana - primary',
    'ATTENDEE:mailto:ana@example.org',
  ]);
  const folded = calendarOf(long, at('2026-03-24T00:00Z'), at('2026-04-01T00:00Z'));
  expect(Math.max(...folded.split('\r\n').map((line) => Buffer.byteLength(line)))).toBeLessThanOrEqual(75);
  expect(folded.replaceAll('\r\n ', '')).toContain(
    String.raw`SUMMARY:On Call - bob - primary\; ünïcode\, and a name that goes on and on`,
  );
  expect(folded.replaceAll('\r\n', '')).not.toContain('\n');
});
