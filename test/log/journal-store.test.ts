import fs from 'node:fs';
import { expect, test, vi } from 'vitest';
import { nodeFs, type JournalFs } from '../../src/log/disk.ts';
import type { Append } from '../../src/log/event-store.ts';
import { encodeLine } from '../../src/log/record.ts';
import { eventStoreContract } from './event-store.contract.ts';
import { freshDir } from './fresh-dir.ts';
import { openStore } from './open-store.ts';
import { note, origin } from './sample.ts';

eventStoreContract('journal', () => {
  const dir = freshDir();
  return { open: () => openStore({ dir }) };
});
eventStoreContract('journal with small segments', () => {
  const dir = freshDir();
  return { open: () => openStore({ dir, segmentBytes: 700 }) };
});

/** An ended stream long enough for a snapshot. */
async function long(dir: string, epochs: () => string): Promise<void> {
  const store = await openStore({ dir, random: epochs });
  const append = (seq: number): Append => ({
    events: [note('a', seq, seq === 2500 ? 'end' : undefined)],
    origin: origin(seq),
  });
  await store.append(
    'a',
    0,
    Array.from({ length: 2_500 }, (_, i) => append(i + 1)),
  );
  await store.close();
}
const state = { stream: 'a', seqs: Array.from({ length: 2_500 }, (_, i) => i + 1), cold: true };

test('with a snapshot, without, and with one that is damaged or of another record, the fold is the same', async () => {
  const [dir, other] = [freshDir(), freshDir()];
  await long(dir, () => 'epoch-1');
  await long(other, () => 'epoch-2');
  const file = `${dir}/incidents/a/snapshot.json`;
  const good = fs.readFileSync(file);
  const changed = (change: (said: Record<string, unknown>) => object): Buffer => {
    const said = JSON.parse(good.toString().slice(9)) as Record<string, unknown>;
    return encodeLine(JSON.stringify({ ...said, ...change(said) }));
  };
  // A state that shows whether the snapshot was used.
  const marked = changed(() => ({ state: { ...state, cold: false } }));
  const snapshots: Readonly<Record<string, Buffer | null>> = {
    good,
    none: null,
    'half of it': good.subarray(0, good.length / 2),
    'of another record': fs.readFileSync(`${other}/incidents/a/snapshot.json`),
    'of a history with another last event': changed(() => ({ last: 'another', state: { ...state, seqs: [7] } })),
    'of a history with another event in the middle': changed(() => ({ seq: 1_000, state: { ...state, seqs: [7] } })),
    'of a longer history': changed(() => ({ seq: 9_000, state: { ...state, seqs: [7] } })),
    'of another fold': changed(() => ({ snapshot: 7, state: { ...state, seqs: [7] } })),
    'of another stream': changed(() => ({ incident: 'b', state: { ...state, seqs: [7] } })),
  };
  for (const [name, snapshot] of Object.entries({ ...snapshots, marked })) {
    fs.rmSync(file, { force: true });
    fs.rmSync(`${dir}/index.ndjson`, { force: true });
    if (snapshot !== null) fs.writeFileSync(file, snapshot);
    const store = await openStore({ dir });
    const opened = await store.open('a');
    expect(opened?.state, name).toEqual(name === 'marked' ? { ...state, cold: false } : state);
    expect(opened?.head).toBe(2_500);
    await store.close();
  }
});

test('what somebody else folded goes into the snapshot, unless it lags or is ahead of the record', async () => {
  const all = state.seqs;
  for (const [seq, seqs, expected] of [
    [0, [7], all],
    [2_499, [7], [7, 2_500]],
    [2_500, [7], [7]],
    [2_501, [7], all],
  ] as const) {
    const dir = freshDir();
    const store = await openStore({ dir });
    const appends = all.map((n) => ({ events: [note('a', n)], origin: origin(n) }));
    await store.append('a', 0, appends);
    await store.saveSnapshots(() => ({ seq, state: { ...state, cold: false, seqs } }));
    await store.close();
    const again = await openStore({ dir });
    expect((await again.open('a'))?.state.seqs, String(seq)).toEqual(expected);
    await again.close();
  }
});

test('streams that were opened by mere questions are closed again', async () => {
  const dir = freshDir();
  let open = 0;
  const disk: JournalFs = {
    ...nodeFs,
    open: (path, how) => (path.endsWith('.log') && open++, nodeFs.open(path, how)),
    close: (fd) => (fs.readlinkSync(`/proc/self/fd/${fd}`).endsWith('.log') && open--, nodeFs.close(fd)),
  };
  const store = await openStore({ dir, fs: disk });
  const ids = Array.from({ length: 30 }, (_, i) => `s${i}`);
  for (const id of ids) {
    await store.append(id, 0, [{ events: [note(id, 1, 'end')], origin: origin(1) }]);
    await store.release(id);
  }
  expect(open).toBe(0);
  for (const id of ids) expect(await store.read(id, 0, 9)).toHaveLength(1);
  await vi.waitFor(() => expect(open).toBeLessThanOrEqual(8));
  await store.saveSnapshots();
  expect(open).toBe(0);
  await store.close();
});
