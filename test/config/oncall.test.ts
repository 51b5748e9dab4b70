/** oncall.yaml: what is read, every fault at its place, and what a person should look at. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConfig, shippedDir, type Config } from '../../src/config/config.ts';
import { oncallDoubts } from '../../src/config/oncall-doubts.ts';
import { readOncall, type OncallConfig } from '../../src/config/oncall.ts';
import { YamlFile } from '../../src/config/yaml-file.ts';

let dir: string;
beforeAll(async () => (dir = await mkdtemp(path.join(os.tmpdir(), 'warroom-oncall-'))));
afterAll(() => rm(dir, { recursive: true }));

function read(text: string): { oncall: OncallConfig | null; faults: string[] } {
  const file = new YamlFile({ path: 'oncall.yaml', text }, null);
  const oncall = readOncall(file);
  return { oncall, faults: file.faults.map(({ line, column, message }) => `${line}:${column}: ${message}`) };
}
const sound = (text: string): OncallConfig => {
  const { oncall, faults } = read(text);
  expect(faults).toEqual([]);
  if (oncall === null) throw new Error('nobody is on call');
  return oncall;
};

/** The file of the contract. */
const CONTRACT = `people:
  - { name: ana, phone: '+49 151 0000', email: ana@example.org, zone: Europe/Berlin, slack: U01, aliases: [ana.k] }
  - { name: bob, phone: +15550100 }
  - { name: cyd, email: cyd@example.org }
  - { name: dan, slack: U04 }
rotations:
  - { name: primary, zone: Europe/Berlin, start: '2026-11-02 09:00', every: 1w, people: [ana, bob], only: { days: mon-fri, from: '09:00', until: '18:00' } }
  - { name: secondary, start: 2026-11-02, every: 12h, people: cyd }
overrides:
  - { rotation: primary, name: cyd, from: '2026-12-24 09:00', until: '2026-12-27 09:00', why: holidays }
routes:
  on-call-primary: { L1: { rotation: primary }, L2: { rotation: secondary }, L3: { person: cyd }, L4: { person: dan } }
`;

test('the example of the contract is read', () => {
  const { plan } = sound(CONTRACT);
  expect(plan.people.slice(0, 2)).toEqual([
    {
      name: 'ana',
      aliases: ['ana.k'],
      phone: '+49 151 0000',
      email: 'ana@example.org',
      slack: 'U01',
      zone: 'Europe/Berlin',
    },
    // Digits stay as they were typed.
    { name: 'bob', aliases: [], phone: '+15550100', email: null, slack: null, zone: null },
  ]);
  expect(plan.rotations).toEqual([
    {
      name: 'primary',
      layers: [
        {
          zone: 'Europe/Berlin',
          start: '2026-11-02T09:00',
          everyMs: 7 * 24 * 3_600_000,
          people: ['ana', 'bob'],
          only: [{ days: [1, 2, 3, 4, 5], from: 540, until: 1080 }],
        },
      ],
    },
    {
      name: 'secondary',
      layers: [{ zone: 'UTC', start: '2026-11-02T00:00', everyMs: 12 * 3_600_000, people: ['cyd'], only: [] }],
    },
  ]);
  expect(plan.overrides).toEqual([
    {
      rotation: 'primary',
      name: 'cyd',
      from: '2026-12-24T08:00:00.000Z',
      until: '2026-12-27T08:00:00.000Z',
      why: 'holidays',
    },
  ]);
  expect(plan.routes['on-call-primary']).toEqual({
    L1: { rotation: 'primary' },
    L2: { rotation: 'secondary' },
    L3: { person: 'cyd' },
    L4: { person: 'dan' },
  });
});

test('layers, days over the end of the week, nights, aliases and UTC', () => {
  const { plan } = sound(`people: [{ name: ana, aliases: [Anna, ana.k] }, { name: bob }]
rotations:
  - name: mixed
    zone: America/New_York
    layers:
      - { start: '2026-11-02T09:00', every: 1d, people: [ANNA, bob], only: [{ days: 'fri-mon' }, { days: [wed, thu], from: '22:00', until: '6:00' }] }
      - { zone: UTC, start: '2026-11-02 09:00', every: 2w, people: [bob] }
overrides:
  - { rotation: mixed, name: bob, from: '2026-12-24 09:00 UTC', until: 2026-12-24T10:00Z }
  - { rotation: mixed, name: bob, from: '2026-12-24T10:00Z', until: '2026-12-25 00:00' }
`);
  expect(plan.rotations[0]?.layers.map(({ zone, people, only }) => ({ zone, people, only }))).toEqual([
    {
      zone: 'America/New_York',
      people: ['ana', 'bob'],
      only: [
        { days: [5, 6, 7, 1], from: 0, until: 1440 },
        { days: [3, 4], from: 1320, until: 360 },
      ],
    },
    { zone: 'UTC', people: ['bob'], only: [] },
  ]);
  expect(plan.overrides.map(({ from, until }) => `${from} ${until}`)).toEqual([
    '2026-12-24T09:00:00.000Z 2026-12-24T10:00:00.000Z',
    '2026-12-24T10:00:00.000Z 2026-12-25T05:00:00.000Z',
  ]);
});

const PEOPLE = 'people: [{ name: ana }, { name: bob }]\n';
const turns = (more: string): string => `${PEOPLE}rotations: [{ name: p, ${more} }]\n`;
const P = turns("start: '2026-11-02 09:00', every: 1w, people: [ana]");
const start = "start: '2026-11-02 09:00', every: 1w";

// The fault stands where the \u00a7 does.
test.each([
  [
    'people: [{ name: ana, zone: §Europe/Berln }]',
    'there is no time zone "Europe/Berln"; did you mean "Europe/Berlin"?',
  ],
  ['people: [{ name: ana }, { name: §Ana }]', '"Ana" is already a name of ana'],
  ['people: [{ name: ana }, { name: bob, aliases: §[ANA] }]', '"ANA" is already a name of ana'],
  ['people: [{ name: §"a\\nb" }]', 'a name may have letters'],
  ['people: [{ name: ana, §phon: 1 }]', 'unknown key phon; did you mean phone?'],
  ['people: §{ name: ana }', 'people must be a list'],
  [turns(`${start}, people: [ana, §bbo]`), 'nobody under people: is called "bbo"; did you mean "bob"?'],
  [turns(`${start}, people: §[]`), 'this is a rotation of nobody'],
  [turns(`${start}`).replace('{ name: p', '§{ name: p'), 'this is a rotation of nobody'],
  [turns(`layers: §[]`), 'this is a rotation of nobody: it has no layers'],
  [
    turns(`start: §'2026-02-30 09:00', every: 1w, people: [ana]`),
    'start is the first hand-off on the clock of the zone',
  ],
  [turns(`start: '2026-11-02 09:00', every: §30m, people: [ana]`), 'every is how long a turn is, an hour or more'],
  [turns(`${start}, people: [ana], zone: §Mars/Base`), 'there is no time zone "Mars/Base"; zones are called'],
  [turns(`${start}, people: [ana], only: { from: §'9' }`), 'from is a time of day, such as 09:00'],
  [turns(`${start}, people: [ana], only: { from: '09:00', until: §'09:00' }`), 'from and until are the same'],
  [turns(`${start}, people: [ana], only: { days: §mon-xyz }`), '"mon-xyz" is no day of the week'],
  [
    turns(`${start}, people: [ana] }, { name: §p, ${start}, people: [bob]`),
    'there is already a rotation "p", and they would overlap: write its parts under layers:',
  ],
  [
    `${P}overrides: [{ rotation: §q, name: ana, from: 2026-12-24, until: 2026-12-25 }]`,
    'there is no rotation "q"; did you mean "p"?',
  ],
  [
    `${P}overrides: [{ rotation: p, name: §eve, from: 2026-12-24, until: 2026-12-25 }]`,
    'nobody under people: is called "eve"; known: ana, bob',
  ],
  [
    `${P}overrides: [{ rotation: p, name: ana, from: 2026-12-24, until: §2026-12-24 }]`,
    'an override ends after it begins',
  ],
  [
    `${P}overrides:\n  - { rotation: p, name: ana, from: 2026-12-24, until: 2026-12-26 }\n  - { rotation: p, name: bob, from: §2026-12-25, until: 2026-12-27 }`,
    'it overlaps with the override of line 4',
  ],
  [`${P}overrides: [{ rotation: p, name: ana, from: §tomorrow, until: 2026-12-24 }]`, 'from is a time on the clock'],
  [`${PEOPLE}routes: { r: { L1: { rotation: §p } } }`, 'there is no rotation "p"; there is none'],
  [`${PEOPLE}routes: { r: { L1: { person: §carl } } }`, 'nobody under people: is called "carl"; known: ana, bob'],
  [
    `${PEOPLE}routes: { r: { L1: §{ person: ana, rotation: p } } }`,
    'this is either { rotation: NAME } or { person: NAME }',
  ],
  [`${PEOPLE}routes: { r: §{ L2: { person: ana } } }`, 'the route "r" needs an L1'],
  [`${PEOPLE}routes: { r: { L1: { person: ana }, §L5: { person: bob } } }`, 'unknown key L5'],
])('%s: %s', (marked, expected) => {
  const before = marked.slice(0, marked.indexOf('§')).split('\n');
  const { faults } = read(marked.replace('§', ''));
  expect(faults).toHaveLength(1);
  expect(faults[0]).toContain(`${before.length}:${(before.at(-1) ?? '').length + 1}: ${expected}`);
});

test('no file, and one that names nobody, are no on-call', async () => {
  const shipped = await loadConfig({ dir: shippedDir(), env: {} });
  expect(shipped).toMatchObject({ oncall: null });
  for (const text of ['people: []\n', 'people:\nrotations:\nroutes: {}\n'])
    expect(read(text)).toEqual({ oncall: null, faults: [] });
  const config = await loadConfig({ dir, env: {} });
  expect(config).toMatchObject({ oncall: null });
  expect((config as Config).files.some((file) => file.endsWith('oncall.yaml'))).toBe(false);
});

test('what the shipped file gives as an example is sound, and fits the shipped alerts', async () => {
  const shipped = await readFile(path.join(shippedDir(), 'oncall.yaml'), 'utf8');
  expect(shipped).toMatch(/^people: \[\]$/m);
  const [, example = ''] = shipped.split(/^people: \[\]$/m);
  const { plan } = sound(example.replaceAll(/^# ?/gm, ''));
  expect(Object.keys(plan.routes)).toEqual(['on-call-primary']);
  await writeFile(path.join(dir, 'oncall.yaml'), example.replaceAll(/^# ?/gm, ''));
  expect(await loadConfig({ dir, env: {} })).toMatchObject({ oncall: { plan } });
});

test('a route that an alert names and nobody has is a fault at its place', async () => {
  await writeFile(path.join(dir, 'oncall.yaml'), CONTRACT);
  const rule = 'alerts:\n  - { name: A, condition: redis_up == 0, severity: SEV-1, route: on-cal-primary }\n';
  await writeFile(path.join(dir, 'alerts.yaml'), rule);
  const config = await loadConfig({ dir, env: {} });
  const [fault] = 'faults' in config ? config.faults : [];
  expect(fault).toMatchObject({ file: path.join(dir, 'alerts.yaml'), line: 2, column: 66 });
  expect(fault?.message).toBe(
    'unknown route "on-cal-primary"; did you mean "on-call-primary"? (known: on-call-primary)',
  );
  await rm(path.join(dir, 'alerts.yaml'));
  // The rules that come with the product name a route that need not be there.
  await writeFile(path.join(dir, 'oncall.yaml'), CONTRACT.replace('on-call-primary:', 'payments:'));
  expect(await loadConfig({ dir, env: {} })).toMatchObject({ oncall: { plan: { routes: { payments: {} } } } });
});

test('gaps, one person on two levels, people without contacts, odd hand-offs and a missing route are doubts', () => {
  const doubts = (text: string, now: string): string[] =>
    oncallDoubts(sound(text), Date.parse(now)).map(({ line, column, message }) => `${line}:${column}: ${message}`);
  expect(doubts(CONTRACT, '2026-11-27T12:00Z')).toEqual([
    expect.stringMatching(
      /^7:13: gap: nobody is on call from 2026-11-27 18:00 Europe\/Berlin to 2026-11-30 09:00 Europe\/Berlin; \d+ gaps, /,
    ),
    '12:20: overlap: cyd is L2 and L3 of on-call-primary at once from 2026-11-27 12:00Z on: paged twice, and nobody else',
  ]);
  const night = `people: [{ name: ana, phone: 1 }, { name: bob }]
rotations:
  - { name: n, zone: Europe/Berlin, start: '2026-11-02 02:30', every: 1d, people: [ana, bob] }
`;
  expect(doubts(night, '2026-11-27T12:00Z')).toEqual([
    '1:43: bob has no phone, email or slack: nobody can reach them',
    '3:44: 2027-03-28 02:30 is left out that day: the hand-off is at 2027-03-28 03:30 Europe/Berlin',
    '3:44: 2027-10-31 02:30 comes twice that day, the first counts: the hand-off is at 2027-10-31 02:30 Europe/Berlin',
    '3:13: there is no route "on-call-primary": an incident declared by hand pages nobody',
  ]);
  const later =
    "people: [{ name: ana, phone: 1 }]\nrotations: [{ name: n, start: '2026-12-01', every: 1d, people: ana }]\nroutes: { on-call-primary: { L1: { rotation: n } } }";
  expect(doubts(later, '2026-11-27T12:00Z')).toEqual([
    '2:21: gap: nobody is on call from 2026-11-27 12:00 UTC to 2026-12-01 00:00 UTC',
  ]);
});
