/** A reserve of disk space that lets a hub start and serve reads on a full disk. */
import { randomBytes } from 'node:crypto';
import { nodeFs, putFile } from '../log/disk.ts';

const NAME = 'reserve';
/** Enough for the lock, the runtime file and logs. */
const SIZE = 1024 * 1024;
/** Not kept when less is free. */
const PLENTY = 32 * SIZE;

/** Frees the reserve on a full disk, before the hub writes anything. */
export function useReserve(dataDir: string): void {
  try {
    if (nodeFs.free(dataDir) < SIZE) nodeFs.remove(`${dataDir}/${NAME}`);
  } catch {
    // A real fault shows in what the hub does next.
  }
}

/** Creates the reserve if there is space; random, so that it cannot be compressed. */
export async function keepReserve(dataDir: string): Promise<void> {
  try {
    if (nodeFs.list(dataDir).includes(NAME) || nodeFs.free(dataDir) < PLENTY) return;
    await putFile(nodeFs, dataDir, NAME, randomBytes(SIZE));
  } catch {
    // Optional.
  }
}
