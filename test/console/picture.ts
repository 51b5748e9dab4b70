/** Draws a scene as SVG: `npx tsx test/console/picture.ts incident 120x36 > screen.svg`; without a name it lists them. */
import { toSvg as svg } from '../support/svg.ts';
import { shown } from './golden.ts';
import { SCENES, type At } from './scenes.ts';

const [name = '', at = '120x36', look = ''] = process.argv.slice(2);
const scene = SCENES[name];
if (scene === undefined) process.stdout.write(`${Object.keys(SCENES).join('\n')}\n`);
else {
  const { ui, view } = scene(at as At);
  process.stdout.write(svg(await shown({ ...ui, ascii: look === 'ascii' }, view, look === 'mono' ? 0 : 256)));
}
