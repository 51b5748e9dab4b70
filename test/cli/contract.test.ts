/** The public face: commands, JSON shapes and exit codes; every command once as a whole process. */
import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ended, InProcess, MAIN, Place, type Ready } from '../support/program.ts';
import { until } from '../support/patience.ts';

const place = new InProcess();
let ready: Ready;

beforeAll(async () => {
  ready = (await place.hub()).ready;
});
afterAll(() => place.close());

type Json = Record<string, unknown>;
const json = async (...args: string[]): Promise<Json> => (await place.json(args)) as Json;
const whole = async (...args: string[]): Promise<Json> => {
  const { code, stdout, stderr } = await place.whole([...args, '--json']);
  expect([args, code], stderr).toEqual([args, 0]);
  return JSON.parse(stdout) as Json;
};

test('the hub says where it is, and answers over HTTP', async () => {
  expect(ready).toMatchObject({ ready: true, pid: expect.any(Number), token: expect.any(String) });
  expect(ready.url).toMatch(/^ws:\/\/127\.0\.0\.1:\d+/);
  const health = await fetch(`${ready.http}/healthz`);
  expect(await health.json()).toMatchObject({
    status: 'ok',
    incidents_open: expect.any(Number),
    journal_lag: 0,
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
  });
  expect(await (await fetch(`${ready.http}/metrics`)).text()).toContain('# TYPE');
  expect((await fetch(`${ready.http}/nothing`)).status).toBe(404);
});

describe('one incident from end to end', () => {
  let id: string;
  test('declare, acknowledge, take roles, write, correct, end', async () => {
    const declared = await whole('declare', 'WebSocket servers unreachable', '--sev', '2');
    expect(declared).toMatchObject({
      incident: expect.stringMatching(/^\d{4}-\d\d-\d\d-websocket-servers-unreachable$/),
      seq: 1,
    });
    id = String(declared['incident']);
    expect(await whole('ack')).toMatchObject({ seq: 2 });
    await whole('role', 'ic', 'alice');
    await whole('sev', '1', '--why', 'half of the users');
    const note = await whole('note', 'pool', 'is', 'full');
    expect(note).toMatchObject({
      seq: 5,
      id: expect.stringMatching(/^[0-9A-Z]{26}$/),
      at: expect.stringMatching(/Z$/),
    });
    await whole('note', 'it began', '--at', '-12m', '--kind', 'finding');
    await whole('amend', '5', 'the pool is full', '--why', 'wording');
    await whole('pin', '5');
    await whole('note', 'wrong host');
    await whole('retract', '9', '--why', 'wrong host');
    await whole('role', 'scribe', 'bob');
    await whole('release', 'scribe');
    await whole('status', 'identified', '--public', 'We found the cause.');
    const shown = await whole('show');
    expect(shown).toMatchObject({
      incident: id,
      title: 'WebSocket servers unreachable',
      severity: 'SEV-1',
      status: 'identified',
      lead: 'alice',
      roles: { ic: 'alice', scribe: null },
      head: 13,
      clocks: expect.any(Object),
      timestamps: { acknowledgedAt: expect.any(String), identifiedAt: expect.any(String), resolvedAt: null },
    });
  });

  test('tail gives the events in order', async () => {
    const { stdout } = await place.whole(['tail', '--json', '--after', '3']);
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Json);
    expect(events.map((event) => event['seq'])).toEqual([4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
    expect(events[0]).toMatchObject({
      kind: 'severity_set',
      by: { name: 'alice', role: 'ic' },
      level: 'key',
      via: 'cli',
    });
    expect((await place.run(['tail'])).stdout).toContain('alice: pool is full');
    const local = await place.whole(['tail', '--local'], { env: { TZ: 'Asia/Kolkata' } });
    const [, day, time] = /^(\S+) (\S+\+05:30) #1 alice: /.exec(local.stdout) ?? [];
    expect(Date.parse(`${day}T${time}`)).toBeCloseTo(Date.parse(String(events[0]?.['at'])), -5);
    expect((await place.whole(['list', '--local'], { env: { TZ: 'Asia/Kolkata' } })).stdout).toContain('+05:30');
  });

  test('what no hub would take is refused, and holds up nothing', async () => {
    const { code, stdout } = await place.run(['note', '\u0001'.repeat(12_000), '--json']);
    expect([code, JSON.parse(stdout)]).toEqual([3, { error: { code: 'invalid', message: expect.any(String) } }]);
    expect((await place.run(['note', 'x'.repeat(100_000)])).code).toBe(3);
  });

  test('note --stdin answers one JSON line each, in order', async () => {
    const input = Array.from({ length: 150 }, (_, at) => `line ${at}`).join('\n');
    const { code, stdout } = await place.whole(['note', '--stdin'], { input });
    expect(code).toBe(0);
    const seqs = stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { seq: number }).seq);
    expect(seqs).toEqual(Array.from({ length: 150 }, (_, at) => 14 + at));
  });

  test('note --stdin writes every line when nobody reads the answers, and says so', async () => {
    const child = place.start(['note', '--stdin']);
    let stderr = '';
    child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.stdin?.write('heard\n');
    await new Promise((resolve) => child.stdout?.once('data', resolve));
    child.stdout?.destroy();
    for (let at = 1; at <= 40; at++) child.stdin?.write(`unheard ${at}\n`);
    child.stdin?.end();
    expect(await ended(child)).toBe(1);
    expect(stderr).toBe('warroom: the entries are written, not all of the answers\n');
    const { stdout } = await place.run(['tail', '--after', '163']);
    expect(stdout.match(/heard/g)).toHaveLength(41);
  });

  test('others may not do what is the IC’s; the reason is on stderr', async () => {
    const asked: readonly (readonly [readonly string[], RegExp])[] = [
      [['sev', '3'], /forbidden/],
      [['role', 'comms', 'dan'], /forbidden/],
      [['status', 'resolved'], /forbidden/],
      [['update', 'We are on it.'], /forbidden/],
      [['amend', '5', 'x', '--why', 'y'], /forbidden/],
      [['role', 'ic', 'mallory'], /conflict.*alice/],
    ];
    const answers = await Promise.all(asked.map(([args]) => place.run([...args, '--as', 'mallory'])));
    for (const [at, { code, stderr }] of answers.entries())
      expect([code, stderr]).toEqual([3, expect.stringMatching(asked[at]?.[1] ?? 'nothing')]);
  });

  test('an update to the public is kept word for word and sets when the next is due', async () => {
    expect(await whole('update', 'We are on it.', '--next', '45m')).toMatchObject({ seq: 205 });
    const [told] = (await place.run(['tail', '--json', '--after', '204'])).stdout.trim().split('\n');
    expect(JSON.parse(told ?? '')).toMatchObject({
      kind: 'public_updated',
      visibility: 'public',
      data: { text: 'We are on it.', updateDueAt: expect.stringMatching(/Z$/) },
    });
  });

  test('with two incidents open it must be said which', async () => {
    await json('declare', 'Leaderboards stale', '--sev', '3');
    const ambiguous = await place.run(['note', 'which?']);
    expect(ambiguous.code).toBe(2);
    expect(ambiguous.stderr).toContain(id);
    expect(await json('note', 'this one', '--incident', id)).toMatchObject({ seq: 206 });
    await json('status', 'cancelled', '--incident', id.replace(/websocket.*/, 'leaderboards-stale'));
    expect(((await place.json(['list'])) as Json[]).map((one) => one['incident'])).toEqual([id]);
    expect(await place.json(['list', '--all'])).toHaveLength(2);
  });
});

describe.concurrent('wrong words', () => {
  test.for<[string[], RegExp]>([
    [['sev', '7'], /0 Critical/],
    [['sev'], /usage/],
    [['nonsense'], /no command "nonsense"/],
    [['nte', 'x'], /did you mean "note"/],
    [['note'], /needs words/],
    [['note', 'x', '--bogus'], /bogus/],
    [['declare', 'x'.repeat(10_000), '--sev', '1'], /200 characters/],
    [['declare', 'x', '--sev', '9'], /not "9"/],
    [['declare', '--sev', '1'], /what is broken/],
    [['status', 'fixed'], /investigating/],
    [['update', '--next', '30m'], /needs words/],
    [['update', 'x', '--next', 'soon'], /30m/],
    [['role', 'boss', 'x'], /ic, scribe/],
    [['amend', 'x', 'y', '--why', 'z'], /number/],
    [['retract', '5'], /--why/],
    [['note', 'x', '--at', 'noonish'], /14:02/],
    [['note', 'x', '--as', 'a\u001b[2Jb'], /name may have/],
    [['list', '--hub', 'http://['], /no address/],
  ])('%j is refused with exit code 2', async ([args, words]) => {
    const { code, stderr, stdout } = await place.run(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(words);
    expect(stderr).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
  });

  test('a wrong token is refused', async () => {
    const { code, stderr } = await place.whole(['list', '--hub', ready.url, '--token', 'nonsense']);
    expect([code, stderr]).toEqual([3, expect.stringContaining('token')]);
  });

  test('--help lists the commands', async () => {
    const { code, stdout } = await place.whole(['--help']);
    expect(code).toBe(0);
    for (const name of [
      'join',
      'hub',
      'invite',
      'declare',
      'ack',
      'note',
      'sev',
      'status',
      'update',
      'role',
      'release',
      'amend',
      'retract',
      'pin',
      'list',
      'show',
      'tail',
      'probe',
      'check',
      'escalate',
      'snooze',
      'runbook',
      'postmortem',
      'actions',
      'replay',
      'drill',
      'archive',
      'digest',
    ])
      expect(stdout).toContain(`warroom ${name}`);
  });
});

describe('invitations', () => {
  test('are bound to their name; observers read', async () => {
    const { stdout } = await place.whole(['invite', 'eve', '--observer']);
    expect((await place.run(['invite', '--list'])).stdout).toMatch(/^eve {2}reads only {2}good until 20/);
    const token = /WARROOM_TOKEN=(\S+)/.exec(stdout)?.[1] ?? '';
    expect(stdout).toContain('warroom join');
    const env = { WARROOM_TOKEN: token };
    const args = ['--hub', ready.url, '--as', 'eve'];
    expect((await place.run(['list', ...args], { env })).code).toBe(0);
    const write = await place.run(['note', 'hello', ...args], { env });
    expect([write.code, write.stderr]).toEqual([3, expect.stringContaining('observer')]);
    expect((await place.run(['list', '--hub', ready.url, '--as', 'alice'], { env })).code).toBe(3);
  });
});

test('a hub that is away: what is asked is kept, and goes out once, in order, when it is back, never under another name; a refusal is told', async () => {
  const own = new Place();
  try {
    const first = await own.hub();
    await own.json(['declare', 'db down', '--sev', '1']);
    first.child.kill('SIGKILL');
    await ended(first.child);
    const queued = (await own.json(['note', 'written in the dark'], 5)) as Json;
    expect(queued).toMatchObject({ queued: true, id: expect.any(String) });
    for (const words of [['sev', '2'], ['note', 'after it'], ['amend', '77', 'x', '--why', 'y'], ['ack']])
      await own.json(words, 5);
    // The data folder is read in its place; what only a hub knows is not made up.
    for (const [args, stdout] of [
      ['show', /SEV-1 High: db down\n/],
      ['list', /SEV-1 declared +\S+ +db down/],
      ['brief', /db down/],
      ['tail', /#1 alice: DECLARED SEV-1/],
    ] as const)
      expect(await own.run([args])).toEqual({
        code: 4,
        stdout: expect.stringMatching(stdout),
        stderr: expect.stringMatching(
          /^no hub runs on this machine [^\n]+\nno hub answers; this is what [^\n]+ has\n$/,
        ),
      });
    for (const args of [
      ['tail', '--follow'],
      ['triage'],
      ['alerts'],
      ['show', '--hub', '127.0.0.1:1'],
      ['show', '--json'],
    ])
      expect((await own.run(args)).code).toBe(4);
    expect(await own.json(['list'], 4)).toEqual({ error: { code: 'unreachable', message: expect.any(String) } });
    expect((await own.run(['declare', 'another', '--sev', '1'])).code).toBe(4);
    const restarted = new Date().toISOString();
    await own.hub();
    await own.json(['note', 'from bob', '--as', 'bob']);
    const { stderr } = await own.run(['note', 'light again']);
    expect(stderr).toMatch(/what waited since .* was refused: "amend #77: x": there is no entry #77/);
    const { stdout } = await own.run(['tail', '--json']);
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Json);
    expect(events.filter((event) => event['id'] === queued['id'])).toHaveLength(1);
    const said = ({ kind, by, data }: Json): string =>
      `${String((by as Json)['name'])}: ${String((data as Json)['text'] ?? kind)}`;
    expect(events.slice(1).map(said)).toEqual([
      'bob: from bob',
      'alice: written in the dark',
      'alice: severity_set',
      'alice: after it',
      'alice: acknowledged',
      'alice: light again',
    ]);
    const [, , written, , after] = events;
    for (const entry of [written, after]) {
      expect(String(entry?.['at']) < restarted).toBe(true);
      expect(String(entry?.['recorded']) > restarted).toBe(true);
    }
  } finally {
    await own.close();
  }
});

test('tail --follow says when the hub is away, finds it elsewhere and misses nothing', async () => {
  const own = new InProcess();
  try {
    const first = await own.hub();
    await own.json(['declare', 'db down', '--sev', '1']);
    const tail = own.start(['tail', '--follow', '--json']);
    let stdout = '';
    let stderr = '';
    tail.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    tail.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    await until('it follows', () => stdout.endsWith('\n'));
    first.child.kill('SIGKILL');
    await until('it says so', () => stderr.includes('the hub is out of reach'));
    await own.hub();
    await own.json(['note', 'light again']);
    await until('it is told', () => stdout.includes('light again'));
    expect(stderr).toContain('the hub is back');
    tail.kill('SIGINT');
    expect(await ended(tail)).toBe(0);
    expect(stdout.trim().split('\n')).toHaveLength(2);
  } finally {
    await own.close();
  }
});

test('without any hub: exit code 4 and what to do', async () => {
  const own = new InProcess();
  try {
    const { code, stderr } = await own.whole(['list']);
    expect([code, stderr]).toEqual([4, expect.stringContaining('warroom')]);
  } finally {
    await own.close();
  }
});

test('hub status and stop', async () => {
  const own = new InProcess();
  try {
    expect((await own.run(['hub', 'status'])).code).toBe(4);
    const { child, ready: there } = await own.hub();
    const status = await own.whole(['hub', 'status', '--json']);
    expect(JSON.parse(status.stdout)).toMatchObject({ status: 'ok', pid: child.pid });
    const named = await place.run(['hub', 'status', '--hub', there.http]);
    expect([named.code, named.stdout]).toEqual([
      0,
      expect.stringMatching(new RegExp(`^ok at ${there.url}\\n\\d+ connections?, 0 incidents open\\n$`)),
    ]);
    expect((await place.run(['hub', 'status', '--hub', '127.0.0.1:1'])).code).toBe(4);
    const other = await own.run(['hub', 'stop', '--hub', '127.0.0.1:1']);
    expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('of this machine')]);
    expect((await own.whole(['hub', 'stop'])).code).toBe(0);
    expect(await ended(child)).toBe(0);
    const second = await own.run(['hub', 'stop']);
    expect(second.code).toBe(4);
  } finally {
    await own.close();
  }
});

test('a hub that has ended has ended, also while nobody has waited for its process', async () => {
  const own = new InProcess();
  const script = `"$@" hub --json --listen 127.0.0.1:0 & exec sleep 1000`;
  const parent = spawn('sh', ['-c', script, 'sh', process.execPath, MAIN], { env: own.env, stdio: 'pipe' });
  try {
    await new Promise((resolve) => parent.stdout.once('data', resolve));
    expect(await own.run(['hub', 'stop'])).toMatchObject({ code: 0, stdout: expect.stringContaining('has ended') });
  } finally {
    parent.kill('SIGKILL');
    await own.close();
  }
});

test('nothing written by others reaches the terminal raw', async () => {
  const { incident } = await json('declare', 'hostile words', '--sev', '3');
  const here = (...args: readonly string[]) => place.whole([...args, '--incident', String(incident)]);
  const evil = 'a\u001b]52;c;ZXZpbA==\u0007b\u001b[2Jc\u009b2Jd\u202ee';
  const written = [await here('note', evil), await here('note', evil, '--kind', 'question')];
  const [kept, ...read] = await Promise.all([
    here('tail', '--json', '--after', '1'),
    ...['tail', 'show', 'brief', 'nonsense\u001b[2J'].map((name) => here(name)),
  ]);
  for (const { stdout, stderr } of [...written, kept, ...read])
    expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  const [first = ''] = kept.stdout.trim().split('\n');
  expect((JSON.parse(first) as { data: { text: string } }).data.text).toBe(evil);
});
