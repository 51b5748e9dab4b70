/** The hub is killed again and again around a hand-off, as a whole process with a real webhook and a real mail server: one report. */
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Sink } from '../delivery/sink.ts';
import { until } from '../support/patience.ts';
import { ended, InProcess } from '../support/program.ts';
import { chance } from '../support/random.ts';

const place = new InProcess();
const mails: Email[] = [];
const mailbox = new SMTPServer({
  authOptional: true,
  hideSTARTTLS: true,
  disableReverseLookup: true,
  onData(stream, _, done) {
    const parts: Buffer[] = [];
    stream.on('data', (part: Buffer) => parts.push(part));
    stream.on('end', async () => {
      mails.push(await PostalMime.parse(Buffer.concat(parts)));
      done();
    });
  },
});
mailbox.on('error', () => {});
let hook: Sink;
const config = path.join(place.data, 'config');
beforeAll(async () => {
  hook = await Sink.open();
  await new Promise<void>((ready) => mailbox.listen(0, '127.0.0.1', ready));
  const { port } = mailbox.server.address() as AddressInfo;
  mkdirSync(config);
  const write = (name: string, lines: readonly string[]): void =>
    writeFileSync(path.join(config, name), `${lines.join('\n')}\n`);
  write('warroom.yaml', ['targets: []']);
  write('oncall.yaml', [
    'people: [{ name: ana, phone: "1" }, { name: bob, phone: "2" }]',
    'rotations: [{ name: primary, start: "2026-01-05 09:00", every: 1w, people: [ana] }]',
    'routes: { on-call-primary: { L1: { rotation: primary } } }',
  ]);
  write('receivers.yaml', [
    'receivers:',
    `  - { name: hook, kind: webhook, url: '${hook.url}', events: [handoff] }`,
    `  - { name: mail, kind: smtp, host: 127.0.0.1, port: ${port}, tls: none, from: w@example.org, to: [team@example.org], events: [handoff] }`,
  ]);
});
afterAll(async () => {
  hook.close();
  await place.close();
  await new Promise<void>((done) => mailbox.close(done));
});

const start = async (): Promise<ChildProcess> => (await place.hub(['--config', config])).child;
async function killed(hub: ChildProcess): Promise<void> {
  hub.kill('SIGKILL');
  await ended(hub);
}
/** The ids that a receiver who counts by them has seen. */
const ids = (): readonly unknown[] => [...new Set(hook.field('id'))];

test('one report at the hand-off, and one when it is handed back', async () => {
  let hub = await start();
  hook.mode = 'hold';
  const back = Date.now() + 5_000;
  const span = ['--until', new Date(back).toISOString(), '--why', 'ana sleeps'];
  await place.json(['oncall', 'override', 'primary', 'bob', ...span]);
  await until('it arrived, and is not answered', () => hook.requests.length === 1);
  await killed(hub);
  hook.mode = 'answer';
  let lives = 0;
  for (; Date.now() < back + 500; lives++) {
    hub = await start();
    await new Promise((resolve) => setTimeout(resolve, 400 + chance() * 800));
    await killed(hub);
  }
  expect(lives).toBeGreaterThan(0);
  hub = await start();
  await until(
    'both were sent',
    () => ids().length === 2 && new Set(mails.map(({ messageId }) => messageId)).size === 2,
  );
  // Asked for after all that, so that nothing else is on its way.
  await place.json(['deliver', 'test', 'hook']);
  await until('the test', () => hook.field('kind').at(-1) === 'test');
  const titles = new Map(
    hook.requests.map(({ body }) => [
      (JSON.parse(body) as { id: string }).id,
      (JSON.parse(body) as { title: string }).title,
    ]),
  );
  expect([...titles.values()]).toEqual([
    'On-call hand-off: primary, ana to bob',
    'On-call hand-off: primary, bob to ana',
    '',
  ]);
  expect(new Set(mails.map(({ subject }) => subject))).toEqual(new Set([...titles.values()].slice(0, 2)));
  expect(mails[0]?.text).toContain('- [ ] Talk about how the shift was: ana, how are you?');
  const handOff = await place.whole(['digest', '--handoff', '--note', 'the cache is cold']);
  expect(handOff.stdout).toBe('the report at the hand-off of primary has the note\n');
  const shown = await place.run(['digest', '--local']);
  expect(shown.stderr).toContain('less than a day away');
  expect(shown.stdout).toContain('# On-call hand-off: primary, bob to ana');
  expect((await place.run(['digest', '--week', '--handoff'])).code).toBe(2);
  expect(await place.json(['digest', '--week'])).toMatchObject({ what: 'digest', incidents: [], dueAt: null });
});
