/** A record on its way into the archive and back: the disk fails, the process dies or the power goes at any step. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { built } from '../support/built.ts';
import { nodeFs } from '../../src/log/disk.ts';
import { freshDir } from '../log/fresh-dir.ts';
import { randomFrom } from '../support/random.ts';
import { archive, checkLeft, ID, recorded, restore, withStore } from './archive-scene.ts';
import { MemoryDisk, type Hook } from './memory-disk.ts';

const long = process.env['WARROOM_LONG'] !== undefined;
const IMAGES = long ? 40 : 2;

const WAYS = ['archive', 'restore'] as const;
type Way = (typeof WAYS)[number];
/** A disk on which the record is, or, for the way back, only its archive. */
async function begun(way: Way): Promise<{ dir: string; disk: MemoryDisk; bytes: Buffer }> {
  const dir = freshDir();
  const disk = new MemoryDisk(dir);
  const bytes = await recorded(dir, disk);
  if (way === 'restore') await withStore(dir, disk, archive);
  disk.count = 0;
  return { dir, disk, bytes };
}
const go = (way: Way, dir: string, disk: MemoryDisk): Promise<unknown> =>
  withStore(dir, disk, (store) => (way === 'archive' ? archive(store) : restore(dir, store)));
const failure = (code: string): Error => Object.assign(new Error(`${code}: injected`), { code });

async function changesOf(way: Way): Promise<number> {
  const { dir, disk } = await begun(way);
  await go(way, dir, disk);
  return disk.count;
}

for (const way of WAYS) {
  test(`${way}: a disk that fails once, or from then on, at each call in turn`, async () => {
    const changes = await changesOf(way);
    expect(changes).toBeGreaterThan(20);
    for (let k = 1; k <= changes; k++)
      for (const isOver of [(count: number) => count === k, (count: number) => count >= k]) {
        const { dir, disk, bytes } = await begun(way);
        disk.hook = (operation, count) => {
          if (isOver(count)) throw failure(operation === 'write' ? 'ENOSPC' : 'EIO');
          return undefined;
        };
        await go(way, dir, disk).catch(() => {});
        disk.hook = () => undefined;
        const next = freshDir();
        await checkLeft(next, disk.image(next, 'kill', randomFrom(k)), bytes);
      }
  }, 60_000);

  test(`${way}: the power goes at each call in turn`, async () => {
    const changes = await changesOf(way);
    for (let k = 1; k <= changes + 1; k++)
      for (let seed = 1; seed <= IMAGES; seed++) {
        const { dir, disk, bytes } = await begun(way);
        const random = randomFrom(seed * 1000 + k);
        let left: MemoryDisk | null = null;
        const cut: Hook = (_operation, count) => {
          if (count < k) return undefined;
          left ??= disk.image('', 'power', random);
          throw failure('EIO');
        };
        disk.hook = cut;
        await go(way, dir, disk).catch(() => {});
        disk.hook = () => undefined;
        const next = freshDir();
        await checkLeft(next, (left ?? disk.image('', 'power', random)).image(next, 'kill', random), bytes);
      }
  }, 120_000);
}

test('kill -9 of a process that moves a record', async () => {
  const random = randomFrom(Date.now());
  for (let round = 0; round < (long ? 60 : 4); round++) {
    const dir = freshDir();
    const bytes = await recorded(dir, nodeFs);
    const way = WAYS[round % 2]!;
    if (way === 'restore') await withStore(dir, nodeFs, archive);
    const nth = String(4 + Math.floor(random() * 28));
    spawnSync(process.execPath, [built('test/faults/archive-scene.ts'), dir, way, nth]);
    await checkLeft(dir, nodeFs, bytes);
  }
}, 300_000);

const tmpfs = freshDir();
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', tmpfs]).status === 0;
afterAll(() => {
  if (mounted) spawnSync('umount', ['-l', tmpfs]);
});

test.skipIf(!mounted)('a full disk: refused in words, and everything is as it was', async () => {
  const dir = `${tmpfs}/data`;
  // One that knows how full it is, and one that only tells when it is written to.
  for (const disk of [nodeFs, { ...nodeFs, free: () => Number.POSITIVE_INFINITY }]) {
    fs.rmSync(dir, { recursive: true, force: true });
    const bytes = await recorded(dir, { ...nodeFs, free: () => Number.POSITIVE_INFINITY });
    fs.writeFileSync(`${dir}/incidents/${ID}/readings/2.readings`, Buffer.alloc(600 * 1024));
    await expect(withStore(dir, disk, archive)).rejects.toMatchObject({
      code: 'disk_low',
      message: expect.stringMatching(/MB are free|bytes were written/),
    });
    expect([`${dir}/archive/${ID}`, `${dir}/archiving`].filter((each) => fs.existsSync(each))).toEqual([]);
    fs.rmSync(`${dir}/incidents/${ID}/readings/2.readings`);
    await checkLeft(dir, { ...nodeFs, free: () => Number.POSITIVE_INFINITY }, bytes);
  }
});
