/** ntfy. */
import { expect, test } from 'vitest';
import ntfy from '../../src/delivery/receivers/ntfy.ts';
import { SettingsReader } from '../../src/probes/settings-reader.ts';
import { settingsOf, testContract } from './contract.ts';
import { hostile, message, SECRET, sendContext } from './messages.ts';
import { bySchema, Provider, type Request } from './provider.ts';

const check = bySchema('ntfy-publish.json');
const published = (request: Request) => request.json as Record<string, unknown>;
const provider = {
  check: (request: Request) => [
    ...check(request.json),
    ...(published(request)['topic'] === SECRET && request.path === '/' ? [] : ['wrong topic or path']),
    // Above it ntfy makes a file of the message.
    ...(Buffer.byteLength(String(published(request)['message'])) <= 4_096 ? [] : ['the message is too long']),
  ],
  good: (request: Request) => ({ status: 200, body: { id: 'x', event: 'message', ...published(request) } }),
};

testContract({
  ...provider,
  name: 'ntfy',
  kind: ntfy,
  settings: (url) => ({ url, topic: SECRET, token: SECRET }),
  kinds: ['page', 'declared', 'severity', 'acknowledged', 'entry', 'update', 'resolved', 'handoff', 'test'],
  keyOf: (request) => String(published(request)['sequence_id']),
  // A server of ntfy answers with the message.
  outcomes: { '200': 'in_doubt', '202': 'in_doubt', garbage: 'in_doubt' },
});

test('a page rings, is marked, and opens the page that acknowledges', async () => {
  const there = await Provider.open(provider);
  const settings = settingsOf(ntfy, { url: there.url, topic: SECRET, username: 'u', password: 'p' });
  await ntfy.send(settings, message('page'), sendContext());
  await ntfy.send(settings, { ...hostile('page'), text: '€'.repeat(5_000) }, sendContext());
  await there.close();
  expect(there.faults).toEqual([]);
  expect(there.requests[0]?.headers.authorization).toBe(`Basic ${Buffer.from('u:p').toString('base64')}`);
  expect(there.requests[0]?.json).toEqual({
    topic: SECRET,
    title: 'SEV-1 Checkout is down',
    message: 'what was said of page (ana)',
    priority: 5,
    tags: ['rotating_light'],
    sequence_id: message('page').id,
    click: 'https://hub.example.org/#inc-20261127-0259-checkout',
    actions: [{ action: 'view', label: 'Acknowledge', url: 'https://hub.example.org/v1/ack/token-of-ana' }],
  });
});

test('a server that does not know sequence ids shows a repeated message twice, and that is said', async () => {
  const old = await Provider.open({ ...provider, good: () => ({ status: 200, body: { id: 'x' } }) });
  const settings = settingsOf(ntfy, { url: old.url, topic: SECRET });
  expect(await ntfy.send(settings, message('page'), sendContext())).toEqual({ state: 'delivered' });
  const again = await ntfy.send(settings, message('page', { again: true }), sendContext());
  expect(again).toEqual({ state: 'delivered', note: 'sent at least once' });
  await old.close();
});

test('the keys of receivers.yaml', () => {
  const faults = (raw: Record<string, unknown>): readonly string[] => {
    const read = new SettingsReader(raw);
    ntfy.read(read);
    return read.faults.map(({ message: words }) => words);
  };
  expect(faults({ topic: 'alarms' })).toEqual([]);
  expect(faults({})).toEqual(['"topic" is missing: what phones subscribe to']);
  expect(faults({ topic: 'our alarms', url: 'ntfy' })).toEqual([
    'topic must have up to 64 letters, digits and _ -',
    'url must be a URL, such as https://host',
  ]);
  expect(faults({ topic: 'alarms', url: 'https://ntfy.sh/alarms' })).toEqual([
    'url must be without a path: the topic has its own key',
  ]);
});
