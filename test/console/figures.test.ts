/** The figures in the idle room: against their targets, unknown where nothing is known, gone where they may be old. */
import { expect, test } from 'vitest';
import { idleLines } from '../../src/console/timeline-view.ts';
import { figuresOf, type Figures } from '../../src/incident/figures.ts';
import { measured, REHEARSED, REHEARSED_OPTIONS } from '../incident/rehearsed.ts';
import { idleModel } from '../support/models.ts';
import { width } from '../../src/terminal/text.ts';

const figures = figuresOf(REHEARSED.map(measured), REHEARSED_OPTIONS);

function shown(
  figures: Figures | undefined,
  cols: number,
  more: Parameters<typeof idleModel>[0] = {},
): readonly string[] {
  const model = idleModel({ ...more, ...(figures && { figures }) });
  const lines = idleLines({ ...model, ascii: false }, cols).map((line) => line.map(({ text }) => text).join(''));
  const at = lines.findIndex((line) => line.startsWith(' FIGURES'));
  return at < 0 ? [] : lines.slice(at, at + 2);
}

test('against the targets, in two lines that fit', () => {
  expect(shown(figures, 80)).toEqual([
    ' FIGURES  30 days  incidents/week 1.6 of 2 ✓  postmortems 3 of 5, 1 late ▲',
    '   MTTA 05:46 of 5m ▲  MTTD (diagnose) 17:25 of 15m ▲  MTTR 47:30 of 1h ✓',
  ]);
  expect(shown(figures, 100)[1]).toMatch(/MTTR 47:30 of 1h ✓ {2}2 times missing$/);
  expect(shown(figures, 40)).toEqual([]);
  for (const line of shown(figures, 80)) expect(width(line)).toBeLessThanOrEqual(80);
});

test('what is not known has no sign', () => {
  const one = REHEARSED.filter(({ state }) => state.id.endsWith('open')).map(measured);
  expect(shown(figuresOf(one, REHEARSED_OPTIONS), 80)).toEqual([
    expect.stringMatching(/incidents\/week 0.2 of 2 ✓ {2}postmortems none due$/),
    '   MTTA unknown of 5m  MTTD (diagnose) unknown of 15m  MTTR unknown of 1h',
  ]);
  expect(shown(figuresOf([], REHEARSED_OPTIONS), 80)[0]).toBe(' FIGURES  30 days   no incident that counts');
  expect(shown(undefined, 80)).toEqual([]);
});

test('a hub that does not answer: what it said may be old', () => {
  const { link } = idleModel();
  expect(shown(figures, 80, { link: { ...link, state: 'lost' } })).toEqual([]);
});
