/** A little room kept back on the disk, so that a hub can start where everything else is full, and show the record. */
import { randomBytes } from 'node:crypto';
import { nodeFs, putFile } from '../log/disk.ts';

const NAME = 'reserve';
/** Enough for the lock, for where the hub is to be found, and for what it and its consoles say. */
const SIZE = 1024 * 1024;
/** It is not kept where so little is free that nothing is written any more. */
const PLENTY = 32 * SIZE;

/** Gives the reserve away when there is hardly any room besides; before a hub writes anything. */
export async function useReserve(dataDir: string): Promise<void> {
  try {
    if ((await nodeFs.free(dataDir)) < SIZE) nodeFs.remove(`${dataDir}/${NAME}`);
  } catch {
    // What the hub itself meets next says more.
  }
}

/** Keeps it, where there is room for it; of bytes that no file system makes smaller. */
export async function keepReserve(dataDir: string): Promise<void> {
  try {
    if (nodeFs.list(dataDir).includes(NAME) || (await nodeFs.free(dataDir)) < PLENTY) return;
    await putFile(nodeFs, dataDir, NAME, randomBytes(SIZE));
  } catch {
    // The hub works without.
  }
}
