/** Once for the whole run: builds what tests start as processes, says its seed, starts the real servers the tests use. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** A Redis for tests that write under a prefix of their own. */
    redisUrl: string;
    /** A PostgreSQL, as a superuser; tests make a database of their own. */
    databaseUrl: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  console.log(
    `seed ${project.config.env['WARROOM_SEED']}: WARROOM_SEED=${project.config.env['WARROOM_SEED']} repeats this run`,
  );
  // Of all folders of the run; removed at its end, whatever its tests leave behind.
  const folders = mkdtempSync(path.join(os.tmpdir(), 'warroom-'));
  // PostgreSQL, which refuses to run as root, reaches its own folder in here as another user.
  chmodSync(folders, 0o711);
  process.env['TMPDIR'] = folders;
  const root = path.join(import.meta.dirname, '../..');
  // With faults of types, too: they are said, and what is built still runs.
  spawnSync('node_modules/.bin/tsc', ['-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
  // It starts programs of the build.
  const { startServices } = await import('./services.ts');
  const services = await startServices();
  project.provide('redisUrl', services.redisUrl);
  project.provide('databaseUrl', services.databaseUrl);
  return async () => {
    await services.stop();
    rmSync(folders, { recursive: true, force: true });
  };
}
