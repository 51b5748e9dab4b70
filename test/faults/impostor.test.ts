/** A hub is killed, and somebody else listens on its port: whatever they say, they never get to see a token or its key. */
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import { findHub } from '../../src/client/hub-process.ts';
import { HANDBOOK_POLICY } from '../../src/incident/policy.ts';
import { hashOf, keyId, newNonce } from '../../src/protocol/handshake.ts';
import { runtimeFile, tokenFile } from '../../src/protocol/runtime.ts';
import { readFromHub } from '../../src/protocol/validate.ts';
import { until } from '../support/patience.ts';
import { ended, InProcess, type Ready } from '../support/program.ts';

type Message = Record<string, unknown>;
const challenge = (proof: string, more: Message = {}): Message => ({
  type: 'challenge',
  version: 4,
  min: 3,
  max: 4,
  nonce: newNonce(),
  proof,
  ...more,
});
/** The welcome of a hub that speaks version 3 only. */
const welcome: Message = {
  type: 'welcome',
  version: 3,
  min: 3,
  max: 3,
  you: { name: 'alice', observer: false },
  hub: { id: 'x', pid: 1, startedAt: '2026-11-23T13:00:00.000Z' },
  now: 1,
  policy: HANDBOOK_POLICY,
  incidents: [],
  targets: [],
  readOnly: null,
};
/** What an impostor may answer to a hello, one after the other. */
const ANSWERS: readonly ((hello: Message, socket: WebSocket) => Message | string | null)[] = [
  () => welcome,
  () => challenge('0'.repeat(64)),
  ({ auth }) => challenge((auth as { nonce: string }).nonce, { nonce: (auth as { nonce: string }).nonce }),
  () => challenge('0'.repeat(64), { version: 3, min: 3, max: 3 }),
  (hello) => hello,
  () => ({ type: 'ping', t: 1, now: 1, head: null }),
  () => 'x'.repeat(100_000),
  (_, socket) => (socket.close(4400, 'token: Invalid key: Expected "token"'), null),
  (_, socket) => (socket.close(4406, 'the hub speaks version 3, this console version 4'), null),
];

class Impostor {
  /** All that anybody sent: heads and bodies of requests, and messages. */
  saw = '';
  readonly hellos: Message[] = [];
  readonly others: Message[] = [];
  readonly #server = createServer((request, response) => {
    this.saw += `${request.url}${request.rawHeaders.join()}`;
    request.on('data', (data: Buffer) => (this.saw += data.toString()));
    // It is in the best of health.
    response.end(JSON.stringify({ status: 'ok', journal_lag: 0 }));
  });

  async listen(port: number): Promise<void> {
    const sockets = new WebSocketServer({ server: this.#server });
    sockets.on('connection', (socket, request) => {
      this.saw += `${request.url}${request.rawHeaders.join()}`;
      socket.on('message', (data: Buffer) => this.#hear(socket, data.toString()));
    });
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
  }

  #hear(socket: WebSocket, text: string): void {
    this.saw += text;
    const message = JSON.parse(text) as Message;
    if (message['type'] !== 'hello') return void this.others.push(message);
    const answer = ANSWERS[this.hellos.length % ANSWERS.length]?.(message, socket) ?? null;
    this.hellos.push(message);
    if (answer !== null) socket.send(typeof answer === 'string' ? answer : JSON.stringify(answer));
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Hellos are all it was told, and in none of that is one of these tokens, or its key. */
  knowsNothingOf(...tokens: readonly string[]): void {
    expect(this.others).toEqual([]);
    for (const hello of this.hellos)
      expect(Object.keys(hello).sort()).toEqual(
        ['auth', 'client', 'live', 'max', 'min', 'name', 'type', 'version', 'via'].sort(),
      );
    for (const token of tokens) {
      expect(this.saw).not.toContain(token);
      for (const form of ['hex', 'base64', 'base64url'] as const)
        expect(this.saw).not.toContain(hashOf(token).toString(form));
    }
  }
}

let place: InProcess;
let impostor: Impostor;
beforeEach(() => {
  place = new InProcess();
  impostor = new Impostor();
});
afterEach(async () => {
  await impostor.close();
  await place.close();
});

const COMMANDS = [['note', 'x'], ['show'], ['list'], ['tail', '--json'], ['hub', 'reload'], ['hub', 'status']];
const portOf = ({ url }: Ready): number => Number(new URL(url).port);

async function killed(): Promise<{ readonly ready: Ready; readonly token: string; readonly bobs: string }> {
  const { ready, child } = await place.hub();
  await place.json(['declare', 'db down', '--sev', '1']);
  const { token: bobs } = (await place.json(['invite', 'bob'])) as { token: string };
  child.kill('SIGKILL');
  await ended(child);
  await impostor.listen(portOf(ready));
  return { ready, token: readFileSync(tokenFile(place.data), 'utf8').trim(), bobs };
}

test('the impostor speaks well enough to be taken for an older hub', () => {
  expect(readFromHub(JSON.stringify(welcome))).toEqual(welcome);
  expect(readFromHub(JSON.stringify(challenge('0'.repeat(64))))).toMatchObject({ type: 'challenge' });
});

test('what a killed hub left behind is removed and said, and nobody goes there', async () => {
  const { token, bobs } = await killed();
  const [first = [], ...others] = COMMANDS;
  const all = [await place.whole(first), ...(await Promise.all(others.map((args) => place.run(args))))];
  expect(all.map(({ code }) => code)).toEqual([5, 4, 4, 4, 4, 4]);
  const [said, ...later] = all.map(({ stderr }) => stderr);
  expect(said).toMatch(/the hub of this machine \(process \d+\) was killed; .*hub\.json.* was removed/);
  expect(later.join()).not.toContain('was killed');
  expect(later.join()).toContain('no hub answers; this is what');
  expect(impostor.hellos).toEqual([]);
  impostor.knowsNothingOf(token, bobs);
}, 60_000);

test('a file of a number that runs again, as another process, is stale as well', async () => {
  const { ready } = await place.hub();
  const file = runtimeFile(place.data);
  const runtime = JSON.parse(readFileSync(file, 'utf8')) as Message;
  expect(runtime).toMatchObject({ pid: ready.pid, start: expect.any(String), boot: expect.any(String) });
  for (const change of [{ start: '1' }, { boot: 'another', host: null }]) {
    writeFileSync(file, JSON.stringify({ ...runtime, ...change }));
    const said: string[] = [];
    expect(await findHub(place.data, (line) => said.push(line))).toBeNull();
    expect(said).toHaveLength(1);
    expect(() => readFileSync(file)).toThrow(/ENOENT/);
  }
  // Another machine's, on a disk that both see: it may be alive, and is not here.
  writeFileSync(file, JSON.stringify({ ...runtime, boot: 'another', host: 'elsewhere' }));
  expect(await findHub(place.data)).toBeNull();
  writeFileSync(file, JSON.stringify(runtime));
  expect(await findHub(place.data)).toMatchObject({ pid: ready.pid });
});

test('one that is found all the same is told nothing: shell commands, consoles that come and that come back', async () => {
  const { ready, child } = await place.hub();
  await place.json(['declare', 'db down', '--sev', '1']);
  const { token: bobs } = (await place.json(['invite', 'bob'])) as { token: string };
  const { token } = ready;
  const consoles = [place.start([]), place.start(['--as', 'bob', '--hub', ready.url, '--token', bobs])];
  let screen = '';
  for (const { stdout, stderr } of consoles)
    for (const stream of [stdout, stderr]) stream?.on('data', (data: Buffer) => (screen += data.toString()));
  consoles.forEach(({ stdin }, at) => stdin?.write(`before ${at}\n`));
  await until(
    'both write',
    () => ['before 0 #', 'before 1 #'].every((line) => screen.includes(line)),
    () => screen,
  );
  child.kill('SIGKILL');
  await ended(child);
  await impostor.listen(portOf(ready));
  // The file as an older hub wrote it, with the number of a process that runs: nothing tells that it is stale.
  const stale = JSON.parse(readFileSync(runtimeFile(place.data), 'utf8')) as Message;
  for (const field of ['start', 'boot', 'host']) delete stale[field];
  writeFileSync(runtimeFile(place.data), JSON.stringify({ ...stale, pid: process.pid }));

  consoles.forEach(({ stdin }, at) => stdin?.write(`in the dark ${at}\n`));
  const asked = COMMANDS.slice(0, -1);
  const [guest, mine, ...answers] = await Promise.all([
    place.whole(['note', 'y', '--as', 'bob', '--hub', ready.url, '--token', bobs]),
    place.whole(['list', '--hub', ready.url], { env: { WARROOM_TOKEN: token } }),
    ...asked.map((args) => place.run(args)),
  ]);
  for (const [at, { code, stderr }] of answers.entries())
    expect([asked[at], code, stderr]).toEqual([asked[at], [5, 4, 4, 4, 4][at], expect.stringMatching(/token/)]);
  expect(impostor.hellos.filter(({ via }) => via === 'cli').length).toBeGreaterThanOrEqual(asked.length + 2);
  expect([guest.code, guest.stderr]).toEqual([3, expect.stringMatching(/was not sent/)]);
  expect(mine.code).toBe(3);
  const before = impostor.hellos.length;
  const second = place.start(['--as', 'carol']);
  await until('the second console and those that were open try', () => {
    const tries = impostor.hellos.slice(before).map(({ name, via }) => `${String(name)} ${String(via)}`);
    return ['carol', 'alice', 'bob'].every((name) => tries.includes(`${name} console`));
  });
  second.kill('SIGKILL');
  expect(impostor.hellos.length).toBeGreaterThan(ANSWERS.length);
  expect(impostor.hellos.map(({ auth }) => (auth as { key: string }).key)).toContain(keyId(hashOf(token)));
  impostor.knowsNothingOf(token, bobs);

  // The hub comes back where it was: the consoles that were open the whole time find it, and nothing is lost.
  await impostor.close();
  await place.hub(['--listen', `127.0.0.1:${portOf(ready)}`]);
  await until(
    'what was written meanwhile is sent',
    () => ['in the dark 0 #', 'in the dark 1 #'].every((line) => screen.includes(line)),
    () => screen,
  );
}, 120_000);
