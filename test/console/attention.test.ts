/** What calls for somebody: it takes the line for five seconds, rings once, and then stands where it belongs. */
import { expect, test } from 'vitest';
import { alarmLine } from '../../src/console/input-area.ts';
import type { View } from '../../src/console/view.ts';
import { alertView } from '../support/models.ts';
import { NOW, STORY, Typist, viewOf, type Told } from './support.ts';

const line = ({ ui, view }: Typist, ms: number): string =>
  alarmLine(ui, { ...view, mono: ms }, 100)
    .map(({ text }) => text)
    .join('');
const rings = ({ done }: Typist): readonly string[] =>
  done.flatMap((effect) => (effect.do === 'ring' ? [effect.text] : []));
const old = alertView('redis_down', { severity: 'SEV-0', incident: null });
const fresh = alertView('slow_cart', { severity: 'SEV-2', incident: null, since: new Date(NOW).toISOString() });
const idle = (...alerts: NonNullable<View['alerts']>): View => viewOf('bob', [], { alerts });

test('a new alarm has the line for five seconds, rings once, and then takes its place', () => {
  const bob = new Typist(idle(old)).wait(1000);
  expect(rings(bob)).toEqual([]);
  bob.sees(idle(old, fresh));
  expect(line(bob, 21_000)).toContain('SEV-2 slow_cart is 12');
  expect(line(bob, 27_000)).toContain('SEV-0 redis_down is 12');
  bob.wait(1000).sees(idle(old, fresh));
  expect(rings(bob)).toEqual(['SEV-2 slow_cart is 12']);
  bob.sees(idle(old)).sees(idle(old, fresh));
  expect(rings(bob)).toHaveLength(2);
});

test('nothing hides it in that time but a hub that is lost or cannot write', () => {
  const view = idle(old, fresh);
  const bob = new Typist(idle(old)).wait(1).sees(view).type('/nosuch').press('enter');
  expect(bob.ui.notice?.bad).toBe(true);
  expect(line(bob, 21_000)).toContain('slow_cart');
  bob.view = { ...view, link: { ...view.link, readOnly: 'the disk is full' } };
  expect(line(bob, 21_000)).toContain('HUB CANNOT WRITE');
});

test('an entry that names me rings, one of mine and one for others do not', () => {
  const told = (...more: readonly Told[]): View => viewOf('bob', [...STORY, ...more], { alerts: [] });
  const bob = new Typist(told()).wait(1);
  const own: Told = ['bob', { kind: 'note', text: '@bob to myself' }];
  const others: Told = ['alice', { kind: 'note', text: '@carol and @bobby look' }];
  bob.sees(told(own, others)).wait(1000);
  expect(rings(bob)).toEqual([]);
  bob.sees(told(own, others, ['alice', { kind: 'note', text: 'could you look, @bob?' }])).wait(1000);
  expect(rings(bob)).toEqual(['alice: could you look, @bob?']);
});

test('a name with dots or spaces rings, also at the end of a sentence; a longer one does not', () => {
  const rung = (me: string, text: string): boolean => {
    const told: Told = ['alice', { kind: 'note', text }];
    const seat = new Typist(viewOf(me, STORY, { alerts: [] })).wait(1);
    return rings(seat.sees(viewOf(me, [...STORY, told], { alerts: [] }))).length > 0;
  };
  expect(rung('jan.de.vries', 'look, @jan.de.vries.')).toBe(true);
  expect(rung('Ana Kern', '(@Ana Kern: yours?)')).toBe(true);
  expect(rung('bob', "@bob's host")).toBe(true);
  for (const text of ['@bob.smith look', '@bobby look', '@bob-2 look', 'mail ops@bob'])
    expect(rung('bob', text)).toBe(false);
});

test('an offer of command rings for whom it is made to', () => {
  const steps: readonly Told[] = [...STORY, ['alice', { kind: 'offer_command', name: 'bob' }, 5]];
  const heard = (me: string): readonly string[] =>
    rings(new Typist(viewOf(me, STORY, { alerts: [] })).wait(1).sees(viewOf(me, steps, { alerts: [] })));
  expect(heard('bob')).toEqual(['alice offers you command']);
  expect(heard('carol')).toEqual([]);
});
