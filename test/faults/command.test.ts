/** Plans of on-call that cannot be meant, and two people who answer one thing: a clear answer, nothing paged twice, nothing lost. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { Client } from '../../src/client/client.ts';
import { until } from '../support/patience.ts';
import { ended, InProcess, type Ran } from '../support/program.ts';
import { ask, declare, Opened } from '../support/room.ts';

const opened = new Opened();
afterEach(() => opened.tidy());

const PEOPLE = `people:
  - { name: ana, phone: '+49 151 0000' }
  - { name: bob, phone: '+1 555 0100' }
`;
const ROUTES = `routes:
  on-call-primary: { L1: { rotation: primary }, L2: { rotation: secondary } }
`;
const turns = (name: string, start: string, people: string): string =>
  `  - { name: ${name}, zone: Europe/Berlin, start: '${start}', every: 1w, people: ${people} }\n`;
const PLAN = `${PEOPLE}rotations:
${turns('primary', '2026-01-05 09:00', '[ana]')}${turns('secondary', '2026-01-05 09:00', '[bob]')}${ROUTES}`;

/** A folder of configuration with this plan; writing another is done by the answer. */
function planned(place: InProcess, plan: string): { readonly config: string; readonly write: (plan: string) => void } {
  const config = path.join(place.data, 'config');
  mkdirSync(config);
  writeFileSync(path.join(config, 'warroom.yaml'), 'targets: []\n');
  writeFileSync(path.join(config, 'severities.yaml'), 'severities: { SEV-1: { ack: 2s } }\n');
  const write = (text: string): void => writeFileSync(path.join(config, 'oncall.yaml'), text);
  write(plan);
  return { config, write };
}
const NOT_RUN: Ran = { code: null, stdout: '', stderr: '' };
function somewhere(): InProcess {
  const place = new InProcess();
  opened.later(() => place.close());
  return place;
}
const pagesOf = ({ view }: Client): readonly string[] =>
  view.events.flatMap((event) =>
    event.kind === 'paged' ? [`${event.data.level} ${event.data.name ?? 'nobody'}`] : [],
  );

describe('a plan that cannot be meant', () => {
  const bad: readonly (readonly [what: string, plan: string, fault: RegExp])[] = [
    [
      'two rotations of one name overlap',
      PLAN.replace('name: secondary', 'name: primary'),
      /oncall\.yaml:6:\d+: there is already a rotation "primary", and they would overlap/,
    ],
    ['a rotation of nobody', PLAN.replace('[ana]', '[]'), /oncall\.yaml:5:\d+: this is a rotation of nobody/],
    [
      'people who are not in the list',
      PLAN.replace('[ana]', '[ana, eve]'),
      /oncall\.yaml:5:\d+: nobody under people: is called "eve"/,
    ],
  ];

  test('is named with its place; the hub goes on with the one it has, and pages nobody anew', async () => {
    const place = somewhere();
    const { config, write } = planned(place, PLAN);
    const { child, ready } = await place.hub(['--config', config]);
    await place.json(['declare', 'cart is slow', '--sev', '1']);
    const eve = await opened.client(ready, 'eve');
    await until('both levels are paged', () => pagesOf(eve).length === 2);
    const before = (await place.json(['oncall'])) as { rotations: unknown; routes: unknown };
    for (const [what, plan, fault] of bad) {
      write(plan);
      const commands = [
        ['check', '--config', config],
        ['hub', 'reload'],
      ];
      const [check = NOT_RUN, reload = NOT_RUN] = await Promise.all(commands.map((args) => place.run(args)));
      expect([what, check.code, reload.code]).toEqual([what, 1, 3]);
      expect(check.stderr).toMatch(fault);
      expect(reload.stderr).toMatch(fault);
    }
    expect(await place.json(['oncall'])).toMatchObject({ rotations: before.rotations, routes: before.routes });
    child.kill('SIGKILL');
    await ended(child);
    const start = await place.whole(['hub', '--config', config, '--listen', '127.0.0.1:0']);
    expect([start.code, start.stderr]).toEqual([
      1,
      expect.stringMatching(/oncall\.yaml:5:\d+: nobody under people: is called "eve"/),
    ]);
    write(PLAN);
    const again = await opened.client((await place.hub(['--config', config])).ready, 'eve');
    await until('the record is read', () => again.view.incident?.status === 'declared');
    expect(pagesOf(again)).toEqual(['L1 ana', 'L2 bob']);
  });
});

test('rotations that put one person on two levels: check says so, and each level is paged once', async () => {
  const place = somewhere();
  const { config } = planned(place, PLAN.replace('[bob]', '[ana]'));
  expect((await place.run(['check', '--config', config])).stdout).toMatch(
    /oncall\.yaml:\d+:\d+: overlap: ana is L1 and L2/,
  );
  const ana = await opened.client((await place.hub(['--config', config])).ready, 'ana');
  const incident = await declare(ana, 'cart is slow');
  await until('both levels are paged', () => pagesOf(ana).length === 2);
  await ask(ana, { kind: 'acknowledge' }, incident);
  expect(pagesOf(ana)).toEqual(['L1 ana', 'L2 ana']);
});

test.each([
  // 02:30 is not there on 29 March: the clock goes from 02:00 CET to 03:00 CEST.
  ['does not exist', '2026-03-22 02:30', '2026-03-29T01:30:00.000Z'],
  // 02:30 is there twice on 25 October: first as CEST, then as CET.
  ['exists twice', '2026-10-18 02:30', '2026-10-25T00:30:00.000Z'],
])('a hand-off in the hour that %s: one person goes, the other comes, once', async (_, start, handOff) => {
  const place = somewhere();
  const { config } = planned(place, PLAN.replace('2026-01-05 09:00', start).replace('[ana]', '[ana, bob]'));
  const primary = async (ms: number): Promise<unknown> => {
    const at = new Date(Date.parse(handOff) + ms).toISOString();
    const { rotations } = (await place.json(['oncall', '--config', config, '--at', at])) as { rotations: unknown[] };
    return rotations[0];
  };
  expect(await Promise.all([-1000, 0].map(primary))).toMatchObject([
    { now: 'ana', until: handOff, next: 'bob' },
    { now: 'bob', next: 'ana' },
  ]);
  expect((await place.run(['check', '--config', config])).stdout).toMatch(/oncall\.yaml:5:\d+: .*(?:02:30|2:30)/);
});

const kindsOf = (client: Client, kind: string): readonly unknown[] =>
  client.view.events.filter((event) => event.kind === kind).map(({ by, data }) => [by.name, data]);

test('two people, and one person at two consoles, answer one offer: one is IC, the others hear why they are not', async () => {
  const hub = await opened.hub(await opened.folder());
  const ana = await opened.client(hub, 'ana');
  const answering = await Promise.all(['bob', 'bob', 'cyd'].map((name) => opened.client(hub, name)));
  const incident = await declare(ana);
  await ask(ana, { kind: 'assign_role', role: 'ic', name: 'ana' }, incident);
  await ask(ana, { kind: 'offer_command', name: 'bob' }, incident);
  const answers = await Promise.all(
    answering.map(async (client) => {
      const answer = await ask(client, { kind: 'accept_command' }, incident);
      return 'nack' in answer ? answer.nack.reason : 'ack' in answer ? 'IC' : 'done';
    }),
  );
  expect(answers.slice(0, 2).toSorted()).toEqual(['IC', expect.stringMatching(/not on offer|already/)]);
  expect(answers[2]).toMatch(/not on offer|offered to bob/);
  await until('ana sees it', () => ana.view.incident?.roles.ic === 'bob');
  expect(kindsOf(ana, 'role_assigned')).toMatchObject([
    ['ana', {}],
    ['bob', { role: 'ic', name: 'bob', from: 'ana' }],
  ]);
});

test('an objection that comes after the limit is refused in words and stays with whoever wrote it', async () => {
  const dir = await opened.folder();
  const hub = await opened.hub(dir);
  const ana = await opened.client(hub, 'ana');
  const bob = await opened.client(hub, 'bob');
  const incident = await declare(ana);
  const asked = await ask(ana, { kind: 'propose_decision', text: 'roll back', objectionsMs: 1_000 }, incident);
  const ref = 'ack' in asked ? asked.ack.seq : 0;
  await until('bob hears of it', () => bob.view.incident?.decisions.length === 1);
  await hub.close();
  const { n, id } = await bob.submit({ kind: 'object', ref, text: 'a migration ran' }, incident);
  const { hostname: host, port } = new URL(hub.url);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  await opened.hub(dir, { listen: { host, port: Number(port) } });
  const answer = await bob.settled(n);
  expect('nack' in answer && answer.nack.reason).toMatch(/settled|were heard until/);
  expect(bob.view.pending.find((one) => one.id === id)).toMatchObject({
    state: 'refused',
    text: expect.stringContaining('a migration ran'),
  });
  await until('it stands', () => bob.view.incident?.decisions[0]?.state === 'stands');
  expect(kindsOf(bob, 'objected')).toEqual([]);
  expect(kindsOf(bob, 'decision_settled')).toHaveLength(1);
});
