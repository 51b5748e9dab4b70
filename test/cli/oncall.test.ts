/** On-call from the shell: who is on, overrides at a hub, and the phone list with the hub gone. */
import { mkdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { keepOncall, loadOncall } from '../../src/cli/hub-cache.ts';
import { readOncallTable } from '../../src/oncall/plan.ts';
import { until } from '../support/patience.ts';
import { ended, InProcess } from '../support/program.ts';
import { Opened } from '../support/room.ts';

const place = new InProcess();
const config = path.join(place.data, 'config');
const YAML = `people:
  - { name: ana, phone: '+49 151 0000', email: ana@example.org, zone: Europe/Berlin, slack: U01 }
  - { name: bob, phone: '+1 555 0100' }
  - { name: cyd }
rotations:
  - { name: primary, zone: Europe/Berlin, start: '2026-01-05 09:00', every: 1w, people: [ana, bob] }
  - { name: office, zone: Europe/Berlin, start: '2026-01-05 09:00', every: 1w, people: [cyd], only: { days: mon-fri, from: '09:00', until: '18:00' } }
routes:
  on-call-primary: { L1: { rotation: primary }, L2: { rotation: office }, L3: { person: cyd } }
`;
beforeAll(() => {
  mkdirSync(config);
  writeFileSync(path.join(config, 'warroom.yaml'), 'targets: []\n');
  writeFileSync(path.join(config, 'oncall.yaml'), YAML);
});
afterAll(() => place.close());

type Json = Record<string, unknown>;
const json = async (...args: string[]): Promise<Json> => (await place.json(args)) as Json;

test('without a hub the configuration of this machine answers, for any time', async () => {
  const at = ['--config', config, '--at', '2026-03-29 03:00'];
  expect(await json('oncall', ...at)).toMatchObject({
    at: '2026-03-29T03:00:00.000Z',
    rotations: [
      { rotation: 'primary', now: 'bob', until: '2026-03-30T07:00:00.000Z', next: 'ana' },
      { rotation: 'office', now: null, until: '2026-03-30T07:00:00.000Z', next: 'cyd' },
    ],
    routes: { 'on-call-primary': { L1: 'bob', L2: null, L3: 'cyd', L4: null } },
  });
  expect((await json('oncall', '--config', config, '--at', '2026-03-29 05:00 CEST'))['at']).toBe(
    '2026-03-29T03:00:00.000Z',
  );
  const tonight = Date.parse(String((await json('oncall', '--config', config, '--at', '0300'))['at']));
  expect(tonight).toBeGreaterThan(Date.now());
  expect(tonight).toBeLessThan(Date.now() + 25 * 3_600_000);
  const { stdout, stderr } = await place.run(['oncall', ...at]);
  expect(`${stdout}${stderr}`).toContain('no hub runs on this machine');
  expect(stdout).toContain('primary   bob until Mon 07:00 UTC, then ana');
  expect(stdout).toContain('office    nobody until Mon 07:00 UTC, then cyd');
  const ics = await place.whole(['oncall', '--ics', ...at]);
  const both = await place.whole(['oncall', '--ics', '--json']);
  expect([both.code, JSON.parse(both.stdout)]).toMatchObject([2, { error: { code: 'usage' } }]);
  expect(ics.stdout).toMatch(/^BEGIN:VCALENDAR\r\nVERSION:2\.0\r\n[\s\S]*\r\nEND:VCALENDAR\r\n$/);
  expect(ics.stdout).toContain('DTSTART:20260323T080000Z\r\nDTEND:20260330T070000Z\r\nSUMMARY:On Call - bob - primary');
});

test('check counts them and names what to look at, without a fault; wrong words are told', async () => {
  const check = await place.run(['check', '--config', config]);
  expect(check.code).toBe(0);
  expect(check.stdout).toContain('on call        3 people, 2 rotations, 1 route');
  expect(check.stdout).toMatch(/look at .*oncall\.yaml:4:13: cyd has no phone, email or slack/);
  expect(check.stdout).toMatch(/look at .*oncall\.yaml:7:13: gap: nobody is on call from/);
  expect(check.stdout).toMatch(/look at .*oncall\.yaml:9:20: overlap: cyd is L2 and L3/);
  expect(await json('check', '--config', config)).toMatchObject({
    oncallWarnings: [{ line: 4, column: 13 }, { line: 7 }, { line: 9 }],
  });
  writeFileSync(path.join(config, 'oncall.yaml'), YAML.replace('people: [ana, bob]', 'people: [ana, bbo]'));
  const fault = await place.run(['check', '--config', config]);
  expect(fault.code).toBe(1);
  expect(fault.stderr).toMatch(/oncall\.yaml:6:95: nobody under people: is called "bbo"; did you mean "bob"\?/);
  writeFileSync(path.join(config, 'oncall.yaml'), YAML);
  const wrong = [
    ['oncall', 'overide', 'primary', 'bob'],
    ['oncall', 'override', 'primary'],
    ['oncall', 'override', 'primary', 'bob', '--why', 'x'],
    ['oncall', 'override', 'primary', 'bob', '--until', '2h'],
    ['oncall', 'override', 'primary', 'bob', '--until', 'later', '--why', 'x'],
    ['oncall', 'withdraw', '38'],
    ['oncall', '--at', 'tomorrow'],
    ['oncall', '--until', '2h'],
  ];
  const codes = await Promise.all(wrong.map(async (args) => (await place.run(args)).code));
  expect(codes).toEqual(wrong.map(() => 2));
  expect((await place.run(['oncall', 'override', 'primary', 'bob', '--until', '2h', '--why', 'x'])).code).toBe(4);
});

test('a hub takes overrides and keeps them; the phone list is there when it is gone', async () => {
  const { child } = await place.hub(['--config', config]);
  const made = await place.run([
    'oncall',
    'override',
    'primary',
    'CYD',
    '--from',
    '-5m',
    '--until',
    '2h',
    '--why',
    'both are ill',
  ]);
  expect(made.stdout).toMatch(/^cyd is on call for primary from .* UTC until .* UTC: both are ill$/m);
  const { rotations, overrides } = await json('oncall');
  expect(rotations).toMatchObject([{ rotation: 'primary', now: 'cyd' }, { rotation: 'office' }]);
  expect((await place.run(['oncall', 'override', 'primary', 'eve', '--until', '2h', '--why', 'x'])).stderr).toContain(
    'refused (not_found): nobody in oncall.yaml is called "eve"',
  );
  child.kill('SIGKILL');
  await ended(child);

  // As whoever looks at it a day later would find it.
  const kept = path.join(place.data, 'known', 'local.oncall.json');
  const yesterday = new Date(Date.now() - 26 * 3_600_000);
  utimesSync(kept, yesterday, yesterday);
  rmSync(path.join(config, 'oncall.yaml'));
  const phones = await place.run(['oncall', '--phones', '--config', config]);
  expect(phones.code).toBe(0);
  expect(phones.stdout).toMatch(/no hub runs on this machine.*; this is what it said 26 h 00 min ago/);
  expect(phones.stdout).toContain('ana   +49 151 0000   ana@example.org   slack U01   Europe/Berlin');
  expect(phones.stdout).toMatch(/^cyd {3}no phone, email or slack {3}on call: primary/m);
  expect(await json('oncall')).toMatchObject({ asOf: yesterday.toISOString(), rotations: [{ now: 'cyd' }, {}] });

  writeFileSync(path.join(config, 'oncall.yaml'), YAML);
  await place.hub(['--config', config]);
  const [override] = (await json('oncall'))['overrides'] as { name: string; made: { id: string; by: string } }[];
  expect(override).toMatchObject({ name: 'cyd', made: { by: 'alice' } });
  expect(overrides).toMatchObject([override ?? {}]);
  expect((await place.run(['oncall'])).stdout).toContain(`both are ill  by alice, ${override?.made.id}`);
  const withdrawn = await place.whole(['oncall', 'withdraw', override?.made.id ?? '']);
  expect(withdrawn.stdout).toContain('withdrew the override of cyd for primary (by alice: both are ill)');
  expect(((await json('oncall'))['rotations'] as Json[])[0]?.['now']).not.toBe('cyd');
});

test('a console keeps the list as it comes, in a file for this person alone', async () => {
  const opened = new Opened();
  const dir = await opened.folder();
  expect(await loadOncall(dir, 'bastion_7420')).toBe(null);
  const people = Array.from({ length: 3 }, (_, i) => ({
    name: `p${i}`,
    aliases: [],
    phone: `${i}`,
    email: null,
    slack: null,
    zone: null,
  }));
  const hub = await opened.hub(await opened.folder(), { oncall: { people, rotations: [], overrides: [], routes: {} } });
  keepOncall(dir, 'bastion_7420', await opened.client(hub, 'ana'));
  await until('it is kept', async () => (await loadOncall(dir, 'bastion_7420')) !== null);
  expect((await loadOncall(dir, 'bastion_7420'))?.table?.plan.people).toEqual(people);
  const kept = path.join(dir, 'known', 'bastion_7420.oncall.json');
  expect(statSync(kept).mode & 0o777).toBe(0o600);
  writeFileSync(kept, '{"plan":');
  expect(await loadOncall(dir, 'bastion_7420')).toBe(null);
  await opened.tidy();
  // A hub that tells of more than anybody can be on call.
  const [one] = people;
  const plan = { people: Array.from({ length: 5_000 }, () => one), rotations: [], overrides: [], routes: {} };
  expect(readOncallTable({ plan, rotations: [] })?.plan.people).toHaveLength(1_000);
});
