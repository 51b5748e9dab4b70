/** The format of kept readings: what is written is read again, and damage costs only the blocks that it touches. */
import { expect, test } from 'vitest';
import { nodeFs } from '../../src/log/disk.ts';
import { readPart } from '../../src/log/recording-folder.ts';
import {
  blockBytes,
  packed,
  scanBlocks,
  unpacked,
  type ReadingsBlock,
  type RecordedMessage,
} from '../../src/log/recording.ts';
import fc from '../support/property.ts';

const told: fc.Arbitrary<RecordedMessage> = fc.record({
  at: fc.integer({ min: 1_700_000_000_000, max: 1_800_000_000_000 }),
  key: fc.constantFrom('alerts', 'presence', 'reading "cache"', 'reading "a\\tb\\n"'),
  text: fc.json(),
});
const block = fc
  .record({ lines: fc.array(told, { maxLength: 20 }), from: fc.nat(), ms: fc.nat(60_000), isBase: fc.boolean() })
  .map(async ({ lines, from, ms, isBase }): Promise<{ lines: readonly RecordedMessage[]; block: ReadingsBlock }> => {
    const head = { incident: '2026-11-23-test', density: 'all', from, to: from + ms, isBase } as const;
    return { lines, block: { ...head, body: await packed(lines) } };
  });
const blocks = fc.array(block, { minLength: 1, maxLength: 6 });
const sorted = (lines: readonly RecordedMessage[]): readonly string[] =>
  lines.map(({ at, key, text }) => `${at} ${key} ${text}`).sort();

test('blocks are read as they were written, lines oldest first', () =>
  fc.assert(
    fc.asyncProperty(blocks, async (making) => {
      const made = await Promise.all(making);
      const found = scanBlocks(Buffer.concat(made.map((one) => blockBytes(one.block))));
      expect(found).toEqual({ blocks: made.map((one) => one.block), damagedBytes: 0 });
      for (const { block: one, lines } of made) {
        const read = await unpacked(one);
        expect(sorted(read)).toEqual(sorted(lines));
        expect(read.map(({ at }) => at)).toEqual(lines.map(({ at }) => at).sort((a, b) => a - b));
      }
    }),
    { numRuns: 60 },
  ));

test('a file that is cut anywhere, or has wrong bytes anywhere, has all its other blocks', () =>
  fc.assert(
    fc.asyncProperty(blocks, fc.nat(), fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 40 }), async (...given) => {
      const [making, cutAt, damageAt, noise] = given;
      const made = await Promise.all(making);
      const parts = made.map((one) => blockBytes(one.block));
      const whole = Buffer.concat(parts);
      const ends = parts.map((_, i) => parts.slice(0, i + 1).reduce((sum, { length }) => sum + length, 0));

      const cut = cutAt % whole.length;
      const left = scanBlocks(whole.subarray(0, cut));
      const wholly = ends.filter((end) => end <= cut);
      expect(left.blocks).toEqual(made.slice(0, wholly.length).map((one) => one.block));
      expect(left.damagedBytes).toBe(cut - (wholly.at(-1) ?? 0));

      const at = damageAt % whole.length;
      const damaged = Buffer.from(whole);
      damaged.set(noise.subarray(0, whole.length - at), at);
      const hit = made.filter((_, i) => {
        const begin = i === 0 ? 0 : ends[i - 1]!;
        return !damaged.subarray(begin, ends[i]).equals(whole.subarray(begin, ends[i]));
      });
      const found = scanBlocks(damaged);
      expect(found.blocks).toEqual(made.filter((one) => !hit.includes(one)).map((one) => one.block));
      expect(found.damagedBytes > 0).toBe(hit.length > 0);
    }),
    { numRuns: 150 },
  ));

test('a block that would fill the memory is refused', async () => {
  const huge = await packed([{ at: 1, key: 'alerts', text: 'x'.repeat(65 * 1024 * 1024) }]);
  expect(huge.length).toBeLessThan(1_000);
  await expect(unpacked({ body: huge })).rejects.toThrow();
});

test('a file that cannot be read is none, so that the others play', () => {
  expect(readPart(nodeFs, import.meta.dirname, 0, 10)).toBeNull();
  expect(readPart(nodeFs, `${import.meta.dirname}/nowhere`, 0, 10)).toBeNull();
});
