/** Escalation from the shell, on whole processes: an alert that nobody answers, a hub that is killed at each step. */
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ended, Place } from '../support/program.ts';
import { until } from '../support/patience.ts';

let place: Place;
let config: string;
beforeEach(() => {
  place = new Place();
  config = path.join(place.data, 'config');
  mkdirSync(config);
  const write = (name: string, lines: readonly string[]): void =>
    writeFileSync(path.join(config, name), `${lines.join('\n')}\n`);
  write('warroom.yaml', ['targets:', '  - { name: machine, kind: host, every: 200ms }']);
  write('severities.yaml', [
    'severities:',
    '  SEV-1: { ack: 4s }',
    '  SEV-2: { ack: 30m }',
    'escalate: { L3_after_L2: 4s }',
  ]);
  write('oncall.yaml', [
    'people:',
    ...['ana', 'bob', 'cyd', 'dan'].map((name) => `  - { name: ${name}, phone: '+49 151 ${name}' }`),
    'routes:',
    '  machine-people: { L1: { person: ana }, L2: { person: bob }, L3: { person: cyd }, L4: { person: dan } }',
    '  on-call-primary: { L1: { person: bob }, L2: { person: ana } }',
  ]);
});
afterEach(() => place.close());

const withRule = (severity: string): void =>
  writeFileSync(
    path.join(config, 'alerts.yaml'),
    `alerts:\n  - { name: Up, condition: host_uptime_seconds > 0, severity: ${severity}, route: machine-people }\n`,
  );

type Json = Record<string, unknown>;
interface Alert {
  readonly alert: string;
  readonly source: string;
  readonly route: string | null;
  readonly paged: readonly { readonly level: string; readonly name: string | null; readonly at: string }[];
  readonly acked: Json | null;
  readonly incident: string | null;
}
const alert = async (): Promise<Alert | undefined> =>
  ((await place.json(['alerts'])) as { readonly alerts: readonly Alert[] }).alerts[0];
const called = async (): Promise<readonly string[]> =>
  ((await alert())?.paged ?? []).map(({ level, name }) => `${level} ${name ?? 'nobody'}`);
const json = async (...args: string[]): Promise<Json> => (await place.json(args)) as Json;
const start = async (): Promise<ChildProcess> => (await place.hub(['--config', config])).child;

async function killed(hub: ChildProcess): Promise<ChildProcess> {
  hub.kill('SIGKILL');
  await ended(hub);
  return start();
}

test('an alert fires, L1, L2, L3, acknowledged, declared: the hub is killed after each, and each page is there once', async () => {
  withRule('SEV-1');
  let hub = await start();
  for (const [level, all] of [
    ['L1', ['L1 ana']],
    ['L2', ['L1 ana', 'L2 bob']],
    ['L3', ['L1 ana', 'L2 bob', 'L3 cyd']],
  ] as const) {
    await until(`${level} is called`, async () => (await called()).length === all.length);
    hub = await killed(hub);
    await until('it is known again', alert);
    expect((await called()).slice(0, all.length)).toEqual(all);
  }
  expect(await alert()).toMatchObject({ source: 'rules', route: 'machine-people', acked: null, incident: null });
  const paged = (await alert())?.paged;
  await json('ack', '--alert', 'Up');
  hub = await killed(hub);
  await until('it is known again', alert);
  expect((await alert())?.acked).toMatchObject({ by: 'alice' });
  expect((await alert())?.paged).toEqual(paged);

  await json('declare', '--alert', 'Up');
  await killed(hub);
  const shown = await json('show');
  expect(shown).toMatchObject({ lead: 'alice' });
  const events = (await place.run(['tail', '--json'])).stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { kind: string; data: Json });
  expect(events.filter(({ kind }) => kind === 'paged')).toEqual([]);
  expect(events[0]).toMatchObject({
    kind: 'declared',
    data: { route: 'machine-people', inherited: { acked: { by: 'alice' }, pages: [{ level: 'L1' }, {}, {}] } },
  });
  expect((await place.run(['tail'])).stdout).toMatch(
    /DECLARED SEV-1 High: .*the alert fired at .*alice acknowledged it at .*paged: L1 ana, L2 bob, L3 cyd/,
  );
  // Every page is in the hub's own record, once; nobody was called after the acknowledgement.
  expect((await alert())?.paged).toEqual(paged);
});

test('an incident by hand: the usual route, escalated, snoozed, each with its exit code', async () => {
  withRule('SEV-2');
  await start();
  await json('declare', 'checkout is slow', '--sev', '2');
  await until('L1 is called', async () => (await place.run(['tail'])).stdout.includes('PAGED L1 bob (just declared)'));
  expect((await json('escalate', 'L2'))['seq']).toBeGreaterThan(2);
  expect((await place.run(['tail'])).stdout).toContain('alice: PAGED L2 ana\n');
  await json('snooze', '30m', '--why', 'waiting for the vendor');
  expect((await place.run(['tail'])).stdout).toMatch(/alice: snoozed until \d\d:\d\dZ \(waiting for the vendor\)\n/);
  await json('escalate', 'L4', '--why', 'the press');
  expect((await place.run(['tail'])).stdout).toContain('PAGED L4: nobody is on call (on-call-primary)');
  await json('declare', 'db is slow', '--sev', '2', '--route', 'machine-people');
  const cases = [
    [['escalate'], 2, 'levels are L2, L3 and L4'],
    [['escalate', 'L5'], 2, 'levels are L2, L3 and L4'],
    [['escalate', 'L4', '--incident', 'x'], 3, 'not_found'],
    [['escalate', 'L2', '--alert', 'nothing'], 3, 'no alert "nothing"'],
    [['snooze', 'soon', '--why', 'x'], 2, 'say for how long'],
    [['snooze', '30m'], 2, '--why TEXT'],
  ] as const;
  for (const [args, code, words] of cases) {
    const ran = await place.run(args);
    expect(ran.stderr, args.join(' ')).toContain(words);
    expect(ran.code, args.join(' ')).toBe(code);
  }
  const second = ((await place.json(['list'])) as readonly { readonly id: string }[])[0]?.id ?? '';
  expect((await place.run(['escalate', 'L4', '--incident', second])).stderr).toContain('say why');
  await until('L1 of the named route is called', async () =>
    (await place.run(['tail', '--incident', second])).stdout.includes('PAGED L1 ana'),
  );
  expect((await place.run(['escalate', 'L1', '--incident', second])).stderr).toContain('L1 ana was paged');
});
