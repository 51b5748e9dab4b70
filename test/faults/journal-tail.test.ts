/** A damaged end of the file is cut to exactly what is whole; damage in the middle is refused with its place. */
import fs from 'node:fs';
import fc from '../support/property.ts';
import { beforeAll, expect, test } from 'vitest';
import { written as asWritten } from '../../src/incident/event-codec.ts';
import { nodeFs } from '../../src/log/disk.ts';
import { NO_PREV } from '../../src/log/record.ts';
import { scanSegment } from '../../src/log/scan.ts';
import { freshDir } from '../log/fresh-dir.ts';
import { openLog, type TestLog } from '../log/open-store.ts';
import { note, origin } from '../log/sample.ts';
import { randomFrom } from '../support/random.ts';

const ENTRIES = 12;
const texts = Array.from({ length: ENTRIES }, (_, i) => asWritten(note('a', i + 1)));
let whole = Buffer.alloc(0);
/** Where each line begins; the header is line 0. */
let starts: number[] = [];
const long = process.env['WARROOM_LONG'] !== undefined;
/** Whole openings are slow next to a scan of the bytes: fewer of them, unless there is time. */
const FLIPS = long ? 500 : 20;
const SCANNED = long ? 1000 : 300;
const CUT_STEP = long ? 1 : 17;

/** How many entries a scan finds whole; -1: corrupt. */
async function scanned(bytes: Buffer): Promise<number> {
  const expected = { incident: 'a', segment: 1, prev: NO_PREV, seq: 1 };
  const { end, nextSeq } = await scanSegment(bytes, expected, true, () => {});
  return end === 'corrupt' ? -1 : nextSeq - 1;
}
function flip(record: Buffer, bit: number): Buffer {
  const bytes = Buffer.from(record);
  const at = Math.floor(bit / 8);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << (bit % 8));
  return bytes;
}
const flipped = (record: Buffer, random: () => number): Buffer =>
  flip(record, Math.floor(random() * record.length * 8));

/** A record of 12 entries, each in a commit of its own or all in one. */
async function written(together: boolean): Promise<Buffer<ArrayBuffer>> {
  const dir = freshDir();
  const log = await openLog({ dir, random: () => 'the-same-each-time', now: () => 0 });
  const appends: Promise<unknown>[] = [];
  for (let seq = 1; seq <= ENTRIES; seq++) {
    appends.push(log.append('a', [note('a', seq)], origin(seq)));
    if (!together) await Promise.all(appends);
  }
  await Promise.all(appends);
  await log.close();
  return Buffer.from(fs.readFileSync(`${dir}/incidents/a/000001.log`));
}

const startsOf = (bytes: Buffer): number[] => {
  const found = [0];
  for (let at = bytes.indexOf(10); at + 1 < bytes.length; at = bytes.indexOf(10, at + 1)) found.push(at + 1);
  return found;
};

beforeAll(async () => {
  whole = await written(false);
  starts = startsOf(whole);
  expect(starts).toHaveLength(ENTRIES + 1);
});

const dir = freshDir();
const file = `${dir}/incidents/a/000001.log`;
/** Thousands of openings, none of which is about durability. */
const unsynced = { ...nodeFs, sync: async () => {}, syncNow: () => {}, syncDir: async () => {} };
/** Opens a record that consists of `bytes`. */
async function opened(bytes: Uint8Array): Promise<TestLog> {
  fs.mkdirSync(`${dir}/incidents/a`, { recursive: true });
  fs.writeFileSync(file, bytes);
  return openLog({ dir, fs: unsynced });
}
/** How many entries are served; each must be the right one. -1: refused as damaged. */
async function served(bytes: Uint8Array): Promise<number> {
  const log = await opened(bytes);
  try {
    const head = await log.head('a');
    expect(await log.texts('a', 0, 100)).toEqual(texts.slice(0, head));
    return head;
  } catch (error) {
    expect(error).toMatchObject({ code: 'corrupt', message: expect.stringContaining(`${file}:`) as string });
    expect(fs.readFileSync(file)).toEqual(Buffer.from(bytes));
    return -1;
  } finally {
    await log.close();
  }
}
/** How many entries lie wholly before `byte`. */
const before = (byte: number): number => starts.filter((_, i) => (starts[i + 1] ?? whole.length) <= byte).length - 1;

test('cut at every byte of the last three records: exactly the whole entries are left, and it goes on', async () => {
  const from = starts[ENTRIES - 2] ?? 0;
  for (let cut = from; cut <= whole.length; cut++) expect(await scanned(whole.subarray(0, cut))).toBe(before(cut));
  for (let cut = from; cut <= whole.length; cut += CUT_STEP) {
    const log = await opened(whole.subarray(0, cut));
    const head = await log.head('a');
    expect(head).toBe(before(cut));
    expect(await log.texts('a', 0, 100)).toEqual(texts.slice(0, head));
    expect(log.journal.cuts()).toHaveLength(starts.includes(cut) || cut === whole.length ? 0 : 1);
    await log.append('a', [note('a', head + 1)], origin(head + 1));
    await log.close();
    expect(fs.readFileSync(file).length).toBe(starts[head + 2] ?? fs.statSync(file).size);
  }
});

test(
  'a flipped bit is refused, wherever it is',
  async () => {
    const random = randomFrom(7);
    for (const record of [whole, await written(true)]) {
      for (let i = 0; i < FLIPS; i++) expect(await served(flipped(record, random))).toBe(-1);
      // Of the last line, which a crash could have torn, every single one.
      const last = startsOf(record)[ENTRIES] ?? 0;
      for (let bit = last * 8; bit < record.length * 8; bit++)
        expect(await scanned(flip(record, bit)), `bit ${bit % 8} of byte ${Math.floor(bit / 8)}`).toBe(-1);
      for (let i = 0; i < SCANNED; i++) expect(await scanned(flipped(record, random))).toBe(-1);
    }
  },
  long ? 300_000 : 30_000,
);

test('a byte of the last line that became zero is refused; a whole sector of zeros is what a power cut leaves', async () => {
  const last = starts[ENTRIES] ?? 0;
  for (let at = last + 1; at < whole.length - 1; at++) {
    const zeroed = Buffer.from(whole).fill(0, at, at + 1);
    // The one byte that this line has in a sector.
    const alone = at % 512 === 511 && at - 1 < last;
    expect(await scanned(zeroed), `byte ${at}`).toBe(alone ? ENTRIES - 1 : -1);
  }
});

test('sectors of the last commit that a power cut lost are cut with what follows; of an earlier one they are corruption', async () => {
  const together = await written(true);
  for (let at = 512; at < together.length - 512; at += 512) {
    const zeroed = (bytes: Buffer): Buffer => Buffer.from(bytes).fill(0, at, at + 512);
    const kept = startsOf(together).filter((start) => start <= at).length - 2;
    expect(await served(zeroed(together))).toBe(kept);
    if (at + 512 <= (starts[ENTRIES] ?? 0)) expect(await served(zeroed(whole))).toBe(-1);
  }
});

test('zeros, half a line or noise at the end are cut', async () => {
  const random = randomFrom(11);
  for (const length of [1, 2, 100, 511, 512, 4096, 100_000])
    expect(await served(Buffer.concat([whole, Buffer.alloc(length)]))).toBe(ENTRIES);
  for (let i = 0; i < 30; i++) {
    const noise = Buffer.from(Array.from({ length: 1 + Math.floor(random() * 900) }, () => random() * 256));
    expect(await served(Buffer.concat([whole, noise]))).toBe(ENTRIES);
  }
});

test('a last block that is there twice is never served twice', async () => {
  for (const length of [1, 64, 512, 700, 1024, 4096]) {
    const block = whole.subarray(whole.length - length);
    expect([-1, ENTRIES]).toContain(await served(Buffer.concat([whole, block])));
  }
});

test('lines taken out, exchanged or altered with a right checksum break the chain', async () => {
  const line = (i: number): Buffer => whole.subarray(starts[i], starts[i + 1]);
  const all = starts.map((_, i) => line(i));
  const without = (i: number): Buffer => Buffer.concat(all.filter((_, k) => k !== i));
  for (let i = 0; i < ENTRIES; i++) expect(await served(without(i))).toBe(-1);
  const exchanged = [...all];
  [exchanged[3], exchanged[4]] = [line(4), line(3)];
  expect(await served(Buffer.concat(exchanged))).toBe(-1);

  const { encodeLine } = await import('../../src/log/record.ts');
  const forged = encodeLine(line(5).subarray(9, -1).toString().replace('entry 5', 'entry 6'));
  expect(await served(Buffer.concat(all.map((old, i) => (i === 5 ? forged : old))))).toBe(-1);
});

test('any bytes at all: an answer, never a crash, never a wrong entry', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), fc.nat({ max: 6000 }), async (bytes, at) => {
      await served(Buffer.concat([whole.subarray(0, at), bytes]));
      await served(Buffer.concat([whole.subarray(0, at), bytes, whole.subarray(at)]));
    }),
    { numRuns: 40 },
  );
});
