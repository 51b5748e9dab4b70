/** What an HTTP endpoint can do to a probe, on real sockets. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, value, word } from './ask.ts';
import { certificate, secureWeb, tcp, web, type Peer } from './peers.ts';

const peers: Peer[] = [];
async function at(peer: Promise<Peer>, scheme = 'http', host = '127.0.0.1'): Promise<string> {
  const made = await peer;
  peers.push(made);
  return `${scheme}://${host}:${made.port}/`;
}
let dir: string;
beforeAll(async () => (dir = await mkdtemp(path.join(os.tmpdir(), 'warroom-http-'))));
afterAll(async () => {
  await Promise.all(peers.map((peer) => peer.close()));
  await rm(dir, { recursive: true });
});

const json = (status: number, body: unknown) =>
  web((_, response) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)));

/** 25 000 series, 1 MB. */
const SERIES = Array.from({ length: 25_000 }, (_, i) => `http_requests_total{path="/${i}"} ${i}\n`).join('');

describe('each way to fail has its class and phase', () => {
  test.each<[string, string, () => Promise<string>]>([
    ['nothing listens', 'refused connect', async () => 'http://127.0.0.1:1/'],
    ['no such name', 'dns resolve', async () => 'http://warroom.invalid/'],
    ['it accepts and says nothing', 'timeout processing', () => at(tcp())],
    ['a TLS handshake that never ends', 'timeout tls', () => at(tcp(), 'https')],
    [
      'a body that trickles',
      'timeout transfer',
      () =>
        at(
          web((_, response) => {
            const timer = setInterval(() => response.write('.'), 20);
            response.on('close', () => clearInterval(timer));
          }),
        ),
    ],
    [
      'a body cut short',
      'reset transfer',
      () =>
        at(
          web((_, response) => {
            response.writeHead(200, { 'content-length': '1000' }).write('half');
            setTimeout(() => response.destroy(), 20);
          }),
        ),
    ],
    [
      'a reset instead of an answer',
      'reset processing',
      () => at(tcp((socket) => socket.once('data', () => socket.resetAndDestroy()))),
    ],
    [
      'TLS on a plain port',
      'tls tls',
      () =>
        at(
          tcp((socket) => socket.once('data', () => socket.end('HTTP/1.1 400 no\r\n\r\n'))),
          'https',
        ),
    ],
    [
      'something that is not HTTP',
      'protocol processing',
      () => at(tcp((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'))),
    ],
    ['50 MB of body', 'protocol transfer', () => at(web((_, response) => response.end(Buffer.alloc(50 * 2 ** 20))))],
    [
      'a page of a million series',
      'protocol transfer',
      () =>
        at(
          web((_, response) => {
            response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' });
            for (let i = 0; i < 40; i++) response.write(SERIES);
            response.end();
          }),
        ),
    ],
    ['a status of 503', 'status', () => at(json(503, {}))],
    ['a redirect', 'status', () => at(web((_, response) => response.writeHead(302, { location: '/login' }).end()))],
    [
      'not JSON',
      'protocol',
      () => at(web((_, r) => r.writeHead(200, { 'content-type': 'application/json' }).end('{'))),
    ],
    ['JSON that says it is down', 'status', () => at(json(200, { status: 'DOWN' }))],
  ])('%s: %s', async (_, expected, peer) => {
    const timeout = expected.startsWith('timeout') ? '250ms' : '5s';
    const reading = await ask('http', { url: await peer(), timeout });
    expect(word(reading)).toBe(expected);
    expect(reading.up).toBe(false);
    expect(value(reading, 'http_up')).toBe(0);
    expect(value(reading, 'probe_success')).toBe(0);
    expect(value(reading, 'probe_error', { class: reading.error?.class ?? '' })).toBe(1);
  });

  test('HTTP to a TLS port', async () => {
    const url = await at(secureWeb(await certificate('localhost'), (_, response) => response.end()));
    expect(['reset', 'protocol']).toContain((await ask('http', { url })).error?.class);
  });
});

test('a 503 keeps the fields of its body, and says when to come back', async () => {
  const url = await at(
    web((_, response) =>
      response
        .writeHead(503, { 'content-type': 'application/json', 'retry-after': '7' })
        .end('{"status":"error","websocket_connections":93,"db":{"pool":{"total":10,"idle":0,"waiting":4,"max":10}}}'),
    ),
  );
  const reading = await ask('http', { url });
  expect(reading.error).toEqual({ class: 'status', message: 'answered 503; retry after 7' });
  expect(reading.facts).toEqual({ status: '503', health: 'error' });
  expect(value(reading, 'ws_connections')).toBe(93);
  expect(value(reading, 'db_pool_waiting')).toBe(4);
  expect(value(reading, 'db_pool_exhausted')).toBe(1);
  expect(value(reading, 'probe_http_status_code')).toBe(503);
});

test('paths map a body to metrics; a missing number is said and not invented', async () => {
  const url = await at(json(200, { ok: true, queue: { depth: '12' }, workers: [{ busy: 3 }], off: null }));
  const mapping = { queue_depth: '$.queue.depth', workers_busy: '$.workers[0].busy', jobs: '$.off' };
  const reading = await ask('http', { url, json: mapping });
  expect(reading.up).toBe(true);
  expect(value(reading, 'queue_depth')).toBe(12);
  expect(value(reading, 'workers_busy')).toBe(3);
  expect(value(reading, 'jobs')).toBeUndefined();
  expect(reading.facts['partial']).toBe('no number in the body for jobs ($.off)');
});

test('something else where JSON or metrics are wanted, and a page of more series than anybody can look at', async () => {
  const type = (contentType: string) => ({ 'content-type': contentType });
  const login = await at(web((_, response) => response.writeHead(200, type('text/html')).end('<html>Log in</html>')));
  const wrong = await ask('http', { url: login, json: { depth: '$.depth' } });
  expect(wrong.error).toEqual({ class: 'protocol', message: 'the body is not valid JSON (text/html)' });
  const page = await at(
    web((_, response) => response.writeHead(200, type('text/plain; version=0.0.4')).end(SERIES.repeat(4))),
  );
  const reading = await ask('http', { url: page, metrics: ['http_requests_total'] });
  expect(word(reading)).toBe('up');
  expect(reading.samples.filter(({ metric }) => metric === 'http_requests_total')).toHaveLength(1000);
  expect(reading.facts['partial']).toBe('99000 series could not be read or were too many');
});

test('a page of metrics gives the names asked for', async () => {
  const page = [
    '# TYPE ws_connections gauge',
    'ws_connections 120',
    '# TYPE http_requests counter',
    'http_requests_total{code="200",path="a\\"b"} 7 1700000000',
    'other 1',
    'http_requests_total{broken',
  ];
  const type = { 'content-type': 'text/plain; version=0.0.4' };
  const url = await at(web((_, response) => response.writeHead(200, type).end(page.join('\n'))));
  const reading = await ask('http', { url, metrics: ['http_requests_total'] });
  expect(value(reading, 'ws_connections')).toBe(120);
  expect(reading.samples.at(-1)).toEqual({
    metric: 'http_requests_total',
    labels: { code: '200', path: 'a"b' },
    value: 7,
    type: 'counter',
  });
  expect(value(reading, 'other')).toBeUndefined();
});

describe('TLS', () => {
  const day = 86_400;
  const answer = (_: unknown, response: { end(text: string): unknown }) => response.end('ok');

  test('a good certificate: version and days left', async () => {
    const made = await certificate('localhost', 30);
    await writeFile(path.join(dir, 'ca.pem'), made.cert);
    const url = await at(secureWeb(made, answer), 'https', 'localhost');
    const reading = await ask('http', { url, ca: path.join(dir, 'ca.pem') });
    expect(word(reading)).toBe('up');
    expect(reading.facts['tls']).toMatch(/^TLSv1/);
    const left = (value(reading, 'probe_ssl_earliest_cert_expiry') ?? 0) - Date.now() / 1000;
    expect(left / day).toBeGreaterThan(29.9);
    expect(left / day).toBeLessThan(30);
    for (const phase of ['resolve', 'connect', 'tls', 'processing', 'transfer'])
      expect(value(reading, 'probe_http_duration_seconds', { phase })).toBeGreaterThan(0);
  });

  test('one nobody vouches for, and one that is over, which still shows its date', async () => {
    const unknown = await at(secureWeb(await certificate('localhost'), answer), 'https', 'localhost');
    expect(word(await ask('http', { url: unknown }))).toBe('tls_untrusted tls');
    const over = await certificate('localhost', 1, new Date(Date.now() - 10 * day * 1000));
    await writeFile(path.join(dir, 'over.pem'), over.cert);
    const url = await at(secureWeb(over, answer), 'https', 'localhost');
    const reading = await ask('http', { url, ca: path.join(dir, 'over.pem') });
    expect(word(reading)).toBe('tls_expired tls');
    expect(value(reading, 'probe_ssl_earliest_cert_expiry')).toBeLessThan(Date.now() / 1000);
  });

  test('one for another name', async () => {
    const made = await certificate('elsewhere.example');
    await writeFile(path.join(dir, 'other.pem'), made.cert);
    const url = await at(secureWeb(made, answer), 'https', 'localhost');
    expect(word(await ask('http', { url, ca: path.join(dir, 'other.pem') }))).toBe('tls_name tls');
  });
});

test('a kept connection: one for many polls, without the phases it spares, and a new one when the server closed it', async () => {
  const sockets: net.Socket[] = [];
  let closes = false;
  const made = await certificate('localhost');
  await writeFile(path.join(dir, 'kept.pem'), made.cert);
  const peer = await secureWeb(made, (request, response) => {
    if (closes && sockets.includes(request.socket)) return void request.socket.destroy();
    if (!sockets.includes(request.socket)) sockets.push(request.socket);
    response.end('ok');
  });
  const url = await at(Promise.resolve(peer), 'https', 'localhost');
  const { open } = await import('./ask.ts');
  const session = await open('http', { url, keepalive: true, ca: path.join(dir, 'kept.pem') });
  const poll = async () => session.poll(new AbortController().signal);
  const [first, second] = [await poll(), await poll()];
  expect([word(first), word(second), sockets.length]).toEqual(['up', 'up', 1]);
  const phase = (reading: typeof first, name: string) => value(reading, 'probe_http_duration_seconds', { phase: name });
  expect(phase(first, 'tls')).toBeGreaterThan(0);
  expect([phase(second, 'connect'), phase(second, 'tls')]).toEqual([undefined, undefined]);
  expect(phase(second, 'processing')).toBeGreaterThan(0);
  expect(second.facts['tls']).toBe(first.facts['tls']);
  closes = true;
  expect([word(await poll()), sockets.length]).toEqual(['up', 2]);
  await session.close();
});

test('an abort ends a poll at once', async () => {
  const { open } = await import('./ask.ts');
  const session = await open('http', { url: await at(tcp()), timeout: '20s' }, 60_000);
  const abort = new AbortController();
  setTimeout(() => abort.abort(), 30);
  expect(word(await session.poll(abort.signal))).toBe('timeout processing');
});
