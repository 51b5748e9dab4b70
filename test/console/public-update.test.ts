/** The form of a public update, by the keys a person presses. */
import { expect, test } from 'vitest';
import { drawModal } from '../../src/console/modal-view.ts';
import type { Form } from '../../src/console/state.ts';
import type { View } from '../../src/console/view.ts';
import { NOW, record, STORY, TEMPLATES, Typist, viewOf, type Told } from './support.ts';

const first = { kind: 'update_public', text: 'We look into it.', component: 'Checkout', impact: 'cards fail' } as const;
const TOLD: readonly Told[] = [
  ...STORY,
  ['alice', { kind: 'assign_role', role: 'comms', name: 'carol' }, 1900],
  ['carol', first, 1800],
  ['alice', { kind: 'set_status', to: 'identified' }, 100],
];
const room = (me: string, told: readonly Told[] = TOLD, more: Partial<View> = {}): View =>
  viewOf(me, told, { templates: TEMPLATES, ...more });
const trouble = (person: Typist): string => (person.ui.modal as Form | null)?.trouble ?? '';
const update = (person: Typist): Typist => person.press('f8').wait(200);

/** The rows of the form; words in the colour of a warning stand in [brackets]. */
function seen({ ui, view }: Typist, size = { cols: 72, rows: 30 }): readonly string[] {
  if (ui.modal === null) return [];
  const { lines } = drawModal(ui, ui.modal, view, { ...size, ascii: false });
  return lines.map((line) =>
    line
      .map(({ text, tone }) => (tone === 'warn' ? `[${text}]` : text))
      .join('')
      .trimEnd(),
  );
}
const preview = (person: Typist): string =>
  seen(person)
    .filter((row) => row.startsWith('│ '))
    .map((row) => row.slice(2))
    .join('\n');

test('three keys and the sentence: all but it is filled in, and what was previewed is recorded, with the next due', () => {
  const carol = update(new Typist(room('carol'))).type('It was a change of ours.');
  const text = preview(carol);
  expect(text).toBe(`Checkout: identified
We found the cause and are working on a fix.
Some users may notice: cards fail.
It was a change of ours.
Started 2026-11-23 12:56 UTC.
Last update 2026-11-23 12:35 UTC.
Next update by 2026-11-23 14:05 UTC.`);
  carol.press('enter');
  expect(carol.ui.modal).toBe(null);
  const [asked, ...more] = carol.asked;
  expect([asked, more]).toEqual([
    {
      kind: 'update_public',
      text,
      state: 'identified',
      component: 'Checkout',
      impact: 'cards fail',
      nextMs: 3_600_000,
    },
    [],
  ]);
  const { incident, events } = record([...TOLD, ['carol', asked as typeof first, 0]]);
  expect(events.at(-1)).toMatchObject({ kind: 'public_updated', visibility: 'public', data: { text } });
  expect(incident.deadlines.updateDueAt).toBe(new Date(NOW + 3_600_000).toISOString());
});

test('the cadence follows the severity; another template and another clock are a few keys away', () => {
  const raised: readonly Told[] = [...TOLD, ['alice', { kind: 'set_severity', to: 'SEV-0' }, 50]];
  const carol = update(new Typist(room('carol', raised))).type('So it is.');
  expect(preview(carol)).toContain('Next update by 2026-11-23 13:20 UTC.');
  // From the sentence back to the template, on to monitoring, and to the clock.
  carol.press('shift-tab', 'shift-tab', 'shift-tab', 'right');
  expect(preview(carol)).toContain('A fix is in place');
  carol.press('shift-tab', 'backspace', 'backspace', 'backspace').type('2h').press('enter');
  expect(carol.asked).toMatchObject([{ state: 'monitoring', nextMs: 7_200_000 }]);
  const wrong = update(new Typist(room('carol')))
    .type('x')
    .press('tab')
    .type('x')
    .press('enter');
  expect([wrong.asked, trouble(wrong)]).toEqual([[], '"1hx" is no time span; write 30m or 1h30m']);
});

test('resolved asks for a summary instead of the next update', () => {
  const over: readonly Told[] = [...TOLD, ['alice', { kind: 'set_status', to: 'resolved' }, 10]];
  const carol = update(new Typist(room('carol', over)))
    .type('All works again.')
    .press('tab')
    .paste('We took it back.');
  expect(seen(carol).some((row) => row.startsWith('Next in'))).toBe(false);
  expect(preview(carol)).toBe(`Checkout: resolved
The problem is solved. Thank you for your patience.
All works again.
We took it back.
It lasted from 2026-11-23 12:55 UTC to 2026-11-23 13:05 UTC.`);
  carol.press('enter');
  // The clock that was filled in for another template does not count.
  const early = update(new Typist(room('carol')))
    .type('All works.')
    .press('shift-tab', 'shift-tab', 'shift-tab');
  early.press('right', 'right', 'enter');
  expect([early.asked[0]]).toMatchObject([{ state: 'resolved', text: expect.not.stringContaining('Next') as string }]);
  expect(early.asked[0]).not.toHaveProperty('nextMs');
  expect(carol.asked).toEqual([
    {
      kind: 'update_public',
      text: expect.any(String) as string,
      state: 'resolved',
      component: 'Checkout',
      impact: 'cards fail',
    },
  ]);
});

test('before anything was told, what triage found stands for component and impact', () => {
  const found: readonly Told[] = [
    ...STORY,
    ['bob', { kind: 'answer_question', n: 1, text: 'the basket' }, 20],
    ['bob', { kind: 'answer_question', n: 2, text: 'a third of all buyers' }, 10],
  ];
  const alice = update(new Typist(room('alice', found)));
  expect(preview(alice)).toContain(
    'the basket: investigating\nWe are looking into a problem.\nSome users may notice: a third of all buyers.\n...',
  );
  expect(seen(alice).join('\n')).toContain('nothing was told so far');
  alice.press('enter');
  expect([alice.asked, trouble(alice)]).toEqual([[], 'The sentence only you know is needed']);
});

test('people, targets and their hosts, severities, entries and addresses are marked, and a second Enter sends them', () => {
  const label = (labels: Record<string, string>) => ({ labels }) as unknown as NonNullable<View['alerts']>[number];
  const more = { targets: [{ name: 'orders' }] as unknown as View['targets'], alerts: [label({ host: 'web.eu' })] };
  const carol = update(new Typist(room('carol', TOLD, more)));
  carol.type('bob saw SEV-1 (#12) on orders and web.eu at 10.0.0.7.');
  const words = 'bob, SEV-1, #12, orders, web.eu, 10.0.0.7';
  expect(seen(carol)).toContain(`[▲ sounds internal: ${words}]`);
  expect(preview(carol)).toContain('[bob] saw [SEV-1] ([#12]) on [orders] and [web.eu] at [10.0.0.7].');
  carol.press('enter');
  expect([carol.asked, trouble(carol)]).toEqual([
    [],
    `${words}: internal, and the public reads it; Enter again goes ahead`,
  ]);
  carol.press('enter');
  expect(carol.asked).toMatchObject([{ text: expect.stringContaining('bob saw SEV-1 (#12)') as string }]);
  // A typed line is told word for word; a doubt about it opens the form.
  const line = new Typist(room('carol', TOLD, more)).type('/update orders is slow').press('enter');
  expect([line.asked, trouble(line)]).toEqual([
    [],
    'orders: internal, and the public reads it; Enter again goes ahead',
  ]);
});

test('Esc keeps the words for when the form is opened again here; what was sent is not kept', () => {
  const carol = update(new Typist(room('carol')))
    .type('Half a sent')
    .press('escape');
  expect([carol.ui.modal, carol.done]).toEqual([null, []]);
  // Meanwhile the status changed: the template follows it, the words stay.
  carol.sees(room('carol', [...TOLD, ['alice', { kind: 'set_status', to: 'monitoring' }, 5]]));
  update(carol);
  expect(preview(carol)).toContain('Checkout: monitoring');
  expect(preview(carol)).toContain('Half a sent');
  carol.type('ence.').press('enter');
  expect(carol.asked).toMatchObject([{ text: expect.stringContaining('Half a sentence.') as string }]);
  update(carol);
  expect(preview(carol)).not.toContain('Half');
  // Of another incident nothing is filled in.
  carol.type('Secret of the first').press('escape');
  const other = record(STORY).incident;
  carol.sees({
    ...room('carol'),
    incident: { ...other, id: '2026-11-23-other', roles: { ...other.roles, ic: 'carol' } },
  });
  update(carol);
  expect(seen(carol).join('\n')).not.toContain('Secret');
});

test('of a hub without templates the sentence is the text', () => {
  const carol = update(new Typist(viewOf('carol', TOLD)))
    .type('We know why.')
    .press('enter');
  expect(carol.asked).toMatchObject([{ text: 'We know why.', state: 'identified' }]);
});

test('on a small screen PgDn shows what readers will see, and a letter returns to the sentence', () => {
  const small = { cols: 36, rows: 5 };
  const carol = update(new Typist(room('carol'), { cols: 40, rows: 10 })).type('A change of ours.');
  expect(seen(carol, small).join('\n')).toMatch(/> A change of ours\.[^]*PgDn more/);
  expect(seen(carol.press('pagedown', 'pagedown', 'pagedown'), small).join('\n')).toContain('│ A change of ours.');
  // One key back shows, however many went past the end.
  const nine = Array.from({ length: 9 }, () => 'pagedown');
  const end = seen(carol.press(...nine), small).join('\n');
  expect(seen(carol.press(...nine), small).join('\n')).toBe(end);
  expect(seen(carol.press('pageup'), small).join('\n')).not.toBe(end);
  expect(seen(carol.type('!'), small).join('\n')).toContain('> A change of ours.!');
});
