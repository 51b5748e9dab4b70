/** A fold kept beside the record so that a start need not replay it all. Derived: deleting it at any time loses nothing. */
import { isObject } from '../incident/event-codec.ts';
import { putFile, type JournalFs } from './disk.ts';
import type { Fold } from './event-store.ts';
import { checksumHolds, encodeLine, isCount, jsonOf, parseEvent, parseJson } from './record.ts';
import type { SegmentIndex } from './segment-index.ts';

/** A fold of a stream up to `seq`. */
export interface Folded<S> {
  seq: number;
  state: S;
}

const NAME = 'snapshot.json';

/**
 * The fold kept in the folder of `record`. Null: there is none, or it is damaged, made by another version of the fold, or
 * of another history. The numbers of a history fit again after an older copy of the record was put back: only its epoch
 * and the id of the event at `seq` tell.
 */
export function loadSnapshot<S, M>(fold: Fold<S, M>, disk: JournalFs, record: SegmentIndex): Folded<S> | null {
  const path = `${record.dir}/${NAME}`;
  try {
    if (disk.stat(path) === null) return null;
    const line = disk.readFile(path).subarray(0, -1);
    const value = checksumHolds(line) ? parseJson(jsonOf(line)) : undefined;
    if (!isObject(value) || value['snapshot'] !== fold.version) return null;
    const { incident, epoch, seq, last } = value;
    if (incident !== record.incident || epoch !== record.epoch) return null;
    if (!isCount(seq) || seq > record.head || idAt(record, seq) !== last) return null;
    const state = fold.read(value['state']);
    return state === null ? null : { seq, state };
  } catch {
    // The record has all of it.
    return null;
  }
}

/** Replaces the snapshot. One that cannot be written is not missed. */
export async function saveSnapshot<S, M>(
  { version }: Fold<S, M>,
  disk: JournalFs,
  record: SegmentIndex,
  { seq, state }: Folded<S>,
): Promise<void> {
  const { incident, dir, epoch } = record;
  try {
    const json = JSON.stringify({ snapshot: version, incident, epoch, seq, last: idAt(record, seq), state });
    await putFile(disk, dir, NAME, encodeLine(json));
  } catch {
    // The record has all of it; a fault in reading is told by whoever reads next.
  }
}

function idAt(record: SegmentIndex, seq: number): string | null {
  const [text = ''] = record.texts(seq - 1, 1);
  return parseEvent(text, record.incident, seq)?.id ?? null;
}
