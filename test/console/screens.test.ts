/** Whole screens, kept as text in `golden/`; `npx vitest run test/console -u` writes them anew, and the diff is the review. */
import { expect, test } from 'vitest';
import { picture, shown } from './golden.ts';
import { SCENES, seat, sick, SIZES } from './scenes.ts';
import type { Typist } from './support.ts';

const golden = (name: string): string => `golden/${name.replaceAll(' ', '-')}.txt`;
async function same(person: Typist, name: string, depth: 0 | 256 = 256): Promise<void> {
  await expect(picture(await shown(person.ui, person.view, depth))).toMatchFileSnapshot(golden(name));
}

for (const [name, scene] of Object.entries(SCENES))
  for (const at of name === 'incident' || name === 'idle' ? SIZES : (['40x10', '80x24', '120x36'] as const))
    test(`${name} at ${at}`, () => same(scene(at), `${name} ${at}`));

for (const at of SIZES) {
  test(`without colours at ${at}`, () => same(SCENES['incident']!(at), `incident mono ${at}`, 0));
  test(`in ascii at ${at}`, async () => {
    const person = seat(sick, at).type('rollback');
    person.ui = { ...person.ui, ascii: true };
    const terminal = await shown({ ...person.ui, slotsFor: '' }, person.view);
    expect(terminal.text()).toMatch(/^[\x20-\x7e\n]*$/);
    await expect(picture(terminal)).toMatchFileSnapshot(golden(`incident ascii ${at}`));
  });
}

test('in ascii nothing else is written, whatever is on the screen', async () => {
  for (const scene of Object.values(SCENES)) {
    const { ui, view } = scene('80x24');
    expect((await shown({ ...ui, ascii: true }, view)).text()).toMatch(/^[\x20-\x7e\n]*$/);
  }
});

test('too small is said, and the line still logs', async () => {
  const bob = seat(sick, '30x6').type('still here');
  expect((await shown(bob.ui, bob.view)).row(5)).toContain('still here');
  expect(bob.press('enter').asked).toEqual([{ kind: 'note', text: 'still here' }]);
  const dot = seat(sick, '1x1').type('x').press('f2', 'f1', 'tab');
  await shown(dot.ui, dot.view);
});
