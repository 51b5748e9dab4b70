/** What a person is told without having asked: offers of command, what they missed, what begins elsewhere. */
import { afterEach, expect, test } from 'vitest';
import { PANELS } from '../../panels/index.ts';
import { alarm } from '../../src/console/alarm.ts';
import { blankUi } from '../../src/console/state.ts';
import { frame } from '../../src/console/frame.ts';
import { update, type UiEvent } from '../../src/console/update.ts';
import type { View } from '../../src/console/view.ts';
import { Opened } from '../support/room.ts';
import { sit } from './sit.ts';
import { NOW, STORY, Typist, viewOf, type Told } from './support.ts';

const opened = new Opened();
afterEach(() => opened.tidy());

const OFFER: Told = ['alice', { kind: 'offer_command', name: 'bob' }, 20];
const offered = viewOf('bob', [...STORY, OFFER]);
const rings = (person: Typist): readonly string[] =>
  person.done.flatMap((effect) => (effect.do === 'ring' ? [effect.text] : []));
const picture = ({ ui, view }: Pick<Typist, 'ui' | 'view'>): string =>
  frame(ui, view, PANELS)
    .regions.flatMap(({ lines }) => lines.map((line) => line.map(({ text }) => text).join('')))
    .join('\n');
const notice = (person: Typist): string => person.ui.notice?.text ?? '';

test('an offer shows the brief, rings once, and one key accepts it, another declines', () => {
  const bob = new Typist(viewOf('bob')).sees(offered).wait(1100);
  expect(picture(bob)).toContain('alice OFFERS YOU COMMAND');
  expect(picture(bob)).toMatch(/What .*SEV-2 Medium: checkout errors eu-west/);
  expect(rings(bob.wait(70_000))).toEqual(['alice offers you command']);
  expect(bob.press('enter').asked).toEqual([{ kind: 'accept_command' }]);
  expect(bob.ui.modal).toBeNull();
  const other = new Typist(viewOf('bob')).sees(offered).wait(1100).press('alt-d');
  expect(other.asked).toEqual([{ kind: 'decline_command' }]);
  const later = new Typist(viewOf('bob')).sees(offered).wait(1100).press('escape').wait(1000);
  expect([later.asked, later.ui.modal]).toEqual([[], null]);
  expect(later.wait(5 * 60_000).ui.modal).not.toBeNull();
});

test('an offer takes neither focus nor Enter from a person who types', () => {
  const bob = new Typist(viewOf('bob')).type('pool is').sees(offered);
  expect(bob.ui.modal).toBeNull();
  bob.type(' full').press('enter');
  expect(bob.asked).toMatchObject([{ kind: 'note', text: 'pool is full' }]);
  // It is there now; an Enter that was meant for the line does nothing.
  expect(picture(bob)).toContain('OFFERS YOU COMMAND');
  expect(bob.press('enter').wait(1100).type('and more').asked).toHaveLength(1);
  expect([bob.draft, bob.ui.modal]).toEqual(['and more', null]);
  const typing = new Typist(viewOf('bob')).press('f12').sees(offered);
  expect(typing.ui.modal?.kind).toBe('form');
});

test('an offer that was withdrawn says so, and by whom; one that was taken does not', () => {
  const bob = new Typist(viewOf('bob')).sees(offered);
  bob.sees(viewOf('bob', [...STORY, OFFER, ['alice', { kind: 'decline_command' }, 10]]));
  expect([bob.ui.modal, notice(bob)]).toEqual([null, 'alice withdrew the offer of command']);
  const taken = new Typist(viewOf('bob')).sees(offered);
  taken.sees(viewOf('bob', [...STORY, OFFER, ['bob', { kind: 'accept_command' }, 10]]));
  expect([taken.ui.modal, notice(taken)]).toEqual([null, '']);
  expect(new Typist(viewOf('carol')).sees({ ...offered, me: 'carol' }).ui.modal).toBeNull();
});

test('the offer takes three keys', () => {
  const alice = new Typist(viewOf('alice')).press('f7').wait(200).type('b').press('enter');
  expect(alice.asked).toEqual([{ kind: 'offer_command', name: 'bob' }]);
});

/** A console that was just opened. */
function fresh(view: View, marks: Readonly<Record<string, number>> = {}, leftAt: number | null = null): Typist {
  const person = new Typist(viewOf(view.me, [], { ...view, incident: null, clocks: null, events: [] }));
  const start = blankUi({ cols: 80, rows: 24 }, view.me, 'utc', false);
  const event: UiEvent = { type: 'size', cols: 80, rows: 24, at: 20_000 };
  person.ui = update({ ...start, leftMarks: marks, leftAt }, event, view, () => ({ panels: [], context: [] })).ui;
  person.view = view;
  return person;
}

test('joining begins with the brief; any key closes it, and one that writes text writes it', () => {
  const dan = fresh(viewOf('dan'));
  expect(picture(dan)).toContain('BRIEF   what we know');
  expect(dan.type('hello').draft).toBe('hello');
  expect(dan.ui.modal).toBeNull();
  expect(dan.press('alt-i').ui.modal?.kind).toBe('brief');
  expect(dan.press('alt-i').ui.modal).toBeNull();
  expect(fresh(viewOf('dan')).press('enter').ui.modal).toBeNull();
  expect(fresh(viewOf('dan')).paste('a\nb').draft).toBe('a\nb');
  expect(fresh(viewOf('dan')).press('f4').ui.modal?.kind).toBe('form');
});

test('a text scrolls to its end and no further: one key back shows', () => {
  const bob = new Typist(viewOf('bob'), { cols: 60, rows: 12 }).press('alt-i').wait(200);
  const end = picture(bob.press(...Array.from({ length: 40 }, () => 'down')));
  expect(picture(bob.press('pagedown', 'pagedown'))).toBe(end);
  expect(picture(bob.press('up'))).not.toBe(end);
});

test('who declared it, and who was here when it was, sees no brief; nor does anybody in one that is over', () => {
  expect(fresh(viewOf('alice')).ui.modal).toBeNull();
  const dan = new Typist(viewOf('dan', [], { now: NOW - 3_600_000 }));
  expect(dan.wait(1000).sees(viewOf('dan')).ui.modal).toBeNull();
  const over: readonly Told[] = [...STORY, ['alice', { kind: 'set_status', to: 'cancelled' }, 10]];
  expect(fresh(viewOf('dan', over)).ui.modal).toBeNull();
});

const more = (count: number): readonly Told[] => [
  ...STORY,
  ['alice', { kind: 'set_severity', to: 'SEV-1' }, 30],
  ...Array.from({ length: count }, (_, i): Told => ['carol', { kind: 'note', text: `entry ${i}` }, 20]),
];
const id = viewOf('bob').incident?.id ?? '';

test('coming back after two minutes, or to many entries, sums up what happened; Alt-J goes to the first of it', () => {
  const bob = fresh(viewOf('bob', more(3)), { [id]: 6 }, NOW - 47 * 60_000);
  expect(notice(bob)).toBe('SINCE YOU LEFT 47 min ago: SEV-2 -> SEV-1, 4 entries · Alt-J first unread · Alt-I brief');
  expect(bob.ui.modal).toBeNull();
  expect(bob.press('alt-j').ui.selected).toBe(7);
  expect(notice(fresh(viewOf('bob', more(3)), { [id]: 6 }, NOW - 90_000))).toBe('');
  expect(notice(fresh(viewOf('bob', more(30)), { [id]: 6 }, NOW - 90_000))).toContain('SEV-2 -> SEV-1, 31 entries');
  expect(notice(new Typist(viewOf('bob')).press('alt-j'))).toBe('you have read everything');
});

test('what is not here yet is fetched before it is summed up and before Alt-J goes there', () => {
  const whole = viewOf('bob', more(60));
  const tail = { ...whole, events: whole.events.slice(-10) };
  const bob = fresh(tail, { [id]: 6 }, NOW - 600_000).wait(0);
  expect(notice(bob)).toBe('');
  expect(bob.done).toContainEqual({ do: 'page', from: 7 });
  bob.press('alt-j');
  expect(notice(bob.sees(whole))).toContain('61 entries');
  expect(bob.ui.selected).toBe(7);
});

test('after a loss of the link of more than two minutes the same is said', () => {
  const live = viewOf('bob');
  const lost = { ...live, link: { ...live.link, state: 'lost' as const } };
  const bob = new Typist(live).wait(0).sees(lost);
  bob.sees({ ...viewOf('bob', more(3)), now: NOW + 180_000 });
  expect(notice(bob)).toContain('SINCE YOU LEFT 3 min ago: SEV-2 -> SEV-1, 4 entries');
  const short = new Typist(live).wait(0).sees(lost);
  expect(notice(short.sees({ ...viewOf('bob', more(3)), now: NOW + 60_000 }))).toBe('');
});

const other = (more: Partial<View['incidents'][number]> = {}): View['incidents'][number] => ({
  id: '2026-11-23-slow-cart',
  title: 'slow cart',
  severity: 'SEV-3',
  status: 'declared',
  drill: false,
  declaredAt: new Date(NOW).toISOString(),
  lead: null,
  head: 1,
  ...more,
});

test('a new incident, a higher severity and an alarm elsewhere are told with a bell, once; what was there is not', () => {
  const view = viewOf('bob', STORY, { alerts: [] });
  const bob = new Typist(view).wait(0).sees({ ...view, incidents: [other()] });
  expect(notice(bob)).toBe('SEV-3 declared: slow cart · /switch slow-cart');
  const idle = viewOf('bob', [], { alerts: [] });
  const first = new Typist(idle).wait(0).sees({ ...idle, incidents: [other()] });
  expect(notice(first)).toBe('SEV-3 declared: slow cart');
  const raised = { ...view, incidents: [other({ severity: 'SEV-1' })] };
  expect(notice(bob.sees(raised))).toBe('raised SEV-3 -> SEV-1: slow cart · /switch slow-cart');
  bob.sees({ ...view, incidents: [other({ severity: 'SEV-2' })] });
  const alert = {
    alert: 'a',
    rule: 'Pool',
    state: 'firing' as const,
    severity: 'SEV-1' as const,
    summary: 'pool exhausted',
    since: new Date(NOW).toISOString(),
    runbook: null,
    labels: {},
    incident: null,
  };
  const alarmed = { ...view, incidents: [other({ severity: 'SEV-2' })], alerts: [alert] };
  expect(notice(bob.sees(alarmed))).toBe('ALARM SEV-1 pool exhausted');
  bob.wait(60_000).sees({ ...alarmed });
  expect(rings(bob)).toHaveLength(3);
  expect(rings(new Typist(alarmed).wait(0).wait(1000))).toEqual([]);
  const here = { ...view, alerts: [{ ...alert, incident: id }] };
  expect(notice(new Typist(view).wait(0).sees(here))).toBe('');
});

test('what one declares oneself does not ring', () => {
  const view = viewOf('bob', STORY, { alerts: [] });
  const bob = new Typist(view).wait(0).type('/declare sev3 slow cart').press('enter');
  expect(rings(bob.sees({ ...view, incidents: [other()] }))).toEqual([]);
  expect(rings(bob.sees({ ...view, incidents: [other(), other({ id: '2026-11-23-b', title: 'b' })] }))).toHaveLength(1);
});

test('command changes hands between two consoles: three keys, then one', async () => {
  const hub = await opened.hub(await opened.folder());
  const ana = sit('ana', await opened.client(hub, 'ana'));
  await ana.sees('link ok');
  await ana.type('/declare sev2 slow cart\n');
  await ana.sees('DECLARED SEV-2');
  await ana.type('/role ic me\n');
  await ana.sees('IC ana');
  const ben = sit('ben', await opened.client(hub, 'ben'), 120, 36);
  await ben.sees('BRIEF   what we know');
  await ben.type('h');
  await ben.sees('ben > h');
  await ana.sees('+1 here');
  await ana.type('\x1b[18~');
  await ana.sees('HAND OVER INCIDENT COMMAND');
  await new Promise((resolve) => setTimeout(resolve, 170));
  await ana.type('b\n');
  await ben.sees('ana offers you command: /accept or /decline');
  expect(ben.screen()).toContain('ben > h');
  await ben.type('\x15');
  await ben.sees('Enter accept');
  await new Promise((resolve) => setTimeout(resolve, 1100));
  await ben.type('\n');
  await ana.sees('role IC -> ben, was ana');
  await ben.sees('IC ben');
});

test('from a room that is over the line says what is open; the list goes there, and reopens or cancels what is marked', () => {
  const over = viewOf('alice', [...STORY, ['alice', { kind: 'set_status', to: 'cancelled' }, 10]]);
  const here = other({ id, title: 'checkout errors eu-west', status: 'cancelled' });
  const alice = new Typist({ ...over, incidents: [here, other()] });
  expect(alarm(alice.view).text).toBe('this incident is cancelled; open: SEV-3 slow cart: /list, then Enter');
  alice.type('/list').press('enter').wait(200);
  expect(picture(alice)).toMatch(/> SEV-3 Low +slow cart/);
  expect(picture(alice)).toContain('Enter look at it');
  const went = new Typist(alice.view).type('/list').press('enter').wait(200).press('enter');
  expect(went.done).toContainEqual({ do: 'follow', incident: '2026-11-23-slow-cart' });
  // One that is declared meanwhile stands above; the mark stays with its incident.
  const listing = new Typist(alice.view).type('/list').press('enter').wait(200);
  const newer = other({ id: '2026-11-23-newer', title: 'newer' });
  listing.sees({ ...over, incidents: [newer, here, other()] }).press('enter');
  expect(listing.done).toContainEqual({ do: 'follow', incident: '2026-11-23-slow-cart' });
  alice.press('down').type('r').wait(200).press('enter');
  expect(alice.asked).toMatchObject([{ kind: 'set_status', to: 'investigating' }]);
});
