import { describe, expect, test } from 'vitest';
import fc from '../support/property.ts';
import { ACTIONS } from '../../src/console/actions/index.ts';
import { PAST } from '../support/quiet-day.ts';
import { STORY, Typist, viewOf } from './support.ts';

describe('the input line', () => {
  test('Enter logs what was typed and empties the line', () => {
    const bob = new Typist(viewOf('bob')).type('rollback at 40%').press('enter');
    expect(bob.asked).toEqual([{ kind: 'note', text: 'rollback at 40%' }]);
    expect(bob.draft).toBe('');
  });

  test('letters never act, whatever they are', () => {
    const bob = new Typist(viewOf('bob')).type('qjkgGxyd?:!');
    expect(bob.done).toEqual([]);
    expect(bob.draft).toBe('qjkgGxyd?:!');
  });

  test('an unknown command is never logged and never lost', () => {
    const bob = new Typist(viewOf('bob')).type('/sve 1').press('enter');
    expect(bob.asked).toEqual([]);
    expect(bob.draft).toBe('/sve 1');
    expect(bob.ui.notice?.text).toContain('/sev');
  });

  test('without an incident the entry stays in the line and the way out is said', () => {
    const bob = new Typist(viewOf('bob', [])).type('redis is down').press('enter');
    expect(bob.asked).toEqual([]);
    expect(bob.draft).toBe('redis is down');
    expect(bob.ui.notice?.text).toContain('/declare');
  });

  test('Esc clears the draft, Up brings it back, Esc never leaves', () => {
    const bob = new Typist(viewOf('bob')).type('half a thought').press('escape');
    expect(bob.draft).toBe('');
    bob.press('up');
    expect(bob.draft).toBe('half a thought');
    bob.press('escape', 'escape', 'escape', 'escape');
    expect(bob.done).toEqual([]);
  });

  test('Ctrl-C clears first; twice within two seconds leaves; Ctrl-D does nothing', () => {
    const bob = new Typist(viewOf('bob')).type('abc').press('ctrl-c', 'ctrl-d');
    expect(bob.draft).toBe('');
    bob.press('ctrl-c').wait(2500).press('ctrl-c');
    expect(bob.done).toEqual([]);
    bob.press('ctrl-c');
    expect(bob.done).toEqual([{ do: 'quit' }]);
  });

  test('a paste of many lines is one draft and submits nothing', () => {
    const bob = new Typist(viewOf('bob')).paste('one\ntwo\nthree\nfour\n'.repeat(20));
    expect(bob.done).toEqual([]);
    bob.press('enter');
    expect(bob.asked).toHaveLength(1);
  });

  test('Up offers the own last entry of the last two minutes for correction', () => {
    const bob = new Typist(viewOf('bob', [...STORY, ['bob', { kind: 'note', text: 'tpyo' }, 30]])).press('up');
    expect(bob.draft).toBe('/amend #7 tpyo');
    const carol = new Typist(viewOf('carol', [...STORY, ['carol', { kind: 'note', text: 'old' }, 180]])).press('up');
    expect(carol.draft).toBe('');
  });

  test('Tab completes a command, a person, an entry', () => {
    expect(new Typist(viewOf('bob')).type('/hando').press('tab').draft).toBe('/handover ');
    expect(new Typist(viewOf('bob')).type('/role comms @car').press('tab').draft).toBe('/role comms carol ');
    expect(new Typist(viewOf('bob')).type('ask @al').press('tab').draft).toBe('ask @alice ');
    expect(new Typist(viewOf('bob')).type('#').press('tab').draft).toBe('#6 ');
    expect(new Typist(viewOf('bob')).type('/section imp').press('tab').draft).toBe('/section impact ');
  });
});

describe('actions', () => {
  test('/sev with a level and a reason sets it at once', () => {
    const alice = new Typist(viewOf('alice')).type('/sev 1 30% of checkouts fail').press('enter');
    expect(alice.asked).toEqual([{ kind: 'set_severity', to: 'SEV-1', seen: 'SEV-2', why: '30% of checkouts fail' }]);
  });

  test('/sev 7 is told what levels there are, and stays in the line', () => {
    const alice = new Typist(viewOf('alice')).type('/sev 7').press('enter');
    expect(alice.asked).toEqual([]);
    expect(alice.draft).toBe('/sev 7');
    expect(alice.ui.notice?.text).toContain('no severity');
  });

  test('who may not is told who may', () => {
    const bob = new Typist(viewOf('bob')).type('/sev 1').press('enter');
    expect(bob.asked).toEqual([]);
    expect(bob.ui.notice?.text).toContain('alice');
  });

  test('/role without a name takes a vacant role, and asks before one that somebody holds', () => {
    const bob = new Typist(viewOf('bob')).type('/role comms').press('enter');
    expect(bob.asked).toEqual([{ kind: 'assign_role', role: 'comms', name: 'bob', seen: null }]);
    const late = new Typist(viewOf('bob')).type('/role ic').press('enter');
    expect(late.asked).toEqual([]);
  });

  test('every action answers whyNot with and without an incident', () => {
    for (const view of [viewOf('bob'), viewOf('bob', [])])
      for (const action of ACTIONS)
        expect([null, 'string']).toContain(
          action.whyNot?.(view) === null ? null : typeof (action.whyNot?.(view) ?? ''),
        );
  });

  test('names, aliases and keys are taken once', () => {
    const slash = ACTIONS.flatMap(({ name, alias = [] }) => [name, ...alias]);
    const keys = ACTIONS.flatMap(({ key, alt }) => [key, alt]).filter((key) => key !== undefined);
    expect(new Set(slash).size).toBe(slash.length);
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('F9 and Alt-1 only change this screen', () => {
    const bob = new Typist(viewOf('bob'), { cols: 120, rows: 36 }).type('draft').press('f9', 'alt-1');
    expect(bob.done).toEqual([]);
    expect(bob.ui.zoom).toBe('health');
    expect(bob.draft).toBe('draft');
  });
});

const NAMES = [
  'escape',
  'tab',
  'shift-tab',
  'up',
  'down',
  'left',
  'right',
  'pageup',
  'pagedown',
  'home',
  'end',
  'backspace',
  'ctrl-p',
  'ctrl-f',
  'ctrl-u',
  'ctrl-w',
  'ctrl-y',
  'alt-1',
  'alt-z',
  'alt-l',
  'f1',
  'f2',
  'f3',
  'f4',
  'f7',
  'f9',
  'f12',
  'alt-enter',
  'delete',
  'ctrl-d',
];
const key = fc.oneof(
  fc.constantFrom(...NAMES).map((name) => ({ name })),
  fc.constantFrom(...'/sevaclr@#!-1 ').map((text) => ({ name: text === ' ' ? 'space' : text, text })),
);

describe('any sequence of keys', () => {
  test('never throws, and without Enter submits nothing', () => {
    fc.assert(
      fc.property(fc.array(key, { maxLength: 60 }), fc.boolean(), (keys, open) => {
        const bob = new Typist(viewOf('alice', open ? STORY : []));
        for (const each of keys) bob.feed({ type: 'key', at: 30_000, ...each });
        expect(bob.asked).toEqual([]);
      }),
      { numRuns: Number(process.env['WARROOM_LONG'] ?? 150) },
    );
  });

  test('what was typed is in the draft, in the history, or was erased by an editing key', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('escape', 'tab', 'pageup', 'f2', 'ctrl-p', 'f9', 'end', 'ctrl-f', 'f1'), {
          maxLength: 12,
        }),
        (names) => {
          const bob = new Typist(viewOf('alice')).type('half a thought');
          for (const name of names) bob.wait(300).press(name);
          expect(bob.draft === 'half a thought' || bob.ui.history.includes('half a thought')).toBe(true);
        },
      ),
      { numRuns: 100 },
    );
  });
});

test('a whole id switches to its incident, though ids of others begin with it', () => {
  const view = viewOf('bob');
  const [one] = PAST;
  const others = ['2026-11-20-cart', '2026-11-20-cart-2'].map((id) => ({ ...one!, id, title: 'cart' }));
  const bob = new Typist({ ...view, incidents: others }).type('/switch 2026-11-20-cart').press('enter');
  expect(bob.done).toEqual([{ do: 'follow', incident: '2026-11-20-cart' }]);
  expect(bob.type('/switch cart').press('enter').ui.notice?.text).toContain('2 incidents match');
});
