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
beforeAll(async () => {
  server = http.createServer((_request, response) => response.end('ok'));
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
  const at = (name: string, path: string) => target(name, 'http', { url: `${base}${path}` }, 100);
  const [a, b, other, c] = await Promise.all([at('a', '/'), at('b', '/'), at('b', '/other'), at('c', '/')]);
  const poller = startPoller({ targets: [a, b], onReading: (reading) => void seen.push(reading) });
  await until('both answer', () => of('a').length > 1 && of('b').length > 1);
  const kept = poller.latest()[0];

  poller.retarget([await at('a', '/'), other, c]);
  expect(poller.latest()).toEqual([kept]);
  await until('all answer', () => of('c').length > 0 && poller.latest().length === 3);
  expect(poller.latest().map((reading) => reading.target)).toEqual(['a', 'b', 'c']);

  poller.retarget([c]);
  const gone = of('a').length + of('b').length;
  const more = of('c').length + 3;
  await until('c goes on', () => of('c').length >= more);
  expect(of('a').length + of('b').length).toBe(gone);
  await poller.close();
});
