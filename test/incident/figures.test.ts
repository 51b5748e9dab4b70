/** The figures of a rehearsed set, each computed by hand; and what holds for any set. */
import { expect, test } from 'vitest';
import {
  figuresOf,
  TIME_FIGURES,
  type IncidentFacts,
  type Figures,
  type Measured,
} from '../../src/incident/figures.ts';
import { SEVERITIES } from '../../src/incident/severity.ts';
import { STATUSES } from '../../src/incident/vocabulary.ts';
import fc from '../support/property.ts';
import { measured, REHEARSED, REHEARSED_OPTIONS } from './rehearsed.ts';

const figures = figuresOf(REHEARSED.map(measured), REHEARSED_OPTIONS);

/** `value median p90, count missing pending, target met` of one severity. */
const told = ({ value, median, p90, count, missing, pending, target, met }: Figures['mtta']['SEV-0']): string =>
  `${value} ${median} ${p90}, ${count} ${missing} ${pending}, ${target} ${met}`;
const none = (target: number | null): string => `null null null, 0 0 0, ${target} null`;

test('the times, to the second', () => {
  const all = TIME_FIGURES.flatMap((name) =>
    SEVERITIES.map((severity) => `${name} ${severity} ${told(figures[name][severity])}`),
  );
  expect(all).toEqual([
    'mtta SEV-0 300 300 300, 1 0 0, 300 true',
    // 60 (yesterday), 120 (acknowledged before it was declared), 160 (midnight), 240 (summer time), 1200 (raised)
    'mtta SEV-1 356 160 1200, 5 0 1, 300 false',
    // 600 (reopened)
    'mtta SEV-2 600 600 600, 1 1 0, null null',
    `mtta SEV-3 ${none(null)}`,
    'mttd SEV-0 900 900 900, 1 0 0, 900 true',
    // 300, 810, 1200, 1860
    'mttd SEV-1 1042.5 1005 1860, 4 1 1, 900 false',
    'mttd SEV-2 1200 1200 1200, 1 1 0, 900 false',
    `mttd SEV-3 ${none(900)}`,
    'mttr SEV-0 3601 3601 3601, 1 0 0, 3600 false',
    // 600, 1800, 3000, 3600, 4200
    'mttr SEV-1 2640 3000 4200, 5 0 1, 3600 true',
    // 600 (detected five minutes before it was declared), 5400 (the last resolution)
    'mttr SEV-2 3000 3000 5400, 2 0 0, 3600 true',
    `mttr SEV-3 ${none(3600)}`,
  ]);
  // Of SEV-0 and SEV-1 only: 2080 s of six.
  expect(told(figures.overall.mtta)).toBe('346.667 200 1200, 6 0 1, 300 false');
  // 300, 810, 900, 1200, 1200, 1860
  expect(told(figures.overall.mttd)).toBe('1045 1050 1860, 6 2 1, 900 false');
  expect(told(figures.overall.mttr)).toBe('2850.125 3300 5400, 8 0 1, 3600 true');
});

test('what does not count, incidents a week, postmortems, and the weeks', () => {
  expect(figures).toMatchObject({
    incidents: 9,
    excluded: { drill: 1, cancelled: 1, merged: 1 },
    // 9 in 40 days
    incidentsPerWeek: { value: 1.575, count: 9, target: 2, met: true },
    // Published: midnight (at the last moment), lowered, summer time (late). Overdue: raised, acknowledged first.
    postmortemRate: { value: 0.6, count: 5, published: 3, late: 1, missing: 2, pending: 1, target: 1, met: false },
  });
  expect(figures.weeks.map(({ week, incidents, mtta, mttr }) => [week, incidents, mtta, mttr])).toEqual([
    ['2026-W40', 0, null, null],
    ['2026-W41', 1, 160, 3000],
    ['2026-W42', 3, 750, 4200.333],
    ['2026-W43', 3, 180, 2200],
    ['2026-W44', 0, null, null],
    ['2026-W45', 0, null, null],
    ['2026-W46', 2, 60, 600],
  ]);
});

test('since, and where nothing was recorded', () => {
  const later = figuresOf(REHEARSED.map(measured), { ...REHEARSED_OPTIONS, since: Date.parse('2026-11-09T10:00:01Z') });
  expect([later.incidents, later.mtta['SEV-1'], later.incidentsPerWeek.weeks]).toMatchObject([
    1,
    { value: null, pending: 1 },
    1,
  ]);
  const empty = figuresOf([], { ...REHEARSED_OPTIONS, since: null, begun: null });
  expect([empty.incidentsPerWeek, empty.postmortemRate, empty.weeks]).toMatchObject([
    { value: null, met: null },
    { value: null, met: null },
    [],
  ]);
  const quiet = figuresOf([], { ...REHEARSED_OPTIONS, since: null });
  expect(quiet.incidentsPerWeek).toMatchObject({ value: 0, weeks: 10, met: true });
  // A week of the next year: 1 January 2027 is a Friday.
  const newYear = { ...REHEARSED_OPTIONS, begun: Date.parse('2026-12-28'), now: Date.parse('2027-01-04') };
  expect(figuresOf([], newYear).weeks.map(({ week }) => week)).toEqual(['2026-W53', '2027-W01']);
});

test('an impossible order is missing, never a negative time; a postmortem before the end of its 48 hours is pending', () => {
  const one = (facts: IncidentFacts): Measured => ({
    status: 'resolved',
    drill: false,
    declaredAt: '2026-10-05T12:00:00.000Z',
    facts,
  });
  const facts = {
    peakSeverity: 'SEV-0',
    detectedAt: '2026-10-05T12:00:00.000Z',
    resolvedAt: '2026-11-08T00:00:00.000Z',
  } as const;
  const found = figuresOf([one({ ...facts, acknowledgedAt: '2026-10-05T11:59:59.000Z' })], REHEARSED_OPTIONS);
  expect(found.mtta['SEV-0']).toMatchObject({ value: null, count: 0, missing: 1, met: null });
  // Due at this very moment.
  expect(found.postmortemRate).toMatchObject({ missing: 1, pending: 0 });
  const before = figuresOf([one(facts)], { ...REHEARSED_OPTIONS, now: REHEARSED_OPTIONS.now - 1 });
  expect(before.postmortemRate).toMatchObject({ value: null, missing: 0, pending: 1, met: null });
});

test('any set: every incident is counted, missing or pending; order and what does not count change nothing', () => {
  const time = fc.option(
    fc.integer({ min: 0, max: 40 * 86_400 }).map((s) => new Date(REHEARSED_OPTIONS.now - s * 1000).toISOString()),
    { nil: undefined },
  );
  const names = ['detectedAt', 'acknowledgedAt', 'identifiedAt', 'resolvedAt', 'postmortemPublishedAt'] as const;
  const facts = fc
    .tuple(fc.constantFrom(...SEVERITIES), ...names.map(() => time))
    .map(([peakSeverity, ...times]): IncidentFacts => {
      const known = names.flatMap((name, i) => (times[i] === undefined ? [] : [[name, times[i]] as const]));
      return { peakSeverity, ...Object.fromEntries(known) };
    });
  const declaredAt = new Date(REHEARSED_OPTIONS.now - 86_400_000).toISOString();
  const incident = fc.record({
    status: fc.constantFrom(...STATUSES),
    drill: fc.boolean(),
    declaredAt: fc.constant(declaredAt),
    facts,
  });
  fc.assert(
    fc.property(fc.array(incident), (all) => {
      const found = figuresOf(all, REHEARSED_OPTIONS);
      const counting = all.filter(({ status, drill }) => !drill && status !== 'cancelled' && status !== 'merged');
      for (const name of TIME_FIGURES)
        for (const severity of SEVERITIES) {
          const { count, missing, pending, value, median, p90, met } = found[name][severity];
          expect(count + missing + pending).toBe(counting.filter((one) => one.facts.peakSeverity === severity).length);
          expect([value === null, median === null, p90 === null]).toEqual(Array(3).fill(count === 0));
          expect([value, median, p90].every((each) => each === null || each >= 0)).toBe(true);
          if (value === null) expect(met).toBeNull();
        }
      const plain = { ...found, excluded: null };
      expect({ ...figuresOf(counting.toReversed(), REHEARSED_OPTIONS), excluded: null }).toEqual(plain);
    }),
  );
});
