/** Which version of the program this is. */
import { readFile } from 'node:fs/promises';

/** As `package.json` has it: above the built program, or above the source when that is run as it is. */
export async function version(): Promise<string> {
  for (const up of ['../../../package.json', '../../package.json']) {
    const text = await readFile(new URL(up, import.meta.url), 'utf8').catch(() => null);
    if (text !== null) return String((JSON.parse(text) as { version: unknown }).version);
  }
  return '0';
}
