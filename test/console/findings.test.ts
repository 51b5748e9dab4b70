/** What people who used the console stumbled over. */
import { expect, test } from 'vitest';
import { editorText, emptyDraft, insertPaste } from '../../src/terminal/editor.ts';
import { currentLayout } from '../../src/console/state.ts';
import { shown } from './golden.ts';
import { seat, sick, type At } from './scenes.ts';
import { ALERTS } from '../support/models.ts';
import { STORY, Typist, viewOf, type Told } from './support.ts';

const screen = async ({ ui, view }: Typist): Promise<string> => (await shown(ui, view)).rows().join('\n');

test('what Ctrl-W, U and K cut comes back with Ctrl-Y; with nothing cut it copies the entry', () => {
  for (const key of ['ctrl-w', 'ctrl-u']) {
    const bob = new Typist(viewOf('bob')).type('rollback').press(key);
    expect(bob.draft).toBe('');
    expect(bob.press('ctrl-y').draft).toBe('rollback');
    expect(bob.done).toEqual([]);
  }
  expect(new Typist(viewOf('bob')).type('rollback').press('home', 'ctrl-k', 'ctrl-y').draft).toBe('rollback');
  expect(new Typist(viewOf('bob')).type('x').press('ctrl-y').done).toMatchObject([{ do: 'copy' }]);
});

test.each(['q', ':q', ':q!', ':wq', 'quit', 'exit'])('%s alone is understood, not logged', (line) => {
  const bob = new Typist(viewOf('bob')).type(line).press('enter');
  expect([bob.asked, bob.ui.notice?.text]).toEqual([
    [],
    `"${line}" is not logged: /quit leaves, the incident stays open`,
  ]);
  expect(new Typist(viewOf('bob')).type(`//${line}`).press('enter').asked).toMatchObject([{ kind: 'note' }]);
  expect(new Typist(viewOf('bob')).type(`${line} says bob`).press('enter').asked).toMatchObject([{ kind: 'note' }]);
});

test('an own entry that the filter or the level does not match is shown, and it is said', async () => {
  const later: Told = ['alice', { kind: 'note', text: 'something else entirely' }, 5];
  const others: Told = ['dan', { kind: 'note', text: 'words of somebody else' }, 4];
  for (const line of ['/filter by:bob', '/level key']) {
    const alice = new Typist(viewOf('alice', STORY)).type(line).press('enter');
    alice.sees(viewOf('alice', [...STORY, later, others]));
    const seen = await screen(alice);
    expect(seen).toContain('something else entirely');
    expect(seen).not.toContain('words of somebody else');
    expect(seen).not.toContain('PG connections climbing');
    if (line.startsWith('/filter')) expect(seen).toContain('only by:bob and what you write');
  }
});

test('a search lands on the first line of a long entry, also of one that the filter hid', async () => {
  const long: Told = ['carol', { kind: 'note', text: `haystack begins ${'and goes on '.repeat(100)}` }, 30];
  const many = Array.from({ length: 40 }, (_, i): Told => ['bob', { kind: 'note', text: `row ${i}` }, 20]);
  const view = viewOf('alice', [...STORY, long, ...many]);
  for (const before of ['', '/filter by:bob'])
    for (const at of [
      { cols: 80, rows: 24 },
      { cols: 40, rows: 10 },
    ]) {
      const alice = new Typist(view, at);
      if (before !== '') alice.type(before).press('enter');
      alice.press('ctrl-f').type('haystack').press('enter').wait(200).press('enter');
      expect(await screen(alice)).toContain('haystack');
    }
});

test('an entry of 2,000 characters is folded at every size', async () => {
  for (const at of ['40x10', '80x24', '120x36', '200x55'] as const) {
    const [cols = 0, rows = 0] = at.split('x').map(Number);
    const view = viewOf('bob', [...STORY, ['carol', { kind: 'note', text: 'word '.repeat(400) }, 5]]);
    expect(await screen(new Typist(view, { cols, rows }))).toMatch(/\.\.\. 2000\s+characters|\.\.\. 1999 characters/);
  }
});

test('colours pasted from a terminal go whole', () => {
  const pasted = '\x1b[1;31mERROR\x1b[0m pool \x1b[38;5;208mfull\x1b[m \x1b]8;;https://x\x07link\x1b]8;;\x1b\\ end';
  expect(editorText(insertPaste(emptyDraft, pasted))).toBe('ERROR pool full link end');
  const bob = new Typist(viewOf('bob')).paste(pasted).press('enter');
  expect(bob.asked).toEqual([{ kind: 'note', text: 'ERROR pool full link end' }]);
});

test('emoji of several parts stay whole: typed, deleted as one, and logged', () => {
  const family = '👩‍🚒';
  for (const whole of [family, '🇩🇪', '👍🏽', '❤️']) {
    const bob = new Typist(viewOf('bob')).type(`a${whole}`);
    expect(bob.ui.draft.pieces).toEqual(['a', whole]);
    expect(bob.press('backspace').draft).toBe('a');
    expect(bob.type(`${whole} ok`).press('enter').asked).toEqual([{ kind: 'note', text: `a${whole} ok` }]);
  }
});

test('the smallest screen shows severity, status, IC and the next clock', async () => {
  const [first = '', , title = ''] = (await screen(seat(sick, '40x10'))).split('\n');
  expect(first).toBe(' SEV-1  INVESTIGATING IC alice UPD 17:43');
  expect(title).toContain('checkout errors eu-west');
});

test('80x24 counts the alerts and what is open', async () => {
  const late = { ...sick, now: sick.now + 3_600_000, alerts: ALERTS };
  expect(await screen(seat(late, '80x24'))).toMatch(/─ ■ 3 alerts {2}\? 1 open {2}\+1 overdue {2}live ──/);
});

test('120x36: alerts, NEXT and what is open have a place, panels without a server are one row', async () => {
  const targets = sick.targets.filter(({ kind }) => kind === 'http' || kind === 'host');
  const seen = await screen(seat({ ...sick, targets }, '120x36'));
  for (const title of [
    '┌─ ALERTS',
    '┌─ NEXT',
    '┌─ OPEN',
    '┌─ HTTP ENDPOINTS',
    '┌─ HOST',
    '─ REDIS -',
    '─ PG -',
    '─ WS -',
  ])
    expect(seen).toContain(title);
  expect(seen).toContain('+ #16 @dan');
});

test.each(['80x24', '120x36', '200x55'] as const)(
  'at %s a panel that is not on the screen still has a number',
  (at: At) => {
    const bob = seat(sick, at).press('alt-6');
    expect(currentLayout(bob.ui).panels.map(({ id }) => id)).toEqual(['alerts']);
  },
);

test('the focused panel and field are recognisable without colours', async () => {
  const inverse = async (person: Typist): Promise<string> =>
    (await shown(person.ui, person.view, 0))
      .cells()
      .map((row) => row.map(({ ch, inverse: on }) => (on ? ch : ' ')).join(''))
      .join(' ')
      .replace(/ +/g, ' ');
  const at = '120x36';
  expect(await inverse(seat(sick, at).press('tab'))).toContain(' TIMELINE ');
  expect(await inverse(seat(sick, at).press('tab', 'tab', 'tab'))).toContain(' POSTGRES ');
  const form = seat(sick, at).press('f3').wait(200);
  expect(await inverse(form)).toContain(' Status ');
  expect(await inverse(form.press('tab'))).toMatch(/ (Reason|Why\?|Tell public) /);
  // `>` means only "here".
  const seen = await screen(seat(sick, '80x24').press('f3').wait(200));
  expect(seen.split('\n').filter((row) => /^│ *(?:\S+ )*> /.test(row))).toHaveLength(1);
});

test('at 200x55 the third column is as wide as its longest row asks', async () => {
  const named = (name: string) => ({
    ...sick,
    people: sick.people.map((one, i) => (i === 3 ? { ...one, name } : one)),
  });
  const wide = seat(named('Margarita Alexandrowna Konstantinopel-Wolkonskaja'), '200x55');
  expect(await screen(wide)).toContain('│ Margarita Alexandrowna Konstantinopel-Wolkonskaja');
  expect(currentLayout(wide.ui).context[0]?.rect.cols).toBe(60);
  const narrow = seat(named('dan'), '200x55');
  expect(currentLayout(narrow.ui).context[0]?.rect.cols).toBeGreaterThanOrEqual(48);
  expect(
    currentLayout(seat(named('Margarita Alexandrowna Konstantinopel-Wolkonskaja'), '200x55').ui).timeline?.cols,
  ).toBe(72);
});
