/** One closed incident in a data folder, which is archived and taken back; what must be left of it whatever happens. */
import { expect } from 'vitest';
import { archiveRecord, restoreRecord } from '../../src/hub/archive.ts';
import { incidentFold, type StoredSummary } from '../../src/hub/incident-store.ts';
import type { Incident } from '../../src/incident/incident.ts';
import { readArchived } from '../../src/log/archive.ts';
import { nodeFs, putFile, type JournalFs } from '../../src/log/disk.ts';
import { openJournal } from '../../src/log/journal.ts';
import type { JournalStore } from '../../src/log/journal-store.ts';
import { REHEARSED } from '../incident/rehearsed.ts';
import { origin } from '../log/sample.ts';

const { state, events } = REHEARSED.find(({ state }) => state.status === 'closed')!;
export const ID = state.id;
type Store = JournalStore<Incident, StoredSummary>;

export async function withStore<T>(dir: string, disk: JournalFs, use: (store: Store) => Promise<T>): Promise<T> {
  const journal = await openJournal({ dir, fs: disk, checkEveryMs: 0, segmentBytes: 2_500 });
  try {
    return await use(journal.incidentStore(incidentFold));
  } finally {
    await journal.close();
  }
}

export const archive = (store: Store): Promise<unknown> =>
  archiveRecord(store, { incident: ID, before: '2027-01-01T00:00:00.000Z', why: 'a test' });
export const restore = (dir: string, store: Store): Promise<unknown> => restoreRecord(store, `${dir}/archive/${ID}`);

const bytesOf = (store: Store): Promise<Buffer | null> => store.look(ID, (record) => record.whole());

/** Records the incident, with a file in a folder beside it. Returns the bytes of the record. */
export function recorded(dir: string, disk: JournalFs): Promise<Buffer> {
  return withStore(dir, disk, async (store) => {
    for (const [i, event] of events.entries()) await store.append(ID, i, [{ events: [event], origin: origin(i + 1) }]);
    disk.makeDir(`${dir}/incidents/${ID}/readings`);
    await putFile(disk, `${dir}/incidents/${ID}/readings`, '1.readings', Buffer.from('seen'));
    await disk.syncDir(`${dir}/incidents/${ID}`);
    return (await bytesOf(store))!;
  });
}

/** It is there once, or twice and the same, with what lay beside it; and it can be moved both ways, whole. */
export async function checkLeft(dir: string, disk: JournalFs, bytes: Buffer): Promise<void> {
  const beside = (place: string): string => disk.readFile(`${place}/readings/1.readings`).toString();
  const copies: Buffer[] = [];
  await withStore(dir, disk, async (store) => {
    const listed = await store.list();
    expect(listed.filter((one) => 'damaged' in one)).toEqual([]);
    const here = await bytesOf(store);
    if (here !== null) {
      copies.push(here);
      expect(beside(`${dir}/incidents/${ID}`)).toBe('seen');
    }
    const place = `${dir}/archive/${ID}`;
    if (disk.list(place).length > 0) {
      copies.push(Buffer.concat((await readArchived(disk, place)).record.segments));
      expect(beside(place)).toBe('seen');
    }
    expect(copies.length).toBeGreaterThanOrEqual(1);
    for (const copy of copies) expect(copy.equals(bytes)).toBe(true);
    if (here === null) await restore(dir, store);
    expect(await archive(store)).toHaveProperty('place');
    expect([await bytesOf(store), disk.list(`${dir}/incidents`)]).toEqual([null, []]);
    await restore(dir, store);
    expect((await bytesOf(store))?.equals(bytes)).toBe(true);
    expect(beside(`${dir}/incidents/${ID}`)).toBe('seen');
  });
  expect(disk.list(dir).filter((name) => ['importing', 'archiving', 'leaving'].includes(name))).toEqual([]);
}

/** Usage: archive-scene.ts DIR archive|restore N: the process kills itself before its Nth change of the disk. */
const [, , dir, what, nth = ''] = process.argv;
if (dir !== undefined && import.meta.filename === process.argv[1]) {
  let count = 0;
  const deadly = Object.fromEntries(
    (['makeDir', 'open', 'write', 'sync', 'syncDir', 'rename', 'remove'] as const).map((operation) => [
      operation,
      (...args: never[]) => {
        if (++count === Number(nth)) process.kill(process.pid, 'SIGKILL');
        return (nodeFs[operation] as (...args: never[]) => unknown)(...args);
      },
    ]),
  );
  await withStore(dir, { ...nodeFs, ...deadly }, (store) =>
    what === 'archive' ? archive(store) : restore(dir, store),
  );
}
