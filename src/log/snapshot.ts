/** A fold kept beside the record so that a start need not replay it all. Derived: deleting it at any time loses nothing. */
import { isObject } from '../incident/event-codec.ts';
import { putFile, type JournalFs } from './disk.ts';
import { checksumHolds, encodeLine, isCount, isText, jsonOf, parseJson } from './record.ts';

/** State as of `seq` of the history `epoch`. */
export interface Snapshot {
  readonly seq: number;
  readonly epoch: string;
  /** The id of the event at `seq`. */
  readonly last: string;
  /** JSON; whoever loads it checks its shape. */
  readonly state: unknown;
}

const NAME = 'snapshot.json';

/**
 * Replaces the snapshot of `incident`, whose record is in the folder `dir`. `version` is the shape of `state`: raise it when the fold
 * changes, and older snapshots are ignored. Rejects with the system's error; the one before stays.
 */
export async function saveSnapshot(
  disk: JournalFs,
  dir: string,
  incident: string,
  version: number,
  snapshot: Snapshot,
): Promise<void> {
  const { seq, epoch, last, state } = snapshot;
  const json = JSON.stringify({ snapshot: version, incident, epoch, seq, last, state });
  await putFile(disk, dir, NAME, encodeLine(json));
}

/** The snapshot of `incident`; null when there is none, or it is damaged, of another version or of another incident. */
export function loadSnapshot(disk: JournalFs, dir: string, incident: string, version: number): Snapshot | null {
  if (disk.stat(`${dir}/${NAME}`) === null) return null;
  const line = disk.readFile(`${dir}/${NAME}`).subarray(0, -1);
  const value = checksumHolds(line) ? parseJson(jsonOf(line)) : undefined;
  if (!isObject(value) || value['snapshot'] !== version || value['incident'] !== incident) return null;
  const { seq, epoch, last, state } = value;
  return isCount(seq) && isText(epoch) && isText(last) ? { seq, epoch, last, state } : null;
}
