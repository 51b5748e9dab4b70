/** A hub that comes up on the disk as it was in the middle of deliveries; `test/faults/deliveries.test.ts` kills whole processes. */
import { cp } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ReceiverKind, Receiver } from '../../src/delivery/receiver.ts';
import slack from '../../src/delivery/receivers/slack.ts';
import webhook from '../../src/delivery/receivers/webhook.ts';
import type { Hub } from '../../src/hub/hub-options.ts';
import type { MessageKind } from '../../src/incident/deliveries.ts';
import type { DeliveryView } from '../../src/protocol/messages.ts';
import { settingsOf } from '../delivery/contract.ts';
import { Sink } from '../delivery/sink.ts';
import { planFor } from '../support/on-call.ts';
import { until } from '../support/patience.ts';
import { ask, Opened } from '../support/room.ts';

const opened = new Opened();
let keyed: Sink;
let pager: Sink;
let chat: Sink;
beforeEach(async () => {
  [keyed, pager, chat] = [await Sink.open(), await Sink.open(), await Sink.open()];
});
afterEach(async () => {
  await opened.tidy();
  for (const sink of [keyed, pager, chat]) sink.close();
});

const receiver = <S>(name: string, kind: ReceiverKind<S>, { url }: Sink, events: readonly MessageKind[]): Receiver => ({
  name,
  kindName: 'any',
  kind,
  events,
  min: 'SEV-3',
  routes: [],
  drills: false,
  settings: settingsOf(kind, { url }),
});
const start = (dir: string): Promise<Hub> =>
  opened.hub(dir, {
    oncall: planFor('on-call-primary'),
    receivers: [
      receiver('keyed', webhook, keyed, ['declared']),
      receiver('pager', slack, pager, ['page']),
      receiver('chat', slack, chat, ['declared']),
    ],
  });
const modes = (mode: Sink['mode']): void => [keyed, pager, chat].forEach((sink) => (sink.mode = mode));

/** Declares, and answers the id. */
async function declare(hub: Hub): Promise<string> {
  const eve = await opened.client(hub, 'eve');
  const answer = await ask(eve, { kind: 'declare', title: 'checkout is down', severity: 'SEV-1' }, null);
  if (!('ack' in answer)) throw new Error(JSON.stringify(answer));
  return answer.ack.incident;
}
async function settled(hub: Hub): Promise<Readonly<Record<string, DeliveryView>>> {
  const ana = await opened.client(hub, 'ana');
  const all = await until(
    'three are settled',
    () => {
      const found = ana.view.deliveries?.filter(({ state }) => state !== 'waiting') ?? [];
      return found.length === 3 && found.every(({ retryAt }) => retryAt === undefined) && found;
    },
    () => JSON.stringify(ana.view.deliveries),
  );
  return Object.fromEntries(all.map((one) => [one.receiver, one]));
}

test('what had arrived and was not answered: again under the same id, again as repeated, or a person is asked', async () => {
  const dir = await opened.folder();
  const hub = await start(dir);
  modes('hold');
  await declare(hub);
  await until('all arrived', () => [keyed, pager, chat].every(({ requests }) => requests.length === 1));
  const crashed = await opened.folder();
  await cp(dir, crashed, { recursive: true, filter: (file) => !file.endsWith('hub.lock') });
  await hub.close();
  modes('answer');
  const after = await settled(await start(crashed));
  expect(after['keyed']).toMatchObject({ state: 'delivered', attempts: 2 });
  expect(keyed.field('id')).toEqual([after['keyed']?.id, after['keyed']?.id]);
  expect(after['pager']).toMatchObject({ state: 'delivered', attempts: 2, note: 'sent at least once' });
  expect(pager.field('text').map((text) => String(text).includes('(repeated)'))).toEqual([false, true]);
  expect(after['chat']).toMatchObject({ state: 'in_doubt', attempts: 1 });
  expect(chat.requests).toHaveLength(1);
});

test('what waits goes out at once after a restart, whatever was asked for, also of an incident that is over', async () => {
  const dir = await opened.folder();
  const hub = await start(dir);
  modes('busy');
  const incident = await declare(hub);
  const eve = await opened.client(hub, 'eve');
  await until('all wait', () => eve.view.deliveries?.filter(({ retryAt }) => retryAt !== undefined).length === 3);
  await ask(eve, { kind: 'set_status', to: 'cancelled' }, incident);
  await hub.close();
  modes('answer');
  expect(await settled(await start(dir))).toMatchObject({
    keyed: { state: 'delivered', attempts: 2 },
    pager: { state: 'delivered', attempts: 2 },
    chat: { state: 'delivered', attempts: 2 },
  });
});
