/** A small full-screen program whose keys end it in every way a program can end. On the built code: it starts at once. */
import { writeFileSync } from 'node:fs';
import { installLeave } from '../../dist/src/terminal/leave.js';
import { openScreen } from '../../dist/src/terminal/screen.js';
import { span } from '../../dist/src/terminal/text.js';
import { makeTheme } from '../../dist/src/terminal/theme.js';

const file = process.argv[2];
const screen = openScreen({ theme: makeTheme('auto', 256), ascii: false, title: 'leave', strict: true });
installLeave({
  screen,
  save: () => writeFileSync(`${file}.draft`, 'kept'),
  logFile: `${file}.logs/log`,
});
screen.setMouse(true);

let frames = 0;
function draw() {
  const { cols, rows } = screen.size();
  const line = [span(`READY pid=${process.pid} frame=${++frames} size=${cols}x${rows} end`, 'ok')];
  screen.draw({ regions: [{ id: 'a', x: 0, y: 0, cols, rows: 1, lines: [line] }], cursor: { x: 3, y: 0 } });
}

const ACTIONS = {
  q: () => process.exit(0),
  t: () =>
    void setTimeout(() => {
      throw new Error('thrown \x1b[2J on purpose');
    }),
  r: () => void Promise.reject(new Error('rejected on purpose')),
  l: () => void process.on('uncaughtException', () => {}),
  w: () => {
    process.emitWarning('a warning of the process');
    console.error('a line of a library');
    setTimeout(draw, 20);
  },
  'ctrl-z': () => void screen.suspend(),
};
screen.onInput((event) => {
  if (event.type === 'key') ACTIONS[event.name]?.();
});
screen.onResize(draw);
draw();
