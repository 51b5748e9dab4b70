/** What a hub is told on purpose or by accident: garbage, the same again, another thing under the same number. */
import { connect, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { PROTOCOL, type FromHub } from '../../src/protocol/messages.ts';
import { Raw } from '../support/raw.ts';
import { until } from '../support/patience.ts';
import { declare, Opened } from '../support/room.ts';
import { randomFrom } from '../support/random.ts';

const opened = new Opened();
afterEach(() => opened.tidy());
const long = process.env['WARROOM_LONG'] !== undefined;
const FUZZ = Number(process.env['WARROOM_FUZZ'] ?? (long ? 100_000 : 2_000));
const STORM = Number(process.env['WARROOM_STORM'] ?? (long ? 10_000 : 300));
const fast = { perSecond: 1e6, burst: 1e6 };
const id = (n: number): string => `01J${String(n).padStart(23, '0')}`;
const note = (n: number, incident: string, text: string): Record<string, unknown> => ({
  type: 'command',
  n,
  id: id(n),
  incident,
  command: { kind: 'note', text },
});

/** A frame as a client may send it, or may not: any first byte, masked or not, as long as it says or not. */
function frame(first: number, payload: Buffer, masked = true, said = payload.length): Buffer {
  const head = Buffer.alloc(said < 126 ? 2 : 4);
  head[0] = first;
  head[1] = (masked ? 0x80 : 0) | (said < 126 ? said : 126);
  if (said >= 126) head.writeUInt16BE(said & 0xffff, 2);
  return Buffer.concat([head, masked ? Buffer.alloc(4) : Buffer.alloc(0), payload]);
}

/** What garbage a frame is made of; each gets the incident, a die and the hello of a person who may write. */
const GARBAGE: readonly ((incident: string, roll: () => number) => Buffer)[] = [
  (_, roll) => Buffer.from(Array.from({ length: 1 + Math.floor(roll() * 200) }, () => Math.floor(roll() * 256))),
  () => frame(0x81, Buffer.from([0xc3, 0x28, 0xff, 0xfe, 0xed, 0xa0, 0x80])),
  (incident) => frame(0x81, Buffer.from(JSON.stringify(note(1, incident, 'unmasked'))), false),
  () =>
    Buffer.concat([frame(0x01, Buffer.from('{')), ...Array.from({ length: 80 }, () => frame(0x00, Buffer.from('x')))]),
  () => frame(0x81, Buffer.from('['.repeat(10_000) + ']'.repeat(10_000))),
  (incident) =>
    frame(
      0x81,
      Buffer.from(
        `{"__proto__":{"observer":false},"type":"command","n":1,"id":"${id(1)}","incident":"${incident}","command":{"__proto__":{"kind":"note","text":"x"}}}`,
      ),
    ),
  (incident) =>
    frame(
      0x81,
      Buffer.from(
        `{"type":"command","n":1e999,"id":"${id(2)}","incident":"${incident}","command":{"kind":"note","text":"x"}}`,
      ),
    ),
  (incident) => frame(0x81, Buffer.from(JSON.stringify({ ...note(2 ** 53, incident, 'x') }))),
  (incident, roll) => {
    const wrong = [null, [], {}, 1, true, '', 'SEV-7', { kind: 'note' }, { kind: 'note', text: 7 }];
    return frame(
      0x81,
      Buffer.from(JSON.stringify({ ...note(3, incident, ''), command: wrong[Math.floor(roll() * wrong.length)] })),
    );
  },
  (_, roll) => frame(0x80 | Math.floor(roll() * 16), Buffer.from('{}')),
  () => frame(0x82, Buffer.from('{"type":"unfollow"')),
  () => frame(0x81, Buffer.from('{"type":"hello","version":1}')),
  (incident, roll) => {
    const text = Buffer.from(JSON.stringify(note(4, incident, 'changed on the way')));
    // Not one of the letters of the text: that would be a good entry.
    text[Math.floor(roll() * 20)] = Math.floor(roll() * 32);
    return frame(0x81, text);
  },
];

/** Upgrades, says hello, sends `garbage` and no more, and waits until the hub has read it all and closed. */
function throwAt(url: string, hello: string, garbage: Buffer): Promise<void> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket: Socket = connect({ host: hostname, port: Number(port) });
    socket.once('data', () => socket.resume().end(Buffer.concat([frame(0x81, Buffer.from(hello)), garbage])));
    socket.on('error', () => {}).on('close', () => resolve());
    socket.write(
      'GET /v1/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
    );
  });
}

test(
  `${FUZZ} frames of garbage: the hub lives, nothing is recorded, memory is bounded`,
  async () => {
    const hub = await opened.hub(await opened.folder(), { limits: fast });
    const ana = await opened.client(hub, 'ana');
    const incident = await declare(ana);
    const hello = JSON.stringify({
      type: 'hello',
      version: PROTOCOL.min,
      token: hub.token,
      name: 'eve',
      client: 'fuzz',
      via: 'cli',
      live: false,
    });
    const roll = randomFrom(12);
    const before = process.memoryUsage().rss;
    // Many a connection ends at its first bad frame; the rest of them read ten each.
    for (let done = 0; done < FUZZ; done += 200)
      await Promise.all(
        Array.from({ length: 20 }, () => {
          const pieces = Array.from({ length: 10 }, () =>
            GARBAGE[Math.floor(roll() * GARBAGE.length)]?.(incident, roll),
          );
          return throwAt(hub.url, hello, Buffer.concat(pieces.filter((piece) => piece !== undefined)));
        }),
      );
    expect(hub.stats()).toMatchObject({ readOnly: null, events: 1 });
    expect((process.memoryUsage().rss - before) / 2 ** 20).toBeLessThan(200);
    expect(Object.prototype).not.toHaveProperty('observer');
    await ana.submit({ kind: 'note', text: 'still here' }, incident);
    await until('the hub still takes entries', () => ana.view.events.length === 2);
    await until('the strangers are gone', () => hub.stats().connections === 1);
  },
  30_000 + FUZZ * 10,
);

test(`${STORM} commands, each sent one to five times over changing connections: one entry each`, async () => {
  const hub = await opened.hub(await opened.folder(), { limits: fast });
  const incident = await declare(await opened.client(hub, 'host'));
  const roll = randomFrom(13);
  const raws: Raw[] = [];
  for (let n = 1; n <= STORM; n++) {
    if (n % 100 === 1) {
      for (const raw of raws.slice(-3)) if (roll() < 0.5) raw.ws.terminate();
      for (let one = 0; one < 3; one++) raws.push(await Raw.hello(hub, { client: 'stormy' }));
    }
    const times = 1 + Math.floor(roll() * 5);
    for (let time = 0; time < times; time++) raws.at(-1 - Math.floor(roll() * 3))?.say(note(n, incident, `entry ${n}`));
  }
  // Whoever was cut off sends again.
  raws.push(await Raw.hello(hub, { client: 'stormy' }));
  for (let n = 1; n <= STORM; n++) raws.at(-1)?.say(note(n, incident, `entry ${n}`));
  const seqs = new Map<number, Set<number>>();
  const collect = (): number => {
    seqs.clear();
    for (const message of raws.flatMap((raw): readonly FromHub[] => raw.heard))
      if (message.type === 'ack') seqs.set(message.n, (seqs.get(message.n) ?? new Set()).add(message.seq));
    return seqs.size;
  };
  await until('all are acknowledged', () => collect() === STORM);
  for (const [n, places] of seqs) expect([n, places.size]).toEqual([n, 1]);
  expect(hub.stats().events).toBe(STORM + 1);
});

test('the same number with another text is refused, a hundred times, and nothing is stored', async () => {
  const hub = await opened.hub(await opened.folder(), { limits: fast });
  const incident = await declare(await opened.client(hub, 'host'));
  const raw = await Raw.hello(hub, { client: 'liar' });
  for (let n = 1; n <= 100; n++) raw.say(note(n, incident, `first ${n}`));
  // Half of them while the first is under way, half when it is stored.
  for (let n = 1; n <= 50; n++) raw.say(note(n, incident, `second ${n}`));
  await until('the first are stored', () => raw.heard.filter(({ type }) => type === 'ack').length === 100);
  for (let n = 51; n <= 100; n++) raw.say(note(n, incident, `second ${n}`));
  const refused = (): number[] =>
    raw.heard.flatMap((message) => (message.type === 'nack' && message.code === 'id_reused' ? [message.n] : []));
  await until('all are refused', () => refused().length === 100);
  expect(hub.stats().events).toBe(101);
});
