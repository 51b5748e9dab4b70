import { afterEach, expect, test } from 'vitest';
import type { Question } from '../../src/protocol/questions.ts';
import { until } from '../support/patience.ts';
import { ask, declare, Opened } from '../support/room.ts';
import type { Client } from '../../src/client/client.ts';
import type { RoomClient } from '../../src/console/app.ts';
import { sit } from './sit.ts';

const opened = new Opened();
afterEach(() => opened.tidy());

test('two people on two consoles declare, command and write together; a third joins late', async () => {
  const hub = await opened.hub(await opened.folder());
  const alice = sit('alice', await opened.client(hub, 'alice'));
  const bob = sit('bob', await opened.client(hub, 'bob'), 120, 36);
  await alice.sees('link ok');
  await alice.type('/declare sev1 checkout is down\n');
  await alice.sees('DECLARED SEV-1');
  await bob.sees('checkout is down');
  await alice.type('/role ic me\n');
  await bob.sees('IC alice');
  await bob.type('pool is full\n');
  await alice.sees('pool is full');
  await alice.type('\x1bOQ');
  await alice.sees('SET SEVERITY');
  await new Promise((resolve) => setTimeout(resolve, 170));
  await alice.type('2\n');
  await bob.sees('severity lowered SEV-1 -> SEV-2');
  const carol = sit('carol', await opened.client(hub, 'carol'), 80, 24);
  await carol.sees('BRIEF   what we know');
  await carol.sees('SEV-2');
  await carol.type('h');
  await carol.sees('carol > h');
  await carol.sees('pool is full');
  await alice.type('\x03');
  await alice.type('\x03');
  expect(await alice.app.left).toBe(0);
});

test('while the hub is away entries are kept and said to be; back again they are there once', async () => {
  const dir = await opened.folder();
  const hub = await opened.hub(dir);
  const port = Number(new URL(hub.url).port);
  const bob = sit('bob', await opened.client(hub, 'bob'));
  await bob.sees('link ok');
  await bob.type('/declare sev2 slow cart\n');
  await bob.sees('DECLARED SEV-2');
  await hub.close();
  await bob.sees('HUB LOST');
  await bob.type('typed while away\n');
  await bob.sees('1 entry kept');
  await bob.sees('typed while away');
  const again = await opened.hub(dir, { listen: { host: '127.0.0.1', port } });
  await bob.sees('link ok');
  await bob.sees('#2');
  const carol = sit('carol', await opened.client(again, 'carol'));
  await carol.sees('any key closes');
  await carol.type('\u001b');
  await carol.sees('typed while away');
  expect(bob.screen().split('typed while away')).toHaveLength(2);
  expect(carol.screen().split('typed while away')).toHaveLength(2);
});

test('a hostile entry stays text and keeps the columns', async () => {
  const hub = await opened.hub(await opened.folder());
  const client = await opened.client(hub, 'mallory');
  const bob = sit('bob', await opened.client(hub, 'bob'));
  await bob.sees('link ok');
  await bob.type('/declare sev3 test\n');
  await bob.sees('DECLARED');
  await until('mallory follows', () => client.view.incident !== null);
  const text = '\u001b]52;c;ZXZpbA==\u0007\u009b2J{red-fg}x{/} \u202eabc 漢字 👩‍👩‍👧 done';
  await client.submit({ kind: 'note', text }, client.view.incident?.id ?? null);
  await bob.sees('done');
  expect(bob.terminal.clipboard).toEqual([]);
  expect(bob.screen()).toContain('{red-fg}x{/}');
  bob.terminal.send('\x19');
  await bob.sees('sent to terminal');
  expect(bob.terminal.clipboard).toEqual([expect.stringContaining('漢字')]);
  expect(bob.terminal.rows().every((row) => row.length <= 100)).toBe(true);
});

test('what was typed and not sent is kept for the next console', async () => {
  const hub = await opened.hub(await opened.folder());
  const bob = sit('bob', await opened.client(hub, 'bob'));
  await bob.type('half a thought');
  await bob.sees('half a thought');
  bob.app.save();
  expect(bob.kept().draft).toBe('half a thought');
});

test('somebody who reads only the footer declares, sets severity, gives roles, writes, amends, searches and leaves', async () => {
  const hub = await opened.hub(await opened.folder());
  const bob = sit('bob', await opened.client(hub, 'bob'), 80, 24);
  const carol = sit('carol', await opened.client(hub, 'carol'));
  await bob.sees('2 people in the room');
  const footer = (): string => bob.terminal.rows().slice(22).join(' ');
  const press = async (hint: string, bytes: string, then: string): Promise<void> => {
    await bob.sees(hint);
    expect(footer()).toContain(hint);
    await bob.type(bytes);
    await bob.sees(then);
    await new Promise((resolve) => setTimeout(resolve, 160));
  };
  await press('F12 declare', '\x1b[24~', 'DECLARE INCIDENT');
  await bob.type('checkout is down\n');
  await bob.sees('#1');
  await press('F2 severity', '\x1bOQ', 'SET SEVERITY');
  await bob.type('1\n');
  await bob.sees('raised SEV-2 -> SEV-1');
  await press('F4 roles', '\x1bOS', 'ASSIGN ROLE');
  await bob.type('\tme\n');
  await bob.sees('role IC -> bob');
  await press('F4 roles', '\x1bOS', 'ASSIGN ROLE');
  await bob.type('\x1b[B\tcar\n');
  await bob.sees('role COMMS -> carol');
  expect(footer()).toContain('Enter log it');
  await bob.type('pool is ful\nsecond\nthird\n');
  await bob.sees('#7');
  await press('Up edit last', '\x1b[A', '/amend #7 third');
  await bob.type(' of three\n');
  await bob.sees('AMEND ENTRY');
  await new Promise((resolve) => setTimeout(resolve, 160));
  await bob.type('it was the third of three\n');
  await carol.sees('third of three');
  await press('Ctrl-F search', '\x06', 'SEARCH TIMELINE');
  await bob.type('ful\n');
  await bob.type('\x1b');
  // An Escape is one only when nothing follows it for a moment.
  await new Promise((resolve) => setTimeout(resolve, 80));
  await bob.sees('Ctrl-C leave');
  expect(footer()).toContain('Ctrl-C leave');
  await bob.type('\x03');
  await bob.type('\x03');
  expect(await bob.app.left).toBe(0);
});

test('the room as it was: the header says so, nothing can be written, what calls now breaks through, Esc returns', async () => {
  const hub = await opened.hub(await opened.folder());
  const [ana, ben] = [await opened.client(hub, 'ana'), await opened.client(hub, 'ben')];
  const bob = sit('ben', ben, 120, 36);
  const incident = await declare(ana);
  await ask(ana, { kind: 'assign_role', role: 'ic', name: 'ana' }, incident);
  await ask(ana, { kind: 'note', text: 'first' }, incident);
  await bob.sees('first');
  await ask(ana, { kind: 'note', text: 'second' }, incident);
  await bob.sees('second');
  await bob.type('half a sent');
  await bob.type('\u0015');
  await bob.type('/back #3\n');
  await bob.sees('PAST ');
  await bob.sees('no readings were kept');
  expect(bob.screen()).toContain('first');
  expect(bob.screen()).not.toContain('second');
  expect(bob.screen()).toContain('╔═');
  // Typed by mistake, pasted, sent: nothing of it is written.
  const head = ana.view.incident?.head;
  await bob.type('rollback done\n');
  await bob.sees('nothing is written');
  await bob.type('/sev 0\n');
  await bob.sees('nothing is written');
  await bob.type('\u001b');
  await bob.type('//rollback done\n');
  await bob.sees('nothing is written');
  await bob.type('\u0015');
  bob.terminal.send('\u001b[200~rollback done\u001b[201~');
  bob.terminal.send('\u001b[C');
  await bob.sees('there is no later key entry');
  bob.terminal.send('\u001b[D');
  await bob.sees('TIMELINE 2 entries');
  await ask(ana, { kind: 'offer_command', name: 'ben' }, incident);
  await bob.sees('NOW: ');
  expect(ana.view.incident?.head).toBe((head ?? 0) + 1);
  await bob.type('\u001b');
  await bob.type('\u001b');
  await bob.sees('ana OFFERS YOU COMMAND');
  expect(bob.screen()).not.toContain('PAST ');
  expect(ana.view.incident?.head).toBe((head ?? 0) + 1);
  expect(ana.view.events.every(({ by }) => by.name === 'ana')).toBe(true);
});

/** That client, whose questions of that kind wait until they are released. */
function slowed(client: Client, what: Question['what']): { readonly slow: RoomClient; readonly release: () => void } {
  let release = (): void => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  const slow: RoomClient = {
    get view() {
      return client.view;
    },
    onChange: (listener) => client.onChange(listener),
    submit: (command, incident) => client.submit(command, incident),
    settled: (n) => client.settled(n),
    dismiss: (id) => client.dismiss(id),
    follow: (incident) => client.follow(incident),
    typing: (on) => client.typing(on),
    page: (from, to) => client.page(from, to),
    now: () => client.now(),
    close: () => client.close(),
    async ask(about) {
      if (about.what === what) await released;
      return client.ask(about);
    },
  };
  return { slow, release };
}

test('an answer that comes while the past is shown is there on return', async () => {
  const hub = await opened.hub(await opened.folder());
  const client = await opened.client(hub, 'ben');
  const { slow, release } = slowed(client, 'runbook');
  const ben = sit('ben', slow, 100, 30);
  await declare(client);
  await ben.sees('DECLARED');
  await ben.type('/runbook nosuch\n');
  await ben.sees('the hub is asked for it');
  ben.terminal.send('\u001bp');
  await ben.sees('PAST ');
  release();
  await client.ask({ what: 'runbook', name: 'nosuch' });
  await ben.type('\u001b');
  await ben.sees('this hub reads no logs');
});

test('the past that was read for a room is not shown over another one', async () => {
  const hub = await opened.hub(await opened.folder());
  const client = await opened.client(hub, 'ben');
  const { slow, release } = slowed(client, 'record');
  const ben = sit('ben', slow, 100, 30);
  await declare(client);
  await ben.sees('DECLARED');
  ben.terminal.send('\u001bp');
  await ben.sees('reading the past of this room');
  client.follow(null);
  await ben.sees('no incident open here');
  release();
  await until('the notice is gone', () => !ben.screen().includes('reading the past'));
  expect(ben.screen()).not.toContain('PAST ');
});
