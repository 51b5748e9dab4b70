/** What a WebSocket server can do to a probe. */
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { atHub } from '../../src/probes/hub-target.ts';
import { countEstablished } from '../../src/probes/host/procfs.ts';
import { ask, open, target, value, word } from './ask.ts';
import { tcp } from './peers.ts';

const signal = new AbortController().signal;
let server: http.Server;
let sockets: WebSocketServer;
let visits = 0;
let base: string;
beforeAll(async () => {
  server = http.createServer((request, response) => {
    if (request.url !== '/healthz') return void response.writeHead(404).end();
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ status: 'ok', websocket_connections: 93, websocket_connection_errors: 4 }));
  });
  sockets = new WebSocketServer({ server, path: '/ws' });
  sockets.on('connection', () => visits++);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  base = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  for (const client of sockets.clients) client.terminate();
  server.closeAllConnections();
  server.close();
});

test('counts from the health endpoint, and a canary that comes rarely', async () => {
  const session = await open('websocket', { url: `ws://${base}/ws`, health: `http://${base}/healthz` });
  const readings = [await session.poll(signal), await session.poll(signal)];
  for (const reading of readings) {
    expect(word(reading)).toBe('up');
    expect(value(reading, 'ws_up')).toBe(1);
    expect(value(reading, 'ws_connections')).toBe(93);
    expect(reading.samples.find((sample) => sample.metric === 'ws_connection_errors')?.type).toBe('counter');
    expect(value(reading, 'ws_probe_success')).toBe(1);
    expect(value(reading, 'ws_handshake_seconds')).toBeGreaterThan(0);
    expect(value(reading, 'ws_ping_seconds')).toBeGreaterThan(0);
    expect(reading.facts['canary']).toBe('ok');
  }
  expect(visits).toBe(1);
  await session.close();
});

test('an upgrade that is refused, never answered, or no WebSocket: the counts stay', async () => {
  const silent = await tcp();
  const health = `http://${base}/healthz`;
  const cases = [
    [`ws://${base}/elsewhere`, 'status handshake'],
    [`ws://127.0.0.1:${silent.port}/`, 'timeout handshake'],
    ['ws://127.0.0.1:1/', 'refused handshake'],
  ] as const;
  for (const [url, expected] of cases) {
    const reading = await ask('websocket', { url, health, timeout: '200ms' });
    expect(word(reading)).toBe(expected);
    expect(value(reading, 'ws_connections')).toBe(93);
    expect(value(reading, 'ws_probe_success')).toBe(0);
    expect(value(reading, 'ws_handshake_seconds')).toBeUndefined();
  }
  await silent.close();
});

test('`hub:` becomes the address of the hub', async () => {
  const made = await target('hub', 'websocket', { url: 'hub:/ws', health: 'hub:/healthz' });
  const [resolved] = atHub([made], { http: `http://${base}`, ws: `ws://${base}`, fingerprint: null });
  expect(resolved?.settings).toMatchObject({ url: `ws://${base}/ws`, health: { url: `http://${base}/healthz` } });
});

test('a local server that says nothing of itself: its connections are counted at the socket', async () => {
  const guests = [1, 2].map(() => new WebSocket(`ws://${base}/ws`));
  await Promise.all(guests.map((guest) => once(guest, 'open')));
  const reading = await ask('websocket', { url: `ws://${base}/ws` });
  expect(value(reading, 'ws_connections')).toBeGreaterThanOrEqual(guests.length);
  for (const guest of guests) guest.terminate();
  const table = [
    '  sl  local_address rem_address   st',
    '   0: 0100007F:1538 00000000:0000 0A 00000000:00000000',
    '   1: 0100007F:1538 0100007F:A1B2 01 00000000:00000000',
    '   2: 0100007F:A1B2 0100007F:1538 01 00000000:00000000',
    '   3: 0100007F:1538 0100007F:A1B3 06 00000000:00000000',
  ].join('\n');
  expect(countEstablished(table, 0x1538)).toBe(1);
});
