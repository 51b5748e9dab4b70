/** `/incident` from Slack, at a real hub, with requests signed as Slack signs them. */
import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Client } from '../../src/client/client.ts';
import type { Hub, HubOptions } from '../../src/hub/hub-options.ts';
import slack from '../../src/delivery/receivers/slack.ts';
import { openJournal } from '../../src/log/journal.ts';
import type { OncallPlan } from '../../src/oncall/plan.ts';
import { settingsOf } from '../delivery/contract.ts';
import { SECRET as TOKEN } from '../delivery/messages.ts';
import { Provider } from '../delivery/provider.ts';
import { SlackWorkspace } from '../delivery/slack-workspace.ts';
import { planFor } from '../support/on-call.ts';
import { until } from '../support/patience.ts';
import { ask, Opened } from '../support/room.ts';

const SECRET = '8f742231b10e8888abcd99yyyzzz85a5';
const { people, ...plan } = planFor('on-call-primary');
const oncall: OncallPlan = {
  ...plan,
  people: people.map((person) =>
    person.name === 'ana' ? { ...person, slack: 'U2CERLKJA', aliases: ['ana.k'] } : person,
  ),
};
const opened = new Opened();
const workspace = new SlackWorkspace();
let hub: Hub;
let eve: Client;
/** Appends wait for it. */
let disk: Promise<unknown> = Promise.resolve();

beforeAll(async () => {
  const dir = await opened.folder();
  const journal = await openJournal({ dir });
  const slow: HubOptions['journal'] = {
    hubStore: (fold) => journal.hubStore(fold),
    close: () => journal.close(),
    incidentStore(fold) {
      const store = journal.incidentStore(fold);
      const { append } = store;
      store.append = async (...given) => {
        await disk;
        return append.apply(store, given);
      };
      return store;
    },
  };
  workspace.reset();
  const there = await Provider.open(workspace);
  opened.later(() => there.close());
  const settings = settingsOf(slack, { token: TOKEN, api: `${there.url}/api`, channel: 'C0GENERAL' });
  const { events } = slack;
  const rest = { events, min: 'SEV-3', routes: ['shown-in-slack'], drills: false } as const;
  const receivers = [{ name: 'slack', kindName: 'slack', kind: slack, settings, ...rest }];
  hub = await opened.hub(dir, { journal: slow, oncall, receivers, secrets: { slack: SECRET, pagerduty: null } });
  eve = await opened.client(hub, 'eve');
});
afterAll(() => opened.tidy());

let count = 0;
/** What Slack sends for `/incident TEXT`. */
function requestOf(text: string, more: Readonly<Record<string, string>> = {}, at = Date.now()) {
  const body = new URLSearchParams({
    token: 'xyzz0WbapA4vBCDEFasx0q6G',
    team_id: 'T1DC2JH3J',
    team_domain: 'testteamnow',
    channel_id: 'G8PSS9T3V',
    channel_name: 'foobar',
    user_id: 'U2CERLKJA',
    user_name: 'roadrunner',
    command: '/incident',
    text,
    response_url: 'https://hooks.slack.com/commands/T1DC2JH3J/397700885554/96rGlfmibIGlgcZRskXaIFfN',
    trigger_id: `398738663015.47445629121.${count++}`,
    ...more,
  }).toString();
  const sentAt = String(Math.floor(at / 1000));
  const signature = `v0=${createHmac('sha256', SECRET).update(`v0:${sentAt}:${body}`).digest('hex')}`;
  return { body, headers: { 'x-slack-request-timestamp': sentAt, 'x-slack-signature': signature } };
}
type Request = Omit<ReturnType<typeof requestOf>, 'headers'> & { readonly headers: Record<string, string> };
async function send({ body, headers }: Request) {
  const response = await fetch(`${hub.httpUrl}/v1/slack/commands`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
  });
  const answer = (await response.json()) as { text?: string; response_type?: string; error?: string };
  return { status: response.status, ...answer };
}
const type = (text: string, more = {}) => send(requestOf(text, more));
const open = () => eve.view.incidents.filter(({ status }) => status === 'declared').map(({ id }) => id);
async function entries(incident: string) {
  eve.follow(incident);
  await until('it is followed', () => eve.view.incident?.id === incident && eve.view.events.length > 0);
  return eve.view.events.filter(({ kind }) => kind === 'declared' || kind === 'noted');
}

test('declares and notes under the name of the person, tells of what was just declared, and asks which of several', async () => {
  expect(await type('note nobody hears this')).toMatchObject({
    text: expect.stringContaining('no incident is open. Declare one with') as string,
  });
  const declared = await type('create SEV-1 \u201cCheckout &lt;fails&gt;\u201d');
  const [id = ''] = /\d{4}-\d\d-\d\d-checkout-fails/.exec(declared.text ?? '') ?? [];
  expect(declared).toMatchObject({ status: 200, response_type: 'in_channel' });
  expect(declared.text).toContain('ana declared *SEV-1 Checkout &lt;fails&gt;*');
  const noted = await type('note <@U2CERLKJA|ana.k> restarted db1');
  expect(noted).toEqual({
    status: 200,
    response_type: 'ephemeral',
    text: expect.stringMatching(/^Noted as #\d+ of/) as string,
  });
  expect(await entries(id)).toMatchObject([
    {
      kind: 'declared',
      by: { name: 'ana', role: 'responder' },
      via: 'slack',
      data: { title: 'Checkout <fails>', severity: 'SEV-1' },
    },
    { kind: 'noted', by: { name: 'ana' }, via: 'slack', data: { text: '@ana restarted db1' } },
  ]);

  const twice = await type('create SEV-2 "checkout fails"', { user_id: 'U0', user_name: 'steve' });
  expect(twice).toMatchObject({ response_type: 'ephemeral' });
  expect(twice.text).toMatch(
    /^Nothing was declared: SEV-1 "Checkout &lt;fails&gt;" was declared \d+ s ago: `.*-checkout-fails`/,
  );
  await until('everybody knows it', () => open().join() === id);
  expect(hub.stats().incidentsOpen).toBe(1);
  const another = await type('create another SEV-2 "checkout fails"', { user_id: 'U0', user_name: 'steve' });
  expect(another.text).toContain(`\`${id}-2\``);

  const which = await type('note too many pods');
  expect(which.text).toContain('Nothing was noted: 2 incidents are open. Say which');
  expect(which.text).toContain(`• \`${id}-2\` SEV-2 checkout fails`);
  expect((await type(`note ${id}-2 too many pods`, { user_id: 'U0', user_name: 'steve' })).text).toContain(
    `of \`${id}-2\` by steve`,
  );
  expect(await entries(`${id}-2`)).toMatchObject([
    { by: { name: 'steve' } },
    { by: { name: 'steve' }, data: { text: 'too many pods' } },
  ]);
  expect((await type('note 2020-01-01-none x')).text).toBe('Nothing was noted: there is no incident 2020-01-01-none');
});

test('in the channel that was made for an incident, a note needs no id', async () => {
  const declare = { kind: 'declare', title: 'has a channel', severity: 'SEV-2', route: 'shown-in-slack' } as const;
  const answer = await ask(eve, declare, null);
  const id = 'ack' in answer ? answer.ack.incident : '';
  const channel = await until('it has a channel', () =>
    workspace.channels.find(({ name }) => name.includes('has-a-channel')),
  );
  const noted = await until('notes of the channel go there', async () => {
    const { text } = await type('note said in the channel', { channel_id: channel.id });
    return text?.startsWith('Noted') && text;
  });
  expect(noted).toContain(`of \`${id}\` by ana`);
  expect((await type('note said elsewhere')).text).toContain('Say which');
});

test('a name that somebody has here, or none may have, is marked as one of Slack', async () => {
  const answers = ['bob', 'Ana.K', 'eve', 'hub', ''].map(async (user_name) => {
    const { text } = await type(`create another SEV-3 by ${user_name || 'nobody'}`, { user_id: 'U77', user_name });
    return /^(.*) declared/.exec(text ?? '')?.[1];
  });
  expect(await Promise.all(answers)).toEqual([
    'bob (Slack)',
    'Ana.K (Slack)',
    'eve (Slack)',
    'somebody (Slack)',
    'U77',
  ]);
});

test('two people who declare the same at once are told of each other', async () => {
  const answers = await Promise.all(
    Array.from({ length: 6 }, (_, n) =>
      type('create SEV-0 "everything is on fire"', { user_id: `U${n}`, user_name: `p${n}` }),
    ),
  );
  expect(answers.filter(({ response_type }) => response_type === 'in_channel')).toHaveLength(1);
  expect(answers.filter(({ text }) => /was declared \d+ s ago/.test(text ?? ''))).toHaveLength(5);
});

test('what cannot be done is said, with what would work', async () => {
  expect((await type('help')).text).toContain('/incident create SEV-1 "title"');
  expect((await type('')).text).toContain('Open:');
  expect((await type('creat SEV-1 x')).text).toContain('did you mean "create"?');
  expect((await type('create nothing works')).text).toContain('Nothing was done: say how bad it is');
  expect((await type(`create SEV-1 ${'x'.repeat(201)}`)).text).toContain('a title has at most 200 characters');
  expect((await type(`note ${open()[0]} ${'x'.repeat(16_001)}`)).text).toContain('at most 16000 characters');
  expect((await type('crash <!channel>')).text).not.toContain('<');
  expect(await send(requestOf('', { ssl_check: '1' }))).toEqual({ status: 200 });
});

test('a request that is sent again changes nothing and gets the same answer', async () => {
  const create = requestOf('create SEV-3 "replayed once"');
  const first = await send(create);
  expect(first.response_type).toBe('in_channel');
  for (const again of [await send(create), await send(create)]) expect(again).toEqual(first);
  const [id = ''] = /\d{4}-\d\d-\d\d-replayed-once/.exec(first.text ?? '') ?? [];
  const note = requestOf(`note ${id} once`);
  const [one, two] = [await send(note), await send(note)];
  expect(two).toEqual(one);
  expect(await entries(id)).toHaveLength(2);
});

test('requests that are unsigned, of another secret, old, changed, half or huge are refused and do nothing', async () => {
  const before = hub.stats().incidentsOpen;
  const good = requestOf('create SEV-0 forged');
  const { body, headers } = good;
  const status = async (request: Request) => (await send(request)).status;
  expect(await status({ body, headers: {} })).toBe(401);
  expect(await status({ body: body.replace('forged', 'forget'), headers })).toBe(401);
  expect(await status({ body, headers: { ...headers, 'x-slack-signature': 'v0=' } })).toBe(401);
  expect(await status({ body, headers: { ...headers, 'x-slack-request-timestamp': '1' } })).toBe(401);
  expect(await status(requestOf('create SEV-0 old', {}, Date.now() - 301_000))).toBe(401);
  expect(await status(requestOf('create SEV-0 nobody', { user_id: '' }))).toBe(400);
  expect(await status(requestOf(`note ${'x'.repeat(70_000)}`))).toBe(413);
  expect(await status({ body: 'text=create', headers: { ...headers, 'content-encoding': 'gzip' } })).toBe(415);
  const get = await fetch(`${hub.httpUrl}/v1/slack/commands`);
  expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST']);
  expect(hub.stats().incidentsOpen).toBe(before);

  const without = await opened.hub(await opened.folder());
  const response = await fetch(`${without.httpUrl}/v1/slack/commands`, { method: 'POST', body, headers });
  expect([response.status, await response.text()]).toEqual([404, expect.stringContaining('signing_secret')]);
});

test('while the disk is slow Slack gets its answer in time, which does not say that it is done', async () => {
  let go = (): void => {};
  disk = new Promise<void>((resolve) => (go = resolve));
  const begun = Date.now();
  const answer = await type('create SEV-2 "slow disk"');
  expect(Date.now() - begun).toBeLessThan(3_000);
  expect(answer.text).toContain('not confirmed it yet: it may still be recorded');
  go();
  await until('it is recorded', () => open().some((id) => id.endsWith('slow-disk')));
  expect((await type('create SEV-2 "slow disk"')).text).toContain('Nothing was declared');
  await ask(eve, { kind: 'note', text: 'the room goes on' }, open()[0] ?? null);
});
