/** What the program takes from where it runs: its version, random numbers; and the place where no hub is. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/** The version in `package.json`, which stands above `dist` and above the source. */
export async function version(): Promise<string> {
  for (const up of ['../../../package.json', '../../package.json']) {
    const text = await readFile(new URL(up, import.meta.url), 'utf8').catch(() => null);
    if (text !== null) return String((JSON.parse(text) as { version: unknown }).version);
  }
  return '0';
}

/** A random number, 0 <= x < 1, good enough for ids. */
export const randomUnit = (): number => randomBytes(4).readUInt32LE() / 2 ** 32;

/** Stands for the hub while none runs: no hub can listen on port 1. */
export const NO_HUB = { url: 'ws://127.0.0.1:1', token: '' } as const;
