/** What the hub puts into bytes by its own hand: frames, and the hash that tells commands apart. */
import fc from '../support/property.ts';
import { expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { commandHash } from '../../src/hub/submission.ts';
import { asciiFrames, eventsFrame, fragments, textFrame } from '../../src/hub/frame.ts';
import type { Command } from '../../src/incident/command.ts';

/** The messages a WebSocket makes of `bytes`. */
async function heard(bytes: Buffer, count: number): Promise<readonly string[]> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  await new Promise((resolve) => server.once('listening', resolve));
  server.on('connection', (_ws, request) => request.socket.write(bytes));
  const at = server.address();
  const ws = new WebSocket(`ws://127.0.0.1:${typeof at === 'object' ? at?.port : at}`);
  const messages: string[] = [];
  await new Promise<void>((resolve, reject) => {
    ws.on('error', reject);
    ws.on('message', (data: Buffer) => {
      if (messages.push(data.toString('utf8')) === count) resolve();
    });
  });
  ws.terminate();
  server.close();
  return messages;
}

test('frames of every size of header arrive as they were meant', async () => {
  const texts = [0, 1, 125, 126, 65_535, 65_536, 200_000].map((length) => 'x'.repeat(length));
  expect(await heard(Buffer.concat(texts.map(textFrame)), texts.length)).toEqual(texts);
  expect(await heard(asciiFrames(texts), texts.length)).toEqual(texts);
  const entries = ['{"text":"straße 🚨"}', '{"text":"\\u2028"}'];
  const [message = '', page = ''] = await heard(
    Buffer.concat([eventsFrame('a', 7, entries), eventsFrame('a', 1, [], true)]),
    2,
  );
  expect(JSON.parse(message)).toEqual({
    type: 'events',
    incident: 'a',
    seq: 7,
    events: entries.map((e) => JSON.parse(e)),
  });
  expect(JSON.parse(page)).toEqual({ type: 'events', incident: 'a', seq: 1, events: [], page: true });
});

test('a message in fragments of any size arrives as one', async () => {
  const texts = [0, 1, 125, 126, 65_535, 65_536, 200_000].map((length) => '中'.repeat(length));
  const sizes = [1, 100, 126, 4_096, 65_536, 1_000_000].map((size) => [size, texts.at(-1) ?? ''] as const);
  const cases = [...texts.slice(1).map((text) => [1_000, text] as const), ...sizes.slice(1)];
  const bytes = cases.flatMap(([size, text]) => [...fragments(textFrame(text), size)].flat());
  expect(await heard(Buffer.concat(bytes), cases.length)).toEqual(cases.map(([, text]) => text));
});

test('two commands have one hash only when they are the same', () => {
  const text = fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom('a text string 1 b', '', 'null', 'true', '1'));
  const command = fc
    .record(
      {
        kind: fc.constantFrom('note', 'pin', 'amend'),
        text,
        form: text,
        to: fc.option(text),
        re: fc.nat({ max: 3 }),
        pin: fc.boolean(),
        labels: fc.dictionary(fc.string({ maxLength: 2 }), text, { maxKeys: 2 }),
      },
      { requiredKeys: ['kind'] },
    )
    .map((value) => value as unknown as Command);
  const incident = fc.constantFrom(null, 'a', 'b');
  fc.assert(
    fc.property(incident, incident, command, command, (a, b, one, other) => {
      const same = JSON.stringify([a, one]) === JSON.stringify([b, other]);
      expect(commandHash(a, one) === commandHash(b, other)).toBe(same);
      expect(commandHash(a, JSON.parse(JSON.stringify(one)) as Command)).toBe(commandHash(a, one));
    }),
    { numRuns: 1_000 },
  );
  const two: Command = { kind: 'note', text: 'x', to: 'y' };
  expect(commandHash('a', two)).not.toBe(commandHash('a', { kind: 'note', text: 'x to string y' }));
});
