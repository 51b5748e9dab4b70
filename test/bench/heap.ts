/** Heap before and after 10,000 frames with 1,000 modals; run with --expose-gc, prints one JSON line. */
import { PassThrough, Writable } from 'node:stream';
import { PANELS } from '../../panels/index.ts';
import { frame } from '../../src/console/frame.ts';
import { openScreen } from '../../src/terminal/screen.ts';
import { makeTheme } from '../../src/terminal/theme.ts';
import { SCENES, sick } from '../console/scenes.ts';

const FRAMES = 10_000;
const MODALS = 1_000;

const nowhere = Object.assign(new Writable({ write: (_chunk, _encoding, done) => done() }), {
  columns: 160,
  rows: 45,
  isTTY: true,
});
const silent = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => silent });
const screen = openScreen({
  input: silent as never,
  output: nowhere as never,
  theme: makeTheme('auto', 256),
  ascii: false,
});
const panels = PANELS;
const typist = SCENES['incident']?.('160x45' as never);
if (typist === undefined) throw new Error('there is no scene "incident"');

function draw(frames: number, modals: number): void {
  if (typist === undefined) return;
  const every = Math.floor(frames / modals);
  for (let at = 0; at < frames; at++) {
    if (at % every === 0) typist.press('f2').wait(200);
    if (at % every === Math.floor(every / 2)) typist.press('escape').wait(200);
    typist.sees({ ...sick, now: sick.now + at * 1000 });
    screen.draw(frame(typist.ui, typist.view, panels));
  }
  typist.done.length = 0;
}

const used = (): number => {
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 2 ** 20;
};
// What is remembered on purpose (composed texts) fills up first.
draw(2_000, 200);
const before = used();
draw(FRAMES, MODALS);
const after = used();
screen.close();
process.stdout.write(
  `${JSON.stringify({ frames: FRAMES, modals: MODALS, beforeMiB: before, afterMiB: after, growthMiB: after - before })}\n`,
);
process.exit(0);
