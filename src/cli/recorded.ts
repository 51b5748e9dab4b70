/** What a data folder has of its incidents, read without a hub and without a lock: nothing in it changes. */
import { incidentFold, type StoredSummary } from '../hub/incident-store.ts';
import { nodeFs } from '../log/disk.ts';
import { changeSince, StreamIndex } from '../log/stream-index.ts';
import { verifyRecord } from '../log/verify.ts';

/** Every incident that has a record there, in the order of their ids. */
export const recordedIds = (dataDir: string): readonly string[] => [...nodeFs.list(`${dataDir}/incidents`)].sort();

/** The summaries of these incidents, from the index where it is up to date. Null: the record is damaged. */
export async function recorded(dataDir: string, ids: readonly string[]): Promise<readonly (StoredSummary | null)[]> {
  const index = new StreamIndex(nodeFs, `${dataDir}/index.ndjson`, incidentFold);
  index.load();
  const all: (StoredSummary | null)[] = [];
  for (const id of ids) {
    const dir = `${dataDir}/incidents/${id}`;
    const known = index.lastSegment(id);
    const isSame = known !== null && changeSince({ disk: nodeFs, segmentBytes: Infinity }, dir, known) === 'none';
    all.push((isSame ? index.get(id)?.served.summary : null) ?? (await folded(dir, id)));
  }
  return all;
}

async function folded(dir: string, id: string): Promise<StoredSummary | null> {
  let state = incidentFold.blank(id);
  const fold = (event: Parameters<typeof incidentFold.evolve>[1]): void => {
    state = incidentFold.evolve(state, event);
  };
  const { bad } = await verifyRecord(dir, { fold }).catch(() => ({ bad: true }));
  return bad !== null || state.head === 0 ? null : incidentFold.summary(state);
}
