/** Escalation from the shell: an alert that nobody answers, a hub that is killed at each step. */
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventText } from '../../panels/entry.ts';
import type { Client } from '../../src/client/client.ts';
import type { AlertView } from '../../src/protocol/messages.ts';
import { ended, InProcess } from '../support/program.ts';
import { until } from '../support/patience.ts';
import { Opened } from '../support/room.ts';

const opened = new Opened();
let place: InProcess;
let config: string;
beforeEach(() => {
  place = new InProcess();
  config = path.join(place.data, 'config');
  mkdirSync(config);
  const write = (name: string, lines: readonly string[]): void =>
    writeFileSync(path.join(config, name), `${lines.join('\n')}\n`);
  write('warroom.yaml', ['targets:', '  - { name: machine, kind: host, every: 200ms }']);
  write('severities.yaml', [
    'severities:',
    '  SEV-1: { ack: 2s }',
    '  SEV-2: { ack: 30m }',
    'escalate: { L3_after_L2: 2s }',
  ]);
  write('oncall.yaml', [
    'people:',
    ...['ana', 'bob', 'cyd', 'dan'].map((name) => `  - { name: ${name}, phone: '+49 151 ${name}' }`),
    'routes:',
    '  machine-people: { L1: { person: ana }, L2: { person: bob }, L3: { person: cyd }, L4: { person: dan } }',
    '  on-call-primary: { L1: { person: bob }, L2: { person: ana } }',
  ]);
});
afterEach(async () => {
  await opened.tidy();
  await place.close();
});

const withRule = (severity: string): void =>
  writeFileSync(
    path.join(config, 'alerts.yaml'),
    `alerts:\n  - { name: Up, condition: host_uptime_seconds > 0, severity: ${severity}, route: machine-people }\n`,
  );

type Json = Record<string, unknown>;
const json = async (...args: string[]): Promise<Json> => (await place.json(args)) as Json;

interface Running {
  readonly hub: ChildProcess;
  /** Somebody who looks on. */
  readonly eve: Client;
}
async function start(): Promise<Running> {
  const { ready, child } = await place.hub(['--config', config]);
  return { hub: child, eve: await opened.client(ready, 'eve') };
}
async function killed({ hub }: Running): Promise<Running> {
  hub.kill('SIGKILL');
  await ended(hub);
  return start();
}
const alert = ({ eve }: Running): AlertView | undefined => eve.view.alerts?.[0];
const called = (running: Running): readonly string[] =>
  (alert(running)?.paged ?? []).map(({ level, name }) => `${level} ${name ?? 'nobody'}`);
/** When each level was called. */
const calledAt = (running: Running): readonly string[] =>
  (alert(running)?.paged ?? []).map(({ level, at }) => `${level} ${at}`);

test('an alert fires, L1, L2, L3, acknowledged, declared: the hub is killed after each, and each page is there once', async () => {
  withRule('SEV-1');
  let running = await start();
  for (const [level, all] of [
    ['L1', ['L1 ana']],
    ['L2', ['L1 ana', 'L2 bob']],
    ['L3', ['L1 ana', 'L2 bob', 'L3 cyd']],
  ] as const) {
    await until(`${level} is called`, () => called(running).length >= all.length);
    running = await killed(running);
    await until('it is known again', () => alert(running));
    expect(called(running).slice(0, all.length)).toEqual(all);
  }
  const told = (await json('alerts')) as { readonly alerts: readonly Json[] };
  expect(told.alerts[0]).toMatchObject({ source: 'rules', route: 'machine-people', acked: null, incident: null });
  const paged = calledAt(running);
  expect(told.alerts[0]?.['paged']).toEqual(alert(running)?.paged);
  await json('ack', '--alert', 'Up');
  running = await killed(running);
  await until('it is known again', () => alert(running));
  expect(alert(running)?.acked).toMatchObject({ by: 'alice' });
  expect(calledAt(running)).toEqual(paged);

  await json('declare', '--alert', 'Up');
  running = await killed(running);
  expect(await json('show')).toMatchObject({ lead: 'alice' });
  await until('the incident is there', () => running.eve.view.events.length > 0);
  const { events } = running.eve.view;
  expect(events.filter(({ kind }) => kind === 'paged')).toEqual([]);
  expect(events[0]).toMatchObject({
    kind: 'declared',
    data: { route: 'machine-people', inherited: { acked: { by: 'alice' }, pages: [{ level: 'L1' }, {}, {}] } },
  });
  expect((await place.run(['tail'])).stdout).toMatch(
    /DECLARED SEV-1 High: .*the alert fired at .*alice acknowledged it at .*paged: L1 ana, L2 bob, L3 cyd/,
  );
  // Every page is in the hub's own record, once; nobody was called after the acknowledgement.
  await until('it is known again', () => alert(running));
  expect(calledAt(running)).toEqual(paged);
});

test('an incident by hand: the usual route, escalated, snoozed, each with its exit code', async () => {
  withRule('SEV-2');
  const { eve } = await start();
  const said = (): readonly string[] => eve.view.events.map((event) => `${event.by.name}: ${eventText(event)}`);
  await json('declare', 'checkout is slow', '--sev', '2');
  await until('L1 is called', () => said().some((line) => line.includes('PAGED L1 bob (just declared)')));
  expect(await place.whole(['escalate', 'L2'])).toMatchObject({ code: 0 });
  expect(await place.whole(['snooze', '30m', '--why', 'waiting for the vendor'])).toMatchObject({ code: 0 });
  await json('escalate', 'L4', '--why', 'the press');
  const { stdout } = await place.run(['tail']);
  expect(stdout).toContain('alice: PAGED L2 ana\n');
  expect(stdout).toMatch(/alice: snoozed until \d\d:\d\dZ \(waiting for the vendor\)\n/);
  expect(stdout).toContain('PAGED L4: nobody is on call (on-call-primary)');
  const { incident: second } = await json('declare', 'db is slow', '--sev', '2', '--route', 'machine-people');
  eve.follow(String(second));
  await until('L1 of the named route is called', () => said().some((line) => line.includes('PAGED L1 ana')));
  const cases: readonly (readonly [readonly string[], number, string])[] = [
    [['escalate'], 2, 'levels are L2, L3 and L4'],
    [['escalate', 'L5'], 2, 'levels are L2, L3 and L4'],
    [['escalate', 'L4', '--incident', 'x'], 3, 'not_found'],
    [['escalate', 'L2', '--alert', 'nothing'], 3, 'no alert "nothing"'],
    [['snooze', 'soon', '--why', 'x'], 2, 'say for how long'],
    [['snooze', '30m'], 2, '--why TEXT'],
    [['escalate', 'L4', '--incident', String(second)], 3, 'say why'],
    [['escalate', 'L1', '--incident', String(second)], 3, 'L1 ana was paged'],
  ];
  for (const [args, code, words] of cases) {
    const ran = await place.run(args);
    expect([args, ran.code, ran.stderr]).toEqual([args, code, expect.stringContaining(words)]);
  }
});
