import fc from '../support/property.ts';
import { expect, test } from 'vitest';
import { PANELS } from '../../panels/index.ts';
import { ACTIONS } from '../../src/console/actions/index.ts';
import { frame } from '../../src/console/frame.ts';
import { wishesOf } from '../../src/console/panel-view.ts';
import type { UiEvent } from '../../src/console/update.ts';
import { lineWidth } from '../../src/terminal/text.ts';
import { sick } from './scenes.ts';
import { Typist, viewOf } from './support.ts';

const panels = PANELS;
const KEYS = [
  'enter',
  'escape',
  'tab',
  'shift-tab',
  'up',
  'down',
  'left',
  'right',
  'pageup',
  'pagedown',
  'end',
  'home',
];
const HOT = ACTIONS.flatMap(({ key, alt }) => [key, alt]).filter((key) => key !== undefined && key !== 'ctrl-z');
const at = fc.integer({ min: 1, max: 400 });
const key = fc.oneof(
  fc.constantFrom(...KEYS, ...HOT, 'alt-1', 'alt-6', 'alt-enter', 'backspace').map((name) => ({ name: String(name) })),
  fc.constantFrom(...'/sevroljkGnN#@!1 é漢').map((text) => ({ name: text, text })),
  fc.constantFrom(...ACTIONS.map(({ name }) => ({ name: 'x', text: `/${name}` }))),
);
const input = fc.oneof(
  { weight: 20, arbitrary: fc.tuple(key, at).map(([each, wait]) => ({ type: 'key' as const, ...each, wait })) },
  fc.constant({ type: 'paste' as const, text: 'a\nb\u001b[2J\n漢字\n'.repeat(9), dropped: 0, wait: 1 }),
  fc
    .tuple(fc.integer({ min: 0, max: 210 }), fc.integer({ min: 0, max: 70 }))
    .map(([x, y]) => ({ type: 'mouse' as const, kind: 'press' as const, x, y, wait: 300 })),
  fc
    .tuple(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 60 }))
    .map(([cols, rows]) => ({ type: 'size' as const, cols, rows, wait: 1 })),
);

const sizes = fc.record({ cols: fc.integer({ min: 1, max: 200 }), rows: fc.integer({ min: 1, max: 60 }) });

test('whatever is pressed at whatever size, the frame is drawn, fits the screen, and holds the cursor', () => {
  fc.assert(
    fc.property(fc.array(input, { maxLength: 40 }), fc.boolean(), sizes, (inputs, open, size) => {
      const view = open ? sick : viewOf('alice', []);
      const person = new Typist(view, size, wishesOf(panels));
      let now = 30_000;
      for (const { wait, ...each } of inputs) {
        now += wait;
        person.feed({ ...each, at: now } as UiEvent);
        const { cols, rows } = person.ui.size;
        const { regions, cursor } = frame(person.ui, person.view, panels);
        for (const region of regions) {
          const inside =
            region.x >= 0 && region.y >= 0 && region.x + region.cols <= cols && region.y + region.rows <= rows;
          expect(inside, `${region.id} at ${cols}x${rows}`).toBe(true);
          expect(region.lines.length, `rows of ${region.id}`).toBeLessThanOrEqual(Math.max(1, region.rows));
          for (const line of region.lines)
            expect(lineWidth(line), `width of ${region.id} at ${cols}x${rows}`).toBeLessThanOrEqual(region.cols);
        }
        if (cursor !== null) expect(cursor.x < cols && cursor.y < rows, `cursor at ${cols}x${rows}`).toBe(true);
      }
    }),
    { numRuns: Number(process.env['WARROOM_LONG'] ?? 60) },
  );
});

test('where the panels are wide enough a form stands over them, and the record can be read meanwhile', () => {
  for (const [cols, rows, keys] of [
    [200, 55, ['f2']],
    [140, 40, ['f9', 'f9', 'f9', 'f2']],
  ] as const) {
    const alice = new Typist(sick, { cols, rows }, wishesOf(panels)).press(...keys);
    const { regions } = frame(alice.ui, alice.view, panels);
    const [modal, timeline] = ['modal', 'timeline'].map((id) => regions.find((region) => region.id === id));
    expect((modal?.x ?? 0) + (modal?.cols ?? cols)).toBeLessThanOrEqual(timeline?.x ?? 0);
  }
});

test('nothing on the screen is called live while the hub is not heard from', () => {
  const silent = { ...sick, link: { ...sick.link, silentMs: 4_000 } };
  for (const size of [
    { cols: 80, rows: 24 },
    { cols: 120, rows: 36 },
    { cols: 200, rows: 55 },
  ]) {
    const text = (view: typeof sick): string => {
      const { regions } = frame(new Typist(view, size, wishesOf(panels)).ui, view, panels);
      return regions.flatMap(({ lines }) => lines.map((line) => line.map((part) => part.text).join(''))).join('\n');
    };
    expect(text(sick)).toMatch(/(?<!not) live ──/);
    expect(text(silent)).toContain('not live');
    expect(text(silent)).not.toMatch(/(?<!not) live ──/);
  }
});
