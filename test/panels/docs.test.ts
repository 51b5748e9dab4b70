/** The example of docs/panels.md is the file mail.ts beside this one, and works in the room. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { PANELS } from '../../panels/index.ts';
import { frame } from '../../src/console/frame.ts';
import { wishesOf } from '../../src/console/panel-view.ts';
import { openScreen } from '../../src/terminal/screen.ts';
import { makeTheme } from '../../src/terminal/theme.ts';
import { SCENES } from '../console/scenes.ts';
import { Typist } from '../console/support.ts';
import { model } from '../support/models.ts';
import { HTTP, reading } from '../support/readings.ts';
import { target } from '../support/targets.ts';
import { vt } from '../support/vt.ts';
import { faults } from './drawn.ts';
import { mail } from './mail.ts';
import { SIZES, STATES } from './states.ts';

const read = (file: string): string => readFileSync(path.join(import.meta.dirname, file), 'utf8');

test('the example is this file, as it would stand in panels/', () => {
  const [, example] = /```ts\n([^]*?)```/.exec(read('../../docs/panels.md')) ?? [];
  const moved = (example ?? '').replaceAll("'./", "'../../panels/").replaceAll("'../src/", "'../../src/");
  expect(moved).toBe(read('mail.ts'));
});

const told = (waiting: number) => [
  target('mailer', 'http', reading('mailer', 'http', { ...HTTP, mail_queue_length: waiting })),
];

test('it keeps the contract in every state and size', () => {
  for (const [state, looked] of [...STATES, ['told', model({ targets: told(3) })] as const])
    for (const size of SIZES) {
      const where = `${state}, ${size.cols}x${size.rows}`;
      expect(faults(mail.render(looked, size), size), where).toEqual([]);
      expect(faults([mail.summary(looked, size.cols)], { cols: size.cols, rows: 1 }), where).toEqual([]);
    }
  expect(mail.health(model({ targets: told(3) }))).toBe('ok');
  expect(mail.health(model({ targets: told(3000) }))).toBe('warn');
  expect(mail.health(model({ targets: [] }))).toBe('none');
});

test('beside the others it is on the screen', async () => {
  const panels = { ...PANELS, slotted: [...PANELS.slotted, mail] };
  const size = { cols: 120, rows: 60 };
  const { view } = SCENES['idle']!('120x36');
  const person = new Typist({ ...view, targets: told(3000) }, size, wishesOf(panels));
  const terminal = vt(size.cols, size.rows);
  const screen = openScreen({ ...terminal, theme: makeTheme('auto', 256), ascii: false, strict: true });
  screen.draw(frame(person.ui, person.view, panels));
  await terminal.flush();
  expect(terminal.text()).toContain('MAIL  ▲ WARN');
  expect(terminal.text()).toContain('3,000 waiting');
});
