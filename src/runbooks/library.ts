/** The runbooks of a configuration as the hub holds them: each file is read again only when it has changed. */
import { statSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { readRunbookFile, runbookFiles } from './folder.ts';
import type { Runbook } from './runbook.ts';

interface Held {
  readonly stamp: string;
  readonly runbook: Runbook;
}

export class Library {
  #held: ReadonlyMap<string, Held> = new Map();

  /** Those in `dirs`, the folders of configuration, as they are now. The hub goes on between two files. */
  async all(dirs: readonly string[]): Promise<readonly Runbook[]> {
    const now = new Map<string, Held>();
    for (const file of runbookFiles(dirs)) {
      const stamp = stampOf(file.path);
      const known = this.#held.get(file.path);
      if (known?.stamp !== stamp) await nextTurn();
      const runbook = known?.stamp === stamp ? known.runbook : readRunbookFile(file)?.runbook;
      if (runbook !== undefined) now.set(file.path, { stamp, runbook });
    }
    this.#held = now;
    return [...now.values()].map(({ runbook }) => runbook);
  }
}

function stampOf(file: string): string {
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats === undefined ? '' : `${stats.ino} ${stats.size} ${stats.mtimeMs}`;
}
