import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Message, SendContext } from '../../src/delivery/receiver.ts';
import slack from '../../src/delivery/receivers/slack.ts';
import { channelName } from '../../src/delivery/slack-api.ts';
import { SettingsReader } from '../../src/probes/settings-reader.ts';
import fc from '../support/property.ts';
import { settingsOf, testContract } from './contract.ts';
import { hostile, message, SECRET, sendContext } from './messages.ts';
import { Provider, type Request } from './provider.ts';
import { errorsOf, methodOf, SlackWorkspace } from './slack-workspace.ts';

const workspace = new SlackWorkspace();
beforeEach(() => workspace.reset());

const INCIDENT = message('declared').incident!;
const idOf = ({ json }: Request): string | undefined =>
  (json as { metadata?: { event_payload: { id: string } } } | undefined)?.metadata?.event_payload.id;
const bot = (url: string) => ({ token: SECRET, api: `${url}/api`, channel: 'C0GENERAL', invite: ['U0TEAM'] });

testContract({
  name: 'slack with a bot',
  kind: slack,
  check: workspace.check,
  good: workspace.good,
  settings: bot,
  kinds: ['declared', 'severity', 'page', 'update', 'entry', 'digest', 'test'],
  // Every channel begins with a summary, whose key is the incident's id.
  keyOf: (request) => {
    const id = methodOf(request) === 'chat.postMessage' ? idOf(request) : undefined;
    return id === undefined || id === INCIDENT.id ? null : id;
  },
  // create, topic, invitation, summary, message
  steps: 5,
  outcomes: {
    '200': 'in_doubt',
    '202': 'in_doubt',
    garbage: 'in_doubt',
    // Neither a topic nor an invitation that was refused keeps the message back.
    ...Object.fromEntries(
      ['307', '400', '401', '404'].flatMap((status) => [2, 3].map((n) => [`${status} ${n}`, 'delivered'])),
    ),
  },
});

testContract({
  name: 'slack with an incoming webhook',
  kind: slack,
  settings: (url) => ({ url: `${url}/services/T0/B0/${SECRET}` }),
  check: ({ json, path, headers }) => {
    const { text, mrkdwn, ...others } = json as Record<string, unknown>;
    const isRight = typeof text === 'string' && text.length <= 40_000 && mrkdwn === false && !/[<>]/.test(text);
    return isRight &&
      Object.keys(others).length === 0 &&
      path.endsWith(SECRET) &&
      headers['content-type'] === 'application/json'
      ? []
      : [JSON.stringify(json)];
  },
  good: () => ({ status: 200, body: 'ok' }),
  keyOf: () => null,
  outcomes: { '200': 'in_doubt', '202': 'in_doubt', garbage: 'in_doubt' },
});

describe('with a bot', () => {
  let provider: Provider;
  let settings: ReturnType<typeof slack.read>;
  beforeAll(async () => {
    provider = await Provider.open(workspace);
    settings = settingsOf(slack, bot(provider.url));
  });
  beforeEach(() => {
    provider.requests.length = provider.faults.length = provider.script.length = 0;
  });
  afterAll(() => provider.close());

  /** Sends as the worker does: what one delivery left is there for the next. */
  async function deliver(messages: readonly Message[], given: Partial<SendContext> = {}) {
    let refs: Readonly<Record<string, string>> = {};
    const notes: string[] = [];
    for (const one of messages) {
      const outcome = await slack.send(settings, one, sendContext({ refs, ...given }));
      if (outcome.state !== 'delivered') throw new Error(outcome.error);
      refs = { ...refs, ...outcome.refs };
      if (outcome.note !== undefined) notes.push(outcome.note);
    }
    expect(provider.faults).toEqual([]);
    return notes;
  }
  const channelOf = (name: string) => workspace.channels.find((channel) => channel.name === name)!;
  const asked = (): readonly string[] => provider.requests.map(methodOf);

  test('an incident gets a channel that documents it', async () => {
    const id = '2026-11-23-websocket-servers-unreachable';
    const incident = { ...INCIDENT, id, title: 'WebSocket servers unreachable' };
    await deliver(
      [
        message('declared', { incident, text: 'DECLARED SEV-1 High: WebSocket servers unreachable' }),
        message('entry', { incident, id: 'e1', text: 'the pool is full' }),
        message('page', { incident, id: 'e2', text: 'PAGED L1 ana', by: 'warroom' }),
        message('update', { incident, id: 'e3', text: 'We found the cause.' }),
        message('severity', { incident: { ...incident, severity: 'SEV-0' }, id: 'e4', text: 'severity SEV-0' }),
      ],
      { onCallSlackIds: ['U0ANA', 'U0BOB', 'U0TEAM'] },
    );
    expect(workspace.channels).toHaveLength(2);
    const channel = channelOf('incident-2026-11-23-websocket-servers-unreachable');
    expect(channel.topic).toBe(`SEV-0 Critical, investigating: WebSocket servers unreachable (${id})`);
    expect([...channel.members]).toEqual(['U0ANA', 'U0BOB', 'U0TEAM']);
    expect(workspace.textsIn(channel.id)).toEqual([
      `SEV-1 High: WebSocket servers unreachable
Status: investigating
Started: 2026-11-27 02:55 UTC
Declared: 2026-11-27 02:59 UTC
Record: https://hub.example.org/#inc-20261127-0259-checkout`,
      '02:59 UTC ana: DECLARED SEV-1 High: WebSocket servers unreachable',
      '02:59 UTC ana: the pool is full',
      '02:59 UTC warroom: PAGED L1 ana\nAcknowledge: https://hub.example.org/v1/ack/token-of-ana',
      '02:59 UTC ana told the public (identified):\nWe found the cause.\nNext update by 2026-11-27 03:30 UTC',
      '02:59 UTC ana: severity SEV-0',
    ]);
  });

  test.each([1, 2, 3, 4, 5])('the answer to call %i is lost: sent again, everything is there once', async (step) => {
    workspace.losesAnswers = true;
    provider.script = [...Array.from({ length: step - 1 }, () => 'good' as const), 'cut'];
    const one = message('declared');
    expect((await slack.send(settings, one, sendContext())).state).toBe('in_doubt');
    expect(await slack.send(settings, { ...one, again: true }, sendContext())).toMatchObject({ state: 'delivered' });
    expect(provider.faults).toEqual([]);
    const [, channel, ...others] = workspace.channels;
    expect(others).toEqual([]);
    expect(channel!.topic).toContain(INCIDENT.id);
    expect([...channel!.members]).toEqual(['U0TEAM']);
    expect(channel!.messages.map(({ metadata }) => metadata)).toEqual([
      { event_type: 'warroom', event_payload: { id: INCIDENT.id } },
      { event_type: 'warroom', event_payload: { id: one.id } },
    ]);
  });

  test('what may have arrived is looked for in all pages before it is sent again', async () => {
    const ids = Array.from({ length: 7 }, (_, i) => `m${i}`);
    await deliver(ids.map((id) => message('entry', { id })));
    workspace.pageSize = 3;
    const channel = channelOf(channelName(INCIDENT.id));
    for (const id of ids) {
      await slack.send(settings, message('entry', { id, again: true }), sendContext({ refs: { channel: channel.id } }));
    }
    expect(channel.messages).toHaveLength(8);
    provider.requests.length = 0;
    await slack.send(
      settings,
      message('entry', { id: 'new', again: true }),
      sendContext({ refs: { channel: channel.id } }),
    );
    expect(asked()).toEqual([...Array.from({ length: 3 }, () => 'conversations.history'), 'chat.postMessage']);
  });

  test('the history cannot be read: nothing is sent, and it is asked again', async () => {
    const refs = { channel: 'C0GENERAL' };
    const one = message('entry', { again: true });
    for (const behaviour of ['cut', 'garbage', { status: 500 }] as const) {
      provider.script = [behaviour];
      expect((await slack.send(settings, one, sendContext({ refs }))).state).toBe('retry');
    }
    expect(workspace.textsIn('C0GENERAL')).toEqual([]);
  });

  test('Slack does not let us look: a page is sent once more, anything else stays in doubt', async () => {
    const refs = { channel: 'C0GENERAL' };
    const refusal = { status: 200, body: { ok: false, error: 'missing_scope', needed: 'channels:history' } };
    provider.script = [refusal];
    expect(await slack.send(settings, message('entry', { again: true }), sendContext({ refs }))).toMatchObject({
      state: 'in_doubt',
      error: expect.stringContaining('the token lacks a scope (missing_scope: channels:history)'),
    });
    expect(workspace.textsIn('C0GENERAL')).toEqual([]);
    provider.script = [refusal];
    const page = await slack.send(settings, message('page', { again: true }), sendContext({ refs }));
    expect(page.state).toBe('delivered');
    expect(workspace.textsIn('C0GENERAL')).toHaveLength(1);
  });

  test.each([
    ['of somebody else', { creator: 'U0ADMIN', topic: '' }],
    ['of an incident whose id only begins the same', { creator: 'U0WARROOM', topic: `SEV-1 (${INCIDENT.id}-2)` }],
  ])('a channel %s has the name: it is left alone', async (_, taken) => {
    const theirs = workspace.add({ name: channelName(INCIDENT.id), ...taken });
    await deliver([message('declared')]);
    expect(theirs).toMatchObject({ ...taken, messages: [] });
    expect(channelOf(`${channelName(INCIDENT.id)}-2`).messages).toHaveLength(2);
  });

  test('all names are taken: said, and not tried for ever', async () => {
    for (let n = 1; n <= 9; n++) workspace.add({ name: channelName(INCIDENT.id, n), creator: 'U0ADMIN' });
    expect(await slack.send(settings, message('declared'), sendContext())).toMatchObject({
      state: 'failed',
      error: expect.stringContaining('are taken by others'),
    });
  });

  test('one who cannot be invited keeps nobody else out', async () => {
    workspace.strangers = ['U0GONE'];
    const notes = await deliver([message('declared')], { onCallSlackIds: ['U0ANA', 'U0GONE', 'ana@example.org'] });
    expect([...channelOf(channelName(INCIDENT.id)).members]).toEqual(['U0ANA', 'U0TEAM']);
    expect(notes).toEqual([
      expect.stringMatching(/^ana@example.org is no id of a member of Slack; U0GONE: .* refused \(user_not_found\)$/),
    ]);
  });

  test('what belongs to no incident goes to the fixed channel, or is refused in words', async () => {
    const alert = { name: 'HighErrorRate', severity: 'SEV-1', since: '2026-11-27T02:50:00.000Z' } as const;
    const page = message('page', { incident: null, alert, text: 'PAGED L1 ana' });
    await deliver([page, { ...page, again: true }]);
    expect(workspace.textsIn('C0GENERAL')).toEqual([
      'SEV-1 HighErrorRate\n02:59 UTC ana: PAGED L1 ana\nAcknowledge: https://hub.example.org/v1/ack/token-of-ana',
    ]);
    const without = settingsOf(slack, { token: SECRET, api: `${provider.url}/api` });
    expect(await slack.send(without, page, sendContext())).toMatchObject({ state: 'failed' });
    const test = message('test', { incident: null });
    expect(await slack.send(without, test, sendContext())).toMatchObject({ note: expect.stringContaining('accepts') });
    provider.script = [{ status: 200, body: { ok: false, error: 'invalid_auth' } }];
    expect(await slack.send(without, test, sendContext())).toMatchObject({
      state: 'failed',
      error: expect.stringMatching(/^127\.0\.0\.1:\d+: auth\.test: it does not accept the token \(invalid_auth\)$/),
    });
  });

  test('nothing that a stranger writes calls anybody or ends up as markup', async () => {
    await deliver([message('declared')]);
    const refs = { channel: channelOf(channelName(INCIDENT.id)).id };
    const words = fc.string({
      unit: fc.constantFrom('<!channel>', '<@U1>', '&', '&lt;', '<', '>', 'a', '\n', '\ud800'),
    });
    const send = async (text: string): Promise<void> => {
      expect(await slack.send(settings, hostile('severity', text), sendContext({ refs }))).toMatchObject({
        state: 'delivered',
      });
    };
    await fc.assert(fc.asyncProperty(words, send), { numRuns: 30 });
    expect(workspace.textsIn(refs.channel).length).toBeGreaterThan(30);
    // `check` looks for markup in each.
    expect(provider.faults).toEqual([]);
  });

  const LATER = ['ratelimited', 'rate_limited', 'request_timeout', 'service_unavailable', 'team_added_to_org'];
  const UNSURE = ['fatal_error', 'internal_error'];
  const codes = ['conversations.create', 'chat.postMessage'].flatMap((method) =>
    errorsOf(method).map((code) => [method, code] as const),
  );
  test('every error that Slack lists has its outcome', async () => {
    for (const [method, code] of codes.filter(([, code]) => code !== 'name_taken')) {
      const isPost = method === 'chat.postMessage';
      provider.script = [{ status: 200, body: { ok: false, error: code, needed: 'channels:manage' } }];
      const refs: Record<string, string> = isPost ? { channel: 'C0GENERAL' } : {};
      const outcome = await slack.send(settings, message('entry'), sendContext({ refs }));
      expect([code, outcome.state]).toEqual([
        code,
        LATER.includes(code) ? 'retry' : UNSURE.includes(code) ? 'in_doubt' : 'failed',
      ]);
      expect(outcome).toMatchObject({ error: expect.stringContaining(`(${code}: channels:manage)`) });
    }
    expect(codes.length).toBeGreaterThan(40);
  });
});

test('the names of channels', () => {
  const long = `2026-11-23-${'a'.repeat(69)}`;
  expect(channelName('2026-11-23-websocket-down')).toBe('incident-2026-11-23-websocket-down');
  expect(channelName(long)).toHaveLength(80);
  expect(channelName(long, 3)).toMatch(/^.{78}-3$/);
  expect(channelName(`2026-11-23-${'a'.repeat(59)}-b`)).toMatch(/a$/);
});

test('whether a message can be repeated depends on how Slack is reached', () => {
  expect(slack.repeatable?.(settingsOf(slack, { token: SECRET }))).toBe(true);
  expect(slack.repeatable?.(settingsOf(slack, { url: 'https://hooks.slack.com/services/x' }))).toBe(false);
});

test.each([
  [{}, ['"token" is missing: a bot token (xoxb-…), or the url of an incoming webhook']],
  [{ token: 't', url: 'https://hooks.slack.com/x' }, ['give a token, or the url of an incoming webhook, not both']],
  [{ url: `http://hooks.slack.com/${SECRET}` }, ['url must be a URL that begins with https://']],
  [{ url: SECRET }, ['url must be a URL that begins with https://']],
  [
    { token: 't', api: 'http://slack.example.org', channel: '#incidents', invite: ['ana'] },
    [
      'channel must be the id of a channel, such as C012AB3CD (in its details in Slack)',
      'api must begin with https://: http:// is for this machine only',
      'invite must be ids of members, such as U012AB3CD',
    ],
  ],
])('faults of %j', (raw, faults) => {
  const reader = new SettingsReader(raw);
  slack.read(reader);
  const found = reader.faults.map(({ message }) => message);
  expect(found.filter((fault) => !fault.startsWith('unknown key'))).toEqual(faults);
  expect(found.join()).not.toContain(SECRET);
});
