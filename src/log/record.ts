/** One line of a journal: `crc32 json\n`. Pure: text and bytes in, text and bytes out. */
import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Event, EventKind } from '../incident/event.ts';
import { isObject, restored } from '../incident/event-codec.ts';
import { INCIDENT } from '../incident/topics/index.ts';
import type { Origin } from './event-store.ts';

/** First line of a segment: whose record this is and what it continues. */
export interface Header {
  readonly warroom: 2;
  readonly incident: string;
  readonly epoch: string;
  readonly created: string;
  /** 1, 2, 3, …: the file's number. */
  readonly segment: number;
  /** sha256 of the last line of the segment before; zeros in the first. */
  readonly prev: string;
  /** The seq its first event has. */
  readonly seq: number;
}

/** What an append line says before its events. One line per append, so that a command's events are all or nothing. */
export interface Head {
  readonly v: 2;
  /** sha256 of the line before, without its newline: the chain. */
  readonly prev: string;
  /** When this line was written, the file's bytes before this offset were on disk already. */
  readonly synced: number;
  /** The seq of its first event, and how many there are. */
  readonly seq: number;
  readonly count: number;
  readonly origin: Origin;
}

/** The `prev` of the very first line. */
export const NO_PREV = '0'.repeat(64);

/** `crc32` as 8 hex digits and a space come before the JSON. */
const PREFIX = 9;
const NEWLINE = 0x0a;
const SPACE = 0x20;
const CLOSE_LIST = 0x5d;
const CLOSE_OBJECT = 0x7d;
/** The value of each byte as a lower-case hex digit; -1 for the others. */
const HEX = Int8Array.from({ length: 256 }, (_, byte) => '0123456789abcdef'.indexOf(String.fromCharCode(byte)));
/** And back. */
const DIGITS = Buffer.from('0123456789abcdef');
const EVENTS = Buffer.from(',"events":[');
/** `]}` after the events. */
const END = 2;

/** sha256 of a line (no newline), in hex: what the next line carries as `prev`. */
export const lineHash = (line: Uint8Array): string => hash('sha256', line, 'hex');

/** Puts `sum` as 8 hex digits and a space. */
function putChecksum(into: Buffer, at: number, sum: number): void {
  for (let digit = 0; digit < 8; digit++) into[at + digit] = DIGITS[(sum >>> (28 - 4 * digit)) & 15] ?? 0;
  into[at + 8] = SPACE;
}
/** A checksummed line around `json`, newline included. */
export function encodeLine(json: string): Buffer {
  const line = Buffer.from(`${' '.repeat(PREFIX)}${json}\n`);
  putChecksum(line, 0, crc32(json));
  return line;
}
/** A line of its own, with the newline cut off: is its checksum right? */
export function checksumHolds(line: Buffer): boolean {
  if (line.length <= PREFIX || line[8] !== SPACE) return false;
  let said = 0;
  for (let i = 0; i < 8; i++) {
    const digit = HEX[line[i] ?? 0] ?? -1;
    if (digit < 0) return false;
    said = said * 16 + digit;
  }
  return said === crc32(line.subarray(PREFIX));
}
/** The JSON text of a checksummed line. */
export const jsonOf = (line: Buffer): string => line.toString('utf8', PREFIX, line.length);

export const encodeHeader = (header: Header): Buffer => encodeLine(JSON.stringify(header));
/** At least as many bytes as `putRecord` needs. JSON writes a character of a string in at most six. */
export function recordBound({ client, hash: body }: Origin, texts: readonly string[]): number {
  let bound = 256 + 6 * (client.length + body.length);
  for (const text of texts) bound += 3 * text.length + 1;
  return bound;
}
/** Puts an append line into `into` at `at`, newline included; answers where the next one goes. */
export function putRecord(into: Buffer, at: number, head: Head, texts: readonly string[]): number {
  const { prev, synced, seq, count, origin } = head;
  // Client and hash are the parts of a head that may need escapes.
  const by = `{"client":${JSON.stringify(origin.client)},"n":${origin.n},"hash":${JSON.stringify(origin.hash)}}`;
  const start = at + PREFIX;
  let end = start;
  const said = `{"v":2,"prev":"${prev}","synced":${synced},"seq":${seq},"count":${count},"origin":${by},"events":[`;
  end += into.write(said, end);
  end += into.write(texts.length === 1 ? (texts[0] ?? '') : texts.join(','), end);
  into[end++] = CLOSE_LIST;
  into[end++] = CLOSE_OBJECT;
  putChecksum(into, at, crc32(into.subarray(start, end)));
  into[end] = NEWLINE;
  return end + 1;
}

/** Is it a string? */
export const isText = (value: unknown): value is string => typeof value === 'string';
/** Is it a whole number from 0 that JSON carries exactly? */
export const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

/** JSON that may be anything; undefined when it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Reads a segment's first line (checksum already checked). Null: it is none. */
export function parseHeader(line: Buffer): Header | null {
  const value = parseJson(jsonOf(line));
  if (!isObject(value) || value['warroom'] !== 2) return null;
  const { incident, epoch, created, segment, prev, seq } = value;
  if (!isText(incident) || !isText(epoch) || !isText(created) || !isText(prev)) return null;
  if (!isCount(segment) || !isCount(seq) || segment < 1 || seq < 1) return null;
  return { warroom: 2, incident, epoch, created, segment, prev, seq };
}

/** A head as `putRecord` writes it, where client and hash need no escapes. Reading it so saves a quarter of opening. */
const PLAIN =
  /^\{"v":2,"prev":"([0-9a-f]{64})","synced":(\d{1,15}),"seq":(\d{1,15}),"count":(\d{1,15}),"origin":\{"client":"([\w -]*)","n":(\d{1,15}),"hash":"([\w -]*)"\}$/;

/** Reads what an append line says before its events, leaving those unread. Null: it is no such line. */
export function parseHead(line: Buffer): Head | null {
  // Inside a JSON string a quote is escaped, so the first match is the real one.
  const at = line.indexOf(EVENTS);
  if (at < PREFIX || line.at(-1) !== CLOSE_OBJECT || line.at(-2) !== CLOSE_LIST) return null;
  const text = line.toString('utf8', PREFIX, at);
  const plain = PLAIN.exec(text);
  if (plain === null) return headFrom(parseJson(`${text}}`));
  const [, prev = '', synced, seq, count, client = '', n, body = ''] = plain;
  const origin = { client, n: Number(n), hash: body };
  return checked({ v: 2, prev, synced: Number(synced), seq: Number(seq), count: Number(count), origin });
}

function headFrom(value: unknown): Head | null {
  if (!isObject(value) || value['v'] !== 2 || !isObject(value['origin'])) return null;
  const { prev, synced, seq, count, origin } = value;
  if (!isText(prev) || !isCount(synced) || !isCount(seq) || !isCount(count)) return null;
  const { client, n, hash: body } = origin;
  if (!isText(client) || !isCount(n) || !isText(body)) return null;
  return checked({ v: 2, prev, synced, seq, count, origin: { client, n, hash: body } });
}

const checked = (head: Head): Head | null => (head.seq >= 1 && head.count >= 1 ? head : null);

/** The stored JSON of each of the `count` events of an append line, byte for byte as it was written. Empty: it is none. */
export function eventTexts(line: Buffer, count: number): readonly string[] {
  const from = line.indexOf(EVENTS);
  if (from < PREFIX || line.at(-1) !== CLOSE_OBJECT) return [];
  const list = line.toString('utf8', from + EVENTS.length, line.length - END);
  if (count === 1) return [list];
  const events = parseJson(`[${list}]`);
  if (!Array.isArray(events)) return [];
  // What JSON.stringify wrote comes back the same from parse and stringify.
  return events.map((event) => JSON.stringify(event));
}

/** Has `value` the shape every event has? Its data is not looked at. */
export function isEvent(value: unknown): value is Event<EventKind> {
  if (!isObject(value) || !isObject(value['by']) || !isObject(value['data'])) return false;
  const { id, incident, seq, at, recorded, via, kind, level, visibility, ref, by } = value;
  return (
    [id, incident, at, recorded, via, kind, level, visibility, by['name'], by['role']].every(isText) &&
    isCount(seq) &&
    seq >= 1 &&
    (ref === undefined || isCount(ref))
  );
}

/** Reads the event stored at `seq` of `incident`; null when the text is none, or its data is not as its kind says. */
export function parseEvent(text: string, incident: string, seq: number): Event | null {
  const value = restored(parseJson(text), incident, seq);
  return isEvent(value) && INCIDENT.dataFault(value) === null ? value : null;
}

/** Why the text stored at `seq` of `incident` is no event, in words. */
export function eventFault(text: string, incident: string, seq: number): string {
  const value = restored(parseJson(text), incident, seq);
  if (!isEvent(value)) return `#${seq} is not an event`;
  return `#${seq} (${value.kind}) has data that its kind does not have: ${INCIDENT.dataFault(value) ?? 'none'}`;
}
