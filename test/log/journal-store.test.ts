import { openJournal, type JournalOptions } from '../../src/log/journal.ts';
import type { JournalStore } from '../../src/log/journal-store.ts';
import { eventStoreContract, seen, type Seen } from './event-store.contract.ts';
import { freshDir } from './fresh-dir.ts';

/** Opens the data folder; closing the store closes the folder, too. */
export async function openStore(options: JournalOptions): Promise<JournalStore<Seen, string>> {
  const journal = await openJournal({ checkEveryMs: 0, ...options });
  const store = journal.incidentStore(seen);
  const close = store.close.bind(store);
  return Object.assign(store, {
    close: async () => {
      await close();
      await journal.close();
    },
  });
}

eventStoreContract('journal', () => {
  const dir = freshDir();
  return { open: () => openStore({ dir }) };
});
eventStoreContract('journal with small segments', () => {
  const dir = freshDir();
  return { open: () => openStore({ dir, segmentBytes: 700 }) };
});
