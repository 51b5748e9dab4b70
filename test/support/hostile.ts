/** Servers that answer what no client library was written for, by kind of target. Each is a TCP server on loopback. */
import net from 'node:net';
import { gzipSync } from 'node:zlib';
import { randomFrom, SEED } from './random.ts';

/** What a server does with a connection; `random` in [0, 1). */
type Manner = (socket: net.Socket, random: () => number) => void;

/** A message of PostgreSQL's: its type, its length as it says, its body. */
const pg = (type: string, length: number, body: Buffer | string = ''): Buffer => {
  const head = Buffer.alloc(5);
  head.write(type, 0, 'latin1');
  head.writeInt32BE(length, 1);
  return Buffer.concat([head, Buffer.from(body)]);
};
const int32 = (...values: number[]): Buffer => {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, at) => bytes.writeInt32BE(value, 4 * at));
  return bytes;
};
/** Answers whatever comes first with `bytes`, and then with `more`, if any, for ever. */
const says =
  (bytes: Buffer | string, more?: Buffer | string): Manner =>
  (socket) => {
    socket.once('data', () => {
      socket.write(bytes);
      if (more === undefined) return;
      const timer = setInterval(() => socket.write(more), 5);
      socket.on('close', () => clearInterval(timer));
    });
  };
const garbage: Manner = (socket, random) => {
  socket.on('data', () => socket.write(Buffer.from(Array.from({ length: 300 }, () => Math.floor(random() * 256)))));
};
const hangsUp: Manner = (socket, random) => void setTimeout(() => socket.destroy(), random() * 200);

const POSTGRES: Readonly<Record<string, Manner>> = {
  kerberos: says(pg('R', 8, int32(2))),
  gssapi: says(pg('R', 8, int32(7))),
  sspi: says(pg('R', 8, int32(9))),
  'five bytes': says(pg('R', 4)),
  'cut error': says(pg('E', 100, 'SERROR')),
  'error without end': says(pg('E', 12, 'SERROR')),
  'notice without end': says(pg('N', 12, 'SNOTIC')),
  'negative length': says(pg('R', -5, int32(0))),
  'huge length': says(pg('S', 0x7fffffff, 'a')),
  'ready at once': says(Buffer.concat([pg('R', 8, int32(0)), pg('Z', 5, 'I'), pg('D', 6, '\xff\xff')])),
  'many rows unasked': says(pg('R', 8, int32(0)), pg('D', 10, Buffer.from([0, 1, 0, 0, 0x7f, 0xff]))),
  'sasl nonsense': says(pg('R', 20, Buffer.concat([int32(10), Buffer.from('NONSENSE\0\0\0\0')]))),
};
const REDIS: Readonly<Record<string, Manner>> = {
  'null pong': says('$-1\r\n', '+PONG $-1\r\n'),
  'a billion items': says('*1000000000\r\n'),
  'a gigabyte': says('$1000000000\r\n', 'x'.repeat(65_536)),
  'nested arrays': says('*1\r\n'.repeat(200_000)),
  'negative array': says('*-7\r\n:1\r\n'),
  'unasked answers': says('+OK\r\n', '+OK\r\n+OK\r\n-ERR no\r\n'),
  'no line end': says('+', 'a'.repeat(65_536)),
};
const ok = (headers: string, body: Buffer | string): Buffer =>
  Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\n${headers}\r\n`), Buffer.from(body)]);
const HTTP: Readonly<Record<string, Manner>> = {
  'continue for ever': says('HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(500)),
  'early hints for ever': says(
    'HTTP/1.1 103 Early Hints\r\n\r\n',
    'HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n'.repeat(200),
  ),
  'nested json': says(ok('content-type: application/json\r\n', `${'['.repeat(500_000)}${']'.repeat(500_000)}`)),
  'gzip bomb': says(ok('content-encoding: gzip\r\n', gzipSync(Buffer.alloc(64 * 1024 * 1024)))),
  'headers for ever': says('HTTP/1.1 200 OK\r\n', 'x-more: aaaaaaaa\r\n'.repeat(100)),
  'a byte a second': says('H', 'T'),
  'two lengths': says(ok('content-length: 5\r\ncontent-length: 7\r\n', 'hello')),
  'bad chunk': says(ok('transfer-encoding: chunked\r\n', 'fffffffffffffff\r\nx\r\n')),
};
const MANNERS = { postgres: POSTGRES, redis: REDIS, http: HTTP } as const;

export interface HostileTarget {
  readonly name: string;
  readonly kind: keyof typeof MANNERS;
  readonly url: string;
}

/** One server for each manner, and others that send garbage or hang up at random, `count` in all. */
export async function hostileTargets(count: number): Promise<{ targets: readonly HostileTarget[]; close(): void }> {
  const random = randomFrom(SEED);
  const named = Object.entries(MANNERS).flatMap(([kind, manners]) =>
    Object.entries(manners).map(([name, manner]) => ({ kind: kind as keyof typeof MANNERS, name, manner })),
  );
  const kinds = Object.keys(MANNERS) as (keyof typeof MANNERS)[];
  for (let at = 0; named.length < count; at++) {
    const kind = kinds[at % kinds.length] ?? 'http';
    named.push({ kind, name: `${at % 2 ? 'hangs up' : 'garbage'} ${at}`, manner: at % 2 ? hangsUp : garbage });
  }
  const servers: net.Server[] = [];
  const targets: HostileTarget[] = [];
  for (const { kind, name, manner } of named) {
    const server = net.createServer((socket) => {
      socket.on('error', () => {});
      manner(socket, random);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const at = `127.0.0.1:${typeof address === 'object' ? address?.port : address}`;
    const url = { postgres: `postgres://u:p@${at}/d?sslmode=disable`, redis: `redis://${at}`, http: `http://${at}/` }[
      kind
    ];
    servers.push(server);
    targets.push({ name: `${kind} ${name}`, kind, url });
  }
  return { targets, close: () => servers.forEach((server) => server.close()) };
}

/**
 * A proxy in front of the server at `url` that alters about one byte in 200 of what it answers, now and then leaves some
 * out or cuts the connection. Answers its URL, and how many sessions went through it.
 */
export async function manglingProxy(url: string): Promise<{ url: string; sessions(): number; close(): void }> {
  const random = randomFrom(SEED);
  const { hostname, port } = new URL(url);
  let sessions = 0;
  const server = net.createServer((client) => {
    sessions++;
    const target = net.connect(Number(port), hostname);
    client.on('data', (data) => target.write(data));
    target.on('data', (data) => {
      if (random() < 0.02) return client.destroy();
      if (random() < 0.05) return void client.write(data.subarray(0, Math.floor(random() * data.length)));
      for (let at = 0; at < data.length; at++) if (random() < 0.005) data[at] = Math.floor(random() * 256);
      client.write(data);
    });
    for (const [one, other] of [
      [client, target],
      [target, client],
    ] as const) {
      one.on('error', () => {});
      one.on('close', () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const mangled = new URL(url);
  mangled.host = `127.0.0.1:${typeof address === 'object' ? address?.port : address}`;
  return { url: mangled.href, sessions: () => sessions, close: () => void server.close() };
}
