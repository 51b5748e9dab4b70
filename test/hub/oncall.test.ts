/** On-call at the hub: the table consoles get, overrides by command and over a restart, hand-offs, reading again. */
import { afterEach, expect, test } from 'vitest';
import type { Client } from '../../src/client/client.ts';
import type { ReadSettings } from '../../src/hub/settings.ts';
import { HANDBOOK_POLICY } from '../../src/incident/policy.ts';
import { standingAt, type OncallPlan, type OncallTable } from '../../src/oncall/plan.ts';
import type { HubCommand } from '../../src/protocol/command.ts';
import { until } from '../support/patience.ts';
import { ask, Opened } from '../support/room.ts';

const opened = new Opened();
afterEach(() => opened.tidy());

const person = (name: string, aliases: readonly string[] = []) => ({
  name,
  aliases,
  phone: `+49 ${name}`,
  email: null,
  slack: null,
  zone: null,
});
const layer = { zone: 'Europe/Berlin', start: '2026-01-05T09:00', everyMs: 7 * 86_400_000, people: ['ana'], only: [] };
const PLAN: OncallPlan = {
  people: [person('ana'), person('bob', ['bobby']), person('cyd')],
  rotations: [{ name: 'primary', layers: [layer] }],
  overrides: [],
  routes: { 'on-call-primary': { L1: { rotation: 'primary' }, L2: { person: 'cyd' } } },
};
const soon = (ms: number): string => new Date(Date.now() + ms).toISOString();
const HOUR = 3_600_000;
const override = (more: Partial<Extract<HubCommand, { kind: 'override_oncall' }>> = {}): HubCommand => ({
  kind: 'override_oncall',
  rotation: 'primary',
  name: 'Bobby',
  from: soon(-1000),
  until: soon(HOUR),
  why: 'ana is ill',
  ...more,
});
const now = ({ view: { oncall } }: Client): string | null | undefined =>
  oncall ? standingAt(oncall, Date.now()).rotations[0]?.now : undefined;

test('every console gets the people and who is on; an override is told, survives a restart and can be withdrawn', async () => {
  const dir = await opened.folder();
  const hub = await opened.hub(dir, { oncall: PLAN });
  const ana = await opened.client(hub, 'ana');
  const shell = await opened.client(hub, 'ben', { via: 'cli', live: false });
  await until('both know', () => now(ana) === 'ana' && now(shell) === 'ana');
  expect(ana.view.oncall?.plan).toEqual(PLAN);
  expect(standingAt(ana.view.oncall as OncallTable, Date.now()).routes).toEqual({
    'on-call-primary': { L1: 'ana', L2: 'cyd', L3: null, L4: null },
  });

  const said = await ask(ana, override(), null);
  expect(said).toMatchObject({
    done: {
      said: expect.stringMatching(/^bob is on call for primary from .* UTC until .* UTC: ana is ill$/) as string,
    },
  });
  await until('bob is on', () => now(ana) === 'bob' && now(shell) === 'bob');
  // Who says it later is right.
  await ask(ana, override({ name: 'cyd', until: soon(HOUR / 2), why: 'bob too' }), null);
  await until('cyd is on', () => now(ana) === 'cyd');
  await hub.close();

  const again = await opened.hub(dir, { oncall: PLAN });
  const dan = await opened.client(again, 'dan');
  await until('cyd is still on', () => now(dan) === 'cyd');
  const overrides = dan.view.oncall?.plan.overrides ?? [];
  expect(overrides.map(({ name, why, made }) => [name, why, made?.by])).toEqual([
    ['cyd', 'bob too', 'ana'],
    ['bob', 'ana is ill', 'ana'],
  ]);
  expect(dan.view.oncall?.rotations[0]?.shifts.map(({ name }) => name)).toEqual(['cyd', 'bob', 'ana']);
  const id = overrides[0]?.made?.id ?? '';
  expect(await ask(dan, { kind: 'withdraw_override', id }, null)).toMatchObject({
    done: { said: 'withdrew the override of cyd for primary (by ana: bob too)' },
  });
  await until('bob is on again', () => now(dan) === 'bob');
  // What has been stays as it was.
  const kept = dan.view.oncall?.plan.overrides.find(({ made }) => made?.id === id);
  expect(Date.parse(kept?.until ?? '')).toBeLessThanOrEqual(Date.now());
  expect(await ask(dan, { kind: 'withdraw_override', id }, null)).toMatchObject({ nack: { code: 'not_found' } });
});

test('an override that has not begun is withdrawn without a trace in the schedule; one in the past is refused', async () => {
  const inFile = { rotation: 'primary', name: 'ana', from: soon(-HOUR), until: soon(HOUR), why: '' };
  const hub = await opened.hub(await opened.folder(), { oncall: { ...PLAN, overrides: [inFile] } });
  const ana = await opened.client(hub, 'ana');
  await ask(ana, override({ from: soon(HOUR), until: soon(2 * HOUR) }), null);
  await until('it is there', () => ana.view.oncall?.plan.overrides.length === 2);
  expect(now(ana)).toBe('ana');
  const id = ana.view.oncall?.plan.overrides[0]?.made?.id ?? '';
  await ask(ana, { kind: 'withdraw_override', id }, null);
  await until('it is gone', () => ana.view.oncall?.plan.overrides.length === 1);
  await ask(ana, override(), null);
  await until('a command goes before the file', () => now(ana) === 'bob');
  for (const [command, code, words] of [
    [override({ rotation: 'primry' }), 'not_found', 'there is no rotation "primry"; did you mean "primary"?'],
    [override({ name: 'bbo' }), 'not_found', 'nobody in oncall.yaml is called "bbo"; did you mean "bob"'],
    [override({ name: 'Wilhelmine' }), 'not_found', '"Wilhelmine"; known: ana, bob, bobby, cyd'],
    [override({ why: ' ' }), 'invalid', 'says why'],
    [override({ from: soon(-2 * HOUR), until: soon(-HOUR) }), 'invalid', 'ends in the future'],
    [override({ from: soon(HOUR), until: soon(HOUR / 2) }), 'invalid', 'ends after it begins'],
    [override({ until: soon(400 * 24 * HOUR) }), 'invalid', 'a year at most'],
  ] as const)
    expect(await ask(ana, command, null)).toMatchObject({
      nack: { code, reason: expect.stringContaining(words) as string },
    });
});

test('who is next comes on by itself, and what is read again is told', async () => {
  const start = new Date(Date.now() - 24 * HOUR).toISOString().slice(0, 16);
  const daily: OncallPlan = {
    ...PLAN,
    rotations: [{ name: 'primary', layers: [{ ...layer, zone: 'UTC', start, everyMs: 365 * 24 * HOUR }] }],
    overrides: [{ rotation: 'primary', name: 'bob', from: soon(-HOUR), until: soon(1_500), why: '' }],
  };
  let read: OncallPlan | null = PLAN;
  const hub = await opened.hub(await opened.folder(), {
    oncall: daily,
    reload: () =>
      Promise.resolve<ReadSettings>({
        policy: HANDBOOK_POLICY,
        targets: [],
        rules: [],
        oncall: read,
        later: null,
        tls: null,
        apply: () => {},
      }),
  });
  const ana = await opened.client(hub, 'ana');
  await until('bob is on', () => now(ana) === 'bob');
  const { oncall } = ana.view;
  await until('the table is told again', () => ana.view.oncall !== oncall && now(ana) === 'ana');
  await ask(ana, override(), null);
  await until('bob stands in', () => now(ana) === 'bob');
  read = { ...PLAN, people: PLAN.people.filter(({ name }) => name !== 'bob') };
  await hub.reload();
  await until('who is not in the list any more does not count', () => now(ana) === 'ana');
  read = null;
  await hub.reload();
  await until('nobody is on call', () => ana.view.oncall === null);
  expect(await ask(ana, override(), null)).toMatchObject({
    nack: { code: 'not_found', reason: expect.stringContaining('nobody is on call here') as string },
  });
});
