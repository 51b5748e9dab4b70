/** Folders for tests that write to the disk. */
import fs from 'node:fs';
import path from 'node:path';
import { inject } from 'vitest';

/** A fresh folder, gone when the run ends. */
export const freshDir = (): string => fs.mkdtempSync(path.join(inject('folders'), 'log-'));
