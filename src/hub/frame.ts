/** WebSocket frames as bytes (RFC 6455 section 5.2), so that one frame is built once and written to every console. */

const TEXT = 0x81;

/** An unmasked, unfragmented text frame. Only for connections without compression. */
export function textFrame(text: string): Buffer {
  const payload = Buffer.byteLength(text);
  const header = payload < 126 ? 2 : payload < 0x10000 ? 4 : 10;
  const frame = Buffer.allocUnsafe(header + payload);
  frame[0] = TEXT;
  if (header === 2) frame[1] = payload;
  else if (header === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(payload, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(payload), 2);
  }
  frame.write(text, header);
  return frame;
}

/** An `events` message joined from the stored JSON of its events. */
export const eventsText = (incident: string, texts: readonly string[], page = false): string =>
  `{"type":"events","incident":${JSON.stringify(incident)},"events":[${texts.join(',')}]${page ? ',"page":true' : ''}}`;

/** The first of `texts` that fit into `length` characters; one at least. */
export function firstThatFit(texts: readonly string[], length: number): readonly string[] {
  let size = 0;
  const end = texts.findIndex((text) => (size += text.length) > length);
  return end === -1 ? texts : texts.slice(0, Math.max(1, end));
}
