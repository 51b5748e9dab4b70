/** WebSocket frames as bytes (RFC 6455 section 5.2), so that one frame is built once and written to every console. */

const TEXT = 0x81;

/** An unmasked, unfragmented text frame. Only for connections without compression. */
export function textFrame(text: string): Buffer {
  const payload = Buffer.byteLength(text);
  const frame = Buffer.allocUnsafe(headerSize(payload) + payload);
  put(frame, 0, text, payload);
  return frame;
}

/** Several messages, each in a frame of its own, as the bytes of one write. */
export function textFrames(texts: readonly string[]): Buffer {
  const sizes = texts.map((text) => Buffer.byteLength(text));
  const frames = Buffer.allocUnsafe(sizes.reduce((sum, size) => sum + headerSize(size) + size, 0));
  let at = 0;
  for (const [index, text] of texts.entries()) at = put(frames, at, text, sizes[index] ?? 0);
  return frames;
}

const headerSize = (payload: number): number => (payload < 126 ? 2 : payload < 0x10000 ? 4 : 10);

/** Puts one frame into `into` at `at`; answers where the next one goes. */
function put(into: Buffer, at: number, text: string, payload: number): number {
  const header = headerSize(payload);
  into[at] = TEXT;
  if (header === 2) into[at + 1] = payload;
  else if (header === 4) {
    into[at + 1] = 126;
    into.writeUInt16BE(payload, at + 2);
  } else {
    into[at + 1] = 127;
    into.writeBigUInt64BE(BigInt(payload), at + 2);
  }
  into.write(text, at + header);
  return at + header + payload;
}

/** An `events` message joined from the stored JSON of its events, of which the first has the number `seq`. */
export const eventsText = (incident: string, seq: number, texts: readonly string[], page = false): string =>
  `{"type":"events","incident":${JSON.stringify(incident)},"seq":${seq},"events":[${texts.join(',')}]${page ? ',"page":true' : ''}}`;

/** The first of `texts` that fit into `length` characters; one at least. */
export function firstThatFit(texts: readonly string[], length: number): readonly string[] {
  let size = 0;
  const end = texts.findIndex((text) => (size += text.length) > length);
  return end === -1 ? texts : texts.slice(0, Math.max(1, end));
}
