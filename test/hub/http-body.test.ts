/** Requests of programs outside, at a real server: what is bounded, what is answered. */
import { once } from 'node:events';
import { connect } from 'node:net';
import * as v from 'valibot';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HttpBodies, HttpRefusal, jsonBody } from '../../src/hub/http-body.ts';
import { HUB_LIMITS } from '../../src/hub/limits.ts';
import { listenForConsoles, type Listening } from '../../src/hub/server.ts';

const clock = { now: 0, mono: () => clock.now, wall: () => clock.now };
const limits = { ...HUB_LIMITS, helloMs: 150, body: 2_000, bodies: 3_000, burst: 60 };
const bugs: unknown[] = [];
const bodies = new HttpBodies({ clock, limits, onBug: (error) => bugs.push(error) });
const shape = v.object({ text: v.string() });
let held: () => void = () => {};
let server: Listening;

beforeAll(async () => {
  server = await listenForConsoles({
    host: '127.0.0.1',
    port: 0,
    tls: null,
    allowedOrigins: [],
    limits,
    onSocket: () => {},
    routes: bodies.routes({
      'POST /said/*': async ({ name, query, body }) => {
        const { text } = jsonBody(shape, await body());
        return { status: 202, body: { text, name, by: query.get('by') } };
      },
      'POST /held': async ({ body }) => {
        await body();
        await new Promise<void>((resolve) => (held = resolve));
        return { status: 200, body: {} };
      },
      'GET /page/*': async ({ name }) => ({ status: 200, body: `<p>${name.length}</p>` }),
      'POST /keyed': async ({ limit, body }) => {
        limit('source x');
        return { status: 200, body: { bytes: (await body()).length } };
      },
      'POST /broken': () => Promise.reject(new Error('secret')),
      'POST /stranger': () => Promise.reject(new HttpRefusal(401, 'no token')),
    }),
  });
});
afterAll(() => server.close());

const post = (path: string, body: string | Buffer, headers: Record<string, string> = {}) => {
  clock.now += 10_000;
  return fetch(`http://127.0.0.1:${server.port}${path}`, {
    method: 'POST',
    body: new Uint8Array(Buffer.from(body)),
    headers,
  });
};
/** What the server answers to these bytes before it closes. */
async function raw(...texts: string[]): Promise<string> {
  const socket = connect(server.port, '127.0.0.1');
  let heard = '';
  socket.on('data', (bytes: Buffer) => (heard += bytes.toString()));
  socket.on('error', () => {});
  const closed = once(socket, 'close');
  for (const text of texts) socket.write(text);
  await closed;
  return heard;
}

test('a body arrives whole, with the name in the path and the query', async () => {
  const answer = await post('/said/a%20b?by=ana', JSON.stringify({ text: 'é', other: 1 }));
  expect(answer.status).toBe(202);
  expect(await answer.json()).toEqual({ text: 'é', name: 'a b', by: 'ana' });
});

test.each([
  ['half of JSON', '{"text":', 400, 'the body is not JSON'],
  ['no UTF-8', Buffer.from([0x22, 0xff, 0x22]), 400, 'the body is not UTF-8'],
  ['another shape', '{"text":1}', 400, /^text: /],
  ['nested a hundred times over', `${'['.repeat(900)}${']'.repeat(900)}`, 400, /the body|text/],
  ['too much', 'x'.repeat(2_001), 413, 'a body has 2000 bytes at most'],
])('%s is refused in words', async (_what, body, status, error) => {
  const answer = await post('/said/x', body);
  expect(answer.status).toBe(status);
  expect(((await answer.json()) as { error: string }).error).toMatch(error);
});

test('a compressed body is refused, and one without an end is cut at the limit', async () => {
  expect((await post('/said/x', 'x', { 'content-encoding': 'gzip' })).status).toBe(415);
  const head = 'POST /said/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n';
  const chunk = `400\r\n${'y'.repeat(1024)}\r\n`;
  expect(await raw(head, chunk, chunk, chunk)).toMatch(/^HTTP\/1\.1 413 .*Connection: close/s);
});

test('a slow body ends by itself', async () => {
  clock.now += 10_000;
  const heard = await raw('POST /said/x HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"te');
  expect(heard).toMatch(/^(HTTP\/1\.1 4|$)/);
  expect(bugs).toEqual([]);
});

test('what is held at once is bounded over all requests', async () => {
  const first = post('/held', 'x'.repeat(1_900));
  await expect.poll(async () => (await post('/keyed', 'x'.repeat(1_500))).status).toBe(503);
  held();
  expect((await first).status).toBe(200);
  await expect.poll(async () => (await post('/keyed', 'x'.repeat(1_500))).status).toBe(200);
});

test('the rate counts by address, or by the key that a handler names', async () => {
  clock.now += 10_000;
  const at = clock.now;
  const send = (path: string) => {
    clock.now = at - 10_000;
    return post(path, '{"text":"x"}');
  };
  for (let i = 0; i < limits.burst; i++) expect((await send('/said/x')).status).toBe(202);
  const refused = await send('/said/x');
  expect(refused.status).toBe(429);
  expect(refused.headers.get('retry-after')).toBe('1');
  expect((await send('/keyed')).status).toBe(200);
});

test('methods, paths and pages', async () => {
  const url = `http://127.0.0.1:${server.port}`;
  expect((await fetch(`${url}/said/x`)).status).toBe(405);
  expect((await post('/said/', '{}')).status).toBe(404);
  expect((await post('/said/x/y', '{}')).status).toBe(404);
  expect((await post('/said/%zz', '{}')).status).toBe(404);
  expect(
    await raw('POST /said/../keyed HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'),
  ).toMatch(/ 404 /);
  expect((await post('/constructor', '{}')).status).toBe(404);
  const page = await fetch(`${url}/page/..%2f..%2f`);
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(await page.text()).toBe('<p>6</p>');
});

test('a fault of the hub is reported there and not told outside', async () => {
  const answer = await post('/broken', '{}');
  expect(answer.status).toBe(500);
  expect(await answer.text()).not.toContain('secret');
  expect(bugs).toHaveLength(1);
  expect((await post('/stranger', '{}')).headers.get('www-authenticate')).toBe('Bearer');
});
