/** Other targets while the poller runs: what is the same goes on, what is gone ends, what is new begins. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPoller } from '../../src/probes/poller.ts';
import type { Reading } from '../../src/protocol/reading.ts';
import { until } from '../support/patience.ts';
import { target } from './ask.ts';

let server: http.Server;
let base: string;
/** Connections over which `/kept` was asked for. */
const sessions = new Set<unknown>();
beforeAll(async () => {
  server = http.createServer((request, response) => {
    if (request.url === '/kept') sessions.add(request.socket);
    response.end('ok');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

test('targets are kept by equal settings, added and removed', async () => {
  const seen: Reading[] = [];
  const of = (name: string): readonly Reading[] => seen.filter((reading) => reading.target === name);
  const at = (name: string, path: string) => target(name, 'http', { url: `${base}${path}`, keepalive: true }, 100);
  const [a, b, other, c] = await Promise.all([at('a', '/kept'), at('b', '/'), at('b', '/other'), at('c', '/')]);
  const poller = startPoller({ targets: [a, b], onReading: (reading) => void seen.push(reading) });
  await until('both answer', () => of('a').length > 1 && of('b').length > 1);

  const before = seen.length;
  poller.retarget([await at('a', '/kept'), other, c]);
  const after = (): ReadonlySet<string> => new Set(seen.slice(before).map((reading) => reading.target));
  await until('all answer', () => after().size === 3);
  expect(sessions.size).toBe(1);

  poller.retarget([c]);
  const gone = of('a').length + of('b').length;
  const more = of('c').length + 3;
  await until('c goes on', () => of('c').length >= more);
  expect(of('a').length + of('b').length).toBe(gone);
  await poller.close();
});
