/** Reports of alerts from outside: in whatever order and however often they come, an episode begins and ends once. */
import { expect, test } from 'vitest';
import {
  isTooMany,
  MAX_FIRING,
  newsOf,
  NO_REPORTS,
  withNews,
  type AlertReport,
  type Reports,
} from '../../src/incident/reports.ts';
import { hubRecord, type HubRecordCommand } from '../../src/incident/hub-record.ts';
import { blankHubState, type HubState } from '../../src/incident/hub-state.ts';
import fc from '../support/property.ts';

const now = '2026-11-27T03:00:00.000Z';
const time = (minute: number): string => `2026-11-27T02:${String(minute).padStart(2, '0')}:00.000Z`;
const report = (alert: string, isFiring: boolean, minute?: number, more: Partial<AlertReport> = {}): AlertReport => ({
  alert,
  name: 'Disk',
  severity: 'SEV-2',
  summary: 'full',
  labels: { host: 'a' },
  isFiring,
  ...(minute === undefined ? {} : { startsAt: time(minute) }),
  ...more,
});
const from = { intake: 'am', source: 'alertmanager' };
const taken = (reports: Reports, ...all: readonly AlertReport[]): Reports =>
  withNews(reports, { ...from, ...newsOf(reports, all, now) });

test('a report again is no news, however its labels are ordered', () => {
  const labels = { host: 'a', disk: 'sda' };
  const reports = taken(NO_REPORTS, report('x', true, 1, { labels }));
  expect(reports.firing['x']).toMatchObject({ ...from, startsAt: time(1) });
  expect(newsOf(reports, [report('x', true, 1, { labels: { disk: 'sda', host: 'a' } })], now)).toEqual({
    firing: [],
    over: [],
  });
  const worse = taken(reports, report('x', true, 1, { severity: 'SEV-0' }));
  expect(worse.firing['x']).toMatchObject({ severity: 'SEV-0', startsAt: time(1) });
});

test('an end that comes late, or a beginning that comes again, raises nothing', () => {
  const second = taken(NO_REPORTS, report('x', true, 1), report('x', false, 1), report('x', true, 5));
  expect(second.firing['x']?.startsAt).toBe(time(5));
  const late = taken(second, report('x', false, 1));
  expect(late.firing['x']?.startsAt).toBe(time(5));
  const over = taken(late, report('x', false, 5), report('x', true, 5), report('x', true, 1));
  expect(over).toMatchObject({ firing: {}, over: { x: time(5) } });
  expect(taken(over, report('x', true, 6)).firing['x']?.startsAt).toBe(time(6));
});

test('without a time an alert begins now, and its end ends it', () => {
  const fires = taken(NO_REPORTS, report('x', true));
  expect(fires.firing['x']?.startsAt).toBe(now);
  expect(taken(fires, report('x', false))).toMatchObject({ firing: {}, over: { x: now } });
  expect(taken(taken(fires, report('x', false)), report('x', true)).firing['x']).toBeDefined();
});

test('of episodes reported in any order, any number of times, exactly the last one counts', () => {
  const all = [1, 2, 3].flatMap((minute) => [report('x', true, minute), report('x', false, minute)]);
  const batches = fc
    .shuffledSubarray([...all, ...all], { minLength: 12, maxLength: 12 })
    .chain((order) =>
      fc
        .integer({ min: 1, max: 12 })
        .map((size) => Array.from({ length: Math.ceil(12 / size) }, (_, i) => order.slice(i * size, (i + 1) * size))),
    );
  fc.assert(
    fc.property(batches, fc.boolean(), (requests, isOver) => {
      let reports = NO_REPORTS;
      for (const request of requests)
        reports = taken(
          reports,
          ...request.filter(({ isFiring, startsAt }) => isOver || isFiring || startsAt !== time(3)),
        );
      expect(Object.keys(reports.firing)).toEqual(isOver ? [] : ['x']);
      if (!isOver) expect(reports.firing['x']?.startsAt).toBe(time(3));
      else expect(reports.over['x']).toBe(time(3));
    }),
  );
});

test('the number that fires is bounded; what is known may go on and end', () => {
  const many = Array.from({ length: MAX_FIRING.perSource }, (_, n) => report(`a${n}`, true, 1));
  const full = taken(NO_REPORTS, ...many);
  const tooMany = (...reports: readonly AlertReport[]): boolean => isTooMany(full, newsOf(full, reports, now), 'am');
  expect(tooMany(report('one more', true, 1))).toBe(true);
  expect(tooMany(report('a1', true, 1, { summary: 'fuller' }))).toBe(false);
  expect(tooMany(report('a1', false, 1), report('one more', true, 1))).toBe(false);
});

test('of a system that lost its token alerts are kept for as long as they go on, and then make room', () => {
  let state: HubState = blankHubState;
  const asks = (minute: number, command: HubRecordCommand): boolean => {
    const at = time(minute);
    const answer = hubRecord.decide(state, command, { now: at, actor: { name: 'prod', via: 'webhook' } });
    if ('refused' in answer) return false;
    for (const draft of answer)
      state = hubRecord.evolve(state, {
        ...draft,
        id: `e${state.head}`,
        incident: 'hub',
        seq: state.head + 1,
        recorded: at,
      });
    return true;
  };
  const add = (name: string) => ({ kind: 'add_intake', name, hash: '0'.repeat(64) }) as const;
  const tell = (intake: string, ...alerts: AlertReport[]) =>
    ({ kind: 'report_alerts', intake, source: 'x', alerts }) as const;
  const firing = (): readonly string[] => Object.keys(state.reports.firing);
  asks(0, add('a'));
  asks(0, add('b'));
  asks(1, tell('a', report('a/x', true, 1)));
  asks(2, { kind: 'revoke_intake', name: 'a' });
  // The token was only replaced.
  asks(10, add('a'));
  expect(firing()).toEqual(['a/x']);
  asks(11, { kind: 'revoke_intake', name: 'a' });
  expect(asks(12, tell('b', report('b/y', true, 12)))).toBe(true);
  expect(firing()).toEqual(['a/x', 'b/y']);
  expect(asks(26, tell('b', report('b/z', true, 26)))).toBe(true);
  expect(firing()).toEqual(['b/y', 'b/z']);
  asks(27, add('a'));
  expect(firing()).toEqual(['b/y', 'b/z']);
});
