import { expect, test } from 'vitest';
import { ACTIONS } from '../../src/console/actions/index.ts';
import { draftOf } from '../../src/terminal/editor.ts';
import { helpTopics } from '../../src/console/help.ts';
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

test('what was done last stands first until something is typed, whichever way it was done', () => {
  const bob = new Typist(viewOf('alice'), { cols: 120, rows: 36 }).type('/zone local').press('enter', 'f2').wait(200);
  bob.press('escape', 'alt-l', 'alt-l', 'ctrl-p');
  expect(bob.ui.recent).toEqual(['level', 'sev', 'zone']);
  const names = offered(draftOf(''), bob.view, bob.ui.recent).map(({ name }) => name);
  expect([names.slice(0, 4), names.length]).toEqual([['level', 'sev', 'zone', 'help'], ACTIONS.length]);
  bob.wait(200).press('enter');
  expect(bob.ui.level).toBe('normal');
});

test('help does the action that is marked, asks where a key would, and over a form only tells', () => {
  const bob = new Typist(viewOf('alice')).press('f1').wait(200).type('severity').press('enter');
  expect(bob.ui.modal).toMatchObject({ kind: 'form', action: 'sev' });
  bob.wait(200).press('f1').wait(200).type('switch between utc').press('enter');
  expect([bob.ui.modal?.kind, bob.ui.zone]).toEqual(['help', 'utc']);
  bob.press('escape', 'escape', 'f1').wait(200).type('switch between utc').press('enter');
  expect([bob.ui.modal, bob.ui.zone, bob.asked]).toEqual([null, 'local', []]);
  const carol = new Typist(viewOf('carol')).press('f1').wait(200).type('/handover').press('enter');
  expect([carol.ui.modal?.kind, carol.ui.notice?.text]).toEqual([
    'help',
    '/handover: only the IC hands over command; the IC is alice',
  ]);
  const help = carol.ui.modal?.kind === 'help' ? helpTopics(carol.ui.modal, carol.ui, carol.view) : null;
  expect(help?.all[0]?.text).toContain('not now: only the IC hands over command');
});

test('/zoom completes panels and targets, and a target brings its panel', () => {
  const target = {
    name: 'Orders-db',
    kind: 'postgres',
    intervalMs: 1000,
    reading: null,
    lastGood: null,
    takenAt: null,
  };
  const view = viewOf('bob', STORY, {
    targets: [{ ...target, history: () => [], rate: () => null }],
  });
  const bob = new Typist(view, { cols: 120, rows: 36 }).type('/zoom ord').press('tab');
  expect(bob.draft).toBe('/zoom Orders-db');
  bob.press('enter');
  expect(bob.ui.zoom).toBe('postgres');
});
