/** A page on the screen: what it says, when it rings, and that it never takes a key from somebody who types. */
import { afterEach, expect, test } from 'vitest';
import { PANELS } from '../../panels/index.ts';
import { frame } from '../../src/console/frame.ts';
import { pageLines } from '../../src/console/page.ts';
import type { View } from '../../src/console/view.ts';
import type { Event } from '../../src/incident/event.ts';
import type { Page } from '../../src/incident/paging.ts';
import type { DeliveryView } from '../../src/protocol/messages.ts';
import type { IncidentSummary } from '../../src/protocol/summary.ts';
import { alertView } from '../support/models.ts';
import { planFor } from '../support/on-call.ts';
import { until } from '../support/patience.ts';
import { ask, declare, Opened } from '../support/room.ts';
import { NOW, Typist, viewOf } from './support.ts';
import { sit, type Seat } from './sit.ts';

const opened = new Opened();
afterEach(() => opened.tidy());

const ago = (ms: number): string => new Date(NOW - ms).toISOString();
const L1: Page = { level: 'L1', name: 'ana', at: ago(72_000) };
const summary = (more: Partial<IncidentSummary> = {}): IncidentSummary => ({
  id: '2026-11-23-other',
  title: 'pool exhausted on orders',
  severity: 'SEV-1',
  status: 'declared',
  drill: false,
  declaredAt: ago(80_000),
  lead: null,
  head: 2,
  paged: [L1],
  escalatesAt: ago(-228_000),
  ...more,
});
const alert = alertView('Memory', { incident: null, severity: 'SEV-2', route: 'cache', paged: [L1] });
const rings = (typist: Typist): readonly string[] =>
  typist.done.flatMap((effect) => (effect.do === 'ring' ? [effect.text] : []));
function panel({ ui, view }: Typist): readonly string[] {
  const page = pageLines(ui, { ...view, mono: ui.page?.since ?? 0 }, 86);
  return page === null
    ? []
    : [page.title, ...page.lines].map((line) =>
        line
          .map(({ text }) => text)
          .join('')
          .trimEnd(),
      );
}

test('it says who is called, for what, since when, who is next, and that nobody outside was told', () => {
  const bob = new Typist(viewOf('bob', [], { incidents: [summary()] })).wait(0);
  expect(panel(bob)).toEqual([
    'PAGED  L1 ana',
    expect.stringMatching(/^■ SEV-1 pool exhausted on orders +01:12$/) as string,
    'Enter acknowledge   Esc later',
    'not acknowledged in 03:48 -> L2',
    'nobody outside was told: only these screens, and their bell',
  ]);
  expect(rings(bob)).toEqual(['PAGED  L1 ana: SEV-1 pool exhausted on orders']);
});

const delivery = (receiver: string, more: Partial<DeliveryView> = {}): DeliveryView => ({
  receiver,
  kind: 'page',
  about: 2,
  severity: 'SEV-1',
  status: 'declared',
  level: 'L1',
  id: receiver,
  at: L1.at,
  state: 'waiting',
  attempts: 1,
  sentAt: ago(3_000),
  settledAt: null,
  incident: summary().id,
  ...more,
});

test('it says what became of the page outside, what was not delivered first', () => {
  const outside = (...deliveries: readonly DeliveryView[]): string =>
    panel(new Typist(viewOf('bob', [], { incidents: [summary()], deliveries })).wait(0)).at(-1) ?? '';
  expect(outside(delivery('pd', { attempts: 0, sentAt: null }))).toBe('pd not sent yet');
  expect(outside(delivery('pd', { isSent: true }))).toBe('sent to pd 3s ago, no answer yet');
  const done = delivery('pd', { state: 'delivered', settledAt: ago(2_000) });
  expect(outside(done)).toBe('pd delivered 2s ago');
  expect(outside(done, delivery('chat', { lastError: 'connection refused' }))).toBe(
    'chat NOT DELIVERED: connection refused   pd delivered 2s ago',
  );
  // Beside the title, where there is no room for a border.
  const narrow = { incidents: [summary()], deliveries: [done] };
  const { ui, view } = new Typist(viewOf('bob', [], narrow), { cols: 40, rows: 10 }).wait(0);
  const region = frame(ui, view, PANELS).regions.find(({ id }) => id === 'page');
  expect(
    region?.lines[0]
      ?.map(({ text }) => text)
      .join('')
      .trimEnd(),
  ).toBe('PAGED  L1 ana  pd delivered 2s ago');
  // That of another page, or of another incident, says nothing about this one.
  const nobody = 'nobody outside was told: only these screens, and their bell';
  expect(outside(delivery('pd', { at: ago(90_000) }))).toBe(nobody);
  expect(outside(delivery('pd', { incident: 'another' }), delivery('pd', { kind: 'declared' }))).toBe(nobody);
});

test.each<readonly [string, Partial<View>, readonly string[]]>([
  [
    'who is next',
    { incidents: [summary({ route: 'r' })], oncall: { plan: planFor('r'), rotations: [] } },
    ['not acknowledged in 03:48 -> L2 bob'],
  ],
  ['an alert', { alerts: [alert] }, ['PAGED  L1 ana', 'F12 declare from it', '/silence', 'nobody has acknowledged']],
  ['nobody on call', { incidents: [summary({ paged: [{ ...L1, name: null }] })] }, ['L1 (nobody is on call)']],
  ['a drill', { incidents: [summary({ drill: true })] }, ['DRILL PAGED', 'a drill: nobody is called outside']],
  [
    'what fell due while the hub was down',
    { incidents: [summary({ held: { level: 'L2', dueAt: ago(900_000) } })] },
    ['L2 was due at 12:50Z while the hub was down: /escalate L2 pages it'],
  ],
  [
    'the worst of two, and how many more',
    { incidents: [summary()], alerts: [alert] },
    ['PAGED  L1 ana  +1 more', 'pool exhausted'],
  ],
  [
    'somebody called by hand',
    { incidents: [summary({ acked: true, paged: [{ level: 'L2', name: 'bob', at: ago(1) }] })] },
    ['PAGED  L2 bob', 'somebody is on it, and calls you'],
  ],
])('%s', (_what, more, words) => {
  const text = panel(new Typist(viewOf('bob', [], more)).wait(0)).join('\n');
  for (const word of words) expect(text).toContain(word);
});

test.each<readonly [string, Partial<View>]>([
  ['answered', { incidents: [summary({ paged: [] })] }],
  ['for somebody else, while somebody is on it', { incidents: [summary({ acked: true, paged: [L1] })] }],
  ['acknowledged', { alerts: [{ ...alert, acked: { by: 'cyd', at: ago(1), until: ago(-1e6) } }] }],
  ['in an incident', { alerts: [{ ...alert, incident: 'x' }] }],
  ['silenced', { alerts: [{ ...alert, silencedUntil: ago(-1e6) }] }],
])('no panel and no bell for a page that is %s', (_what, more) => {
  const bob = new Typist(viewOf('bob', [], more)).wait(0);
  expect(panel(bob)).toEqual([]);
  expect(rings(bob)).toEqual([]);
});

test('it rings once a minute until it is answered, and a new page at once', () => {
  const bob = new Typist(viewOf('bob', [], { incidents: [summary()] })).wait(0).wait(59_000);
  expect(rings(bob)).toHaveLength(1);
  bob.wait(1_000);
  expect(rings(bob)).toHaveLength(2);
  bob.sees(viewOf('bob', [], { incidents: [summary({ paged: [L1, { level: 'L2', name: 'bob', at: ago(0) }] })] }));
  expect(rings(bob)).toHaveLength(3);
  bob.sees(viewOf('bob', [], { incidents: [summary({ paged: [], acked: true })] })).wait(120_000);
  expect(rings(bob)).toHaveLength(3);
});

test('Esc hides it for five minutes; a further level brings it back', () => {
  const bob = new Typist(viewOf('bob', [], { incidents: [summary()] })).wait(0).wait(1_500).press('escape');
  expect(panel(bob)).toEqual([]);
  bob.wait(299_000);
  expect([panel(bob), rings(bob).length]).toEqual([[], 1]);
  bob.wait(2_000);
  expect(rings(bob)).toHaveLength(2);
  bob.press('escape').wait(1_500).press('escape');
  bob.sees(viewOf('bob', [], { incidents: [summary({ paged: [L1, { level: 'L2', name: 'bob', at: ago(0) }] })] }));
  expect(panel(bob)[0]).toBe('PAGED  L1 ana, L2 bob');
});

test('Enter acknowledges and goes there, but not by reflex, and not from an observer', () => {
  const bob = new Typist(viewOf('bob', undefined, { incidents: [summary()] })).wait(0).press('enter');
  expect(bob.asked).toEqual([]);
  bob.wait(1_500).press('enter');
  expect(bob.done.filter(({ do: what }) => what !== 'ring')).toEqual([
    { do: 'submit', command: { kind: 'acknowledge' }, incident: '2026-11-23-other' },
    { do: 'follow', incident: '2026-11-23-other' },
  ]);
  const late = new Typist(viewOf('bob', [], { alerts: [alert] })).wait(0).wait(1_500).press('enter');
  expect(late.asked).toEqual([{ kind: 'acknowledge', alert: alert.alert }]);
  const eve = new Typist(viewOf('eve', [], { alerts: [alert], observer: true })).wait(0).wait(1_500).press('enter');
  expect(eve.asked).toEqual([]);
  expect(panel(eve).join('\n')).toMatch(/Esc later/);
  expect(panel(eve).join('\n')).not.toMatch(/Enter|F12|\/silence|\/snooze/);
});

test('whoever types is not disturbed: no letter, no Enter and no Esc goes to the page', () => {
  const bob = new Typist(viewOf('bob')).type('d');
  bob.sees(viewOf('bob', undefined, { incidents: [summary()] })).wait(5_000);
  bob.type('s is full').press('enter');
  expect(bob.asked).toEqual([{ kind: 'note', text: 'ds is full' }]);
  // The next Enter comes at once, by reflex; the next line begins with letters of the panel.
  bob.press('enter').type('d s n');
  expect(bob.draft).toBe('d s n');
  bob.wait(5_000).press('escape');
  expect([bob.draft, panel(bob).length]).toEqual(['', 5]);
  expect(bob.asked).toHaveLength(1);
});

test('a page is answered on the screen of somebody in another incident, whose line stays as it was', async () => {
  const hub = await opened.hub(await opened.folder(), { oncall: planFor('on-call-primary') });
  const eve = await opened.client(hub, 'eve');
  const first = await declare(eve, 'slow cart');
  await ask(eve, { kind: 'acknowledge' }, first);
  await until('nothing is open', () => eve.view.incidents[0]?.acked);
  const bob: Seat = sit('bob', await opened.client(hub, 'bob'), 100, 30);
  await bob.sees('slow cart');
  await bob.type('disk sda is f');
  bob.terminal.forget();
  const second = await declare(eve, 'pool exhausted');
  await bob.sees('PAGED  L1 ana');
  await bob.sees('nobody outside was told');
  expect(
    bob.terminal
      .bytes()
      .replaceAll(/\x1b\]2;[^\x07]*\x07/g, '')
      .split('\x07'),
  ).toHaveLength(2);
  const { cursor } = bob.terminal;
  expect(bob.terminal.row(cursor.y).slice(0, cursor.x)).toMatch(/bob > disk sda is f$/);
  await bob.type('ull\n');
  await bob.sees('disk sda is full');
  eve.follow(first);
  const isIt = ({ data }: Event): boolean => 'text' in data && data.text === 'disk sda is full';
  await until('it is logged', () => eve.view.events.some(isIt));
  // Nothing typed for a second: Enter is for the page.
  await until('it is acknowledged', async () => {
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await bob.type('\n');
    return eve.view.incidents.find(({ id }) => id === second)?.acked;
  });
  await bob.sees('pool exhausted');
  await until('the panel is gone', () => !bob.screen().includes('PAGED  L1'));
});
