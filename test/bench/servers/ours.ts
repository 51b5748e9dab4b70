/** Our hub with its journal, as a process of its own for the benchmark, as built; rate limits off, everything else as shipped. */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const built = new URL('../../../dist/src/', import.meta.url);
const { startHub } = (await import(`${built}hub/hub.js`)) as typeof import('../../../src/hub/hub.ts');
const { HANDBOOK_POLICY } = (await import(
  `${built}incident/policy.js`
)) as typeof import('../../../src/incident/policy.ts');
const { openJournal } = (await import(`${built}log/journal.js`)) as typeof import('../../../src/log/journal.ts');
const { systemClock } = (await import(`${built}protocol/clock.js`)) as typeof import('../../../src/protocol/clock.ts');

const dir = mkdtempSync(path.join(os.tmpdir(), 'warroom-bench-'));
const hub = await startHub({
  dataDir: dir,
  listen: { host: '127.0.0.1', port: 0 },
  log: await openJournal({ dir }),
  policy: HANDBOOK_POLICY,
  targets: [],
  poller: null,
  clock: systemClock,
  random: Math.random,
  allowedOrigins: [],
  idleExitMs: null,
  limits: { perSecond: 1e9, burst: 1e9 },
});
process.send?.({ url: `${hub.url}/v1/ws`, token: hub.token });
process.once('disconnect', () => {
  void hub.close().finally(() => {
    rmSync(dir, { recursive: true, force: true });
    process.exit(0);
  });
});
