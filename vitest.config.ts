import path from 'node:path';
import { defineConfig } from 'vitest/config';

/** Another one each time, so that many runs see more; a given one repeats a run. */
const seed = process.env['WARROOM_SEED'] ?? String(Date.now() % 2 ** 31);

export default defineConfig({
  // The build's own copy starts the build's programs, which takes a third of the time that those of the source take.
  resolve: {
    alias: [
      {
        find: /^.*\/child-program\.ts$/,
        replacement: path.join(import.meta.dirname, 'dist/src/probes/child-program.js'),
      },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/services/global.ts'],
    env: { WARROOM_SEED: seed },
    // One module graph for the files of a worker: loading it again for each file took a fifth of the time.
    isolate: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Tests wait for servers and processes more than they compute: four workers keep two cores busy.
    maxWorkers: 4,
    reporters: process.env['CI'] ? ['default'] : ['dot'],
  },
});
