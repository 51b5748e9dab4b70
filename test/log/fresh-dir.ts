/** Folders for tests that write to the disk. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';

const made: string[] = [];
afterAll(() => {
  for (const dir of made) fs.rmSync(dir, { recursive: true, force: true });
});
/** A fresh folder, gone when the test file ends. */
export function freshDir(): string {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'warroom-log-'));
  made.push(dir);
  return dir;
}
