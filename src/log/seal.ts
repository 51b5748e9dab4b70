/** The checksum file beside a full segment, as `sha256sum -c` reads it. */
import { createHash } from 'node:crypto';
import { basename, dirname } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { putFile, type JournalFs } from './disk.ts';

const CHUNK = 1024 * 1024;

export const sealName = (path: string): string => `${basename(path)}.sha256`;

/** Hex; yields between pieces. */
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

export async function sealSegment(disk: JournalFs, path: string): Promise<void> {
  const line = `${await fileHash(disk, path)}  ${basename(path)}\n`;
  await putFile(disk, dirname(path), sealName(path), Buffer.from(line));
}
