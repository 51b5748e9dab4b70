/** Folders for tests that write to the disk. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** A fresh folder, gone when the run ends. */
export const freshDir = (): string => fs.mkdtempSync(path.join(os.tmpdir(), 'log-'));
