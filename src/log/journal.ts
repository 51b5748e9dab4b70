/** The data folder: its lock, and the free space and fault that its stores share. */
import { randomUUID } from 'node:crypto';
import { errorMessage } from '../incident/words.ts';
import { freeSpace, TakenAway, type DataFolder, type JournalOptions } from './data-folder.ts';
import { nodeFs } from './disk.ts';
import { StoreFault, type Fold } from './event-store.ts';
import { JournalStore, type StreamPlace } from './journal-store.ts';
import { takeLock, type Lock } from './lock.ts';
import type { Cut } from './segment-index.ts';

type AnyStore = Pick<JournalStore<unknown, unknown>, 'rejectAll' | 'close' | 'hasStreams'>;

export class Journal {
  readonly #options: Required<JournalOptions>;
  readonly #lock: Lock;
  readonly #folder: DataFolder;
  readonly #stores: AnyStore[] = [];
  readonly #cuts: Cut[] = [];
  #fault: string | null = null;
  #closed = false;

  constructor(options: Required<JournalOptions>, lock: Lock) {
    this.#options = options;
    this.#lock = lock;
    const space = freeSpace(options);
    this.#folder = {
      ...options,
      disk: options.fs,
      isTakenOver: lock.takenOver,
      fault: () => this.#fault,
      fail: (error, doing, cure) => this.#fail(error, doing, cure),
      assertOurs: () => this.#assertOurs(),
      refusal: (bytes) => {
        const low = this.#fault === null ? space.fault(bytes) : null;
        if (low !== null) return new StoreFault('disk_low', low);
        return this.#fault === null ? null : new StoreFault('read_only', this.#fault);
      },
      lowSpace: () => {
        try {
          this.#assertOurs();
        } catch (error) {
          this.#fail(error, 'keeping the data folder');
        }
        return space.low();
      },
      onCut: (cut) => void this.#cuts.push(cut),
    };
  }

  /** The records of incidents, `incidents/ID/`. Call it once. */
  incidentStore<S, M>(fold: Fold<S, M>): JournalStore<S, M> {
    return this.#store({ root: this.#root, index: `${this.#options.dir}/index.ndjson` }, fold);
  }
  /** The hub's own record, `hub/`: its one stream is called `hub`. Call it once. */
  hubStore<S, M>(fold: Fold<S, M>): JournalStore<S, M> {
    return this.#store({ root: this.#options.dir, index: null, only: 'hub' }, fold);
  }

  /** The torn tails cut off since the start. */
  cuts(): readonly Cut[] {
    return this.#cuts;
  }

  /** Waits for writes and releases the folder. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const store of this.#stores) await store.close();
    // After a fault the next start must trust nothing that it has not synced.
    this.#lock.release(this.#fault === null);
  }

  get #root(): string {
    return `${this.#options.dir}/incidents`;
  }

  #store<S, M>(place: StreamPlace, fold: Fold<S, M>): JournalStore<S, M> {
    const store = new JournalStore(this.#folder, place, fold);
    this.#stores.push(store);
    return store;
  }

  #assertOurs(): void {
    if (this.#closed || this.#lock.isHeld()) return;
    const { fs, dir } = this.#options;
    if (this.#stores.some(({ hasStreams }) => hasStreams) && fs.list(this.#root).length === 0)
      throw new TakenAway(`${dir} was deleted`, `This hub still has its files open, see /proc/${process.pid}/fd`);
    throw new TakenAway(`${dir}/hub.lock was deleted`, 'See that no other hub is at work there');
  }

  #fail(error: unknown, doing: string, usual = 'Everything acknowledged is safe; mend the disk'): void {
    if (this.#fault !== null) return;
    const why = errorMessage(error);
    const cure = error instanceof TakenAway ? error.cure : usual;
    this.#fault = `nothing more can be written: ${doing} failed (${why}). ${cure}, then restart the hub`;
    const fault = new StoreFault('read_only', this.#fault);
    for (const store of this.#stores) store.rejectAll(fault);
  }
}

/** Opens `dir` for this process alone. Throws Locked while another living process has it. */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  const all = {
    fs: nodeFs,
    minFreeBytes: 16 * 1024 * 1024,
    segmentBytes: 64 * 1024 * 1024,
    now: Date.now,
    random: randomUUID,
    checkEveryMs: 1000,
    ...options,
  };
  all.fs.makeDir(`${all.dir}/incidents`);
  const lock = takeLock(`${all.dir}/hub.lock`, `the data folder ${all.dir}`);
  await all.fs.syncDir(all.dir);
  // Names that a dead process left may not survive a power cut: sync them before they are served.
  if (lock.takenOver) await all.fs.syncDir(`${all.dir}/incidents`);
  return new Journal(all, lock);
}
