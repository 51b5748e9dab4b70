/** Alerts and the configuration from the shell, on a hub and a real Redis. */
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { endSupervisor, privatePostgres, privateRedis, type PrivateServer } from '../services/services.ts';
import { InProcess, type Ready } from '../support/program.ts';
import { until } from '../support/patience.ts';

const place = new InProcess();
const config = path.join(place.data, 'config');
const alertsFile = path.join(config, 'alerts.yaml');
const RULE = `  - name: Redis memory
    condition: redis_memory_usage > 90%
    severity: SEV-2
    runbook: redis-memory-full
    summary: redis memory is full on {{ $labels.target }}
`;
let server: PrivateServer;
let hub: Ready;
let said = '';

beforeAll(async () => {
  server = await privateRedis({ args: ['--maxmemory', '8mb', '--maxmemory-policy', 'noeviction'] });
  mkdirSync(config);
  writeFileSync(
    path.join(config, 'warroom.yaml'),
    `targets:\n  - { name: cache, kind: redis, url: '${server.url}', every: 200ms }\n`,
  );
  writeFileSync(alertsFile, `alerts:\n${RULE}`);
  const started = await place.hub(['--config', config]);
  hub = started.ready;
  started.child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
});
afterAll(async () => {
  await place.close();
  await endSupervisor();
});

type Json = Record<string, unknown>;
interface Listed {
  readonly alerts: readonly Json[];
  readonly silences: readonly Json[];
}
const json = async (...args: string[]): Promise<Json> => (await place.json(args)) as Json;
const alerts = async (...args: string[]): Promise<Listed> => (await place.json(['alerts', ...args])) as Listed;

test('list, silence, end the silence, declare from an alert', async () => {
  expect(await alerts()).toEqual({ alerts: [], silences: [], faults: [] });
  const redis = new Redis(server.url);
  await redis.eval("for i = 1, 120 do pcall(redis.call, 'set', 'k' .. i, string.rep('x', 60000)) end return 1", 0);
  redis.disconnect();
  const firing = async (): Promise<unknown> =>
    ((await (await fetch(`${hub.http}/healthz`)).json()) as Json)['alerts_firing'];
  await until('it fires', async () => (await firing()) === 1);
  const [found] = (await alerts()).alerts;
  expect(found).toMatchObject({ rule: 'Redis memory', severity: 'SEV-2', incident: null });
  const id = String(found?.['alert']);
  const { stdout } = await place.whole(['alerts']);
  expect(stdout).toContain('SEV-2  firing  redis memory is full on cache\n');
  expect(stdout).toContain('in no incident, runbook runbooks/redis-memory-full.md');

  expect(await json('silence', 'Redis memory', '--for', '2h', '--why', 'being moved')).toMatchObject({
    done: expect.stringContaining('silenced {alertname="Redis memory"} until') as string,
  });
  expect((await alerts()).alerts).toEqual([]);
  const all = await alerts('--all');
  expect(all.alerts.length).toBe(1);
  await json('unsilence', String(all.silences[0]?.['id']));
  expect((await alerts()).alerts.length).toBe(1);

  expect(await json('ack', '--alert', 'Redis memory')).toMatchObject({
    done: expect.stringMatching(/^acknowledged Redis memory.*; it asks again at \d\d:\d\dZ$/) as string,
  });
  expect((await alerts()).alerts).toMatchObject([{ incident: null, acked: { by: 'alice' } }]);
  expect((await place.run(['alerts'])).stdout).toMatch(/SEV-2 {2}firing, acked by alice \d\d:\d\dZ until \d\d:\d\dZ /);

  const declared = await json('declare', '--alert', id);
  expect(await json('show')).toMatchObject({
    incident: declared['incident'],
    title: 'redis memory is full on cache',
    severity: 'SEV-2',
  });
  await until('it is attached', async () => (await alerts()).alerts[0]?.['incident'] === declared['incident']);
  expect(await json('ack', '--alert', id)).toMatchObject({ incident: declared['incident'] });
  expect((await place.run(['tail'])).stdout).toContain(`alice: acknowledged alert ${id}\n`);
});

test('words that make no sense are told so, each with its exit code', async () => {
  const cases = [
    [['silence'], 2, 'say which alerts'],
    [['silence', 'x', '--why', 'y'], 2, '--for 2h'],
    [['silence', 'x', '--for', 'soon', '--why', 'y'], 2, '--for takes a duration'],
    [['silence', 'x', '--for', '1h'], 2, '--why TEXT'],
    [['silence', '{x', '--for', '1h', '--why', 'y'], 3, 'refused (invalid)'],
    [['silence', '{target="x"}', '--for', '900h', '--why', 'y'], 3, '30 days'],
    [['silence', 'x', '--for', '9h', '--why', 'y'], 3, 'no rule is called "x"'],
    [['unsilence', 'x'], 2, 'no id of a silence'],
    [['unsilence', '01ARZ3NDEKTSV4RRFFQ69G5FAV'], 3, 'not_found'],
    [['declare', '--alert', 'nothing'], 3, 'no alert "nothing"'],
    [['ack', '--alert', 'nothing'], 3, 'no alert "nothing"'],
    [['hub', 'reload', 'now'], 2, 'usage'],
  ] as const;
  const ran = await Promise.all(cases.map(([args]) => place.run(args)));
  for (const [i, [args, code, words]] of cases.entries()) {
    expect(ran[i]?.stderr, args.join(' ')).toContain(words);
    expect(ran[i]?.code, args.join(' ')).toBe(code);
  }
});

test('a faulty file changes nothing and every fault is said; SIGHUP and hub reload both read it', async () => {
  const rules = async (): Promise<string> =>
    /\nwarroom_rules (\d+)/.exec(await (await fetch(`${hub.http}/metrics`)).text())?.[1] ?? '';
  appendFileSync(alertsFile, '  - { name: Bad, condition: redis_memory_usage >> 1, severity: SEV-9 }\n');
  const refused = await place.whole(['hub', 'reload']);
  expect(refused.code).toBe(3);
  expect(refused.stderr).toContain('the configuration has 2 faults');
  expect(refused.stderr).toMatch(/alerts\.yaml:7:\d+: unknown severity "SEV-9"/);
  process.kill(hub.pid, 'SIGHUP');
  await until('the log has it twice', () => said.split('was not taken over').length === 3);
  expect(await rules()).toBe('1');

  writeFileSync(alertsFile, `alerts:\n${RULE}${RULE.replace('Redis memory', 'Second').replace('90%', '900%')}`);
  process.kill(hub.pid, 'SIGHUP');
  await until('it is taken over', async () => (await rules()) === '2');
  writeFileSync(alertsFile, `alerts:\n${RULE}`);
  expect((await place.run(['hub', 'reload'])).stdout).toContain('the configuration was read again');
  expect(await rules()).toBe('1');
  const { stdout } = await place.run(['tail']);
  expect(stdout).toContain('alice: changed: read the configuration again: 1 target, 1 rule\n');
  expect(stdout.match(/rules: /g)?.length).toBe(1);
  expect(readFileSync(path.join(place.data, 'alerts.json'), 'utf8')).toContain('"told":"firing"');
});

test('a rule whose metric is one letter off never fires in silence: the hub and both checks say so', async () => {
  const message = 'redis_memory_usge is not known here; did you mean redis_memory_usage?';
  writeFileSync(alertsFile, `alerts:\n${RULE.replace('usage', 'usge')}`);
  await place.run(['hub', 'reload']);
  await until('the hub says it', async () => JSON.stringify(await json('alerts')).includes(message));
  const checked = await place.run(['check', '--config', config]);
  expect(checked).toMatchObject({
    code: 1,
    stdout: expect.stringContaining(`FAULT ${alertsFile}:3:16: rule "Redis memory": ${message}\n`) as string,
  });
  const parsed = await place.whole(['rules', 'check', '--config', config]);
  expect(parsed).toMatchObject({
    code: 0,
    stderr: `${alertsFile}:3:16: look at the rule "Redis memory": ${message}\n`,
  });

  const theirs = path.join(config, 'alerts');
  mkdirSync(theirs);
  const usual = RULE.replace('redis-memory-full', 'nowhere');
  writeFileSync(alertsFile, `alerts:\n${usual}`);
  const rules = '[{ alert: P, expr: redis_memory_usge > 1, annotations: { runbook_url: "https://x.org/p" } }]';
  writeFileSync(path.join(theirs, 'theirs.yaml'), `groups: [{ name: g, rules: ${rules} }]\n`);
  const { code, stdout } = await place.run(['check', '--config', config]);
  expect(code).toBe(1);
  const nowhere = `rule "Redis memory": its runbook is not there: ${config}/runbooks/nowhere.md\n`;
  expect(stdout).toMatch(/FAULT \S+alerts\.yaml:5:14: rule/);
  expect(stdout).toContain(`${nowhere}      runbook: nowhere\n${' '.repeat(15)}^\n`);
  expect(stdout).toMatch(/look at \S+theirs\.yaml:1:\d+: rule "P": redis_memory_usge is not known here/);
  rmSync(theirs, { recursive: true });
  writeFileSync(alertsFile, `alerts:\n${RULE}`);
  expect((await place.run(['check', '--config', config])).stdout).toMatch(/^rules +1$/m);
});

test('check reads the drills', async () => {
  const drills = path.join(config, 'drills');
  mkdirSync(drills);
  writeFileSync(path.join(drills, 'ours.yaml'), 'title: Ours\nabout: x\nseverity: SEV-9\nservers: { cache: redis }\n');
  const { code, stdout } = await place.run(['check', '--config', config]);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^drills +5$/m);
  expect(stdout).toMatch(
    /^FAULT \S+drills\/ours\.yaml:3:11: severity is SEV-0, [^\n]*"SEV-9"\n {2}severity: SEV-9\n {12}\^$/m,
  );
  const { drillFaults } = JSON.parse((await place.run(['check', '--json', '--config', config])).stdout) as {
    drillFaults: unknown;
  };
  expect(drillFaults).toEqual([expect.objectContaining({ line: 3, column: 11 })]);
  rmSync(drills, { recursive: true });
});

test('a closer look from the shell: big keys, and of how many', async () => {
  const look = await json('probe', 'cache', '--inspect', '--config', config);
  expect(look).toMatchObject({ up: true, facts: { sampled: expect.stringMatching(/^all \d+ keys$/) } });
  const { stdout } = await place.whole(['probe', 'cache', '--inspect', '--config', config]);
  expect(stdout).toMatch(/looked at all \d+ keys\n\nbigkeys:\n {4}key +type +bytes +ttl_s\n {4}k\d+ +string +\d+ +-\n/);
});

test('check says which rights are missing and the lines that give them', async () => {
  const redis = new Redis(server.url);
  await redis.call('ACL', 'SETUSER', 'little', 'on', '>little', '-@all', '+ping', '+info');
  const postgres = await privatePostgres();
  const admin = new pg.Client(postgres.url);
  await admin.connect();
  await admin.query('CREATE ROLE blind LOGIN');
  const folder = path.join(place.data, 'rights');
  mkdirSync(folder);
  const cache = server.url.replace('//', '//little:little@');
  const db = postgres.url.replace('warroom@', 'blind@');
  writeFileSync(
    path.join(folder, 'warroom.yaml'),
    `targets:\n  - { name: cache, kind: redis, url: '${cache}' }\n  - { name: db, kind: postgres, url: '${db}' }\n`,
  );
  const { code, stdout } = await place.whole(['check', '--config', folder]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/ok {4}cache [^\n]+\n {6}not read: slow log \(the user may not run this command/);
  expect(stdout).toContain('          ACL SETUSER warroom on >PASSWORD resetkeys -@all +ping');
  expect(stdout).toContain('      PARTIAL: other sessions are hidden: GRANT pg_monitor TO "blind"\n');
  expect(stdout).toContain('          GRANT pg_monitor TO warroom;\n');
  expect(stdout).not.toContain('little:little');
  redis.disconnect();
  await admin.end();
});
