import fc from '../support/property.ts';
import { describe, expect, test } from 'vitest';
import { columnRows, layout, NO_SLOTS, layoutMode, type Rect, plan, type Wish } from '../../src/console/layout.ts';
import { currentLayout } from '../../src/console/state.ts';
import { STORY, Typist, viewOf } from './support.ts';
import type { Health } from '../../panels/panel.ts';

const healths: readonly Health[] = ['crit', 'warn', 'stale', 'no-data', 'partial', 'ok', 'none'];
const wishes = fc.array(fc.record({ health: fc.constantFrom(...healths), rows: fc.integer({ min: 1, max: 30 }) }), {
  maxLength: 8,
});
const named = (all: readonly { health: Health; rows: number }[]): readonly Wish[] =>
  all.map((each, i) => ({ ...each, id: `p${i}` }));
const options = { zoom: null, preset: 0, lines: 1, incident: true };

describe('breakpoints', () => {
  test.each([
    [39, 24, 'tiny'],
    [80, 7, 'tiny'],
    [40, 10, 'narrow'],
    [120, 20, 'narrow'],
    [80, 24, 'strip'],
    [110, 24, 'columns'],
    [170, 50, 'wide'],
  ])('%ix%i is %s', (cols, rows, mode) => expect(layoutMode(cols, rows)).toBe(mode));
});

const overlap = (a: Rect, b: Rect): boolean =>
  a.x < b.x + b.cols && b.x < a.x + a.cols && a.y < b.y + b.rows && b.y < a.y + a.rows;

describe('at any size', () => {
  test('everything is on the screen, nothing overlaps, the input line is always there', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 240 }),
        fc.integer({ min: 1, max: 80 }),
        wishes,
        fc.integer({ min: 0, max: 2 }),
        fc.integer({ min: 1, max: 9 }),
        (cols, rows, all, preset, lines) => {
          const slots = plan(named(all), columnRows(cols, rows));
          for (const zoom of [null, 'p1']) {
            const found = layout(
              { cols, rows },
              {
                slots,
                contextSlots: slots.map((slot, i) => ({ ...slot, id: ['open', 'triage'][i] ?? `c${slot.id}` })),
              },
              { zoom, preset, lines, incident: true },
            );
            const rects = [
              found.header,
              found.strip,
              ...[...found.panels, ...found.context].map(({ rect }) => rect),
              found.timeline,
              found.alarm,
              found.input,
              found.hints,
            ].filter((rect) => rect !== null && rect.rows > 0);
            expect(found.input.rows).toBeGreaterThan(0);
            for (const [i, rect] of rects.entries()) {
              expect(rect!.x >= 0 && rect!.y >= 0 && rect!.x + rect!.cols <= cols && rect!.y + rect!.rows <= rows).toBe(
                true,
              );
              for (const other of rects.slice(i + 1)) expect(overlap(rect!, other!)).toBe(false);
            }
          }
        },
      ),
    );
  });

  test('CRIT never folds, and what folds is the last of the mildest', () => {
    fc.assert(
      fc.property(wishes, fc.integer({ min: 0, max: 60 }), (all, rows) => {
        const slots = plan(named(all), rows);
        for (const [i, { health }] of all.entries()) if (health === 'crit') expect(slots[i]?.folded).toBe(false);
      }),
    );
    /** Rows of each, those of a folded one as `-`. */
    const given = (rows: number): string =>
      plan(
        named([
          { health: 'ok', rows: 4 },
          { health: 'warn', rows: 9 },
          { health: 'ok', rows: 8 },
          { health: 'crit', rows: 7 },
        ]),
        rows,
      )
        .map((slot) => (slot.folded ? '-' : slot.rows))
        .join(' ');
    // The healthy ones shrink first, then those in trouble, to what can still be read; only then something folds.
    expect(given(36)).toBe('4 9 8 7');
    expect(given(31)).toBe('4 9 3 7');
    expect(given(24)).toBe('3 5 3 5');
    expect(given(23)).toBe('3 7 - 6');
    expect(given(19)).toBe('- 7 - 6');
    expect(given(15)).toBe('- - - 7');
    expect(given(1)).toBe('- - - 5');
  });

  test('80x24 has the header, one line of health, the timeline, alarm, input and hints', () => {
    const found = layout({ cols: 80, rows: 24 }, NO_SLOTS, options);
    expect([
      found.header.rows,
      found.strip?.rows,
      found.timeline?.rows,
      found.alarm?.rows,
      found.input.rows,
      found.hints?.rows,
    ]).toEqual([2, 1, 17, 1, 1, 2]);
  });
});

test('without a third column alerts stand with the panels, NEXT and OPEN below the timeline with TRIAGE above them; a panel without a place fills it when focused', () => {
  const context = ['alerts', 'next', 'open', 'triage', 'people'].map((id) => ({
    id,
    health: 'none' as Health,
    rows: 4,
  }));
  const panels = [{ id: 'redis', health: 'ok' as Health, rows: 4 }];
  const bob = new Typist(viewOf('bob'), { cols: 120, rows: 36 }, () => ({ panels, context }));
  const { panels: left, timeline, context: below } = currentLayout(bob.ui);
  expect(left.map(({ id }) => id)).toEqual(['redis', 'alerts']);
  const y = 2 + (timeline?.rows ?? 0);
  expect(below).toMatchObject([
    { id: 'triage', rect: { x: timeline?.x, cols: 79, rows: 7, y } },
    { id: 'next', rect: { x: timeline?.x, cols: 39, rows: 6, y: y + 7 } },
    { id: 'open', rect: { x: (timeline?.x ?? 0) + 39, cols: 40, rows: 6, y: y + 7 } },
  ]);
  const walked: (readonly [string, string | null])[] = [];
  for (let i = 0; i < 8; i++) walked.push([bob.press('tab').ui.focus, bob.ui.zoom]);
  expect(walked.map(([focus]) => focus)).toEqual([
    'timeline',
    'redis',
    'alerts',
    'next',
    'open',
    'triage',
    'people',
    'line',
  ]);
  expect(walked.map(([, zoom]) => zoom)).toEqual([null, null, null, null, null, null, 'people', null]);
  const low = new Typist(viewOf('bob'), { cols: 120, rows: 35 }, () => ({ panels, context }));
  expect(currentLayout(low.ui).context.map(({ id }) => id)).toEqual(['next', 'open']);
  expect(
    currentLayout(new Typist(viewOf('bob', []), { cols: 120, rows: 36 }, () => ({ panels, context })).ui).context,
  ).toEqual([]);
});

test('nothing moves because a value changed: only a size, a key or another target decides anew', () => {
  const healthOf = { now: 'ok' as Health };
  const asked = { times: 0 };
  const wishes = (): { panels: readonly Wish[]; context: readonly Wish[] } => {
    asked.times++;
    const panels = Array.from({ length: 7 }, (_, i) => ({ id: `p${i}`, health: healthOf.now, rows: 8 }));
    return { panels, context: [] };
  };
  const bob = new Typist(viewOf('bob'), { cols: 120, rows: 36 }, wishes);
  const before = bob.ui.slots;
  expect(before.some(({ folded }) => folded)).toBe(true);
  healthOf.now = 'crit';
  bob
    .wait(1000)
    .sees(viewOf('bob', STORY.slice(0, 3)))
    .type('x')
    .press('f2', 'escape');
  expect([bob.ui.slots, asked.times]).toEqual([before, 1]);
  bob.feed({ type: 'size', cols: 121, rows: 36, at: 60_000 });
  expect(bob.ui.slots.some(({ folded }) => folded)).toBe(false);
});

test('PgDn pages a zoomed panel, PgUp goes to its top; without one they scroll the timeline', () => {
  const bob = new Typist(viewOf('bob'), { cols: 80, rows: 24 }).press('alt-2', 'pagedown');
  expect([bob.ui.zoom, bob.ui.paged > 0, bob.ui.scroll]).toEqual(['postgres', true, null]);
  bob.press('pagedown', 'pagedown', 'pageup');
  expect(bob.ui.paged).toBe(0);
  bob.press('pagedown', 'alt-3');
  expect([bob.ui.zoom, bob.ui.paged]).toEqual(['redis', 0]);
});
