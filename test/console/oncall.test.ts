/** Who is on call: in the idle room, and everything about it by /oncall. */
import { afterEach, expect, test } from 'vitest';
import { idleOncall, oncallLines, type TimeView } from '../../src/console/oncall-lines.ts';
import type { OncallTable, Shift } from '../../src/oncall/plan.ts';
import type { Line } from '../../src/terminal/text.ts';
import { Opened } from '../support/room.ts';
import { sit } from './sit.ts';

const opened = new Opened();
afterEach(() => opened.tidy());

const NOW = Date.parse('2026-11-26T12:00Z');
const shifts = (...all: readonly (readonly [string | null, string])[]): readonly Shift[] =>
  all.map(([name, until], i) => ({
    name,
    from: all[i - 1]?.[1] ?? '2026-11-23T08:00:00.000Z',
    until: until === '' ? null : until,
  }));
const person = { aliases: [], phone: null, email: null, slack: null, zone: null };
const TABLE: OncallTable = {
  plan: {
    people: [
      { ...person, name: 'ana', phone: '+49 151 0000', zone: 'Europe/Berlin' },
      { ...person, name: 'bob' },
    ],
    rotations: [],
    overrides: [
      {
        rotation: 'secondary',
        name: 'ana',
        from: '2026-12-24T08:00:00.000Z',
        until: '2026-12-27T08:00:00.000Z',
        why: 'holidays',
      },
      {
        rotation: 'secondary',
        name: 'ana',
        from: '2026-11-24T08:00:00.000Z',
        until: '2026-11-24T09:00:00.000Z',
        why: 'over',
      },
    ],
    routes: {
      'on-call-primary': { L1: { rotation: 'primary' }, L2: { rotation: 'secondary' }, L4: { person: 'bob' } },
    },
  },
  rotations: [
    {
      rotation: 'primary',
      shifts: shifts(
        ['ana', '2026-11-30T08:00:00.000Z'],
        ['bob', '2026-12-07T08:00:00.000Z'],
        ['ana', '2026-12-14T08:00:00.000Z'],
      ),
    },
    {
      rotation: 'secondary',
      shifts: shifts([null, '2026-11-26T18:00:00.000Z'], ['bob', '2026-12-10T08:00:00.000Z'], ['ana', '']),
    },
    { rotation: 'lead', shifts: shifts(['bob', '']) },
    { rotation: 'data', shifts: shifts(['ana', '']) },
  ],
};
const texts = (lines: readonly Line[]): readonly string[] =>
  lines.map((line) =>
    line
      .map(({ text }) => text)
      .join('')
      .trimEnd(),
  );
const look = { now: NOW, zone: 'utc' } as const;

test('the idle room has who is on, until when, who is next, and a countdown', () => {
  const shown = (at: TimeView, cols = 80) => {
    const { head = [], rows = [] } = idleOncall(TABLE, at, cols) ?? {};
    return texts([head, ...rows]);
  };
  expect(shown(look)).toEqual([
    ' ON CALL   next hand-off in 6 h 00 min: secondary nobody -> bob',
    '   primary     ana until Mon 08:00 UTC, then bob',
    '   secondary   nobody until 18:00 UTC, then bob',
    '   lead        bob',
    '   data        ana',
  ]);
  expect(shown(look, 44).slice(1, 3)).toEqual([
    ' primary     ana until Mon 08:00 UTC',
    ' secondary   nobody until 18:00 UTC',
  ]);
  // The same table, after a hand-off: nothing has to come from the hub. Who is next after that it does not say.
  const later = { now: Date.parse('2026-11-30T12:00Z'), zone: 'utc' } as const;
  expect(shown(later)[1]).toBe('   primary     bob until Mon 2026-12-07 08:00 UTC, then ana');
  expect(idleOncall(undefined, look, 80)).toBeNull();
  expect(texts([idleOncall(null, look, 80)?.head ?? []])).toEqual([' ON CALL   nobody: oncall.yaml names no people']);
});

test('/oncall has routes, overrides to come, and how people are reached', () => {
  expect(texts(oncallLines(TABLE, look, 80))).toEqual([
    'primary     ana until Mon 08:00 UTC, then bob',
    'secondary   nobody until 18:00 UTC, then bob',
    'lead        bob',
    'data        ana',
    '',
    'ROUTES',
    'on-call-primary   L1 ana   L2 nobody   L4 bob',
    '',
    'OVERRIDES',
    'secondary   ana  Thu 2026-12-24 08:00 UTC to Sun 2026-12-27 08:00 UTC  holidays',
    '',
    'PEOPLE',
    'ana   +49 151 0000   Europe/Berlin   on call: primary, data',
    'bob   no phone, email or slack   on call: lead',
  ]);
  // Who comes after the last shift that was told is not known, so nothing is said of it.
  const last = { now: Date.parse('2026-12-08T12:00Z'), zone: 'utc' } as const;
  expect(texts(oncallLines(TABLE, last, 80)).slice(0, 4)).toEqual([
    'secondary   bob until Thu 08:00 UTC, then ana',
    'lead        bob',
    'data        ana',
    'the list is too old to say more',
  ]);
  const years = { now: Date.parse('2028-01-01T12:00Z'), zone: 'utc' } as const;
  expect(texts(oncallLines(TABLE, years, 80))[3]).toBe('the list is too old to say more');
});

test('on a console: the idle room, /oncall, and a hub without on-call', async () => {
  const { plan } = TABLE;
  const layer = { zone: 'UTC', start: '2026-01-05T09:00', everyMs: 7 * 86_400_000, people: ['ana'], only: [] };
  const oncall = { ...plan, overrides: [], routes: {}, rotations: [{ name: 'primary', layers: [layer] }] };
  const hub = await opened.hub(await opened.folder(), { oncall });
  const ana = sit('ana', await opened.client(hub, 'ana'));
  await ana.sees('primary   ana');
  await ana.type('/oncall\n');
  await ana.sees('ana   +49 151 0000');
  await hub.close();

  const without = await opened.hub(await opened.folder());
  const bob = sit('bob', await opened.client(without, 'bob'));
  await bob.sees('ON CALL   nobody');
  await bob.type('/oncall\n');
  await bob.sees('nobody is on call here: oncall.yaml names nobody');
});
