/** One line of a journal: `crc32 json\n`. Pure. */
import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import * as v from 'valibot';
import type { Event, EventKind } from '../incident/event.ts';
import { isObject, restored } from '../incident/event-codec.ts';
import { parseJson, readAs, whole, type Fields } from '../incident/shapes.ts';
import { INCIDENT } from '../incident/topics/index.ts';
import type { Origin } from './event-store.ts';

const headerShape = v.object({
  warroom: v.literal(2),
  incident: v.string(),
  epoch: v.string(),
  created: v.string(),
  segment: whole(1),
  /** sha256 of the last line of the previous segment; zeros in the first. */
  prev: v.string(),
  /** Of its first event. */
  seq: whole(1),
});
/** First line of a segment. */
export type Header = Fields<typeof headerShape>;

const headShape = v.object({
  v: v.literal(2),
  /** sha256 of the line before, without its newline: the chain. */
  prev: v.string(),
  /** The bytes of the file before this offset were synced when this line was written. */
  synced: whole(0),
  /** Of its first event. */
  seq: whole(1),
  count: whole(1),
  origin: v.object({ client: v.string(), n: whole(0), hash: v.string() }),
});
/** An append line before its events. One line per append, so that a command's events are all or nothing. */
export type Head = Fields<typeof headShape>;

export const NO_PREV = '0'.repeat(64);

/** Where the JSON of a line begins: after 8 hex digits of the crc32 and a space. */
export const JSON_AT = 9;
const NEWLINE = 0x0a;
const SPACE = 0x20;
const CLOSE_LIST = 0x5d;
const CLOSE_OBJECT = 0x7d;
/** The value of each byte as a lower-case hex digit, or -1. */
const HEX = Int8Array.from({ length: 256 }, (_, byte) => '0123456789abcdef'.indexOf(String.fromCharCode(byte)));
const DIGITS = Buffer.from('0123456789abcdef');
const EVENTS = Buffer.from(',"events":[');
const END = 2;

/** sha256 of a line without its newline: `prev` of the next. */
export const lineHash = (line: Uint8Array): string => hash('sha256', line, 'hex');

function putChecksum(into: Buffer, at: number, sum: number): void {
  for (let digit = 0; digit < 8; digit++) into[at + digit] = DIGITS[(sum >>> (28 - 4 * digit)) & 15] ?? 0;
  into[at + 8] = SPACE;
}
/** With checksum and newline. */
export function encodeLine(json: string): Buffer {
  const line = Buffer.from(`${' '.repeat(JSON_AT)}${json}\n`);
  putChecksum(line, 0, crc32(json));
  return line;
}
/** Of a line without its newline. */
export function checksumHolds(line: Buffer): boolean {
  if (line.length <= JSON_AT || line[8] !== SPACE) return false;
  let said = 0;
  for (let i = 0; i < 8; i++) {
    const digit = HEX[line[i] ?? 0] ?? -1;
    if (digit < 0) return false;
    said = said * 16 + digit;
  }
  return said === crc32(line.subarray(JSON_AT));
}
export const jsonOf = (line: Buffer): string => line.toString('utf8', JSON_AT, line.length);

/** An upper bound of the bytes of a record. JSON writes a character in at most six. */
export function recordBound({ client, hash: body }: Origin, texts: readonly string[]): number {
  let bound = 256 + 6 * (client.length + body.length);
  for (const text of texts) bound += 3 * text.length + 1;
  return bound;
}
/** Writes an append line at `at`; returns where the next one goes. */
export function putRecord(into: Buffer, at: number, head: Head, texts: readonly string[]): number {
  const { prev, synced, seq, count, origin } = head;
  // Only client and hash may need escapes.
  const by = `{"client":${JSON.stringify(origin.client)},"n":${origin.n},"hash":${JSON.stringify(origin.hash)}}`;
  const start = at + JSON_AT;
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

export const isText = (value: unknown): value is string => typeof value === 'string';
/** A whole number from 0 that JSON carries exactly. */
export const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

/** Null: not a header. The checksum was checked. */
export function parseHeader(line: Buffer): Header | null {
  return readAs(headerShape, parseJson(jsonOf(line)));
}

/** The header at the start of a segment's bytes; null: damaged, or none. */
export function headerOf(bytes: Buffer): Header | null {
  const line = bytes.subarray(0, Math.max(0, bytes.indexOf(NEWLINE)));
  return checksumHolds(line) ? parseHeader(line) : null;
}

/** A head without escapes. Reading it so saves a quarter of the time to open a record. */
const PLAIN =
  /^\{"v":2,"prev":"([0-9a-f]{64})","synced":(\d{1,15}),"seq":([1-9]\d{0,14}),"count":([1-9]\d{0,14}),"origin":\{"client":"([ !#-[\]-\uffff]*)","n":(\d{1,15}),"hash":"([ !#-[\]-\uffff]*)"\}$/;

/** Reads the head and leaves the events unread. Null: not an append line. */
export function parseHead(line: Buffer): Head | null {
  // In JSON strings quotes are escaped: the first match is the right one.
  const at = line.indexOf(EVENTS);
  if (at < JSON_AT || line.at(-1) !== CLOSE_OBJECT || line.at(-2) !== CLOSE_LIST) return null;
  const text = line.toString('utf8', JSON_AT, at);
  const plain = PLAIN.exec(text);
  if (plain === null) return readAs(headShape, parseJson(`${text}}`));
  const [, prev = '', synced, seq, count, client = '', n, body = ''] = plain;
  const origin = { client, n: Number(n), hash: body };
  return { v: 2, prev, synced: Number(synced), seq: Number(seq), count: Number(count), origin };
}

/** The stored JSON of each event of an append line. Empty: malformed. */
export function eventTexts(line: Buffer, count: number): readonly string[] {
  const from = line.indexOf(EVENTS);
  if (from < JSON_AT || line.at(-1) !== CLOSE_OBJECT) return [];
  const list = line.toString('utf8', from + EVENTS.length, line.length - END);
  if (count === 1) return [list];
  const events = parseJson(`[${list}]`);
  if (!Array.isArray(events)) return [];
  // Parsing and writing again gives the same text.
  return events.map((event) => JSON.stringify(event));
}

/** Checks all but the event's data. */
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

/** The event stored at `seq`; null when the text is malformed. */
export function parseEvent(text: string, incident: string, seq: number): Event | null {
  const value = restored(parseJson(text), incident, seq);
  return isEvent(value) && INCIDENT.dataFault(value) === null ? value : null;
}

/** Why `parseEvent` gives null. */
export function eventFault(text: string, incident: string, seq: number): string {
  const value = restored(parseJson(text), incident, seq);
  if (!isEvent(value)) return `#${seq} is not an event`;
  return `#${seq} (${value.kind}) has data that its kind does not have: ${INCIDENT.dataFault(value) ?? 'none'}`;
}
