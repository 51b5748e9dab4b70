/** Once for the whole run: says its seed and starts the real servers the tests use. */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { startServices } from './services.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A Redis for tests that write under a prefix of their own. */
    redisUrl: string;
    /** A PostgreSQL, as a superuser; tests make a database of their own. */
    databaseUrl: string;
    /** For folders of tests; removed at the end of the run. */
    folders: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  console.log(
    `seed ${project.config.env['WARROOM_SEED']}: WARROOM_SEED=${project.config.env['WARROOM_SEED']} repeats this run`,
  );
  const services = await startServices();
  project.provide('redisUrl', services.redisUrl);
  project.provide('databaseUrl', services.databaseUrl);
  const folders = mkdtempSync(path.join(os.tmpdir(), 'warroom-folders-'));
  project.provide('folders', folders);
  return async () => {
    rmSync(folders, { recursive: true, force: true });
    await services.stop();
  };
}
