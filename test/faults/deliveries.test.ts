/** The hub is killed at each step of a delivery, as a whole process with real receivers: what the outside sees, and what is recorded. */
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Sink } from '../delivery/sink.ts';
import { until } from '../support/patience.ts';
import { ended, Place } from '../support/program.ts';

let place: Place;
let config: string;
/** Recognises a repeated message by its id. */
let keyed: Sink;
/** Do not: one is told of pages, the other of the rest. */
let pager: Sink;
let chat: Sink;
const sinks = (): readonly Sink[] => [keyed, pager, chat];

beforeEach(async () => {
  place = new Place();
  config = path.join(place.data, 'config');
  mkdirSync(config);
  [keyed, pager, chat] = [await Sink.open(), await Sink.open(), await Sink.open()];
  const write = (name: string, lines: readonly string[]): void =>
    writeFileSync(path.join(config, name), `${lines.join('\n')}\n`);
  write('warroom.yaml', ['targets: []']);
  write('oncall.yaml', [
    'people: [{ name: ana, phone: "+49 151 1" }]',
    'routes: { on-call-primary: { L1: { person: ana } } }',
  ]);
  write('receivers.yaml', [
    'receivers:',
    `  - { name: keyed, kind: webhook, url: '${keyed.url}', events: [declared, severity] }`,
    `  - { name: pager, kind: slack, url: '${pager.url}', events: [page] }`,
    `  - { name: chat, kind: slack, url: '${chat.url}', events: [declared] }`,
  ]);
});
afterEach(async () => {
  for (const sink of sinks()) sink.close();
  await place.close();
});

interface Shown {
  readonly id: string;
  readonly receiver: string;
  readonly kind: string;
  readonly state: string;
  readonly attempts: number;
  readonly note: string | null;
  readonly lastError: string | null;
  readonly retryAt: string | null;
}
const shown = async (): Promise<readonly Shown[]> => (await place.json(['deliveries', '--all'])) as readonly Shown[];
const start = async (): Promise<ChildProcess> => (await place.hub(['--config', config])).child;
const declare = (): Promise<unknown> => place.json(['declare', 'checkout is down', '--sev', '1']);
async function settled(count: number): Promise<Readonly<Record<string, Shown>>> {
  let last: readonly Shown[] = [];
  const all = await until(
    `${count} deliveries are settled`,
    // What is in doubt is sent again at once where the receiver recognises it.
    async () =>
      (last = await shown()).filter(({ state, retryAt }) => state !== 'waiting' && retryAt === null).length === count &&
      last,
    () => JSON.stringify(last, null, 1),
  );
  return Object.fromEntries(all.map((one) => [`${one.receiver} ${one.kind}`, one]));
}
async function killed(hub: ChildProcess): Promise<void> {
  hub.kill('SIGKILL');
  await ended(hub);
}
const modes = (mode: Sink['mode']): void => sinks().forEach((sink) => (sink.mode = mode));

/** Up to where it came before the kill. */
const MOMENTS: Readonly<Record<string, (hub: ChildProcess) => Promise<unknown>>> = {
  async 'sent, and nothing arrived'() {
    modes('gate');
    await declare();
    await until('all left', () => sinks().every(({ lost }) => lost === 1));
  },
  async 'arrived, and not answered'() {
    modes('hold');
    await declare();
    await until('all arrived', () => sinks().every(({ requests }) => requests.length === 1));
  },
  async 'answered, and not noted'(hub) {
    modes('hold');
    await declare();
    await until('all arrived', () => sinks().every(({ requests }) => requests.length === 1));
    // The answers reach the machine of the hub, and the hub never reads them.
    hub.kill('SIGSTOP');
    for (const sink of sinks()) sink.release();
  },
};

test.each(Object.keys(MOMENTS))('killed when it was %s', async (moment) => {
  const hub = await start();
  await MOMENTS[moment]?.(hub);
  await killed(hub);
  const arrived = keyed.requests.length;
  modes('answer');
  await start();
  const after = await settled(3);
  // One id: the receiver sees one message, however often it comes.
  expect(keyed.requests).toHaveLength(arrived + 1);
  expect(new Set(keyed.field('id'))).toEqual(new Set([after['keyed declared']?.id]));
  expect(after['keyed declared']).toMatchObject({ state: 'delivered', attempts: 2, note: null });
  // A page is better twice than never, and both sides say so.
  expect(pager.requests).toHaveLength(arrived + 1);
  expect(pager.field('text').at(-1)).toContain('(repeated)');
  expect(after['pager page']).toMatchObject({ state: 'delivered', attempts: 2, note: 'sent at least once' });
  // Anything else is asked about.
  expect(chat.requests).toHaveLength(arrived);
  expect(after['chat declared']).toMatchObject({ state: 'in_doubt', attempts: 1 });
  expect(after['chat declared']?.lastError).toContain('the hub ended');
  const again = await place.json(['deliver', 'again', after['chat declared']?.id ?? '']);
  expect(again).toMatchObject({ state: 'delivered', attempts: 2, note: 'sent at least once' });
  expect(chat.requests).toHaveLength(arrived + 1);
});

test('killed when it was requested, and not sent: it is sent once', async () => {
  const hub = await start();
  modes('hold');
  await declare();
  await until('the first arrived', () => keyed.requests.length === 1);
  await place.json(['sev', '0', '--why', 'all users']);
  await killed(hub);
  modes('answer');
  await start();
  const after = await settled(4);
  expect(after['keyed severity']).toMatchObject({ state: 'delivered', attempts: 1, note: null });
  expect(keyed.field('kind')).toEqual(['declared', 'declared', 'severity']);
});

test('killed when all was noted: nothing is sent again', async () => {
  const hub = await start();
  await declare();
  await settled(3);
  await killed(hub);
  await start();
  await settled(3);
  await place.json(['deliver', 'test', 'keyed']);
  expect(keyed.field('kind')).toEqual(['declared', 'test']);
  expect([pager.requests.length, chat.requests.length]).toEqual([1, 1]);
});
