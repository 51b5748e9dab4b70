/** A fold kept beside the record so that a start need not replay it all. Derived: deleting it at any time loses nothing. */
import { isObject } from '../incident/event-codec.ts';
import { StoreFault, type Fold } from './event-store.ts';
import { putFile, type JournalFs } from './disk.ts';
import {
  checksumHolds,
  encodeLine,
  eventTexts,
  isCount,
  isText,
  jsonOf,
  parseEvent,
  parseJson,
  type Head,
} from './record.ts';
import { openRecord, type ReadRecord, type SegmentIndex } from './segment-index.ts';

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

/** A fold of a stream up to `seq`. */
export interface Folded<S> {
  seq: number;
  state: S;
}

/** A record that was read, and its fold as far as it got. `snapshotSeq`: of the snapshot it began with; 0 without one. */
export interface ReadFolded<S> {
  readonly record: SegmentIndex;
  readonly folded: Folded<S>;
  readonly snapshotSeq: number;
}

/** Reads a record and folds it in the same pass. Rejects like `openRecord`, and with `corrupt` when there is none. */
export async function readFolded<S, M>(fold: Fold<S, M>, options: Omit<ReadRecord, 'onLine'>): Promise<ReadFolded<S>> {
  const { disk, dir, incident } = options;
  const folding = new Folding(fold, incident, usable(disk, dir, incident, fold.version));
  const record = await openRecord({ ...options, onLine: (head, line) => folding.add(head, line) });
  if (record === null) throw new StoreFault('corrupt', `${dir} holds no record any more`);
  const folded = folding.result(record);
  return { record, folded, snapshotSeq: folding.snapshotSeq };
}

/** A snapshot that cannot be read is none: the record has all of it. */
function usable(disk: JournalFs, dir: string, incident: string, version: number): Snapshot | null {
  try {
    return loadSnapshot(disk, dir, incident, version);
  } catch {
    return null;
  }
}

/** Keeps the fold for the next start. One that cannot be written is not missed. */
export async function saveFolded<S, M>(
  { version }: Fold<S, M>,
  disk: JournalFs,
  record: SegmentIndex,
  { seq, state }: Folded<S>,
): Promise<void> {
  try {
    const { incident, dir, epoch } = record;
    const [text = ''] = record.texts(seq - 1, 1);
    const last = parseEvent(text, incident, seq)?.id ?? '';
    await saveSnapshot(disk, dir, incident, version, { seq, epoch, last, state });
  } catch {
    // The record has all of it; a fault in reading is told by whoever reads next.
  }
}

/** Folds a record while its lines are checked; from its snapshot on, when that turns out to be of this record. */
class Folding<S, M> {
  readonly #fold: Fold<S, M>;
  readonly #stream: string;
  #snapshot: Snapshot | null = null;
  #state: S;
  #seq = 0;
  /** The snapshot turned out to be of another history: the record has to be folded from its start. */
  #isDiscarded = false;

  constructor(fold: Fold<S, M>, stream: string, snapshot: Snapshot | null) {
    this.#fold = fold;
    this.#stream = stream;
    const state = snapshot === null ? null : fold.read(snapshot.state);
    this.#state = state ?? fold.blank(stream);
    if (state === null || snapshot === null) return;
    this.#snapshot = snapshot;
    this.#seq = snapshot.seq;
  }

  get snapshotSeq(): number {
    return this.#snapshot?.seq ?? 0;
  }

  add(head: Head, line: Buffer): void {
    if (this.#isDiscarded || head.seq + head.count <= this.snapshotSeq) return;
    for (const [i, text] of eventTexts(line, head.count).entries()) {
      const seq = head.seq + i;
      if (seq < this.snapshotSeq) continue;
      const event = parseEvent(text, this.#stream, seq);
      if (event === null) throw new StoreFault('corrupt', `${this.#stream}: #${seq} is not an event`);
      if (seq > this.snapshotSeq) {
        this.#state = this.#fold.evolve(this.#state, event);
        this.#seq = seq;
      } else if (event.id !== this.#snapshot?.last) return this.#discard();
    }
  }

  /** The fold as far as it got, once the whole record was read; what comes after it is still to be folded. */
  result(record: SegmentIndex): Folded<S> {
    const { epoch, seq } = this.#snapshot ?? { epoch: record.epoch, seq: 0 };
    // After an older copy of the record was put back the numbers may fit again, and the entries differ.
    if (epoch !== record.epoch || seq > record.head) this.#discard();
    return { seq: this.#seq, state: this.#state };
  }

  #discard(): void {
    this.#isDiscarded = true;
    this.#snapshot = null;
    this.#state = this.#fold.blank(this.#stream);
    this.#seq = 0;
  }
}
