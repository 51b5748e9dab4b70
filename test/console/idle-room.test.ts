/** The idle room: what was lately, who is on call, the figures; unknown where nothing is known, old where it may be. */
import { expect, test } from 'vitest';
import { idleLines, type IdleView } from '../../src/console/idle-room.ts';
import { figuresOf, type Figures } from '../../src/incident/figures.ts';
import { width } from '../../src/terminal/text.ts';
import { measured, REHEARSED, REHEARSED_OPTIONS } from '../incident/rehearsed.ts';
import { idleModel } from '../support/models.ts';
import { DUTY, FIGURES, FOLLOW_UP, PAST } from '../support/quiet-day.ts';

const QUIET = { ...idleModel({ figures: FIGURES, followUp: FOLLOW_UP, incidents: PAST, oncall: DUTY }), ascii: false };
const room = (
  more: { readonly [name in keyof IdleView]?: IdleView[name] | undefined },
  cols = 80,
  rows = 16,
): readonly string[] =>
  idleLines({ ...QUIET, ...more } as IdleView, cols, rows).map((line) =>
    line
      .map(({ text }) => text)
      .join('')
      .trimEnd(),
  );
/** The part that begins with `title`. */
function part(title: string, lines: readonly string[]): readonly string[] {
  const at = lines.findIndex((line) => line.startsWith(` ${title}`));
  const end = lines.findIndex((line, i) => i > at && /^ [A-Z]{2}|^$/.test(line));
  return at < 0 ? [] : lines.slice(at, end < 0 ? undefined : end);
}
const figures = (known: Figures | undefined, cols = 80, rows = 16): readonly string[] =>
  part('FIGURES', room({ incidents: [], oncall: null, figures: known }, cols, rows));

test('figures against the targets, with the weeks they are of', () => {
  expect(figures(FIGURES)).toEqual([
    ' FIGURES   40 days   incidents by week ▁▄██▁▁▆',
    '   incidents/week 1.6 of 2 ✓  postmortems 3 of 5, 1 late ▲',
    '   MTTA 05:46 of 5m ▲  MTTD (diagnose) 17:25 of 15m ▲  MTTR 47:30 of 1h ✓',
  ]);
  expect(figures(FIGURES, 80, 40)).toEqual([
    ' FIGURES   40 days, by week',
    '   MTTA              05:46 of 5m ▲       ·▃█▃··▂',
    '   MTTD (diagnose)   17:25 of 15m ▲      ·▅█▇··▃   2 not recorded',
    '   MTTR              47:30 of 1h ✓       ·▆█▅··▂',
    '   incidents/week    1.6 of 2 ✓          ▁▄██▁▁▆   2 this week',
    '   postmortems       3 of 5, 1 late ▲              1 not due yet',
  ]);
  expect(figures(FIGURES, 40)).toEqual([]);
});

test('what is not known has no sign', () => {
  const one = REHEARSED.filter(({ state }) => state.id.endsWith('open')).map(measured);
  expect(figures(figuresOf(one, REHEARSED_OPTIONS)).slice(1)).toEqual([
    '   incidents/week 0.2 of 2 ✓  postmortems none due',
    '   MTTA unknown of 5m  MTTD (diagnose) unknown of 15m  MTTR unknown of 1h',
  ]);
  const unpublished = REHEARSED.map(measured).filter(
    ({ facts }) => facts.postmortemDueAt !== undefined && facts.postmortemPublishedAt === undefined,
  );
  const due = unpublished.map(({ facts }) => Date.parse(facts.postmortemDueAt ?? ''));
  const early = figuresOf(unpublished, { ...REHEARSED_OPTIONS, now: Math.min(...due) - 1 });
  expect(figures(early, 80, 40).at(-1)).toMatch(/postmortems +none due yet +3 not due yet$/);
  expect(figures(figuresOf([], REHEARSED_OPTIONS))).toEqual([' FIGURES   40 days, no incident that counts']);
  expect(figures(undefined)).toEqual([' FIGURES   the hub has not said']);
});

test('the last incidents: what became of them, as many as there is room for', () => {
  expect(part('LAST', room({}, 79, 30))).toEqual([
    ' LAST INCIDENTS   UTC                                                    /list',
    '   SEV-1 High      checkout errors                      Sun 14:02       38 min',
    '   SEV-2 Medium    slow presence                        Sat 03:11   2 h 05 min',
    '   SEV-3 Low       avatars are missing                  Fri 10:40    cancelled',
    '   SEV-2 Medium    lose a database [drill]              Wed 09:00       31 min',
    '   SEV-0 Critical  db failover                         2026-11-03   1 h 35 min',
  ]);
  const tight = part('LAST', room({}, 79, 12));
  expect(tight[0]).toMatch(/\+4 more: \/list$/);
  expect(tight).toHaveLength(2);
  expect(part('LAST', room({ incidents: [] }))).toEqual([' LAST INCIDENTS   none has ended']);
});

test('what is left of earlier incidents, the first to fall due first, and what is late', () => {
  expect(part('LEFT', room({}, 86, 30))).toEqual([
    ' LEFT TO DO   1 postmortem and 1 action late, 3 more open                    /actions',
    ' ▲ LATE 17 d        postmortem  db failover',
    ' ▲ LATE 2 d         bob         give keys of presence an expiry     slow presence #12',
    '   in 34 h 57 min   postmortem  checkout errors',
    '   in 8 d           cyd         alarm at 80 % of the pool [OPS-12]',
    '   no date          nobody      rehearse the failover                  db failover #8',
  ]);
  expect(part('LEFT', room({}, 80, 16))).toHaveLength(4);
  expect(part('LEFT', room({ followUp: { actions: [], postmortems: [] } }))).toEqual([
    ' LEFT TO DO   nothing is left of earlier incidents',
  ]);
});

test('nothing is shown as if it were now while the hub does not answer', () => {
  expect(room({ link: { ...QUIET.link, state: 'lost' } }).filter((line) => / [A-Z]{4}/.test(line))).toEqual([
    ' OPEN   not known: the hub does not answer',
    expect.stringMatching(/^ ON CALL {3}as last heard {3}next hand-off in 5 h 17 min: primary ana/),
    ' LEFT TO DO   not known: the hub does not answer',
    expect.stringMatching(/^ LAST INCIDENTS {3}as last heard {3}UTC/),
    ' FIGURES   not known: the hub does not answer',
  ]);
  const first = room({
    link: { ...QUIET.link, state: 'connecting' },
    incidents: [],
    oncall: undefined,
    followUp: undefined,
  });
  for (const title of ['OPEN', 'ON CALL', 'LEFT TO DO', 'LAST INCIDENTS', 'FIGURES'])
    expect(first).toContain(` ${title}   asking the hub…`);
});

test('it fits, and how to declare comes first', () => {
  const open = [{ ...PAST[0]!, status: 'investigating', title: '決済エラー '.repeat(20) } as const, ...PAST];
  for (const [cols, rows] of [
    [40, 5],
    [60, 8],
    [79, 29],
    [86, 48],
    [120, 3],
  ] as const) {
    const lines = room({ incidents: open }, cols, rows);
    expect(lines.length).toBeLessThanOrEqual(rows);
    for (const line of lines) expect(width(line)).toBeLessThanOrEqual(cols);
    expect(lines.slice(0, 2).join('')).toContain('/declare');
  }
  expect(room({}, 40, 5)).toEqual([
    ' F12 or /declare what is broken',
    ' OPEN   no incident is open',
    ' primary     ana until 09:00 UTC',
    ' ▲ LATE 17 d postmortem db failover',
    ' LAST INCIDENTS   UTC   5 hidden: /list',
  ]);
});
