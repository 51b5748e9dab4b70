import fc from '../support/property.ts';
import { expect, test } from 'vitest';
import type { Model, PendingEntry } from '../../panels/model.ts';
import { Memo } from '../../panels/memo.ts';
import { shownSeqs, timeline, timelineRows } from '../../panels/timeline.ts';
import type { Event } from '../../src/incident/event.ts';
import { idleModel, model } from '../support/models.ts';
import { CORRECTIONS, STORY, told } from '../support/recorded.ts';
import { at } from '../incident/story.ts';
import { drawn, faults } from './drawn.ts';
import { HOSTILE, SIZES } from './states.ts';

type Looked = Partial<Model['timeline']>;
const look = (more: Looked = {}, rest: Partial<Model> = {}): Model =>
  model({ ...rest, timeline: { scroll: 0, level: 'normal', readMark: null, selected: null, filter: '', ...more } }, [
    ...STORY,
    ...CORRECTIONS,
  ]);
const shown = (looked: Model, cols = 80, rows = 60): readonly string[] =>
  timeline.render(looked, { cols, rows }).map((line) => line.map(({ text }) => text).join(''));

const PENDING: readonly PendingEntry[] = [
  { n: 1, id: 'a', at: Date.parse(at(42)), text: 'rollback at 40%, 5xx falling', state: 'waiting' },
  { n: 2, id: 'b', at: Date.parse(at(42.1)), text: 'pool back to 50', state: 'sent' },
  {
    n: 3,
    id: 'c',
    at: Date.parse(at(42.2)),
    text: '/sev 2',
    state: 'refused',
    reason: 'alice was faster: it is SEV-1 already',
  },
];

const VIEWS: readonly (readonly [string, Model])[] = [
  ['live, with a read mark', look({ readMark: 13 })],
  ['scrolled up', look({ scroll: 6, readMark: 13 })],
  ['pending entries', look({}, { pending: PENDING })],
  ['key entries', look({ level: 'key' })],
  ['all entries', look({ level: 'system' })],
  ['a filter', look({ filter: 'by:bob' })],
  ['a filter nothing passes', look({ filter: 'kind:decision by:nobody' })],
  ['an entry selected', look({ selected: 14 })],
  ['no incident', idleModel()],
  ['an incident without entries', model({ events: [] })],
];

for (const size of [
  { cols: 40, rows: 10 },
  { cols: 80, rows: 16 },
  { cols: 116, rows: 26 },
])
  test(`the timeline at ${size.cols}x${size.rows} looks as reviewed`, async () => {
    const text = VIEWS.map(([name, looked]) => drawn(name, timeline.render(looked, size), size, size.cols === 80)).join(
      '\n',
    );
    await expect(text).toMatchFileSnapshot(`golden/timeline-${size.cols}x${size.rows}.txt`);
  });

test('it shows what it must of each entry', () => {
  const text = shown(look()).join('\n');
  expect(text).toContain('Mon 2026-11-23 UTC');
  expect(text).toMatch(/03:26:00 dan .*\+12m late #13/);
  expect(text).toMatch(/DECISION roll back .*pinned #14/);
  expect(text).toContain('PG connections climbing, 88 of 97');
  expect(text).toContain('amended by carol 03:41:24: three slots are reserved');
  expect(text).toContain('retracted by bob 03:41:36: it was 4f2c1b');
  expect(text).toContain('suspect deploy 4f2c1a');
});

test('pending entries are the last, marked until the hub has them, and a refusal gives its reason', () => {
  const rows = shown(look({}, { pending: PENDING }));
  expect(rows.at(-4)).toMatch(/rollback at 40%, 5xx falling +\.\.$/);
  expect(rows.at(-2)).toMatch(/\/sev 2 +!!$/);
  expect(rows.at(-1)).toContain('not logged: alice was faster: it is SEV-1 already');
});

test('scrolled up, the last row says how much is below and how much of it is new', () => {
  expect(shown(look({ scroll: 6, readMark: 13 }), 80, 10).at(-1)).toContain('v 3 new  End: live');
  expect(shown(look({ scroll: 2, readMark: 16 }), 80, 10).at(-1)).toMatch(/^v \d more/);
});

test('scrolling further than the beginning stays at the beginning', () => {
  const rows = shown(look({ scroll: 10_000 }), 80, 8);
  expect(rows[0]).toContain('Mon 2026-11-23');
  expect(rows).toHaveLength(8);
});

test('new days are announced', () => {
  const { events, incident } = told(STORY);
  const tomorrow = '2026-11-24T00:00:01.000Z';
  const last = { ...events.at(-1)!, seq: 17, at: tomorrow, recorded: tomorrow };
  expect(shown(model({ incident, events: [...events, last] })).join('\n')).toContain('Tue 2026-11-24 UTC');
});

test('what happened on another day than it was recorded says the day, also below the rule of its day', () => {
  const { events, incident } = told(STORY);
  const last = (at: string): Event => ({ ...events.at(-1)!, seq: 17, at });
  const row = (at: string): string => shown(model({ incident, events: [...events, last(at)] })).join('\n');
  expect(row('2026-11-22T23:30:00.000Z')).toMatch(/^23:30:00 .* Sun \+\S+ late #17$/m);
  expect(row('2026-10-22T23:30:00.000Z')).toMatch(/^23:30:00 .* 2026-10-22 \+\S+ late #17$/m);
});

test('one more entry leaves the rows of the others as they are', () => {
  const { events, incident } = told(STORY);
  const many = Array.from({ length: 5000 }, (_, i): Event => ({ ...events[9]!, seq: i + 1, id: `e${i}` }));
  const memo = new Memo();
  const before = timelineRows(model({ incident, events: many, memo }), 80);
  const kept = [...before];
  const more = [...many, { ...events[9]!, seq: 5001, id: 'e5000' }];
  const after = timelineRows(model({ incident, events: more, memo }), 80);
  expect(after).toHaveLength(kept.length + 1);
  // Identity, not equality: nothing was wrapped again.
  expect(kept.every((row, i) => after[i] === row)).toBe(true);
});

test('rows are the same whether the entries came at once or one by one', () => {
  const { events, incident } = told([...STORY, ...CORRECTIONS]);
  const looked = { scroll: 0, level: 'system', readMark: 7, selected: null, filter: '' } as const;
  const lines = (all: readonly Event[], cols: number): unknown =>
    timelineRows(model({ incident, events: all, timeline: looked, memo }), cols).map(({ line }) => line);
  const memo = new Memo();
  for (let i = 1; i <= events.length; i++) lines(events.slice(0, i), 70);
  const grown = lines(events, 70);
  expect(grown).toEqual(
    lines(
      events.map((event) => ({ ...event })),
      70,
    ),
  );
});

test('a change of width, level, filter or annotation is seen at once', () => {
  expect(shownSeqs(look(), 80)).toContain(3);
  expect(shownSeqs(look({ level: 'key' }), 80)).not.toContain(15);
  expect(shownSeqs(look({ filter: '#14' }), 80)).toEqual([14]);
  expect(shown(look(), 40)[2]).not.toEqual(shown(look(), 80)[2]);
  expect(shown(look({}, { zone: 'local' }))[0]).toContain('local');
});

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom(HOSTILE, '', '東京 '.repeat(40), 'x'.repeat(5000), 'a\n'.repeat(50)),
);
const base = told([...STORY, ...CORRECTIONS]);
const anyEvent = fc
  .record({ from: fc.nat(base.events.length - 1), text: anyText, name: anyText, seq: fc.nat(1e9) })
  .map(({ from, text, name, seq }): Event => {
    const event = base.events[from]!;
    const by = { ...event.by, name };
    if (event.kind === 'noted') return { ...event, seq, by, data: { ...event.data, text } };
    if (event.kind === 'declared') return { ...event, seq, by, data: { ...event.data, title: text } };
    if (event.kind === 'alert_changed')
      return { ...event, seq, by, data: { ...event.data, summary: text, rule: name } };
    return { ...event, seq, by, at: text };
  });

test('whatever the entries hold, no row is too wide and no control gets through', () => {
  fc.assert(
    fc.property(
      fc.array(anyEvent, { maxLength: 12 }),
      fc.constantFrom(...SIZES),
      fc.boolean(),
      fc.constantFrom('', 'by:a "x', 'since:03:10 #3'),
      (events, size, ascii, filter) => {
        const looked = { ...look({ filter, level: 'system', readMark: 3 }), events, ascii };
        const found = faults(timeline.render(looked, size), size).filter((fault) => !fault.includes(' says '));
        expect(found).toEqual([]);
      },
    ),
    { numRuns: Number(process.env['WARROOM_LONG'] ?? 0) > 0 ? 20_000 : 100 },
  );
});
