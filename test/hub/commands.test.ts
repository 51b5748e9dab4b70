/** Commands at the hub: exactly once, refused in words, never half applied, whatever is sent. */
import { afterEach, expect, test } from 'vitest';
import { Raw } from '../support/raw.ts';
import { until } from '../support/patience.ts';
import { chance } from '../support/random.ts';
import { declare, Opened } from '../support/room.ts';
import type { Hub } from '../../src/hub/hub-options.ts';

const opened = new Opened();
afterEach(() => opened.tidy());
let count = 0;
const ulid = (): string => `01ARZ3NDEKTSV4RRFF${String(++count).padStart(8, '0')}`;

async function room(limits: NonNullable<Parameters<typeof opened.hub>[1]>['limits'] = {}): Promise<{
  hub: Hub;
  incident: string;
  raw: Raw;
}> {
  const hub = await opened.hub(await opened.folder(), { limits });
  const incident = await declare(await opened.client(hub, 'host'));
  const raw = await Raw.hello(hub);
  await raw.hear('welcome');
  return { hub, incident, raw };
}
const note = (n: number, incident: string, text: string, id = ulid()): Record<string, unknown> => ({
  type: 'command',
  n,
  id,
  incident,
  command: { kind: 'note', text },
});

test('a command sent again, on this connection or another, is one entry with one seq', async () => {
  const { hub, incident, raw } = await room();
  const commands = Array.from({ length: 20 }, (_, index) => note(index + 1, incident, `entry ${index + 1}`));
  for (const command of commands) for (let times = 0; times < 3; times++) raw.say(command);
  const again = await Raw.hello(hub);
  for (const command of [...commands, ...commands]) again.say(command);
  await until('every try is answered', () => again.heard.filter(({ type }) => type === 'ack').length === 40);
  await until('every try is answered', () => raw.heard.filter(({ type }) => type === 'ack').length === 60);
  const seqs = new Map<number, Set<number>>();
  let first = 0;
  for (const message of [...raw.heard, ...again.heard])
    if (message.type === 'ack') {
      seqs.set(message.n, (seqs.get(message.n) ?? new Set()).add(message.seq));
      if (!message.dup) first++;
    }
  expect([...seqs.values()].map(({ size }) => size)).toEqual(Array(20).fill(1));
  expect(first).toBe(20);
  expect(hub.stats().events).toBe(21);
});

test('a declaration sent again is the same incident', async () => {
  const { hub, raw } = await room();
  const id = ulid();
  const command = {
    type: 'command',
    n: 1,
    id,
    incident: null,
    command: { kind: 'declare', title: 'DB', severity: 'SEV-0' },
  };
  for (let times = 0; times < 3; times++) raw.say(command);
  await until('three answers', () => raw.heard.filter(({ type }) => type === 'ack').length === 3);
  raw.say({ ...command, n: 2, id: ulid() });
  const other = await raw.hear('ack', ({ n }) => n === 2);
  expect(other.incident).toMatch(/-db-2$/);
  expect(hub.stats().incidents).toBe(3);
});

test('the same number for another command is refused and nothing is stored', async () => {
  const { hub, incident, raw } = await room();
  raw.say(note(1, incident, 'this'));
  await raw.hear('ack');
  raw.say(note(1, incident, 'that'));
  expect(await raw.hear('nack')).toMatchObject({ n: 1, code: 'id_reused' });
  const before = hub.stats().events;
  raw.say(note(7, incident, 'a'));
  raw.say(note(7, incident, 'b'));
  expect(await raw.hear('nack', ({ n }) => n === 7)).toMatchObject({ code: 'id_reused' });
  await raw.hear('ack', ({ n }) => n === 7);
  expect(hub.stats().events).toBe(before + 1);
});

test('two consoles with the same client id under different invitations do not meet', async () => {
  const { createInvite } = await import('../../src/hub/invites.ts');
  const dir = await opened.folder();
  const tokens = {
    ben: await createInvite(dir, { name: 'ben', observer: false, expiresAt: null }),
    eve: await createInvite(dir, { name: 'eve', observer: false, expiresAt: null }),
  };
  const hub = await opened.hub(dir);
  const incident = await declare(await opened.client(hub, 'host'));
  const ben = await Raw.hello(hub, { token: tokens.ben, name: 'ben', client: 'same' });
  const eve = await Raw.hello(hub, { token: tokens.eve, name: 'eve', client: 'same' });
  eve.say(note(1, incident, 'stolen number'));
  await eve.hear('ack');
  ben.say(note(1, incident, 'my own'));
  expect(await ben.hear('ack')).toMatchObject({ seq: 3 });
});

test('two incidents are linked in the record of each, once, however often it is sent', async () => {
  const { hub, incident, raw } = await room();
  const other = await declare(await opened.client(hub, 'ben'), 'cache is full');
  const link = { type: 'command', n: 1, id: ulid(), incident, command: { kind: 'link', other } };
  for (let times = 0; times < 3; times++) raw.say(link);
  await until('every try is answered', () => raw.heard.filter(({ type }) => type === 'ack').length === 3);
  expect(hub.stats().events).toBe(4);
  for (const [id, related] of [
    [incident, other],
    [other, incident],
  ]) {
    const client = await opened.client(hub, 'cyd');
    client.follow(id!);
    await until('both records say so', () => client.view.incident?.related.some((one) => one.id === related) === true);
  }
});

test('bad commands are refused by number, with the reason', async () => {
  const { hub, incident, raw } = await room();
  const before = hub.stats().events;
  const bad: Record<string, unknown>[] = [
    { kind: 'declare', title: 'x'.repeat(10_000), severity: 'SEV-1' },
    { kind: 'set_severity', to: 'SEV-7' },
    { kind: 'assign_role', role: 'ic', name: 'a\u001b[31mb' },
    { kind: 'assign_role', role: 'ic', name: 'evil\u202eman' },
    { kind: 'assign_role', role: 'king', name: 'ana' },
    { kind: 'note', text: 'x'.repeat(16_001) },
    { kind: 'note', text: 5 },
    { kind: 'note', text: 'x', at: 'yesterday' },
    { kind: 'note', text: '   ' },
    { kind: 'note', text: 'x', re: 1e300 },
    { kind: 'amend', ref: 999, text: 'x', why: 'y' },
    { kind: 'change_alert', alert: 'a', rule: 'r', from: 'x', to: 'firing', severity: 'SEV-0', summary: '' },
    { kind: 'mark_change', what: ' ' },
    { kind: 'end_objections', ref: 1 },
    { kind: 'page', level: 'L2', why: 'x' },
    { kind: 'merge_incident', incident: 'other', title: 'x' },
    { kind: '__proto__' },
    { kind: 'drop_tables' },
  ];
  for (const [index, command] of bad.entries())
    raw.say({ type: 'command', n: index + 1, id: ulid(), incident, command });
  await until('all are answered', () => raw.heard.filter(({ type }) => type === 'nack').length === bad.length);
  raw.say(note(99, 'no-such-incident', 'x'));
  expect(await raw.hear('nack', ({ n }) => n === 99)).toMatchObject({ code: 'not_found' });
  expect(raw.heard.filter(({ type }) => type === 'ack')).toEqual([]);
  expect(hub.stats().events).toBe(before);
  raw.say(note(100, incident, 'and all is well'));
  await raw.hear('ack');
});

test('what is no message ends the connection with a reason, and the hub goes on', async () => {
  const { hub, incident } = await room();
  const deep = `{"type":"command","n":1,"id":"x","command":${'['.repeat(10_000)}${']'.repeat(10_000)}}`;
  const bad: (string | Buffer)[] = [
    'hello?',
    '',
    '[]',
    'null',
    '{"type":"hello"}',
    '{"__proto__":{"type":"unfollow"}}',
    '{"type":"page","incident":"../../etc","from":1,"to":2}',
    '{"type":"follow","incident":"x","epoch":null,"after":-1}',
    '{"type":"command","n":9007199254740993,"id":"01ARZ3NDEKTSV4RRFFQ69G5FAV","incident":null,"command":{"kind":"note","text":"x"}}',
    deep,
    Buffer.from([1, 2, 3]),
  ];
  const codes: number[] = [];
  for (const message of bad) {
    const raw = await Raw.hello(hub, { name: 'mal' });
    await raw.hear('welcome');
    raw.say(message);
    codes.push((await raw.closed).code);
  }
  expect(codes).toEqual(Array(bad.length).fill(4400));
  const big = await Raw.hello(hub);
  await big.hear('welcome');
  big.say('x'.repeat(70_000));
  expect((await big.closed).code).toBe(1009);
  const utf8 = await Raw.hello(hub);
  await utf8.hear('welcome');
  utf8.ws.send(Buffer.from([0xff, 0xfe, 0x80]), { binary: false });
  expect((await utf8.closed).code).toBe(1007);
  expect(({} as Record<string, unknown>)['type']).toBeUndefined();
  const fine = await Raw.hello(hub);
  fine.say(note(1, incident, 'still here'));
  await fine.hear('ack');
});

test('too many at once are told when to come again, and their order is kept', async () => {
  const { incident, raw } = await room({ perSecond: 50, burst: 5 });
  for (let n = 1; n <= 8; n++) raw.say(note(n, incident, `${n}`));
  await until('all are answered', () => raw.heard.filter(({ type }) => type === 'nack').length === 3);
  const nacks = raw.heard.flatMap((message) => (message.type === 'nack' ? [message] : []));
  expect(nacks.map(({ n, code }) => [n, code])).toEqual([6, 7, 8].map((n) => [n, 'rate_limited']));
  expect(nacks.every(({ retryAfter }) => retryAfter !== undefined && retryAfter > 0)).toBe(true);
});

// A busy console sends again before it has read every answer, so a copy of what is stored arrives late. That copy is told
// to wait, but a console never sends an acknowledged command again.
test('a late copy of what is stored does not hold up what comes after it', async () => {
  let later = 0;
  const clock = { wall: () => Date.now(), mono: () => performance.now() + later };
  const hub = await opened.hub(await opened.folder(), { limits: { perSecond: 1, burst: 2 }, clock });
  const incident = await declare(await opened.client(hub, 'host'));
  const raw = await Raw.hello(hub);
  const [one, two, three] = [1, 2, 3].map((n) => note(n, incident, `${n}`)) as [object, object, object];
  for (const command of [one, two, three]) raw.say({ ...command });
  await raw.hear('nack', ({ n, code }) => n === 3 && code === 'rate_limited');
  await raw.hear('ack', ({ n }) => n === 1);
  raw.say({ ...one });
  await until(
    'the copy is answered',
    () => raw.heard.filter((message) => 'n' in message && message.n === 1).length === 2,
  );
  later = 5_000;
  const heard = raw.heard.length;
  raw.say({ ...three });
  await until('the third is answered', () =>
    raw.heard.slice(heard).some((message) => 'n' in message && message.n === 3),
  );
  expect(raw.heard.slice(heard).map(({ type }) => type)).toContain('ack');
});

test('a client with much to say waits as told, and all of it arrives in order', async () => {
  const { hub, incident } = await room({ perSecond: 200, burst: 10 });
  const ana = await opened.client(hub, 'ana', { incident });
  const texts = Array.from({ length: 80 }, (_, index) => `entry ${index}`);
  await Promise.all(texts.map((text) => ana.submit({ kind: 'note', text }, incident)));
  await until('all are in', () => ana.view.events.length === 81 && ana.view.pending.length === 0);
  expect(ana.view.events.flatMap(({ data }) => ('text' in data ? [data.text] : []))).toEqual(texts);
});

test('a flood of fragments, or one never finished, harms nobody else', async () => {
  const { hub, incident, raw } = await room();
  const flood = await Raw.hello(hub, { client: 'flood' });
  await flood.hear('welcome');
  for (let index = 0; index < 200; index++) flood.ws.send('x', { fin: false });
  expect((await flood.closed).code).toBe(1008);
  const open = await Raw.hello(hub, { client: 'open' });
  await open.hear('welcome');
  open.ws.send('{"type":', { fin: false });
  raw.say(note(1, incident, 'undisturbed'));
  await raw.hear('ack');
});

test('a retry storm over changing connections: every command once, the same seq in every answer', async () => {
  const { hub, incident } = await room({ perSecond: 1e6, burst: 1e6 });
  const count = Number(process.env['WARROOM_LONG'] ?? 300);
  const commands = Array.from({ length: count }, (_, index) => note(index + 1, incident, `entry ${index + 1}`));
  const seqs = new Map<number, Set<number>>();
  for (let round = 0; round < 4; round++) {
    const raw = await Raw.hello(hub, { client: 'stormy' });
    await raw.hear('welcome');
    for (const command of commands) if (round === 3 || chance() < 0.7) raw.say(command);
    if (round < 3) await raw.hear('ack');
    else await until('all are answered', () => raw.heard.filter(({ type }) => type === 'ack').length === count);
    raw.ws.terminate();
    for (const message of raw.heard)
      if (message.type === 'ack') seqs.set(message.n, (seqs.get(message.n) ?? new Set()).add(message.seq));
  }
  expect([...seqs.values()].every(({ size }) => size === 1)).toBe(true);
  expect(seqs.size).toBe(count);
  expect(hub.stats().events).toBe(count + 1);
});
