/** Writes a result to a file so that there is never half of it. */
import { existsSync, realpathSync, statSync } from 'node:fs';
import { open, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { errorMessage } from '../incident/words.ts';
import { nodeFs } from '../log/disk.ts';
import { ioFault, UsageError } from './command.ts';

/**
 * Replaces `file`, whole or not at all: a full disk or an interruption leaves what was there. What is no file, such as a
 * pipe, is written to as it is.
 */
export async function writeResult(file: string, bytes: Uint8Array): Promise<void> {
  const target = existsSync(file) ? realpathSync(file) : path.resolve(file);
  const old = statSync(target, { throwIfNoEntry: false });
  const dir = path.dirname(target);
  if (old?.isDirectory()) throw new UsageError(`${file} is a folder; name a file in it`);
  if (!existsSync(dir)) throw new UsageError(`there is no folder ${dir}`);
  const temporary = path.join(dir, `.${path.basename(target)}.${process.pid}.tmp`);
  try {
    if (old && !old.isFile()) return await writeFile(target, bytes);
    const handle = await open(temporary, 'w', old?.mode ?? 0o666);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, target);
    await nodeFs.syncDir(dir);
  } catch (fault) {
    await rm(temporary, { force: true });
    throw ioFault(`${file} was not written, what was there is unchanged: ${errorMessage(fault)}`);
  }
}
