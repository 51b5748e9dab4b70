/** What a command of the shell asks a person at a terminal before it does it, and what it does where nobody can be asked. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { InProcess } from '../support/program.ts';
import { typed } from './terminal.ts';

const place = new InProcess();
let first = '';
beforeAll(async () => {
  await place.hub();
  ({ incident: first } = (await place.json(['declare', 'orders time out', '--sev', '1'])) as { incident: string });
  await place.json(['role', 'ic', 'alice', '--incident', first]);
  await place.json(['note', 'who has the pager?', '--kind', 'question', '--as', 'bob', '--incident', first]);
});
afterAll(() => place.close());

const asked = (answer: string, ...args: readonly string[]) => typed(place.env, args, '[y/N]', answer);
const open = async (): Promise<number> => ((await place.json(['list'])) as readonly unknown[]).length;
const shown = (): Promise<unknown> => place.json(['show', '--incident', first]);

test('a near-same title: the incident that is open is offered first', async () => {
  const again = ['declare', 'Orders time out!', '--sev', '2'];
  const noes = ['n\r', '\r', 'yes please\r', '\x04', '\x03'];
  for (const { code, screen } of await Promise.all(noes.map((answer) => asked(answer, ...again)))) {
    expect(code, screen).toBe(3);
    expect(screen).toContain('declare another? [y/N]');
    expect(screen).toContain(`nothing was declared; see: warroom show --incident ${first}`);
  }
  expect(await open()).toBe(1);
  expect(await asked('y\r', ...again)).toMatchObject({ code: 0, screen: expect.stringMatching(/declared SEV-2/) });
  expect(await open()).toBe(2);
  const piped = await place.run(again);
  expect([piped.code, piped.stderr]).toEqual([0, expect.stringContaining(first)]);
  const script = await place.run([...again, '--json']);
  expect(script).toMatchObject({ code: 0, stderr: expect.stringContaining(first) });
  expect((JSON.parse(script.stdout) as { incident: string }).incident).not.toBe(first);
  expect(await open()).toBe(4);
});

test('a role for a name that nobody here has', async () => {
  const give = (name: string): string[] => ['role', 'scribe', name, '--incident', first];
  const refused = await asked('n\r', ...give('zoe'));
  expect(refused).toMatchObject({ code: 3, screen: expect.stringMatching(/zoe.*go ahead all the same\? \[y\/N\]/) });
  expect(await shown()).toMatchObject({ roles: { scribe: null } });
  expect((await asked('Y\r', ...give('zoe'))).code).toBe(0);
  expect(await shown()).toMatchObject({ roles: { scribe: 'zoe' } });
  // Where nobody can be asked a new name is taken with a warning, one that looks mistyped is not.
  const piped = await place.run(give('yara'));
  expect([piped.code, piped.stderr]).toEqual([0, expect.stringContaining('yara')]);
  const mistyped = await place.run(give('alicee'));
  expect([mistyped.code, mistyped.stderr]).toEqual([3, expect.stringContaining('did you mean "alice"?')]);
  expect((await asked('y\r', ...give('alicee'))).code).toBe(0);
  expect(await shown()).toMatchObject({ roles: { scribe: 'alicee' } });
});

test('resolved with an item open: a person is asked, a script is warned', async () => {
  const end = (to: string): string[] => ['status', to, '--incident', first];
  const { code, screen } = await asked('\r', ...end('resolved'));
  expect([code, screen]).toEqual([3, expect.stringMatching(/1 item open: set it to resolved all the same\? \[y\/N\]/)]);
  expect(screen).toContain('nothing was changed');
  expect(await shown()).toMatchObject({ status: 'declared' });
  expect((await asked('y\r', ...end('resolved'))).code).toBe(0);
  expect(await shown()).toMatchObject({ status: 'resolved' });
  expect(await place.run(end('closed'))).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('closed with 1 item open; the record says so'),
  });
});

test('another invitation of the same person ends the first', async () => {
  expect((await place.run(['invite', 'eve'])).code).toBe(0);
  expect(await asked('n\r', 'invite', 'eve')).toMatchObject({
    code: 3,
    screen: expect.stringMatching(/nothing was changed/),
  });
  expect(await asked('y\r', 'invite', 'eve')).toMatchObject({
    code: 0,
    screen: expect.stringMatching(/WARROOM_TOKEN=/),
  });
});

test('words behind -- are taken as they are', async () => {
  const { stdout } = await place.run(['note', '--incident', first, '--', 'give it', '--at', '-5m']);
  expect(stdout).toMatch(/^#\d+ give it --at -5m\n$/);
});
