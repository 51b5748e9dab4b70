/**
 * One incident from the alert to the end, on two consoles at real terminals. The hub is killed with every fifth step,
 * while the step is on its way, and started again on the same data: each act is in the record exactly once. The seed of
 * the run says with which; `WARROOM_LONG=1` kills it with every step.
 */
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test as always } from 'vitest';
import { SWALLOW_MS } from '../../src/console/form.ts';
import { STILL_MS } from '../../src/console/page.ts';
import type { Event } from '../../src/incident/event.ts';
import { recordsUnder, verifyRecord } from '../../src/log/verify.ts';
import { freePort, privateRedis, type PrivateServer } from '../services/services.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { ended, Place } from '../support/program.ts';
import { SEED } from '../support/random.ts';
import { hasTmux, Tmux, type Terminal } from './tmux.ts';

const test = always.skipIf(!hasTmux);

/** Seconds where somebody is to miss a deadline, minutes where nobody may. */
const configuration = (hubPort: number, redisPort: number) => ({
  'warroom.yaml': `
hub: { listen: 127.0.0.1:${hubPort} }
targets:
  - { name: cache, kind: redis, every: 250ms, url: "redis://127.0.0.1:${redisPort}" }
`,
  'severities.yaml': `
severities:
  SEV-1: { ack: 10m, response: 10m, update: 10m }
  SEV-2: { ack: 4s, response: 10m, update: 10m }
escalate: { L3_after_L2: 10m, identify: 10m }
ic_absent: 10m
`,
  'alerts.yaml': `
alerts:
  - { name: Redis is down, condition: redis_up == 0 for 1s keep 1s, severity: SEV-2, route: on-call-primary }
`,
  'oncall.yaml': `
people:
  - { name: alice, phone: '+1 555 0100' }
  - { name: bob, phone: '+1 555 0101' }
  - { name: carol, phone: '+1 555 0102' }
rotations: []
routes:
  on-call-primary: { L1: { person: alice }, L2: { person: bob }, L3: { person: carol }, L4: { person: carol } }
`,
});

let place: Place;
let tmux: Tmux;
let redisArgs: readonly string[];
let redis: PrivateServer;
let hub: ChildProcess;
let hubArgs: readonly string[];
let alice: Terminal;
let bob: Terminal;

beforeEach(async () => {
  if (!hasTmux) return;
  const [redisPort, hubPort] = [await freePort(), await freePort()];
  redisArgs = ['--port', String(redisPort)];
  redis = await privateRedis({ args: redisArgs });
  place = new Place();
  const config = path.join(place.data, 'config');
  mkdirSync(config);
  for (const [name, text] of Object.entries(configuration(hubPort, redisPort)))
    writeFileSync(path.join(config, name), text);
  hubArgs = ['--config', config, '--listen', `127.0.0.1:${hubPort}`];
  ({ child: hub } = await place.hub(hubArgs));
  tmux = new Tmux();
  alice = tmux.open(place, 'alice', ['--config', config], 160, 50);
  bob = tmux.open(place, 'bob', ['--config', config], 160, 50);
});
afterEach(async () => {
  tmux?.close();
  await place?.close();
  await redis?.stop();
});

const both = (sees: RegExp): Promise<unknown> => Promise.all([alice.sees(sees), bob.sees(sees)]);

const EVERY = process.env['WARROOM_LONG'] === undefined ? 5 : 1;
let steps = SEED;

/** Kills the hub where it is its turn, starts it again, and waits until both consoles are back and see what happened. */
async function step(sees: RegExp): Promise<void> {
  if (steps++ % EVERY !== 0) return void (await both(sees));
  hub.kill('SIGKILL');
  await ended(hub);
  ({ child: hub } = await place.hub(hubArgs));
  await both(sees);
  await both(/link ok/);
}

/** A command of the shell. */
const asked = (name: string, ...args: readonly string[]): Promise<unknown> => place.json([...args, '--as', name]);

/** Opens a form by its key, and waits until it takes keys. */
async function form(who: Terminal, key: string, title: string): Promise<void> {
  who.press(key);
  await who.sees(title);
  await sleep(SWALLOW_MS);
}

/** What is known to be open is asked about once more. */
async function insisted(who: Terminal, line: string): Promise<void> {
  who.line(line);
  await who.sees(/Enter again/);
  await sleep(SWALLOW_MS);
  who.press('Enter');
}

/** Enter acknowledges once nothing was typed for a moment. */
async function acknowledge(who: Terminal, sees: RegExp): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; !sees.test(who.screen());) {
    if (Date.now() > end) throw new Error(`${who.name} could not acknowledge:\n${who.screen()}`);
    await sleep(STILL_MS);
    who.press('Enter');
    await who.sees(sees, STILL_MS).catch(() => {});
  }
}

/** What tells one act from another, as far as it is the same in every rehearsal. */
const TOLD = ['level', 'severity', 'role', 'n', 'form', 'what', 'outcome', 'way', 'from', 'name', 'to', 'text', 'why'];
function inWords({ kind, by, data }: Event): string {
  const told = new Map(Object.entries(data));
  const words = TOLD.flatMap((name) => (told.has(name) && told.get(name) !== null ? [String(told.get(name))] : []));
  return [kind, by.name, ...words].join(' ');
}

/** The events of a record that nobody altered. */
async function proven(file: string): Promise<readonly Event[]> {
  const events: Event[] = [];
  const { bad } = await verifyRecord(file, { fold: (event) => events.push(event) });
  expect(bad).toBeNull();
  return events;
}

test('a rehearsed incident, the hub killed on the way', async () => {
  await both(/REDIS.*✓/);

  // The alert pages L1, who does not answer; then L2, who does.
  await redis.stop();
  await both(/PAGED.*L1 alice/);
  await step(/PAGED.*L1 alice/);
  await both(/PAGED.*L2 bob/);
  await step(/PAGED.*L2 bob/);
  await acknowledge(bob, /bob is on it/);
  await step(/bob is on it/);

  await form(bob, 'F12', 'DECLARE INCIDENT');
  bob.press('Enter');
  await step(/DECLARED SEV-2 .*Redis is down/);

  alice.line('/role ic alice');
  alice.line('/role scribe bob');
  alice.line('/role comms carol!');
  await step(/role COMMS -> carol/);

  await form(bob, 'F5', 'TRIAGE');
  for (const text of ['sessions', 'a third', 'at once', 'yes', 'nothing']) bob.line(text);
  await step(/What changed recently\? nothing/);

  await asked('alice', 'advise', '--users', '30');
  await form(alice, 'F2', 'SET SEVERITY');
  alice.press('Enter');
  await step(/severity raised SEV-2 -> SEV-1/);

  alice.line('/update Signing in fails for some people. next: 2s');
  await step(/PUBLIC: Signing in fails/);
  await both(/deadline missed: the public/);
  await step(/deadline missed: the public/);

  alice.line('/decide forward restart it');
  await both(/DECISION forward: restart it/);
  await form(bob, 'M-o', 'STRONG OBJECTION');
  bob.line('it loses sessions');
  await step(/OBJECTS to .*it loses sessions/);
  alice.line('/stands they are lost');
  await step(/decision #\d+ stands/);

  alice.line('/handover bob');
  await bob.sees('OFFERS YOU COMMAND');
  await sleep(STILL_MS);
  bob.press('Enter');
  await step(/role IC -> bob, was alice/);

  redis = await privateRedis({ args: redisArgs });
  await both(/alert resolved/);
  bob.line('/a @alice find out why');
  bob.line('/status monitoring');
  await step(/status declared -> monitoring/);
  await insisted(bob, '/status resolved');
  await step(/status monitoring -> resolved, with 1 item open/);
  await insisted(bob, '/status closed');
  await step(/status resolved -> closed/);

  const [incident = [], own = []] = await Promise.all(recordsUnder(place.data).map(proven));
  expect(own.map(inWords)).toEqual([
    'paged hub L1 alice it fires',
    'paged hub L2 bob nobody acknowledged',
    'alert_acknowledged bob',
    'episode_ended hub incident',
    'episode_ended hub over',
  ]);
  expect(incident.map(inWords)).toEqual([
    'declared bob SEV-2',
    'alert_changed rules SEV-2 pending firing',
    'role_assigned alice ic alice',
    'role_assigned alice scribe bob',
    'role_assigned alice comms carol',
    'question_answered bob 1 sessions',
    'question_answered bob 2 a third',
    'question_answered bob 3 at once',
    'question_answered bob 4 yes',
    'question_answered bob 5 nothing',
    'impact_recorded alice',
    expect.stringContaining('severity_set alice SEV-2 SEV-1 30 % of users'),
    'public_updated alice Signing in fails for some people.',
    'deadline_missed hub update',
    'decision_proposed alice forward restart it',
    'objected bob it loses sessions',
    'decision_settled alice stands they are lost',
    'role_offered alice ic alice bob',
    'role_assigned bob ic alice bob',
    'alert_changed rules SEV-2 firing resolved',
    'noted bob action alice @alice find out why',
    'status_set bob declared monitoring',
    'status_set bob monitoring resolved',
    'status_set bob resolved closed',
  ]);
  // What was asked for is not what happened: no event tells the kind of a command.
  expect([...incident, ...own].filter(({ data }) => 'kind' in data)).toEqual([]);
  // The alert was detected and acknowledged before there was an incident: those times are the incident's.
  const [paged, , acknowledged] = own;
  expect(await place.json(['show', '--incident', incident[0]?.incident ?? ''])).toMatchObject({
    timestamps: {
      detectedAt: paged?.kind === 'paged' && 'since' in paged.data && paged.data.since,
      acknowledgedAt: acknowledged?.at,
    },
  });
  expect((await place.run(['verify'])).code).toBe(0);
}, 150_000);
