import { memoryStore, type Memory } from '../support/memory-store.ts';
import { eventStoreContract, seen, type Seen } from './event-store.contract.ts';

eventStoreContract('memory', () => {
  const streams: Memory<Seen> = new Map();
  return { open: async () => memoryStore(seen, streams) };
});
