/** Faults at every call to the disk, and power cuts at every moment, on a disk in memory. */
import fs from 'node:fs';
import { expect, test } from 'vitest';
import { freshDir } from '../log/fresh-dir.ts';
import { checkLeft, openReal, play, type Opener } from './journal-scene.ts';
import { note, origin } from '../log/sample.ts';
import { randomFrom } from '../support/random.ts';
import { MemoryDisk, type Hook } from './memory-disk.ts';

const IMAGES = process.env['WARROOM_LONG'] === undefined ? 4 : 40;

const failure = (code: string): Error => Object.assign(new Error(`${code}: injected`), { code });
const FAULTS: Readonly<Record<string, (k: number) => Hook>> = {
  'EIO once': (k) => (_operation, count) => {
    if (count === k) throw failure('EIO');
    return undefined;
  },
  'short write once': (k) => (operation, count) => (operation === 'write' && count === k ? 7 : undefined),
  'disk full from then on': (k) => (operation, count) => {
    if (count === k && operation === 'write') return 100;
    if (count > k && (operation === 'write' || operation === 'create')) throw failure('ENOSPC');
    return undefined;
  },
  'dead from then on': (k) => (_operation, count) => {
    if (count >= k) throw failure('EIO');
    return undefined;
  },
};

async function changesOf(open: Opener): Promise<number> {
  const dir = freshDir();
  const disk = new MemoryDisk(dir);
  const { acked, log } = await play(open, dir, disk);
  expect(acked.size).toBe(12);
  await log?.close();
  return disk.count;
}

for (const [name, hookAt] of Object.entries(FAULTS)) {
  test(`${name}, at each call in turn: nothing acknowledged is lost, nothing is acknowledged afterwards`, async () => {
    const changes = await changesOf(openReal);
    for (let k = 1; k <= changes; k++) {
      const dir = freshDir();
      const disk = new MemoryDisk(dir);
      disk.hook = hookAt(k);
      const scene = await play(openReal, dir, disk);
      expect([...scene.ackedAfterFault]).toEqual([]);
      for (const how of ['kill', 'power'] as const) {
        const random = randomFrom(k);
        await checkLeft(openReal, (at) => disk.image(at, how, random), scene);
      }
    }
  });
}

test('the power goes at each call in turn: what was acknowledged is there, the rest is whole or gone', async () => {
  const changes = await changesOf(openReal);
  for (let k = 1; k <= changes; k++) {
    for (let seed = 1; seed <= IMAGES; seed++) {
      const dir = freshDir();
      const disk = new MemoryDisk(dir);
      const random = randomFrom(seed * 1000 + k);
      // The image is taken at the call; what the process does afterwards never reaches the disk.
      let left: MemoryDisk | null = null;
      disk.hook = (_operation, count) => {
        if (count < k) return undefined;
        left ??= disk.image('', 'power', random);
        throw failure('EIO');
      };
      const scene = await play(openReal, dir, disk);
      await checkLeft(openReal, (at) => (left ?? disk).image(at, 'kill', random), scene);
    }
  }
});

test('what a new process serves after a kill survives the power cut after it', async () => {
  const changes = await changesOf(openReal);
  let entries = 0;
  for (let k = 1; k <= changes; k++) {
    const dir = freshDir();
    const disk = new MemoryDisk(dir);
    disk.hook = (_operation, count) => {
      if (count >= k) throw failure('EIO');
      return undefined;
    };
    await play(openReal, dir, disk);
    // The same disk, its cache as the dead process left it.
    disk.hook = () => undefined;
    fs.writeFileSync(`${dir}/hub.lock`, JSON.stringify({ pid: 999_999_999, start: '1' }));
    const log = await openReal(dir, disk);
    const served = (await log.head('a')) + 1;
    await log.append('a', [note('a', served)], origin(1000));
    entries += served;
    for (let seed = 0; seed < IMAGES; seed++) {
      const at = freshDir();
      const left = await openReal(at, disk.image(at, 'power', randomFrom(seed)));
      expect(await left.head('a')).toBeGreaterThanOrEqual(served);
      await left.close();
    }
    await log.close();
  }
  expect(entries).toBeGreaterThan(changes);
});
