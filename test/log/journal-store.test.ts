import { eventStoreContract } from './event-store.contract.ts';
import { freshDir } from './fresh-dir.ts';
import { openStore } from './open-store.ts';

eventStoreContract('journal', () => {
  const dir = freshDir();
  return { open: () => openStore({ dir }) };
});
eventStoreContract('journal with small segments', () => {
  const dir = freshDir();
  return { open: () => openStore({ dir, segmentBytes: 700 }) };
});
