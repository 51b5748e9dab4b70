/** A hub that means harm, or is broken: whatever it sends, the console listens to the person in front of it. */
import { spawn } from '@lydell/node-pty';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import { HANDBOOK_POLICY } from '../../src/incident/policy.ts';
import { hashOf, newNonce, proofOf } from '../../src/protocol/handshake.ts';
import { PROTOCOL, type ToHub } from '../../src/protocol/messages.ts';
import { until } from '../support/patience.ts';
import { MAIN, Place } from '../support/program.ts';

const TARGETS = 100_000;
const targets = Array.from({ length: TARGETS }, (_, i) => ({ name: `t${i}`, kind: 'redis', intervalMs: 1000 }));
const reading = (i: number) => ({
  target: `t${i}`,
  kind: 'redis',
  at: Date.now(),
  up: true,
  error: null,
  durationMs: 1,
  life: 'x',
  samples: [{ metric: 'redis_up', labels: {}, value: i, type: 'gauge' }],
  facts: {},
});

let place: Place;
let server: WebSocketServer | null = null;
beforeEach(() => {
  place = new Place();
});
afterEach(async () => {
  for (const client of server?.clients ?? []) client.terminate();
  server?.close();
  await place.close();
});

const TOKEN = 'known to a hub that means harm';

/** Proves that it is a hub, as one does that invited people; calls back once the console has proved itself, too. */
function greet(socket: WebSocket, then: () => void): void {
  socket.once('message', (data: Buffer) => {
    const hello = JSON.parse(data.toString()) as Extract<ToHub, { type: 'hello' }>;
    const challenge = { version: PROTOCOL.max, ...PROTOCOL, nonce: newNonce() };
    const proof = proofOf('hub', hashOf(TOKEN), hello, challenge);
    socket.once('message', then);
    socket.send(JSON.stringify({ type: 'challenge', ...challenge, proof }));
  });
}

/** Messages sent at once: of a line that is cut nothing waits, and only a later turn of the event loop says so. */
const POURED = 10_000;

/** Never lets the line run dry: at most 16 MB wait. */
function flood(socket: WebSocket, message: () => object): void {
  const pour = (): void => {
    if (socket.readyState !== socket.OPEN) return;
    for (let sent = 0; sent < POURED && socket.bufferedAmount < 16e6; sent++) socket.send(JSON.stringify(message()));
    setTimeout(pour, 2);
  };
  pour();
}

const many = <T>(count: number, make: (i: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, i) => make(i));
const since = new Date().toISOString();
const readings = many(2_000, reading);
const people = many(20_000, (i) => ({ name: `p${i}`, consoles: 1, observer: false, incident: null, since }));
const incidents = many(20_000, (i) => ({
  id: `2026-01-01-i${i}`,
  title: `incident ${i}`,
  severity: 'SEV-1',
  status: 'resolved',
  drill: false,
  declaredAt: since,
  lead: null,
  head: 3,
}));
const STREAMS: readonly (readonly [string, () => object])[] = [
  ['readings', () => ({ type: 'readings', now: Date.now(), readings })],
  ['people', () => ({ type: 'presence', people })],
  ['incidents', () => ({ type: 'incidents', incidents })],
];

test.each(STREAMS)(
  '100,000 targets and a stream of %s: Ctrl-C twice still leaves',
  async (_, message) => {
    server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    const hub = { id: 'h', pid: 1, startedAt: new Date().toISOString() };
    server.on('connection', (socket) => {
      greet(socket, () => {
        socket.send(
          JSON.stringify({
            type: 'welcome',
            version: PROTOCOL.max,
            ...PROTOCOL,
            you: { name: 'alice', observer: false },
            hub,
            now: Date.now(),
            policy: HANDBOOK_POLICY,
            incidents: [],
            targets,
            readOnly: null,
          }),
        );
        flood(socket, message);
      });
    });
    await new Promise((resolve) => server?.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const args = [MAIN, '--hub', `ws://127.0.0.1:${port}`, '--token', TOKEN];
    const pty = spawn(process.execPath, args, {
      cols: 100,
      rows: 30,
      name: 'xterm-256color',
      env: place.env as Record<string, string>,
    });
    let screen = '';
    let code: number | null = null;
    pty.onData((data) => (screen = (screen + data).slice(-200_000)));
    pty.onExit(({ exitCode }) => (code = exitCode));
    await until(
      'the room',
      () => screen.includes('alice >'),
      () => screen.slice(-2000),
    );
    await until(
      'what is left out',
      () => screen.includes('the hub tells of 100000 targets: the first 500 are shown'),
      () => screen.slice(-2000),
    );
    // While it is being flooded.
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const began = performance.now();
    pty.write('\x03');
    await until(
      'the first Ctrl-C being heard',
      () => screen.includes('Ctrl-C again leaves'),
      () => screen.slice(-2000),
    );
    expect(performance.now() - began).toBeLessThan(2_000);
    pty.write('\x03');
    await until(
      'the end',
      () => code !== null,
      () => screen.slice(-2000),
    );
    expect(code).toBe(0);
    expect(performance.now() - began).toBeLessThan(4_000);
  },
  120_000,
);
