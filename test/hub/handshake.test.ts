/** How hub and console prove to each other that they know a token: what is refused, and what the answers do not tell. */
import { afterEach, expect, test } from 'vitest';
import type { Hub } from '../../src/hub/hub-options.ts';
import { createInvite, revoke } from '../../src/hub/invites.ts';
import { hashOf, keyId, newNonce, proofOf } from '../../src/protocol/handshake.ts';
import { DEMANDED, type ToHub } from '../../src/protocol/messages.ts';
import { frameProxy } from '../support/frame-proxy.ts';
import { until } from '../support/patience.ts';
import { Raw } from '../support/raw.ts';
import { ask, declare, Opened } from '../support/room.ts';

const opened = new Opened();
afterEach(() => opened.tidy());

type Hello = Extract<ToHub, { type: 'hello' }>;
const helloOf = (token: string, name: string): Hello => ({
  type: 'hello',
  version: DEMANDED.min,
  ...DEMANDED,
  auth: { key: keyId(hashOf(token)), nonce: newNonce() },
  name,
  client: 'raw-1',
  via: 'cli',
  live: false,
});

/** A console by hand: its hello was said and the challenge heard. */
async function challenged(hub: Pick<Hub, 'url'>, token: string, name = 'ana', hello = helloOf(token, name)) {
  const raw = new Raw(hub);
  await raw.opened;
  raw.say(hello);
  const challenge = await raw.hear('challenge');
  const proof = (side: 'hub' | 'console'): string => proofOf(side, hashOf(token), hello, challenge);
  return { raw, challenge, proof, prove: (shown = proof('console')) => raw.say({ type: 'proof', proof: shown }) };
}

test('both prove that they know the token, and the hub goes first', async () => {
  const dir = await opened.folder();
  const hub = await opened.hub(dir);
  const local = await challenged(hub, hub.token);
  expect(local.challenge).toMatchObject({ version: 4, min: 3, max: 4, proof: local.proof('hub') });
  expect(local.raw.heard).toHaveLength(1);
  local.prove();
  expect(await local.raw.hear('welcome')).toMatchObject({ version: 4, you: { name: 'ana', observer: false } });

  // The invitation of this very second.
  const token = await createInvite(dir, { name: 'ben', observer: true, expiresAt: null });
  const ben = await challenged(hub, token, 'ben');
  expect(ben.challenge.proof).toBe(ben.proof('hub'));
  ben.prove();
  expect(await ben.raw.hear('welcome')).toMatchObject({ you: { name: 'ben', observer: true } });
  const eve = await challenged(hub, token, 'eve');
  eve.prove();
  expect(await eve.raw.closed).toEqual({ code: 4403, reason: "this token is ben's" });
});

test('proofs that are reflected, replayed, guessed or out of turn let nobody in', async () => {
  const hub = await opened.hub(await opened.folder());
  const good = await challenged(hub, hub.token);
  good.prove();
  await good.raw.hear('welcome');

  const hello = helloOf(hub.token, 'ana');
  const first = await challenged(hub, hub.token, 'ana', hello);
  first.prove(first.challenge.proof);
  expect(await first.raw.closed).toMatchObject({ code: 4401 });
  // The same hello once more: the hub's nonce is another, and the proof of then proves nothing now.
  const again = await challenged(hub, hub.token, 'ana', hello);
  expect(again.challenge.nonce).not.toBe(first.challenge.nonce);
  again.prove(first.proof('console'));
  expect(await again.raw.closed).toMatchObject({ code: 4401 });
  const guessed = await challenged(hub, hub.token);
  guessed.prove('0'.repeat(64));
  expect(await guessed.raw.closed).toMatchObject({ code: 4401 });

  const proof = { type: 'proof', proof: good.proof('console') };
  const twice = await challenged(hub, hub.token);
  twice.raw.say(helloOf(hub.token, 'ana'));
  expect(await twice.raw.closed).toMatchObject({ code: 4400 });
  good.raw.say(proof);
  expect(await good.raw.closed).toMatchObject({ code: 4400 });
  for (const words of [proof, { ...hello, auth: undefined }, { ...hello, auth: { ...hello.auth, nonce: 'short' } }]) {
    const raw = new Raw(hub);
    await raw.opened;
    raw.say(words);
    expect(await raw.closed).toMatchObject({ code: 4400 });
  }
  await until('nobody is in', () => hub.stats().connections === 0);
});

test('who has no token does not learn which keys are known', async () => {
  const dir = await opened.folder();
  const hub = await opened.hub(dir);
  await createInvite(dir, { name: 'ben', observer: false, expiresAt: '2020-01-01T00:00:00.000Z' });
  const known = await challenged(hub, hub.token);
  const unknown = await challenged(hub, 'x'.repeat(43));
  expect(Object.keys(unknown.challenge)).toEqual(Object.keys(known.challenge));
  expect(unknown.challenge.proof).not.toBe(unknown.proof('hub'));
  known.prove('0'.repeat(64));
  unknown.prove();
  expect(await unknown.raw.closed).toEqual(await known.raw.closed);
});

test('an invitation that ended says so to who holds it', async () => {
  const dir = await opened.folder();
  const hub = await opened.hub(dir);
  const late = await createInvite(dir, { name: 'eve', observer: false, expiresAt: '2020-01-01T00:00:00.000Z' });
  const eve = await opened.client({ url: hub.url, token: late }, 'eve');
  await until('eve is told', () => eve.view.link.state === 'refused');
  expect(eve.view.link.reason).toBe('your invitation has expired: ask for a new one');
  const token = await createInvite(dir, { name: 'ben', observer: false, expiresAt: null });
  const ben = await challenged(hub, token, 'ben');
  await revoke(dir, 'ben');
  // The hub looks at the file for the next one who comes.
  await challenged(hub, hub.token);
  ben.prove();
  expect(await ben.raw.closed).toEqual({ code: 4401, reason: 'your invitation was revoked' });
  const gone = await opened.client({ url: hub.url, token }, 'ben');
  await until('ben is told', () => gone.view.link.state === 'refused');
  expect(gone.view.link.reason).toMatch(/does not know this token .*revoked.*the token was not sent/);
});

test.each([
  ['hello', { name: 'eve' }],
  ['hello', { client: 'another' }],
  ['hello', { version: 3, min: 3 }],
  ['challenge', { max: 3 }],
  ['challenge', { nonce: 'ab'.repeat(32) }],
])('a %s that was altered on the way to %j ends the line', async (type, change) => {
  const hub = await opened.hub(await opened.folder());
  const proxy = await frameProxy(hub.url);
  opened.later(() => proxy.close());
  const alter = (message: Record<string, unknown>) => (message['type'] === type ? { ...message, ...change } : message);
  Object.assign(proxy, { toHub: alter, toConsole: alter });
  const ana = await opened.client({ url: proxy.url, token: hub.token }, 'ana');
  await until('ana is told', () => ana.view.link.state === 'refused');
  expect(ana.view.link.reason).toMatch(/the token was not sent/);
  await until('nobody is in', () => hub.stats().connections === 0);
});

test('neither the token nor its hash is on the line, and an older console still comes with its token', async () => {
  const hub = await opened.hub(await opened.folder());
  const proxy = await frameProxy(hub.url);
  opened.later(() => proxy.close());
  let line = '';
  const note = (message: Record<string, unknown>) => {
    line += JSON.stringify(message);
    return message;
  };
  Object.assign(proxy, { toHub: note, toConsole: note });
  const ana = await opened.client({ url: proxy.url, token: hub.token }, 'ana');
  await ask(ana, { kind: 'note', text: 'all is said' }, await declare(ana));
  expect(line).toContain('all is said');
  for (const form of ['hex', 'base64', 'base64url'] as const)
    expect(line).not.toContain(hashOf(hub.token).toString(form));
  expect(line).not.toContain(hub.token);
  expect(await (await Raw.hello(hub, { name: 'old' })).hear('welcome')).toMatchObject({ version: 3 });
});
