/** E-mail, against a real SMTP server with STARTTLS and a login, and what it took as a mail reader understands it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import smtp from '../../src/delivery/receivers/smtp.ts';
import type { Outcome } from '../../src/delivery/receiver.ts';
import { SettingsReader } from '../../src/probes/settings-reader.ts';
import { certificate, listen, tcp, type Certificate, type Peer } from '../probes/peers.ts';
import { settingsOf } from './contract.ts';
import { HOSTILE, hostile, message, messages, SECRET, sendContext } from './messages.ts';

interface Taken {
  readonly from: string;
  readonly to: readonly string[];
  readonly mail: Email;
}
const dir = mkdtempSync(path.join(os.tmpdir(), 'warroom-smtp-'));
const servers: SMTPServer[] = [];
const peers: Peer[] = [];
const taken: Taken[] = [];
let own: Certificate;
let sink: number;
/** What the next messages meet, one each: a refusal after their text, a cut, silence; then all is well. */
let afterData: (Error | 'cut' | 'hang')[] = [];
/** Called when silence begins. */
let onHang = (): void => {};
/** By recipient: the refusal. */
let refusals: Record<string, Error> = {};

const code = (responseCode: number, words: string): Error => Object.assign(new Error(words), { responseCode });

async function listening(options: SMTPServerOptions = {}): Promise<number> {
  const server = new SMTPServer({
    ...own,
    disableReverseLookup: true,
    authMethods: ['PLAIN', 'LOGIN'],
    onAuth: ({ username, password }, _, done) =>
      username === 'warroom' && password === SECRET ? done(null, { user: username }) : done(code(535, 'no')),
    onRcptTo: ({ address }, _, done) => done(refusals[address]),
    onData(stream, session, done) {
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('end', async () => {
        const behaviour = afterData.shift();
        if (behaviour === 'hang') return onHang();
        if (behaviour === 'cut') return server.connections.forEach((connection) => connection.close());
        if (behaviour !== undefined) return done(behaviour);
        const { mailFrom, rcptTo } = session.envelope;
        const to = rcptTo.map(({ address }) => address);
        taken.push({ from: mailFrom ? mailFrom.address : '', to, mail: await PostalMime.parse(Buffer.concat(parts)) });
        done();
      });
    },
    ...options,
  });
  server.on('error', () => {});
  servers.push(server);
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return (server.server.address() as net.AddressInfo).port;
}

beforeAll(async () => {
  own = await certificate('localhost');
  writeFileSync(path.join(dir, 'ca.pem'), own.cert);
  sink = await listening();
});
beforeEach(() => {
  taken.length = 0;
  afterData = [];
  refusals = {};
  onHang = () => {};
});
afterAll(async () => {
  await Promise.all([
    ...servers.map((server) => new Promise<void>((done) => server.close(done))),
    ...peers.map((peer) => peer.close()),
  ]);
  rmSync(dir, { recursive: true });
});

const OURS = { host: 'localhost', from: 'warroom@example.org', username: 'warroom', password: SECRET };
const settings = (change: Record<string, unknown> = {}) =>
  settingsOf(smtp, { ...OURS, port: sink, ca: path.join(dir, 'ca.pem'), to: ['team@example.org'], ...change });
const header = ({ headers }: Email, key: string): string | undefined => headers.find((one) => one.key === key)?.value;
const errorOf = (outcome: Outcome): string => {
  expect(JSON.stringify(outcome)).not.toContain(SECRET);
  return outcome.state === 'delivered' ? '' : outcome.error;
};

test('a page is a mail to who is called and one to the team, each its own; only the first can acknowledge', async () => {
  expect(await smtp.send(settings(), message('page'), sendContext())).toEqual({ state: 'delivered' });
  expect(taken.map(({ from, to }) => [from, to])).toEqual([
    ['warroom@example.org', ['ana@example.org']],
    ['warroom@example.org', ['team@example.org']],
  ]);
  const [called, team] = taken.map(({ mail }) => mail);
  expect(called).toMatchObject({
    from: { name: 'warroom', address: 'warroom@example.org' },
    to: [{ name: '', address: 'ana@example.org' }],
    subject: 'PAGE L1: SEV-1 Checkout is down',
  });
  // In the form of RFC 5322: filters for spam distrust any other.
  expect(header(called!, 'date')).toBe('Fri, 27 Nov 2026 02:59:30 +0000');
  expect(called?.text?.trim().split('\n')).toEqual([
    'what was said of page',
    '',
    'Incident: SEV-1 Checkout is down · investigating',
    'Called: L1 ana',
    'By ana at 2026-11-27T02:59:30.000Z',
    'Acknowledge on the page behind https://hub.example.org/v1/ack/token-of-ana',
    'In warroom: https://hub.example.org/#inc-20261127-0259-checkout',
  ]);
  expect(team?.text).toContain('Called: L1 ana');
  expect(team?.text).not.toContain('/v1/ack/');
  expect(called?.messageId).toMatch(/^<01KB0M3T5V7X9ZBDFHJKMNPQRS\.[0-9a-f]{16}@example\.org>$/);
  expect(team?.messageId).not.toBe(called?.messageId);
  expect([header(called!, 'auto-submitted'), header(called!, 'importance')]).toEqual(['auto-generated', 'high']);
  expect(header(called!, 'date')).toBe('Fri, 27 Nov 2026 02:59:30 +0000');
  // One thread in a mail reader, from the first to the last.
  await smtp.send(settings(), message('resolved', { id: 'another' }), sendContext());
  expect(taken[2]?.mail.subject).toBe('RESOLVED: SEV-1 Checkout is down');
  expect(taken[2]?.mail.inReplyTo).toBe(called?.inReplyTo);
  expect(called?.references).toBe(called?.inReplyTo);
});

test('every message, hostile or not, is one mail to the recipient and nobody else', async () => {
  const given = settings();
  const all = messages(['declared', 'resolved']);
  for (const [index, one] of all.entries()) {
    const id = `${one.id}.${index}`;
    expect(await smtp.send(given, { ...one, id }, sendContext())).toEqual({ state: 'delivered' });
  }
  expect(taken.length).toBe(all.length);
  for (const { to, mail } of taken) {
    expect(to).toEqual(['team@example.org']);
    expect([mail.to?.length, mail.cc, mail.bcc, mail.attachments]).toEqual([1, undefined, undefined, []]);
    expect(mail.subject?.length).toBeLessThanOrEqual(250);
  }
  const text = taken.map(({ mail }) => mail.text).find((one) => one?.includes('🙂'));
  expect(text).toContain('Bcc: evil@example.org');
  expect(text?.length).toBeLessThan(HOSTILE.length);
});

test('an address that is none reaches nobody', async () => {
  const evil = hostile('page');
  const page = evil.page && { ...evil.page, email: 'ana@x>\r\nRCPT TO:<evil@y' };
  const outcome = await smtp.send(settings({ to: [] }), { ...evil, page }, sendContext());
  expect(outcome.state).toBe('failed');
  expect(taken).toEqual([]);
  const nobody = await smtp.send(settings({ to: [] }), message('status'), sendContext());
  expect(errorOf(nobody)).toBe('nobody to write to: give to:, or e-mail: of whoever is called in oncall.yaml');
});

test('one of three is refused, one has to wait: who has it is not written to again', async () => {
  const given = settings({ to: ['a@example.org', 'b@example.org', 'c@example.org'] });
  refusals = { 'a@example.org': code(550, '5.1.1 no such user'), 'b@example.org': code(451, '4.7.1 greylisted') };
  const one = message('status');
  const first = await smtp.send(given, one, sendContext());
  expect(first.state).toBe('retry');
  expect(errorOf(first)).toBe(
    'a@example.org: the server answered 550 5.1.1 no such user; b@example.org: the server answered 451 4.7.1 greylisted',
  );
  refusals = { 'a@example.org': code(550, 'never asked again') };
  const note = 'not to a@example.org: the server answered 550 5.1.1 no such user';
  expect(await smtp.send(given, one, sendContext())).toEqual({ state: 'delivered', note });
  expect(taken.map(({ to }) => to)).toEqual([['c@example.org'], ['b@example.org']]);
});

test.each([
  ['a cut', 'cut', 'in_doubt', 'the connection was lost'],
  ['silence', 'hang', 'in_doubt', 'no answer within 0.8 s'],
  ['452', code(452, '4.3.1 full'), 'retry', 'the server answered 452 4.3.1 full'],
  ['554', code(554, '5.7.1 spam'), 'failed', 'the server answered 554 5.7.1 spam'],
] as const)('%s after the text; sent again it has the same Message-ID', async (_, behaviour, state, words) => {
  const given = settings({ timeout: '800ms' });
  const one = message('declared');
  afterData = [behaviour];
  const first = await smtp.send(given, one, sendContext());
  expect(first.state).toBe(state);
  expect(errorOf(first)).toContain(words);
  if (state === 'failed') {
    // A person may ask for it again.
    expect(await smtp.send(given, one, sendContext())).toEqual({ state: 'delivered' });
    return;
  }
  const isDoubted = state === 'in_doubt';
  const again = await smtp.send(given, { ...one, again: isDoubted }, sendContext());
  expect(again).toEqual({ state: 'delivered', ...(isDoubted && { note: 'sent at least once' }) });
  const direct = await smtp.send(settings(), one, sendContext());
  expect(direct.state).toBe('delivered');
  expect(new Set(taken.map(({ mail }) => mail.messageId)).size).toBe(1);
  expect(taken.length).toBe(2);
});

test('before the text nothing has left: the network, TLS, the login', async () => {
  const other = await certificate('mail.example.org');
  writeFileSync(path.join(dir, 'other.pem'), other.cert);
  const silent = await tcp();
  const garbage = await tcp((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  const full = await tcp((socket) => socket.end('421 4.3.2 too busy\r\n'));
  const gone = await listen((await import('node:net')).createServer());
  await gone.close();
  peers.push(silent, garbage, full);
  const plain = await listening({ disabledCommands: ['STARTTLS'] });
  const foreign = await listening({ ...other });
  const ca = path.join(dir, 'ca.pem');
  const untrusted = 'the certificate is not from a known authority: give that of your own as ca:';
  const cases: readonly (readonly [Record<string, unknown>, Outcome['state'], string, 'answers'?])[] = [
    [{ port: gone.port }, 'retry', 'connection refused'],
    [{ host: 'warroom.invalid' }, 'retry', 'the name does not resolve'],
    [{ port: silent.port }, 'retry', 'no answer within 0.8 s'],
    [{ port: silent.port, tls: 'implicit' }, 'retry', 'no answer within 0.8 s'],
    [{ port: garbage.port }, 'retry', ''],
    [{ port: full.port }, 'retry', 'the server answered 421 4.3.2 too busy', 'answers'],
    [{ port: plain }, 'retry', 'the server does not offer STARTTLS: tls: implicit?'],
    [{ tls: 'implicit' }, 'retry', 'the TLS handshake failed: starttls or implicit?'],
    [{ ca: undefined }, 'retry', untrusted],
    [{ port: foreign, ca: path.join(dir, 'other.pem') }, 'retry', 'the certificate is for another host'],
    [{ ca, password: `not ${SECRET}` }, 'failed', 'the server answered 535, does not accept the name or password'],
    [{ ca, username: undefined, password: undefined }, 'failed', 'the server answered 530'],
  ];
  for (const [change, state, words, answers] of cases) {
    // Two recipients: a server that is down is not asked a second time.
    const given = settings({ timeout: '800ms', to: ['a@example.org', 'b@example.org'], ...change });
    const outcome = await smtp.send(given, message('status'), sendContext());
    expect([change, outcome.state]).toEqual([change, state]);
    expect(errorOf(outcome)).toContain(words);
    if (state === 'retry' && answers === undefined) expect(errorOf(outcome)).not.toContain('b@example.org');
  }
  expect(taken).toEqual([]);
  expect(cases.length).toBe(12);
});

test('the end of the hub ends a mail: before it has left, and after', async () => {
  const ends = new AbortController();
  afterData = ['hang'];
  onHang = () => ends.abort();
  const sent = await smtp.send(settings(), message('status'), sendContext({ signal: ends.signal }));
  expect(sent.state).toBe('in_doubt');
  expect((await smtp.send(settings(), message('status'), sendContext({ signal: ends.signal }))).state).toBe('retry');
});

test('without STARTTLS and login on this machine', async () => {
  const port = await listening({ authOptional: true, disabledCommands: ['STARTTLS', 'AUTH'] });
  const given = settings({ port, tls: 'none', ca: undefined, username: undefined, password: undefined });
  expect((await smtp.send(given, message('status'), sendContext())).state).toBe('delivered');
  expect(taken.length).toBe(1);
});

test('the keys of receivers.yaml', () => {
  const faults = (raw: Record<string, unknown>): readonly string[] => {
    const read = new SettingsReader(raw);
    smtp.read(read);
    return read.faults.map(({ message: words }) => words);
  };
  expect(faults({ ...OURS, to: 'ops@example.org', tls: 'implicit', port: 2465 })).toEqual([]);
  expect(
    faults({ from: 'Ana <ana@example.org>', to: ['ops', 'a@x>\r\nRCPT TO:<evil@y'], tls: 'yes', username: 'u' }),
  ).toEqual([
    '"host" is missing',
    'tls must be one of starttls, implicit, none',
    'username and password go together',
    'from must be an address, such as warroom@example.org',
    'to must be a list of addresses, such as ops@example.org',
    'to must be a list of addresses, such as ops@example.org',
  ]);
  // A resolver may ask others for a name under localhost.
  for (const host of ['mail.example.org', 'mail.localhost'])
    expect(faults({ ...OURS, host, tls: 'none' })).toEqual(['tls: none is for a server on this machine only']);
});
