/** What the bodies of health endpoints and pages of metrics say, in the many ways they are met. */
import zlib from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { ask, target, value, type Raw } from './ask.ts';
import { web, type Peer } from './peers.ts';

const peers: Peer[] = [];
afterAll(() => Promise.all(peers.map((peer) => peer.close())));

async function read(body: string | Buffer, headers: Record<string, string>, raw: Raw = {}) {
  const peer = await web((_, response) => response.writeHead(200, headers).end(body));
  peers.push(peer);
  return ask('http', { url: `http://127.0.0.1:${peer.port}/`, ...raw });
}
const JSON_TYPE = { 'content-type': 'application/json' };

/** In short: up, degraded or down, and what the body said. */
async function verdict(body: unknown, raw: Raw = {}) {
  const reading = await read(JSON.stringify(body), JSON_TYPE, raw);
  const isDegraded = value(reading, 'probe_degraded') === 1;
  return `${reading.up ? (isDegraded ? 'degraded' : 'up') : 'down'} ${reading.facts['health'] ?? ''}`.trim();
}

describe('with a status of 200 a body can say that its service is ill', () => {
  test.each<[unknown, string]>([
    [{ status: 'red' }, 'down red'],
    [{ status: 'KO' }, 'down KO'],
    [{ status: 'NOK' }, 'down NOK'],
    [{ status: 'degraded' }, 'degraded degraded'],
    [{ status: 'failure' }, 'down failure'],
    [{ status: 'offline' }, 'down offline'],
    [{ status: 'dead' }, 'down dead'],
    [{ status: 'not ready' }, 'degraded not ready'],
    [{ status: 'major_outage' }, 'down major_outage'],
    [{ status: 'ERRORS' }, 'down ERRORS'],
    [{ status: 'STARTING' }, 'degraded STARTING'],
    [{ status: 'shutting_down' }, 'degraded shutting_down'],
    [{ status: 500 }, 'down 500'],
    [{ health: 'false' }, 'down false'],
    [{ success: false, error: 'db' }, 'down not ok'],
    [{ overall: 'ok', state: 'DOWN' }, 'down DOWN'],
    [{ connector: { state: 'FAILED' }, tasks: [] }, 'down connector: FAILED'],
    [[{ status: 'fail' }], 'down 0: fail'],
    [{ database: { status: 'healthy' }, scheduler: { status: 'unhealthy' } }, 'down scheduler: unhealthy'],
    [{ status: { indicator: 'critical', description: 'Major outage' } }, 'down status: critical'],
    [{ status: 'UP', components: { db: { status: 'DOWN' } } }, 'degraded components.db: DOWN'],
    [{ installed: true, maintenance: true }, 'degraded maintenance'],
  ])('%j: %s', async (body, expected) => {
    expect(await verdict(body)).toBe(expected);
  });

  test.each<[unknown, string]>([
    [{ status: 'ok' }, 'up ok'],
    [{ status: 'UP', components: { db: { status: 'UP' } } }, 'up UP'],
    [{ healthy: true, maintenance: false }, 'up ok'],
    [{ status: 200, state: 'RUNNING' }, 'up RUNNING'],
    [{ status: 1 }, 'up'],
    [{ status: 'purple' }, 'up purple'],
    [{ users: [{ name: 'down', error: 'none' }] }, 'up'],
    [[], 'up'],
    ['down', 'up'],
  ])('%j: %s', async (body, expected) => {
    expect(await verdict(body)).toBe(expected);
  });

  test.each([
    ['Unhealthy', 'down'],
    ['Degraded\n', 'degraded'],
    ['OK', 'up'],
    ['All systems are down for everybody but you', 'up'],
  ])('the text %j: %s', async (text, expected) => {
    const reading = await read(text, { 'content-type': 'text/plain' });
    const isDegraded = value(reading, 'probe_degraded') === 1;
    expect(reading.up ? (isDegraded ? 'degraded' : 'up') : 'down').toBe(expected);
  });

  test('a body as deep and as large as an attacker likes takes no time', async () => {
    const deep = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`;
    const wide = JSON.stringify(Array.from({ length: 40_000 }, (_, i) => ({ id: i })));
    const startedAt = performance.now();
    for (const body of [deep, wide]) expect((await read(body, JSON_TYPE)).up).toBe(true);
    expect(performance.now() - startedAt).toBeLessThan(3000);
  });
});

describe('a target says what healthy is', () => {
  const healthy = { '$.cluster.status': ['green', 'yellow'] };
  test.each<[unknown, Raw, string]>([
    [{ cluster: { status: 'yellow' } }, { healthy }, 'up yellow'],
    [{ cluster: { status: 'Red' } }, { healthy }, 'down Red'],
    [{ cluster: {} }, { healthy }, 'down nothing at $.cluster.status'],
    [{ ready: 1 }, { healthy: { ready: 1 } }, 'up 1'],
    [{ ready: 0 }, { healthy: { ready: 1 } }, 'down 0'],
    [{ state: 'leader', status: 'fail' }, { healthy: { state: ['leader', 'follower'] } }, 'up leader'],
    [{ jobs: [{ state: 'FAILED' }] }, { healthy: false }, 'up'],
  ])('%j with %j: %s', async (body, raw, expected) => {
    expect(await verdict(body, raw)).toBe(expected);
  });

  test('what is no path is a fault', async () => {
    const made = target('api', 'http', { url: 'http://127.0.0.1/', healthy: { '$..x': 'ok' } });
    await expect(made).rejects.toThrow('$..x is no path');
    await expect(target('api', 'http', { url: 'http://127.0.0.1/', healthy: 'ok' })).rejects.toThrow('must be a map');
  });
});

describe('packed bodies', () => {
  const body = '{"status":"ok","websocket_connections":7}';
  test.each<[string, (text: string) => Buffer]>([
    ['gzip', zlib.gzipSync],
    ['deflate', zlib.deflateSync],
    ['br', zlib.brotliCompressSync],
    ['identity', Buffer.from],
  ])('%s', async (encoding, pack) => {
    const reading = await read(pack(body), { ...JSON_TYPE, 'content-encoding': encoding });
    expect([reading.up, value(reading, 'ws_connections')]).toEqual([true, 7]);
  });

  test.each<[string, Buffer, string]>([
    ['gzip', Buffer.from('not packed'), 'the body is no gzip'],
    ['zstd', Buffer.from('?'), 'the body is packed as "zstd"'],
    ['gzip', zlib.gzipSync(Buffer.alloc(200 * 2 ** 20)), 'the body is larger than 1 MiB'],
  ])('%s that cannot be read is said: %#', async (encoding, packed, message) => {
    const reading = await read(packed, { ...JSON_TYPE, 'content-encoding': encoding });
    expect(reading.error).toMatchObject({ class: 'protocol', message });
  });
});

describe('pages of metrics', () => {
  const PAGE = '# TYPE jobs_total counter\njobs_total{q="a"} 5\n# TYPE depth gauge\ndepth 3\n';
  const metrics = ['jobs_total', 'depth'];
  test.each([
    'text/plain',
    'text/plain; charset=utf-8',
    'text/plain; version=1.0.0',
    'text/html',
    '',
    'application/octet-stream',
  ])('of the type %j', async (type) => {
    const reading = await read(PAGE, type === '' ? {} : { 'content-type': type }, { metrics });
    expect([reading.up, reading.facts['partial']]).toEqual([true, undefined]);
    expect([value(reading, 'jobs_total', { q: 'a' }), value(reading, 'depth')]).toEqual([5, 3]);
  });

  test('a name that is not there is said, also on a page that is none', async () => {
    const headers = { 'content-type': 'text/plain; version=0.0.4' };
    expect((await read(PAGE, headers, { metrics: [...metrics, 'gone'] })).facts['partial']).toBe('no series of gone');
    const login = await read('<html>Log in</html>', { 'content-type': 'text/html' }, { metrics });
    expect(login.facts['partial']).toBe('no series of jobs_total, depth');
  });

  test('NaN and infinities are no values, and no fault either', async () => {
    const page = '# TYPE depth gauge\ndepth{q="a"} NaN\ndepth{q="b"} +Inf\ndepth{q="c"} 4\ndepth{q="d"} four\n';
    const headers = { 'content-type': 'text/plain; version=0.0.4' };
    const reading = await read(page.replace('depth{q="d"} four\n', ''), headers, { metrics: ['depth'] });
    expect(reading.samples.filter(({ metric }) => metric === 'depth')).toMatchObject([
      { labels: { q: 'c' }, value: 4 },
    ]);
    expect(reading.facts['partial']).toBeUndefined();
    expect((await read(page, headers, { metrics: ['depth'] })).facts['partial']).toContain(
      '1 series could not be read',
    );
  });

  test('blanks before a line, and names in UTF-8', async () => {
    const headers = { 'content-type': 'text/plain; version=1.0.0; escaping=allow-utf-8' };
    const page =
      '  depth{q="z"} 4\n# TYPE "http.requests" counter\n{"http.requests","status.code"="200"} 7\n{"größe"} 2\n{"a\\"b"} 1\n{"broken} 9\n';
    const reading = await read(page, headers, { metrics: ['depth', 'http.requests', 'größe', 'a"b'] });
    expect(reading.facts['partial']).toBeUndefined();
    expect(value(reading, 'depth', { q: 'z' })).toBe(4);
    const found = reading.samples.filter(({ metric }) => ['http.requests', 'größe', 'a"b'].includes(metric));
    expect(found).toMatchObject([
      { metric: 'http.requests', labels: { 'status.code': '200' }, value: 7, type: 'counter' },
      { metric: 'größe', labels: {}, value: 2 },
      { metric: 'a"b', labels: {}, value: 1 },
    ]);
  });
});
