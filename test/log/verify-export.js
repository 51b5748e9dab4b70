// A second program that verifies an export, written from docs/record.md alone: it shares no code with warroom.
// node verify-export.js FILE: prints "N events, ends HASH", or what is wrong, and ends with 1.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

const fail = (line, why) => {
  console.log(`line ${line}: ${why}`);
  process.exit(1);
};
const table = Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  return c >>> 0;
});
const crc32 = (bytes) => {
  let c = 0xffffffff;
  for (const byte of bytes) c = table[(c ^ byte) & 255] ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
};
// The line as warroom stores it: its checksum, a space, the JSON.
const hashOf = (json) =>
  createHash('sha256')
    .update(`${crc32(Buffer.from(json)).toString(16).padStart(8, '0')} ${json}`)
    .digest('hex');

const text = readFileSync(process.argv[2], 'utf8');
if (!text.endsWith('\n')) fail(text.split('\n').length, 'the last line has no end');
const lines = text.slice(0, -1).split('\n');
let prev = '0'.repeat(64);
let seq = 0;
let incident;
for (const [i, json] of lines.slice(0, -1).entries()) {
  const line = JSON.parse(json);
  if (line.prev !== prev) fail(i + 1, 'prev is not the hash of the line before');
  if (line.seq !== seq + 1) fail(i + 1, `seq ${line.seq} where ${seq + 1} must come`);
  if (line.warroom === 2) {
    if (line.incident !== (incident ??= line.incident)) fail(i + 1, 'another incident');
  } else {
    if (line.v !== 2 || i === 0) fail(i + 1, 'no line of this version');
    if (line.count !== line.events.length) fail(i + 1, 'not as many events as it says');
    for (const event of line.events)
      if (!event.at || !event.kind || !event.id || typeof event.data !== 'object') fail(i + 1, 'no event');
    seq += line.count;
  }
  prev = hashOf(json);
}
const { end } = JSON.parse(lines.at(-1));
if (end?.hash !== prev || end.head !== seq || end.lines !== lines.length - 1)
  fail(lines.length, 'the end does not fit the lines');
console.log(`${seq} events, ends ${prev}`);
