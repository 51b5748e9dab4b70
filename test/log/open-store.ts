/** Stores of the contract's streams on the disk. */
import type { Event } from '../../src/incident/event.ts';
import type { Appended, Origin } from '../../src/log/event-store.ts';
import type { JournalOptions } from '../../src/log/data-folder.ts';
import { openJournal, type Journal } from '../../src/log/journal.ts';
import type { JournalStore } from '../../src/log/journal-store.ts';
import { parseEvent } from '../../src/log/record.ts';
import { seen, type Seen } from './event-store.contract.ts';

/** `version`: of the fold. */
type Options = JournalOptions & { readonly version?: number };

/** Opens the data folder; closing the store closes the folder, too. */
export async function openStore(options: Options): Promise<JournalStore<Seen, string>> {
  const { store, journal } = await opened(options);
  const close = store.close.bind(store);
  return Object.assign(store, {
    close: async () => {
      await close();
      await journal.close();
    },
  });
}

async function opened(options: Options): Promise<{ store: JournalStore<Seen, string>; journal: Journal }> {
  const journal = await openJournal({ checkEveryMs: 0, ...options });
  return { journal, store: journal.incidentStore({ ...seen, version: options.version ?? seen.version }) };
}

/** A store with the few questions that most tests of the record ask. */
export class TestLog {
  readonly store: JournalStore<Seen, string>;
  readonly journal: Journal;

  constructor(store: JournalStore<Seen, string>, journal: Journal) {
    this.store = store;
    this.journal = journal;
  }

  get readOnly(): string | null {
    return this.store.readOnly;
  }
  /** The seq of the last durable event; 0: there is no such stream. Rejects when it is damaged. */
  async head(stream: string): Promise<number> {
    return (await this.store.open(stream))?.head ?? 0;
  }
  async append(stream: string, events: readonly Event[], origin: Origin): Promise<Appended | undefined> {
    const [appended] = await this.store.append(stream, (events[0]?.seq ?? 1) - 1, [{ events, origin }]);
    return appended;
  }
  async texts(stream: string, after = 0, limit = 1e6, length = Infinity): Promise<readonly string[]> {
    return this.store.read(stream, after, limit, length);
  }
  async events(stream: string): Promise<readonly (Event | null)[]> {
    return (await this.texts(stream)).map((text, i) => parseEvent(text, stream, i + 1));
  }
  async close(): Promise<void> {
    await this.journal.close();
  }
}

export async function openLog(options: Options): Promise<TestLog> {
  const { store, journal } = await opened(options);
  return new TestLog(store, journal);
}
