/** The time axis: where entries stand on it, and the cursor over them. */
import { expect, test } from 'vitest';
import { LANES } from '../../src/report/timeline.ts';
import { Memo } from '../../panels/memo.ts';
import type { View } from '../../src/console/view.ts';
import { width } from '../../src/terminal/text.ts';
import { at, type Step } from '../incident/story.ts';
import { inRoom, seat, type At } from './scenes.ts';
import { shown } from './golden.ts';

const STEPS: readonly Step[] = [
  ['alice', { kind: 'declare', title: 'checkout errors', severity: 'SEV-1' }, 0],
  ['alice', { kind: 'assign_role', role: 'ic', name: 'alice' }, 1],
  ['bob', { kind: 'mark_change', what: 'web 4.118 deployed', by: 'bob', at: at(-1) }, 2],
  ['bob', { kind: 'note', text: 'pool is full' }, 3],
  ['alice', { kind: 'note', form: 'decision', text: 'roll back web' }, 4],
  ['carol', { kind: 'note', text: 'errors went up' }, 24],
  ['bob', { kind: 'note', text: 'seen in the logs' }, 24.01],
  ['carol', { kind: 'note', text: 'the vendor is fine', at: at(6) }, 30],
  ['alice', { kind: 'update_public', text: 'Some payments fail.' }, 31],
];
const view = inRoom(STEPS, 'bob');
const axis = (size: At = '80x24', seen: View = view) => seat(seen, size).type('/axis').press('enter');
const cursor = (typist: ReturnType<typeof axis>): number | null =>
  typist.ui.over?.kind === 'time axis' ? typist.ui.over.seq : null;

test('the cursor moves over the entries of a lane and between lanes; Enter goes to the entry, Esc closes', () => {
  const bob = axis();
  expect(bob.ui.over).toEqual({ kind: 'time axis', seq: null, points: [] });
  const seqs = (...keys: string[]): readonly (number | null)[] =>
    keys.map((key) => {
      bob.press(key);
      return cursor(bob);
    });
  const update = view.events.at(-1)!.seq;
  expect(seqs('right', 'down')[0]).toBe(update);
  const own = view.events.filter(({ kind }) => kind === 'noted').map(({ seq }) => seq);
  // In the order in which it happened: the vendor's answer, written last, comes before what was seen in the logs.
  expect(seqs('end', 'left', 'left')).toEqual([own[3], own[2], own[4]]);
  bob.press('home', 'up', 'up', 'up', 'up', 'up');
  expect(view.events.find(({ seq }) => seq === cursor(bob))?.kind).toBe('change_marked');
  bob.press('enter');
  expect(bob.ui.over).toBeNull();
  expect(bob.ui.selected).toBe(view.events.find(({ kind }) => kind === 'change_marked')?.seq);
  expect(axis().press('escape').ui.over).toBeNull();
  expect(bob.asked).toEqual([]);
});

test('what is typed goes to the line, and while something is typed no key goes to the axis', () => {
  const bob = axis().type('gone').press('left');
  expect([bob.draft, cursor(bob)]).toEqual(['gone', null]);
  expect(bob.press('enter').asked).toEqual([{ kind: 'note', text: 'gone' }]);
});

test('silence, what was late and what falls together can be seen, also without colours', async () => {
  const { ui, view: seen } = axis('120x36');
  const screen = (await shown(ui, seen, 0)).text();
  expect(screen).toMatch(/entries .*18 min.*2/);
  expect(screen).toMatch(/entries +[─!>│]*o/);
  expect(screen).toMatch(/changes +o/);
  for (const lane of LANES) expect(screen).toContain(lane);
  const plain = (await shown({ ...ui, ascii: true }, seen, 0)).text();
  expect(plain).toMatch(/^[\x20-\x7e\n]*$/);
});

test('entries of another day than the last say the day', async () => {
  const { ui, view: seen } = axis(
    '120x36',
    inRoom([...STEPS, ['alice', { kind: 'note', text: 'a day on' }, 1500]], 'bob'),
  );
  const screen = (await shown(ui, seen, 0)).text();
  expect(screen).toMatch(/> #\d+ {2}\d\d:\d\d:00 /);
  expect(screen).toMatch(/Mon 03:\d\d:00 . carol: the vendor is fine/);
});

test('on a small screen the lane of the cursor and its entry are left', async () => {
  const { ui, view: seen } = axis('40x10').press('left');
  const rows = (await shown(ui, seen)).text().split('\n');
  expect(rows.join('\n')).toContain('Some payments fail');
  for (const row of rows) expect(width(row)).toBeLessThanOrEqual(40);
});

test('older entries are fetched, another incident closes it, and a flood does not make it anew with each entry', () => {
  const late: View = { ...view, events: view.events.slice(5) };
  expect(axis('80x24', late).done.at(-1)).toEqual({ do: 'page', from: 1 });
  expect(axis().sees({ ...view, incident: { ...view.incident!, id: '2026-11-23-other' } }).ui.over).toBeNull();
  const last = view.events.at(-1)!;
  const many = Array.from({ length: 5_000 }, (_, i) => ({ ...last, seq: last.seq + i + 1, at: at(31 + i / 60) }));
  const memo = new Memo();
  const bob = axis('200x55', { ...view, events: [...view.events, ...many], memo });
  const started = performance.now();
  bob.press('left');
  const first = performance.now() - started;
  const again = performance.now();
  for (let i = 0; i < 20; i++) bob.sees({ ...bob.view, events: [...bob.view.events, { ...last, seq: 6_000 + i }] });
  bob.press('left');
  expect((performance.now() - again) / 21).toBeLessThan(Math.max(5, first / 2));
});

test('turning points of metrics stand in a lane of their own, and among the entries', async () => {
  const bob = axis('120x36');
  expect(bob.done.filter(({ do: what }) => what === 'measure')).toEqual([
    { do: 'measure', incident: view.incident?.id },
  ]);
  const point = { target: 'cache', metric: 'memory', from: '61%', to: '94%', weight: 3 } as const;
  const points = [{ ...point, at: Date.parse(at(30.5)), text: 'memory 94%, over 90%' }];
  // Those of another incident, which was shown before, are too late.
  bob.feed({ type: 'measured', incident: 'other', points, at: 20_000 });
  expect((await shown(bob.ui, bob.view, 0)).text()).not.toContain('metrics');
  bob.feed({ type: 'measured', incident: view.incident!.id, points, at: 20_000 });
  const screen = (await shown(bob.ui, bob.view, 0)).text();
  expect(screen).toMatch(/metrics +─+◇/);
  expect(screen).toMatch(/03:30:30 ◇ cache: memory 94%, over 90%/);
});
