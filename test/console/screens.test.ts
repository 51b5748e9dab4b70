/**
 * Whole screens, kept as text in `golden/`, one file a scene: the text at every size, the colours at 80x24, and of the
 * incident also the looks without colours and the text in ASCII. What mono and ASCII may change is asserted for all.
 * Some scenes are kept whole, of the others the rows that differ from the same screen without the modal, or from the
 * plain incident. `npx vitest run test/console/screens.test.ts -u` writes them anew, and the diff is the review.
 */
import { describe, expect, test } from 'vitest';
import { looks, said, shown, Stage, type Picture } from './golden.ts';
import { SCENES, seat, sick, SIZES, type At } from './scenes.ts';
import type { Typist } from './support.ts';

/** Scenes that are shown whole at every size. */
const WHOLE = ['incident', 'idle', 'panels only', 'long words'];
/** The scene that is kept in mono and in ASCII as well; the others follow from their text and colours. */
const EVERY_LOOK = 'incident';
/** The size at which colours are kept: a larger screen has the same ones. */
const COLOURED = '80x24';
/** The size that costs most to draw; without colours and in ASCII only the scenes that are shown whole are drawn at it. */
const LARGEST = '200x55';
/** People write in their own letters, in ASCII too. */
const FOREIGN = 'long words';

type Snapshot = 'colour' | 'mono' | 'ascii';
const stages = new Map<string, Stage>();

function stageOf(at: At, look: Snapshot): Stage {
  const [cols = 80, rows = 24] = at.split('x').map(Number);
  const stage = stages.get(at + look) ?? new Stage(cols, rows, look === 'mono' ? 0 : 256, look === 'ascii');
  stages.set(at + look, stage);
  return stage;
}

/** The plain incident, drawn once at each size. */
const plain = new Map<string, Picture>();
async function incident(at: At, look: Snapshot): Promise<Picture> {
  const { ui, view } = SCENES['incident']!(at);
  const known = plain.get(at + look) ?? (await stageOf(at, look).show({ ...ui, ascii: look === 'ascii' }, view));
  plain.set(at + look, known);
  return known;
}

/** The scene, and what it is compared with: null where it is shown whole. */
async function drawn(name: string, { ui, view }: Typist, at: At, look: Snapshot): Promise<[Picture, Picture | null]> {
  const seen = { ...ui, ascii: look === 'ascii' };
  const stage = stageOf(at, look);
  if (WHOLE.includes(name)) return [await stage.show(seen, view), null];
  const base = ui.modal === null ? await incident(at, look) : await stage.show({ ...seen, modal: null }, view);
  return [await stage.show(seen, view), base];
}

/** The cells that are marked by more than a colour. */
const marked = ({ cells }: Picture): string[] =>
  cells.flatMap((row, y) => row.flatMap(({ inverse, strike }, x) => (inverse || strike ? [`${x + 1},${y + 1}`] : [])));

describe('looks as reviewed', () => {
  for (const name of Object.keys(SCENES))
    test(name, async () => {
      const parts: string[] = [];
      for (const at of [COLOURED, ...SIZES.filter((size) => size !== COLOURED)] as const) {
        const person = SCENES[name]!(at);
        const colour = await drawn(name, person, at, 'colour');
        parts.push(`===== ${at}`, said(...colour), '');
        if (at === LARGEST && !WHOLE.includes(name)) continue;
        const mono = await drawn(name, person, at, 'mono');
        const ascii = await drawn(name, person, at, 'ascii');
        // Without colours it says the same; in ASCII it has other signs and nothing else.
        expect(mono[0].rows).toEqual(colour[0].rows);
        expect(mono[0].cells.flat().some(({ fg }) => fg !== null)).toBe(false);
        expect(marked(mono[0])).toEqual(expect.arrayContaining(marked(colour[0])));
        if (name !== FOREIGN) expect(ascii[0].rows.join('')).toMatch(/^[\x20-\x7e]*$/);
        if (at === COLOURED) parts.push(looks(...colour), '');
        if (name === EVERY_LOOK && at === COLOURED)
          parts.push(`----- ${at} mono`, looks(...mono), '', `----- ${at} ascii`, said(...ascii), '');
      }
      await expect(parts.join('\n')).toMatchFileSnapshot(`golden/${name.replaceAll(' ', '-')}.txt`);
    });
});

test('too small is said, and the line still logs', async () => {
  const bob = seat(sick, '30x6').type('still here');
  expect((await shown(bob.ui, bob.view)).row(5)).toContain('still here');
  expect(bob.press('enter').asked).toEqual([{ kind: 'note', text: 'still here' }]);
  const dot = seat(sick, '1x1').type('x').press('f2', 'f1', 'tab');
  await shown(dot.ui, dot.view);
});
