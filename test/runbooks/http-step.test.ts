/** Steps in http, against a real server. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { httpStep } from '../../src/runbooks/steps/http.ts';
import { contextOf } from './native.ts';
import { fence, stepsOf } from './world.ts';

const seen: IncomingMessage[] = [];
const server = createServer((request, answer) => {
  seen.push(request);
  if (request.url === '/moved') answer.writeHead(302, { location: 'http://127.0.0.1:1/elsewhere' }).end();
  else if (request.url === '/down') answer.writeHead(503, { 'retry-after': '30' }).end('{"status":"draining"}');
  else if (request.url === '/endless') answer.write('x');
  else if (request.url === '/large') answer.end('x'.repeat(9 * 2 ** 20));
  else answer.end(`hello ${request.method} ${request.url}`);
});
let url = '';
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function observe(text: string, params: Readonly<Record<string, string>> = {}, target = url): Promise<string> {
  const [step] = stepsOf(fence('http {name=a kind=observe timeout=1s}', 'GET https://example.com'));
  let printed = '';
  const settings = {
    url: `${target}/base`,
    headers: { authorization: 'Bearer of-the-target' },
    ca: null,
    cert: null,
    key: null,
  };
  const context = contextOf([{ name: 'web', kind: 'http', intervalMs: 1_000, settings }], params, {
    step: { ...step!, text },
    write: async (chunk) => void (printed += String(chunk)),
  });
  const said = await httpStep(context).catch(
    (error: unknown) => `failed: ${error instanceof Error ? error.message : String(error)}`,
  );
  return `${printed}\n${said}`;
}

test('values are encoded in the URL; headers are those of the target and of the block', async () => {
  const said = await observe('GET /find?q=${{q}}\nx-one: ${{h}}\n\nno body', { q: 'a&b=c\n/../', h: 'v' });
  expect(said).toMatch(/^HTTP 200\n[^]*hello GET \/find\?q=a%26b%3Dc%0A%2F\.\.%2F\nanswered 200 in \d+ ms/);
  expect(seen.at(-1)?.headers).toMatchObject({ 'x-one': 'v', authorization: 'Bearer of-the-target' });
  expect(await observe('HEAD /')).toMatch(/answered 200 .*, 0 bytes$/);
});

test('what a target sends stays with that target', async () => {
  await observe(`GET ${url}/other`, {}, 'http://127.0.0.1:2');
  expect([seen.at(-1)?.url, seen.at(-1)?.headers.authorization]).toEqual(['/other', undefined]);
  expect(await observe('GET ${{u}}/there', { u: url }, 'http://127.0.0.1:2')).toMatch(/hello GET \/there/);
});

test('redirects are shown and not followed; a fault is what was seen', async () => {
  expect(await observe('GET /moved')).toMatch(/HTTP 302\n[^]*location: http:\/\/127\.0\.0\.1:1\/elsewhere/);
  expect(await observe('GET /down')).toMatch(/HTTP 503\n[^]*retry-after: 30[^]*draining/);
  expect(await observe('GET /large')).toMatch(/failed: the body is larger than 8 MiB/);
  expect(await observe('GET /endless')).toMatch(/failed: no answer within 1 s/);
  expect(await observe('GET http://127.0.0.1:1/')).toMatch(/failed: connection refused/);
});

test.each([
  ['POST /', /POST may change something/],
  ['GET ${{u}}', /is no URL/],
  ['GET /\nbroken', /"broken" is no header/],
  ['GET /\nx: ${{h}}', /is no header/],
])('%j is refused', async (text, why) => {
  const before = seen.length;
  expect(await observe(text, { u: 'file:///etc/passwd', h: 'a\r\nx-evil: 1' })).toMatch(why);
  expect(seen.length).toBe(before);
});
