/** Appends to one record with group commit: what arrives during a commit forms the next. */
import type { Event } from '../incident/event.ts';
import { written } from '../incident/event-codec.ts';
import { TakenAway, type DataFolder } from './data-folder.ts';
import { putFile, writeWhole, type JournalFs } from './disk.ts';
import { seedOf } from './origin-table.ts';
import { segmentName, SegmentIndex } from './segment-index.ts';
import { StoreFault, type Append, type Appended, type Origin } from './event-store.ts';
import { encodeLine, lineHash, putRecord, recordBound, type Head, type Header } from './record.ts';
import { sealName, sealSegment } from './seal.ts';

/** Most in one commit. */
const BATCH_RECORDS = 512;
const BATCH_BYTES = 1024 * 1024;
/** Of a line around its events, about. */
const HEAD_BYTES = 256;

interface Entry extends Append, Appended {
  readonly key: string;
}
/** One call, which goes into one commit. */
interface Waiting {
  readonly entries: readonly Entry[];
  readonly bytes: number;
  readonly resolve: (appended: readonly Appended[]) => void;
  readonly reject: (fault: StoreFault) => void;
}
interface Line {
  readonly head: Head;
  readonly texts: readonly string[];
  readonly offset: number;
}

export class Writer {
  readonly record: SegmentIndex;
  readonly #folder: DataFolder;
  readonly #onAppended: (appended: readonly Appended[]) => void;
  #queue: Waiting[] = [];
  /** (client, n) of what waits: a retry during its own commit is not stored twice. */
  readonly #keys = new Set<string>();
  #queued: number;
  #running: Promise<void> | null = null;
  #sealing: Promise<void> = Promise.resolve();

  /** `onAppended`: after each durable append, in order. It must not throw. */
  constructor(record: SegmentIndex, folder: DataFolder, onAppended: (appended: readonly Appended[]) => void) {
    this.record = record;
    this.#folder = folder;
    this.#onAppended = onAppended;
    this.#queued = record.head;
  }

  get waiting(): number {
    return this.#keys.size;
  }

  append(appends: readonly Append[], expectedSeq: number): Promise<readonly Appended[]> {
    if (appends.length === 0) return Promise.resolve([]);
    if (expectedSeq !== this.#queued) {
      const { incident } = this.record;
      return Promise.reject(new StoreFault('conflict', `${incident} ends at #${this.#queued}, not at #${expectedSeq}`));
    }
    const entries: Entry[] = [];
    let bytes = 0;
    let next = this.#queued + 1;
    for (const { events, origin } of appends) {
      const key = `${origin.n} ${origin.client}`;
      const refusal = this.#refusal(events, origin, key, next);
      if (refusal !== null) {
        for (const entry of entries) this.#keys.delete(entry.key);
        return Promise.reject(refusal);
      }
      this.#keys.add(key);
      const texts = events.map(written);
      for (const text of texts) bytes += text.length;
      bytes += HEAD_BYTES;
      next += events.length;
      entries.push({ events, origin, key, texts });
    }
    this.#queued = next - 1;
    return new Promise((resolve, reject) => {
      this.#queue.push({ entries, bytes, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  async idle(): Promise<void> {
    while (this.#running !== null) await this.#running;
    await this.#sealing;
  }

  /** Rejects everything that waits and goes back to what is durable. */
  rejectAll(fault: StoreFault, batch: readonly Waiting[] = []): void {
    const turned = [...batch, ...this.#queue];
    this.#queue = [];
    this.#queued = this.record.head;
    for (const { entries, reject } of turned) {
      for (const { key } of entries) this.#keys.delete(key);
      reject(fault);
    }
  }

  #refusal(events: readonly Event[], origin: Origin, key: string, next: number): StoreFault | null {
    const fault = this.#folder.fault();
    if (fault !== null) return new StoreFault('read_only', fault);
    const { incident } = this.record;
    if (events.length === 0) return new StoreFault('conflict', `${incident}: an append without events`);
    let seq = next;
    for (const event of events) {
      if (event.incident !== incident || event.seq !== seq)
        return new StoreFault('conflict', `${incident}: #${seq} must come next, not ${event.incident} #${event.seq}`);
      seq++;
    }
    if (!Number.isSafeInteger(origin.n) || origin.n < 0)
      return new StoreFault('conflict', `${incident}: ${origin.n} is no number of a command`);
    if (this.#keys.has(key) || this.record.seqOf(origin.client, origin.n) !== 0)
      return new StoreFault('conflict', `${incident}: command ${origin.n} of ${origin.client} is stored already`);
    return null;
  }

  async #run(): Promise<void> {
    // Everything appended in this turn belongs to one batch.
    await Promise.resolve();
    while (this.#queue.length > 0) await this.#commit();
    this.#running = null;
  }

  async #commit(): Promise<void> {
    const batch = this.#take();
    const wanted = batch.reduce((sum, { bytes }) => sum + bytes, 0);
    const refusal = this.#folder.refusal(wanted);
    if (refusal !== null) return this.rejectAll(refusal, batch);
    try {
      this.#folder.assertOurs();
      if (this.record.active.size > this.#folder.segmentBytes) await this.#roll();
      const { bytes, lines, last } = this.#encode(batch);
      const writing = this.#write(bytes);
      // Hashed while the disk is at work.
      const lastHash = lineHash(last);
      await writing;
      for (const { head, offset, texts } of lines) this.record.addRecord(head, offset, texts);
      this.record.lastHash = lastHash;
    } catch (error) {
      this.#folder.fail(error, `writing the record of ${this.record.incident}`);
      return this.rejectAll(new StoreFault('read_only', this.#folder.fault() ?? 'the journal is read-only'), batch);
    }
    for (const { entries, resolve } of batch) {
      for (const { key } of entries) this.#keys.delete(key);
      resolve(entries);
      this.#onAppended(entries);
    }
  }

  #take(): readonly Waiting[] {
    let bytes = 0;
    let records = 0;
    let count = 0;
    for (const waiting of this.#queue) {
      bytes += waiting.bytes;
      records += waiting.entries.length;
      if (count > 0 && (records > BATCH_RECORDS || bytes > BATCH_BYTES)) break;
      count++;
    }
    return this.#queue.splice(0, count);
  }

  /** The bytes of a batch, its lines' offsets, and the bytes of the last line without its newline. */
  #encode(batch: readonly Waiting[]): { bytes: Buffer; lines: readonly Line[]; last: Buffer } {
    const synced = this.record.active.size;
    const entries = batch.flatMap((waiting) => waiting.entries);
    const into = Buffer.allocUnsafe(entries.reduce((sum, { origin, texts }) => sum + recordBound(origin, texts), 0));
    let [at, last] = [0, into.subarray(0, 0)];
    let prev = this.record.lastHash;
    let seq = this.record.head + 1;
    const lines: Line[] = [];
    for (const { origin, texts } of entries) {
      if (at > 0) prev = lineHash(last);
      const head: Head = { v: 2, prev, synced, seq, count: texts.length, origin };
      const end = putRecord(into, at, head, texts);
      lines.push({ head, texts, offset: synced + at });
      last = into.subarray(at, end - 1);
      at = end;
      seq += texts.length;
    }
    return { bytes: into.subarray(0, at), lines, last };
  }

  async #write(bytes: Buffer): Promise<void> {
    const { disk } = this.#folder;
    const { active } = this.record;
    try {
      await writeWhole(disk, active.fd, bytes, active.size);
      await disk.sync(active.fd);
      if (disk.names(active.fd) === 0)
        throw new TakenAway(
          `${active.path} was deleted or replaced`,
          `This hub still has it open: "cp /proc/${process.pid}/fd/${active.fd} ${active.path}" puts it back`,
        );
    } catch (error) {
      // Nothing of it was acknowledged. A sync is never retried: it would succeed on lost pages.
      try {
        disk.truncate(active.fd, active.size);
      } catch {
        // The next start cuts the torn tail.
      }
      throw error;
    }
    active.size += bytes.length;
  }

  async #roll(): Promise<void> {
    const { record } = this;
    await startSegment(this.#folder, record, record.epoch);
    this.#sealing = this.#sealing
      .then(() => sealClosed(this.#folder.disk, record))
      .catch((error: unknown) => this.#folder.fail(error, `sealing the full segments of ${record.incident}`));
  }
}

/** Seals full segments without a seal; a crash may have left some. */
async function sealClosed(disk: JournalFs, record: SegmentIndex): Promise<void> {
  const there = new Set(disk.list(record.dir));
  for (const { path } of record.segments.slice(0, -1)) if (!there.has(sealName(path))) await sealSegment(disk, path);
}

/** Creates a segment and makes it the active one. */
async function startSegment({ disk, now }: DataFolder, record: SegmentIndex, epoch: string): Promise<void> {
  const { incident, dir, lastHash: prev } = record;
  const segment = record.segments.length + 1;
  const header: Header = {
    warroom: 2,
    incident,
    epoch,
    created: new Date(now()).toISOString(),
    segment,
    prev,
    seq: record.head + 1,
  };
  const bytes = encodeLine(JSON.stringify(header));
  await putFile(disk, dir, segmentName(segment), bytes);
  const path = `${dir}/${segmentName(segment)}`;
  record.addSegment(header, path, disk.open(path, 'edit'), bytes.length, lineHash(bytes.subarray(0, -1)));
}

/** Creates an empty record. Rejects with StoreFault. */
export async function createRecord(
  folder: DataFolder,
  root: string,
  stream: string,
  dir: string,
): Promise<SegmentIndex> {
  const { disk, fault, refusal, fail, random } = folder;
  const refused = refusal(0);
  if (refused !== null) throw refused;
  const record = new SegmentIndex(stream, dir, disk, seedOf(random()));
  try {
    disk.makeDir(dir);
    await disk.syncDir(root);
    await startSegment(folder, record, random());
  } catch (error) {
    fail(error, `opening the record of ${stream}`);
    throw new StoreFault('read_only', fault() ?? '');
  }
  return record;
}
