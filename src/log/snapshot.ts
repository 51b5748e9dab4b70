/** The fold of a record, and the snapshot beside the record that spares a start to replay it all. */
import { setImmediate } from 'node:timers/promises';
import { isObject } from '../incident/event-codec.ts';
import { putFile, type JournalFs } from './disk.ts';
import { StoreFault, type Fold } from './event-store.ts';
import { checksumHolds, encodeLine, isCount, jsonOf, parseEvent, parseJson } from './record.ts';
import type { SegmentIndex } from './segment-index.ts';

/** A fold of a stream up to `seq`. */
export interface Folded<S> {
  seq: number;
  state: S;
}

/** Derived: deleting it at any time loses nothing. */
const NAME = 'snapshot.json';
/** Events after which a new snapshot is worth its write. */
const SNAPSHOT_EVERY = 2_000;
/** Events folded in one turn. */
const FOLD_AT_ONCE = 256;

/** The fold of one record, from its snapshot on; it may lag behind the record. */
export class RecordFold<S, M> {
  readonly #fold: Fold<S, M>;
  readonly #disk: JournalFs;
  readonly #record: SegmentIndex;
  readonly #folded: Folded<S>;
  #snapshotSeq: number;

  constructor(fold: Fold<S, M>, disk: JournalFs, record: SegmentIndex) {
    const snapshot = loadSnapshot(fold, disk, record);
    this.#fold = fold;
    this.#disk = disk;
    this.#record = record;
    this.#folded = snapshot ?? { seq: 0, state: fold.blank(record.incident) };
    this.#snapshotSeq = this.#folded.seq;
  }

  /** The state, when it is that of the whole record; else null. */
  get whole(): S | null {
    return this.#folded.seq === this.#record.head ? this.#folded.state : null;
  }

  /** Folds what was appended since. Rejects with the system's error, or with `corrupt` at what is not an event. */
  async catchUp(): Promise<Folded<S>> {
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

  /** Replaces the snapshot when the fold has grown much since. One that cannot be written is not missed. */
  async saveIfDue(): Promise<void> {
    const { seq, state } = this.#folded;
    if (seq - this.#snapshotSeq < SNAPSHOT_EVERY) return;
    this.#snapshotSeq = seq;
    const { incident, dir, epoch } = this.#record;
    try {
      const last = idAt(this.#record, seq);
      const json = JSON.stringify({ snapshot: this.#fold.version, incident, epoch, seq, last, state });
      await putFile(this.#disk, dir, NAME, encodeLine(json));
    } catch {
      // The record has all of it; a fault in reading is told by whoever reads next.
    }
  }
}

/**
 * The fold kept in the folder of `record`. Null: there is none, or it is damaged, made by another version of the fold, or
 * of another history. The numbers of a history fit again after an older copy of the record was put back: only its epoch
 * and the id of the event at `seq` tell.
 */
function loadSnapshot<S, M>(fold: Fold<S, M>, disk: JournalFs, record: SegmentIndex): Folded<S> | null {
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

function idAt(record: SegmentIndex, seq: number): string | null {
  const [text = ''] = record.texts(seq - 1, 1);
  return parseEvent(text, record.incident, seq)?.id ?? null;
}
