import { expect, test } from 'vitest';
import { hintLines } from '../../src/console/input-area.ts';
import { currentLayout } from '../../src/console/state.ts';
import { STORY, Typist, viewOf, type Told } from './support.ts';

const many: readonly Told[] = [
  ...STORY,
  ...Array.from({ length: 40 }, (_, i): Told => ['bob', { kind: 'note', text: `entry ${i}` }, 50]),
];
const click = (person: Typist, x: number, y: number): void =>
  person.feed({ type: 'mouse', kind: 'press', x, y, at: 30_000 });

test('a click selects an entry, a second one opens it; a panel opens and closes', () => {
  const bob = new Typist(viewOf('bob', many), { cols: 120, rows: 36 });
  click(bob, 80, 31);
  const picked = bob.ui.selected;
  expect(picked).toBe(46);
  click(bob, 80, 31);
  expect(bob.ui.modal).toMatchObject({ kind: 'detail', seq: 46 });
  bob.press('escape', 'escape');
  click(bob, 5, 3);
  expect(bob.ui.zoom).toBe('health');
  click(bob, 5, 3);
  expect(bob.ui.zoom).toBe(null);
  expect(bob.done).toEqual([]);
});

test('a click on the strip fills the screen with the panel that has its health there', () => {
  for (const [cols, rows, x] of [
    [80, 24, 20],
    [40, 10, 5],
  ] as const) {
    const bob = new Typist(viewOf('bob', many), { cols, rows });
    const { strip } = currentLayout(bob.ui);
    click(bob, x, strip?.y ?? -1);
    expect(bob.ui.zoom).toBe('postgres');
    click(bob, x, 6);
    expect(bob.ui.zoom).toBe(null);
  }
});

test('a click or the wheel on a page does not reach what it covers', () => {
  const bob = new Typist(viewOf('bob', many), { cols: 120, rows: 36 }).type('/axis').press('enter');
  for (const page of [
    bob.ui,
    {
      ...bob.ui,
      over: { kind: 'runbook', name: 'x', answer: null, at: null, side: 'steps', scroll: null } as const,
    },
  ]) {
    bob.ui = page;
    click(bob, 5, 3);
    click(bob, 80, 31);
    bob.feed({ type: 'mouse', kind: 'wheelup', x: 80, y: 20, at: 30_000 });
    expect([bob.ui.zoom, bob.ui.selected, bob.ui.scroll]).toEqual([null, null, null]);
    // What fills the screen is not below the page.
    bob.press('alt-1');
    expect([bob.ui.zoom, bob.ui.over]).toEqual(['health', null]);
  }
});

/** Clicks the hint that begins with these words, where the frame shows it. */
function clickHint(person: Typist, words: string): void {
  const { hints } = currentLayout(person.ui);
  if (hints === null) throw new Error('there are no hints');
  const rows = hintLines(person.ui, person.view, hints.rows, hints.cols).map((line) =>
    line.map(({ text }) => text).join(''),
  );
  const y = rows.findIndex((row) => row.includes(words));
  expect(y, `no hint "${words}" in ${rows.join(' | ')}`).not.toBe(-1);
  click(person, rows[y]?.indexOf(words) ?? 0, hints.y + y);
}

test('a hint that is clicked is the key it names, in a form too', () => {
  const alice = new Typist(viewOf('alice', many), { cols: 120, rows: 36 });
  clickHint(alice, '/d decision');
  expect(alice.draft).toBe('/d ');
  alice.type('roll back');
  clickHint(alice, 'Enter');
  expect(alice.asked).toMatchObject([{ form: 'decision', text: 'roll back' }]);
  clickHint(alice, 'F2 severity');
  expect(alice.ui.modal).toMatchObject({ kind: 'form', action: 'sev' });
  clickHint(alice, 'Esc');
  expect([alice.ui.modal, alice.asked.length]).toEqual([null, 1]);
  click(alice, 119, 35);
  expect(alice.asked).toHaveLength(1);
});

test('in a list the wheel moves the mark', () => {
  const bob = new Typist(viewOf('bob', many)).press('ctrl-p');
  bob.feed({ type: 'mouse', kind: 'wheeldown', x: 5, y: 8, at: 30_000 });
  expect(bob.ui.modal).toMatchObject({ kind: 'palette', at: 1 });
});

test('the click that gives the window its focus does nothing', () => {
  const bob = new Typist(viewOf('bob', many), { cols: 120, rows: 36 });
  bob.feed({ type: 'focus', on: true, at: 29_900 });
  click(bob, 5, 3);
  clickHint(bob, 'F1');
  expect([bob.ui.zoom, bob.ui.modal]).toEqual([null, null]);
});

test('the place one reads does not move while entries arrive, and End goes back to live', () => {
  const bob = new Typist(viewOf('bob', many), { cols: 80, rows: 24 }).press('pageup');
  const away = bob.ui.scroll;
  expect(away).not.toBe(null);
  bob.sees(viewOf('bob', [...many, ['carol', { kind: 'note', text: 'one more' }, 1]]));
  expect(bob.ui.scroll).toEqual(away);
  bob.press('end');
  expect([bob.ui.scroll, bob.ui.readMark]).toEqual([null, 47]);
});

test('scrolled to the beginning and back by the wheel it is live again', () => {
  const bob = new Typist(viewOf('bob', many), { cols: 80, rows: 24 });
  const wheel = (kind: 'wheelup' | 'wheeldown'): void => bob.feed({ type: 'mouse', kind, x: 5, y: 8, at: 30_000 });
  for (let i = 0; i < 50; i++) wheel('wheelup');
  const top = bob.ui.scroll;
  wheel('wheelup');
  expect(bob.ui.scroll).toEqual(top);
  for (let i = 0; i < 50; i++) wheel('wheeldown');
  expect(bob.ui.scroll).toBe(null);
});

test('older entries are asked for when one scrolls past the oldest held here', () => {
  const whole = viewOf('bob', many);
  const bob = new Typist({ ...whole, events: whole.events.slice(20) }, { cols: 80, rows: 24 });
  for (let i = 0; i < 6; i++) bob.press('pageup');
  expect(bob.done[0]).toEqual({ do: 'page', from: 1 });
});

test('a pasted block becomes one entry, or one for each line with its own time', () => {
  const block = '12:40 deploy began\n12:44 errors rise\n-5m rolled back\n';
  expect(new Typist(viewOf('bob')).paste(block).press('enter').asked).toHaveLength(1);
  const each = new Typist(viewOf('bob')).type('/lines ').paste(block).press('enter');
  expect(each.asked).toMatchObject([{ text: 'deploy began' }, { text: 'errors rise' }, { text: 'rolled back' }]);
  expect(each.draft).toBe('');
  const menu = new Typist(viewOf('bob')).paste(block).press('ctrl-p').type('lines').wait(200).press('enter');
  expect([menu.asked, menu.draft]).toEqual([each.asked, '']);
  const bad = new Typist(viewOf('bob')).type('/lines ').paste('12:40 fine\n15:00 not yet\n').press('enter');
  expect(bad.asked).toEqual([]);
  expect(bad.draft).toContain('15:00 not yet');
});

test('over a zoomed panel the wheel moves the panel, and an entry that is not on the screen stays', () => {
  const bob = new Typist(viewOf('bob', many), { cols: 80, rows: 24 }).press('alt-2');
  const wheel = (kind: 'wheelup' | 'wheeldown'): void => bob.feed({ type: 'mouse', kind, x: 5, y: 8, at: 30_000 });
  wheel('wheeldown');
  wheel('wheeldown');
  wheel('wheelup');
  expect([bob.ui.paged, bob.ui.scroll]).toEqual([3, null]);
  bob.press('alt-up');
  expect(bob.ui.scroll).toBe(null);
});

test('what one logs is seen at once, also from a panel that covers the timeline', () => {
  const bob = new Typist(viewOf('bob', many), { cols: 80, rows: 24 }).press('alt-2').type('seen it').press('enter');
  expect([currentLayout(bob.ui).timeline === null, bob.asked.length]).toEqual([false, 1]);
  const wide = new Typist(viewOf('bob', many), { cols: 120, rows: 36 }).press('alt-2').type('seen it').press('enter');
  expect(wide.ui.zoom).toBe('postgres');
});

test('what a search finds is shown, whatever has taken the place of the timeline', () => {
  for (const hidden of ['alt-2', '/panels 3']) {
    const bob = new Typist(viewOf('bob', many), { cols: 80, rows: 24 });
    if (hidden.startsWith('/')) bob.type(hidden).press('enter');
    else bob.press(hidden);
    expect(currentLayout(bob.ui).timeline).toBe(null);
    bob.press('ctrl-f').type('"entry 5"').wait(200).press('enter');
    expect([currentLayout(bob.ui).timeline === null, bob.ui.selected]).toEqual([false, 12]);
  }
});
