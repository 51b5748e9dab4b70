/** The checksum file beside a segment that is full: `sha256sum -c` reads it too. */
import { createHash } from 'node:crypto';
import { basename, dirname } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { putFile, type JournalFs } from './disk.ts';

const CHUNK = 1024 * 1024;

/** The file that seals the segment at `path`. */
export const sealName = (path: string): string => `${basename(path)}.sha256`;

/** sha256 of the file at `path` in hex, read in pieces with turns for others in between. */
export async function fileHash(disk: JournalFs, path: string): Promise<string> {
  const sum = createHash('sha256');
  const piece = Buffer.allocUnsafe(CHUNK);
  const fd = disk.open(path, 'read');
  try {
    for (let at = 0; ;) {
      const read = disk.read(fd, piece, at);
      if (read === 0) return sum.digest('hex');
      sum.update(piece.subarray(0, read));
      at += read;
      await setImmediate();
    }
  } finally {
    disk.close(fd);
  }
}

/** Writes the seal of a segment that will not change any more. */
export async function sealSegment(disk: JournalFs, path: string): Promise<void> {
  const line = `${await fileHash(disk, path)}  ${basename(path)}\n`;
  await putFile(disk, dirname(path), sealName(path), Buffer.from(line));
}
