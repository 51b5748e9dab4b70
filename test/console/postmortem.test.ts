/** The postmortem on the console: sections, drafts, what somebody else wrote meanwhile, the chain of whys, publication. */
import { setTimeout } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { hubAction } from '../../src/console/actions/index.ts';
import { printed } from '../../src/console/action.ts';
import { sectionDrafts } from '../../src/console/actions/postmortem.ts';
import type { View } from '../../src/console/view.ts';
import { Opened } from '../support/room.ts';
import { SWALLOW_MS } from '../../src/console/form.ts';
import { until } from '../support/patience.ts';
import { sit, type Seat } from './sit.ts';
import { NOW, Typist, viewOf, type Told } from './support.ts';

const opened = new Opened();
afterEach(() => opened.tidy());

const OVER: readonly Told[] = [
  ['alice', { kind: 'declare', title: 'checkout errors', severity: 'SEV-1' }],
  ['alice', { kind: 'assign_role', role: 'ic', name: 'alice' }],
  ['alice', { kind: 'set_status', to: 'resolved' }],
];
const wrote = (who: string, section: 'cause' | 'impact' | 'whys', text: string, after = 0): Told => [
  who,
  { kind: 'write_postmortem', section, text, after },
];
const seen = (...more: readonly Told[]): View => viewOf('bob', [...OVER, ...more]);
const page = (view = seen()) => new Typist(view).type('/postmortem').press('enter');
const trouble = ({ ui }: Typist): string | null => (ui.modal?.kind === 'form' ? ui.modal.trouble : null);

test('a section is opened, written and saved; Esc keeps a draft of each, and nothing is written', () => {
  const bob = page().press('down', 'enter').wait(200).type('The pool').press('alt-enter').type('was too small.');
  bob.press('up', 'home').type('> ').press('escape');
  expect(bob.asked).toEqual([]);
  bob.press('up', 'enter').wait(200).type('30 % of checkouts').press('enter');
  expect(bob.asked).toEqual([{ kind: 'write_postmortem', section: 'impact', text: '30 % of checkouts', after: 0 }]);
  // Each draft is that of its section.
  bob.press('down', 'enter').wait(200).press('enter');
  expect(bob.asked.at(-1)).toEqual({
    kind: 'write_postmortem',
    section: 'cause',
    text: '> The pool\nwas too small.',
    after: 0,
  });
  expect(sectionDrafts(bob.ui)).toEqual([]);
});

test('the next console has what was begun in this one', () => {
  const bob = page().press('down', 'enter').wait(200).type('The pool').press('escape', 'up', 'enter').wait(200);
  bob.type('30 %');
  const id = seen().incident!.id;
  const drafts = [`/section ${id} cause The pool`, `/section ${id} impact 30 %`];
  expect(sectionDrafts(bob.ui)).toEqual(drafts);
  const command = { kind: 'write_postmortem', section: 'impact', text: '30 %', after: 0 } as const;
  expect(new Typist(seen()).type(drafts[1]!).press('enter').asked).toEqual([command]);
  // In another incident neither it nor what was refused is written; the line stays.
  const other = { ...seen(), incident: { ...seen().incident!, id: '2026-11-22-other' } };
  const refused = { n: 1, id: 'A', at: NOW, text: '', state: 'refused', command, incident: id } as const;
  const lost = new Typist(other).type(drafts[1]!).press('enter');
  const back = new Typist({ ...other, pending: [refused] }).press('up', 'enter');
  for (const { asked, draft, ui } of [lost, back])
    expect([asked, draft, ui.notice?.text]).toEqual([[], drafts[1], `this text is of ${id}: /switch ${id} first`]);
});

test('what somebody else wrote meanwhile is shown and asked about, and a third text asks again', () => {
  const before = seen(wrote('carol', 'cause', 'The pool.'));
  const bob = page(before).press('down', 'enter').wait(200).type(' It had 20 slots.');
  const theirs = seen(wrote('carol', 'cause', 'The pool.'), wrote('carol', 'cause', 'The deploy.', 4));
  bob.sees(theirs).press('enter');
  expect(trouble(bob)).toMatch(/^carol wrote this section .*\(#5\).*Enter again/);
  expect(bob.asked).toEqual([]);
  const third = seen(
    wrote('carol', 'cause', 'The pool.'),
    wrote('carol', 'cause', 'The deploy.', 4),
    wrote('dan', 'cause', 'The vendor.', 5),
  );
  bob.sees(third).press('enter');
  expect(trouble(bob)).toMatch(/^dan wrote/);
  bob.press('enter');
  const own = { kind: 'write_postmortem', section: 'cause', text: 'The pool. It had 20 slots.', after: 6 } as const;
  expect(bob.asked).toEqual([own]);
  // A second text of one's own waits for the answer to the first.
  const pending = [{ n: 1, id: 'A', at: NOW, text: '', state: 'waiting', command: own }] as const;
  bob.sees({ ...third, pending }).press('enter');
  expect([bob.ui.modal, bob.ui.notice?.text]).toEqual([null, expect.stringContaining('on its way to the hub')]);
  bob.type('/section cause more').press('enter');
  expect([bob.draft, bob.ui.notice?.text]).toEqual([
    '/section cause more',
    expect.stringContaining('still on its way'),
  ]);
  expect(bob.asked).toHaveLength(1);
});

test('a typed line does not replace a text that its author did not see; refused it is the same line again', () => {
  const bob = new Typist(seen(wrote('carol', 'cause', 'The pool.')));
  bob.type('/section cau The deploy.').press('enter');
  expect(trouble(bob)).toMatch(/^carol wrote this section/);
  const command = { kind: 'write_postmortem', section: 'cause', text: 'two\nlines', after: 3 } as const;
  const context = { zone: 'utc', typedAt: NOW } as const;
  expect(printed(hubAction('section'), command, context)).toBe('/section cause two\nlines');
  expect(new Typist(seen()).type('/section w x').press('enter').ui.notice?.text).toContain(
    'sections are impact, cause',
  );
});

test('the five whys: each question from the answer before, until the root', () => {
  const first = wrote('bob', 'whys', '1. Why did this happen: checkout errors?\n   → Because the pool was full.');
  const bob = new Typist(seen()).type('/why').press('enter').wait(200).type('the pool was full.').press('enter');
  expect(bob.asked).toEqual([first[1]]);
  const on = page(seen(first));
  on.press('pagedown', 'up', 'enter').wait(200);
  expect(on.ui.modal).toMatchObject({ kind: 'form', action: 'why' });
  on.type('nobody measured it').press('tab', 'right', 'enter');
  expect(on.asked).toEqual([
    {
      ...first[1],
      text: `${'text' in first[1] ? first[1].text : ''}\n2. Why was that: the pool was full?\n   → Because nobody measured it\n\nRoot reached.`,
      after: 4,
    },
  ]);
  const asked = page(seen()).press('pagedown', 'up', 'enter').wait(200).type('the vendor');
  asked.sees(seen(first)).press('enter');
  expect(trouble(asked)).toContain('Why was that: the pool was full?');
  const done = new Typist(seen(wrote('bob', 'whys', 'Root reached.')));
  expect(done.type('/why x').press('enter').ui.notice?.text).toContain('the chain is complete');
});

test('publishing names what is empty, once; an open incident has no postmortem, an observer writes none', () => {
  const alice = new Typist({ ...seen(wrote('bob', 'impact', 'x')), me: 'alice' }).type('/publish').press('enter');
  expect(trouble(alice)).toMatch(/^"Root Cause", .* are empty/);
  expect(alice.wait(200).press('enter').asked).toEqual([{ kind: 'publish_postmortem' }]);
  expect(new Typist(viewOf('bob')).type('/postmortem').press('enter').ui.notice?.text).toContain(
    'once the incident is resolved',
  );
  const eve = page({ ...seen(), observer: true }).press('enter');
  expect([eve.ui.modal, eve.ui.notice?.bad]).toEqual([null, true]);
});

test('two consoles on a hub: two sections at once, one section twice, and no text is lost', async () => {
  const hub = await opened.hub(await opened.folder());
  const [first, second] = [await opened.client(hub, 'ana'), await opened.client(hub, 'bob')];
  const [ana, bob] = [sit('ana', first, 110, 36), sit('bob', second, 110, 36)];
  await ana.type('/declare sev 1 checkout errors\n');
  await ana.sees('checkout errors');
  await ana.type('/role ic ana\n/status resolved it works again\n');
  await ana.sees('RESOLVED');
  const opens = async (one: Seat, keys: string, title: string): Promise<void> => {
    await one.type(keys);
    await one.sees(title);
    // Keys that come at once were meant for what was there before.
    await setTimeout(SWALLOW_MS + 20);
  };
  for (const one of [ana, bob]) {
    await one.sees('RESOLVED');
    await one.type('/postmortem\n');
    await one.sees('Root Cause');
  }
  await opens(ana, '\x1b[B\n', 'ROOT CAUSE');
  await opens(bob, '\n', 'IMPACT');
  await ana.type('the pool was too small\n');
  await bob.type('no order was lost\n');
  for (const one of [ana, bob]) {
    await one.sees('5 sections are empty');
    await one.sees('POSTMORTEM Root Cause: the pool was too small');
    await one.sees('POSTMORTEM Impact: no order was lost');
  }
  // Both in one section; the hub decides, and says who was first.
  await opens(ana, '\n', 'ROOT CAUSE');
  await opens(bob, '\x1b[B\n', 'ROOT CAUSE');
  await ana.type(' for 300 rps\n');
  await bob.sees('#6 by ana');
  await bob.type(' by half\n');
  await bob.sees('ana wrote this section');
  await bob.type('\x1b');
  await bob.sees('draft here');
  await bob.sees('the pool was too small by half');
});

test('a text written while the hub was away: what another wrote first is not replaced, and the text comes back to its author', async () => {
  const dir = await opened.folder();
  const hub = await opened.hub(dir);
  const port = Number(new URL(hub.url).port);
  const ana = await opened.client(hub, 'ana');
  const seat = sit('ana', ana, 110, 36);
  const bob = await opened.client(hub, 'bob');
  await seat.type('/declare sev 1 checkout errors\n');
  await seat.sees('DECLARED SEV-1');
  await seat.type('/role ic ana\n/status resolved it works again\n');
  await seat.sees('RESOLVED');
  bob.follow(ana.view.incident!.id);
  await until('bob is there', () => bob.view.incident?.status === 'resolved');
  await hub.close();
  await seat.sees('HUB LOST');
  await seat.type('/section cause the pool was too small\n');
  await seat.sees('1 entry kept');
  await bob.submit({ kind: 'write_postmortem', section: 'cause', text: 'the deploy', after: 0 }, bob.view.incident!.id);
  await opened.hub(dir, { listen: { host: '127.0.0.1', port } });
  const text = (): string => ana.view.incident?.postmortem?.sections.cause?.text ?? '';
  await until('one of them is written', () => text() !== '');
  expect(['the pool was too small', 'the deploy']).toContain(text());
  if (text() !== 'the deploy') return;
  await seat.sees('wrote "Root Cause"');
  await seat.type('\x1b[A');
  await seat.sees(`/section ${ana.view.incident!.id} cause the pool was too small`);
});
