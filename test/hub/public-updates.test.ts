/** What a running hub tells the public and Slack, and what is there after it has started again. */
import { existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Client } from '../../src/client/client.ts';
import type { Receiver } from '../../src/delivery/receiver.ts';
import { RECEIVER_KINDS } from '../../src/delivery/receivers/index.ts';
import type { Hub } from '../../src/hub/hub-options.ts';
import { settingsOf } from '../delivery/contract.ts';
import { SECRET } from '../delivery/messages.ts';
import { Provider } from '../delivery/provider.ts';
import { SlackWorkspace } from '../delivery/slack-workspace.ts';
import { planFor } from '../support/on-call.ts';
import { until } from '../support/patience.ts';
import { ask, Opened } from '../support/room.ts';

const opened = new Opened();
const workspace = new SlackWorkspace();
const options = { oncall: planFor('on-call-primary') };
let slack: Provider;
let folder: string;
let data: string;
let receivers: readonly Receiver[];
let hub: Hub;
let eve: Client;

const receiver = async (name: string, raw: Readonly<Record<string, unknown>>): Promise<Receiver> => {
  const kind = await RECEIVER_KINDS[name]!();
  const routing = { events: kind.events, min: 'SEV-3', routes: [], drills: false } as const;
  return { name, kindName: name, kind, ...routing, settings: settingsOf(kind, raw) };
};

beforeAll(async () => {
  workspace.reset();
  slack = await Provider.open(workspace);
  [folder, data] = [await opened.folder(), await opened.folder()];
  receivers = [
    await receiver('status-files', { dir: folder }),
    await receiver('slack', { token: SECRET, api: `${slack.url}/api`, invite: ['U0TEAM'] }),
  ];
  const people = options.oncall.people.map((person) => ({ ...person, slack: `U0${person.name.toUpperCase()}` }));
  hub = await opened.hub(data, { oncall: { ...options.oncall, people }, receivers });
  eve = await opened.client(hub, 'eve');
});
afterAll(async () => {
  await opened.tidy();
  await slack.close();
});

interface Incidents {
  readonly incidents: readonly {
    readonly name: string;
    readonly status: string;
    readonly incident_updates: readonly { readonly status: string; readonly body: string }[];
  }[];
}
const read = (name: string): Incidents =>
  JSON.parse(readFileSync(path.join(folder, `api/v2/${name}.json`), 'utf8')) as Incidents;
async function declared(title: string): Promise<string> {
  const answer = await ask(eve, { kind: 'declare', title, severity: 'SEV-2' }, null);
  if (!('ack' in answer)) throw new Error(JSON.stringify(answer));
  eve.follow(answer.ack.incident);
  return answer.ack.incident;
}
/** Waits until the newest update is on the page and in Slack. */
const isTold = (text: string): Promise<unknown> =>
  until(
    `"${text}" is told`,
    () =>
      existsSync(path.join(folder, 'index.html')) &&
      readFileSync(path.join(folder, 'index.html'), 'utf8').includes(text) &&
      workspace.channels.some(({ id }) => workspace.textsIn(id).some((one) => one.includes(text))),
    () => JSON.stringify(eve.view.deliveries, null, 1),
  );

test('each update stands on the page with what the incident was then; Slack documents all of it', async () => {
  const id = await declared('the pool of connections is full');
  const tell = (text: string, component?: string) =>
    ask(eve, { kind: 'update_public', text, ...(component !== undefined && { component }) }, id);
  await tell('We look into it.', 'Checkout');
  await ask(eve, { kind: 'set_status', to: 'identified' }, id);
  await tell('We found the cause.');
  await ask(eve, { kind: 'set_status', to: 'resolved' }, id);
  await tell('It works again.');
  await isTold('It works again.');

  expect(read('incidents').incidents).toMatchObject([
    {
      name: 'Checkout',
      status: 'resolved',
      incident_updates: [
        { status: 'resolved', body: 'It works again.' },
        { status: 'identified', body: 'We found the cause.' },
        { status: 'investigating', body: 'We look into it.' },
      ],
    },
  ]);
  expect(readFileSync(path.join(folder, 'index.html'), 'utf8')).not.toMatch(/pool|eve/);

  const channel = workspace.channels.find(({ name }) => name === `incident-${id}`);
  expect([...(channel?.members ?? [])].sort()).toEqual(['U0ANA', 'U0BOB', 'U0CYD', 'U0TEAM']);
  const texts = workspace.textsIn(channel?.id ?? '');
  expect(texts[0]).toContain('SEV-2 Medium: the pool of connections is full');
  const told = texts.slice(1).map((text) => text.replace(/^\d\d:\d\d UTC /, ''));
  const hasInOrder = [
    'DECLARED SEV-2',
    'We look into it.',
    'identified',
    'We found the cause.',
    'resolved',
    'It works again.',
  ];
  let from = 0;
  for (const words of hasInOrder) {
    const at = told.findIndex((text, index) => index >= from && text.toLowerCase().includes(words.toLowerCase()));
    expect([words, at]).not.toEqual([words, -1]);
    from = at + 1;
  }
  expect(channel?.topic).toMatch(/^SEV-2 Medium, resolved: /);
  expect(slack.faults).toEqual([]);
});

test('a hub that starts again goes on with the same page', async () => {
  const first = await declared('the first one');
  await ask(eve, { kind: 'update_public', text: 'The first is slow.', component: 'First' }, first);
  await isTold('The first is slow.');
  await hub.close();
  hub = await opened.hub(data, { ...options, receivers });
  eve = await opened.client(hub, 'eve');
  const second = await declared('the second one');
  await ask(eve, { kind: 'update_public', text: 'The second is down.', component: 'Second' }, second);
  await isTold('The second is down.');
  expect(read('incidents/unresolved').incidents.map(({ name }) => name)).toEqual(['Second', 'First']);
  expect(read('incidents').incidents.map(({ name }) => name)).toEqual(['Second', 'First', 'Checkout']);

  // A new folder: what is open comes from the record.
  await rm(folder, { recursive: true });
  await ask(
    eve,
    { kind: 'update_public', text: 'The second is well.', component: 'Second', state: 'resolved' },
    second,
  );
  await isTold('The second is well.');
  expect(read('incidents/unresolved').incidents).toMatchObject([
    { name: 'First', incident_updates: [{ status: 'investigating', body: 'The first is slow.' }] },
  ]);
});
