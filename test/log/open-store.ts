/** A store of the contract's streams on the disk. */
import { openJournal, type JournalOptions } from '../../src/log/journal.ts';
import type { JournalStore } from '../../src/log/journal-store.ts';
import { seen, type Seen } from './event-store.contract.ts';

/** Opens the data folder; closing the store closes the folder, too. `version`: of the fold. */
export async function openStore(
  options: JournalOptions & { readonly version?: number },
): Promise<JournalStore<Seen, string>> {
  const journal = await openJournal({ checkEveryMs: 0, ...options });
  const store = journal.incidentStore({ ...seen, version: options.version ?? seen.version });
  const close = store.close.bind(store);
  return Object.assign(store, {
    close: async () => {
      await close();
      await journal.close();
    },
  });
}
