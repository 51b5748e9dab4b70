/** The generic webhook against a server of this machine: its fields, its signature, its template. */
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import webhook from '../../src/delivery/receivers/webhook.ts';
import { SettingsReader } from '../../src/probes/settings-reader.ts';
import { settingsOf, testContract, type Contract } from './contract.ts';
import { HOSTILE, hostile, message, NOW, SECRET, sendContext } from './messages.ts';
import { Provider, type Request } from './provider.ts';

const BASE64 = `whsec_${Buffer.from('sixteen bytes!!!').toString('base64')}`;
const FIELDS = ['id', 'kind', 'incident', 'severity', 'status', 'title', 'text', 'at', 'url'];

function check({ headers, json }: Request): readonly string[] {
  const faults = FIELDS.filter((field) => !Object.hasOwn(json as object, field));
  return headers['webhook-id'] === (json as { id: string }).id ? faults : [...faults, 'webhook-id'];
}
const contract: Contract<ReturnType<typeof webhook.read>> = {
  name: 'webhook',
  kind: webhook,
  settings: (url) => ({ url: `${url}/hook`, secret: SECRET }),
  check,
  good: () => ({ status: 204, body: '' }),
  keyOf: ({ headers }) => String(headers['webhook-id']),
};
testContract(contract);

let provider: Provider;
beforeAll(async () => {
  provider = await Provider.open({ check: () => [], good: () => ({ status: 200 }) });
});
beforeEach(() => void (provider.requests.length = 0));
afterAll(() => provider.close());

async function sent(raw: Readonly<Record<string, unknown>>, one = message('page')): Promise<Request> {
  const settings = settingsOf(webhook, { url: provider.url, ...raw });
  expect(await webhook.send(settings, one, sendContext({ now: Date.now() }))).toEqual({ state: 'delivered' });
  return provider.requests[0]!;
}

test('a library of Standard Webhooks accepts the signature, and none of another secret or another body', async () => {
  const { body, headers } = await sent({ secret: BASE64 });
  const signed = headers as Record<string, string>;
  expect(new Webhook(BASE64).verify(body, signed)).toMatchObject({
    kind: 'page',
    incident: 'inc-20261127-0259-checkout',
  });
  expect(() => new Webhook(BASE64).verify(`${body} `, signed)).toThrow(/signature/i);
  expect(() => new Webhook(`whsec_${Buffer.from('another').toString('base64')}`).verify(body, signed)).toThrow();
  provider.requests.length = 0;
  const plain = await sent({ secret: 'plain words' });
  expect(
    new Webhook('plain words', { format: 'raw' }).verify(plain.body, plain.headers as Record<string, string>),
  ).toBeTruthy();
  provider.requests.length = 0;
  expect((await sent({})).headers['webhook-signature']).toBeUndefined();
});

test('a template is filled at any depth, and what strangers wrote stays inside its text', async () => {
  const body = { text: '{severity} {title}', blocks: [{ words: '{text} by {by}' }], fixed: 7 };
  const { json } = await sent({ body, headers: { 'X-Key': 'k', 'Content-Type': 'a/b' } }, hostile('page'));
  expect(json).toEqual({
    text: `SEV-1 ${HOSTILE}`.toWellFormed(),
    blocks: [{ words: `${HOSTILE} by ${HOSTILE}`.toWellFormed() }],
    fixed: 7,
  });
  expect(provider.requests[0]?.headers).toMatchObject({ 'x-key': 'k', 'content-type': 'application/json' });
});

test.each([
  [{}, '"url" is missing'],
  [{ url: 'http://hooks.example.org' }, 'url must begin with https://: http:// is for this machine only'],
  [{ url: 'ftp://x' }, 'url must begin with https:// or http://'],
  [{ url: 'https://x', body: 'text' }, 'body must be a map or a list, sent as JSON'],
  [{ url: 'https://x', body: { a: '{titel}' } }, 'there is no {titel}; there are {id}, {kind}'],
  [{ url: 'https://x', secret: '  ' }, '"secret" is empty'],
  [{ url: 'https://x', secret_file: '/nowhere/secret' }, 'the file cannot be read (ENOENT)'],
  [{ url: 'https://x', secret: 'a', secret_file: '/nowhere' }, 'give secret or secret_file, not both'],
  [{ url: 'https://me:pw@x' }, 'url must be without a name and password: they would not be sent'],
  [{ url: 'https://x', secret: 'whsec_not base64' }, 'after whsec_ comes base64'],
  [{ url: 'https://x', headers: { 'A B': 'x' } }, '"A B" is no header that can be set'],
  [{ url: 'https://x', headers: { 'Content-Length': '3' } }, '"Content-Length" is no header that can be set'],
  [{ url: 'https://x', headers: { 'X-Key': 'k\nHost: y' } }, 'headers.X-Key has characters that a header cannot have'],
  [{ url: 'https://x', hedaers: {} }, 'unknown key hedaers'],
])('%j is refused: %s', (raw, fault) => {
  const read = new SettingsReader(raw);
  webhook.read(read);
  expect(read.faults.map(({ message }) => message).join('\n')).toContain(fault);
});

test('the time of the signature is that of the attempt', async () => {
  const settings = settingsOf(webhook, { url: provider.url, secret: BASE64 });
  await webhook.send(settings, message('page'), sendContext());
  expect(provider.requests[0]?.headers['webhook-timestamp']).toBe(String(NOW / 1000));
});
