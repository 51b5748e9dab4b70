/** PagerDuty, Events API v2. */
import { expect, test } from 'vitest';
import type { MessageKind } from '../../src/incident/deliveries.ts';
import { isPagerdutyKeyOf } from '../../src/delivery/pagerduty-key.ts';
import pagerduty from '../../src/delivery/receivers/pagerduty.ts';
import type { Message } from '../../src/delivery/receiver.ts';
import { SettingsReader } from '../../src/probes/settings-reader.ts';
import { settingsOf, testContract } from './contract.ts';
import { message, NOW, SECRET, sendContext } from './messages.ts';
import { bySchema, Provider, type Request } from './provider.ts';

const check = bySchema('pagerduty-events-v2.json', 'EnqueueStrict');
const eventIn = (request: Request) => request.json as Record<string, unknown>;
const provider = {
  check: (request: Request) => [
    ...check(request.json),
    ...(eventIn(request)['routing_key'] === SECRET && request.path === '/v2/enqueue' ? [] : ['wrong key or path']),
  ],
  good: () => ({ status: 202, body: { status: 'success', message: 'Event processed', dedup_key: 'x' } }),
};
const settings = (url: string) => ({ url: `${url}/v2/enqueue`, routing_key: SECRET });

testContract({
  ...provider,
  name: 'pagerduty',
  kind: pagerduty,
  settings,
  kinds: ['page', 'declared', 'acknowledged', 'resolved', 'test'],
  keyOf: (request) => String(eventIn(request)['dedup_key']),
  // Its own word is 202; anything else may be from somebody in between.
  outcomes: { '200': 'in_doubt', garbage: 'in_doubt' },
});

const ALERT = { name: 'HighErrorRate', severity: 'SEV-1', since: '2026-11-27T02:50:00.000Z' } as const;

/** Sends them one after the other, and answers what the record remembers then. */
async function lifeOf(
  life: readonly Message[],
  given: ReturnType<typeof pagerduty.read>,
): Promise<Record<string, string>> {
  let refs: Record<string, string> = {};
  for (const one of life) {
    const outcome = await pagerduty.send(given, one, sendContext({ refs }));
    if (outcome.state !== 'delivered') throw new Error(outcome.error);
    refs = { ...refs, ...outcome.refs };
  }
  return refs;
}

test('one alert from the page to the end; a page after an acknowledgement is another one, and both end', async () => {
  const there = await Provider.open(provider);
  const given = settingsOf(pagerduty, settings(there.url));
  const alert = ALERT;
  const life: readonly Message[] = [
    message('page', { incident: null, alert }),
    message('declared', { alert }),
    message('acknowledged', { alert }),
    message('page', { alert }),
    message('page', { alert }),
    message('acknowledged', { alert }),
    message('acknowledged', { alert }),
    message('page', { alert }),
    message('resolved'),
  ];
  const of = await lifeOf(life, given);
  await there.close();
  const key = 'warroom/HighErrorRate@2026-11-27T02:50:00.000Z';
  expect(there.requests.map(eventIn).map((event) => `${event['event_action']} ${event['dedup_key']}`)).toEqual([
    `trigger ${key}`,
    `trigger ${key}`,
    `acknowledge ${key}`,
    `trigger ${key}/2`,
    `trigger ${key}/2`,
    `acknowledge ${key}/2`,
    `acknowledge ${key}/2`,
    `trigger ${key}/3`,
    `resolve ${key}/3`,
    `resolve ${key}/2`,
    `resolve ${key}`,
  ]);
  expect(there.faults).toEqual([]);
  // Webhooks of PagerDuty have any of these keys.
  const keys = there.requests.map((request) => String(eventIn(request)['dedup_key']));
  expect(keys.filter((one) => !isPagerdutyKeyOf(of['subject'] ?? '', one))).toEqual([]);
  expect(isPagerdutyKeyOf('HighErrorRate', key)).toBe(false);
});

test('alerts without an incident are kept apart; an acknowledgement that is not known rings rather than not', async () => {
  const there = await Provider.open(provider);
  const given = settingsOf(pagerduty, settings(there.url));
  const [one, two] = ['Disk', 'Memory'].map((name) => ({ ...ALERT, name })) as [typeof ALERT, typeof ALERT];
  const about = (kind: MessageKind, alert: typeof ALERT): Message => message(kind, { incident: null, alert });
  await lifeOf(
    [about('page', one), about('page', two), about('acknowledged', one), about('page', two), about('page', one)],
    given,
  );
  await lifeOf([message('page', { alert: one })], given);
  await there.close();
  const pages = there.requests.map(eventIn).filter((event) => event['event_action'] === 'trigger');
  expect(pages.map((event) => String(event['dedup_key']).replace(`@${ALERT.since}`, ''))).toEqual([
    'warroom/Disk',
    'warroom/Memory',
    'warroom/Memory',
    'warroom/Disk/2',
    'warroom/Disk/2',
  ]);
});

test('a page as PagerDuty shows it', async () => {
  const there = await Provider.open(provider);
  await pagerduty.send(settingsOf(pagerduty, settings(there.url)), message('page'), sendContext());
  await there.close();
  expect(there.requests.map(eventIn)).toEqual([
    {
      routing_key: SECRET,
      dedup_key: 'warroom/inc-20261127-0259-checkout',
      event_action: 'trigger',
      client: 'warroom',
      client_url: 'https://hub.example.org/#inc-20261127-0259-checkout',
      links: [
        { href: 'https://hub.example.org/v1/ack/token-of-ana', text: 'Acknowledge in warroom' },
        { href: 'https://hub.example.org/#inc-20261127-0259-checkout', text: 'The incident in warroom' },
      ],
      payload: {
        summary: 'SEV-1 Checkout is down',
        source: 'inc-20261127-0259-checkout',
        severity: 'error',
        timestamp: new Date(NOW - 30_000).toISOString(),
        class: 'page',
        custom_details: {
          text: 'what was said of page',
          by: 'ana',
          paged: 'L1 ana',
          status: 'investigating',
          delivery: message('page').id,
        },
      },
    },
  ]);
});

test('what PagerDuty says of a refusal is told, without the key', async () => {
  const there = await Provider.open(provider);
  const errors = [`no integration has the key ${SECRET}`];
  there.script = [{ status: 400, body: { status: 'invalid event', message: 'Event object is invalid', errors } }];
  const outcome = await pagerduty.send(settingsOf(pagerduty, settings(there.url)), message('page'), sendContext());
  await there.close();
  const error = `${new URL(there.url).host} answered 400: Event object is invalid, no integration has the key ***`;
  expect(outcome).toEqual({ state: 'failed', error });
});

test('the keys of receivers.yaml', () => {
  const read = new SettingsReader({ url: 'http://events.pagerduty.com/v2' });
  pagerduty.read(read);
  expect(read.faults.map(({ message: words }) => words)).toEqual([
    '"routing_key" is missing: the integration key of a service',
    'url must begin with https://: http:// is for this machine only',
  ]);
  // The environment had no value: that is said already.
  const unset = new SettingsReader({ routing_key: '' });
  pagerduty.read(unset);
  expect(unset.faults.map(({ message: words }) => words)).toEqual(['"routing_key" is empty']);
});
