/**
 * A WebSocket as the load generator needs it: bytes in and out, nothing parsed. Against a server that is faster than
 * its readers a benchmark measures the readers; so these cost next to nothing, and the same for every contestant.
 */
import { connect, type Socket } from 'node:net';

/** All wires read into this one: what is in it is looked at before the next read. */
const SHARED = Buffer.allocUnsafe(1024 * 1024);
/** A key of zeros: masked as the protocol demands, and the text stays as it is. */
const MASKED_TEXT = 0x81;

export class Wire {
  readonly #socket: Socket;
  /** Called with what arrived, frame headers included. The bytes are overwritten afterwards. */
  onBytes: (bytes: Buffer) => void = () => {};

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Connects and upgrades. */
  static open(address: string): Promise<Wire> {
    const { hostname, port, pathname, search } = new URL(address);
    return new Promise((resolve, reject) => {
      let head = '';
      const socket = connect({
        host: hostname,
        port: Number(port),
        noDelay: true,
        onread: {
          buffer: SHARED,
          callback: (length) => {
            if (head !== 'done') {
              head += SHARED.toString('latin1', 0, length);
              const end = head.indexOf('\r\n\r\n');
              if (end === -1) return true;
              if (!head.startsWith('HTTP/1.1 101')) reject(new Error(head.slice(0, end)));
              const rest = Buffer.from(head.slice(end + 4), 'latin1');
              head = 'done';
              resolve(wire);
              // Whoever waits for the wire gets to look at what came with the answer, too.
              if (rest.length > 0) setImmediate(() => wire.onBytes(rest));
              return true;
            }
            wire.onBytes(SHARED.subarray(0, length));
            return true;
          },
        },
      });
      const wire = new Wire(socket);
      socket.once('error', reject);
      socket.write(upgradeOf(`${pathname}${search}`, `${hostname}:${port}`));
    });
  }

  /** Messages of ASCII, each in a frame of its own, in one write. */
  send(...texts: readonly string[]): void {
    this.#socket.write(framesOf(texts));
  }

  /** What arrived until `mark` did, as text. Rejects after ten seconds. */
  waitFor(mark: string): Promise<string> {
    let heard = '';
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`${mark} never came, but ${heard.slice(0, 300)}`)), 10_000);
      this.onBytes = (bytes) => {
        heard += bytes.toString('latin1');
        if (!heard.includes(mark)) return;
        clearTimeout(late);
        this.onBytes = () => {};
        resolve(heard);
      };
    });
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** The request that opens a WebSocket. */
export const upgradeOf = (path: string, host: string): string =>
  `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n';

/** Messages of ASCII, each in a frame of its own. */
export function framesOf(texts: readonly string[]): Buffer {
  const frames = Buffer.allocUnsafe(texts.reduce((sum, text) => sum + text.length + 8, 0));
  let at = 0;
  for (const text of texts) {
    frames[at++] = MASKED_TEXT;
    if (text.length < 126) frames[at++] = 0x80 | text.length;
    else {
      frames[at++] = 0x80 | 126;
      at = frames.writeUInt16BE(text.length, at);
    }
    at = frames.writeUInt32BE(0, at);
    at += frames.write(text, at, 'latin1');
  }
  return frames.subarray(0, at);
}

/** How often `mark` came in a stream of chunks, also where it was cut in two. */
export class Counter {
  readonly #mark: Buffer;
  #tail = Buffer.alloc(0);

  constructor(mark: string) {
    this.#mark = Buffer.from(mark);
  }

  in(chunk: Buffer): number {
    const over = this.#mark.length - 1;
    let found = count(Buffer.concat([this.#tail, chunk.subarray(0, over)]), this.#mark);
    found += count(chunk, this.#mark);
    this.#tail = Buffer.concat([this.#tail, chunk.subarray(-over)]).subarray(-over);
    return found;
  }
}

function count(bytes: Buffer, mark: Buffer): number {
  let found = 0;
  for (let at = bytes.indexOf(mark); at !== -1; at = bytes.indexOf(mark, at + mark.length)) found++;
  return found;
}

const ENTRY = Buffer.from('"text":"e');
const DIGITS = 9;
/** The text of entry `n`; `Numbers` finds it again. */
export const entryText = (n: number, filler: string): string => `e${String(n).padStart(DIGITS, '0')} ${filler}`;

/** The numbers of the entries in a stream of chunks. */
export class Numbers {
  #tail = Buffer.alloc(0);

  in(chunk: Buffer): readonly number[] {
    const bytes = this.#tail.length === 0 ? chunk : Buffer.concat([this.#tail, chunk]);
    const found: number[] = [];
    let next = 0;
    for (let at = bytes.indexOf(ENTRY); at !== -1; at = bytes.indexOf(ENTRY, next)) {
      const end = at + ENTRY.length + DIGITS;
      if (end > bytes.length) break;
      found.push(Number(bytes.toString('latin1', at + ENTRY.length, end)));
      next = end;
    }
    this.#tail = Buffer.from(bytes.subarray(Math.max(next, bytes.length - ENTRY.length - DIGITS + 1)));
    return found;
  }
}
