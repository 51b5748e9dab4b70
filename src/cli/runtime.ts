/** What the program takes from where it runs: its version, random numbers. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/** As `package.json` has it: above the built program, or above the source when that is run as it is. */
export async function version(): Promise<string> {
  for (const up of ['../../../package.json', '../../package.json']) {
    const text = await readFile(new URL(up, import.meta.url), 'utf8').catch(() => null);
    if (text !== null) return String((JSON.parse(text) as { version: unknown }).version);
  }
  return '0';
}

/** A random number from the system, 0 <= x < 1. */
export const randomUnit = (): number => randomBytes(4).readUInt32LE() / 2 ** 32;
