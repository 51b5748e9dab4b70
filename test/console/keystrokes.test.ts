/** The jobs of jobs.ts at a real console: exactly those keys are pressed, and what they led to is in the record. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SWALLOW_MS } from '../../src/console/form.ts';
import { STILL_MS } from '../../src/console/page.ts';
import type { Client } from '../../src/client/client.ts';
import type { ConsoleCommand } from '../../src/protocol/command.ts';
import { until } from '../support/patience.ts';
import { ask, Opened } from '../support/room.ts';
import { JOBS, WORDS, type Job } from './jobs.ts';
import { sit, type Seat } from './sit.ts';

const BYTES: Readonly<Record<string, string>> = {
  Enter: '\r',
  Tab: '\t',
  F2: '\x1bOQ',
  F3: '\x1bOR',
  F4: '\x1bOS',
  F7: '\x1b[18~',
  F8: '\x1b[19~',
};
const bytesOf = (key: string): string =>
  BYTES[key] ?? key.replace(/^Alt-(.)$/, (_, letter: string) => `\x1b${letter.toLowerCase()}`);

const opened = new Opened();
let alice: Client;
let bob: Client;
let incident: string;
let head: number;

beforeEach(async () => {
  const hub = await opened.hub(await opened.folder());
  alice = await opened.client(hub, 'alice');
  bob = await opened.client(hub, 'bob');
  await opened.client(hub, 'carol');
  await given([alice, { kind: 'declare', title: 'checkout errors', severity: 'SEV-2' }]);
});
afterEach(() => opened.tidy());

/** What was asked for before, each by its person. */
async function given(...told: readonly (readonly [who: Client, command: ConsoleCommand])[]): Promise<void> {
  for (const [who, command] of told) {
    const answer = await ask(who, command, command.kind === 'declare' ? null : incident);
    if (!('ack' in answer)) throw new Error(`${command.kind}: ${JSON.stringify(answer)}`);
    ({ incident, seq: head } = answer.ack);
  }
}
const IC = { kind: 'assign_role', role: 'ic', name: 'alice' } as const;

/** A console at which everybody and everything that was given is known. */
async function seated(who: Client, name: string, marks?: Readonly<Record<string, number>>): Promise<Seat> {
  const seat = sit(name, who, 120, 36, marks);
  await seat.sees('checkout errors');
  const knows = (): boolean => who.view.people.length === 3 && who.view.incident?.head === head;
  await until('everybody is here', knows);
  return seat;
}

async function press({ terminal }: Seat, { keys }: Job, words = ''): Promise<void> {
  for (const key of keys) {
    terminal.send(key === WORDS ? words : bytesOf(key));
    await terminal.flush();
    // A form that has just opened takes no keys.
    if (/^(?:F\d|Alt-)/.test(key)) await sleep(2 * SWALLOW_MS);
  }
}

/** The events after those that were given: kind, who, data. */
async function recorded(who: Client, { screen }: Seat): Promise<readonly unknown[]> {
  await until('it is recorded', () => (who.view.incident?.head ?? 0) > head, screen);
  return who.view.events.filter(({ seq }) => seq > head).map(({ kind, by, data }) => [kind, by.name, data]);
}

/** Presses the keys of `job` at alice's console; answers what they led to. */
async function pressed(job: Job, words?: string): Promise<readonly unknown[]> {
  const seat = await seated(alice, 'alice');
  await press(seat, job, words);
  return recorded(alice, seat);
}

test('acknowledge', async () => {
  expect(await pressed(JOBS.acknowledge)).toMatchObject([['acknowledged', 'alice', {}]]);
});

test('take command', async () => {
  expect(await pressed(JOBS.takeCommand)).toMatchObject([['role_assigned', 'alice', { role: 'ic', name: 'alice' }]]);
});

test('name the scribe', async () => {
  await given([alice, IC]);
  expect(await pressed(JOBS.nameScribe)).toMatchObject([['role_assigned', 'alice', { role: 'scribe', name: 'bob' }]]);
});

test('name comms', async () => {
  await given([alice, IC], [alice, { kind: 'assign_role', role: 'scribe', name: 'bob' }]);
  expect(await pressed(JOBS.nameComms)).toMatchObject([['role_assigned', 'alice', { role: 'comms', name: 'carol' }]]);
});

test('the severity that the impact suggests', async () => {
  await given([alice, IC]);
  expect(await pressed(JOBS.severity)).toMatchObject([
    ['severity_set', 'alice', { from: 'SEV-2', to: 'SEV-1' }],
    ['impact_recorded', 'alice', { users: 30 }],
  ]);
});

test('the next status', async () => {
  await given([alice, IC]);
  expect(await pressed(JOBS.status)).toMatchObject([['status_set', 'alice', { to: 'investigating' }]]);
});

test('tell the public', async () => {
  await given([alice, IC]);
  const [told, ...more] = await pressed(JOBS.update, 'Payments by card fail.');
  expect(told).toMatchObject(['public_updated', 'alice', { updateDueAt: expect.any(String) as string }]);
  expect(JSON.stringify(told)).toContain('Payments by card fail.');
  expect(more).toEqual([]);
});

test('offer command', async () => {
  await given([alice, IC]);
  expect(await pressed(JOBS.handOver)).toMatchObject([['role_offered', 'alice', { role: 'ic', name: 'bob' }]]);
});

test('ask for strong objections', async () => {
  await given([alice, IC]);
  expect(await pressed(JOBS.decide, 'go back to 4.117')).toMatchObject([
    ['decision_proposed', 'alice', { text: 'go back to 4.117', objectionsUntil: expect.any(String) as string }],
  ]);
});

test('accept command', async () => {
  await given([alice, IC]);
  const seat = await seated(bob, 'bob');
  await given([alice, { kind: 'offer_command', name: 'bob' }]);
  await seat.sees('OFFERS YOU COMMAND');
  await sleep(STILL_MS);
  await press(seat, JOBS.accept);
  expect(await recorded(bob, seat)).toMatchObject([
    ['role_assigned', 'bob', { role: 'ic', name: 'bob', from: 'alice' }],
  ]);
});

test('jump to the first unread entry', async () => {
  const lines = Array.from({ length: 40 }, (_, i) => [alice, { kind: 'note', text: `entry ${i}` }] as const);
  await given(...lines);
  const seat = await seated(bob, 'bob', { [incident]: 2 });
  await seat.sees('entry 39');
  expect(seat.screen()).not.toContain('entry 1\n');
  await press(seat, JOBS.unread);
  await seat.sees('entry 1 ');
});

test('resolve with an item open', async () => {
  await given(
    [alice, IC],
    [alice, { kind: 'set_status', to: 'monitoring' }],
    [bob, { kind: 'note', form: 'question', text: 'which deploy?' }],
  );
  expect(await pressed(JOBS.resolve)).toMatchObject([['status_set', 'alice', { to: 'resolved', known: { open: 1 } }]]);
});

test('no job takes more keys than it may', () => {
  const over = Object.values<Job>(JOBS).filter(({ keys, most }) => keys.filter((key) => key !== WORDS).length > most);
  expect(over).toEqual([]);
});
