import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadClipboard, loadNotify, loadConfig, shippedDir, type Config } from '../../src/config/config.ts';
import { missingRunbooks } from '../../src/runbooks/folder.ts';
import { formatFault } from '../../src/config/fault.ts';
import { HANDBOOK_POLICY } from '../../src/incident/policy.ts';

let dir: string;
beforeAll(async () => (dir = await mkdtemp(path.join(os.tmpdir(), 'warroom-config-'))));
afterAll(() => rm(dir, { recursive: true }));

async function load(yaml: string, env: NodeJS.ProcessEnv = {}): Promise<Config | string[]> {
  await writeFile(path.join(dir, 'warroom.yaml'), yaml);
  const config = await loadConfig({ dir, env });
  return 'faults' in config ? config.faults.map(formatFault).map((text) => text.replaceAll(`${dir}/`, '')) : config;
}

test('the shipped configuration is the handbook and this machine', async () => {
  const config = await loadConfig({ env: {}, cwd: dir });
  if ('faults' in config) throw new Error(config.faults.map(formatFault).join('\n'));
  expect(config.dir).toBe(shippedDir());
  expect(config.policy).toEqual(HANDBOOK_POLICY);
  expect(missingRunbooks(config.rules, [config.dir])).toEqual([]);
  for (const { name, runbook } of config.rules)
    expect(await readFile(path.join(config.dir, 'runbooks', `${runbook}.md`), 'utf8')).toContain(name);
  const [rule] = config.rules;
  const other = (runbook: string) => [{ ...rule!, runbook }];
  expect(missingRunbooks(other('https://example.com/r'), [config.dir])).toEqual([]);
  expect(missingRunbooks(other('no-such'), [dir])).toMatchObject([
    { message: `its runbook is not there: ${dir}/runbooks/no-such.md` },
  ]);
  expect(config.hub).toEqual({ listen: { host: '127.0.0.1', port: 7420 }, tls: null, origins: [], publicUrl: null });
  expect(config.secrets).toEqual({ slack: null, pagerduty: null, github: null });
  expect(config.targets.map(({ name, kind, optional }) => [name, kind, optional])).toEqual([
    ['this machine', 'host', false],
    ['hub', 'http', false],
    ['hub sockets', 'websocket', false],
    ['redis', 'redis', true],
    ['postgres', 'postgres', true],
  ]);
});

test('links: a template of a URL, with what can be put into it', async () => {
  const links = (url: string) => load(`links: { board: '${url}' }\ntargets: []\n`);
  expect(await links('https://g.example/d?from={from}&id={id}')).toMatchObject({
    links: new Map([['board', 'https://g.example/d?from={from}&id={id}']]),
  });
  expect(await links('https://g.example/d?x={form}')).toEqual([
    expect.stringMatching(/warroom\.yaml:1:40: nothing is put for \{form\}; known are from, /),
  ]);
  expect(await links('javascript:alert(1)')).toEqual([expect.stringContaining('begins with https://')]);
});

test('where people outside reach the hub, and what systems outside sign with', async () => {
  const read = (hub: string, more = '') =>
    load(`hub: { public_url: '${hub}' }\n${more}targets: []\n`, { S: 'hunter2' });
  const secrets = "slack: { signing_secret: '${S}' }\npagerduty: { webhook_secret: abc }\n";
  expect(await read('https://war.example/room/', secrets)).toMatchObject({
    hub: { publicUrl: 'https://war.example/room' },
    secrets: { slack: 'hunter2', pagerduty: 'abc' },
  });
  expect(await read('http://127.0.0.1:7420')).toMatchObject({ hub: { publicUrl: 'http://127.0.0.1:7420' } });
  expect(await read('http://war.example')).toEqual([expect.stringContaining('public_url must begin with https://')]);
  for (const [url, fault] of [
    ['https://me:hunter2@war.example', '1:20: public_url must be without a name and password'],
    ['https://war.example/?a=hunter2', '1:20: public_url has a host and a path at most'],
  ] as const)
    expect(await read(url)).toEqual([expect.stringContaining(fault)]);
  await writeFile(path.join(dir, 'slack.secret'), 'from a file\n');
  expect(await read('https://war.example', 'slack: { signing_secret_file: slack.secret }\n')).toMatchObject({
    secrets: { slack: 'from a file' },
  });
  expect(await read('https://war.example', 'slack: { signing_secret_file: none }\n')).toEqual([
    expect.stringContaining('the file cannot be read (ENOENT)'),
  ]);
  const missing = await read('https://war.example', "pagerduty: { webhook_secret: '${T}' }\n");
  expect(missing).toContainEqual(expect.stringContaining('the environment has no T'));
  expect(await read('https://war.example', 'slack: {}\n')).toEqual([
    expect.stringContaining('"signing_secret" is missing'),
  ]);
});

test('the environment fills in secrets; a missing one is named and none is printed', async () => {
  const yaml = 'targets:\n  - { name: cache, kind: redis, url: "redis://:${PASSWORD}@${HOST:-127.0.0.1}:6379" }\n';
  const config = await load(yaml, { PASSWORD: 'hunter2' });
  expect(config).toMatchObject({ targets: [{ settings: { url: 'redis://:hunter2@127.0.0.1:6379' } }] });
  expect(await load(yaml)).toEqual([
    `warroom.yaml:2:38: the environment has no PASSWORD\n    - { name: cache, kind: redis, url: "redis://:***********@\${HOST:-127.0.0.1}:6379" }\n${' '.repeat(39)}^`,
  ]);
  const wrong = await load(yaml.replace('redis://:', 'http://me:'), { PASSWORD: 'hunter2' });
  expect(wrong).toEqual([expect.stringContaining('url must begin with redis:// or rediss://')]);
  expect(JSON.stringify(wrong)).not.toContain('hunter2');
});

test('all faults come at once, each with its place and what to do', async () => {
  const faults = (await load(`hub:
  listen: somewhere
  lisen: 1
  origins: [https://a.example, https://b.example/page]
targets:
  - name: cache
    kind: redis
    url: redis://127.0.0.1
    evry: 2s
  - name: cache
    kind: postgress
  - name: "b\\u0007ell"
    kind: http
    every: soon
  - name: db
    kind: postgres
    url: postgres://127.0.0.1/db
    timeout: 3
  - name: web
    kind: http
    url: ftp://host
    json: { a: "$..b" }
    expect: [200, 2000]
  - name: cache
    kind: host
targts: []
`)) as string[];
  expect(faults.map((fault) => fault.split('\n')[0])).toEqual([
    'warroom.yaml:2:11: listen must be host:port, such as 127.0.0.1:7420',
    'warroom.yaml:3:3: unknown key lisen; did you mean listen?',
    'warroom.yaml:4:32: origins must be scheme, host and port, such as https://status.example.com',
    'warroom.yaml:9:5: unknown key evry; did you mean every?',
    'warroom.yaml:10:11: there is a target named cache already',
    'warroom.yaml:11:11: no kind of target is called postgress; did you mean postgres?',
    'warroom.yaml:12:5: an http target needs a url',
    'warroom.yaml:12:11: a name begins with a letter or digit: up to 40 letters, digits, spaces and . _ : / -',
    'warroom.yaml:14:12: every must be a duration from 100ms to 1h, such as 1s, 30s or 1m30s',
    'warroom.yaml:18:14: timeout must be a duration such as 500ms, 3s or 1m30s',
    'warroom.yaml:21:10: url must begin with http:// or https:// or hub:',
    'warroom.yaml:22:16: $..b is no path; write $.name or $.list[0].name',
    'warroom.yaml:23:19: expect must be a status such as 200, or a list of them',
    'warroom.yaml:24:11: there is a target named cache already',
    'warroom.yaml:26:1: unknown key targts; did you mean targets?',
  ]);
});

test('broken YAML, an empty file, a file of another shape', async () => {
  expect(await load('targets: [\n')).toEqual([expect.stringMatching(/^warroom\.yaml:\d:\d+: /)]);
  expect(await load('a: 1\na: 2\n')).toEqual([expect.stringContaining('warroom.yaml:2:1: ')]);
  for (const empty of ['', '# nothing yet\n', '---\n'])
    expect(await load(empty)).toEqual([expect.stringMatching(/^warroom\.yaml:\d:\d: the file is empty/)]);
  expect(await load('targets:\n')).toEqual([expect.stringContaining('write targets: [] for none')]);
  expect(await load('targets: []\n')).toMatchObject({ targets: [] });
  expect(await load('- 1\n')).toEqual([expect.stringContaining('the file must be a map')]);
  const bomb = ['a: &a [1,1,1,1,1,1,1,1,1]', ...'bcdefgh'].reduce(
    (text, key, i) => `${text}\n${key}: &${key} [${`*${'abcdefgh'[i - 1]},`.repeat(9)}]`,
  );
  expect(await load(bomb)).toEqual([expect.stringMatching(/alias/)]);
  await rm(path.join(dir, 'warroom.yaml'));
  await mkdir(path.join(dir, 'warroom.yaml'));
  expect(await loadConfig({ dir, env: {} })).toMatchObject({
    faults: [{ message: 'the file cannot be read (EISDIR)' }],
  });
  await rm(path.join(dir, 'warroom.yaml'), { recursive: true });
  expect(await loadConfig({ dir: path.join(dir, 'nowhere'), env: {} })).toMatchObject({
    faults: [{ message: 'there is no such folder' }],
  });
});

test('severities: when levels are paged and acknowledgements expire; a fault has its place', async () => {
  const file = path.join(dir, 'severities.yaml');
  await writeFile(file, 'escalate: { L3_after_L2: 10m, ack_silent: { SEV-1: 20m, SEV-3: 8h } }\nack_expires: 1h\n');
  expect(((await load('targets: []')) as Config).policy.escalation).toEqual({
    l3AfterL2Ms: 600_000,
    identifyMs: 900_000,
    ackSilentMs: { 'SEV-0': 3_600_000, 'SEV-1': 1_200_000, 'SEV-2': 3_600_000, 'SEV-3': 28_800_000 },
  });
  await writeFile(file, 'escalate:\n  identify: soon\n  ack_silent: { SEV-9: 1m }\n  L4_after_L3: 1h\n');
  expect(await load('targets: []')).toEqual([
    expect.stringContaining('severities.yaml:2:13: identify must be a duration'),
    expect.stringContaining('severities.yaml:3:17: unknown key SEV-9'),
    expect.stringContaining('severities.yaml:4:3: unknown key L4_after_L3'),
  ]);
});

test('severities: what is not said is the handbook', async () => {
  await writeFile(
    path.join(dir, 'severities.yaml'),
    'severities:\n  SEV-2: { ack: 10m, update: none }\nic_absent: 90s\nack_expires: 10m\nimpact: { users: { SEV-0: 60% }, revenue: SEV-2 }\n',
  );
  const config = (await load('targets: []')) as Config;
  const { name, description, example } = HANDBOOK_POLICY.severities['SEV-2'];
  expect(config.policy.severities['SEV-2']).toEqual({
    ackMs: 600_000,
    responseMs: 3_600_000,
    updateMs: null,
    name,
    description,
    example,
  });
  expect(config.policy.duties).toEqual(HANDBOOK_POLICY.duties);
  expect(config.policy.severities['SEV-0']).toEqual(HANDBOOK_POLICY.severities['SEV-0']);
  expect(config.policy).toMatchObject({ icAbsentMs: 90_000, ackExpiresMs: 600_000 });
  const { ackSilentMs, ...rest } = config.policy.escalation;
  expect([...new Set(Object.values(ackSilentMs))]).toEqual([600_000]);
  expect(rest).toEqual({ l3AfterL2Ms: 1_800_000, identifyMs: 900_000 });
  const users = { 'SEV-0': 60, 'SEV-1': 20, 'SEV-2': 5 };
  expect(config.policy.impact).toEqual({ users, dataLoss: 'SEV-0', revenue: 'SEV-2' });
  await writeFile(path.join(dir, 'severities.yaml'), 'severities:\n  SEV-7: { ack: 10m }\n  SEV-1: { ack: 10 }\n');
  expect(await load('targets: []')).toEqual([
    expect.stringContaining('severities.yaml:2:3: unknown key SEV-7; allowed are SEV-0, SEV-1'),
    expect.stringContaining('severities.yaml:3:17: ack must be a duration such as 500ms, 3s or 1m30s'),
  ]);
  await writeFile(
    path.join(dir, 'severities.yaml'),
    'roles:\n  ic: [decides]\n  boss: x\nseverities:\n  SEV-1: { name: Major, description: "" }\n',
  );
  expect(await load('targets: []')).toEqual([
    expect.stringContaining('severities.yaml:2:7: ic must be text'),
    expect.stringContaining('severities.yaml:3:3: unknown key boss; allowed are ic, scribe'),
    expect.stringContaining('severities.yaml:5:38: description must be one line of at most 120 characters'),
  ]);
  await rm(path.join(dir, 'severities.yaml'));
});

test('how a terminal is told of a page: by its bell unless the file says otherwise', async () => {
  const read = async (yaml: string): Promise<string> => {
    await writeFile(path.join(dir, 'warroom.yaml'), yaml);
    return loadNotify({ dir, env: {} });
  };
  expect(await read('targets: []')).toBe('bell');
  expect(await read('notify: osc777\ntargets: nonsense')).toBe('osc777');
  expect(await read('notify: shout')).toBe('bell');
  expect(await load('notify: shout\ntargets: []')).toEqual([
    expect.stringContaining('warroom.yaml:1:9: notify is bell, osc9, osc777'),
  ]);
});

test('how consoles copy is read alone, whatever faults stand beside it', async () => {
  const read = async (yaml: string): Promise<string> => {
    await writeFile(path.join(dir, 'warroom.yaml'), yaml);
    return loadClipboard({ dir, env: {} });
  };
  expect(await read('clipboard: off')).toBe('off');
  expect(await read('clipboard: wl-copy --type text/plain\ntargets: nonsense')).toBe('wl-copy --type text/plain');
  expect(await read('targets: []')).toBe('raw');
  expect(await load('clipboard: [raw]')).toEqual([
    expect.stringContaining('warroom.yaml:1:12: clipboard is raw, tmux'),
  ]);
});
