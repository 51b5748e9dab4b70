import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Message, SendContext } from '../../src/delivery/receiver.ts';
import statuspage from '../../src/delivery/receivers/statuspage.ts';
import { SettingsReader } from '../../src/probes/settings-reader.ts';
import { settingsOf, testContract } from './contract.ts';
import { message, SECRET, sendContext } from './messages.ts';
import { bySchema, Provider, type ProviderOptions, type Reply, type Request } from './provider.ts';
import { update } from './status-folder.ts';

interface Incident {
  readonly id: string;
  metadata: { warroom?: { incident: string; update: string } };
  components: Readonly<Record<string, string>>;
  deliver_notifications: boolean[];
  incident_updates: { readonly body: string; readonly status: string }[];
  readonly [field: string]: unknown;
}
const schema = {
  POST: bySchema('statuspage-incidents.json', 'CreateIncident'),
  PATCH: bySchema('statuspage-incidents.json', 'PatchIncident'),
  answer: bySchema('statuspage-incidents.json', 'Incident'),
};
const BASE = '/v1/pages/kctbh9vrtdwd/incidents';

/** Statuspage: checks each request by the published schema, and remembers incidents and their updates. */
class Page implements ProviderOptions {
  incidents: Incident[] = [];
  /** Requests are carried out even where the answer is lost. */
  losesAnswers = false;
  readonly #done = new WeakMap<Request, Reply>();

  readonly check = (request: Request): readonly string[] => {
    const { method, path, headers, json } = request;
    const fields = (json as { incident?: Record<string, unknown> } | undefined)?.incident ?? {};
    const values = Object.values((fields['metadata'] ?? {}) as object);
    const faults = [
      ...(headers.authorization === `OAuth ${SECRET}` ? [] : ['wrong token']),
      ...(path.startsWith(BASE) ? [] : [`wrong page: ${path}`]),
      ...(method === 'GET'
        ? []
        : method === 'POST' || method === 'PATCH'
          ? schema[method](json)
          : [`method ${method}`]),
      ...(method === 'GET' || headers['content-type'] === 'application/json' ? [] : ['content type']),
      // What the schema says in words only.
      ...(String(fields['name'] ?? '').length > 255 ? ['name too long'] : []),
      ...(method === 'POST' && fields['name'] === '' ? ['no name'] : []),
      ...(String(fields['body'] ?? '').length > 25_000 ? ['body too long'] : []),
      ...(/[\u0000-\u0008]/.test(String(fields['body'] ?? '')) ? ['control characters'] : []),
      ...(values.every((value) => typeof value === 'object') ? [] : ['metadata must be objects']),
    ];
    if (this.losesAnswers) this.#done.set(request, this.#answer(request));
    return faults;
  };

  readonly good = (request: Request): Reply => {
    const reply = this.#done.get(request) ?? this.#answer(request);
    if (reply.status < 300)
      for (const incident of [reply.body].flat()) expect(schema.answer(shown(incident as Incident))).toEqual([]);
    return reply.status < 300
      ? { ...reply, body: Array.isArray(reply.body) ? reply.body.map(shown) : shown(reply.body as Incident) }
      : reply;
  };

  #answer({ method, path, json }: Request): Reply {
    const id = path.slice(BASE.length + 1).split('?')[0];
    if (method === 'GET' && !path.startsWith(`${BASE}/`)) return { status: 200, body: this.incidents.toReversed() };
    const found = this.incidents.find((incident) => incident.id === id);
    if (method === 'GET')
      return found === undefined ? { status: 404, body: { error: 'not found' } } : { status: 200, body: found };
    if (method === 'PATCH' && found === undefined) return { status: 404, body: { error: 'not found' } };
    const { incident } = json as { incident: Record<string, never> };
    const told = { body: incident['body'] ?? '', status: incident['status'] ?? '' };
    const before = found ?? { id: `i${this.incidents.length}abc`, incident_updates: [], deliver_notifications: [] };
    const now = { ...before, ...incident } as unknown as Incident;
    now.incident_updates = [told, ...before.incident_updates];
    now.deliver_notifications = [...before.deliver_notifications, incident['deliver_notifications'] === true];
    this.incidents =
      found === undefined ? [...this.incidents, now] : this.incidents.map((one) => (one === found ? now : one));
    return { status: method === 'POST' ? 201 : 200, body: now };
  }
}
/** As the API answers. */
function shown({ components, ...incident }: Incident): object {
  return { ...incident, components: Object.entries(components ?? {}).map(([id, status]) => ({ id, status })) };
}

const page = new Page();
beforeEach(() => {
  page.incidents = [];
  page.losesAnswers = false;
});
const raw = (url: string) => ({
  api: `${url}/v1`,
  page: 'kctbh9vrtdwd',
  token: SECRET,
  components: { Checkout: 'gcvfrw2r8w36', Search: '6p7x5zn55x73' },
});

testContract({
  name: 'statuspage',
  kind: statuspage,
  check: page.check,
  good: page.good,
  settings: raw,
  keyOf: ({ json }) =>
    (json as { incident: { metadata: { warroom: { update: string } } } } | undefined)?.incident.metadata.warroom
      .update ?? null,
  // Looking whether it is there, and telling.
  steps: 2,
  outcomes: {
    '200': 'in_doubt',
    '202': 'in_doubt',
    garbage: 'in_doubt',
    // What only reads leaves nothing in doubt.
    ...Object.fromEntries(['200', '202', 'garbage', 'hang', 'cut'].map((answer) => [`${answer} 1`, 'retry'])),
  },
});

describe('the life of an incident', () => {
  let provider: Provider;
  let settings: ReturnType<typeof statuspage.read>;
  beforeAll(async () => {
    provider = await Provider.open(page);
    settings = settingsOf(statuspage, raw(provider.url));
  });
  beforeEach(() => {
    provider.requests.length = provider.faults.length = provider.script.length = 0;
  });
  afterAll(() => provider.close());

  /** What has been told of the incident, the newest first. */
  const contextOf = (told: readonly Message[], refs: SendContext['refs'] = {}) =>
    sendContext({ refs, updates: () => Promise.resolve(told) });
  async function tell(messages: readonly Message[]) {
    let refs = {};
    const notes: (string | undefined)[] = [];
    for (const [i, one] of messages.entries()) {
      const outcome = await statuspage.send(settings, one, contextOf(messages.slice(0, i + 1).toReversed(), refs));
      if (outcome.state !== 'delivered') throw new Error(outcome.error);
      refs = { ...refs, ...outcome.refs };
      notes.push(outcome.note);
    }
    expect(provider.faults).toEqual([]);
    return notes;
  }
  const minute = (n: number) => `2026-11-23T14:${String(n).padStart(2, '0')}:00.000Z`;

  test('from the first words to the last: one incident, whose components are well in the end', async () => {
    const checkout = { component: 'checkout ', impact: 'payments fail' };
    const notes = await tell([
      update({ id: 'u1', at: minute(1), text: 'We look into it.', update: checkout }),
      update({
        id: 'u2',
        at: minute(2),
        text: 'We found it.',
        incident: { severity: 'SEV-2' },
        update: { state: 'identified', component: 'Search' },
      }),
      update({ id: 'u3', at: minute(3), text: 'It is over.', update: { state: 'resolved', component: 'Mail' } }),
    ]);
    expect(notes).toEqual([undefined, undefined, 'components: has no id for "Mail"']);
    expect(provider.requests.map(({ method }) => method)).toEqual(['GET', 'POST', 'PATCH', 'PATCH']);
    const [first, second, third] = provider.requests
      .slice(1)
      .map(({ json }) => (json as { incident: object }).incident);
    expect(first).toEqual({
      name: 'checkout : payments fail',
      status: 'investigating',
      body: 'We look into it.',
      impact_override: 'major',
      deliver_notifications: true,
      metadata: { warroom: { incident: '2026-11-23-websocket-servers-unreachable', update: 'u1' } },
      components: { gcvfrw2r8w36: 'partial_outage' },
      component_ids: ['gcvfrw2r8w36'],
    });
    // What is not named any more is left as it is; a name that a person changed there stays.
    expect(second).toMatchObject({ impact_override: 'minor', components: { '6p7x5zn55x73': 'degraded_performance' } });
    expect(second).not.toHaveProperty('name');
    expect(third).toMatchObject({
      status: 'resolved',
      components: { '6p7x5zn55x73': 'operational', gcvfrw2r8w36: 'operational' },
    });
    // The title is for us.
    expect(
      JSON.stringify([first, second, third]).replaceAll('2026-11-23-websocket-servers-unreachable', ''),
    ).not.toMatch(/websocket/i);
  });

  test.each([
    ['the first', []],
    ['a later', [update({ id: 'u1', at: minute(1), text: 'We look into it.' })]],
  ])('the answer to %s update is lost: sent again, subscribers are told once', async (_, before) => {
    await tell(before);
    page.losesAnswers = true;
    const one = update({ id: 'u2', at: minute(2), text: 'We found it.', update: { state: 'identified' } });
    const context = contextOf([one, ...before], before.length === 0 ? {} : { incident: page.incidents[0]!.id });
    provider.script = before.length === 0 ? ['good', 'cut'] : ['cut'];
    expect((await statuspage.send(settings, one, context)).state).toBe('in_doubt');
    const again = await statuspage.send(settings, { ...one, again: true }, context);
    expect(again).toEqual({ state: 'delivered', refs: { incident: page.incidents[0]!.id } });
    expect(page.incidents).toHaveLength(1);
    expect(page.incidents[0]!.deliver_notifications).toHaveLength(before.length + 1);
  });

  test('an incident that somebody changed there: the words tell whether it arrived', async () => {
    const first = update({ id: 'u1', at: minute(1), text: 'We look into it.' });
    const same = update({ id: 'u2', at: minute(2), text: 'We look into it.' });
    await tell([first]);
    const [incident] = page.incidents;
    incident!.metadata = {};
    const context = contextOf([same, first], { incident: incident!.id });
    // The same words were told before: only once more than that do they mean this one.
    for (let i = 0; i < 2; i++) {
      page.incidents[0]!.metadata = {};
      expect(await statuspage.send(settings, { ...same, again: true }, context)).toMatchObject({ state: 'delivered' });
    }
    expect(page.incidents[0]!.incident_updates).toHaveLength(2);
  });

  test('the incident is known there already: no second one', async () => {
    await tell([update({ id: 'u1', at: minute(1), text: 'We look into it.' })]);
    // What the first delivery left was lost.
    const two = update({ id: 'u2', at: minute(2), text: 'We found it.' });
    await statuspage.send(settings, two, contextOf([two]));
    expect(page.incidents).toHaveLength(1);
    expect(page.incidents[0]!.incident_updates).toHaveLength(2);
  });

  test('whether it arrived cannot be looked up: it stays in doubt, and nothing is sent', async () => {
    const one = update({ again: true });
    provider.script = [{ status: 401, body: { error: `Could not authenticate ${SECRET}` } }];
    const outcome = await statuspage.send(settings, one, contextOf([one]));
    expect(outcome.state).toBe('in_doubt');
    expect(outcome).toMatchObject({ error: expect.stringContaining('Could not authenticate ***') });
    expect(provider.requests.map(({ method }) => method)).toEqual(['GET']);
  });

  test('a refusal is told in the words of Statuspage; a drill tells no subscribers; a test publishes nothing', async () => {
    const one = update();
    provider.script = ['good', { status: 422, body: { error: ['Name is too long'] } }];
    expect(await statuspage.send(settings, one, contextOf([one]))).toMatchObject({
      state: 'failed',
      error: expect.stringMatching(/answered 422: Name is too long$/),
    });
    await tell([update({ incident: { drill: true } })]);
    expect(page.incidents[0]!.deliver_notifications).toEqual([false]);
    expect(await statuspage.send(settings, message('test'), contextOf([]))).toMatchObject({ state: 'delivered' });
    expect(await statuspage.send(settings, message('declared'), contextOf([]))).toMatchObject({ state: 'failed' });
    expect(page.incidents).toHaveLength(1);
  });
});

test.each([
  [{}, ['"token" is missing: an API key of Statuspage', '"page" is missing']],
  [
    { token: SECRET, page: 'a/b', components: { API: '../x' }, api: 'http://example.org' },
    [
      'page must be the id of the page, such as kctbh9vrtdwd',
      'components.API must be the id of a component',
      'api must begin with https://: http:// is for this machine only',
    ],
  ],
])('faults of %j', (given, faults) => {
  const reader = new SettingsReader(given);
  statuspage.read(reader);
  expect(reader.faults.map(({ message }) => message)).toEqual(faults);
});
