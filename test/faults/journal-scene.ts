/** A little life of a journal, and the check of what must be left of it whatever happened. */
import { expect } from 'vitest';
import { written } from '../../src/incident/event-codec.ts';
import type { JournalFs } from '../../src/log/disk.ts';
import { freshDir } from '../log/fresh-dir.ts';
import { openLog, type TestLog } from '../log/open-store.ts';
import { note, origin } from '../log/sample.ts';

export interface Scene {
  /** The seq of every append that was acknowledged. */
  readonly acked: Set<number>;
  /** The seq of what was appended after the first error, and acknowledged all the same: must stay empty. */
  readonly ackedAfterFault: Set<number>;
  log: TestLog | null;
}

/** How the journal under test is opened; a mutant comes in here. */
export type Opener = (dir: string, disk: JournalFs) => Promise<TestLog>;
export const openReal: Opener = (dir, disk) => openLog({ dir, fs: disk, segmentBytes: 2500 });

/** Appends 12 entries to a new record: alone, several at once, and one of two events. Never throws. */
export async function play(open: Opener, dir: string, disk: JournalFs): Promise<Scene> {
  const scene: Scene = { acked: new Set(), ackedAfterFault: new Set(), log: null };
  let failed = false;
  const append = async (seqs: readonly number[]): Promise<void> => {
    const before = failed;
    try {
      const events = seqs.map((seq) => note('a', seq));
      await scene.log?.append('a', events, origin(seqs[0] ?? 0));
      for (const seq of seqs) (before ? scene.ackedAfterFault : scene.acked).add(seq);
    } catch {
      failed = true;
    }
  };
  try {
    scene.log = await open(dir, disk);
    await append([1]);
    await append([2]);
    await Promise.all([append([3]), append([4, 5]), append([6])]);
    for (let seq = 7; seq <= 10; seq++) await append([seq]);
    await Promise.all([append([11]), append([12])]);
    // After an error not even the right next entry is taken.
    if (failed) await append([(await scene.log.head('a')) + 1]);
  } catch {
    // Opening or creating failed: then nothing was acknowledged.
  }
  return scene;
}

/** Opens what was left and checks it: acknowledged entries are there, in their places, nothing wrong is served, and it goes on. */
export async function checkLeft(open: Opener, disk: (dir: string) => JournalFs, scene: Scene): Promise<void> {
  const dir = freshDir();
  const log = await open(dir, disk(dir));
  const head = await log.head('a');
  expect(head, 'an acknowledged entry is gone').toBeGreaterThanOrEqual(Math.max(0, ...scene.acked));
  const texts = Array.from({ length: head }, (_, i) => written(note('a', i + 1)));
  expect(await log.texts('a', 0, 100)).toEqual(texts);
  for (const seq of scene.acked) if (seq !== 5) expect((await log.store.origin('a', 'c1', seq))?.seq).toBe(seq);
  // Never half of a command: 4 and 5 were appended as one.
  expect(head).not.toBe(4);
  await log.append('a', [note('a', head + 1)], origin(1000));
  await log.close();
}
