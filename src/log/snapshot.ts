/** The fold of a record, and its snapshot, which saves a start the replay. */
import { setImmediate } from 'node:timers/promises';
import { parseJson } from '../incident/shapes.ts';
import { isObject } from '../incident/event-codec.ts';
import { putFile, type JournalFs } from './disk.ts';
import { StoreFault, type Fold, type Snapshot } from './event-store.ts';
import { checksumHolds, encodeLine, isCount, jsonOf, parseEvent } from './record.ts';
import type { SegmentIndex } from './segment-index.ts';

/** Derived: may be deleted at any time. */
export const SNAPSHOT = 'snapshot.json';
/** Events between snapshots. */
const SNAPSHOT_EVERY = 2_000;
const FOLD_AT_ONCE = 256;

/** May lag behind the record. */
export class RecordFold<S, M> {
  readonly #fold: Fold<S, M>;
  readonly #disk: JournalFs;
  readonly #record: SegmentIndex;
  readonly #folded: Snapshot<S>;
  #snapshotSeq: number;

  constructor(fold: Fold<S, M>, disk: JournalFs, record: SegmentIndex) {
    const snapshot = loadSnapshot(fold, disk, record);
    this.#fold = fold;
    this.#disk = disk;
    this.#record = record;
    this.#folded = snapshot ?? { seq: 0, state: fold.blank(record.incident) };
    this.#snapshotSeq = this.#folded.seq;
  }

  /** The state of the whole record; null while it lags. */
  get whole(): S | null {
    return this.#folded.seq === this.#record.head ? this.#folded.state : null;
  }

  /** Goes on from `seq` with a state that somebody else folded, when that is further. */
  take({ seq, state }: Snapshot<S>): void {
    if (seq > this.#folded.seq && seq <= this.#record.head) Object.assign(this.#folded, { seq, state });
  }

  /** Folds what was appended since. Rejects with the system's error, or `corrupt`. */
  async catchUp(): Promise<Snapshot<S>> {
    const folded = this.#folded;
    const record = this.#record;
    while (folded.seq < record.head) {
      for (const text of record.texts(folded.seq, FOLD_AT_ONCE)) {
        const event = parseEvent(text, record.incident, folded.seq + 1);
        if (event === null) throw new StoreFault('corrupt', `${record.incident}: #${folded.seq + 1} is not an event`);
        folded.state = this.#fold.evolve(folded.state, event);
        folded.seq++;
      }
      if (folded.seq < record.head) await setImmediate();
    }
    return folded;
  }

  /** One that cannot be written is not needed. */
  async saveIfDue(): Promise<void> {
    const { seq, state } = this.#folded;
    if (seq - this.#snapshotSeq < SNAPSHOT_EVERY) return;
    this.#snapshotSeq = seq;
    const { incident, dir, epoch } = this.#record;
    try {
      const last = idAt(this.#record, seq);
      const json = JSON.stringify({ snapshot: this.#fold.version, incident, epoch, seq, last, state });
      await putFile(this.#disk, dir, SNAPSHOT, encodeLine(json));
    } catch {
      // Derived; a fault in reading is reported by the next reader.
    }
  }
}

/**
 * Null: none, damaged, of another version, or of another history. After an older copy of the record was put back the
 * numbers may fit: only epoch and the id of the event at `seq` tell.
 */
function loadSnapshot<S, M>(fold: Fold<S, M>, disk: JournalFs, record: SegmentIndex): Snapshot<S> | null {
  const path = `${record.dir}/${SNAPSHOT}`;
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
    // Derived: the record is replayed.
    return null;
  }
}

function idAt(record: SegmentIndex, seq: number): string | null {
  const [text = ''] = record.texts(seq - 1, 1);
  return parseEvent(text, record.incident, seq)?.id ?? null;
}
