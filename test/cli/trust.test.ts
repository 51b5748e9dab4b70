/** What people found from outside: times, errors as JSON, names of incidents, invitations. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { InProcess } from '../support/program.ts';

const place = new InProcess();
type Json = Record<string, unknown>;
const json = async (...args: string[]): Promise<Json> => (await place.json(args)) as Json;

beforeAll(async () => {
  await place.hub();
  const declared = await json('declare', 'cannot pay', '--sev', '2', '--at', '2025-10-29 6:40 PM');
  // An incident's id carries the day it began.
  expect(declared).toMatchObject({ incident: '2025-10-29-cannot-pay', at: '2025-10-29T18:40:00.000Z' });
});
afterAll(() => place.close());

test('a pipe of lines with times: each at the time meant, a date holds for the lines after it', async () => {
  const lines = [
    '2025-10-29 18:41 deploy begins',
    '6:43 PM errors',
    '18:44 PDT too early?',
    '25:00 nonsense',
    '2000 users',
  ];
  const { code, stdout } = await place.whole(['note', '--stdin'], { input: lines.join('\n') });
  expect(code).toBe(3);
  const answers = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Json);
  expect(answers.map(({ at }) => at)).toEqual([
    '2025-10-29T18:41:00.000Z',
    '2025-10-29T18:43:00.000Z',
    '2025-10-30T01:44:00.000Z',
    undefined,
    expect.stringMatching(/^20/),
  ]);
  expect(answers[3]).toEqual({ error: { code: 'invalid', message: expect.stringMatching(/^line 4: /) } });
});

test('what was done earlier is recorded with its time: ack, severity, status, roles, updates', async () => {
  for (const [args, clock] of [
    [['ack', '--at', '2025-10-29 18:46'], '18:46'],
    [['role', 'ic', 'ana', '--at', '2025-10-29 6:53 PM'], '18:53'],
    [['sev', '1', '--at', '2025-10-29 18:52', '--as', 'ana'], '18:52'],
    [['status', 'monitoring', '--at', '2025-10-29 1916', '--as', 'ana'], '19:16'],
    [['update', 'we are sorry', '--at', '2025-10-29T20:12Z', '--next', '30m', '--as', 'ana'], '20:12'],
  ] as const)
    expect(await json(...args)).toMatchObject({ at: `2025-10-29T${clock}:00.000Z` });
  expect(await json('show')).toMatchObject({
    timestamps: { acknowledgedAt: '2025-10-29T18:46:00.000Z', mitigatedAt: '2025-10-29T19:16:00.000Z' },
    clocks: { deadlines: { updateDueAt: '2025-10-29T20:42:00.000Z' } },
  });
});

test('--due counts from --at', async () => {
  const note = await json('note', 'call them', '--kind', 'action', '--at', '2025-10-29 19:23', '--due', '30m');
  const { stdout } = await place.run(['tail', '--json', '--after', String(Number(note['seq']) - 1)]);
  expect(JSON.parse(stdout)).toMatchObject({
    at: '2025-10-29T19:23:00.000Z',
    data: { due: '2025-10-29T19:53:00.000Z' },
  });
});

test('every error under --json is JSON on stdout too', async () => {
  for (const [args, code, word] of [
    [['sev', '7', '--json'], 2, 'usage'],
    [['status', 'closed', '--json'], 3, 'forbidden'],
    [['--json'], 2, 'usage'],
    [['nonsense', '--json'], 2, 'usage'],
    [['show', '--incident', 'nothing-like-it', '--json'], 3, 'not_found'],
  ] as const) {
    const run = await place.run([...args]);
    expect([run.code, JSON.parse(run.stdout)]).toEqual([code, { error: { code: word, message: expect.any(String) } }]);
  }
});

test('an incident is named by any beginning of its id that only one has', async () => {
  await json('declare', 'cache is slow', '--sev', '3');
  for (const name of ['2025-10-29-cannot-pay', '2025', 'cannot'])
    expect(await json('show', '--incident', name)).toMatchObject({ incident: '2025-10-29-cannot-pay' });
  const { code, stderr } = await place.run(['show', '--incident', 'ca']);
  expect([code, stderr]).toEqual([2, expect.stringMatching(/begins several incidents[^]*cache-is-slow[^]*cannot-pay/)]);
});

test('a second invitation of the same person wants --replace, and says what it ends', async () => {
  const first = await json('invite', 'bob');
  const again = await place.run(['invite', 'bob', '--json']);
  expect([again.code, JSON.parse(again.stdout)]).toEqual([
    3,
    { error: { code: 'conflict', message: expect.stringMatching(/invited already.*--replace/) } },
  ]);
  const asBob = (token: unknown) => ['list', '--as', 'bob', '--hub', String(first['url']), '--token', String(token)];
  expect((await place.run(asBob(first['token']))).code).toBe(0);
  const second = await json('invite', 'bob', '--replace');
  expect((await place.run(asBob(second['token']))).code).toBe(0);
  expect((await place.run(asBob(first['token']))).code).toBe(3);
});
