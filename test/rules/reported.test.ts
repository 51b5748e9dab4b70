/** Alerts reported from outside live as our own do: silenced, inhibited, flapping, remembered over a restart. */
import { expect, test } from 'vitest';
import { EXPIRE_MS } from '../../src/rules/alert.ts';
import { parseMatchers } from '../../src/rules/inhibition.ts';
import type { ReportedAlert } from '../../src/rules/reported.ts';
import { handbook, World } from './world.ts';

const disk = (more: Partial<ReportedAlert> = {}): ReportedAlert => ({
  alert: 'am/1',
  source: 'alertmanager',
  name: 'DiskFull',
  severity: 'SEV-1',
  summary: 'disk of {{ $labels.x }} is full',
  labels: { target: 'db', mount: '/' },
  runbook: 'https://runbooks.example/disk',
  route: 'on-call-primary',
  since: Date.UTC(2026, 10, 23, 11, 30),
  isKnown: true,
  ...more,
});

test('it fires at once, since when it says, and ends at once', () => {
  const world = new World([]);
  world.engine.report([disk()]);
  expect(world.pass(1)).toEqual(['DiskFull inactive>firing']);
  expect(world.engine.active(world.mono, world.wall)).toMatchObject([
    {
      alert: 'am/1',
      rule: 'DiskFull',
      source: 'alertmanager',
      severity: 'SEV-1',
      // Nothing in it is filled in.
      summary: 'disk of {{ $labels.x }} is full',
      labels: { target: 'db', mount: '/' },
      runbook: 'https://runbooks.example/disk',
      route: 'on-call-primary',
      since: disk().since,
    },
  ]);
  world.engine.report([disk({ summary: 'fuller', severity: 'SEV-0' })]);
  expect(world.pass(5)).toEqual([]);
  expect(world.engine.active(world.mono, world.wall)).toMatchObject([{ summary: 'fuller', severity: 'SEV-0' }]);
  world.engine.report([]);
  expect(world.pass(5)).toEqual(['DiskFull firing>resolved']);
  expect(world.engine.active(world.mono, world.wall)).toEqual([]);
});

test('rules that change and targets that go leave it alone', () => {
  const world = new World(handbook({ Down: 'redis_up == 0' })).set('db', { redis_up: 1 });
  world.engine.report([disk()]);
  world.pass(1);
  world.engine.replaceRules([], world.mono, world.wall);
  world.engine.dropTarget('db', world.mono, world.wall);
  expect(world.pass(5)).toEqual([]);
  expect(world.engine.active(world.mono, world.wall)).toHaveLength(1);
});

test('silences, and causes among our own alerts, keep it quiet', () => {
  const world = new World(handbook({ Down: 'redis_up == 0' })).set('db', { redis_up: 0 });
  world.pass(2);
  world.engine.report([disk()]);
  world.pass(1);
  expect(world.told.at(-1)).toMatchObject({ rule: 'DiskFull', suppression: { kind: 'inhibited', by: 'Down' } });
  const matchers = parseMatchers('{mount="/", severity="SEV-1"}');
  if (typeof matchers === 'string') throw new Error(matchers);
  world.engine.addSilence({ id: 's', matchers, author: 'ana', reason: 'x', until: world.wall + 60_000 });
  world.set('db', { redis_up: 1 }).pass(2);
  expect(world.engine.active(world.mono, world.wall)).toMatchObject([{ suppression: { kind: 'silenced' } }]);
});

test('one that comes and goes is told once', () => {
  const world = new World([]);
  const said = Array.from({ length: 12 }, (_, i) => {
    world.engine.report(i % 2 === 0 ? [disk()] : []);
    return world.pass(2);
  });
  expect(said.flat().filter((words) => words.startsWith('DiskFull'))).toHaveLength(12);
  const loud = world.told.filter(({ suppression }) => suppression === null);
  expect(loud.length).toBeLessThan(7);
});

test('over a restart it fires on, told once, and one that ended meanwhile is forgotten', () => {
  const world = new World([]);
  world.engine.report([disk(), disk({ alert: 'am/2', name: 'Other' })]);
  world.pass(1);
  const state = world.engine.save(world.mono, world.wall);
  const again = new World([], { state, reported: [disk()] });
  expect(again.engine.active(again.mono, again.wall)).toMatchObject([{ alert: 'am/1', phase: 'firing' }]);
  expect(again.pass(3)).toEqual([]);
});

test('when its source is gone it is unknown, and expires', () => {
  const world = new World([]);
  world.engine.report([disk()]);
  world.pass(1);
  world.engine.report([disk({ isKnown: false })]);
  expect(world.pass(1)).toEqual([]);
  expect(world.engine.active(world.mono, world.wall)).toMatchObject([{ phase: 'firing', unknown: true }]);
  expect(world.pass(EXPIRE_MS / 1000)).toEqual(['DiskFull firing>expired']);
  expect(world.pass(EXPIRE_MS / 1000 + 5)).toEqual([]);
});
