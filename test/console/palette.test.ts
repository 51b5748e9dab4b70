import { expect, test } from 'vitest';
import { draftOf } from '../../src/console/draft.ts';
import { offered } from '../../src/console/lists.ts';
import { STORY, Typist, viewOf } from './support.ts';

const first = (typed: string, me = 'carol'): string | undefined => offered(draftOf(typed), viewOf(me))[0]?.name;

test('of actions a word of which begins so, those that can be done now come first', () => {
  expect(offered(draftOf('rel'), viewOf('carol'))[0]?.name).toBe('reload');
  expect(first('rol')).toBe('role');
  expect(first('sea')).toBe('search');
  expect(first('dec')).toBe('declare');
});

test('the name in full stands first among its like', () => {
  expect(first('d')).toBe('decision');
  expect(first('show', 'alice')).toBe('show');
});

test('what cannot be done now is not passed over for another that merely has its letters', () => {
  expect(first('ack')).toBe('ack');
  expect(first('handover')).toBe('handover');
});

test('/zoom completes panels and targets, and a target brings its panel', () => {
  const target = { name: 'Orders-db', kind: 'postgres', intervalMs: 1000, reading: null, lastGood: null, ageMs: null };
  const view = viewOf('bob', STORY, {
    targets: [{ ...target, history: () => [], rate: () => null }],
  });
  const bob = new Typist(view, { cols: 120, rows: 36 }).type('/zoom ord').press('tab');
  expect(bob.draft).toBe('/zoom Orders-db');
  bob.press('enter');
  expect(bob.ui.zoom).toBe('postgres');
});
