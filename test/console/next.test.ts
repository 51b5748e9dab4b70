/** The list of what is next on the screen: Alt-N opens it, Enter opens the form of the marked item, filled in. */
import { expect, test } from 'vitest';
import { shownForm } from '../../src/console/form.ts';
import { drawModal } from '../../src/console/modal-view.ts';
import { nextOfView } from '../../src/console/next.ts';
import { clocks } from '../../src/incident/clocks.ts';
import { SIZES, seat, sick } from './scenes.ts';
import { shown } from './golden.ts';
import { NOW, STORY, Typist, viewOf, type Told } from './support.ts';

const declared: readonly Told[] = [['alice', { kind: 'declare', title: 'no checkout', severity: 'SEV-1' }, 60]];
const values = ({ ui, view }: Typist): unknown => {
  if (ui.modal?.kind !== 'form') return ui.modal?.kind;
  return [ui.modal.action, shownForm(ui.modal, view).values];
};
const rows = ({ ui, view }: Typist, cols = 70): string =>
  drawModal(ui, ui.modal!, view, { cols, rows: 20, ascii: false })
    .lines.map((line) => line.map(({ text }) => text).join(''))
    .join('\n');

test('Alt-N lists all there is to do, with step, deadline, who may and the key', () => {
  const bob = new Typist(viewOf('bob', declared)).press('alt-n');
  expect(rows(bob)).toMatch(/> ■ observe\s+04:00 acknowledge\s+anyone Alt-A/);
  expect(rows(bob)).toMatch(/▲ act\s+29:00\s+first public update\s+COMMS\/IC\s+F8/);
  expect(rows(bob, 36)).toMatch(/> ■ 04:00 acknowledge .*Alt-A/);
  expect(
    rows(bob)
      .split('\n')
      .filter((row) => /Alt-A|F4|F8/.test(row)),
  ).toHaveLength(4);
});

test('Enter opens the form of the marked item, filled in; only a second Enter writes', () => {
  const bob = new Typist(viewOf('bob', declared)).press('alt-n').wait(200).press('enter');
  expect(values(bob)).toEqual(['ack', { what: 'incident' }]);
  expect(bob.asked).toEqual([]);
  expect(bob.wait(200).press('enter').asked).toEqual([{ kind: 'acknowledge' }]);
  const carol = new Typist(viewOf('carol', declared)).press('alt-n', 'down').wait(200).press('enter');
  expect(values(carol)).toEqual(['role', { role: 'ic', name: 'carol', why: '' }]);
  expect(carol.wait(200).press('enter').asked).toMatchObject([{ kind: 'assign_role', role: 'ic', name: 'carol' }]);
});

test('what may not be done from here says why, and the list stays', () => {
  const view = viewOf('bob', STORY);
  const at = nextOfView(view).findIndex(({ what }) => what === 'update');
  const bob = new Typist(view).press('alt-n', ...Array.from({ length: at }, () => 'down')).wait(200);
  bob.press('enter');
  expect([bob.ui.modal?.kind, bob.ui.notice?.bad]).toEqual(['next', true]);
  expect(bob.ui.notice?.text).toContain('COMMS tells the public');
});

test('of alarms the one that is marked is acknowledged', () => {
  const alarm = (alert: string, severity: 'SEV-1' | 'SEV-2') => ({
    alert,
    rule: alert,
    state: 'firing' as const,
    severity,
    summary: `${alert} is bad`,
    since: new Date(NOW - 1000).toISOString(),
    runbook: null,
    labels: {},
    incident: null,
  });
  const view = viewOf('bob', [], { alerts: [alarm('pool', 'SEV-1'), alarm('cart', 'SEV-2')] });
  const bob = new Typist(view).press('alt-n', 'down').wait(200).press('enter').wait(200).press('enter');
  expect(bob.asked).toEqual([{ kind: 'acknowledge', alert: 'cart' }]);
  const elsewhere = viewOf('bob', [], { alerts: [{ ...alarm('pool', 'SEV-1'), incident: '2026-11-23-other' }] });
  expect(nextOfView(elsewhere)).toEqual([]);
});

test('the list is made once for each view, and anew for the next', () => {
  const view = viewOf('bob', declared);
  expect(nextOfView(view)).toBe(nextOfView(view));
  const later = { ...view, now: NOW + 600_000, clocks: clocks(view.incident!, NOW + 600_000) };
  expect(nextOfView(later)[0]).toMatchObject({ what: 'acknowledge', late: true });
});

test.each(SIZES)('at %s it is a panel where there is room, and one line where there is none', async (at) => {
  const bob = seat(sick, at);
  const screen = (await shown(bob.ui, bob.view)).rows().join('\n');
  const hasPanel = at === '120x36' || at === '200x55';
  expect(screen.includes('─ NEXT')).toBe(hasPanel);
  expect(screen).toMatch(/public u(pdate|…) .*F8/);
});
