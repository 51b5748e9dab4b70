/**
 * What one invited person, a guest or a stranger on the line can do to everybody else. Each case says what must hold.
 */
import { spawn } from 'node:child_process';
import { chmod, rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { Event } from '../../src/incident/event.ts';
import { isName } from '../../src/incident/person-name.ts';
import { abusedHub, type AbusedHub } from '../support/abused-hub.ts';
import {
  deafFollowers,
  Hand,
  hands,
  manyQuestions,
  muteLines,
  NESTED,
  tomorrow,
  type Scene,
} from '../support/abuses.ts';
import { until } from '../support/patience.ts';
import { MAIN, Place, type Ready } from '../support/program.ts';
import { Raw } from '../support/raw.ts';
import { ask, declare, Opened } from '../support/room.ts';

const opened = new Opened();
afterEach(() => opened.tidy());

/** A built hub and an incident that bea declared on it. */
async function scene(): Promise<{ hub: AbusedHub; all: Scene }> {
  const place = new Place();
  opened.later(() => place.close());
  const hub = await abusedHub(place);
  const { token, name } = hub.bystander;
  const bea = await opened.client({ url: hub.url, token }, name, { outbox: null });
  return { hub, all: { ...hub, incident: await declare(bea) } };
}

/** Watches until `what` is so; false when it is not within `ms`: a case that fails today must not wait for long. */
async function soon(ms: number, what: () => boolean): Promise<boolean> {
  for (const end = performance.now() + ms; performance.now() < end; await sleep(10)) if (what()) return true;
  return false;
}

test('the state of an incident is sent under the same limits as its entries, to those who read nothing as well', async () => {
  const { hub, all } = await scene();
  // Above 2,000 entries whoever comes gets the state.
  expect(await manyQuestions(all, 2_250, 4_000)).toBeGreaterThan(2_000);
  const before = hub.peakMiB();
  await deafFollowers(all, 50);
  // The hub has dealt with all of them when it answers one who comes after them.
  const last = await Hand.open(all, all.reader);
  let served = false;
  last?.ws.on('message', (data: Buffer) => (served ||= data.includes('"following"')));
  last?.say({ type: 'follow', incident: all.incident, epoch: null, after: 0 });
  await until('the last one is served', () => served);
  expect(hub.peakMiB() - before).toBeLessThan(150);
});

test('open questions without end stay in the record; the state holds some, and how many more there are', async () => {
  const { all } = await scene();
  expect(await manyQuestions(all, 2_250, 1_000)).toBeGreaterThan(2_000);
  const guest = await Hand.open(all, all.reader);
  let [longest, following] = [0, ''];
  guest?.ws.on('message', (data: Buffer) => {
    longest = Math.max(longest, data.length);
    if (data.toString('latin1', 0, 100).includes('"following"')) following = data.toString();
  });
  guest?.say({ type: 'follow', incident: all.incident, epoch: null, after: 0 });
  await until('it follows', () => following !== '');
  expect(following).toMatch(/"more":{"open":[12]\d{3},/);
  expect(longest).toBeLessThan(256 * 1024);
});

test('silences: one person has a bounded number of them, and a change is told as a change', async () => {
  const { all } = await scene();
  const guest = await Hand.open(all, all.reader, { live: true, via: 'console' });
  let heard = 0;
  guest?.ws.on('message', (data: Buffer) => (heard += data.length));
  const people = await hands(all, all.writer, 6);
  for (const [at, hand] of people.entries())
    for (let one = 0; one < 90; one++)
      hand.ask({ kind: 'silence', matcher: `{target="t${at}-${one}"}`, why: 'because', until: tomorrow() }, null);
  const count = (what: keyof Hand['answers']): number => people.reduce((sum, { answers }) => sum + answers[what], 0);
  const answered = (): number => count('ack') + count('done') + count('nack') + count('later');
  await soon(20_000, () => answered() === 540);
  expect(answered()).toBe(540);
  expect(count('ack') + count('done')).toBeLessThanOrEqual(50);
  expect(count('nack')).toBeGreaterThan(0);
  expect(heard).toBeLessThan(2 * 1024 * 1024);
});

// A message is parsed as a whole before anything looks at it (protocol/validate readToHub), and fields that nobody knows
// are left out: 64,000 brackets cost 7 ms each time, from a guest who may only read. Nothing but commands is metered
// (hub/message-handler #command).
test('a message of brackets in brackets is refused before it is parsed, and its sender is let go', async () => {
  const { all } = await scene();
  const guest = await Hand.open(all, all.reader);
  guest?.say(NESTED);
  await soon(3_000, () => guest?.ws.readyState === WebSocket.CLOSED);
  expect(guest?.ws.readyState).toBe(WebSocket.CLOSED);
});

// Each declaration opens a record, and with it a file; nothing counts them by person (hub/rooms declare).
test('one person opens a bounded number of incidents', async () => {
  const { hub, all } = await scene();
  const people = await hands(all, all.writer, 3);
  for (const [at, hand] of people.entries())
    for (let one = 0; one < 90; one++) hand.ask({ kind: 'declare', title: `${at} ${one}`, severity: 'SEV-3' }, null);
  const answered = (): number =>
    people.reduce((sum, { answers }) => sum + answers.ack + answers.nack + answers.later, 0);
  await until('all are answered', () => answered() === 270);
  const health = (await (await fetch(`${hub.ready.http}/healthz`)).json()) as { incidents_open: number };
  expect(health.incidents_open).toBeLessThan(200);
});

// Lines without a hello are counted with those of people (hub/connections #isCrowded).
test('lines that never say hello keep nobody out: they are cut first', async () => {
  const hub = await opened.hub(await opened.folder(), { limits: { connections: 30 } });
  const lines = await muteLines(hub, 60, true);
  opened.later(async () => lines.forEach((line) => line.destroy()));
  await until('the hub has no room left', () => hub.stats().connections >= 29);
  const ana = await opened.client(hub, 'ana', { outbox: null, random: () => 0 });
  expect(await soon(2_000, () => ana.view.link.state === 'live')).toBe(true);
});

// No descriptor is kept back for the record: `create` fails with EMFILE, which the journal takes for a broken disk
// (log/journal), and only a restart ends that.
test('when strangers hold every descriptor, the hub writes again once they are gone', async () => {
  const place = new Place();
  opened.later(() => place.close());
  const child = spawn(
    'sh',
    ['-c', 'ulimit -n 256; exec "$@"', 'sh', process.execPath, MAIN, 'hub', '--json', '--listen', '127.0.0.1:0'],
    {
      env: place.env,
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  opened.later(async () => void child.kill('SIGKILL'));
  const ready = JSON.parse(
    await new Promise<string>((resolve) => createInterface(child.stdout).once('line', resolve)),
  ) as Ready;
  const ana = await opened.client(ready, 'ana', { outbox: null });
  await until('ana is there', () => ana.view.link.state === 'live');
  const lines = await muteLines(ready, 300, false);
  await soon(500, () => false);
  await ana.submit({ kind: 'declare', title: 'while they hold on', severity: 'SEV-3' }, null);
  await soon(1_000, () => ana.view.link.readOnly !== null);
  for (const line of lines) line.destroy();
  await soon(4_000, () => ana.view.link.readOnly === null && ana.view.incidents.length > 0);
  expect([ana.view.link.readOnly, ana.view.incidents.length]).toEqual([null, 1]);
});

// hub/health puts the sentence of the log into the answer: a path and an incident's id.
test('what strangers read at /healthz names no incident and no path', async () => {
  const dir = await opened.folder();
  const hub = await opened.hub(dir);
  const ana = await opened.client(hub, 'ana', { outbox: null });
  const incident = await declare(ana);
  await rm(`${dir}/incidents/${incident}`, { recursive: true });
  await ana.submit({ kind: 'note', text: 'where is it?' }, incident);
  await until('it is told', () => ana.view.link.readOnly !== null || ana.view.pending[0]?.reason !== undefined);
  const health = await fetch(`${hub.httpUrl}/healthz`);
  expect(health.status).toBe(503);
  const text = await health.text();
  expect(text).toContain('read_only');
  expect(text).not.toContain(incident);
  expect(text).not.toContain(dir);
});

test('the line of an invitation keeps its token out of the list of processes', async () => {
  const place = new Place();
  opened.later(() => place.close());
  const invited = (await place.json(['invite', 'eve'])) as { token: string; line: string };
  expect(invited.line).toContain('warroom join');
  const [, words = ''] = invited.line.split(/\bwarroom join\b/);
  expect(words).not.toContain(invited.token);
});

// Only the token file is looked at (hub/tokens): in a folder that others may write to they put theirs in its place.
test.each([0o777, 0o770])(
  'a data folder that others may write to (mode %o) is refused, with the cure',
  async (mode) => {
    const place = new Place();
    opened.later(() => place.close());
    await chmod(place.data, mode);
    const child = place.start(['hub', '--json', '--listen', '127.0.0.1:0']);
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await until('it starts or says why not', () => said.includes('\n'));
    expect(said).toMatch(/chmod (?:go-w|700)/);
  },
);

// hub/room recordedAt keeps the record's order by dating everything with the latest time ever seen.
test('one entry while the clock was a day ahead does not date those after it tomorrow', async () => {
  let ahead = 0;
  const clock = { wall: () => Date.now() + ahead, mono: () => performance.now() };
  const hub = await opened.hub(await opened.folder(), { clock });
  const ana = await opened.client(hub, 'ana', { outbox: null });
  const incident = await declare(ana);
  ahead = 86_400_000;
  await ask(ana, { kind: 'note', text: 'tomorrow' }, incident);
  ahead = 0;
  await ask(ana, { kind: 'note', text: 'today' }, incident);
  const today = (): Event | undefined =>
    ana.view.events.find((event) => event.kind === 'noted' && event.data.text === 'today');
  await until('it is there', today);
  expect(Math.abs(Date.parse(today()?.at ?? '') - Date.now())).toBeLessThan(60_000);
});

// The hub answers "done" for a known id without looking whether it is the same silence.
test('a silence under the id of another one is refused', async () => {
  const hub = await opened.hub(await opened.folder());
  const ana = await Raw.hello(hub);
  const id = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
  const say = (n: number, matcher: string): void =>
    ana.say({
      type: 'command',
      n,
      id,
      incident: null,
      command: { kind: 'silence', matcher, why: 'x', until: tomorrow() },
    });
  say(1, '{target="a"}');
  expect(await ana.hear('done')).toMatchObject({ n: 1 });
  say(2, '{target="b"}');
  await until('it is answered', () => ana.heard.some((message) => 'n' in message && message.n === 2));
  expect(ana.heard.find((message) => 'n' in message && message.n === 2)).toMatchObject({ type: 'nack' });
});

// incident/person-name allows whatever letters there are, invisible ones too, and names that mean something here.
test.each([
  ['the name of a part of the hub', 'rules'],
  ['the name of a part of the hub', 'hub'],
  ['a role', 'IC'],
  ['a role', 'scribe'],
  ['nobody at all', 'nobody'],
  ['only an invisible letter (Hangul filler)', '\u3164'],
  ['an invisible letter in the middle (grapheme joiner)', 'bo\u034fb'],
  ['an invisible letter at the end (Khmer vowel)', 'bob\u17b4'],
  ['Latin letters with a Cyrillic one', '\u0430lice'],
  ['Latin letters with a Greek one', 'b\u03bfb'],
  ['wide Latin letters', '\uff42\uff4f\uff42'],
  ['a blank at the end', 'bob '],
  ['two blanks', 'bob  smith'],
])('a name is not %s', (_what, name) => {
  expect(isName(name)).toBe(false);
});

test.each([
  'ana',
  '王小明',
  'Маргарита-Александровна',
  "O'Neill",
  'jo.smith@eu',
  'Zoë',
  '1st responder',
  'अनीता',
  'ภูมิพล',
])('a name may be %s', (name) => {
  expect(isName(name)).toBe(true);
});
