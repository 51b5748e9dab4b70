/** Words no command can mean, as whole processes: a clear answer, exit code 2, nothing on stdout. */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { COMMANDS } from '../../src/cli/commands/index.ts';
import { commandHelp, helpText } from '../../src/cli/help.ts';
import { dataDir } from '../../src/cli/paths.ts';
import { ended, InProcess, MAIN } from '../support/program.ts';

const place = new InProcess();
afterAll(() => place.close());

describe.concurrent('wrong words', () => {
  test.for<[string[], RegExp]>([
    [['open'], /no command "open"(?!.*did you mean "open")/],
    [['note', 'x', '--jsn'], /no option "--jsn"; did you mean "--json"\?/],
    [['note', '-starts'], /no option "-s".*behind --/],
    [['list', 'extra'], /"extra" is a word too many/],
    [['tail', 'extra'], /"extra" is a word too many/],
    [['advise', '--users', '30', 'extra'], /"extra" is a word too many/],
    [['-'], /"-" is a word too many/],
    [['role', 'ic', ''], /say who/],
    [['note', 'x', '--incident', ''], /--incident is empty/],
    [['list', '--token='], /--token is empty/],
    [['list', '--utc', '--local'], /not both/],
    [['note', 'x', '--stdin'], /not both/],
    [['note', 'x', '--at', '5m'], /-5m/],
    [['note', 'x', '--due', '-5m'], /30m/],
    [['note', 'x', '--kind'], /--kind needs a value/],
    [['tail', '--after', '-1'], /--after needs a value; one that begins with a dash/],
    [['list', '--json=1'], /--json takes no value/],
    [['list', '--theme', 'pink'], /--theme takes auto, dark.* not "pink"/],
    [['join', 'localhost', 'extra'], /"extra" is a word too many/],
    [['help', 'nonsense'], /no command "nonsense"/],
    [['verify', MAIN], /holds no record/],
    [['invite', 'bob', '--hub', 'wss://elsewhere'], /on the machine of the hub/],
  ])('%j', async ([args, words]) => {
    const { code, stdout, stderr } = await place.run(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(words);
  });
});

test('help on one command, both ways, with its options', async () => {
  const [help, asked] = await Promise.all([place.whole(['help', 'note']), place.whole(['note', '--help'])]);
  expect(help).toEqual(asked);
  expect(help.stdout).toMatch(/--kind VALUE[^]*--pin/);
});

test('help is as wide as a terminal', async () => {
  const pages = [
    await helpText(),
    ...(await Promise.all(Object.values(COMMANDS).map(async (load) => commandHelp(await load())))),
  ];
  expect(pages.flatMap((page) => page.split('\n')).filter((line) => line.length > 80)).toEqual([]);
});

test('an answer that cannot be written is said, and is not done', async () => {
  const full = openSync('/dev/full', 'w');
  const child = spawn(process.execPath, [MAIN, '--help'], { env: place.env, stdio: ['ignore', full, 'pipe'] });
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  expect(await ended(child)).toBe(1);
  closeSync(full);
  expect(stderr).toMatch(/^warroom: the answer cannot be written: ENOSPC[^\n]*\n$/);
});

test('an exit code stands also when nobody reads why', async () => {
  const child = place.start(['nonsense']);
  child.stderr?.destroy();
  expect(await ended(child)).toBe(2);
});

test.each([['hub'], ['invite', 'bob'], ['--plain'], ['note', 'x', '--incident', '2026-11-23-x']])(
  'a data folder that cannot be made is told in words: %s',
  async (...args) => {
    const file = path.join(place.data, 'file');
    writeFileSync(file, '');
    const { code, stderr } = await place.whole([...args, '--data', path.join(file, 'sub')]);
    expect([3, 4]).toContain(code);
    expect(stderr).toMatch(/ENOTDIR/);
    expect(stderr).not.toMatch(/fault of the program|\.js:/);
  },
);

test('a user without a home folder is told what to give', () => {
  const homedir = vi.spyOn(os, 'homedir').mockImplementation(() => {
    throw new Error('ENOENT');
  });
  const context = { text: () => undefined, env: {} };
  expect(() => dataDir(context)).toThrow(/--data DIR/);
  expect(dataDir({ ...context, env: { XDG_STATE_HOME: '/state' } })).toBe('/state/warroom');
  homedir.mockRestore();
});

test('what the system refuses is no fault of the program', async () => {
  const file = path.join(place.data, 'invites.json');
  mkdirSync(file);
  const { code, stderr } = await place.whole(['invite', '--list']);
  rmdirSync(file);
  expect([code, stderr]).toEqual([1, expect.stringMatching(/^warroom: EISDIR[^\n]*\n$/)]);
});

test('a pipe into a console without hub is not done, and says so by its code', async () => {
  const { code, stdout } = await place.whole(['join', '127.0.0.1:1'], { input: 'words\n' });
  expect([code, stdout]).toEqual([4, expect.stringContaining('HUB LOST')]);
});

test('a variable of the environment that is set to nothing is not set', async () => {
  const env = { WARROOM_HUB: '', WARROOM_TOKEN: '', WARROOM_CONFIG: '' };
  expect(await place.run(['list'], { env })).toMatchObject({ code: 4, stderr: expect.stringMatching(/no hub runs/) });
});

test('a console whose hub cannot start says all of why, and is no fault of the program', async () => {
  const config = path.join(place.data, 'config');
  mkdirSync(config);
  const bad = [1, 2, 3].map((n) => `  - { name: t${n}, kind: nosuch${n} }`);
  writeFileSync(path.join(config, 'warroom.yaml'), `targets:\n${bad.join('\n')}\nextra: 1\n`);
  const { code, stderr } = await place.whole(['--plain', '--config', config]);
  expect(code).toBe(4);
  expect(stderr).toMatch(/^warroom: the hub of this machine did not start:/);
  for (const place of ['2:23', '3:23', '4:23', '5:1']) expect(stderr).toContain(`warroom.yaml:${place}:`);
  expect(stderr).not.toMatch(/fault of the program|\.js:/);
});

test('in a pipe nothing is said of how far a long command is', async () => {
  expect((await place.whole(['check'])).stderr).toBe('');
});
