/**
 * Draws a screen of the tests as SVG, for documents and for review:
 * `npx tsx test/screens/render.ts NAME COLSxROWS [--mono] [--ascii] [--theme light] > screen.svg`
 * NAME is a scene of the console (`incident`), or a panel in one of its states (`postgres:sick`). Without it: all names.
 */
import { parseArgs } from 'node:util';
import { PANELS } from '../../panels/index.ts';
import { frame } from '../../src/console/frame.ts';
import { openScreen } from '../../src/terminal/screen.ts';
import type { Frame } from '../../src/terminal/paint.ts';
import { makeTheme, THEMES } from '../../src/terminal/theme.ts';
import { SCENES, type At } from '../console/scenes.ts';
import { STATES } from '../panels/states.ts';
import { DARK, LIGHT, toSvg } from '../support/svg.ts';
import { vt } from '../support/vt.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    mono: { type: 'boolean', default: false },
    ascii: { type: 'boolean', default: false },
    theme: { type: 'string', default: 'auto' },
  },
});
const [name = '', at = '120x36'] = positionals;
const [cols = 0, rows = 0] = at.split('x').map(Number);
const theme = THEMES.find((each) => each === values.theme);
const panels = [PANELS.header, ...PANELS.slotted, PANELS.timeline, ...PANELS.context];

/** A panel alone on the screen. */
function panelFrame(): Frame | null {
  const [id, state] = name.split(':');
  const panel = panels.find((each) => each.id === id);
  const model = STATES.find(([each]) => each === state)?.[1];
  if (panel === undefined || model === undefined) return null;
  const lines = panel.render({ ...model, ascii: values.ascii }, { cols: cols - 2, rows });
  return { regions: [{ id: panel.id, x: 1, y: 0, cols: cols - 2, rows, lines }], cursor: null };
}

function sceneFrame(): Frame | null {
  const scene = SCENES[name];
  if (scene === undefined) return null;
  const { ui, view } = scene(at as At);
  return frame({ ...ui, ascii: values.ascii, slotsFor: values.ascii ? '' : ui.slotsFor }, view, PANELS);
}

const drawn = cols > 0 && rows > 0 && theme !== undefined ? (sceneFrame() ?? panelFrame()) : null;
if (drawn === null || theme === undefined) {
  const states = STATES.map(([state]) => state).join(', ');
  process.stderr.write(
    `scenes: ${Object.keys(SCENES).join(', ')}\npanels: ${panels.map(({ id }) => id).join(', ')}, each with :STATE of ${states}\nthemes: ${THEMES.join(', ')}\n`,
  );
  process.exit(2);
}
const terminal = vt(cols, rows);
const look = makeTheme(values.mono ? 'mono' : theme, values.mono ? 0 : 256);
openScreen({ ...terminal, theme: look, ascii: values.ascii, strict: true }).draw(drawn);
await terminal.flush();
process.stdout.write(toSvg(terminal, theme === 'light' ? LIGHT : DARK));
