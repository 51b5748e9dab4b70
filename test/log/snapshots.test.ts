/** Snapshots are only a shortcut: with one, without, or with one that is not of this record, the state is the same. */
import { expect, test } from 'vitest';
import { nodeFs } from '../../src/log/disk.ts';
import { saveSnapshot, type Snapshot } from '../../src/log/snapshot.ts';
import { verifyRecord } from '../../src/log/verify.ts';
import { seen } from './event-store.contract.ts';
import { freshDir } from './fresh-dir.ts';
import { openStore } from './open-store.ts';
import { note, origin } from './sample.ts';

/** The seqs that were folded into the state of a record of five, when it is opened with this snapshot beside it. */
async function foldedWith(change: (good: Snapshot) => Snapshot, version = seen.version): Promise<readonly number[]> {
  const dir = freshDir();
  const store = await openStore({ dir });
  for (const seq of [1, 2, 3, 4, 5])
    await store.append('a', seq - 1, [{ events: [note('a', seq)], origin: origin(seq) }]);
  await store.close();
  const folder = `${dir}/incidents/a`;
  const { epoch } = await verifyRecord(folder);
  // It has forgotten what it folded: what is seen then shows whether it was used.
  const state = { stream: 'a', seqs: [], cold: false };
  const good = { seq: 3, epoch, last: note('a', 3).id, state };
  await saveSnapshot(nodeFs, folder, 'a', version, change(good));
  const again = await openStore({ dir });
  const opened = await again.open('a');
  await again.close();
  expect(opened?.head).toBe(5);
  return opened?.state.seqs ?? [];
}

test('a record is folded from its snapshot on', async () => {
  expect(await foldedWith((good) => good)).toEqual([4, 5]);
});

test.each<[string, (good: Snapshot) => Snapshot]>([
  ['of another history whose numbers fit', (good) => ({ ...good, last: note('a', 4).id })],
  ['of another epoch', (good) => ({ ...good, epoch: 'another' })],
  ['beyond the end of the record', (good) => ({ ...good, seq: 9 })],
  ['with a state that is none', (good) => ({ ...good, state: { seqs: 'all' } })],
])('a snapshot %s is not used', async (_what, change) => {
  expect(await foldedWith(change)).toEqual([1, 2, 3, 4, 5]);
});

test('a snapshot of another fold is not used', async () => {
  expect(await foldedWith((good) => good, seen.version + 1)).toEqual([1, 2, 3, 4, 5]);
});
