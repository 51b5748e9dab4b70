/** A line that is not accepted is never lost and never becomes the beginning of another one. */
import { describe, expect, test } from 'vitest';
import { alarmLine, hintLines, inputLines, menuLines } from '../../src/console/input-area.ts';
import { currentLayout } from '../../src/console/state.ts';
import { PASTE_LIMIT } from '../../src/terminal/input.ts';
import { TEXT_LIMITS } from '../../src/incident/shapes.ts';
import { Typist, viewOf } from './support.ts';

const bad = '/nosuch thing';

/** The rows of the input, as text. */
const rows = ({ ui, view }: Typist): readonly string[] =>
  inputLines(ui, view, currentLayout(ui)).lines.map((line) => line.map(({ text }) => text).join(''));

describe('a rejected line', () => {
  test('22 entries typed after it are 22 entries', () => {
    const bob = new Typist(viewOf('bob')).type(bad).press('enter');
    expect(bob.draft).toBe(bad);
    for (let i = 1; i <= 22; i++) bob.type(`entry ${i}`).press('enter');
    expect(bob.asked.map((command) => (command.kind === 'note' ? command.text : ''))).toEqual(
      Array.from({ length: 22 }, (_, i) => `entry ${i + 1}`),
    );
    expect(bob.ui.setAside).toEqual([bad]);
    expect(rows(bob)[0]).toContain('not done: /nosuch thing');
    expect(bob.press('up').draft).toBe(bad);
    expect(bob.ui.setAside).toEqual([]);
  });

  test('is corrected in place by any key that edits', () => {
    const bob = new Typist(viewOf('bob')).type('/sevv 1 more users').press('enter', 'home', 'right');
    expect(bob.type('x').draft).toBe('/xsevv 1 more users');
    expect(bob.ui.setAside).toEqual([]);
  });

  test('what is pasted after it begins a new line, too', () => {
    const bob = new Typist(viewOf('bob')).type(bad).press('enter').paste('from the log');
    expect([bob.draft, bob.ui.setAside]).toEqual(['from the log', [bad]]);
  });

  test('each of many waits, the newest first; Esc puts them into the history', () => {
    const bob = new Typist(viewOf('bob'));
    for (let i = 1; i <= 25; i++) bob.type(`/no${i}`).press('enter');
    bob.type('x').press('backspace');
    expect(rows(bob)[0]).toMatch(/not done: \/no25 .*\(\+19 more\)/);
    expect(bob.press('up').draft).toBe('/no25');
    expect(bob.press('escape', 'up').draft).toBe('/no24');
    bob.press('escape').wait(10_000).press('escape');
    expect(bob.ui.setAside).toEqual([]);
    const found = Array.from({ length: 25 }, () => bob.press('up').draft);
    expect(new Set(found)).toEqual(new Set(Array.from({ length: 25 }, (_, i) => `/no${i + 1}`)));
  });

  test('has its row above the draft, and the cursor stays in the draft', () => {
    const bob = new Typist(viewOf('bob')).type(bad).press('enter').type('next');
    const { lines, cursor } = inputLines(bob.ui, bob.view, currentLayout(bob.ui));
    expect([lines.length, cursor]).toEqual([2, { x: ' bob > next'.length, y: 1 }]);
  });
});

describe('a paste that can never be sent', () => {
  const said = ({ ui }: Typist): string => ui.notice?.text ?? '';

  test('is refused whole, and said once', () => {
    const bob = new Typist(viewOf('bob'), { cols: 100, rows: 30 }).type('before ');
    bob.feed({ type: 'paste', text: 'x'.repeat(PASTE_LIMIT), dropped: 2_000_000 - PASTE_LIMIT, at: 21_000 });
    expect(bob.draft).toBe('before ');
    expect(said(bob)).toContain('NOT PASTED: 2,000,000 characters, an entry holds 16,000');
    const shown = [...menuLines(bob.ui, bob.view, currentLayout(bob.ui)), ...hintLines(bob.ui, bob.view, 2, 100)];
    expect(shown.filter((line) => line.some(({ text }) => text.includes('NOT PASTED'))).length).toBe(1);
  });

  test('nor into a form', () => {
    const bob = new Typist(viewOf('bob')).type('/declare').press('enter').wait(200);
    const before = bob.ui.modal;
    expect(bob.paste('x'.repeat(TEXT_LIMITS.text + 1)).ui.modal).toEqual(before);
    expect(said(bob)).toContain('NOT PASTED');
  });

  test('many short lines may be longer than one entry: each can be one of its own', () => {
    const text = Array.from({ length: 400 }, (_, i) => `12:00:00 line ${i} ${'x'.repeat(60)}`).join('\n');
    const bob = new Typist(viewOf('bob')).paste(text);
    expect(said(bob)).toContain('400 lines: too long for one entry; Ctrl-P lines, each as its own');
    expect(bob.press('enter').asked).toEqual([]);
    expect(bob.draft).toBe(text);
    expect(said(bob)).toContain(`at most ${TEXT_LIMITS.text} characters`);
  });
});

test('what the hub refused stands beside the input until it is put away, and never in the line of alarms', () => {
  const reason = 'only the IC sets the severity; that is alice, and this sentence goes on for much longer than a row';
  const pending = [{ n: 1, id: 'A', at: 0, text: '/sev 0 everything is on fire', state: 'refused' as const, reason }];
  const bob = new Typist(viewOf('bob')).sees({ ...viewOf('bob'), pending }).wait(11 * 60_000);
  const beside = (): string => {
    const { lines } = inputLines(bob.ui, bob.view, currentLayout(bob.ui));
    return lines.map((line) => line.map(({ text }) => text).join('')).join('\n');
  };
  expect(beside()).toContain('not done: /sev 0 everything is on fire: only the IC sets the severity');
  expect(beside().split('\n')).toHaveLength(3);
  expect(alarmLine(bob.ui, bob.view, 80).some(({ text }) => text.includes('/sev'))).toBe(false);
  bob.press('escape');
  expect(bob.done).toContainEqual({ do: 'dismiss', id: 'A' });
  bob.sees(viewOf('bob')).press('up');
  expect([beside().includes('not done'), bob.draft]).toEqual([false, '/sev 0 everything is on fire']);
});
