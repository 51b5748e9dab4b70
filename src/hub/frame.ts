/** WebSocket frames (RFC 6455 section 5.2), built once and written to every console. */

const OPCODE_TEXT = 0x01;
const FIN = 0x80;
const TEXT = FIN | OPCODE_TEXT;

/** An unmasked text frame, for connections without compression. */
export const textFrame = (text: string): Buffer => frameOf([text]);

/** An `events` message made of stored JSON; `seq` is that of the first. */
export const eventsFrame = (incident: string, seq: number, texts: readonly string[], page = false): Buffer =>
  frameOf([
    `{"type":"events","incident":${JSON.stringify(incident)},"seq":${seq},"events":[`,
    texts.join(','),
    page ? '],"page":true}' : ']}',
  ]);

/** One frame per ASCII text, for one write. */
export function asciiFrames(texts: readonly string[]): Buffer {
  let frames = '';
  for (const text of texts) frames += headerOf(text.length) + text;
  return Buffer.from(frames, 'latin1');
}

/** Payload bounds of the first frame. */
function payloadIn(frames: Buffer): readonly [begin: number, end: number] {
  const length = frames.readUInt8(1);
  if (length < 126) return [2, 2 + length];
  return length === 126 ? [4, 4 + frames.readUInt16BE(2)] : [10, 10 + Number(frames.readBigUInt64BE(2))];
}

export const isOneFrame = (frames: Buffer): boolean => payloadIn(frames)[1] === frames.length;

/** A frame's message in fragments (section 5.4), not copied. Only control frames may be sent between them. */
export function* fragments(frame: Buffer, size: number): Generator<readonly [header: Buffer, payload: Buffer]> {
  const [begin, end] = payloadIn(frame);
  for (let at = begin; at < end; at += size) {
    const payload = frame.subarray(at, Math.min(end, at + size));
    const first = (at === begin ? OPCODE_TEXT : 0) | (at + size >= end ? FIN : 0);
    yield [Buffer.from(headerOf(payload.length, first), 'latin1'), payload];
  }
}

/** One frame around a text given in parts, which avoids joining long strings. */
function frameOf(parts: readonly string[]): Buffer {
  let payload = 0;
  for (const part of parts) payload += Buffer.byteLength(part);
  const header = headerOf(payload);
  const frame = Buffer.allocUnsafe(header.length + payload);
  let at = frame.write(header, 'latin1');
  for (const part of parts) at += frame.write(part, at);
  return frame;
}

function headerOf(payload: number, first = TEXT): string {
  if (payload < 126) return String.fromCharCode(first, payload);
  if (payload < 0x10000) return String.fromCharCode(first, 126, payload >> 8, payload & 0xff);
  const [high, low] = [Math.floor(payload / 2 ** 32), payload % 2 ** 32];
  const bytes = [high, low].flatMap((half) => [24, 16, 8, 0].map((bits) => (half >>> bits) & 0xff));
  return String.fromCharCode(first, 127, ...bytes);
}

/** The first texts that fit into `length` characters; at least one. */
export function firstThatFit(texts: readonly string[], length: number): readonly string[] {
  let size = 0;
  const end = texts.findIndex((text) => (size += text.length) > length);
  return end === -1 ? texts : texts.slice(0, Math.max(1, end));
}

const STEP = 50;

/** The last texts of `from` to `to` that fit into `length` characters, at least one; reads backwards in steps. */
export async function lastThatFit(
  read: (after: number, limit: number) => Promise<readonly string[]>,
  from: number,
  to: number,
  length: number,
): Promise<readonly string[]> {
  const found: string[] = [];
  let size = 0;
  for (let end = to; end >= from && size < length; end -= STEP) {
    const first = Math.max(from, end - STEP + 1);
    for (const text of (await read(first - 1, end - first + 1)).toReversed()) {
      size += text.length;
      found.push(text);
    }
  }
  return firstThatFit(found, length).toReversed();
}
