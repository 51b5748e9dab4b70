import { expect, test } from 'vitest';
import { parseFilter, passes } from '../../panels/filter.ts';
import { eventText } from '../../panels/entry.ts';
import type { Event } from '../../src/incident/event.ts';
import type { Status } from '../../src/incident/vocabulary.ts';
import { CORRECTIONS, NOW, STORY, told } from '../support/recorded.ts';

const { events } = told([...STORY, ...CORRECTIONS]);

test('every kind of event says what happened', () => {
  const said = events.map((event) => `#${event.seq} ${eventText(event)}`).join('\n');
  expect(said).toMatchInlineSnapshot(`
    "#1 DECLARED SEV-2 Medium: checkout errors eu-west
    #2 acknowledged
    #3 status declared -> investigating
    #4 role IC -> alice
    #5 role SCRIBE -> bob
    #6 changed: 4f2c1a payment-gw by ci https://deploys.example/4f2c1a
    #7 ALARM SEV-1 http_5xx: /pay 5xx 12.4% (limit 2%)
    #8 severity raised SEV-2 -> SEV-1 High (impact: 30% of checkouts fail)
    #9 HYPOTHESIS suspect deploy 4f2c1a at 03:32
    #10 PG connections climbing, 88 of 100
    #11 Q: @bob did anything change in payment-gw config?
    #12 closes #11: yes, pool size 50 -> 20 in 4f2c1a
    #13 vendor status page is green
    #14 DECISION roll back 4f2c1a, because pool 20 cannot serve 300 rps; reversible
    #15 rollback started, eta 3 min
    #16 ACTION @dan call the payment vendor (due 03:55Z)
    #17 amended #10: PG connections climbing, 88 of 97 (three slots are reserved)
    #18 retracted #9 (it was 4f2c1b)
    #19 pinned #14"
  `);
});

test('what comes from outside is made safe', () => {
  const evil = { ...events[9], data: { text: '\u001b[2Jgone', form: 'note' } } as Event;
  expect(eventText(evil)).toBe('\ufffd[2Jgone');
});

test('an event of a later version is named', () => {
  const later = { ...events[0], kind: 'teleported', data: {} } as unknown as Event;
  expect(eventText(later)).toBe('an entry of a kind this version does not know: teleported');
});

test('a public update is called one; with a change of status it stands beside it', () => {
  const said = (from: Status, to: Status): string => {
    const data = { from, to, public: 'We are on it.', updateDueAt: null, postmortemDueAt: null };
    return eventText({ ...events[0]!, kind: 'status_set', data });
  };
  expect(said('investigating', 'investigating')).toBe('PUBLIC UPDATE: We are on it.');
  expect(said('declared', 'investigating')).toBe('status declared -> investigating PUBLIC: We are on it.');
});

const hits = (filter: string): readonly number[] =>
  events.filter((event) => passes(parseFilter(filter, NOW, 'utc'), event)).map(({ seq }) => seq);

test('filters by author, kind, time, number and words; all parts must hold', () => {
  expect(hits('by:bob kind:hypothesis')).toEqual([9]);
  expect(hits('by:@BOB "rollback started"')).toEqual([15]);
  expect(hits('kind:decision')).toEqual([14]);
  expect(hits('kind:decision kind:question')).toEqual([11, 14]);
  expect(hits('kind:sev')).toEqual([8]);
  expect(hits('kind:alarm')).toEqual([7]);
  expect(hits('kind:deploy')).toEqual([6]);
  expect(hits('since:03:40 kind:note')).toEqual([15]);
  expect(hits('since:-3m kind:note')).toEqual([15]);
  expect(hits('until:03:01 kind:declared')).toEqual([1]);
  expect(hits('#11')).toEqual([11, 12]);
  expect(hits('POOL size')).toEqual([12]);
  expect(hits('')).toHaveLength(events.length);
});

test('what cannot be understood is said', () => {
  expect(parseFilter('kind:dance', NOW, 'utc').trouble[0]).toMatch(/^no kind dance: it is one of /);
  expect(parseFilter('since:yesterday', NOW, 'utc').trouble).toEqual([
    'since:yesterday is no time: write since:12:50 or since:-30m',
  ]);
});

test('a clock time that has not come yet was yesterday', () => {
  expect(parseFilter('since:12:50', NOW, 'utc').since).toBe(Date.parse('2026-11-22T12:50:00.000Z'));
});
