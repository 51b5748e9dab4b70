/** Tokens: creation, and the local one. */
import { randomBytes } from 'node:crypto';
import { open, readFile, rm, stat } from 'node:fs/promises';
import { hasCode } from '../log/disk.ts';
import { tokenFile } from '../protocol/runtime.ts';

/** Never begins with a dash: `--token -abc` would read as another option. */
export const newToken = (): string => randomBytes(32).toString('base64url').replace(/^-/, '_');

/** The local token: created on first use, readable by its owner only. */
export async function localToken(dataDir: string): Promise<string> {
  const file = tokenFile(dataDir);
  try {
    const handle = await open(file, 'wx', 0o600);
    try {
      await handle.writeFile(`${newToken()}\n`);
      await handle.sync();
    } catch (error) {
      // A partial token (full disk) would block the next start.
      await rm(file, { force: true });
      throw error;
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  }
  const info = await stat(file);
  if ((info.mode & 0o077) !== 0)
    throw new Error(
      `${file} can be read by others; run: chmod 600 ${file} (or remove it and everybody gets a new one)`,
    );
  const token = (await readFile(file, 'utf8')).trim();
  if (token.length < 32) throw new Error(`${file} holds no token; remove it and start again`);
  return token;
}
