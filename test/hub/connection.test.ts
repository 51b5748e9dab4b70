/** What waits in one console's socket: long messages go out as the network takes them, and nobody holds more than the limit. */
import { Writable } from 'node:stream';
import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import type { WebSocket } from 'ws';
import { Connection } from '../../src/hub/connection.ts';
import { textFrame } from '../../src/hub/frame.ts';
import { HUB_LIMITS } from '../../src/hub/limits.ts';
import type { FromHub } from '../../src/protocol/messages.ts';

const ping: FromHub = { type: 'ping', t: 0, now: 0, head: null };

/** A connection over a network that takes one write for each call of `take`. */
function scene() {
  const taken: Buffer[] = [];
  const closed: number[] = [];
  const writes: (() => void)[] = [];
  const socket = new Writable({
    highWaterMark: 16 * 1024,
    write(bytes: Buffer, _encoding, done) {
      writes.push(() => {
        taken.push(bytes);
        done();
      });
    },
  });
  Object.defineProperty(socket, 'bytesWritten', { get: () => taken.reduce((sum, { length }) => sum + length, 0) });
  const ws = { readyState: 1, OPEN: 1, close: (code: number) => closed.push(code), terminate: () => {} };
  let now = 0;
  const clock = { mono: () => now, wall: () => now };
  const connection = new Connection(ws as unknown as WebSocket, socket as unknown as Socket, 'x', clock, HUB_LIMITS);
  connection.session = {} as Connection['session'];
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const take = async (): Promise<boolean> => {
    await turn();
    const write = writes.shift();
    write?.();
    await turn();
    return write !== undefined;
  };
  const all = async (): Promise<void> => {
    while (await take());
  };
  return { connection, socket, taken, closed, take, all, pass: (ms: number) => (now += ms) };
}

/** The texts of unmasked frames, fragments put together. */
function texts(bytes: Buffer): readonly string[] {
  const found: string[] = [];
  let parts: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const first = bytes.readUInt8(at);
    const short = bytes.readUInt8(at + 1);
    const [header, length] =
      short === 126
        ? [4, bytes.readUInt16BE(at + 2)]
        : short === 127
          ? [10, Number(bytes.readBigUInt64BE(at + 2))]
          : [2, short];
    expect(first & 0x0f).toBe(parts.length === 0 ? 1 : 0);
    parts.push(bytes.subarray(at + header, at + header + length));
    at += header + length;
    if (first & 0x80) found.push(Buffer.concat(parts).toString());
    if (first & 0x80) parts = [];
  }
  expect(parts).toEqual([]);
  return found;
}

test('a long message waits outside the socket, whatever its length; what is said meanwhile comes after it', async () => {
  const { connection, socket, closed, take, all } = scene();
  const long = '中x'.repeat(1_250_000);
  connection.write(textFrame(long));
  connection.send(ping);
  expect(connection.waiting).toBeGreaterThan(4_900_000);
  expect(socket.writableLength).toBeLessThan(HUB_LIMITS.chunkBelow + 100);
  for (let step = 0; step < 20; step++) {
    await take();
    expect(socket.writableLength).toBeLessThan(HUB_LIMITS.chunkBelow + 100);
  }
  connection.write(textFrame(long));
  await all();
  // The second did not fit behind the first.
  expect(closed).toEqual([4008]);

  const other = scene();
  other.connection.write(textFrame(long));
  other.connection.send(ping);
  let went = 0;
  const whenever = (): void => {
    went++;
    if (other.connection.waiting >= HUB_LIMITS.chunkBelow) other.connection.whenDrained(whenever);
  };
  other.connection.whenDrained(whenever);
  await other.all();
  expect(texts(Buffer.concat(other.taken))).toEqual([long, JSON.stringify(ping)]);
  expect(went).toBeGreaterThan(10);
  expect([other.connection.waiting, other.closed]).toEqual([0, []]);
  other.connection.write(textFrame(long));
  await other.all();
  expect(texts(Buffer.concat(other.taken))).toEqual([long, JSON.stringify(ping), long]);
});

test('who takes nothing of a long message holds no more than the limit, and ends as slow', () => {
  const { connection, socket, closed } = scene();
  connection.write(textFrame('x'.repeat(9_000_000)));
  const entry = textFrame('y'.repeat(10_000));
  for (let written = 0; written < 2_000 && connection.open; written++) connection.write(entry);
  expect(closed).toEqual([4008]);
  expect(socket.writableLength).toBeLessThan(HUB_LIMITS.hardBufferBytes);

  const still = scene();
  still.connection.write(textFrame('x'.repeat(9_000_000)));
  for (let beats = 0; beats < 20; beats++) {
    still.pass(1_000);
    still.connection.beat(null);
  }
  expect(still.closed).toEqual([4008]);
});

test('who takes a long message bit by bit is not taken for dead, though no ping can reach them', async () => {
  const { connection, closed, take, pass } = scene();
  connection.write(textFrame('x'.repeat(9_000_000)));
  for (let beats = 0; beats < 60; beats++) {
    pass(1_000);
    connection.beat(null);
    for (let writes = 0; writes < 2; writes++) await take();
  }
  expect(closed).toEqual([]);
});
