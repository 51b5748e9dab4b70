/** /deliveries: what the outside was told, what it was not and why, and once more. */
import { expect, test } from 'vitest';
import { drawModal } from '../../src/console/modal-view.ts';
import type { DeliveryView } from '../../src/protocol/messages.ts';
import type { View } from '../../src/console/view.ts';
import { NOW, STORY, Typist, viewOf } from './support.ts';

const ago = (ms: number): string => new Date(NOW - ms).toISOString();
const one = (id: string, more: Partial<DeliveryView>): DeliveryView => ({
  receiver: 'pd',
  kind: 'page',
  about: 2,
  severity: 'SEV-1',
  status: 'declared',
  level: 'L1',
  id,
  at: ago(60_000),
  state: 'waiting',
  attempts: 1,
  sentAt: ago(50_000),
  settledAt: ago(50_000),
  incident: '2026-11-23-checkout-errors',
  ...more,
});
const DELIVERIES = [
  one('01J1', { state: 'failed', lastError: 'pd.example answered 404' }),
  one('01J2', { kind: 'status', attempts: 3, lastError: 'connection refused', retryAt: ago(-20_000) }),
  one('01J3', { kind: 'update', state: 'delivered', note: 'sent at least once' }),
];
const shown = ({ ui, view }: Typist): readonly string[] => {
  const { title, lines } = drawModal(ui, ui.modal!, view, { cols: 72, rows: 20, ascii: false });
  return [
    title,
    ...lines.map((line) =>
      line
        .map(({ text }) => text)
        .join('')
        .trimEnd(),
    ),
  ];
};

test('it lists them, says why the marked one was not delivered, and Enter delivers it again', () => {
  const bob = new Typist(viewOf('bob', STORY, { deliveries: DELIVERIES }))
    .type('/deliveries')
    .press('enter')
    .wait(1_000);
  expect(shown(bob)).toEqual([
    'DELIVERIES   3',
    expect.stringMatching(/^. failed +pd: page L1 +50s ago$/) as string,
    expect.stringMatching(/^ +waiting +pd: status declared +50s ago$/) as string,
    expect.stringMatching(/^ +delivered +pd: update #2 +50s ago$/) as string,
    '',
    'pd.example answered 404',
    expect.stringContaining('Enter delivers it again') as string,
  ]);
  // A long list leaves room for the keys.
  const many = Array.from({ length: 30 }, (_, i) => one(`01K${i}`, { state: 'failed' }));
  const long = shown(new Typist(viewOf('bob', STORY, { deliveries: many })).type('/deliveries').press('enter'));
  expect([long.length - 1, long.at(-1)]).toEqual([20, expect.stringContaining('Enter delivers it again')]);
  bob.press('enter');
  expect(bob.asked).toEqual([{ kind: 'retry_delivery', id: '01J1' }]);
  bob.type('d');
  expect(bob.asked.at(-1)).toEqual({ kind: 'confirm_delivery', id: '01J1' });
  bob.press('down');
  expect(shown(bob)).toContain('3 attempts: connection refused; again in 20s');
  bob.press('down', 'enter');
  expect(shown(bob)).toContain('sent at least once');
  expect(bob.asked).toHaveLength(2);
});

test('the mark stays with its delivery when another one fails meanwhile', () => {
  const bob = new Typist(viewOf('bob', STORY, { deliveries: DELIVERIES }))
    .type('/deliveries')
    .press('enter')
    .wait(1_000);
  const failed: View = { ...bob.view, deliveries: [{ ...DELIVERIES[0]!, id: '01J0' }, ...DELIVERIES] };
  expect(bob.sees(failed).press('enter').asked).toEqual([{ kind: 'retry_delivery', id: '01J1' }]);
  bob
    .press('down')
    .sees({ ...failed, deliveries: DELIVERIES })
    .type('d');
  expect(bob.asked.at(-1)).toEqual({ kind: 'confirm_delivery', id: DELIVERIES[1]!.id });
});

test('an observer reads; a hub that says nothing of it is said to', () => {
  const eve = new Typist(viewOf('eve', STORY, { deliveries: DELIVERIES, observer: true }));
  eve.type('/deliveries').press('enter').wait(1_000).press('enter');
  expect(shown(eve).join()).not.toContain('again');
  expect(eve.asked).toEqual([]);
  const old = new Typist(viewOf('bob', STORY)).type('/deliveries').press('enter');
  expect(old.ui.modal).toBeNull();
  expect(old.ui.notice?.text).toContain('the hub has not said what it delivers');
});
