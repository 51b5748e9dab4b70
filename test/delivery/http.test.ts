/** What leaves over HTTP, against servers and proxies that behave and misbehave: what had left, and what is told of it. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { built } from '../support/built.ts';
import { readConnection, readHttpUrl } from '../../src/delivery/connection-settings.ts';
import {
  ANSWER_MAX,
  requestOnce,
  outcomeOf,
  type HttpResponse,
  type HttpRequest,
  type Lost,
} from '../../src/delivery/http.ts';
import { SettingsReader } from '../../src/probes/settings-reader.ts';
import { certificate, listen, secureWeb, tcp, web, type Certificate, type Peer } from '../probes/peers.ts';
import { connectProxy } from './connect-proxy.ts';

const PROXY_NAMES = ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY', 'https_proxy', 'http_proxy', 'no_proxy'];
const dir = mkdtempSync(path.join(os.tmpdir(), 'warroom-delivery-'));
const peers: Peer[] = [];
let outside: Certificate;

/** Closed when the file is done. */
const opened = async <P extends Peer>(peer: Promise<P>): Promise<P> => {
  peers.push(await peer);
  return peer;
};

beforeAll(async () => {
  for (const name of PROXY_NAMES) delete process.env[name];
  outside = await certificate('api.example.org');
});
afterEach(() => {
  for (const name of PROXY_NAMES) delete process.env[name];
});
afterAll(async () => {
  await Promise.all(peers.map((peer) => peer.close()));
  rmSync(dir, { recursive: true });
});

const send = (request: Partial<HttpRequest> & { url: string }, signal = new AbortController().signal) =>
  requestOnce(
    { ca: null, timeoutMs: 20_000, body: '{}', ...request },
    { signal, now: Date.parse('2026-11-27T03:00:00Z') },
  );
const answered = (reply: HttpResponse | Lost): HttpResponse => {
  if (reply.state !== 'answered') throw new Error(`no answer: ${reply.error}`);
  return reply;
};
const at = (peer: Peer, place = '/'): string => `http://127.0.0.1:${peer.port}${place}`;

test('a request arrives as it was written, and its answer comes back', async () => {
  const seen: unknown[] = [];
  const peer = await opened(
    web(async (request, response) => {
      seen.push([request.method, request.url, request.headers['x-key'], (await request.toArray()).join('')]);
      response.writeHead(202, { 'retry-after': '7' }).end('{"ok":true}');
    }),
  );
  const reply = await send({ url: at(peer, '/a?b=c'), method: 'PATCH', headers: { 'x-key': 'k' }, body: '{"é":1}' });
  expect(seen).toEqual([['PATCH', '/a?b=c', 'k', '{"é":1}']]);
  expect(reply).toEqual({
    state: 'answered',
    host: `127.0.0.1:${peer.port}`,
    status: 202,
    body: '{"ok":true}',
    whole: true,
    retryAfterMs: 7000,
    redirect: null,
  });
});

test('IPv6 loopback and names of this machine never go through a proxy', async () => {
  const answer: http.RequestListener = (_, response) => void response.end('here');
  const six = await opened(listen(http.createServer(answer), '::1'));
  const four = await opened(web(answer));
  const proxy = await opened(connectProxy(four.port));
  process.env['HTTPS_PROXY'] = process.env['HTTP_PROXY'] = at(proxy);
  for (const url of [`http://[::1]:${six.port}/`, at(four), `http://localhost:${four.port}/`])
    expect(answered(await send({ url })).body).toBe('here');
  expect(proxy.asked).toEqual([]);
});

test('everything else goes through the proxy of the environment, with its password, but for NO_PROXY', async () => {
  const server = await opened(secureWeb(outside, (request, response) => void response.end(request.headers.host)));
  const proxy = await opened(connectProxy(server.port));
  const url = 'https://api.example.org/v2';
  process.env['HTTPS_PROXY'] = at(proxy).replace('//', '//us%40er:pa%2Fss@');
  expect(answered(await send({ url, ca: outside.cert })).body).toBe('api.example.org');
  const basic = Buffer.from('us@er:pa/ss').toString('base64');
  expect(proxy.asked).toEqual([{ target: 'api.example.org:443', authorization: `Basic ${basic}` }]);
  // Not reachable without the proxy: the name does not resolve here.
  process.env['NO_PROXY'] = '.example.org';
  expect(await send({ url, ca: outside.cert })).toMatchObject({ state: 'retry' });
  expect(proxy.asked).toHaveLength(1);
});

test.each([
  ['407', 'the proxy refused with 407'],
  ['502', 'the proxy refused with 502'],
  ['close', 'the proxy closed the connection'],
  ['hang', 'no connection within 1 s'],
] as const)('a proxy that answers %s: nothing has left', async (answer, words) => {
  const proxy = await opened(connectProxy(0, answer));
  process.env['HTTPS_PROXY'] = at(proxy).replace('//', '//user:secret@');
  const reply = await send({ url: 'https://api.example.org/secret', timeoutMs: 1_000 });
  expect(reply).toEqual({ state: 'retry', error: `api.example.org: ${words}` });
  expect(proxy.asked.length).toBe(1);
});

test('a proxy that is down or no URL is named', async () => {
  const proxy = await connectProxy(0);
  await proxy.close();
  process.env['HTTPS_PROXY'] = at(proxy);
  const refused = { state: 'retry', error: `api.example.org: connection refused by 127.0.0.1:${proxy.port}` };
  expect(await send({ url: 'https://api.example.org/' })).toEqual(refused);
  process.env['HTTPS_PROXY'] = 'user:secret';
  const error = 'api.example.org: HTTPS_PROXY or HTTP_PROXY is not the URL of a proxy';
  expect(await send({ url: 'https://api.example.org/' })).toEqual({ state: 'retry', error });
});

test('TLS: our own authority, an unknown one, the certificate of another host, none at all', async () => {
  const local = await certificate('localhost');
  let requests = 0;
  const answer: http.RequestListener = (_, response) => void response.end(String((requests += 1)));
  const good = await opened(secureWeb(local, answer));
  const other = await opened(secureWeb(outside, answer));
  const plain = await opened(web(answer));
  const url = (peer: Peer): string => `https://localhost:${peer.port}/secret`;
  expect(answered(await send({ url: url(good), ca: local.cert })).status).toBe(200);
  const cases = [
    [good, null, 'the certificate is not from a known authority: give that of your own as ca:'],
    [other, outside.cert, 'the certificate is for another host'],
    [plain, null, 'the TLS handshake failed: is that a TLS port?'],
  ] as const;
  for (const [peer, ca, words] of cases)
    expect(await send({ url: url(peer), ca })).toEqual({ state: 'retry', error: `localhost:${peer.port}: ${words}` });
  expect(requests).toBe(1);
});

test('refused, a name that does not exist: nothing has left', async () => {
  const gone = await tcp();
  await gone.close();
  const error = `127.0.0.1:${gone.port}: connection refused by 127.0.0.1:${gone.port}`;
  expect(await send({ url: at(gone) })).toEqual({ state: 'retry', error });
  const nowhere = await send({ url: 'https://warroom.invalid/secret' });
  expect(nowhere).toMatchObject({ state: 'retry', error: expect.stringMatching(/^warroom\.invalid: the name/) });
});

test('a redirect is not followed, and its path is not told', async () => {
  let requests = 0;
  const peer = await opened(
    web((_, response) => {
      requests += 1;
      response.writeHead(307, { location: '/secret/again' }).end();
    }),
  );
  const reply = answered(await send({ url: at(peer) }));
  const host = `127.0.0.1:${peer.port}`;
  expect(outcomeOf(reply)).toEqual({ state: 'failed', error: `${host} answered 307: it redirects to http://${host}` });
  expect(requests).toBe(1);
});

const inDoubt: readonly (readonly [string, string, (socket: net.Socket) => void])[] = [
  ['hangs', 'no answer within 1 s', () => {}],
  ['cuts the connection', 'the connection was lost', (socket) => socket.destroy()],
  ['resets the connection', 'the connection was lost', (socket) => socket.resetAndDestroy()],
  ['answers garbage', 'the answer is not HTTP', (socket) => socket.end('hello there\r\n\r\n')],
  ['answers half a head', 'the connection was lost', (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-')],
];
test.each(inDoubt)('a server that %s after the request: in doubt, and asked once only', async (_, words, answer) => {
  let requests = 0;
  const peer = await opened(
    tcp((socket) =>
      socket.once('data', () => {
        requests += 1;
        answer(socket);
      }),
    ),
  );
  const reply = await send({ url: at(peer), timeoutMs: 1_000 });
  expect(reply).toEqual({ state: 'in_doubt', error: `127.0.0.1:${peer.port}: ${words}` });
  expect(requests).toBe(1);
});

test('the status counts even if the body is cut, endless, or comes in drops', async () => {
  const head = 'HTTP/1.1 202 Accepted\r\ncontent-length: 10000000\r\n\r\n';
  const cut = await opened(tcp((socket) => socket.once('data', () => socket.end(`${head}{"half":`))));
  expect(await send({ url: at(cut) })).toMatchObject({ status: 202, body: '{"half":', whole: false });
  let written = 0;
  const huge = await opened(
    tcp((socket) =>
      socket.once('data', () => {
        socket.write(head);
        const more = (): void => {
          written += 20_000;
          socket.write('x'.repeat(20_000), () => !socket.destroyed && more());
        };
        more();
      }),
    ),
  );
  const reply = answered(await send({ url: at(huge) }));
  expect(reply).toMatchObject({ status: 202, whole: false });
  expect(reply.body.length).toBe(ANSWER_MAX);
  expect(written).toBeLessThan(8_000_000);
  const drops = await opened(
    tcp((socket) =>
      socket.once('data', () => {
        socket.write(head);
        const timer = setInterval(() => socket.write('x'), 50);
        socket.on('close', () => clearInterval(timer));
      }),
    ),
  );
  expect(await send({ url: at(drops), timeoutMs: 300 })).toMatchObject({ status: 202, whole: false });
});

test('the end of the hub ends a request: before it has left, and after', async () => {
  const ends = new AbortController();
  const peer = await opened(tcp((socket) => socket.once('data', () => ends.abort())));
  const host = `127.0.0.1:${peer.port}`;
  const error = `${host}: the hub ended before the answer`;
  expect(await send({ url: at(peer) }, ends.signal)).toEqual({ state: 'in_doubt', error });
  expect(await send({ url: at(peer) }, ends.signal)).toEqual({ state: 'retry', error });
});

test.each([
  [200, 'delivered'],
  [202, 'delivered'],
  [400, 'failed'],
  [401, 'failed'],
  [404, 'failed'],
  [408, 'retry'],
  [420, 'retry'],
  [425, 'retry'],
  [429, 'retry'],
  [500, 'retry'],
  [503, 'retry'],
  [504, 'in_doubt'],
])('%i is %s', async (status, state) => {
  const peer = await opened(web((_, response) => void response.writeHead(status).end()));
  expect(outcomeOf(answered(await send({ url: at(peer) }))).state).toBe(state);
});

test.each([
  ['2', 2_000],
  ['Fri, 27 Nov 2026 03:00:30 GMT', 30_000],
  ['Fri, 27 Nov 2026 02:00:00 GMT', 0],
  ['86400', 3_600_000],
  ['9'.repeat(400), 3_600_000],
  ['soon', null],
])('Retry-After: %s', async (value, ms) => {
  const peer = await opened(web((_, response) => void response.writeHead(429, { 'retry-after': value }).end()));
  const reply = answered(await send({ url: at(peer) }));
  expect(reply.retryAfterMs).toBe(ms);
  expect(outcomeOf(reply)).toMatchObject({ state: 'retry', ...(ms !== null && { afterMs: ms }) });
});

test('the keys: a ca file that is missing or none, plain http elsewhere, no URL', () => {
  const faults = (raw: Record<string, unknown>): readonly string[] => {
    const read = new SettingsReader(raw);
    readConnection(read);
    readHttpUrl(read, 'url');
    return read.faults.map(({ message }) => message);
  };
  const file = path.join(dir, 'ca.pem');
  writeFileSync(file, outside.cert);
  expect(faults({ url: 'https://api.example.org/x', ca: file, timeout: '3s' })).toEqual([]);
  expect(faults({ url: 'http://[::1]:9/x' })).toEqual([]);
  writeFileSync(path.join(dir, 'no.pem'), 'no');
  expect(faults({ url: 'https://a.b', ca: path.join(dir, 'no.pem') })).toEqual([
    'ca must be a file with certificates in PEM',
  ]);
  expect(faults({ ca: '/nowhere.pem', timeout: 'long' })).toEqual([
    'cannot read the ca file /nowhere.pem',
    'timeout must be a duration such as 500ms, 3s or 1m30s',
    '"url" is missing',
  ]);
  expect(faults({ url: 'http://api.example.org/secret' })).toEqual([
    'url must begin with https://: http:// is for this machine only',
  ]);
});

test('NODE_EXTRA_CA_CERTS adds an authority for all receivers', async () => {
  const local = await certificate('localhost');
  const peer = await opened(secureWeb(local, (_, response) => void response.end('ok')));
  const file = path.join(dir, 'extra.pem');
  writeFileSync(file, local.cert);
  const request = { url: `https://localhost:${peer.port}/`, ca: null, timeoutMs: 20_000 };
  const program = `const { requestOnce } = await import(${JSON.stringify(built('src/delivery/http.ts'))});
    const signal = new AbortController().signal;
    console.log((await requestOnce(${JSON.stringify(request)}, { signal, now: 0 })).state);`;
  const told = async (env: Record<string, string>): Promise<string> => {
    const args = ['--input-type=module', '-e', program];
    return (await promisify(execFile)(process.execPath, args, { env: { ...process.env, ...env } })).stdout.trim();
  };
  expect(await Promise.all([told({ NODE_EXTRA_CA_CERTS: file }), told({})])).toEqual(['answered', 'retry']);
});
