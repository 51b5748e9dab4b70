/** PagerDuty, Events API v2. */
import { expect, test } from 'vitest';
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

test('one alert from the page to the end, also when an incident was declared from the alert that paged', async () => {
  const there = await Provider.open(provider);
  const given = settingsOf(pagerduty, settings(there.url));
  const alert = { name: 'HighErrorRate', severity: 'SEV-1', since: '2026-11-27T02:50:00.000Z' } as const;
  const life: readonly Message[] = [
    message('page', { incident: null, alert }),
    message('acknowledged', { alert }),
    message('page', { alert }),
    message('resolved'),
  ];
  let refs = {};
  for (const one of life) {
    const outcome = await pagerduty.send(given, one, sendContext({ refs }));
    if (outcome.state !== 'delivered') throw new Error(outcome.error);
    refs = { ...refs, ...outcome.refs };
  }
  await there.close();
  const events = there.requests.map(eventIn);
  expect(events.map((event) => event['event_action'])).toEqual(['trigger', 'acknowledge', 'trigger', 'resolve']);
  expect(new Set(events.map((event) => event['dedup_key']))).toEqual(
    new Set(['warroom/HighErrorRate@2026-11-27T02:50:00.000Z']),
  );
  expect(there.faults).toEqual([]);
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
  const read = new SettingsReader({ events: ['page', 'entry', 'nonsense'], url: 'http://events.pagerduty.com/v2' });
  pagerduty.read(read);
  expect(read.faults.map(({ message: words }) => words)).toEqual([
    '"routing_key" is missing: the integration key of a service',
    'events must be one of declared, page, acknowledged, resolved for pagerduty',
    'url must begin with https://: http:// is for this machine only',
  ]);
});
