import { describe, expect, test } from 'vitest';
import { leadingTime, readFuture, readTime, type TimeContext } from '../../src/incident/time-input.ts';
import fc from '../support/property.ts';

const NOW = Date.parse('2025-10-31T12:00:00Z');
const at = (text: string, more: Partial<TimeContext> = {}): string | null => {
  const read = readTime(text, { now: NOW, zone: 'utc', ...more });
  return read === null ? null : 'trouble' in read ? `? ${read.trouble}` : read.at;
};

/** A timeline as people write it: the line, the moment it means, and the words that are left. */
const TIMELINE: readonly (readonly [line: string, at: string | null, text?: string])[] = [
  ['2025-10-29 18:41 deploy of web 4.118 begins', '10-29T18:41', 'deploy of web 4.118 begins'],
  ['2025-10-29 18:44 UTC error rate of checkout above 2 %', '10-29T18:44', 'error rate of checkout above 2 %'],
  ['18:45, page to primary on-call (ana)', '10-29T18:45', 'page to primary on-call (ana)'],
  ['[18:46] ana: acknowledged, looking', '10-29T18:46', 'ana: acknowledged, looking'],
  ['18:47Z first report from support: "cannot pay"', '10-29T18:47', 'first report from support: "cannot pay"'],
  ['6:49 PM status page: investigating', '10-29T18:49', 'status page: investigating'],
  ['18:50 - bob joins, takes scribe', '10-29T18:50', 'bob joins, takes scribe'],
  ['18:51–18:58 graphs look normal', '10-29T18:51', '18:51–18:58 graphs look normal'],
  ['18:53: incident commander is ana', '10-29T18:53', 'incident commander is ana'],
  ['18:57 (late) cyd: saw it at 18:43 already', '10-29T18:57', '(late) cyd: saw it at 18:43 already'],
  ['1900 decision: roll back web to 4.117', null],
  ['19:02 UTC rollback started', '10-29T19:02', 'rollback started'],
  ['~19:05 approval found', '10-29T19:05', '~19:05 approval found'],
  ['7:20 pm customers confirm', '10-29T19:20', 'customers confirm'],
  ['19:23:30 severity lowered SEV-1 -> SEV-2', '10-29T19:23:30', 'severity lowered SEV-1 -> SEV-2'],
  ['2025-10-30 09:00 postmortem owner: cyd', '10-30T09:00', 'postmortem owner: cyd'],
  ['2025-10-30 00:05 (backfilled) nightly job failed', '10-30T00:05', '(backfilled) nightly job failed'],
  ['2025-10-30 11:30 CET action: alert, due 2025-11-14', '10-30T10:30', 'action: alert, due 2025-11-14'],
];

describe('the time a line begins with', () => {
  test('a whole timeline is read with the times meant; a date holds for the lines after it', () => {
    let date: string | null = null;
    for (const [line, when, text] of TIMELINE) {
      const read = leadingTime(line, { now: NOW, zone: 'utc', date });
      if (when === null) {
        expect(read, line).toBe(null);
        continue;
      }
      const moment = `2025-${when}${when.length > 11 ? '' : ':00'}.000Z`;
      expect(read, line).toMatchObject({ at: moment, text });
      date = read !== null && 'date' in read ? (read.date ?? date) : date;
    }
  });

  test('a date alone holds for the lines after it', () => {
    for (const line of ['2025-10-29', '2025-10-29:', '## 2025-10-29'])
      expect(leadingTime(line, { now: NOW, zone: 'utc' })).toEqual({ at: null, date: '2025-10-29', text: '' });
  });

  test('words that resemble a time stay words', () => {
    for (const line of [
      '2000 users',
      '10:00:1a:2b is the card',
      '3:2 for us',
      '14:021 x',
      '-5 degrees',
      '- item',
      '+1',
    ])
      expect(leadingTime(line, { now: NOW, zone: 'utc' }), line).toBe(null);
    expect(leadingTime('11:02 API is down', { now: NOW, zone: 'utc' })).toMatchObject({ text: 'API is down' });
    expect(leadingTime('11:02 -05:00 x', { now: NOW, zone: 'utc', date: '2025-10-29' })).toMatchObject({
      at: '2025-10-29T16:02:00.000Z',
    });
  });

  test.each([
    '25:00 x',
    '12:75 x',
    '13:05 PM x',
    '2025-13-40 19:23 x',
    '2025-10-29 deploy',
    '10/29 19:23 x',
    'Oct 29 19:23 x',
  ])('what looks like a time and is not understood is asked about: %s', (line) =>
    expect(leadingTime(line, { now: NOW, zone: 'utc' })).toHaveProperty('trouble'),
  );

  test('the words of a line are never lost', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), fc.integer({ min: 0, max: 1439 }), (words, minute) => {
        const time = `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
        const line = `2025-10-29 ${time} x${words}`;
        const read = leadingTime(line, { now: NOW, zone: 'utc' });
        expect(read).toMatchObject({ at: `2025-10-29T${time}:00.000Z`, text: `x${words}` });
      }),
      { seed: 7 },
    );
  });
});

describe('a whole time, as --at takes it', () => {
  test.each([
    ['2025-10-29 19:23', '2025-10-29T19:23:00.000Z'],
    ['2025-10-29 1923', '2025-10-29T19:23:00.000Z'],
    ['11:23 UTC', '2025-10-31T11:23:00.000Z'],
    ['1123', '2025-10-31T11:23:00.000Z'],
    ['1123Z', '2025-10-31T11:23:00.000Z'],
    ['7:23 AM', '2025-10-31T07:23:00.000Z'],
    ['12:05 am', '2025-10-31T00:05:00.000Z'],
    ['2025-10-30 7 pm', '2025-10-30T19:00:00.000Z'],
    ['6:43 PM PDT', '2025-10-31T01:43:00.000Z'],
    ['2025-10-29 6:43 PM PDT', '2025-10-30T01:43:00.000Z'],
    ['2025-10-29 19:23 +05:30', '2025-10-29T13:53:00.000Z'],
    ['2025-10-29 19:23 UTC+2', '2025-10-29T17:23:00.000Z'],
    ['2025-10-29T19:23:10.250-03:00', '2025-10-29T22:23:10.000Z'],
    ['2025-10-29T19:23Z', '2025-10-29T19:23:00.000Z'],
    ['-5m', '2025-10-31T11:55:00.000Z'],
  ])('%s', (text, expected) => expect(at(text)).toBe(expected));

  test('23:58 typed at 00:03 is yesterday', () =>
    expect(at('23:58', { now: Date.parse('2025-10-31T00:03:00Z') })).toBe('2025-10-30T23:58:00.000Z'));

  test('nonsense is no time, or is asked about', () => {
    expect(at('soon')).toBe(null);
    expect(at('14:00')).toMatch(/^\? .*has not come yet/);
    expect(at('2025-10-29')).toMatch(/no time of day/);
    expect(at('10:00 IST')).toMatch(/several/);
    expect(at('11:00 and more')).toBe(null);
  });

  test('without a zone it is the zone of the machine with --local', () => {
    const before = process.env['TZ'];
    try {
      process.env['TZ'] = 'Asia/Kolkata';
      expect(at('2025-10-29 19:23', { zone: 'local' })).toBe('2025-10-29T13:53:00.000Z');
      expect(at('2025-10-29 19:23 UTC', { zone: 'local' })).toBe('2025-10-29T19:23:00.000Z');
    } finally {
      if (before === undefined) delete process.env['TZ'];
      else process.env['TZ'] = before;
    }
  });

  test('every moment that is written as ISO reads back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: NOW / 1000 }), (second) => {
        const iso = new Date(second * 1000).toISOString();
        expect(at(iso)).toBe(iso);
        expect(at(iso.slice(0, 19).replace('T', ' '))).toBe(iso);
      }),
      { seed: 7 },
    );
  });

  test('whatever is typed, it never throws and answers a moment that has come', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'0123456789:-/. APMZUTCT+'), maxLength: 24 }), (text) => {
        for (const zone of ['utc', 'local'] as const) {
          const read = readTime(text, { now: NOW, zone });
          if (read !== null && 'at' in read) expect(Date.parse(read.at)).toBeLessThanOrEqual(NOW + 120_000);
        }
      }),
      { seed: 7, numRuns: 2000 },
    );
  });
});

test('what is due is to come', () => {
  const due = (text: string) => readFuture(text, { now: NOW, zone: 'utc' });
  expect(due('30m')).toBe('2025-10-31T12:30:00.000Z');
  expect(due('14:00')).toBe('2025-10-31T14:00:00.000Z');
  expect(due('02:00')).toBe('2025-11-01T02:00:00.000Z');
  expect(due('2025-11-14 09:00 CET')).toBe('2025-11-14T08:00:00.000Z');
  expect(due('2025-12-01')).toBe('2025-12-01T23:59:59.000Z');
  expect(due('2025-02-30')).toEqual({ trouble: expect.stringContaining('there is no time 2025-02-30') as string });
  expect(due('soon')).toBe(null);
});
