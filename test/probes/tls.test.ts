/** Certificates on both sides: chains with more in them than is needed, and servers that want to see ours. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { endSupervisor, freePort, privatePostgres, privateRedis } from '../services/services.ts';
import { ask, target, value, word } from './ask.ts';
import { listen, type Peer } from './peers.ts';

const DAY = 86_400_000;
const peers: Peer[] = [];
let dir: string;
let authority: Made;
let server: Made;
let client: Made;
/** Files of what is made above, for settings. */
let files: { ca: string; cert: string; key: string };

beforeAll(async () => {
  dir = await mkdtemp(path.join(os.tmpdir(), 'warroom-tls-'));
  authority = await made('our authority', { days: 300 });
  server = await made('localhost', { by: authority, days: 30 });
  client = await made('warroom', { by: authority, days: 30 });
  files = {
    ca: await file('ca.pem', authority.cert),
    cert: await file('client.crt', client.cert),
    key: await file('client.key', client.key),
  };
});
afterAll(async () => {
  await Promise.all(peers.map((peer) => peer.close()));
  await endSupervisor();
  await rm(dir, { recursive: true });
});

interface Made {
  readonly name: string;
  readonly key: string;
  readonly publicKey: string;
  readonly cert: string;
}
/** A certificate for `name`, signed by `by`, itself unless given; `of`: for the key of that one. It ends in `days`. */
async function made(name: string, options: { by?: Made; of?: Made; days: number }): Promise<Made> {
  const { by, of, days } = options;
  const isAuthority = by === undefined || of !== undefined;
  const end = Date.now() + days * DAY;
  const pems = await generate([{ name: 'commonName', value: name }], {
    algorithm: 'sha256',
    keySize: 2048,
    notBeforeDate: new Date(Math.min(Date.now(), end) - 400 * DAY),
    notAfterDate: new Date(end),
    extensions: isAuthority
      ? [{ name: 'basicConstraints', cA: true }]
      : [{ name: 'subjectAltName', altNames: [{ type: 2, value: name }] }],
    ...(by !== undefined && { ca: { key: by.key, cert: by.cert } }),
    ...(of !== undefined && { keyPair: { privateKey: of.key, publicKey: of.publicKey } }),
  });
  return { name, key: pems.private, publicKey: pems.public, cert: pems.cert };
}

async function file(name: string, text: string): Promise<string> {
  await writeFile(path.join(dir, name), text, { mode: 0o600 });
  return path.join(dir, name);
}

async function secure(options: https.ServerOptions): Promise<{ readonly url: string; readonly server: https.Server }> {
  const made = https.createServer(options, (_, response) => response.end('ok'));
  const peer = await listen(made as unknown as Parameters<typeof listen>[0], 'localhost');
  peers.push(peer);
  return { url: `https://localhost:${peer.port}/`, server: made };
}
const WANTED = 'the server wants a client certificate: give it as cert: and key:';
const daysLeft = (expiry: number | undefined): number => Math.round(((expiry ?? 0) * 1000 - Date.now()) / DAY);

test('a chain that also carries an expired root: the earliest end is of the chain that is trusted', async () => {
  const root = await made('our root', { days: 300 });
  const old = await made('an old root', { days: -10 });
  // The same key, certified by the root that has expired: clients from before the new root was known needed it.
  const cross = await made('our root', { by: old, of: root, days: 5 });
  const leaf = await made('localhost', { by: root, days: 60 });
  const { url } = await secure({ key: leaf.key, cert: [leaf, cross, old].map(({ cert }) => cert).join('\n') });
  const ca = await file('root.pem', root.cert);
  const reading = await ask('http', { url, ca });
  expect(word(reading)).toBe('up');
  expect(daysLeft(value(reading, 'probe_ssl_earliest_cert_expiry'))).toBe(60);
  // Who does not know the new root sees the chain as it was sent.
  const unknown = await ask('http', { url });
  expect(unknown.error?.class).toMatch(/^tls/);
  expect(daysLeft(value(unknown, 'probe_ssl_earliest_cert_expiry'))).toBe(-10);
});

test('HTTPS and WebSockets that want a certificate: with it they are up, without it that is said', async () => {
  const wanting = { requestCert: true, rejectUnauthorized: true, ca: authority.cert };
  const { url, server: web } = await secure({ key: server.key, cert: server.cert, ...wanting });
  const sockets = new WebSocketServer({ server: web });
  const socket = url.replace('https:', 'wss:');
  expect(word(await ask('http', { url, ...files }))).toBe('up');
  expect(word(await ask('websocket', { url: socket, ...files }))).toBe('up');
  const { ca } = files;
  for (const without of [await ask('http', { url, ca }), await ask('websocket', { url: socket, ca })])
    expect(without.error).toMatchObject({ class: 'tls', message: WANTED });
  sockets.close();
});

test('Redis that wants a certificate', async () => {
  const port = await freePort();
  const own = { key: await file('server.key', server.key), cert: await file('server.crt', server.cert) };
  const args = ['--tls-port', `${port}`, '--tls-cert-file', own.cert, '--tls-key-file', own.key];
  await privateRedis({ args: [...args, '--tls-ca-cert-file', files.ca, '--tls-auth-clients', 'yes'] });
  const url = `rediss://localhost:${port}`;
  expect(word(await ask('redis', { url, ...files }))).toBe('up');
  expect((await ask('redis', { url, ca: files.ca })).error).toMatchObject({ class: 'tls', message: WANTED });
  const stranger = await made('stranger', { days: 30 });
  const theirs = { cert: await file('their.crt', stranger.cert), key: await file('their.key', stranger.key) };
  const refused = await ask('redis', { url, ca: files.ca, ...theirs });
  expect(refused.error).toMatchObject({ class: 'tls', message: 'the server does not accept our client certificate' });
});

test('PostgreSQL that wants a certificate, given in settings or in the URL', async () => {
  const { url } = await privatePostgres({
    settings: { ssl: 'on', ssl_ca_file: 'root.crt', listen_addresses: 'localhost' },
    files: {
      'server.crt': server.cert,
      'server.key': server.key,
      'root.crt': authority.cert,
      'pg_hba.conf': 'hostssl all all localhost cert map=any\n',
      'pg_ident.conf': 'any /^.*$ warroom\n',
    },
  });
  const at = url.replace('127.0.0.1', 'localhost');
  expect(word(await ask('postgres', { url: at, ...files }))).toBe('up');
  const query = `sslmode=verify-full&sslrootcert=${files.ca}&sslcert=${files.cert}&sslkey=${files.key}`;
  expect(word(await ask('postgres', { url: `${at}?${query}` }))).toBe('up');
  const without = await ask('postgres', { url: at, ca: files.ca });
  expect(without.error?.message).toContain('client certificate');
  const missing = await ask('postgres', { url: `${at}?sslmode=verify-full&sslrootcert=/nowhere/root.crt` });
  expect(missing.error).toMatchObject({ class: 'config', message: 'cannot read the ca file /nowhere/root.crt' });
});

test('a certificate without its key is a fault of the configuration', async () => {
  for (const kind of ['http', 'redis', 'postgres', 'websocket'])
    for (const given of [{ cert: 'a.pem' }, { key: 'a.pem' }]) {
      const url = { http: 'https://a/', redis: 'rediss://a', postgres: 'postgres://a', websocket: 'wss://a/' }[kind];
      await expect(target('x', kind, { url, ...given })).rejects.toThrow('needs both cert: and key:');
    }
});
