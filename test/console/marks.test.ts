import { expect, test } from 'vitest';
import { timeline } from '../../panels/timeline.ts';
import { draftOf } from '../../src/terminal/editor.ts';
import { hintLines } from '../../src/console/input-area.ts';
import { modelOf, rowsOf } from '../../src/console/panel-view.ts';
import { timelineLines } from '../../src/console/timeline-view.ts';
import { typingTeller } from '../../src/console/typing-teller.ts';
import type { Line } from '../../src/terminal/text.ts';
import { STORY, Typist, viewOf, type Told } from './support.ts';

const more = (count: number): readonly Told[] => [
  ...STORY,
  ...Array.from({ length: count }, (_, i): Told => ['carol', { kind: 'note', text: `entry ${i}` }, 1]),
];
const lost = (told: readonly Told[]) => {
  const view = viewOf('bob', told);
  return { ...view, link: { ...view.link, state: 'lost' as const } };
};

test('what came while the hub was away stands after the mark, as since one left', () => {
  const bob = new Typist(viewOf('bob', more(2))).wait(0).sees(lost(more(2)));
  expect(bob.ui.readMark).toBe(8);
  bob.sees(viewOf('bob', more(5)));
  expect([bob.ui.readMark, bob.ui.left]).toEqual([8, true]);
  bob.press('end');
  expect([bob.ui.readMark, bob.ui.left]).toEqual([11, false]);
});

test('when nothing came meanwhile, what comes next is only new', () => {
  const bob = new Typist(viewOf('bob')).wait(0).sees(lost(STORY)).sees(viewOf('bob'));
  bob.sees(viewOf('bob', more(1)));
  expect(bob.ui.left).toBe(false);
});

test('who reads further up keeps the mark when the hub goes', () => {
  const bob = new Typist(viewOf('bob', more(60)), { cols: 80, rows: 24 }).press('pageup');
  const mark = bob.ui.readMark;
  bob.sees(viewOf('bob', more(61))).sees(lost(more(61)));
  expect(bob.ui.readMark).toBe(mark);
});

test('a console opened again marks what came since; switching to and fro does not', () => {
  const view = viewOf('bob', more(3));
  const bob = new Typist(viewOf('bob', []));
  bob.ui = { ...bob.ui, leftMarks: { [view.incident?.id ?? '']: 6 } };
  bob.sees(view);
  expect([bob.ui.readMark, bob.ui.left]).toEqual([6, true]);
  bob.sees(viewOf('bob', [])).sees(viewOf('bob', more(4)));
  expect([bob.ui.readMark, bob.ui.left]).toEqual([6, false]);
});

const hints = (bob: Typist): string =>
  hintLines(bob.ui, bob.view, 2, 200)
    .map((line: Line) => line.map(({ text }) => text).join(''))
    .join('\n');

test('no hint offers to write where nothing can be written', () => {
  expect(hints(new Typist(viewOf('bob', [])))).not.toMatch(/log it|edit last|decision|pin/);
  expect(hints(new Typist(viewOf('bob', [])))).toContain('F12 declare');
  expect(hints(new Typist(viewOf('bob')))).toContain('Enter log it');
  expect(hints(new Typist(viewOf('bob')).type('/sev 1'))).toMatch(/Enter do it(?!.*log it)/);
});

test('the mark on the timeline says which of the two it is', () => {
  const rows = (bob: Typist): string =>
    rowsOf(bob.ui, bob.view)
      .map(({ line }) => line.map(({ text }) => text).join(''))
      .join('\n');
  const bob = new Typist(viewOf('bob')).wait(0).sees(viewOf('bob', more(2)));
  expect(rows(bob)).toContain('new since you looked (2)');
  bob
    .press('end')
    .sees(lost(more(2)))
    .sees(viewOf('bob', more(5)));
  expect(rows(bob)).toContain('since you left (3)');
});

test('the hints of a list do not speak of fields', () => {
  expect(hints(new Typist(viewOf('bob')).press('ctrl-p'))).not.toContain('next field');
  expect(hints(new Typist(viewOf('alice')).press('f2'))).toContain('next field');
});

test('others are told while an entry is written, again every few seconds of it, and who types stands in the title', () => {
  const told: (readonly [boolean, number])[] = [];
  const bob = new Typist(viewOf('bob'));
  let at = 0;
  const teller = typingTeller((on) => told.push([on, at]));
  const after = (ms: number, draft: string): void => {
    at += ms;
    bob.ui = { ...bob.ui, draft: draftOf(draft) };
    teller(bob.ui, bob.view, at);
  };
  for (const draft of ['', 'p', 'po', 'poo', 'pool']) after(1000, draft);
  after(2000, 'pool i');
  teller(bob.ui, bob.view, (at += 60_000));
  after(1000, '');
  after(1000, '/sev 1');
  expect(told).toEqual([
    [true, 2000],
    [true, 7000],
    [false, 68_000],
  ]);
  const title = (names: readonly string[], cols = 80): string => {
    const people = bob.view.people.map((one) => (names.includes(one.name) ? { ...one, typing: true as const } : one));
    const model = modelOf(bob.ui, { ...bob.view, people });
    const [first = []] = timelineLines(timeline, model, { x: 0, y: 0, cols, rows: 5 }, 'strip', bob.ui);
    return first.map(({ text }) => text).join('');
  };
  expect(title(['carol', 'bob'])).toContain(' carol is typing  live ');
  expect(title(['carol', 'alice'])).toContain(' 2 people are typing  live ');
  expect(title(['bob'])).not.toContain('typing');
  expect(title(['carol'], 40)).not.toContain('typing');
});
