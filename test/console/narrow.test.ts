import { expect, test } from 'vitest';
import { alarmLine, hintLines, menuLines } from '../../src/console/input-area.ts';
import { currentLayout } from '../../src/console/state.ts';
import { drawHelp } from '../../src/console/help.ts';
import { drawModal } from '../../src/console/modal-view.ts';
import type { DeliveryView } from '../../src/protocol/messages.ts';
import type { Line } from '../../src/terminal/text.ts';
import { NOW, Typist, viewOf } from './support.ts';

const text = (lines: readonly Line[]): string => lines.map((line) => line.map((each) => each.text).join('')).join('\n');
const small = { cols: 40, rows: 10 };

test('a notice stands below the input, without room there above the alarm line in full, until it ends', () => {
  const bob = new Typist(viewOf('bob'), small).type('/sev 1').press('enter', 'escape');
  const above = (): readonly Line[] => menuLines(bob.ui, bob.view, currentLayout(bob.ui));
  const said = bob.ui.notice?.text ?? '';
  expect(said.length).toBeGreaterThan(40);
  expect(text(above()).replace(/\s+/g, ' ').trim()).toBe(said);
  bob.wait(9000);
  expect(above()).toEqual([]);
  // Not below suggestions for the line that was not accepted.
  const idle = new Typist(viewOf('bob', []), small).type('/postmortem').press('enter');
  expect(
    text(menuLines(idle.ui, idle.view, currentLayout(idle.ui)))
      .replace(/\s+/g, ' ')
      .trim(),
  ).toBe(idle.ui.notice?.text);
  idle.press('down');
  expect(text(menuLines(idle.ui, idle.view, currentLayout(idle.ui)))).toContain('> /postmortem');
  const carol = new Typist(viewOf('carol')).type('/sev 1').press('enter');
  expect(menuLines(carol.ui, carol.view, currentLayout(carol.ui))).toEqual([]);
  expect(text(hintLines(carol.ui, carol.view, 2, 80))).toContain('/sev: only the IC sets the severity');
  expect(text([alarmLine(carol.ui, carol.view, 80)])).not.toContain('/sev');
});

test('modals of a small screen spend their rows on what they list', () => {
  const bob = new Typist(viewOf('bob'), small).press('ctrl-p');
  const place = { cols: 36, rows: 5, ascii: false };
  const { modal } = bob.ui;
  if (modal?.kind !== 'palette') throw new Error('no palette');
  expect(drawModal(bob.ui, modal, bob.view, place).lines).toHaveLength(5);
  expect(text(drawModal(bob.ui, modal, bob.view, place).lines)).not.toMatch(/^\s*$/m);
  const now = new Date(NOW).toISOString();
  const one = (id: string): DeliveryView => ({
    id,
    receiver: 'pd',
    kind: 'page',
    about: 2,
    severity: 'SEV-1',
    status: 'declared',
    level: 'L1',
    at: now,
    state: 'delivered',
    attempts: 1,
    sentAt: now,
    settledAt: now,
    incident: '2026-11-23-x',
  });
  const told = viewOf('bob', [], { deliveries: ['a', 'b', 'c'].map(one) });
  const list = new Typist(told, small).type('/deliveries').press('enter');
  const drawn = drawModal(list.ui, list.ui.modal!, told, { ...place, rows: 3 }).lines;
  expect(text(drawn)).toMatch(/^.*pd: page L1.*\n.*pd: page L1.*\n.*Esc close/);
  const help = { kind: 'help', query: modal.query, at: 0, over: null, openedAt: 0 } as const;
  expect(text(drawHelp(help, bob.view, bob.ui, place).lines)).not.toMatch(/^\s*$/m);
});

test('an Escape that comes in one piece with a command closes, and the command keeps its slash', () => {
  const bob = new Typist(viewOf('alice')).type('half').press('alt-/').type('sev 1 worse').press('enter');
  expect(bob.asked).toEqual([{ kind: 'set_severity', to: 'SEV-1', seen: 'SEV-2', why: 'worse' }]);
  expect(bob.ui.history).toContain('half');
  const carol = new Typist(viewOf('alice')).press('f1').press('alt-/').type('ack');
  expect([carol.ui.modal, carol.draft]).toEqual([null, '/ack']);
});
